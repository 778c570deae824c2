//! A private key that lies in a bundle, damaged in every way that hides what it is: no command shows or writes a part of it.

use std::fs;

use mtlsmith_testkit as testkit;

use crate::Folder;
use crate::NOW;

/// A private key in base64, and the ways in which its block may be damaged.
fn damages() -> (String, Vec<(&'static str, String)>) {
    let pem = testkit::Key::p256("a key that nobody may see").pkcs8_pem();
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let (base64, first, body) = (lines.concat(), lines[0], lines.join("\n"));
    let part = &base64[48..84];
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let damages = vec![
        ("nothing", pem.clone()),
        ("a cut BEGIN label", format!("-----BEGIN PRIVATE KE{first}\n{body}\n{end}\n")),
        ("a cut BEGIN label and a part", format!("-----BEGIN PRIVATE KE{part}\n{body}\n{end}\n")),
        ("a cut BEGIN label, closed", format!("-----BEGIN PRIVATE KE{}-----\n{body}\n{end}\n", &part[..24])),
        ("a key line as BEGIN label", format!("-----BEGIN {first}-----\n{body}\n{end}\n")),
        ("a part as BEGIN label", format!("-----BEGIN {part}-----\n{body}\n{end}\n")),
        ("a part as END label", format!("{begin}\n{body}\n-----END {part}-----\n")),
        ("a part as both labels", format!("-----BEGIN {part}-----\n{body}\n-----END {part}-----\n")),
        ("a part as both labels of a lone line", format!("-----BEGIN {part}----------END {part}-----")),
        ("an END alone", format!("{body}\n-----END {part}-----")),
        ("a part between BEGIN and END", format!("{begin}{part}{end}\n")),
        ("a part behind BEGIN", format!("{begin}{part}\n{body}\n{end}\n")),
        ("a part in words", format!("-----BEGIN {} {}-----\n{body}\n{end}\n", &part[..12], &part[12..24])),
        ("four hyphens", pem.replace("-----", "----")),
        ("a tab behind BEGIN", pem.replace("BEGIN ", "BEGIN\t")),
        ("em dashes", pem.replace("-----", "—————")),
        ("Begin", pem.replace("BEGIN", "Begin").replace("END", "End")),
        ("no armour", format!("{body}\n")),
        ("no armour, one line", format!("{base64}\n")),
        ("the label of a certificate", pem.replace("PRIVATE KEY", "CERTIFICATE")),
        ("no newlines", pem.replace('\n', "")),
        ("blanks for newlines", pem.replace('\n', " ")),
        ("carriage returns", pem.replace('\n', "\r")),
        ("escaped newlines", pem.replace('\n', "\\n")),
    ];
    (base64, damages)
}

const COMMANDS: [&str; 22] = [
    "bundle normalize bad.pem",
    "bundle normalize bad.pem --check",
    "bundle normalize bad.pem --output normalize-out",
    "bundle normalize bad.pem --encode json --output encode-out",
    "bundle add ca.pem bad.pem",
    "bundle add bad.pem ca.pem --output add-out",
    "bundle add bad.pem ca.pem --allow-refused --output allowed-out",
    "bundle remove bad.pem --certificate one.pem --output remove-out",
    "bundle remove bad.pem --certificate ca.pem",
    "bundle remove ca.pem --certificate bad.pem",
    "bundle diff ca.pem bad.pem",
    "bundle diff bad.pem ca.pem --format json",
    "bundle inspect bad.pem --verbose",
    "bundle inspect bad.pem --format json --output inspect-out",
    "bundle inspect bad.pem --format html",
    "bundle check bad.pem --format text",
    "bundle check bad.pem --format text --verbose --output check-out",
    "bundle check bad.pem --format json",
    "bundle check bad.pem --format sarif",
    "bundle check bad.pem --format junit",
    "bundle check bad.pem --format github",
    "bundle check bad.pem --format html --output html-out",
];

const INPUTS: [&str; 3] = ["bad.pem", "ca.pem", "one.pem"];

#[test]
fn no_command_shows_or_writes_a_part_of_a_private_key() {
    let (one, two) = (testkit::root("one").pem(), testkit::root("two").pem());
    let ca = testkit::root("three").pem();
    let (base64, damages) = damages();
    // What every P-256 key has in common stands in the certificates too.
    let public: String = [&one, &two, &ca].into_iter().flat_map(|pem| pem.lines()).collect();
    let parts: Vec<&str> = (0..=base64.len() - 12).map(|start| &base64[start..start + 12]).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !public.contains(part)).collect();
    assert!(parts.len() > 100);
    for (damage, block) in &damages {
        let places = [format!("{one}{block}{two}"), format!("{block}{one}"), format!("{one}{block}")];
        for (place, bad) in places.iter().enumerate() {
            let folder = Folder::with(&[("bad.pem", bad.as_bytes()), ("ca.pem", ca.as_bytes())]);
            folder.write("one.pem", &one);
            // At the ends of a file the pictures alone may differ.
            for command in COMMANDS.into_iter().filter(|command| place == 0 || command.contains("--verbose"))
            {
                let at = if command.contains("normalize") { String::new() } else { format!(" --at {NOW}") };
                let summary = folder.path("summary-out");
                let summary = summary.to_str().unwrap();
                let outcome =
                    folder.run_with_variable(&format!("{command}{at}"), "GITHUB_STEP_SUMMARY", summary);
                let written = folder.names().into_iter().filter(|name| !INPUTS.contains(&name.as_str()));
                let mut outputs = vec![outcome.stdout, outcome.stderr];
                outputs.extend(written.map(|name| folder.read(&name)));
                for output in outputs {
                    // A reader may join the lines again.
                    let joined: String = output.lines().collect();
                    let shown = parts.iter().find(|part| output.contains(**part) || joined.contains(**part));
                    assert_eq!(shown, None, "{damage}, {command}: {output}");
                }
                for name in folder.names().iter().filter(|name| name.ends_with("-out")) {
                    fs::remove_file(folder.path(name)).unwrap();
                }
            }
        }
    }
}
