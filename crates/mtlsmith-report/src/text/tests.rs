//! Whole pages, compared with stored ones, and what must hold for every page.
//!
//! Stored pages keep the findings of chosen rules alone, so that a new rule does not change them.

use std::collections::BTreeSet;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Name;
use mtlsmith_testkit::golden;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use super::render;
use crate::Detail;
use crate::Document;
use crate::Style;
use crate::defuse;
use crate::inspect;

const PLAIN: Style = Style { color: false, columns: 80, detail: Detail::Normal };
const WIDE: Style = Style { columns: 140, ..PLAIN };
const QUIET: Style = Style { detail: Detail::Quiet, ..PLAIN };
const VERBOSE: Style = Style { detail: Detail::Verbose, ..PLAIN };
const COLOURED: Style = Style { color: true, ..PLAIN };

/// The rules whose findings stored pages show.
const KEPT: [&str; 5] =
    ["byte-order-mark", "expired", "issuer-not-in-bundle", "no-certificate", "private-key-in-bundle"];

fn report(input: &[u8]) -> Report {
    check_bundle(input, &Profile::temporal_cloud(), Timestamp::from_unix(testkit::NOW))
}

fn kept(input: &[u8]) -> Report {
    let mut report = report(input);
    report.findings.retain(|finding| KEPT.contains(&finding.rule.name));
    report
}

fn page(input: &[u8], style: &Style) -> String {
    render(&[Document { name: "certs/ca.pem", input, report: &kept(input), client: None }], style)
}

fn drawing(input: &[u8], style: &Style) -> String {
    inspect(&Document { name: "certs/ca.pem", input, report: &kept(input), client: None }, style)
}

fn clean() -> String {
    testkit::root("payments 2026-01").pem()
}

/// A byte-order mark, an expired root with an intermediate that outlives it, a missing issuer, a duplicate, a leaf.
fn faulty() -> String {
    let root = testkit::root("payments 2026-01");
    let builder = testkit::root_builder("payments 2025-01");
    let expired = builder.not_after(testkit::NOW - testkit::days(12)).self_signed();
    let issuing = testkit::intermediate("payments issuing 1", &root);
    let outliving = testkit::intermediate("payments issuing 2", &expired);
    let orphan = testkit::intermediate(
        "issuing CA of the payments department in Rotterdam",
        &testkit::root("elsewhere"),
    );
    let worker = testkit::leaf("worker", &issuing);
    let certificates = testkit::bundle(&[&root, &expired, &issuing, &outliving, &orphan, &worker, &root]);
    format!("\u{feff}{certificates}")
}

fn hostile() -> String {
    let name =
        Name::new().o("acme\u{9b}2J").cn("\u{1b}[2Jroot\u{202e}moc\nerror[CA-022]: forged\u{200b}\u{7}");
    testkit::root_builder("x").subject(name).not_after(testkit::NOW - 1).self_signed().pem()
}

const SECRET: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgc2VjcmV0IGJ5dGVz";

/// A private key beside a certificate, sound and damaged in every way that moves its lines.
fn with_key() -> Vec<String> {
    let root = clean();
    let key = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    vec![
        format!("{key}{root}"),
        format!("{root}{key}"),
        format!("{key}{root}").replace('\n', "\r"),
        format!("{key}{root}").replace('\n', "\\n"),
        format!("{key}{root}").replace('\n', ""),
        format!("{key}{root}").replace('\n', " "),
        format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n{root}"),
        format!("-----BEGIN PRIVATE KEY{SECRET}\n-----END PRIVATE KEY-----\n{root}"),
        format!("-----BEGIN PRIVATE KEY-----{SECRET}-----END PRIVATE KEY-----{root}"),
        format!("-----BEGIN {SECRET}-----\n{SECRET}\n-----END {SECRET}-----\n{root}"),
        format!("{SECRET}{root}"),
        format!("{SECRET}\n{root}{SECRET}"),
    ]
}

#[test]
fn a_clean_root_is_told_in_a_few_lines() {
    golden::check("report/clean.txt", &page(clean().as_bytes(), &PLAIN));
}

#[test]
fn several_faults_are_drawn_for_both_usual_widths() {
    golden::check("report/faulty-80.txt", &page(faulty().as_bytes(), &PLAIN));
    golden::check("report/faulty-140.txt", &page(faulty().as_bytes(), &WIDE));
}

