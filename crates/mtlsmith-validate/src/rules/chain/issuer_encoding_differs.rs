//! `issuer-encoding-differs`: the issuer's name is that of a CA of the bundle, written in other bytes.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::graph::Link;
use crate::name::Attribute;
use crate::name::Name;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The issuer's name is that of a CA of the bundle, but written differently.
    ///
    /// ## Why it matters
    /// Go links a certificate to its issuer only when both names are the same byte for byte, string types and case included. Other
    /// verifiers fold names and find the issuer, so the fault shows up late. It comes from CAs that were made anew by another tool.
    ///
    /// ## How to fix
    /// Issue the certificate again with the subject of its CA copied as it is; current tools do that when they are given the CA's
    /// certificate.
    pub(super) static RULE = {
        code: "CHN-006",
        name: "issuer-encoding-differs",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 verify.go, isValid, and cert_pool.go: names are compared as bytes")],
        message: "the certificate's issuer \"{issuer}\" is named as certificate {other} is, but in other bytes: {difference}",
        help: "issue it again with the CA's certificate at hand, so that its name is copied: openssl x509 -req -in ca.csr -CA root.pem \
               -CAkey root.key -out new.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let (other, ca) = namesake(context, index, certificate)?;
    let draft = Draft::new()
        .fact("issuer", certificate.issuer().to_string())
        .fact("other", other + 1)
        .fact("difference", differences(certificate.issuer(), ca.subject()));
    Some(draft.related(Subject::Certificate(other), "the CA of that name"))
}

/// The member whose subject is the missing issuer's name in another form.
pub(super) fn namesake<'a>(
    context: &Context<'a>,
    index: usize,
    certificate: &Certificate,
) -> Option<(usize, &'a Certificate)> {
    if context.graph.node(index)?.link != Link::Missing {
        return None;
    }
    let members =
        context.bundle.members.iter().filter_map(|member| Some((member.index, member.certificate()?)));
    members.into_iter().find(|(_, other)| certificate.issuer().is_canonically(other.subject()))
}

/// What differs, attribute by attribute: the string type, or else the text.
fn differences(issuer: Name<'_>, subject: Name<'_>) -> String {
    let pairs = issuer.attributes().zip(subject.attributes());
    let told: Vec<String> = pairs.filter_map(|(issuer, subject)| difference(&issuer, &subject)).collect();
    if told.is_empty() { "the DER of the names differs".to_owned() } else { told.join("; ") }
}

fn difference(issuer: &Attribute<'_>, subject: &Attribute<'_>) -> Option<String> {
    let kind = issuer.short_name().map_or_else(|| issuer.kind.to_string(), str::to_owned);
    let (text, other_text) = (issuer.text(), subject.text());
    let (form, other_form) = (issuer.string_type(), subject.string_type());
    match (text == other_text, form == other_form) {
        (true, true) => None,
        (true, false) => Some(format!("{kind} is a {form} here and a {other_form} there")),
        (false, _) => Some(format!("{kind} is \"{text}\" here and \"{other_text}\" there")),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Name;
    use mtlsmith_testkit::StringType;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn below(issuer: Name) -> String {
        let root = testkit::root("one");
        testkit::bundle(&[&root, &testkit::intermediate_builder("two").issuer_name(issuer).signed_by(&root)])
    }

    #[test]
    fn another_string_type_is_named() {
        let found =
            messages(&RULE, below(Name::parse("O=acme,CN=one").with_string_type(StringType::Printable)));
        let difference = "O is a PrintableString here and a UTF8String there; CN is a PrintableString here and a UTF8String there";
        let told =
            "the certificate's issuer \"CN=one,O=acme\" is named as certificate 1 is, but in other bytes: ";
        assert_eq!(found, [format!("{told}{difference}")]);
    }

    #[test]
    fn another_case_is_shown() {
        let found = messages(&RULE, below(Name::parse("O=ACME,CN=one")));
        assert!(found[0].ends_with("in other bytes: O is \"ACME\" here and \"acme\" there"), "{found:?}");
    }

    #[test]
    fn one_repair_is_told_once() {
        let bundle = below(Name::parse("O=ACME,CN=one"));
        assert!(findings(&super::super::issuer_not_in_bundle::RULE, bundle).is_empty());
    }

    #[test]
    fn the_same_bytes_and_other_names_are_not_meant() {
        assert!(findings(&RULE, below(Name::parse("O=acme,CN=one"))).is_empty());
        assert!(findings(&RULE, below(Name::parse("O=acme,CN=zero"))).is_empty());
    }
}
