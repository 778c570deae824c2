//! One value of a filter: which field it speaks about, and the texts it matches.

use std::fmt;

/// The four things a filter can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The common name of the subject.
    CommonName,
    /// The organization of the subject.
    Organization,
    /// The organizational unit of the subject.
    OrganizationalUnit,
    /// A subject alternative name.
    SubjectAlternativeName,
}

impl Field {
    /// In the order in which the official tools write them.
    pub const ALL: [Field; 4] =
        [Field::CommonName, Field::Organization, Field::OrganizationalUnit, Field::SubjectAlternativeName];

    /// The key that tcld, cloud-cli and the Cloud API read, such as `commonName`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::CommonName => "commonName",
            Field::Organization => "organization",
            Field::OrganizationalUnit => "organizationalUnit",
            Field::SubjectAlternativeName => "subjectAlternativeName",
        }
    }

    /// The key that the Terraform provider reads, such as `common_name`.
    pub const fn snake_case(self) -> &'static str {
        match self {
            Field::CommonName => "common_name",
            Field::Organization => "organization",
            Field::OrganizationalUnit => "organizational_unit",
            Field::SubjectAlternativeName => "subject_alternative_name",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a field must look like. ASCII letters match whatever their case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    value: String,
    kind: PatternKind,
}

/// How a pattern compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternKind {
    /// No wildcard: the whole text must be equal.
    Exact,
    /// `worker-*`: the text must begin so; the star matches any run, the empty one and dots included.
    Prefix,
    /// `*.example.com`: the text must end so.
    Suffix,
    /// A wildcard where none may stand. Temporal Cloud refuses it, so it matches nothing.
    Unusable,
}

impl Pattern {
    /// The pattern as it is written; any text is one, though perhaps an unusable one.
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        let kind = match (value.matches('*').count(), value.starts_with('*'), value.ends_with('*')) {
            (0, ..) => PatternKind::Exact,
            _ if value == "*" => PatternKind::Unusable,
            (1, true, _) => PatternKind::Suffix,
            (1, _, true) if !value.starts_with('.') => PatternKind::Prefix,
            _ => PatternKind::Unusable,
        };
        Pattern { value, kind }
    }

    /// The text as it was written.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// How it compares.
    pub const fn kind(&self) -> PatternKind {
        self.kind
    }

    /// The text without its wildcard.
    pub fn stem(&self) -> &str {
        match self.kind {
            PatternKind::Prefix => self.value.strip_suffix('*').unwrap_or_default(),
            PatternKind::Suffix => self.value.strip_prefix('*').unwrap_or_default(),
            PatternKind::Exact | PatternKind::Unusable => &self.value,
        }
    }

    /// Is there nothing but blanks?
    pub fn is_blank(&self) -> bool {
        self.value.trim().is_empty()
    }

    /// Does the text match? It allocates nothing.
    pub fn matches(&self, text: &str) -> bool {
        let (text, stem) = (text.as_bytes(), self.stem().as_bytes());
        let part = match self.kind {
            PatternKind::Exact => Some(text),
            PatternKind::Prefix => text.get(..stem.len()),
            PatternKind::Suffix => text.len().checked_sub(stem.len()).and_then(|start| text.get(start..)),
            PatternKind::Unusable => None,
        };
        part.is_some_and(|part| part.eq_ignore_ascii_case(stem))
    }

    /// Does this pattern match everything that the other one matches?
    pub fn covers(&self, other: &Pattern) -> bool {
        match (self.kind, other.kind) {
            (_, PatternKind::Unusable) => true,
            // A wildcard matches texts of every length, and its stem is never empty: no other kind reaches them all.
            (_, PatternKind::Exact) => self.matches(&other.value),
            (mine, theirs) => mine == theirs && self.matches(other.stem()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text over the letters, up to a length.
    fn texts(letters: &[char], longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut start = 0;
        for _ in 0..longest {
            let end = all.len();
            for index in start..end {
                all.extend(
                    letters.iter().map(|letter| format!("{}{letter}", all[index])).collect::<Vec<_>>(),
                );
            }
            start = end;
        }
        all
    }

    #[test]
    fn a_star_may_stand_first_or_last_and_nowhere_else() {
        use PatternKind::*;
        for (value, kind) in [
            ("acme", Exact),
            ("acme*", Prefix),
            ("*.acme.com", Suffix),
            ("*", Unusable),
            ("**", Unusable),
            ("*a*", Unusable),
            ("code.*.com", Unusable),
            (".example.*", Unusable),
            (".example", Exact),
            ("*.", Suffix),
        ] {
            assert_eq!(Pattern::new(value).kind(), kind, "{value}");
        }
    }

    #[test]
    fn the_documented_examples_match() {
        let matches = |pattern: &str, text: &str| Pattern::new(pattern).matches(text);
        assert!(matches("Example Code*", "example code") && matches("Example Code*", "EXAMPLE CODE 2"));
        assert!(matches("*.example.com", "a.b.Example.com") && matches("*.example.com", ".example.com"));
        assert!(!matches("*.example.com", "example.com") && !matches("worker", "worker-1"));
        assert!(!matches("*", "a") && !matches("Müller", "MÜLLER") && matches("Müller", "müller"));
    }

    #[test]
    fn covering_is_implication_over_every_small_text() {
        let patterns: Vec<Pattern> = texts(&['a', 'b', '*'], 3).into_iter().map(Pattern::new).collect();
        let texts = texts(&['a', 'b'], 4);
        let mut covered = 0;
        for (one, other) in patterns.iter().flat_map(|one| patterns.iter().map(move |other| (one, other))) {
            let implied = texts.iter().all(|text| !other.matches(text) || one.matches(text));
            assert_eq!(one.covers(other), implied, "{one} over {other}");
            covered += usize::from(implied);
        }
        assert!(patterns.len() == 40 && covered > 40, "{covered}");
    }
}