#[test]
fn colours_are_escapes_that_change_no_text() {
    let coloured = page(faulty().as_bytes(), &COLOURED);
    golden::check("report/faulty-colour.txt", &coloured);
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, escape)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = escape.split_once('m').map_or("", |(_, behind)| behind);
    }
    plain.push_str(rest);
    let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
    let expected = page(faulty().as_bytes(), &PLAIN);
    assert_eq!(trimmed, expected.lines().collect::<Vec<_>>());
}

#[test]
fn quiet_is_one_line_and_verbose_gives_reasons_and_sources() {
    assert_eq!(
        page(faulty().as_bytes(), &QUIET),
        "certs/ca.pem: refused, because of certificates 1, 2 and 5 (3 errors)\n"
    );
    assert_eq!(page(clean().as_bytes(), &QUIET), "certs/ca.pem: accepted (no findings)\n");
    golden::check("report/faulty-verbose.txt", &page(faulty().as_bytes(), &VERBOSE));
}

#[test]
fn the_tree_is_drawn_for_both_usual_widths() {
    golden::check("report/tree-80.txt", &drawing(faulty().as_bytes(), &PLAIN));
    golden::check("report/tree-140.txt", &drawing(faulty().as_bytes(), &WIDE));
    golden::check("report/tree-quiet.txt", &drawing(faulty().as_bytes(), &QUIET));
}

#[test]
fn a_hostile_name_reaches_the_terminal_as_visible_escapes() {
    let input = hostile();
    golden::check("report/hostile.txt", &page(input.as_bytes(), &PLAIN));
    let name = "\u{1b}]0;title\u{7}\u{202e}.pem";
    let report = report(input.as_bytes());
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        let style = Style { detail, ..PLAIN };
        let document = Document { name, input: input.as_bytes(), report: &report, client: None };
        for text in [render(&[document], &style), inspect(&document, &style)] {
            let harmful = text.chars().find(|&letter| letter != '\n' && defuse::is_obeyed_or_hidden(letter));
            assert_eq!(harmful, None, "{text:?}");
            assert!(!text.lines().any(|line| line.starts_with("error[CA-022]: forged")));
        }
    }
}

#[test]
fn of_a_private_key_nothing_but_the_begin_line_is_shown() {
    let parts: Vec<&str> = (0..SECRET.len()).filter_map(|start| SECRET.get(start..start + 8)).collect();
    assert_eq!(parts.len(), SECRET.len() - 7);
    for input in with_key() {
        let report = report(input.as_bytes());
        for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
            let style = Style { detail, columns: 1_000, ..PLAIN };
            let document =
                Document { name: "ca.pem", input: input.as_bytes(), report: &report, client: None };
            for text in [render(&[document], &style), inspect(&document, &style)] {
                let leaked = parts.iter().find(|part| text.contains(**part));
                assert_eq!(leaked, None, "{input:?} gives {text}");
            }
        }
    }
}

#[test]
fn a_private_key_block_is_pointed_at() {
    let input = with_key().swap_remove(0);
    golden::check("report/private-key.txt", &page(input.as_bytes(), &PLAIN));
}

#[test]
fn no_line_is_longer_than_the_terminal() {
    for columns in [80, 100, 140] {
        let style = Style { columns, ..PLAIN };
        for text in [page(faulty().as_bytes(), &style), drawing(faulty().as_bytes(), &style)] {
            let long = text.lines().find(|line| defuse::width(line) > columns);
            assert_eq!(long, None);
        }
    }
}

#[test]
fn a_text_in_one_line_is_not_printed() {
    let bundle = testkit::bundle(&[&testkit::root("a"), &testkit::root("b")]);
    for input in [
        bundle.replace('\n', "\r"),
        bundle.replace('\n', "\\n"),
        bundle.replace('\n', ""),
        bundle.repeat(8).replace('\n', " "),
    ] {
        let report = report(input.as_bytes());
        let text = render(
            &[Document { name: "a.pem", input: input.as_bytes(), report: &report, client: None }],
            &PLAIN,
        );
        assert!(!text.contains("MII"), "{text}");
    }
}

