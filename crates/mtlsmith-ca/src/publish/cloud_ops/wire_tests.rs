//! The JSON of the API: what is read, and that nothing of others is changed.

use mtlsmith_testkit as testkit;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;

use super::*;

fn name() -> NamespaceName {
    NamespaceName::new("orders.a1b2c").unwrap()
}

fn read(spec: &str) -> Result<Namespace, String> {
    let body =
        format!(r#"{{"namespace":{{"namespace":"orders.a1b2c","resourceVersion":"v1","spec":{spec}}}}}"#);
    Namespace::read(&body, &name())
}

fn intent(namespace: &Namespace, filters: Option<Vec<Filter>>) -> Intent {
    Intent::new(&namespace.live, testkit::root("new").pem().as_bytes(), filters).unwrap()
}

#[test]
fn an_update_changes_two_fields_and_keeps_the_bytes_of_all_others() {
    let odd = r#"{"value": 1.10, "big":123456789012345678901234567890,"unicode":"\u00e9"}"#;
    let spec = format!(
        r#"{{"name":"orders","capacitySpec":{odd},"mtlsAuth":{{"enabled":true,"acceptedClientCa":"","someday":{odd},"certificateFilters":[{{"commonName":"a"}}]}}}}"#
    );
    let namespace = read(&spec).unwrap();
    let body = namespace.update(&intent(&namespace, None)).unwrap();
    assert_eq!(body.matches(odd).count(), 2, "{body}");
    let value: Value = serde_json::from_str(&body).unwrap();
    let auth = &value["spec"]["mtlsAuth"];
    assert_eq!(auth["certificateFilters"], json!([{"commonName": "a"}]));
    assert_eq!(auth["acceptedClientCa"], json!(STANDARD.encode(testkit::root("new").pem())));
    assert_eq!((&auth["enabled"], &value["resourceVersion"]), (&json!(true), &json!("v1")));
    let filters = vec![Filter::default().with(Field::OrganizationalUnit, "b")];
    let body = namespace.update(&intent(&namespace, Some(filters))).unwrap();
    let value: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(value["spec"]["mtlsAuth"]["certificateFilters"], json!([{"organizationalUnit": "b"}]));
}

#[test]
fn the_other_spelling_of_protobuf_is_read_and_kept() {
    let body = r#"{"namespace":{"resource_version":"v1","spec":{"mtls_auth":{"enabled":true,"certificate_filters":[{"common_name":"a"}]}}}}"#;
    let namespace = Namespace::read(body, &name()).unwrap();
    assert_eq!(namespace.live.filters, Some(vec![Filter::default().with(Field::CommonName, "a")]));
    let body = namespace.update(&intent(&namespace, None)).unwrap();
    assert!(body.contains("mtls_auth") && !body.contains("mtlsAuth"), "{body}");
}

#[test]
fn a_namespace_without_mtls_is_read_as_such_and_stays_off() {
    for spec in [r#"{"name":"orders"}"#, r#"{"name":"orders","mtlsAuth":null}"#, r#"{"mtlsAuth":{}}"#] {
        let namespace = read(spec).unwrap();
        assert_eq!((namespace.live.mtls_enabled, namespace.live.bundle.is_empty()), (Some(false), true));
        let body = namespace.update(&intent(&namespace, None)).unwrap();
        assert!(!body.contains("enabled"), "{body}");
    }
}

#[test]
fn filters_that_are_not_understood_are_kept_but_not_replaced() {
    let namespace =
        read(r#"{"mtlsAuth":{"certificateFilters":[{"commonName":"a","region":"eu"}]}}"#).unwrap();
    assert_eq!(namespace.live.filters, None);
    assert!(namespace.update(&intent(&namespace, None)).unwrap().contains(r#""region":"eu""#));
    assert!(namespace.update(&intent(&namespace, Some(Vec::new()))).is_err());
}

#[test]
fn an_answer_that_is_not_what_it_should_be_is_no_namespace() {
    for body in [
        "",
        "[]",
        "{}",
        "<html>",
        r#"{"namespace":{"spec":{}}}"#,
        r#"{"namespace":{"resourceVersion":"v1"}}"#,
        r#"{"namespace":{"resourceVersion":"","spec":{}}}"#,
        r#"{"namespace":{"namespace":"other.a1b2c","resourceVersion":"v1","spec":{}}}"#,
        r#"{"namespace":{"resourceVersion":"v1","spec":{"mtlsAuth":[]}}}"#,
        r#"{"namespace":{"resourceVersion":"v1","spec":{"mtlsAuth":{"acceptedClientCa":"*"}}}}"#,
        r#"{"namespace":{"resourceVersion":"v1","spec":{"mtlsAuth":{"acceptedClientCaDeprecated":"QQ=="}}}}"#,
    ] {
        assert!(Namespace::read(body, &name()).is_err(), "{body}");
    }
}

#[test]
fn operations_are_read_with_their_reason_and_pause() {
    let read =
        |fields: &str| Operation::read(&format!(r#"{{"asyncOperation":{{"id":"x",{fields}}}}}"#)).unwrap();
    assert!(matches!(read(r#""state":"STATE_FULFILLED""#).state, State::Fulfilled));
    assert!(matches!(read(r#""stateDeprecated":"fulfilled""#).state, State::Fulfilled));
    assert!(matches!(read(r#""state":"STATE_SOMETHING_NEW""#).state, State::Running));
    let failed = read(r#""state":"STATE_FAILED","failureReason":"why","checkDuration":"1.5s""#);
    assert!(matches!(failed.state, State::Ended(reason) if reason == "why"));
    assert_eq!(failed.check_after, Some(Duration::from_millis(1_500)));
    assert!(
        matches!(read(r#""state":"STATE_REJECTED""#).state, State::Ended(reason) if reason == "rejected")
    );
    assert_eq!(read(r#""checkDuration":"-1s""#).check_after, None);
    assert!(Operation::read("{}").is_none());
    assert_eq!(message(r#"{"code":3,"message":"no"}"#), "no");
    assert_eq!(message("<html>"), "<html>");
}
