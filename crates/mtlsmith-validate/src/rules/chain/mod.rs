//! Rules about the certificates of a bundle together: chains, names, signatures.

mod chain_not_usable;
mod chain_without_root;
mod cross_signed;
mod deep_chain;
mod false_root;
mod issuer_encoding_differs;
mod issuer_not_in_bundle;
mod key_identifier_mismatch;
mod name_constraint_violated;
mod outlives_issuer;
mod path_length_exceeded;
mod revocation_not_checked;
mod same_name_along_chain;
mod same_subject;
mod same_subject_forbidden;
mod self_issued_not_self_signed;
mod signature_not_checked;
mod signed_by_another_key;

use crate::certificate::Certificate;
use crate::rule::Context;
use crate::rule::Rule;

/// In the order of the manual. The first two are about one certificate, but only its chain shows them.
pub(super) static RULES: &[&Rule] = &[
    &path_length_exceeded::RULE,
    &name_constraint_violated::RULE,
    &same_name_along_chain::RULE,
    &same_subject_forbidden::RULE,
    &same_subject::RULE,
    &issuer_not_in_bundle::RULE,
    &chain_without_root::RULE,
    &self_issued_not_self_signed::RULE,
    &false_root::RULE,
    &issuer_encoding_differs::RULE,
    &signed_by_another_key::RULE,
    &signature_not_checked::RULE,
    &key_identifier_mismatch::RULE,
    &outlives_issuer::RULE,
    &chain_not_usable::RULE,
    &cross_signed::RULE,
    &deep_chain::RULE,
    &revocation_not_checked::RULE,
];

/// Do two certificates stand for one CA: same name, byte for byte, and same key? Renewed and cross-signed ones do.
fn is_same_ca(one: &Certificate, other: &Certificate) -> bool {
    one.subject().links_to(other.subject())
        && one.subject_public_key_info() == other.subject_public_key_info()
}

/// Every member above this one on any chain, nearest first, each once.
fn ancestors(context: &Context<'_>, member: usize) -> impl Iterator<Item = usize> {
    let mut found = vec![member];
    let mut place = 0;
    while let Some(&next) = found.get(place) {
        place += 1;
        let issuers = context.graph.node(next).map(|node| node.link.issuers()).unwrap_or_default();
        for &issuer in issuers {
            if !found.contains(&issuer) {
                found.push(issuer);
            }
        }
    }
    found.into_iter().skip(1)
}

/// An identifier in lower-case hexadecimal digits.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