#[test]
fn base64_around_the_text_is_said_once_and_lines_count_in_what_is_inside() {
    let wrapped = testkit::base64_line(faulty().as_bytes());
    let text = page(wrapped.as_bytes(), &PLAIN);
    assert_eq!(text.matches("line numbers count in the decoded text").count(), 1);
    assert!(text.contains("--> certs/ca.pem:12:1"));
    let der = page(testkit::root("a").der(), &PLAIN);
    assert!(der.contains("no lines to point at") && !der.contains("ca.pem:"));
}

#[test]
fn several_documents_end_in_a_total() {
    let (one, two) = (clean(), faulty());
    let (first, second) = (kept(one.as_bytes()), kept(two.as_bytes()));
    let documents = [
        Document { name: "one.pem", input: one.as_bytes(), report: &first, client: None },
        Document { name: "two.pem", input: two.as_bytes(), report: &second, client: None },
    ];
    let text = render(&documents, &PLAIN);
    assert!(
        text.ends_with("\n2 bundles: 1 accepted, 1 refused; 3 errors, 0 warnings, 0 notices.\n"),
        "{text}"
    );
    assert_eq!(render(&documents, &QUIET).lines().count(), 2);
}

#[test]
fn a_related_certificate_stands_in_the_same_picture() {
    let root = testkit::root("a");
    let input = testkit::bundle(&[&root, &testkit::root("b"), &root]);
    let mut report = report(input.as_bytes());
    let Some(mut finding) = expired_finding() else { panic!("an expired root is a finding") };
    finding.subject = Subject::Certificate(2);
    finding.related = vec![(Subject::Certificate(0), "same bytes")];
    report.findings = vec![finding];
    let text = render(
        &[Document { name: "ca.pem", input: input.as_bytes(), report: &report, client: None }],
        &PLAIN,
    );
    assert!(text.contains("--> ca.pem:21:1\n"), "{text}");
    assert!(text.contains("\n 1 | -----BEGIN CERTIFICATE-----\n   | --------------------------- same bytes: certificate 1: CN=a,O=acme\n...\n21 | "), "{text}");
}

fn expired_finding() -> Option<Finding> {
    let input = testkit::root_builder("old").not_after(testkit::NOW - 1).self_signed().pem();
    kept(input.as_bytes()).findings.pop()
}

/// Every member has to stand in the table and in the tree, and nothing that the terminal would obey may come through.
#[test]
fn random_bundles_are_told_whole_and_harmless_in_every_width() {
    for seed in 0..150 {
        let mut random = testkit::Rng::new(seed);
        let input = testkit::mutate::pem_bundle(&mut random, &[]);
        let report = report(&input);
        let detail = *random.pick(&[Detail::Normal, Detail::Verbose]);
        let style = Style { color: false, columns: random.below(200), detail };
        let document = Document { name: "ca.pem", input: &input, report: &report, client: None };
        let (page, tree) = (render(&[document], &style), inspect(&document, &style));
        for (index, node) in report.graph.nodes().iter().enumerate() {
            let head = format!("{} {}  ", index + 1, super::role_name(node.role));
            let in_tree = tree
                .lines()
                .any(|line| line.trim_start_matches(['│', '├', '└', '─', ' ']).starts_with(&head));
            assert_eq!(in_tree, node.duplicate_of.is_none(), "seed {seed}: {head} in {tree}");
            let row = |line: &str| line.split_whitespace().next() == Some((index + 1).to_string().as_str());
            assert!(page.lines().any(row), "seed {seed}: {head} in {page}");
        }
        let harmful = |letter: &char| *letter != '\n' && defuse::is_obeyed_or_hidden(*letter);
        assert_eq!(page.chars().chain(tree.chars()).find(harmful), None, "seed {seed}");
        let errors = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
        let mut codes: Vec<&str> = errors.map(|finding| finding.rule.code).collect();
        if detail == Detail::Normal {
            codes = codes.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        }
        assert_eq!(page.matches("\nerror[").count(), codes.len(), "seed {seed}: {page}");
    }
}

#[test]
fn a_bundle_refused_for_one_member_names_that_member_alone() {
    let input = testkit::bundle(&[
        &testkit::root("a"),
        &testkit::root_builder("b").not_after(testkit::NOW - 1).self_signed(),
    ]);
    let report = report(input.as_bytes());
    let text =
        render(&[Document { name: "a.pem", input: input.as_bytes(), report: &report, client: None }], &WIDE);
    assert!(text.contains("would not take this bundle as it is, because of certificate 2.\n"), "{text}");
}

