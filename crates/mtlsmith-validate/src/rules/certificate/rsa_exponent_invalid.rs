//! `rsa-exponent-invalid`: the public exponent of an RSA key is even, 1, or 2^31 and more.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc;
use crate::rule::rule;

rule! {
    /// The public exponent of an RSA key is one that nothing verifies with.
    ///
    /// ## Why it matters
    /// RSA needs an odd exponent of at least 3, and Go works with exponents below 2^31 only. Every signature by this
    /// key is refused, and with it every client certificate below the certificate.
    ///
    /// ## How to fix
    /// Make a new CA with the usual exponent 65,537, which every generator writes by default.
    pub(super) static RULE = {
        code: "CA-108",
        name: "rsa-exponent-invalid",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/internal/fips140/rsa rsa.go, checkPublicKey; crypto/x509 parser.go, parsePublicKey"),
            rfc(
                "RFC 8017",
                "section 3.1: the exponent lies between 3 and n - 1, prime to p - 1 and q - 1, so it is odd",
                "https://www.rfc-editor.org/rfc/rfc8017",
            ),
        ],
        message: "the public exponent of the RSA key is {exponent}; Go verifies with odd ones from 3 to 2,147,483,647 \
                  only, so every client certificate below is refused",
        help: "make a CA with the usual exponent: mtlsmith gen ca --rsa --org NAME --ca-cert ca.pem --ca-key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let shown = match certificate.key().rsa()?.exponent {
        Some(exponent) if exponent % 2 == 1 && (3..1 << 31).contains(&exponent) => return None,
        Some(exponent) => Fact::from(exponent),
        None => Fact::from("longer than 63 bits"),
    };
    Some(Draft::new().fact("exponent", shown))
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
    fn flags_one_even_and_huge_exponents() {
        for (exponent, shown) in [
            (&[1][..], "1"),
            (&[2], "2"),
            (&[1, 0, 0], "65,536"),
            (&[0x80, 0, 0, 0], "2,147,483,648"),
            (&[0x80, 0, 0, 1], "2,147,483,649"),
            (&[1, 0, 0, 0, 0, 0, 0, 0, 1], "longer than 63 bits"),
        ] {
            let found = messages(&RULE, root_of(exponent));
            assert!(
                found[0].starts_with(&format!("the public exponent of the RSA key is {shown};")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn accepts_the_usual_one_and_the_largest_that_go_takes() {
        assert!(findings(&RULE, root_of(&[1, 0, 1])).is_empty());
        assert!(findings(&RULE, root_of(&[0x7f, 0xff, 0xff, 0xff])).is_empty());
    }

    #[test]
    fn leaves_small_odd_exponents_to_their_own_rule() {
        assert!(findings(&RULE, root_of(&[3])).is_empty());
    }
}
