//! `base64-not-for-go`: base64 around the bundle that Go does not decode.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::input::Form;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The base64 around the bundle is written as Go does not read it.
    ///
    /// ## Why it matters
    /// tcld, the Terraform provider and the Cloud API decode base64 with Go's standard decoder. It passes over line ends and nothing else:
    /// blanks, tabs, or missing `=` at the end make it refuse the value, while other decoders take it.
    ///
    /// ## How to fix
    /// Let `base64 -w 0` or `base64encode()` write it, without blanks and with its padding.
    pub(super) static RULE = {
        code: "BND-214",
        name: "base64-not-for-go",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("encoding/base64, StdEncoding: CR and LF are ignored, padding is demanded")],
        message: "the base64 around the PEM text has blanks within or lacks its padding, and Go does not decode it",
        help: "write it anew: mtlsmith bundle normalize FILE --encode base64 --output new.b64",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let bundle = context.bundle;
    if bundle.form == Form::Pem && bundle.base64_layers > 0 && !bundle.go_decodes {
        findings.add(Subject::Bundle, Draft::new());
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;

    /// Base64 that ends in padding.
    fn padded() -> String {
        let root = testkit::root("a").pem();
        let texts = ["", "\n", "\n\n"].map(|end| STANDARD.encode(format!("{root}{end}")));
        texts.into_iter().find(|text| text.ends_with('=')).unwrap()
    }

    #[test]
    fn line_ends_and_padding_are_as_go_wants_them() {
        assert!(findings(&RULE, padded()).is_empty());
        assert!(findings(&RULE, format!("{}\r\n{}\n", &padded()[..76], &padded()[76..])).is_empty());
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }

    #[test]
    fn blanks_and_missing_padding_are_flagged() {
        for text in [
            format!(" {}", padded()),
            padded().replacen("LS0", "LS0\t", 1),
            padded().trim_end_matches('=').to_owned(),
        ] {
            assert_eq!(findings(&RULE, text).len(), 1);
        }
    }
}
