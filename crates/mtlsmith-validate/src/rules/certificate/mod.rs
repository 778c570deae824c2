//! Rules about each certificate of a bundle for itself.

mod basic_constraints_absent;
mod basic_constraints_not_critical;
mod compressed_point;
mod critical_identifier;
mod duplicate_extension;
mod empty_extended_key_usage;
mod empty_subject;
mod end_entity_in_bundle;
mod expired;
mod expiry_approaching;
mod expiry_imminent;
mod expiry_near;
mod explicit_curve;
mod extended_key_usage_excludes_clients;
mod extended_key_usage_on_ca;
mod key_usage_absent;
mod key_usage_not_critical;
mod key_usage_without_cert_sign;
mod malformed_algorithm;
mod malformed_extension;
mod malformed_time;
mod name_constraints_present;
mod not_version_3;
mod not_yet_valid;
mod p521_key;
mod policy_constraints;
mod pss_signature;
mod rsa_exponent_invalid;
mod rsa_exponent_small;
mod rsa_key_hard_to_load;
mod rsa_key_too_large;
mod rsa_key_too_small;
mod rsa_parameters_not_null;
mod serial_negative;
mod serial_too_long;
mod serial_zero;
mod signature_algorithms_disagree;
mod subject_not_tied_to_generation;
mod too_many_extensions;
mod unhandled_critical_extension;
mod unreadable_key;
mod unreadable_name;
mod unsupported_curve;
mod unsupported_key_type;
mod unsupported_signature_algorithm;
mod unusual_lifetime;
mod unusual_pss;
mod validity_just_began;
mod validity_reversed;
mod weak_signature_hash;
mod well_known_ca_client_auth;
mod well_known_ca_depends_on_filters;
mod well_known_ca_look_alike;
mod well_known_ca_without_filters;

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::rule::Context;
use crate::rule::Rule;

/// In the order of the manual.
pub(super) static RULES: &[&Rule] = &[
    &not_version_3::RULE,
    &end_entity_in_bundle::RULE,
    &basic_constraints_absent::RULE,
    &basic_constraints_not_critical::RULE,
    &weak_signature_hash::RULE,
    &unsupported_key_type::RULE,
    &unsupported_signature_algorithm::RULE,
    &unusual_pss::RULE,
    &pss_signature::RULE,
    &rsa_key_too_small::RULE,
    &rsa_key_too_large::RULE,
    &rsa_key_hard_to_load::RULE,
    &rsa_exponent_small::RULE,
    &rsa_exponent_invalid::RULE,
    &rsa_parameters_not_null::RULE,
    &unsupported_curve::RULE,
    &p521_key::RULE,
    &explicit_curve::RULE,
    &compressed_point::RULE,
    &unreadable_key::RULE,
    &key_usage_without_cert_sign::RULE,
    &key_usage_absent::RULE,
    &key_usage_not_critical::RULE,
    &extended_key_usage_excludes_clients::RULE,
    &extended_key_usage_on_ca::RULE,
    &empty_extended_key_usage::RULE,
    &unhandled_critical_extension::RULE,
    &critical_identifier::RULE,
    &duplicate_extension::RULE,
    &too_many_extensions::RULE,
    &name_constraints_present::RULE,
    &policy_constraints::RULE,
    &serial_negative::RULE,
    &serial_zero::RULE,
    &serial_too_long::RULE,
    &signature_algorithms_disagree::RULE,
    &expired::RULE,
    &validity_reversed::RULE,
    &not_yet_valid::RULE,
    &validity_just_began::RULE,
    &expiry_approaching::RULE,
    &expiry_near::RULE,
    &expiry_imminent::RULE,
    &unusual_lifetime::RULE,
    &well_known_ca_without_filters::RULE,
    &well_known_ca_look_alike::RULE,
    &well_known_ca_depends_on_filters::RULE,
    &well_known_ca_client_auth::RULE,
    &empty_subject::RULE,
    &subject_not_tied_to_generation::RULE,
    &unreadable_name::RULE,
    &malformed_extension::RULE,
    &malformed_time::RULE,
    &malformed_algorithm::RULE,
];

/// The facts about a valid certificate that ends in more than `after` and at most `up_to` seconds.
fn ends_within(context: &Context<'_>, certificate: &Certificate, after: i64, up_to: i64) -> Option<Draft> {
    let left = certificate.not_after().since(context.now);
    let due = left > after && left <= up_to && certificate.not_before() <= context.now;
    due.then(|| Draft::new().fact("left", Fact::Duration(left)).fact("not_after", certificate.not_after()))
}
