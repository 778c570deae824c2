//! `renew` and `rekey`: hooks that are owed, and certificates that are not there.

use super::Folder;

const NAMESPACE: &str = "orders.a1b2c";

fn made() -> Folder {
    let folder = Folder::new();
    folder.run(&format!("gen ca --org acme --namespace {NAMESPACE} --home home")).ends(0, &[]);
    for name in ["worker", "billing"] {
        folder.run(&format!("gen leaf --namespace {NAMESPACE} --name {name} --home home")).ends(0, &[]);
    }
    folder.write("hook.sh", "echo \"$MTLSMITH_GENERATION $1\" >> log; [ -e ready ]");
    folder
}

#[test]
fn a_hook_that_failed_is_owed_until_it_succeeds_or_is_given_up() {
    let folder = made();
    let run = |line: &str| folder.run(&format!("rekey --namespace {NAMESPACE} --home home {line}"));
    let hook = "--exec sh --exec-argument hook.sh --exec-argument secret-word";
    run(hook).ends(2, &["worker of orders.a1b2c: run sh: it ended with code 1 (1 attempt)", "--if-due"]);
    // A run that was not told of it says what is owed, keeps it, and is no success.
    for _ in 0..2 {
        let outcome = run("--if-due")
            .ends(2, &["still owes since", "run sh", "the last attempt", "--exec PROGRAM", "--forget-hooks"]);
        assert!(!outcome.stderr.contains("secret-word"), "{outcome:?}");
    }
    // So does the next certificate, and one with another hook, which runs.
    run("").ends(2, &["generation 3", "still owes", "run sh"]);
    run("--if-due --exec true").ends(2, &["still owes", "run sh"]);
    let note = folder.read(&format!("home/hooks/namespaces+{NAMESPACE}+leaves+worker+3.json"));
    assert!(note.contains("run sh") && !note.contains("secret-word"), "{note}");
    folder.write("ready", "");
    // How long it may take makes no other hook of it.
    run(&format!("--if-due {hook} --exec-time-limit 30s")).ends(0, &[]);
    assert_eq!(folder.read("log"), "2 secret-word\n3 secret-word\n");
    run("--if-due").ends(0, &["not due"]);
    // Or it is not wanted any more.
    std::fs::remove_file(folder.path("ready")).unwrap();
    run(hook).ends(2, &["run sh"]);
    let generation =
        || std::fs::read_link(folder.path(&format!("home/namespaces/{NAMESPACE}/leaves/worker/current")));
    let before = generation().unwrap();
    run("--forget-hooks").ends(0, &["forgotten, and not done: run sh"]);
    run("--forget-hooks").ends(0, &["nothing is owed; nothing was changed"]);
    assert_eq!(generation().unwrap(), before, "who forgets replaces nothing");
    run("--if-due").ends(0, &["not due"]);
    assert_eq!(std::fs::read_dir(folder.path("home/hooks")).unwrap().count(), 0);
}

#[test]
fn a_certificate_that_is_not_there_is_told_with_those_that_are() {
    let folder = made();
    folder.run("gen ca --org acme --namespace payments.a1b2c --home home").ends(0, &[]);
    folder.run("gen leaf --namespace payments.a1b2c --home home").ends(0, &[]);
    for command in ["renew", "rekey"] {
        let run = |line: &str| folder.run(&format!("{command} --home home {line}"));
        run("-n ordesr.a1b2c").ends(
            2,
            &[
                "there is no client certificate of ordesr.a1b2c",
                "did you mean orders.a1b2c? Namespaces with certificates: orders.a1b2c, payments.a1b2c",
            ],
        );
        let outcome = run("-n nosuch.z9y8x --all")
            .ends(2, &["of nosuch.z9y8x", "Namespaces with certificates: orders.a1b2c"]);
        assert!(!outcome.stderr.contains("did you mean"), "{outcome:?}");
        run("-n orders.a1b2c --name biling").ends(
            2,
            &[
                "there is no client certificate biling of orders.a1b2c",
                "did you mean billing? those that are there: billing, worker",
            ],
        );
        run("").ends(
            2,
            &[
                "no Namespace was named",
                "outside of the Namespaces",
                "name one with --namespace",
                "Namespaces with certificates: orders.a1b2c, payments.a1b2c",
            ],
        );
        run("-n orders.a1b2c --all").ends(0, &["billing of orders.a1b2c", "worker of orders.a1b2c"]);
    }
}

#[test]
fn a_publication_by_a_program_that_nobody_named_says_which_option_names_it() {
    let folder = made();
    folder
        .run(&format!("rollover start {NAMESPACE} --home home --publish command"))
        .ends(2, &["no program is named", "--publish-command PROGRAM"]);
}