#[test]
fn a_check_that_stopped_at_its_limit_says_so() {
    let impostors: Vec<testkit::Certificate> = (0..16)
        .map(|number| {
            let key = testkit::Key::p256(&format!("impostor {number}"));
            testkit::root_builder("one name").key(key).no_ski().corrupt_signature().self_signed()
        })
        .collect();
    let input: String = impostors.iter().map(testkit::Certificate::pem).collect();
    let text = page(input.as_bytes(), &PLAIN);
    assert!(
        text.ends_with("after 100 signature checks and 0 path\nsteps: there may be more to find.\n"),
        "{text}"
    );
    assert!(
        drawing(input.as_bytes(), &PLAIN).contains("not examined: the check stopped at its limit of work")
    );
}

fn whole(input: &str, style: &Style) -> String {
    render(
        &[Document {
            name: "ca.pem",
            input: input.as_bytes(),
            report: &report(input.as_bytes()),
            client: None,
        }],
        style,
    )
}

fn expired(count: usize) -> String {
    let old = |number| testkit::root_builder(&format!("old {number}")).not_after(testkit::NOW - 60 * number);
    (1..).take(count).map(|number: i64| old(number).self_signed().pem()).collect()
}

#[test]
fn what_a_rule_finds_again_is_a_line_below_the_first() {
    let input = expired(3);
    golden::check("report/repeated.txt", &page(input.as_bytes(), &PLAIN));
    assert_eq!(page(input.as_bytes(), &VERBOSE).matches("\nerror[CA-022]").count(), 3);
}

#[test]
fn at_most_eight_are_told_again() {
    let input = expired(12);
    let text = page(input.as_bytes(), &PLAIN);
    assert_eq!(text.matches("\nerror[CA-022]").count(), 1);
    assert_eq!(text.matches("= also: certificate ").count(), 8, "{text}");
    assert!(text.contains("= also: and 3 more\n"), "{text}");
    assert!(text.contains("because of 12 certificates (expired).\n"), "{text}");
}

#[test]
fn errors_come_first_and_notices_last_and_short() {
    let old = testkit::root_builder("old").not_after(testkit::NOW - 1).self_signed();
    let input = format!("# ours\n{}{}", testkit::root("a").pem(), old.pem());
    let report = report(input.as_bytes());
    assert!(report.findings.first().is_some_and(|finding| finding.rule.severity == Severity::Notice));
    let text =
        render(&[Document { name: "a.pem", input: input.as_bytes(), report: &report, client: None }], &PLAIN);
    let heads = text.lines().filter_map(|line| line.split_once('[').map(|(head, _)| head));
    let heads: Vec<usize> = heads
        .filter_map(|head| ["error", "warning", "notice"].iter().position(|known| *known == head))
        .collect();
    assert!(heads.is_sorted() && heads.first() == Some(&0) && heads.last() == Some(&2), "{text}");
    let notice = text.split("\nnotice[").nth(1).and_then(|rest| rest.split("\n\n").next());
    assert!(notice.is_some_and(|notice| !notice.contains("= note: ")), "{text}");
}

#[test]
fn a_notice_tells_all_other_places_in_one_line() {
    let (one, two, three) = (testkit::root("one"), testkit::root("two"), testkit::root("three"));
    let input = testkit::bundle(&[&one, &two, &three]);
    let mut report = report(input.as_bytes());
    report.findings.retain(|finding| finding.rule.severity == Severity::Notice);
    let Some(notice) = report.findings.pop() else { panic!("some notice speaks about roots") };
    let about = |index| Finding { subject: Subject::Certificate(index), ..notice.clone() };
    report.findings = (0..3).map(about).collect();
    let text =
        render(&[Document { name: "a.pem", input: input.as_bytes(), report: &report, client: None }], &PLAIN);
    assert!(text.contains("= also: certificates 2 and 3\n"), "{text}");
}

#[test]
fn a_block_without_its_begin_is_shown_by_its_end() {
    let pem = testkit::root("a").pem();
    let damaged = pem.replace("-----BEGIN CERTIFICATE-----\n", "");
    let line = damaged.lines().count();
    let text = whole(&format!("{damaged}{pem}"), &PLAIN);
    assert!(text.contains("the block on line 9 is damaged"), "{text}");
    assert_eq!(line, 9);
    let drawn = " --> ca.pem:9:1\n  |\n9 | -----END CERTIFICATE-----\n  | ^^^^^^^^^^^^^^^^^^^^^^^^^\n";
    assert!(text.contains(drawn), "{text}");
    assert!(!text.contains("9 | -----BEGIN"), "{text}");
}

