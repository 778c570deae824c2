//! Every rule, in the order of the manual: the text of the bundle, its certificates, the chains between them; client certificates;
//! certificate filters.
//!
//! To add one: a file named after the fault in the folder of its group, its `mod` line and its line in that group's `RULES`. Tests
//! name what was forgotten.

mod certificate;
mod chain;
pub(crate) mod client;
#[cfg(test)]
mod testing;
mod text;

use crate::rule::Rule;

/// Rules that look at the same thing.
#[derive(Debug)]
pub struct Group {
    /// What the rules look at, as a heading.
    pub title: &'static str,
    /// What the codes of the group start with.
    pub prefix: &'static str,
    /// The rules, in the order of the manual.
    pub rules: &'static [&'static Rule],
}

/// The groups, in the order of the manual.
pub static GROUPS: &[Group] = &[
    Group { title: "The text of a bundle", prefix: "BND", rules: text::RULES },
    Group { title: "Each certificate of a bundle", prefix: "CA", rules: certificate::RULES },
    Group { title: "The chains within a bundle", prefix: "CHN", rules: chain::RULES },
    Group { title: "Client certificates", prefix: "EE", rules: client::RULES },
    Group { title: "Certificate filters", prefix: "FLT", rules: crate::filters::RULES },
    Group { title: "Client configurations", prefix: "CFG", rules: crate::client_configuration::RULES },
    Group {
        title: "Endpoints of a Namespace",
        prefix: "NS",
        rules: crate::client_configuration::NAMESPACE_RULES,
    },
];

/// Every rule, in the order of the manual.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|group| group.rules.iter().copied())
}

/// The rule with this code or name, whatever the case of the letters.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    all().find(|rule| {
        rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name)
    })
}
