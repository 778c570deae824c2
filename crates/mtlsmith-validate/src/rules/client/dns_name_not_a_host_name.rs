//! `dns-name-not-a-host-name`: a DNS name of the client's certificate is no host name.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// A DNS name of the client's certificate is no host name.
    ///
    /// ## Why it matters
    /// Go reads any ASCII text as a DNS name, but a name that is no host name fails every name constraint of the CAs above. tcld
    /// writes the organization into such a name, blanks included.
    ///
    /// ## How to fix
    /// Use letters, digits and hyphens in organization and DNS names.
    pub(super) static RULE = {
        code: "EE-013",
        name: "dns-name-not-a-host-name",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 4.2.1.6: dNSName in the preferred name syntax"),
            official_tool("tcld app/certificates.go: the organization becomes a part of a DNS name", "https://github.com/temporalio/tcld/blob/HEAD/app/certificates.go"),
        ],
        message: "the DNS name \"{name}\" of the client's certificate is no host name; any name constraint above it fails",
        help: "issue the next certificate with a DNS name of letters, digits, hyphens and dots",
        check: Check::EndEntity(check),
    }
}

fn check(context: &ClientContext<'_>, _: &Certificate) -> Option<Draft> {
    let name = context.names().dns_names.iter().find(|name| !is_host_name(name))?;
    Some(Draft::new().fact("name", name.to_string()))
}

/// Labels of letters, digits, hyphens and underscores (in use, though no host has one); a star may stand for the first one.
fn is_host_name(name: &str) -> bool {
    let labels = name.strip_prefix("*.").unwrap_or(name);
    name.len() <= 253 && labels.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=63).contains(&label.len())
        && label.bytes().all(letters)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    use super::is_host_name;

    #[test]
    fn host_names_are_told_from_other_text() {
        let long_label = "a".repeat(63);
        let long = format!("{}.{long_label}.{long_label}.{}", long_label, "a".repeat(61));
        assert_eq!(long.len(), 253);
        for name in ["worker", "w-1.acme.internal", "*.acme", "_a.b", "1.2", &long_label, &long] {
            assert!(is_host_name(name), "{name}");
        }
        let (longer_label, longer) = (format!("{long_label}a"), format!("{long}a"));
        for name in
            ["", "a b", "-a", "a-", "a..b", "a.", ".a", "*", "a.*.b", "w\u{e4}", &longer_label, &longer]
        {
            assert!(!is_host_name(name), "{name}");
        }
    }

    #[test]
    fn an_organization_with_a_blank_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").dns("client.endentity.My Org.x1-Y").signed_by(&root);
        let found = client_messages(&RULE, &[&leaf], &[&root]);
        assert!(found[0].starts_with("the DNS name \"client.endentity.My Org.x1-Y\""), "{found:?}");
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
