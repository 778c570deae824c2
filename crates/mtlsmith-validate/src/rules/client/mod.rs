//! Rules about what a client presents, decided against a Namespace's CA bundle and certificate filters.
//!
//! Those of severity error make the decision ([`crate::admission::Decision`]); the others advise and run with a whole check alone.

mod another_leaf_in_file;
mod ca_on_path_expired;
mod ca_on_path_not_yet_valid;
mod client_basic_constraints_absent;
mod client_certificate_expired;
mod client_certificate_expires_soon;
mod client_certificate_is_ca;
mod client_certificate_label;
mod client_certificate_not_first;
mod client_certificate_not_yet_valid;
mod client_chain_deep;
mod client_extended_key_usage_absent;
mod client_extension_invalid;
mod client_issuer_encoding_differs;
mod client_issuer_identifier_differs;
mod client_issuer_may_not_sign;
mod client_issuer_not_a_ca;
mod client_issuer_not_taken;
mod client_key_identifier_mismatch;
mod client_key_not_taken;
mod client_key_on_p521;
mod client_key_too_large;
mod client_key_usage_absent;
mod client_lacks_policy;
mod client_lifetime_too_short;
mod client_name_constraint_violated;
mod client_not_read_by_go;
mod client_outlives_its_ca;
mod client_path_excludes_clients;
mod client_path_in_circles;
mod client_path_too_complex;
mod client_path_too_long;
mod client_revocation_not_checked;
mod client_rsa_exponent_small;
mod client_rsa_key_hard_to_load;
mod client_rsa_key_too_small;
mod client_same_name_along_chain;
mod client_signature_not_checked;
mod client_signed_by_another_key;
mod client_subject_empty;
mod client_taken_for_self_signed;
mod client_unhandled_critical_extension;
mod client_unsupported_curve;
mod client_unsupported_key_type;
mod client_unsupported_signature_algorithm;
mod client_weak_for_openssl;
mod client_weak_signature_hash;
mod common_name_not_printable;
mod common_name_too_long;
mod dns_name_not_a_host_name;
mod end_entity_not_version_3;
mod extended_key_usage_without_client_auth;
mod intermediate_not_presented;
mod key_of_another_certificate;
mod key_reused;
mod key_usage_without_digital_signature;
mod no_client_certificate;
mod no_filter_matches;
mod no_private_key;
mod not_issued_by_bundle;
mod nothing_to_filter_by;
mod only_uri_names_before_filters;
mod passes_by_organization_alone;
mod passes_by_undocumented_name;
mod presented_chain_out_of_order;
mod presented_chain_too_large;
mod presented_root_not_trusted;
mod private_key_encrypted;
mod private_key_not_first;
mod private_key_not_pem;
mod private_key_of_a_ca;
mod private_key_of_unsupported_kind;
mod private_key_on_p521;
mod private_key_pkcs1;
mod private_key_readable_by_others;
mod private_key_rsa_exponent_small;
mod private_key_rsa_too_long;
mod private_key_rsa_too_short;
mod private_key_sec1;
mod private_key_unreadable;
mod refusal;
mod refused_by_server;
mod several_common_names;
mod several_private_keys;
mod several_values_before_filter;
mod unreadable_client_certificate;

use std::sync::LazyLock;

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::admission::Place;
use crate::certificate::Certificate;
use crate::check::run;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Cite;
use crate::rule::Context;
use crate::rule::Rule;
use crate::rule::Severity;

