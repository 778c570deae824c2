//! What a rule found about certificate filters, and how the rules about them are run.

use super::Field;
use super::FilterSet;
use super::read::Reading;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::finding::filled;
use crate::finding::named;
use crate::rule::Check;
use crate::rule::Date;
use crate::rule::Matter;
use crate::rule::Rule;
use crate::rules;

/// A finding about certificate filters.
#[derive(Debug, Clone)]
pub struct FilterFinding {
    /// The rule.
    pub rule: &'static Rule,
    /// The line of the text, counted from 1; `None` when the filters were not read from a text.
    pub line: Option<usize>,
    /// The filter: index into [`FilterSet::filters`]; `None` for the set as a whole.
    pub filter: Option<usize>,
    /// The values compared, by name.
    pub facts: Vec<(&'static str, Fact)>,
}

impl FilterFinding {
    /// The value of a fact.
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        named(&self.facts, name)
    }

    /// The sentence, made from the facts. Holds text of the file where a fact does.
    pub fn message(&self) -> String {
        filled(self.rule.message, &self.facts)
    }

    /// What to do, made from the facts.
    pub fn help(&self) -> String {
        filled(self.rule.help, &self.facts)
    }
}

/// Everything a rule about filters may know.
#[derive(Debug)]
pub(crate) struct FilterContext<'a> {
    pub(crate) set: &'a FilterSet,
    pub(crate) reading: &'a Reading,
}

impl FilterContext<'_> {
    /// The line of a filter, or of one of its fields.
    fn line(&self, filter: usize, field: Option<Field>) -> Option<usize> {
        let of_field = |field: &Field| self.reading.line_of(filter, *field);
        field.as_ref().and_then(of_field).or_else(|| self.set.lines.get(filter).copied())
    }
}

/// Takes the findings of the rule that is running.
#[derive(Debug)]
pub(crate) struct FilterFindings<'a> {
    rule: &'static Rule,
    found: &'a mut Vec<FilterFinding>,
}

impl FilterFindings<'_> {
    /// Adds a finding about a filter, or about the set; the number of the filter becomes a fact.
    pub(crate) fn add(&mut self, filter: Option<usize>, line: Option<usize>, draft: Draft) {
        let draft = match filter {
            Some(filter) => draft.fact("filter", filter + 1),
            None => draft,
        };
        self.found.push(FilterFinding { rule: self.rule, line, filter, facts: draft.into_facts() });
    }
}

/// Runs every rule about filters that applied on that day; the findings come by line, then by code.
pub(super) fn judge(context: &FilterContext<'_>, ruleset: Date) -> (Vec<FilterFinding>, usize) {
    let mut found = Vec::new();
    let mut rules_run = 0;
    let about_filters = rules::all().filter(|rule| rule.matter() == Matter::Filters);
    for rule in about_filters.filter(|rule| rule.applies_on(ruleset)) {
        rules_run += 1;
        run(rule, context, &mut FilterFindings { rule, found: &mut found });
    }
    found.sort_by_key(|finding| (finding.line.unwrap_or_default(), finding.rule.code, finding.filter));
    (found, rules_run)
}

fn run(rule: &'static Rule, context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    let filters = context.set.filters.iter().enumerate();
    match rule.check {
        Check::FilterSet(check) => check(context, findings),
        Check::EachFilter(check) => {
            for (index, filter) in filters {
                if let Some(draft) = check(filter) {
                    findings.add(Some(index), context.line(index, None), draft);
                }
            }
        }
        Check::EachPattern(check) => {
            for (index, filter) in filters {
                for (field, pattern) in filter.patterns() {
                    if let Some(draft) = check(filter, field, pattern) {
                        let draft =
                            draft.fact("field", field.as_str()).fact("value", pattern.value().to_owned());
                        findings.add(Some(index), context.line(index, Some(field)), draft);
                    }
                }
            }
        }
        _ => {} // not about filters; `judge` leaves them out
    }
}
