//! What the scanner makes of a text beside what Go's reader makes of it: the table of known cases, a comparison with Go itself on
//! thousands of damaged texts, and texts made to be slow.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests of a crate that does no input or output: they compare with files and with Go, and a failure fails the test"
)]

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Rng;
use mtlsmith_testkit::mutate;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::pem;
use mtlsmith_validate::pem::BLOCKS_READ;
use mtlsmith_validate::pem::Body;
use mtlsmith_validate::pem::Oddity;
use mtlsmith_validate::pem::Scan;
use mtlsmith_validate::pem::Skipped;
use mtlsmith_validate::time::Timestamp;

fn judge(text: &[u8]) -> Report {
    check_bundle(text, &Profile::temporal_cloud(), Timestamp::from_unix(testkit::NOW))
}

/// The label and the content of a block.
type Delivered = (Vec<u8>, Vec<u8>);

fn delivered(scan: &Scan) -> Vec<Delivered> {
    let delivered = scan.blocks.iter().filter_map(|block| match &block.body {
        Body::Delivered(content) => Some((block.label.clone().into_bytes(), content.clone())),
        Body::Skipped { .. } => None,
    });
    delivered.collect()
}

/// One row of the table of readers.
struct Row {
    what: &'static str,
    text: String,
    /// Which of the two certificates Go delivers.
    go: &'static [usize],
    /// Why it passes over the others, in the order of the text.
    lost: Vec<Skipped>,
    /// The findings about the framing.
    findings: &'static [&'static str],
}

fn rows() -> Vec<Row> {
    let (a, b) = (testkit::root("a").pem(), testkit::root("b").pem());
    let both = format!("{a}{b}");
    let row = |what, text, go, lost, findings| Row { what, text, go, lost, findings };
    let first = |from: &str, to: &str| format!("{}{b}", a.replacen(from, to, 1));
    let bare = |text: &str| text.replace("-----END CERTIFICATE-----\n", "");
    vec![
        row("two good ones", both.clone(), &[0, 1], vec![], &[]),
        row("CRLF", both.replace('\n', "\r\n"), &[0, 1], vec![], &["not-canonical"]),
        row(
            "text between",
            format!("{a}# b\n{b}"),
            &[0, 1],
            vec![],
            &["text-between-blocks", "not-canonical"],
        ),
        row(
            "no newline between files",
            format!("{}{b}", a.trim_end()),
            &[],
            vec![Skipped::Glued, Skipped::Glued],
            &["glued-blocks"],
        ),
        row(
            "END line of A missing",
            format!("{}{b}", bare(&a)),
            &[1],
            vec![Skipped::NoEnd],
            &["damaged-block"],
        ),
        row(
            "last block truncated",
            format!("{a}{}", bare(&b)),
            &[0],
            vec![Skipped::NoEnd],
            &["damaged-block"],
        ),
        row(
            "A labelled TRUSTED CERTIFICATE",
            first("CERTIFICATE", "TRUSTED CERTIFICATE").replacen("END CERT", "END TRUSTED CERT", 1),
            &[0, 1],
            vec![],
            &["foreign-block"],
        ),
        row(
            "indented two spaces",
            both.lines().map(|line| format!("  {line}\n")).collect(),
            &[],
            vec![Skipped::Indented, Skipped::Indented],
            &["indented-block", "indented-block"],
        ),
        row(
            "byte-order mark",
            format!("\u{feff}{both}"),
            &[1],
            vec![Skipped::ByteOrderMark],
            &["byte-order-mark"],
        ),
        row(
            "CR-only line ends",
            both.replace('\n', "\r"),
            &[],
            vec![Skipped::CarriageReturnsOnly, Skipped::CarriageReturnsOnly],
            &["carriage-return-line-ends"],
        ),
        row(
            "literal \\n",
            both.replace('\n', "\\n"),
            &[],
            vec![Skipped::EscapedNewlines, Skipped::EscapedNewlines],
            &["escaped-line-ends"],
        ),
        row("headers", first("-----\n", "-----\nProc-Type: 4,X\n\n"), &[0, 1], vec![], &["pem-headers"]),
        row(
            "blank line inside base64",
            first("\nMII", "\n\nMII"),
            &[0, 1],
            vec![],
            &["strict-readers-refuse", "not-canonical"],
        ),
        row(
            "trailing spaces",
            both.replace('\n', "  \n"),
            &[0, 1],
            vec![],
            &["strict-readers-refuse", "strict-readers-refuse", "not-canonical"],
        ),
        row(
            "one long line",
            [0, 1].map(|at| testkit::pem_block_with_columns("CERTIFICATE", root(at).der(), 9_999)).concat(),
            &[0, 1],
            vec![],
            &["strict-readers-refuse", "strict-readers-refuse", "not-canonical"],
        ),
        row(
            "bad base64 character",
            first("\nMII", "\nM!I"),
            &[1],
            vec![Skipped::BadCharacter { line: 2 }],
            &["damaged-block"],
        ),
        row(
            "text after END",
            first("END CERTIFICATE-----", "END CERTIFICATE----- a"),
            &[1],
            vec![Skipped::TextAfterEnd],
            &["damaged-block"],
        ),
        row(
            "END label differs",
            first("END CERTIFICATE", "END CERTIFICATES"),
            &[1],
            vec![Skipped::LabelMismatch("CERTIFICATES".to_owned())],
            &["mismatched-labels"],
        ),
        row(
            "six leading hyphens",
            first("-----BEGIN", "------BEGIN"),
            &[1],
            vec![Skipped::ExtraHyphens],
            &["damaged-block"],
        ),
        row(
            "text after the last block",
            format!("{both}# end\n"),
            &[0, 1],
            vec![],
            &["text-after-last-block"],
        ),
    ]
}

