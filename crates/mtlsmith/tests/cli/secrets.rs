//! A private key that lies in a bundle, damaged in every way that hides what it is, or in a file of its own in every form: no command
//! shows or writes a part of it.

use std::fs;

use mtlsmith_testkit as testkit;

use crate::Folder;
use crate::NOW;
use crate::Outcome;

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

const COMMANDS: [&str; 56] = [
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
    "cert check bad.pem --bundle ca.pem --format text --verbose",
    "cert check bad.pem --bundle ca.pem --format json --output client-out",
    "cert check bad.pem --bundle ca.pem --format sarif",
    "cert check bad.pem --bundle ca.pem --format junit",
    "cert check bad.pem --bundle ca.pem --format github",
    "cert check bad.pem --bundle ca.pem --format html",
    "cert check one.pem bad.pem --bundle ca.pem --format text --verbose",
    "cert check one.pem bad.pem --bundle ca.pem --format json",
    "cert check one.pem bad.pem --bundle ca.pem --format sarif",
    "cert check one.pem bad.pem --bundle ca.pem --format junit",
    "cert check one.pem bad.pem --bundle ca.pem --format github",
    "cert check one.pem bad.pem --bundle ca.pem --format html",
    "cert check one.pem --bundle bad.pem --filters bad.pem",
    "config check bad.toml --verbose",
    "config check bad.toml --bundle ca.pem --verbose",
    "config check bad.toml --format json",
    "config check bad.toml --bundle ca.pem --format json --output config-out",
    "config check bad.toml --format sarif",
    "config check bad.toml --format junit",
    "config check bad.toml --bundle bad.pem --format github",
    "config check bad.toml --bundle ca.pem --format html",
    "cert check bad.pem one.pem --bundle ca.pem --verbose",
    "cert inspect bad.pem --verbose",
    "cert inspect bad.pem --format json",
    "cert inspect bad.pem --format html",
    "cert needs-renewal bad.pem --bundle bad.pem",
    "filter check bad.pem --format json",
    "filter match bad.pem bad.pem --verbose",
    "filter suggest --certs bad.pem --exclude ca.pem",
    "gen leaf --org x --ca-cert bad.pem --ca-key bad.pem --allow-lax-permissions --cert cert-out --key key-out",
    "gen leaf --org x --ca-cert ca.pem --ca-key bad.pem --allow-lax-permissions --cert cert-out --key key-out --format json",
    "gen leaf --from bad.pem",
    "gen leaf --org x --cn y --bundle bad.pem --filters bad.pem --ca-cert ca.pem --ca-key bad.pem --cert cert-out --key key-out",
    "sign bad.pem --cn x --ca-cert bad.pem --ca-key bad.pem --allow-lax-permissions",
];

/// A command line with its time, as far as it takes one.
fn timed(command: &str) -> String {
    let has_time = !["bundle normalize", "filter", "cert p12"].iter().any(|one| command.starts_with(one));
    if has_time { format!("{command} --at {NOW}") } else { command.to_owned() }
}

/// Everything that a command said and wrote, joined as a reader may join it too.
fn outputs(outcome: Outcome, folder: &Folder) -> Vec<String> {
    let written = folder.names().into_iter().filter(|name| !INPUTS.contains(&name.as_str()));
    let mut outputs = vec![outcome.stdout, outcome.stderr];
    outputs.extend(written.map(|name| folder.read(&name)));
    let joined: Vec<String> = outputs.iter().map(|output| output.lines().collect()).collect();
    outputs.extend(joined);
    for name in folder.names().iter().filter(|name| name.ends_with("-out")) {
        fs::remove_file(folder.path(name)).unwrap();
    }
    outputs
}

const INPUTS: [&str; 4] = ["bad.pem", "bad.toml", "ca.pem", "one.pem"];

