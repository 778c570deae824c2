//! What a rule found, as data: the place, and the facts from which every sentence is made.

use std::borrow::Cow;
use std::fmt;

use crate::rule::Rule;
use crate::time::Timestamp;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The bundle as a whole.
    Bundle,
    /// A PEM block: index into `Bundle::blocks`.
    Block(usize),
    /// A certificate: index into `Bundle::members`.
    Certificate(usize),
    /// A line of the text, counted from 1, that belongs to no block.
    Line(usize),
    /// The private key that goes with a client's certificate; it stands in a file of its own.
    Key,
    /// A certificate of the Namespace's bundle, when a client's file is judged: index into `Bundle::members` of that bundle.
    Trusted(usize),
}

/// A value behind a finding. Text may be attacker text: whoever shows it defuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// A count, a size in bytes, a number of bits.
    Number(i64),
    /// A point in time.
    Time(Timestamp),
    /// A length of time in seconds.
    Duration(i64),
    /// Words, names, identifiers.
    Text(Cow<'static, str>),
}

/// A finding.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What it is about.
    pub subject: Subject,
    /// Other certificates or blocks that belong to it, each with a short label such as `same name`.
    pub related: Vec<(Subject, &'static str)>,
    /// The values compared, by name.
    pub facts: Vec<(&'static str, Fact)>,
}

/// A finding in the making: everything but its rule and subject.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    facts: Vec<(&'static str, Fact)>,
    related: Vec<(Subject, &'static str)>,
}

impl Draft {
    pub(crate) fn new() -> Self {
        Draft::default()
    }

    /// Adds a fact.
    pub(crate) fn fact(mut self, name: &'static str, fact: impl Into<Fact>) -> Self {
        self.facts.push((name, fact.into()));
        self
    }

    /// The facts, where a finding has no place in a bundle.
    pub(crate) fn into_facts(self) -> Vec<(&'static str, Fact)> {
        self.facts
    }

    /// Adds another certificate that belongs to the finding.
    pub(crate) fn related(mut self, subject: Subject, label: &'static str) -> Self {
        self.related.push((subject, label));
        self
    }
}

/// Takes the findings of the rule that is running.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub(crate) rule: &'static Rule,
    pub(crate) found: &'a mut Vec<Finding>,
}

impl Findings<'_> {
    pub(crate) fn add(&mut self, subject: Subject, draft: Draft) {
        let Draft { facts, related } = draft;
        self.found.push(Finding { rule: self.rule, subject, related, facts });
    }
}

impl Finding {
    /// The value of a fact.
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        named(&self.facts, name)
    }

    /// The sentence, made from the facts. Holds attacker text where a fact does.
    pub fn message(&self) -> String {
        filled(self.rule.message, &self.facts)
    }

    /// What to do, made from the facts.
    pub fn help(&self) -> String {
        filled(self.rule.help, &self.facts)
    }
}

/// The value of a fact by its name.
pub(crate) fn named<'a>(facts: &'a [(&'static str, Fact)], name: &str) -> Option<&'a Fact> {
    facts.iter().find(|(fact, _)| *fact == name).map(|(_, value)| value)
}

/// The template with the facts in their places.
pub(crate) fn filled(template: &str, facts: &[(&'static str, Fact)]) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        match named(facts, name) {
            Some(fact) => text.push_str(&fact.to_string()),
            None => {
                text.push('{');
                text.push_str(name);
                text.push('}');
            }
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Number(number) => grouped(*number, f),
            Fact::Time(time) => write!(f, "{time}"),
            Fact::Duration(seconds) => duration(*seconds, f),
            Fact::Text(text) => f.write_str(text),
        }
    }
}

/// `32,768`: digits in groups of three.
fn grouped(number: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digits = number.unsigned_abs().to_string();
    if number < 0 {
        f.write_str("-")?;
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            f.write_str(",")?;
        }
        write!(f, "{digit}")?;
    }
    Ok(())
}

/// The largest unit of which there are at least two, or the exact one: `12 days`, `36 hours`, `90 seconds`.
fn duration(seconds: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let length = seconds.unsigned_abs();
    let (count, unit) = match length {
        172_800.. => (length / 86_400, "day"),
        7_200.. => (length / 3_600, "hour"),
        120.. => (length / 60, "minute"),
        _ => (length, "second"),
    };
    write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl From<Timestamp> for Fact {
    fn from(time: Timestamp) -> Self {
        Fact::Time(time)
    }
}

impl From<usize> for Fact {
    fn from(number: usize) -> Self {
        Fact::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Fact {
    fn from(number: u64) -> Self {
        Fact::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&'static str> for Fact {
    fn from(text: &'static str) -> Self {
        Fact::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Fact::Text(Cow::Owned(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations_read_well() {
        for (fact, text) in [
            (Fact::Number(32_768), "32,768"),
            (Fact::Number(16), "16"),
            (Fact::Number(-1_000), "-1,000"),
            (Fact::Duration(172_800), "2 days"),
            (Fact::Duration(172_799), "47 hours"),
            (Fact::Duration(-60), "60 seconds"),
            (Fact::Duration(1), "1 second"),
        ] {
            assert_eq!(fact.to_string(), text);
        }
    }
}
