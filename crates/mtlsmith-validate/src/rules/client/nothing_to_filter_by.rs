//! `nothing-to-filter-by`: the client's certificate has nothing that tells it from others.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The client's certificate has nothing that tells it from others.
    ///
    /// ## Why it matters
    /// Filters are lists of who may come in. One leaked certificate can be shut out without a new CA only if a common name, a unit
    /// or a DNS name tells it from the others.
    ///
    /// ## How to fix
    /// Give each group of workers, and each year, a common name, unit or DNS name of its own.
    pub(super) static RULE = {
        code: "EE-015",
        name: "nothing-to-filter-by",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Compromised certificates: filters that leave the certificate out")],
        message: "the client's certificate has no common name, no organizational unit and no DNS name: no filter could leave it \
                  out alone",
        help: "issue the next certificate with a common name or an organizational unit",
        check: Check::EndEntity(check),
    }
}

fn check(context: &ClientContext<'_>, _: &Certificate) -> Option<Draft> {
    let names = context.names();
    let mut telling = names.common_names.iter().chain(&names.organizational_units).chain(&names.dns_names);
    telling.all(|name| name.is_empty()).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(subject: &str, dns: &[&str]) -> Vec<String> {
        let root = testkit::root("one");
        let builder = testkit::leaf_builder("worker").subject(subject).no_subject_alternative_name();
        let leaf = dns.iter().fold(builder, |builder, name| builder.dns(name)).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn an_organization_alone_tells_nobody_apart() {
        assert_eq!(sentences("O=acme", &[]).len(), 1);
        assert_eq!(sentences("O=acme,OU=", &[]).len(), 1, "an empty unit tells nothing");
        assert!(sentences("O=acme,CN=w", &[]).is_empty());
        assert!(sentences("O=acme,OU=2026", &[]).is_empty());
        assert!(sentences("O=acme", &["w.acme"]).is_empty());
    }
}