fn root(at: usize) -> testkit::Certificate {
    testkit::root(["a", "b"][at])
}

#[test]
fn every_row_of_the_table_of_readers_gets_its_blocks_its_reason_and_its_finding() {
    for Row { what, text, go, lost, findings } in rows() {
        let scan = pem::scan(text.as_bytes());
        let contents: Vec<Vec<u8>> = delivered(&scan).into_iter().map(|(_, content)| content).collect();
        let wanted: Vec<Vec<u8>> = go.iter().map(|at| root(*at).der().to_vec()).collect();
        assert_eq!(contents, wanted, "{what}");
        let reasons: Vec<Skipped> = scan.blocks.iter().filter_map(|block| block.skipped().cloned()).collect();
        assert_eq!(reasons, lost, "{what}");
        let report = judge(text.as_bytes());
        let mut told: Vec<&str> = report
            .findings
            .iter()
            .filter(|finding| finding.rule.code.starts_with("BND-"))
            .map(|f| f.rule.name)
            .collect();
        let mut wanted = findings.to_vec();
        told.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(told, wanted, "{what}");
    }
}

#[test]
fn every_certificate_that_is_only_wrongly_framed_is_still_read() {
    for Row { what, text, lost, .. } in rows() {
        let recoverable = !lost.iter().any(|why| {
            matches!(why, Skipped::NoEnd | Skipped::BadCharacter { .. } | Skipped::LabelMismatch(_))
        });
        let report = judge(text.as_bytes());
        let wanted = if recoverable { 2 } else { 1 };
        assert_eq!(report.bundle.certificates().count(), wanted, "{what}");
    }
}

#[test]
fn the_oddities_of_the_table_are_told_apart() {
    let odd = |what: &str| {
        let row = rows().into_iter().find(|row| row.what == what).unwrap();
        pem::scan(row.text.as_bytes()).blocks[0].strict_reader_refuses
    };
    assert_eq!(odd("blank line inside base64"), Some(Oddity::BlankLine));
    assert_eq!(odd("trailing spaces"), Some(Oddity::Blanks));
    assert_eq!(odd("one long line"), Some(Oddity::LongLine));
    assert_eq!((odd("two good ones"), odd("CRLF"), odd("headers")), (None, None, None));
}

