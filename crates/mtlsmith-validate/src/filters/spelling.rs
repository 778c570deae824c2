//! How a key of a filter may be spelled, which tool reads the spelling, and what a wrong one was meant to be.

use super::filter::Shape;
use super::pattern::Field;

/// A key, taken for one of the four fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelling {
    pub(super) field: Field,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `organization`, which is the same everywhere.
    Both,
    /// `commonName`.
    Camel,
    /// `common_name`.
    Snake,
    /// `CommonName`: Go's own JSON reader takes it, no other does.
    OtherCase,
    /// `CN`, `common-name`: nobody takes it.
    Meant,
}

impl Spelling {
    /// What a key says, or was perhaps meant to say.
    pub(super) fn of(key: &str) -> Option<Spelling> {
        let form = |field: &Field| match (key == field.as_str(), key == field.snake_case()) {
            (true, true) => Some(Form::Both),
            (true, false) => Some(Form::Camel),
            (false, true) => Some(Form::Snake),
            _ if key.eq_ignore_ascii_case(field.as_str()) => Some(Form::OtherCase),
            _ => None,
        };
        let written =
            Field::ALL.iter().find_map(|field| Some(Spelling { field: *field, form: form(field)? }));
        written.or_else(|| Some(Spelling { field: meant(key)?, form: Form::Meant }))
    }

    /// Does the tool that reads files of this shape take the key?
    pub(super) fn is_read_in(self, shape: Shape) -> bool {
        match self.form {
            Form::Both => true,
            Form::Camel => shape != Shape::Terraform,
            Form::Snake => !matches!(shape, Shape::Tcld | Shape::BareArray),
            Form::OtherCase => matches!(shape, Shape::Tcld | Shape::BareArray),
            Form::Meant => false,
        }
    }

    /// Is it a key that is read only because the reader ignores case?
    pub(super) fn is_other_case(self) -> bool {
        self.form == Form::OtherCase
    }
}

/// Longest key that is compared with the usual mistakes.
const LONGEST_MISTAKE: usize = 40;

/// The field behind the usual mistakes: short names of X.509, British spelling, plurals, other separators.
fn meant(key: &str) -> Option<Field> {
    if key.len() > LONGEST_MISTAKE {
        return None;
    }
    let letters = key.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase());
    let letters: String = letters.collect();
    let singular = letters.strip_suffix('s').unwrap_or(&letters);
    Some(match singular {
        "cn" | "commonname" | "subjectcommonname" | "subjectcn" => Field::CommonName,
        "o" | "org" | "organization" | "organisation" | "organizationname" | "organisationname" => {
            Field::Organization
        }
        "ou"
        | "orgunit"
        | "organizationalunit"
        | "organisationalunit"
        | "organizationunit"
        | "organisationunit"
        | "organizationalunitname" => Field::OrganizationalUnit,
        "san"
        | "dn"
        | "dnsname"
        | "altname"
        | "alternativename"
        | "subjectaltname"
        | "subjectalternatename"
        | "subjectalternativename"
        | "subjectalternativenamedn" => Field::SubjectAlternativeName,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_reads_its_own_spellings() {
        let read = |key: &str| -> Vec<Shape> {
            let spelling = Spelling::of(key).unwrap();
            [Shape::Tcld, Shape::OneFilter, Shape::NamespaceSpec, Shape::Terraform]
                .into_iter()
                .filter(|shape| spelling.is_read_in(*shape))
                .collect()
        };
        assert_eq!(read("commonName"), [Shape::Tcld, Shape::OneFilter, Shape::NamespaceSpec]);
        assert_eq!(read("common_name"), [Shape::OneFilter, Shape::NamespaceSpec, Shape::Terraform]);
        assert_eq!(read("CommonName"), [Shape::Tcld]);
        assert_eq!(read("organization").len(), 4);
        assert_eq!(read("CN"), []);
    }

    #[test]
    fn the_usual_mistakes_are_understood() {
        for (key, field) in [
            ("CN", Field::CommonName),
            ("common-name", Field::CommonName),
            ("O", Field::Organization),
            ("organisation", Field::Organization),
            ("OU", Field::OrganizationalUnit),
            ("Organizational_Units", Field::OrganizationalUnit),
            ("SAN", Field::SubjectAlternativeName),
            ("sans", Field::SubjectAlternativeName),
            ("subjectAltName", Field::SubjectAlternativeName),
            ("dnsNames", Field::SubjectAlternativeName),
        ] {
            assert_eq!(Spelling::of(key).map(|spelling| spelling.field), Some(field), "{key}");
        }
        assert_eq!(Spelling::of("locality"), None);
        assert_eq!(Spelling::of(""), None);
    }

    #[test]
    fn a_mistake_has_forty_characters_at_most() {
        let blanks = |count: usize| format!("CN{}", " ".repeat(count - 2));
        assert_eq!(Spelling::of(&blanks(40)).map(|spelling| spelling.field), Some(Field::CommonName));
        assert_eq!(Spelling::of(&blanks(41)), None);
    }
}
