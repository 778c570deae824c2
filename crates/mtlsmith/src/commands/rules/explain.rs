//! `rules explain`: everything about one rule.

use clap::Args;
use mtlsmith_validate::rule::Rule;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Place;
use crate::session::Session;

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
        let failure = Failure::could_not_run(format!("there is no rule {:?}", arguments.rule));
        return Err(failure.hint(suggestion(&arguments.rule)));
    };
    let text = mtlsmith_report::explain(rule, &session.style(Place::Output));
    session.write(text.as_bytes())?;
    Ok(Exit::Done)
}

fn suggestion(wrong: &str) -> String {
    let wrong = wrong.to_lowercase();
    let nearness = |rule: &Rule| {
        let by_name = strsim::jaro_winkler(rule.name, &wrong);
        by_name.max(strsim::jaro_winkler(&rule.code.to_lowercase(), &wrong))
    };
    let mut near: Vec<(f64, &Rule)> = mtlsmith_validate::rules::all()
        .map(|rule| (nearness(rule), rule))
        .filter(|(nearness, rule)| *nearness > 0.8 || rule.name.contains(&wrong))
        .collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let names: Vec<String> =
        near.iter().take(3).map(|(_, rule)| format!("{} ({})", rule.name, rule.code)).collect();
    match names.as_slice() {
        [] => "mtlsmith rules list shows all of them".to_owned(),
        [one] => format!("did you mean {one}?"),
        several => format!("did you mean one of these: {}?", several.join(", ")),
    }
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
        assert_eq!(suggestion("qqqq"), "mtlsmith rules list shows all of them");
    }
}
