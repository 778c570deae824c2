//! `repeated-key`: a key stands twice in one mapping of a manifest.

use super::KUBERNETES_SECRETS;
use super::tell_oddities;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::finding::shown;
use crate::client_configuration::reading::OddityKind;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A key stands twice in one mapping of a manifest.
    ///
    /// ## Why it matters
    /// YAML and JSON want each key once. kubectl and Compose refuse such a file; readers that are less strict take the last
    /// value and drop the others in silence, so that a certificate and the key of another one end up side by side.
    ///
    /// ## How to fix
    /// Keep one of the two lines. Here the last one was judged.
    pub(super) static RULE = {
        code: "CFG-805",
        name: "repeated-key",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[KUBERNETES_SECRETS],
        message: "{name} stands here again; it stood in line {first}",
        help: "keep one of the two: kubectl refuses the file, other readers take the last",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::RepeatedKey { name, first } = kind else { return None };
        Some(Draft::new().fact("name", shown(name)).fact("first", *first))
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn the_second_line_is_flagged() {
        let text = "kind: Secret\ndata:\n  tls.key: YQ==\n  tls.crt: YQ==\n  tls.key: Yg==\ndata: {}\n";
        assert_eq!(
            messages(&RULE, text),
            [
                "5: tls.key stands here again; it stood in line 3",
                "6: data stands here again; it stood in line 2"
            ]
        );
        assert_eq!(messages(&RULE, "{\"kind\": \"Secret\",\n\"data\": {},\n\"data\": {}}").len(), 1);
    }

    #[test]
    fn one_line_each_passes_in_every_document() {
        let text = "kind: Secret\nmetadata: {name: a}\ndata: {a: YQ==}\nstringData: {a: b}\n";
        assert!(messages(&RULE, &format!("{text}---\n{text}")).is_empty());
    }
}