/// In the order of the manual, which is the order in which to repair: what is presented, the leaf itself, its path, what the servers
/// make of it, the filters, the private key.
pub(super) static RULES: &[&Rule] = &[
    &presented_chain_too_large::RULE,
    &no_client_certificate::RULE,
    &unreadable_client_certificate::RULE,
    &client_certificate_label::RULE,
    &client_certificate_not_first::RULE,
    &presented_chain_out_of_order::RULE,
    &another_leaf_in_file::RULE,
    &end_entity_not_version_3::RULE,
    &client_certificate_is_ca::RULE,
    &client_basic_constraints_absent::RULE,
    &key_usage_without_digital_signature::RULE,
    &client_key_usage_absent::RULE,
    &extended_key_usage_without_client_auth::RULE,
    &client_extended_key_usage_absent::RULE,
    &client_unsupported_key_type::RULE,
    &client_rsa_key_too_small::RULE,
    &client_unsupported_curve::RULE,
    &client_weak_signature_hash::RULE,
    &client_unsupported_signature_algorithm::RULE,
    &client_key_on_p521::RULE,
    &client_rsa_key_hard_to_load::RULE,
    &client_rsa_exponent_small::RULE,
    &client_lifetime_too_short::RULE,
    &client_subject_empty::RULE,
    &several_common_names::RULE,
    &common_name_too_long::RULE,
    &common_name_not_printable::RULE,
    &dns_name_not_a_host_name::RULE,
    &nothing_to_filter_by::RULE,
    &client_revocation_not_checked::RULE,
    &client_same_name_along_chain::RULE,
    &client_not_read_by_go::RULE,
    &client_certificate_expired::RULE,
    &client_certificate_not_yet_valid::RULE,
    &client_certificate_expires_soon::RULE,
    &client_signed_by_another_key::RULE,
    &client_issuer_encoding_differs::RULE,
    &client_issuer_not_taken::RULE,
    &not_issued_by_bundle::RULE,
    &intermediate_not_presented::RULE,
    &client_signature_not_checked::RULE,
    &client_unhandled_critical_extension::RULE,
    &presented_root_not_trusted::RULE,
    &client_taken_for_self_signed::RULE,
    &client_issuer_identifier_differs::RULE,
    &client_issuer_not_a_ca::RULE,
    &client_issuer_may_not_sign::RULE,
    &ca_on_path_expired::RULE,
    &ca_on_path_not_yet_valid::RULE,
    &client_path_too_long::RULE,
    &client_path_excludes_clients::RULE,
    &client_name_constraint_violated::RULE,
    &client_lacks_policy::RULE,
    &client_key_too_large::RULE,
    &client_key_not_taken::RULE,
    &client_path_in_circles::RULE,
    &client_path_too_complex::RULE,
    &client_extension_invalid::RULE,
    &client_weak_for_openssl::RULE,
    &refused_by_server::RULE,
    &client_outlives_its_ca::RULE,
    &client_key_identifier_mismatch::RULE,
    &client_chain_deep::RULE,
    &no_filter_matches::RULE,
    &several_values_before_filter::RULE,
    &only_uri_names_before_filters::RULE,
    &passes_by_organization_alone::RULE,
    &passes_by_undocumented_name::RULE,
    &no_private_key::RULE,
    &private_key_unreadable::RULE,
    &private_key_encrypted::RULE,
    &private_key_not_pem::RULE,
    &private_key_of_a_ca::RULE,
    &key_of_another_certificate::RULE,
    &private_key_of_unsupported_kind::RULE,
    &several_private_keys::RULE,
    &private_key_not_first::RULE,
    &private_key_pkcs1::RULE,
    &private_key_sec1::RULE,
    &private_key_on_p521::RULE,
    &private_key_rsa_too_long::RULE,
    &private_key_rsa_too_short::RULE,
    &private_key_rsa_exponent_small::RULE,
    &private_key_readable_by_others::RULE,
    &key_reused::RULE,
];

/// Rules about the text of a bundle and about each of its certificates that hold for a client's file as well: programs that load the
/// file read its text in the same ways. What they say must be true of a leaf. What Go cannot read about a certificate is not among
/// them: that decides, see `client_not_read_by_go`.
static SHARED: &[&str] = &[
    "byte-order-mark",
    "indented-block",
    "glued-blocks",
    "carriage-return-line-ends",
    "escaped-line-ends",
    "damaged-block",
    "mismatched-labels",
    "strict-readers-refuse",
    "duplicate-certificate",
    "base64-around-pem",
    "serial-zero",
    "serial-too-long",
];

