//! A configured program: what each way to end means, and that it gets what it was promised.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use mtlsmith_testkit as testkit;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;

use super::super::ResourceVersion;
use super::*;

fn intent(filters: Option<Vec<Filter>>) -> Intent {
    let live = LiveNamespace {
        namespace: NamespaceName::new("orders.a1b2c").unwrap(),
        resource_version: Some(ResourceVersion::new("$(id) v1")),
        bundle: Vec::new(),
        filters: None,
        mtls_enabled: None,
    };
    Intent::new(&live, testkit::root("new").pem().as_bytes(), filters).unwrap()
}

/// A publisher whose programs are these shell scripts. The server is the file `live`.
fn publisher(directory: &Path, publish: &str, read: Option<&str>) -> CommandPublisher {
    let script = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        vec!["sh".to_owned(), path.to_string_lossy().into_owned(), directory.to_string_lossy().into_owned()]
    };
    let mut arguments = script("publish.sh", publish);
    arguments
        .extend(["--bundle={bundle}", "{namespace}", "{resource-version}", "{filters}"].map(String::from));
    CommandPublisher::new(CommandSettings {
        publish: arguments,
        read: read.map(|text| script("read.sh", text)),
        time_limit: Duration::from_secs(60),
        work_directory: directory.to_owned(),
    })
    .unwrap()
}

const SET: &str = "cp \"${2#--bundle=}\" \"$1/live\"";
const SHOW: &str = "cat \"$1/live\"";

#[test]
fn each_way_to_end_has_its_meaning_with_and_without_a_reader() {
    let published = |proof| Outcome::Published { resource_version: None, proof };
    let refused = |code: i32, retry| Outcome::NotPublished {
        reason: Reason::ProgramRefused { code: Some(code), output: "why".to_owned() },
        retry,
    };
    let said = |script: &str| format!("{script}\necho why >&2; ");
    for (script, ending, unread, read) in [
        (SET, "exit 0", Some(published(Proof::Claimed)), Some(published(Proof::ReadBack))),
        ("", "exit 0", Some(published(Proof::Claimed)), None),
        (
            "",
            "exit 75",
            Some(refused(75, Retry::After(USUAL_PAUSE))),
            Some(refused(75, Retry::After(USUAL_PAUSE))),
        ),
        ("", "exit 65", Some(refused(65, Retry::Never)), Some(refused(65, Retry::Never))),
        (SET, "exit 1", None, Some(published(Proof::ReadBack))),
        ("", "exit 1", None, None),
        (SET, "kill -9 $$", None, Some(published(Proof::ReadBack))),
        ("", "kill -9 $$", None, None),
    ] {
        for (reader, expected) in [(None, unread), (Some(SHOW), read)] {
            let directory = tempfile::tempdir().unwrap();
            fs::write(directory.path().join("live"), testkit::root("old").pem()).unwrap();
            let outcome =
                publisher(directory.path(), &(said(script) + ending), reader).publish(&intent(None));
            match expected {
                Some(expected) => assert_eq!(outcome, expected, "{script} {ending} {reader:?}"),
                None => assert!(
                    matches!(outcome, Outcome::Unknown { .. }),
                    "{script} {ending} {reader:?}: {outcome:?}"
                ),
            }
        }
    }
}

#[test]
fn the_program_gets_its_values_as_single_arguments_and_the_files_are_gone_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let script = "cp \"${2#--bundle=}\" \"$1/bundle\"; cp \"$5\" \"$1/filters\"; printf '%s|%s' \"$3\" \"$4\" > \"$1/values\"; echo \"$2\" > \"$1/path\"";
    let filters = vec![Filter::default().with(Field::CommonName, "a")];
    let outcome = publisher(directory.path(), script, None).publish(&intent(Some(filters)));
    assert!(matches!(outcome, Outcome::Published { proof: Proof::Claimed, .. }), "{outcome:?}");
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    assert_eq!(read("values"), "orders.a1b2c|$(id) v1");
    assert_eq!(read("bundle"), testkit::root("new").pem());
    assert_eq!(read("filters"), r#"{"filters":[{"commonName":"a"}]}"#);
    let path = read("path");
    assert!(!Path::new(path.trim().trim_start_matches("--bundle=")).exists());
}

