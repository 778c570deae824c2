//! `refused-by-server`: a server refuses the client's chain for a reason that has no rule of its own.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

use super::openssl;
use super::refusal::refusals;

rule! {
    /// A server refuses the client's chain for a reason that has no rule of its own.
    ///
    /// ## Why it matters
    /// Servers differ in what they ask of a chain beyond the rules that all share. What one of them refuses is a risk as long as
    /// nobody outside knows which one stands in front of Temporal Cloud.
    ///
    /// ## How to fix
    /// Issue the certificate that is named again without the fault.
    pub(super) static RULE = {
        code: "CHN-033",
        name: "refused-by-server",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[openssl("X509_verify_cert")],
        message: "\"{name}\" ({place}) {fault}; refused by {by}",
        help: "issue it again without this fault, or use another chain",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let draft = refusal.draft().fact("fault", refusal.fault.kind.to_string());
        findings.add(refusal.subject(), draft);
    }
}