/// Where a rule stands in the order of repair.
pub(crate) fn order(rule: &Rule) -> usize {
    RULES.iter().position(|other| std::ptr::eq(*other, rule)).unwrap_or(RULES.len())
}

/// The rules that decide, by what they look at.
struct Deciding {
    presented: Vec<&'static Rule>,
    end_entity: Vec<&'static Rule>,
    path: Vec<&'static Rule>,
    opinions: Vec<&'static Rule>,
    filters: Vec<&'static Rule>,
}

/// Parted once: a decision has no time to look through all rules five times.
static DECIDING: LazyLock<Deciding> = LazyLock::new(|| {
    let of = |looks: fn(&Check) -> bool| {
        let errors = RULES.iter().copied().filter(|rule| rule.severity == Severity::Error);
        errors.filter(|rule| looks(&rule.check)).collect()
    };
    Deciding {
        presented: of(|check| matches!(check, Check::Presented(_))),
        end_entity: of(|check| matches!(check, Check::EndEntity(_))),
        path: of(|check| matches!(check, Check::ClientPath(_))),
        opinions: of(|check| matches!(check, Check::Opinions(_))),
        filters: of(|check| matches!(check, Check::ClientFilters(_))),
    }
});

/// Those of them that apply on the profile's day.
fn deciding<'a>(
    context: &ClientContext<'a>,
    rules: fn(&'static Deciding) -> &'static Vec<&'static Rule>,
) -> impl Iterator<Item = &'static Rule> + use<'a> {
    let day = context.profile().ruleset;
    rules(&DECIDING).iter().copied().filter(move |rule| rule.applies_on(day))
}

/// Judges the list of presented certificates, before anything else looks at it.
pub(crate) fn judge_presented(context: &ClientContext<'_>, found: &mut Vec<Finding>) {
    for rule in deciding(context, |deciding| &deciding.presented) {
        decide(rule, context, &[], found);
    }
}

/// Judges the leaf itself.
pub(crate) fn judge_end_entity(context: &ClientContext<'_>, found: &mut Vec<Finding>) {
    for rule in deciding(context, |deciding| &deciding.end_entity) {
        decide(rule, context, &[], found);
    }
}

/// Judges the path by which a server verifies the leaf.
pub(crate) fn judge_path(context: &ClientContext<'_>, path: &[Place], found: &mut Vec<Finding>) {
    for rule in deciding(context, |deciding| &deciding.path) {
        decide(rule, context, path, found);
    }
}

/// Explains why a server does not verify the leaf.
pub(crate) fn judge_opinions(context: &ClientContext<'_>, found: &mut Vec<Finding>) {
    for rule in deciding(context, |deciding| &deciding.opinions) {
        decide(rule, context, &[], found);
    }
}

/// Explains why no filter lets the leaf pass.
pub(crate) fn judge_filters(context: &ClientContext<'_>, found: &mut Vec<Finding>) {
    for rule in deciding(context, |deciding| &deciding.filters) {
        decide(rule, context, &[], found);
    }
}

