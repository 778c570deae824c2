//! Rules about the text of a bundle: PEM framing, size, count, and what else lies in the file.

mod base64_around_pem;
mod base64_not_for_go;
mod base64_twice;
mod blocks_not_read;
mod budget_exhausted;
mod bundle_size_in_doubt;
mod bundle_too_large;
mod byte_order_mark;
mod carriage_return_line_ends;
mod damaged_block;
mod duplicate_certificate;
mod escaped_line_ends;
mod foreign_block;
mod glued_blocks;
mod indented_block;
mod legacy_certificate_label;
mod mismatched_labels;
mod no_certificate;
mod no_room_for_rollover;
mod not_canonical;
mod padding_text_inflates_bundle;
mod pem_headers;
mod private_key_in_bundle;
mod private_key_in_text;
mod strict_readers_refuse;
mod text_after_last_block;
mod text_between_blocks;
mod too_many_certificates;
mod trailing_bytes_in_block;
mod two_generations_of_one_ca;
mod unreadable_certificate;
mod whole_bundle_refused;

use crate::bundle::Bundle;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::pem::Skipped;
use crate::rule::Context;
use crate::rule::Rule;

/// In the order of the manual.
pub(super) static RULES: &[&Rule] = &[
    &no_certificate::RULE,
    &too_many_certificates::RULE,
    &bundle_too_large::RULE,
    &bundle_size_in_doubt::RULE,
    &padding_text_inflates_bundle::RULE,
    &byte_order_mark::RULE,
    &indented_block::RULE,
    &glued_blocks::RULE,
    &carriage_return_line_ends::RULE,
    &escaped_line_ends::RULE,
    &text_after_last_block::RULE,
    &text_between_blocks::RULE,
    &damaged_block::RULE,
    &mismatched_labels::RULE,
    &private_key_in_bundle::RULE,
    &private_key_in_text::RULE,
    &foreign_block::RULE,
    &legacy_certificate_label::RULE,
    &pem_headers::RULE,
    &trailing_bytes_in_block::RULE,
    &unreadable_certificate::RULE,
    &base64_around_pem::RULE,
    &base64_twice::RULE,
    &base64_not_for_go::RULE,
    &duplicate_certificate::RULE,
    &two_generations_of_one_ca::RULE,
    &not_canonical::RULE,
    &whole_bundle_refused::RULE,
    &strict_readers_refuse::RULE,
    &budget_exhausted::RULE,
    &blocks_not_read::RULE,
    &no_room_for_rollover::RULE,
];

/// The line of a byte of the text, counted from 1. It counts through the text before it: for findings alone.
fn line_of(context: &Context<'_>, offset: usize) -> usize {
    let text = Bundle::text(context.input);
    1 + memchr::memchr_iter(b'\n', text.get(..offset).unwrap_or_default()).count()
}

/// One finding for all blocks that Go passes over for this reason, at the first of them.
fn tell_skipped(context: &Context<'_>, why: &Skipped, findings: &mut Findings<'_>) {
    let blocks = &context.bundle.scan.blocks;
    let mut lost = blocks.iter().enumerate().filter(|(_, block)| block.skipped() == Some(why));
    let Some((first, _)) = lost.next() else { return };
    let draft = Draft::new().fact("lost", 1 + lost.count()).fact("blocks", blocks.len());
    findings.add(Subject::Block(first), draft);
}
