//! `rsa-exponent-small`: the public exponent of an RSA key is below 65,537.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Cite;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The public exponent of an RSA key is below 65,537.
    ///
    /// ## Why it matters
    /// Go and OpenSSL verify with it, so Temporal Cloud takes it today. FIPS 186-5 rules such exponents out, Go in its
    /// FIPS mode with them, and tools and SDKs built on ring cannot load the private key.
    ///
    /// ## How to fix
    /// Use the usual exponent 65,537, which every generator writes by default, for the next CA.
    pub(super) static RULE = {
        code: "CA-008",
        name: "rsa-exponent-small",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            Cite {
                document: "FIPS 186-5",
                place: "appendix A.1.1: the exponent lies above 2^16",
                url: "https://csrc.nist.gov/pubs/fips/186-5/final",
            },
            go("crypto/internal/fips140/rsa rsa.go, checkPublicKey: not approved up to 2^16"),
            Cite {
                document: "ring",
                place: "rsa::KeyPair::from_components: the exponent is at least 65,537",
                url: "https://docs.rs/ring/0.17.14/ring/rsa/struct.KeyPair.html",
            },
        ],
        message: "the public exponent of the RSA key is {exponent}; handshakes take it, but FIPS 186-5 and tools built \
                  on ring demand at least 65,537",
        help: "make the next CA with the usual exponent: mtlsmith gen ca --rsa --org NAME --ca-cert ca.pem --ca-key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let exponent = certificate.key().rsa()?.exponent?;
    let small = exponent % 2 == 1 && (3..65_537).contains(&exponent);
    small.then(|| Draft::new().fact("exponent", exponent))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_of(exponent: &[u8]) -> String {
        testkit::root_builder("exponent").key(Key::from_spki(spki::rsa(2048, exponent))).self_signed().pem()
    }

    #[test]
    fn flags_odd_exponents_below_65537() {
        for (exponent, shown) in [(&[3][..], "3"), (&[17], "17"), (&[0xff, 0xff], "65,535")] {
            let found = messages(&RULE, root_of(exponent));
            assert!(
                found[0].starts_with(&format!("the public exponent of the RSA key is {shown};")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn accepts_65537() {
        assert!(findings(&RULE, root_of(&[1, 0, 1])).is_empty());
    }

    #[test]
    fn leaves_exponents_that_never_work_to_their_own_rule() {
        for exponent in [&[1][..], &[2], &[1, 0, 0]] {
            assert!(findings(&RULE, root_of(exponent)).is_empty());
        }
    }
}