/// Runs what does not decide: the advising rules about clients, those about the private key, and the rules about bundles that hold for
/// any file with certificates ([`SHARED`]). Answers how many rules ran in all, the deciding ones included.
pub(crate) fn judge_file(
    context: &Context<'_>,
    client: &ClientContext<'_>,
    path: &[Place],
    key: Option<&KeyInput>,
    found: &mut Vec<Finding>,
) -> usize {
    let day = context.profile.ruleset;
    let is_deciding = |rule: &&&Rule| rule.severity == Severity::Error && !is_about_files(&rule.check);
    let mut rules_run = RULES.iter().filter(is_deciding).filter(|rule| rule.applies_on(day)).count();
    let is_misplaced = client_certificate_not_first::behind_its_ca(client).is_some();
    for rule in RULES.iter().filter(|rule| rule.applies_on(day)) {
        match (rule.check, key) {
            (Check::PrivateKey(check), Some(key)) => {
                rules_run += 1;
                if let Some(draft) = check(client, key) {
                    Findings { rule, found }.add(Subject::Key, draft);
                }
            }
            (Check::PrivateKey(_), None) => {}
            (Check::ClientFile(check), _) => {
                rules_run += 1;
                check(context, &mut Findings { rule, found });
            }
            _ if rule.severity == Severity::Error => {}
            // They would speak of the CA as if it were the client.
            (
                Check::EndEntity(_) | Check::ClientPath(_) | Check::Opinions(_) | Check::ClientFilters(_),
                _,
            ) if is_misplaced => {
                rules_run += 1;
            }
            _ => {
                rules_run += 1;
                decide(rule, client, path, found);
            }
        }
    }
    for rule in shared().filter(|rule| rule.applies_on(day)) {
        rules_run += 1;
        run(rule, rule.check, context, found);
    }
    rules_run
}

/// Is it about how programs load the files, which no server sees? Such a rule stands against the report and not in the decision.
const fn is_about_files(check: &Check) -> bool {
    matches!(check, Check::PrivateKey(_) | Check::ClientFile(_))
}

/// Runs one rule about what a client presents; those about the path look at this one.
fn decide(rule: &'static Rule, client: &ClientContext<'_>, path: &[Place], found: &mut Vec<Finding>) {
    let mut findings = Findings { rule, found };
    match rule.check {
        Check::Presented(check) | Check::Opinions(check) | Check::ClientFilters(check) => {
            check(client, &mut findings)
        }
        Check::ClientPath(check) => check(client, path, &mut findings),
        Check::EndEntity(check) => {
            if let Some(draft) = client.leaf().and_then(|leaf| check(client, leaf)) {
                findings.add(Subject::Certificate(0), draft);
            }
        }
        _ => {}
    }
}

/// The rules about bundles that hold for a client's file as well.
fn shared() -> impl Iterator<Item = &'static Rule> {
    crate::rules::all().filter(|rule| SHARED.contains(&rule.name))
}

/// The subject of a finding about a certificate of a chain.
fn subject_of(place: Place) -> Subject {
    match place {
        Place::Presented(index) => Subject::Certificate(index),
        Place::Trusted(index) => Subject::Trusted(index),
    }
}

/// The client's own certificate and its place in the file, which is the first unless a CA took it.
fn own<'a>(context: &ClientContext<'a>) -> Option<(usize, &'a Certificate)> {
    match client_certificate_not_first::behind_its_ca(context) {
        Some((member, leaf)) => Some((member.index, leaf)),
        None => Some((0, context.leaf()?)),
    }
}

/// The certificate whose key this is: of what the client presents behind its own, or of the bundle; a CA before any other.
fn holder<'a>(context: &ClientContext<'a>, public: &[u8]) -> Option<(Place, &'a Certificate)> {
    let has_key = |(_, certificate): &(Place, &Certificate)| certificate.subject_public_key_info() == public;
    let misplaced = client_certificate_not_first::behind_its_ca(context);
    let first = misplaced.and_then(|_| Some((Place::Presented(0), context.leaf()?)));
    let all = first.into_iter().chain(refusal::candidates(context));
    let mut holders: Vec<(Place, &Certificate)> = all.filter(has_key).collect();
    holders.sort_by_key(|(_, certificate)| !certificate.is_ca());
    holders.first().copied()
}

/// OpenSSL, by option or function.
const fn openssl(place: &'static str) -> Cite {
    let url = "https://docs.openssl.org/master/man1/openssl-verification-options/";
    Cite { document: "OpenSSL", place, url }
}

