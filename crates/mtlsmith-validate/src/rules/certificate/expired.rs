//! `expired`: a certificate's validity is over.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// A certificate has expired.
    ///
    /// ## Why it matters
    /// Temporal Cloud refuses a bundle with an expired member, even when the change is about another one, and an expired root
    /// makes everything below it useless.
    ///
    /// ## How to fix
    /// Renew the CA, or take it out of the bundle with `mtlsmith bundle remove` if nothing uses it any more; upload the whole new
    /// bundle with `set`, since `add` and `remove` fail as long as an expired member is live.
    pub(super) static RULE = {
        code: "CA-022",
        name: "expired",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Observed,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD_406, go("crypto/x509 verify.go, isValid: every member of the chain, roots included")],
        message: "the certificate expired {ago} ago, at {not_after}",
        help: "{repair}",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let over = context.now.since(certificate.not_after());
    // The last second counts as valid in Go and as expired in OpenSSL, so a certificate has to be replaced before it.
    (over >= 0).then(|| {
        Draft::new()
            .fact("not_after", certificate.not_after())
            .fact("ago", Fact::Duration(over))
            .fact("repair", repair(context))
    })
}

/// How to go on: the command takes out all that has expired at once, since a bundle with one of them left is refused as well.
fn repair(context: &Context<'_>) -> String {
    let expired: Vec<String> = context
        .bundle
        .certificates()
        .filter(|certificate| context.now >= certificate.not_after())
        .map(|certificate| format!("--fingerprint {}", certificate.sha1_hex()))
        .collect();
    if expired.len() == context.bundle.members.len() {
        return "renew it: no other certificate of the bundle is valid".to_owned();
    }
    format!(
        "renew it, or drop what has expired: mtlsmith bundle remove FILE {} --output new.pem",
        expired.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::CertificateBuilder;

    use super::RULE;
    use crate::bundle::Bundle;
    use crate::finding::Finding;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn ending(seconds_from_now: i64) -> String {
        let builder = CertificateBuilder::new().subject("O=acme,CN=ca").ca(None);
        builder.not_after(testkit::NOW + seconds_from_now).self_signed().pem()
    }

    #[test]
    fn the_last_second_before_not_after_is_fine() {
        assert!(findings(&RULE, ending(1)).is_empty());
    }

    #[test]
    fn not_after_itself_is_too_late() {
        assert_eq!(
            messages(&RULE, ending(0)),
            ["the certificate expired 0 seconds ago, at 2026-06-15T00:00:00Z"]
        );
    }

    #[test]
    fn the_repair_drops_all_that_has_expired_and_nothing_else() {
        let helps =
            |bundle: &str| -> Vec<String> { findings(&RULE, bundle).iter().map(Finding::help).collect() };
        let [over, gone, good] = [0, -1, 1].map(ending);
        let alone = "renew it: no other certificate of the bundle is valid";
        assert_eq!(helps(&format!("{over}{gone}")), [alone; 2]);
        let sha1 = |pem: &str| Bundle::read(pem.as_bytes()).certificate(0).unwrap().sha1_hex();
        let drop = format!(
            "renew it, or drop what has expired: mtlsmith bundle remove FILE --fingerprint {} --fingerprint {} --output new.pem",
            sha1(&over),
            sha1(&gone)
        );
        assert_eq!(helps(&format!("{over}{good}{gone}")), [drop.as_str(); 2]);
    }

    #[test]
    fn the_age_is_told_in_days() {
        let found = messages(&RULE, ending(-12 * 86_400));
        assert_eq!(found, ["the certificate expired 12 days ago, at 2026-06-03T00:00:00Z"]);
    }
}