/// Settings with the pair in one file, and with a key beside a certificate.
const SETTINGS: &str = "[profile.a.tls]\nclient_cert_path = \"bad.pem\"\nclient_key_path = \"bad.pem\"\n[profile.b.tls]\n\
    client_cert_path = \"one.pem\"\nclient_key_path = \"bad.pem\"\nserver_ca_cert_path = \"bad.pem\"\n";

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
    // Every part holds one of these whole, and they are faster to look for.
    let sixths: Vec<&str> = (0..base64.len() / 6).map(|sixth| &base64[6 * sixth..6 * sixth + 6]).collect();
    let sixths: Vec<&str> =
        sixths.into_iter().filter(|sixth| parts.iter().any(|part| part.contains(sixth))).collect();
    for (damage, block) in &damages {
        let places = [format!("{one}{block}{two}"), format!("{block}{one}"), format!("{one}{block}")];
        for (place, bad) in places.iter().enumerate() {
            let folder = Folder::with(&[("bad.pem", bad.as_bytes()), ("ca.pem", ca.as_bytes())]);
            folder.write("one.pem", &one);
            folder.write("bad.toml", SETTINGS);
            // At the ends of a file the pictures alone may differ.
            for command in COMMANDS.into_iter().filter(|command| place == 0 || command.contains("--verbose"))
            {
                let summary = folder.path("summary-out");
                let summary = summary.to_str().unwrap();
                let outcome = folder.run_with_variable(&timed(command), "GITHUB_STEP_SUMMARY", summary);
                for output in outputs(outcome, &folder) {
                    let may_show = sixths.iter().any(|sixth| output.contains(*sixth));
                    let shown = parts.iter().find(|part| may_show && output.contains(**part));
                    assert_eq!(shown, None, "{damage}, {command}: {output}");
                }
            }
        }
    }
}

/// Keys of every kind, in every form that a file may have.
fn key_files() -> Vec<(String, testkit::Key, Vec<u8>)> {
    let keys = [
        testkit::Key::p256("a file of its own"),
        testkit::Key::rsa2048("a file of its own"),
        testkit::Key::ed25519("a file of its own"),
    ];
    let mut files = Vec::new();
    for key in keys {
        let kind = format!("{:?}", key.kind());
        let mut forms = vec![
            ("PKCS#8", key.pkcs8_pem().into_bytes()),
            ("DER", key.pkcs8_der().to_vec()),
            ("base64 of PEM", testkit::base64_line(key.pkcs8_pem().as_bytes()).into_bytes()),
            ("base64 of DER", testkit::base64_line(key.pkcs8_der()).into_bytes()),
        ];
        if !kind.contains("25519") {
            forms.push(("traditional", key.traditional_pem().into_bytes()));
        }
        files.extend(forms.into_iter().map(|(form, bytes)| (format!("{kind}, {form}"), key.clone(), bytes)));
    }
    files
}

/// The ways in which bytes of a key may show: a line of the file, and base64 or hexadecimal digits of any part of the key.
fn traces(key: &testkit::Key, file: &[u8], public: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(file);
    let lines = text.lines().filter(|line| !line.starts_with("-----") && line.len() > 11).map(str::to_owned);
    // Behind what every key of the kind begins with; of RSA a part of the private exponent, behind the modulus.
    let start = if key.pkcs8_der().len() > 600 { 320 } else { 16 };
    let secret: Vec<u8> = key.pkcs8_der()[start..].iter().copied().take(128).collect();
    // Pieces side by side: what shows sixteen bytes in a row shows one of them whole.
    let base64 = (0..3).flat_map(|start| {
        let encoded = testkit::base64_line(&secret[start..]);
        let pieces = encoded.trim().trim_end_matches('=').as_bytes().chunks_exact(12);
        pieces.map(|piece| String::from_utf8_lossy(piece).into_owned()).collect::<Vec<_>>()
    });
    let hexadecimal = secret.chunks_exact(8).flat_map(|bytes| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let colons: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let decimals: Vec<String> = bytes.iter().map(u8::to_string).collect();
        [digits.to_uppercase(), digits, colons.join(":"), decimals.join(", ")]
    });
    let traces = lines.chain(base64).chain(hexadecimal);
    traces.filter(|trace| trace.len() > 11 && !public.contains(trace.as_str())).collect()
}

#[test]
fn no_command_shows_or_writes_a_part_of_a_key_that_has_a_file_of_its_own() {
    let ca = testkit::root("three");
    for (what, key, file) in key_files() {
        let one = testkit::leaf_builder("one").key(key.clone()).signed_by(&ca).pem();
        let folder = Folder::with(&[("bad.pem", &file), ("ca.pem", ca.pem().as_bytes())]);
        folder.write("one.pem", &one);
        let public: String = one.lines().chain(ca.pem().lines()).collect();
        let traces = traces(&key, &file, &public);
        assert!(traces.len() > 15, "{what}: {}", traces.len());
        for command in COMMANDS {
            let summary = folder.path("summary-out");
            let outcome =
                folder.run_with_variable(&timed(command), "GITHUB_STEP_SUMMARY", summary.to_str().unwrap());
            for output in outputs(outcome, &folder) {
                let shown = traces.iter().find(|trace| output.contains(trace.as_str()));
                assert_eq!(shown, None, "{what}, {command}: {output}");
            }
        }
    }
}
