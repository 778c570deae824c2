//! Reading filters: every shape, the lines, and what the tools drop.

use super::*;

fn shapes(text: &str) -> (Shape, Vec<String>, Vec<usize>) {
    let (set, reading) = read(text.as_bytes());
    assert!(reading.fault.is_none() && set.lines.len() == set.filters.len());
    (set.shape, set.filters.iter().map(ToString::to_string).collect(), set.lines)
}

#[test]
fn every_shape_of_the_official_tools_is_read() {
    let filter = vec!["commonName=a organization=o".to_owned()];
    for (text, shape) in [
        (r#"{"filters":[{"commonName":"a","organization":"o"}]}"#, Shape::Tcld),
        (r#"{"Filters":[{"COMMONNAME":"a","organization":"o"}]}"#, Shape::Tcld),
        (r#"[{"commonName":"a","organization":"o","organizationalUnit":""}]"#, Shape::BareArray),
        (r#"{"commonName":"a","organization":"o"}"#, Shape::OneFilter),
        (r#"{"common_name":"a","organization":"o"}"#, Shape::OneFilter),
        (r#"{"certificate_filters":[{"common_name":"a","organization":"o"}]}"#, Shape::Terraform),
        (
            r#"{"mtlsAuth":{"certificateFilters":[{"commonName":"a","organization":"o"}]}}"#,
            Shape::NamespaceSpec,
        ),
        (
            r#"{"spec":{"mtls_auth":{"certificate_filters":[{"common_name":"a","organization":"o"}]}}}"#,
            Shape::NamespaceSpec,
        ),
        (r#"{"certificateFilters":[{"commonName":"a","organization":"o"}]}"#, Shape::CloudApiFragment),
    ] {
        assert_eq!(shapes(text), (shape, filter.clone(), vec![1]), "{text}");
    }
    assert_eq!(shapes("{}"), (Shape::Tcld, vec![], vec![]));
    assert_eq!(shapes("{\"x\":1}"), (Shape::Unknown, vec![], vec![]));
    assert_eq!(shapes(r#"{"mtlsAuth":{"enabled":true}}"#), (Shape::NamespaceSpec, vec![], vec![]));
}

#[test]
fn of_a_document_without_filters_four_keys_are_named() {
    let found = |text: &str| match &read(text.as_bytes()).1.oddities[..] {
        [Oddity { kind: OddityKind::NoFilters { found }, .. }] => found.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(found(r#"{"x":1}"#), "`x`");
    assert_eq!(found(r#"{"x":1,"y":2,"z":3,"w":4}"#), "`x`, `y`, `z`, `w`");
    assert_eq!(found(r#"{"x":1,"y":2,"z":3,"w":4,"v":5}"#), "`x`, `y`, `z`, `w` and more");
}

#[test]
fn lines_are_those_of_filters_and_fields() {
    let (set, reading) = read(b"{\"filters\":[\n{\"commonName\":\"a\"},\n{\n\"organization\":\"o\"}]}");
    assert_eq!(set.lines, [2, 3]);
    assert_eq!(reading.line_of(1, Field::Organization), Some(4));
    assert_eq!((reading.line_of(1, Field::CommonName), reading.line_of(2, Field::CommonName)), (None, None));
}

#[test]
fn what_the_tools_drop_is_not_read() {
    let (set, reading) = read(br#"{"filters":[{"common_name":"a"},{"CN":"b"},{"commonName":7},null]}"#);
    assert_eq!(set.filters, vec![Filter::default(); 4]);
    assert_eq!(reading.oddities.len(), 3);
}

#[test]
fn the_last_of_two_keys_counts_as_in_go() {
    let (set, reading) = read(br#"{"filters":[{"commonName":"a","commonName":"b"}]}"#);
    assert_eq!(set.filters[0].common_name.as_ref().map(|pattern| pattern.value()), Some("b"));
    assert!(matches!(&reading.oddities[..], [Oddity { kind: OddityKind::Repeated { .. }, .. }]));
}

#[test]
fn no_text_makes_the_reader_fail() {
    let mut rng = mtlsmith_testkit::Rng::new(7);
    let seed = br#"{"filters":[{"commonName":"a*","OU":null},{"organization":"o"}],"mtlsAuth":{}}"#;
    for _ in 0..20_000 {
        let mut bytes = seed.to_vec();
        for _ in 0..rng.below(4) {
            let at = rng.below(bytes.len());
            bytes[at] = *rng.pick(b"{}[]\":,*an \n\xff");
        }
        let (set, reading) = read(&bytes);
        assert!(set.filters.len() == set.lines.len() && reading.is_text);
    }
}
