//! `alternative-name-not-dns`: an alternative name that is no DNS name.

use super::CLOUD_API;
use crate::filters::Field;
use crate::filters::Filter;
use crate::filters::Pattern;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use std::net::IpAddr;

rule! {
    /// A subject alternative name is asked for that is no DNS name.
    ///
    /// ## Why it matters
    /// Temporal does not document which kinds of alternative names a filter sees. Only DNS names are sure; whether a URI, a
    /// mail address or an IP address ever matches is not known.
    ///
    /// ## How to fix
    /// Filter by a DNS name or by the common name.
    pub(super) static RULE = {
        code: "FLT-013",
        name: "alternative-name-not-dns",
        severity: Severity::Warning,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters: subjectAlternativeName"), CLOUD_API],
        message: "filter {filter}: {field} '{value}' looks like {kind}, and only DNS names are sure to be compared",
        help: "filter by a DNS name or by the common name",
        check: Check::EachPattern(check),
    }
}

fn check(_: &Filter, field: Field, pattern: &Pattern) -> Option<Draft> {
    if field != Field::SubjectAlternativeName {
        return None;
    }
    let stem = pattern.stem();
    let kind = if stem.contains('/') || stem.starts_with("urn:") {
        "a URI"
    } else if stem.contains('@') {
        "a mail address"
    } else if stem.parse::<IpAddr>().is_ok() {
        "an IP address"
    } else {
        return None;
    };
    Some(Draft::new().fact("kind", kind))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn dns_names_and_other_fields_pass() {
        for text in [
            r#"[{"subjectAlternativeName":"*.acme.internal"}]"#,
            r#"[{"subjectAlternativeName":"1.2.3"}]"#,
            r#"[{"commonName":"spiffe://acme/worker"}]"#,
        ] {
            assert!(messages(&RULE, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn other_kinds_are_told() {
        for (value, kind) in [
            ("spiffe://acme/*", "a URI"),
            ("urn:acme:worker", "a URI"),
            ("*@acme.com", "a mail address"),
            ("10.0.0.1", "an IP address"),
            ("2001:db8::1", "an IP address"),
        ] {
            let found = messages(&RULE, format!(r#"[{{"subjectAlternativeName":"{value}"}}]"#));
            assert!(found[0].contains(&format!("looks like {kind}")), "{found:?}");
        }
    }
}
