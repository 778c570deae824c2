//! `rules explain`: everything about one rule.

use clap::Args;
use mtlsmith_validate::rule::Rule;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Place;
use crate::session::Session;
use crate::session::shown;

/// Explain a rule: why it matters, how to fix it, and where it stands
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The rule's code or name
    #[arg(value_name = "CODE|NAME")]
    rule: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let Some(rule) = mtlsmith_validate::rules::find(&arguments.rule) else {
        let failure = Failure::could_not_run(format!("there is no rule \"{}\"", shown(&arguments.rule)));
        return Err(failure.hint(suggestion(&arguments.rule)));
    };
    let text = mtlsmith_report::explain(rule, &session.style(Place::Output));
    session.write(text.as_bytes())?;
    Ok(Exit::Done)
}

fn suggestion(wrong: &str) -> String {
    let wrong = wrong.to_lowercase();
    let mut near: Vec<(usize, &Rule)> =
        mtlsmith_validate::rules::all().filter_map(|rule| Some((distance(rule, &wrong)?, rule))).collect();
    near.sort_by_key(|(distance, _)| *distance);
    let names: Vec<String> =
        near.iter().take(3).map(|(_, rule)| format!("{} ({})", rule.name, rule.code)).collect();
    match names.as_slice() {
        [] => "mtlsmith rules list shows all of them".to_owned(),
        [one] => format!("did you mean {one}?"),
        several => format!("did you mean one of these: {}?", several.join(", ")),
    }
}

/// How far the rule is from what was typed, when it is near: a slip in the code, two slips in the name, or a word of the name.
/// Two slips in a code make another code, so those say nothing.
fn distance(rule: &Rule, wrong: &str) -> Option<usize> {
    let code = strsim::damerau_levenshtein(&rule.code.to_lowercase(), wrong);
    if code <= 1 {
        return Some(code);
    }
    let name = strsim::damerau_levenshtein(rule.name, wrong);
    if name <= 2 {
        return Some(name);
    }
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|character: char| !character.is_alphanumeric());
        words.filter(|word| word.len() > 2).map(str::to_owned).collect()
    };
    let of_name = words(rule.name);
    words(wrong).iter().any(|word| of_name.contains(word)).then_some(name)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith rules explain expired
  mtlsmith rules explain CA-022";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_and_codes_are_suggested() {
        assert!(suggestion("expird").contains("expired (CA-022)"));
        assert!(suggestion("ca022").contains("(CA-022)"));
        assert!(suggestion("byte").contains("byte-order-mark"));
        for far in ["qqqq", "CA-999", "xyz-001", "ca"] {
            assert_eq!(suggestion(far), "mtlsmith rules list shows all of them", "{far}");
        }
    }
}