#[test]
fn a_program_that_never_ends_is_ended_with_all_that_it_started() {
    let directory = tempfile::tempdir().unwrap();
    let mut publisher = publisher(directory.path(), "sleep 600 & echo $! > \"$1/child\"; wait", None);
    publisher.settings.time_limit = Duration::from_secs(2);
    let outcome = publisher.publish(&intent(None));
    assert!(
        matches!(&outcome, Outcome::Unknown { doubt: Doubt::ProgramInterrupted(text) } if text.contains("time limit"))
    );
    let child = fs::read_to_string(directory.path().join("child")).unwrap();
    let stat = || fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    // A process that was told to die takes its time; one that was not told would sleep for ten minutes.
    let told = Instant::now();
    while !(stat().is_empty() || stat().contains(") Z")) {
        assert!(told.elapsed() < Duration::from_secs(60), "still running: {}", stat());
        std::thread::yield_now();
    }
}

#[test]
fn a_flood_of_output_neither_stops_the_program_nor_fills_the_memory() {
    let directory = tempfile::tempdir().unwrap();
    let flood =
        "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; printf 'the \\033[31mend' >&2; exit 65";
    let outcome = publisher(directory.path(), flood, None).publish(&intent(None));
    let Outcome::NotPublished { reason: Reason::ProgramRefused { output, .. }, .. } = outcome else {
        panic!()
    };
    assert!(output.chars().count() <= SHOWN + 1 && !output.contains('\0') && !output.contains('\x1b'));
    let reader =
        publisher(directory.path(), "", Some("head -c 3000000 /dev/zero")).read(intent(None).namespace());
    assert!(matches!(reader, Err(ReadError::Unintelligible(_))));
}

#[test]
fn resolving_runs_the_reader_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("live"), testkit::root("old").pem()).unwrap();
    let mut publisher = publisher(directory.path(), SET, Some(SHOW));
    assert!(matches!(
        publisher.resolve(&intent(None)),
        Outcome::NotPublished { reason: Reason::NeverArrived, .. }
    ));
    let outcome = publisher.publish(&intent(None));
    assert!(matches!(outcome, Outcome::Published { proof: Proof::ReadBack, .. }));
    assert!(matches!(publisher.resolve(&intent(None)), Outcome::Published { .. }));
}

#[test]
fn settings_that_are_no_command_are_refused() {
    let settings = |publish: &[&str], read: Option<&[&str]>| CommandSettings {
        publish: publish.iter().map(|argument| (*argument).to_owned()).collect(),
        read: read.map(|read| read.iter().map(|argument| (*argument).to_owned()).collect()),
        time_limit: Duration::from_secs(1),
        work_directory: PathBuf::new(),
    };
    let error = |settings| CommandPublisher::new(settings).unwrap_err();
    assert_eq!(error(settings(&[], None)), NotACommand::NoProgram);
    assert_eq!(error(settings(&["{bundle}"], None)), NotACommand::NoProgram);
    assert_eq!(error(settings(&["tcld"], None)), NotACommand::NoBundle);
    assert_eq!(
        error(settings(&["tcld", "{bundle}", "{key}"], None)),
        NotACommand::UnknownPlaceholder("{key}".to_owned())
    );
    assert_eq!(
        error(settings(&["tcld", "{bundle}"], Some(&["cat", "{bundle}"]))),
        NotACommand::UnknownPlaceholder("{bundle}".to_owned())
    );
    let missing = settings(&["/no/such/program", "{bundle}"], None);
    let missing = CommandSettings { work_directory: std::env::temp_dir(), ..missing };
    let outcome = CommandPublisher::new(missing).unwrap().publish(&intent(None));
    assert!(matches!(outcome, Outcome::NotPublished { reason: Reason::ProgramNotStarted(_), .. }));
}