/// ring, which signs for the SDKs on the Rust core.
const fn ring(place: &'static str) -> Cite {
    Cite { document: "ring", place, url: "https://docs.rs/ring/0.17.14/ring/signature/index.html" }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;
    use crate::admission::NamespaceTrust;
    use crate::admission::presented;
    use crate::filters::FilterSet;
    use crate::private_key::PrivateKeyFile;
    use crate::profile::Profile;
    use crate::report::Verdict;
    use crate::rules::testing::client_report;
    use crate::rules::testing::key_report;
    use crate::time::Timestamp;

    #[test]
    fn each_shared_rule_exists_and_speaks_of_no_bundle() {
        for name in SHARED {
            let rule = crate::rules::find(name).expect(name);
            assert!(!rule.message.contains("bundle") && !rule.message.contains("CA "), "{}", rule.message);
        }
    }

    #[test]
    fn the_text_of_a_clients_file_is_judged() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let names = |text: String| -> Vec<&str> {
            client_report(text, &[&root], |_| ()).findings.iter().map(|finding| finding.rule.name).collect()
        };
        assert_eq!(names(leaf.pem()), Vec::<&str>::new());
        assert_eq!(names(format!("\u{feff}{}", leaf.pem())), ["byte-order-mark"]);
        assert_eq!(
            names(format!("{}{}", leaf.pem(), leaf.key().pkcs8_pem())),
            Vec::<&str>::new(),
            "a pair in one file"
        );
        assert_eq!(names(format!("{0}{0}", leaf.pem())), ["duplicate-certificate"]);
        let zero = testkit::leaf_builder("worker").serial(&[0]).signed_by(&root);
        assert_eq!(names(zero.pem()), ["serial-zero"]);
    }

    #[test]
    fn what_stands_against_a_client_is_told_in_the_order_of_repair() {
        let (root, other) = (testkit::root("one"), testkit::root("other"));
        let filters = FilterSet::read(br#"{"filters":[{"commonName":"nobody"}]}"#).0;
        let bundle = testkit::bundle(&[&root]);
        let trust = NamespaceTrust::read(bundle.as_bytes(), Some(filters), &Profile::temporal_cloud());
        let chain = presented([testkit::leaf("worker", &other).der()]);
        let decision = trust.decide(&chain, Timestamp::from_unix(testkit::NOW));
        let names: Vec<&str> = decision.findings().iter().map(|finding| finding.rule.name).collect();
        assert_eq!(names, ["not-issued-by-bundle", "no-filter-matches"]);
    }

    #[test]
    fn rules_about_keys_count_only_when_there_is_a_key() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let without = client_report(leaf.pem(), &[&root], |_| ());
        let with = key_report(&leaf, &[&root], leaf.key().pkcs8_pem(), Some(0o600));
        let about_keys = RULES.iter().filter(|rule| matches!(rule.check, Check::PrivateKey(_))).count();
        assert_eq!(with.rules_run, without.rules_run + about_keys);
        assert_eq!(without.rules_run, RULES.len() - about_keys + SHARED.len());
    }

    #[test]
    fn a_key_stands_against_the_report_and_not_against_the_decision() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let report = key_report(&leaf, &[&root], testkit::Key::p256("other").pkcs8_pem(), None);
        assert!(report.client.as_ref().unwrap().decision.is_admitted());
        assert_eq!(report.verdict(), Verdict::Refused);
        assert!(report.findings.iter().all(|finding| finding.subject == Subject::Key));
    }

    #[test]
    fn no_finding_about_a_key_holds_a_part_of_it() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let key = testkit::Key::p521("other");
        for text in [key.pkcs8_pem(), key.traditional_pem(), format!("EC{}", key.pkcs8_pem())] {
            let file = PrivateKeyFile::read(text.as_bytes(), None);
            let report = client_report(leaf.pem(), &[&root], |check| {
                check.key = Some(KeyInput { file, mode: Some(0o644) })
            });
            let said: String = report
                .findings
                .iter()
                .map(|finding| format!("{} {} {finding:?}", finding.message(), finding.help()))
                .collect();
            let body = text.lines().filter(|line| line.len() > 32 && !line.contains("-----"));
            assert!(body.flat_map(|line| line.get(..16)).all(|part| !said.contains(part)), "{said}");
        }
    }
}