#[test]
fn too_many_hyphens_are_shown_as_they_are() {
    let pem = testkit::root("a").pem();
    let text = whole(&format!("{pem}--{pem}"), &PLAIN);
    assert!(text.contains("11 | -------BEGIN CERTIFICATE-----\n"), "{text}");
}

#[test]
fn certificates_that_stayed_unread_are_counted() {
    let input = testkit::root("a").pem().repeat(100);
    let text = whole(&input, &PLAIN);
    assert!(text.starts_with("ca.pem  100 certificates, 64 of them read, "), "{text}");
}

#[test]
fn the_first_end_of_an_accepted_bundle_is_told() {
    let short = testkit::root_builder("short").not_after(testkit::NOW + testkit::days(2)).self_signed();
    let text = whole(&testkit::bundle(&[&testkit::root("long"), &short]), &WIDE);
    let text = text.replace('\n', " ");
    let told = "accepted: nothing known keeps Temporal Cloud from taking this bundle; clients can connect until 2026-06-17 \
                at the earliest (certificate 2, 2 days left), 2027-01-01 at the latest. ";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_file_name_with_blanks_is_quoted_in_commands() {
    let input = format!("{}{}", clean(), expired(1));
    let report = kept(input.as_bytes());
    let text = render(
        &[Document { name: "our ca.pem", input: input.as_bytes(), report: &report, client: None }],
        &PLAIN,
    );
    assert!(text.contains("mtlsmith bundle remove 'our ca.pem' "), "{text}");
    let text = render(
        &[Document { name: "<stdin>", input: input.as_bytes(), report: &report, client: None }],
        &PLAIN,
    );
    assert!(text.contains("mtlsmith bundle remove FILE "), "{text}");
}

#[test]
fn a_command_is_never_cut() {
    let input = format!("{}{}", clean(), expired(7));
    let text = whole(&input, &PLAIN);
    let command = text.lines().filter(|line| line.contains("--fingerprint "));
    let digits = |line: &str| {
        line.chars()
            .rev()
            .skip_while(|letter| " \\".contains(*letter))
            .take_while(char::is_ascii_hexdigit)
            .count()
    };
    assert!(command.clone().count() >= 7, "{text}");
    for line in command {
        assert_eq!(digits(line), 40, "{line}");
    }
}

#[test]
fn a_label_that_is_not_in_use_is_drawn_by_its_length_alone() {
    let label = "MHcCAQEEIHQabcdefghijklmnopqrstuvwx+";
    let drawn = |text: &str| whole(&format!("{}{text}", clean()), &PLAIN);
    let lone = drawn(&format!("-----END {label}-----\n"));
    assert!(lone.contains(" | -----END (an unknown label of 36 characters)-----\n"), "{lone}");
    let pair = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----");
    let text = drawn(&pair);
    assert!(text.contains(" | -----BEGIN (an unknown label of 36 characters)-----\n"), "{text}");
    let glued = drawn(&format!("{pair}{}", clean()));
    assert!(glued.contains("…-----BEGIN CERTIFICATE-----\n") && !glued.contains("MHcCAQ"), "{glued}");
    let tail = drawn(&format!("-----BEGIN PRIVATE KEY-----{label}\n-----END PRIVATE KEY-----\n"));
    assert!(tail.contains(" | -----BEGIN PRIVATE KEY-----…\n"), "{tail}");
    let open = drawn(&format!("-----BEGIN PRIVATE KEY{label}\n-----END PRIVATE KEY-----\n"));
    assert!(open.contains(" | -----BEGIN PRIVATE KEY…\n"), "{open}");
}

#[test]
fn markers_far_out_on_a_line_have_no_column() {
    let input = format!("# {}{}", "x".repeat(10_000), clean().trim_start());
    let text = whole(&input, &PLAIN);
    assert!(text.contains("--> ca.pem:1\n") && !text.contains("xxxx"), "{text}");
    let many = whole(&"-----BEGIN ".repeat(100_000), &PLAIN);
    assert!(many.lines().all(|line| defuse::width(line) <= 80), "{many}");
}