/// Texts made to bring a reader off its way.
fn hostile_texts() -> Vec<Vec<u8>> {
    let a = testkit::root("a").pem();
    let with = |from: &str, to: &str| a.replacen(from, to, 1);
    let texts = [
        String::new(),
        "-----BEGIN ".to_owned(),
        "-----BEGIN A-----".to_owned(),
        "-----BEGIN A-----\n".to_owned(),
        "-----BEGIN A-----\n-----END A-----".to_owned(),
        "-----BEGIN A-----\n\n-----END A-----".to_owned(),
        "-----BEGIN -----\nAAAA\n-----END -----\n".to_owned(),
        "-----BEGIN A----------\nAAAA\n-----END A----------\n".to_owned(),
        "-----BEGIN A-----B-----\nAAAA\n-----END A-----B-----\n".to_owned(),
        "-----BEGIN A:B-----\nAAAA\n-----END A:B-----\n".to_owned(),
        format!("-----BEGIN A:B-----\n-----END A:B-----\n{a}"),
        format!("-----BEGIN A-----\nk: v\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nk: v\n\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nk: v\nl: w\n{a}"),
        format!("-----BEGIN A-----\n: \n:\n\n{a}"),
        format!("-----BEGIN A-----\nk: -----END A-----\n\nAAAA\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nk: -----BEGIN B-----\n\nAAAA\n-----END A-----\n{a}"),
        format!("-----END {a}"),
        format!("-----END -----BEGIN A-----\nAAAA\n-----END A-----\n{a}"),
        format!("x\n-----END -----BEGIN A-----\nAAAA\n-----END A-----\n{a}"),
        format!("x\n-----END B-----\n-----END -----BEGIN A-----\nAAAA\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nAAAA -----END A-----\nBBBB\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nAAAA\n-----END A-----\r{a}"),
        format!("-----BEGIN A-----\r\r\nAAAA\r\r\n-----END A-----\r\r\n{a}"),
        format!("-----BEGIN A----- \t\r\nAA\rAA\r\n-----END A----- \t\r\n{a}"),
        format!("-----BEGIN A-----\nAA==\nAAAA\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nAA=\n=\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nAA\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nAB==\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nA===\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\n====\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nAA-_\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\nAA\u{b}AA\n-----END A-----\n{a}"),
        format!("-----BEGIN A-----\n-----BEGIN B-----\nAAAA\n-----END B-----\n-----END A-----\n{a}"),
        "-----BEGIN A-----\n".repeat(200) + &a,
        "-----BEGIN CERTIFICATE-----\n".repeat(40) + &a,
        "-----END A-----\n".repeat(40) + &a,
        "-----END A-----\n".repeat(200) + &a,
        a.clone() + &"-----END A-----\n".repeat(200),
        "-----BEGIN ".repeat(300) + "\n" + &a,
        "-----END ".repeat(300) + "\n" + &a,
        "-----BEGIN A----------END A-----\n".repeat(30) + &a,
        "-----BEGIN A-----\n-----END A-----\n".repeat(100),
        format!("{}{a}", "-".repeat(5_000)),
        format!("{}\n{a}", " ".repeat(5_000)),
        format!("{}{a}", " ".repeat(5_000)),
        format!("-----BEGIN {}-----\nAAAA\n-----END {0}-----\n{a}", "L".repeat(5_000)),
        format!("\0{a}"),
        format!("\0\n{a}"),
        with("\nMII", "\nM\0I"),
        with("BEGIN", "BEGIN\0"),
        with("-----\n", "-----\0\n"),
        with("BEGIN CERTIFICATE", "BEGIN  CERTIFICATE"),
        with("-----BEGIN", "\u{2010}----BEGIN"),
        a.replace('\n', "\n\r"),
        a.replace('\n', "\r"),
        a.replace('\n', "\u{2028}"),
        a.replace('\n', "\\n"),
        a.replace('\n', " \n \t"),
        a.trim_end().repeat(20),
        format!("{a}\u{a0}\u{2003}\u{b}\u{c}\u{85}"),
        format!("{a}\u{200b}"),
    ];
    let mut texts: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    texts.push([b"\xff\xfe\xfa\n", a.as_bytes()].concat());
    texts.push([b"\xff\xfe\xfa", a.as_bytes()].concat());
    texts.push(b"-----BEGIN \xff\xfe-----\nAAAA\n-----END \xff\xfe-----\n".to_vec());
    texts.push(b"-----BEGIN \xff-----\nAAAA\n-----END \xfe-----\n".to_vec());
    texts.push([a.as_bytes(), b"\xa0\x85"].concat());
    texts
}

fn generator_bundles() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/generators");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|fixture| std::fs::read_dir(fixture.unwrap().path()).into_iter().flatten())
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pem"))
        .collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Random damage, and the structural pieces of PEM in random order, which meets corners that damage to sound text does not.
fn random_texts(count: u64) -> impl Iterator<Item = Vec<u8>> {
    const PIECES: [&[u8]; 24] = [
        b"-----BEGIN A-----",
        b"-----END A-----",
        b"-----BEGIN B-----",
        b"-----END B-----",
        b"-----BEGIN ",
        b"-----END ",
        b"-----",
        b"-",
        b"A",
        b"A:B-----",
        b"AAAA",
        b"AA==",
        b"AA",
        b"=",
        b"k: v",
        b":",
        b"\n",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b" ",
        b"\\n",
        b"\xff",
    ];
    (0..count).map(|seed| {
        let mut rng = Rng::new(seed);
        if seed % 2 == 0 {
            let text = mutate::pem_bundle(&mut rng, &[]);
            return if rng.percent(50) { mutate::damage(&mut rng, &text) } else { text };
        }
        (0..rng.below(60)).flat_map(|_| rng.pick(&PIECES).to_vec()).collect()
    })
}

