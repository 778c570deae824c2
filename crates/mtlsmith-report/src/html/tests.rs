//! The page under hostile names, and whether its tags fit together.

use mtlsmith_testkit as testkit;

use crate::Document;
use crate::Format;
use crate::testing;

fn page(inputs: &[(&str, Vec<u8>)]) -> String {
    let page = testing::rendered(Format::Html, inputs);
    check_tags(&page);
    check_self_contained(&page);
    page
}

/// Every tag is closed in order, every attribute is quoted, no bare `<` or `&` is left: the page reads as XML does.
fn check_tags(page: &str) {
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
    let mut open: Vec<&str> = Vec::new();
    let mut rest = body;
    while let Some((text, after)) = rest.split_once('<') {
        check_text(text, open.last() == Some(&"style"));
        let (tag, behind) = after.split_once('>').expect("a tag ends");
        assert!(!tag.contains('<'), "a tag within {tag}");
        assert_eq!(tag.matches('"').count() % 2, 0, "an open quote in {tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("a name");
        assert!(ELEMENTS.contains(&name), "<{tag}> is no element of this page");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes another element");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = behind;
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "left open: {open:?}");
}

const ELEMENTS: &[&str] = &[
    "html", "head", "meta", "title", "style", "body", "main", "nav", "section", "header", "article", "h1",
    "h2", "h3", "p", "ul", "li", "dl", "dt", "dd", "div", "span", "bdi", "code", "a", "br", "details",
    "summary", "table", "thead", "tbody", "tr", "th", "td", "svg", "g", "rect", "path", "text",
];

fn check_text(text: &str, is_style: bool) {
    assert!(is_style || !text.contains('>'), "a bare > in {text}");
    for (_, after) in text.match_indices('&').map(|(at, _)| text.split_at(at)) {
        let references = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        assert!(references.iter().any(|reference| after.starts_with(reference)), "a bare & in {after}");
    }
}

/// Nothing on the page runs or is fetched; links to sources alone lead away, and only when followed.
fn check_self_contained(page: &str) {
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
    assert!(!style.contains("url(") && !style.contains("@import"), "the style loads something");
    for tag in page.split('<').skip(1).filter_map(|part| part.split('>').next()) {
        assert!(
            !tag.contains("http:") && (!tag.contains("https:") || tag.starts_with("a href=\"https://")),
            "<{tag}> leads away"
        );
        let attributes = tag.split('"').step_by(2).filter_map(|part| part.trim().strip_suffix('='));
        for attribute in attributes.map(|attribute| attribute.rsplit(' ').next().unwrap_or_default()) {
            assert!(ATTRIBUTES.contains(&attribute), "{attribute} in <{tag}>");
        }
    }
}

/// Every attribute that a page may have: none of them runs or loads anything.
const ATTRIBUTES: &[&str] = &[
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "href",
    "rel",
    "colspan",
    "role",
    "aria-label",
    "width",
    "height",
    "viewBox",
    "x",
    "y",
    "rx",
    "d",
];

#[test]
fn pages_of_every_kind_of_input_are_whole() {
    let root = testkit::root("root").pem();
    let broken = testkit::pem_block("CERTIFICATE", b"no certificate");
    page(&[]);
    page(&[("clean.pem", root.clone().into_bytes())]);
    page(&[
        ("empty", Vec::new()),
        ("noise", b"\xff\0<b>&".to_vec()),
        ("broken.pem", format!("{broken}{root}").into_bytes()),
    ]);
    page(&[("sample.pem", testing::sample().into_bytes())]);
}

#[test]
fn a_hostile_name_is_text_and_nothing_else() {
    let page = page(&[(testing::HOSTILE_NAME, testing::hostile().into_bytes())]);
    assert!(
        page.contains(
            "&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img onerror=alert(1)"
        ),
        "the name is there"
    );
    assert!(page.contains("\\u{202e}") && page.contains("\\u{1b}[31m"), "what cannot be seen is written out");
    assert!(!page.contains(|c| c != '\n' && crate::defuse::is_obeyed_or_hidden(c)));
}

#[test]
fn a_finding_shows_its_sentence_its_repair_and_its_sources() {
    let input = testing::sample();
    let report = testing::report(input.as_bytes());
    let page =
        super::render(&[Document { name: "ca.pem", input: input.as_bytes(), report: &report, client: None }]);
    for finding in &report.findings {
        for text in [finding.message(), finding.rule.code.to_owned()] {
            assert!(page.contains(&super::prose::line(&text)), "{text}");
        }
        assert!(page.contains(&super::prose::repair(&finding.help())), "{}", finding.help());
        for cite in finding.rule.cites {
            assert!(page.contains(&format!("<a href=\"{}\"", super::escape(cite.url))), "{}", cite.url);
        }
    }
    assert!(page.contains("<h1>Temporal Cloud or its tools would not take this bundle as it is</h1>"));
    assert!(page.contains("<p class=\"reason\">Because of certificates 1 and 4.</p>"));
    let says_when = page.contains("can connect until") || page.to_lowercase().contains("works until");
    assert!(!says_when, "a refused bundle works until no day");
    assert!(page.contains("expired 2026-06-03"), "the state of the first certificate");
    assert!(page.contains("its issuer ends 2027-01-01"), "the third one outlives its issuer");
}

#[test]
fn a_bundle_that_is_taken_says_what_ends_first() {
    let ending = |name: &str, days| {
        testkit::root_builder(name).not_after(testkit::NOW + testkit::days(days)).self_signed()
    };
    let text = testkit::bundle(&[&ending("long", 3_000), &ending("short", 2)]);
    let page = page(&[("two.pem", text.into_bytes())]);
    assert!(page.contains("<h1>Nothing known keeps Temporal Cloud from taking this bundle</h1>"));
    let works = "<p class=\"reason\">Clients can connect until 2026-06-17 at the earliest (certificate 2, 2 days left), 2034-09-01 at the latest.</p>";
    assert!(page.contains(works), "{page}");
}

#[test]
fn a_rule_that_fires_often_has_one_card_and_the_worst_come_first() {
    let ended = |name: &str, days| {
        testkit::root_builder(name).not_after(testkit::NOW - testkit::days(days)).self_signed()
    };
    let page = page(&[("old.pem", testkit::bundle(&[&ended("one", 3), &ended("two", 4)]).into_bytes())]);
    assert_eq!(page.matches("<span class=\"code\">CA-022</span>").count(), 1);
    assert!(
        page.contains("expired 3 days ago")
            && page.contains("expired 4 days ago")
            && page.contains(">2 times<")
    );
    let severities: Vec<&str> =
        page.split("<article class=\"finding ").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let rank = |severity: &&str| ["error", "warning", "notice"].iter().position(|known| known == severity);
    assert!(severities.is_sorted_by_key(rank) && severities.first() == Some(&"error"), "{severities:?}");
}

#[test]
fn sixty_four_certificates_have_a_box_a_bar_and_a_row_each() {
    let root = testkit::root("root");
    let many = (0..63).map(|number| testkit::intermediate(&format!("issuing {number}"), &root).pem());
    let bundle: String = std::iter::once(root.pem()).chain(many).collect();
    let page = page(&[("many.pem", bundle.into_bytes())]);
    assert_eq!(page.matches("class=\"box\"").count(), 64);
    assert_eq!(page.matches("<rect class=\"bar ").count(), 64);
    assert_eq!(page.matches("<td class=\"names\">").count(), 64);
}
