//! Filter files are read as tcld reads them: Go's own answers to 400 documents, stored in `testdata/filters`.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test reads its file and fails loudly"
)]

use std::fs;

use mtlsmith_testkit::golden;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::filters::Shape;

/// What tcld would import from the document, in the words of the stored answers.
fn answer(document: &str) -> String {
    let (set, findings) = FilterSet::read(document.as_bytes());
    let has = |name: &str| findings.iter().any(|finding| finding.rule.name == name);
    if has("filters-not-json") {
        return "no JSON".to_owned();
    }
    let is_object = document.starts_with('{');
    if !is_object || (set.shape == Shape::Tcld && has("filter-value-not-text")) {
        return "wrong type".to_owned();
    }
    let filters = if set.shape == Shape::Tcld { set.filters.as_slice() } else { &[] };
    let mut shown = filters.len().to_string();
    for filter in filters {
        let values = Field::ALL.map(|field| filter.field(field).map_or("", |pattern| pattern.value()));
        shown.push_str(&format!("|{}", values.join(",")));
    }
    shown
}

#[test]
fn every_document_is_read_as_go_reads_it_and_no_loss_is_silent() {
    let stored = fs::read_to_string(golden::testdata().join("filters/go-reads.txt")).unwrap();
    let mut loud = 0;
    for line in stored.lines() {
        let (document, wanted) = line.split_once('\t').unwrap();
        assert_eq!(answer(document), wanted, "{document}");
        if wanted == "0" {
            let (_, findings) = FilterSet::read(document.as_bytes());
            assert!(!findings.is_empty(), "{document} would remove every filter, and nothing is said");
            loud += 1;
        }
    }
    assert!(stored.lines().count() == 400 && loud > 40, "{loud}");
}