/// The oracle, built for this process alone; `None` where Go is not installed.
fn oracle() -> Option<(PathBuf, PathBuf)> {
    if Command::new("go").arg("version").output().is_err() {
        return None;
    }
    let folder = std::env::temp_dir().join(format!("mtlsmith-pem-readers-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let program = folder.join("oracle");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/oracle");
    let built = Command::new("go")
        .arg("build")
        .arg("-o")
        .arg(&program)
        .arg(".")
        .current_dir(source)
        .status()
        .unwrap();
    assert!(built.success(), "the oracle does not build");
    Some((folder, program))
}

/// What Go delivers from each text, and whether it leaves anything but blanks behind the last block.
fn ask_go(program: &Path, texts: &[Vec<u8>]) -> Vec<(Vec<Delivered>, bool)> {
    let questions: String = texts
        .iter()
        .enumerate()
        .map(|(id, text)| format!("{{\"id\":{id},\"input\":\"{}\"}}\n", STANDARD.encode(text)))
        .collect();
    let mut child =
        Command::new(program).arg("pem").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let asking = std::thread::spawn(move || stdin.write_all(questions.as_bytes()));
    let output = child.wait_with_output().unwrap();
    asking.join().unwrap().unwrap();
    assert!(output.status.success());
    let bytes = |value: &serde_json::Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers = answers.lines().enumerate().map(|(id, line)| {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(answer["id"], id);
        let blocks = answer["blocks"].as_array().unwrap();
        let blocks =
            blocks.iter().map(|block| (bytes(&block["type_base64"]), bytes(&block["der"]))).collect();
        let rest = bytes(&answer["rest"]);
        (blocks, str::from_utf8(&rest).is_ok_and(|rest| rest.trim().is_empty()))
    });
    answers.collect()
}

#[test]
fn go_delivers_the_same_blocks_from_every_text() {
    let Some((folder, program)) = oracle() else {
        mtlsmith_testkit::not_tested(
            "the scanner against Go's encoding/pem, because there is no `go` on the PATH",
        );
        return;
    };
    let mut texts = hostile_texts();
    texts.extend(generator_bundles());
    texts.extend(random_texts(12_000));
    let answers = ask_go(&program, &texts);
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(answers.len(), texts.len());
    let mut compared = 0;
    for (text, (blocks, rest_is_blank)) in texts.iter().zip(answers) {
        let scan = pem::scan(text);
        let shown = || String::from_utf8_lossy(text).into_owned();
        let ours = delivered(&scan);
        let mut theirs: Vec<Delivered> =
            blocks.into_iter().map(|(label, der)| (lossy(&label), der)).collect();
        if scan.blocks.len() == BLOCKS_READ {
            assert!(ours.len() <= theirs.len(), "{}", shown());
            theirs.truncate(ours.len());
        } else if !ours.is_empty() {
            let lost_behind = scan.blocks.last().is_some_and(|block| block.skipped().is_some());
            assert_eq!(rest_is_blank, scan.text_after.is_none() && !lost_behind, "{}", shown());
        }
        compared += ours.len();
        assert_eq!(ours, theirs, "{}", shown());
    }
    assert!(compared > 10_000, "only {compared} blocks were compared");
}

/// A label as the scanner keeps it.
fn lossy(label: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(label).into_owned().into_bytes()
}

#[test]
fn the_places_of_blocks_are_in_order_and_within_the_text() {
    let texts = hostile_texts().into_iter().chain(generator_bundles()).chain(random_texts(4_000));
    for text in texts {
        let scan = pem::scan(&text);
        let mut behind = 0;
        let mut line = 1;
        for block in &scan.blocks {
            assert!(block.bytes.start >= behind && block.bytes.end <= text.len() && !block.bytes.is_empty());
            let lines_before = text[..block.bytes.start].iter().filter(|byte| **byte == b'\n').count();
            let lines_to_end = text[..block.bytes.end].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!((block.lines.first, block.lines.last), (lines_before + 1, lines_to_end + 1));
            assert!(block.lines.first >= line && block.lines.last >= block.lines.first);
            (behind, line) = (block.bytes.end, block.lines.last);
        }
        for range in scan.text_between.iter().chain(&scan.text_after) {
            let part = &text[range.clone()];
            assert!(!part.trim_ascii().is_empty() && part.trim_ascii() == part);
            assert!(
                scan.blocks
                    .iter()
                    .all(|block| block.bytes.end <= range.start || block.bytes.start >= range.end)
            );
        }
    }
}

/// Texts of about 100 MB, each made to be slow in another place.
fn huge_texts() -> Vec<(&'static str, Vec<u8>)> {
    let block = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    let one_block =
        |body: &[u8]| [b"-----BEGIN CERTIFICATE-----\n", body, b"\n-----END CERTIFICATE-----\n"].concat();
    vec![
        ("100 MB of junk", vec![b'A'; 100_000_000]),
        ("a million empty blocks", block.repeat(1_000_000)),
        ("BEGIN nine million times", b"-----BEGIN ".repeat(9_000_000)),
        (
            "END eleven million times",
            [b"-----BEGIN A\n".as_slice(), &b"-----END ".repeat(11_000_000)].concat(),
        ),
        ("BEGIN lines", b"-----BEGIN CERTIFICATE-----\n".repeat(3_600_000)),
        (
            "END lines",
            [b"-----BEGIN A\n".as_slice(), &b"-----END CERTIFICATE-----\n".repeat(3_900_000)].concat(),
        ),
        ("frames on one line", b"-----BEGIN A----------END A-----".repeat(3_200_000)),
        (
            "frames on lines, labels differing",
            b"-----BEGIN A-----\nAAAA\n-----END B-----\n".repeat(2_500_000),
        ),
        ("one block of base64", one_block(&b"AAAA".repeat(25_000_000))),
        ("one block of escaped line ends", one_block(&b"\\n".repeat(50_000_000))),
        ("escaped line ends throughout", b"-----BEGIN A-----\\nAAAA\\n-----END A-----\\n".repeat(2_600_000)),
        ("one block of header lines", one_block(&b"a:b\n".repeat(25_000_000))),
        ("header lines in every block", b"-----BEGIN A-----\na:b\n-----END A-----\n".repeat(2_600_000)),
        ("one block of blanks", one_block(&b" ".repeat(100_000_000))),
        ("blanks before the first block", [vec![b' '; 100_000_000].as_slice(), block].concat()),
        ("one bad character at the end", one_block(&[vec![b'A'; 100_000_000].as_slice(), b"!"].concat())),
        ("hyphens", [b"-----BEGIN A\n".as_slice(), &vec![b'-'; 100_000_000]].concat()),
        (
            "carriage returns",
            block.repeat(1_000_000).iter().map(|byte| if *byte == b'\n' { b'\r' } else { *byte }).collect(),
        ),
        ("a BEGIN line that does not end", [b"-----BEGIN ".as_slice(), &vec![b'A'; 100_000_000]].concat()),
        (
            "base64 lines without END",
            [b"-----BEGIN A-----\n".as_slice(), &b"A\n".repeat(50_000_000)].concat(),
        ),
        (
            "base64 lines before END",
            [b"-----BEGIN\n".as_slice(), &b"A\n".repeat(50_000_000), b"-----END A-----\n"].concat(),
        ),
    ]
}

/// How much smaller the texts are here than at full size, so that a build without optimisation is quick too; what is asserted does
/// not depend on it.
const SCALE: usize = if cfg!(debug_assertions) { 20 } else { 1 };

#[test]
fn no_text_however_large_gives_more_than_a_bounded_answer() {
    for (what, mut text) in huge_texts() {
        let kept = text.len() / SCALE;
        let end = text.split_off(text.len() - 64);
        text.truncate(kept);
        text.extend(end);
        let report = judge(&text);
        let scan = &report.bundle.scan;
        assert!(scan.blocks.len() <= BLOCKS_READ && report.bundle.members.len() <= BLOCKS_READ, "{what}");
        assert!(scan.text_between.len() <= BLOCKS_READ, "{what}");
        assert!(report.findings.len() <= 8 * BLOCKS_READ, "{what}: {} findings", report.findings.len());
        let said: usize =
            report.findings.iter().map(|finding| finding.message().len() + finding.help().len()).sum();
        assert!(said <= report.findings.len() * 1_024, "{what}: {said} bytes");
        assert!(!report.findings.is_empty(), "{what}");
        let held: usize = scan.blocks.iter().filter_map(|block| block.content()).map(<[u8]>::len).sum();
        assert!(held <= text.len(), "{what}: {held} bytes held");
    }
}

#[test]
fn blocks_that_are_not_read_are_counted() {
    let text = testkit::root("a").pem().repeat(1_000);
    let report = judge(text.as_bytes());
    assert_eq!((report.bundle.scan.blocks.len(), report.bundle.scan.unread), (64, 936));
    assert!(report.findings.iter().any(|finding| finding.rule.name == "blocks-not-read"));
}
