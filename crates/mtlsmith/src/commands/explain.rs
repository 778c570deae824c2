//! `explain`: what does an error text of TLS mean?

use std::ffi::OsStr;
use std::path::Path;

use clap::Args;
use mtlsmith_report::pretty_json;
use mtlsmith_report::shell_word;
use mtlsmith_validate::error_text;
use mtlsmith_validate::error_text::Answer;
use mtlsmith_validate::error_text::Match;
use mtlsmith_validate::rules;
use serde::Serialize;

use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Place;
use crate::session::Session;

/// Explain an error text: who says it, what is behind it, what to run next; paste a line or a whole log
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The text, in one or several words; - for standard input
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TextOrJson,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let text = match arguments.text.as_slice() {
        [dash] if dash == "-" => {
            let standard_input = StandardInput { stdin_filename: "<stdin>".to_owned() };
            let bytes = Source::one(OsStr::new("-"), &standard_input).read(session)?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        words => words.join(" "),
    };
    let answer = error_text::explain(&text);
    let output = match arguments.format {
        TextOrJson::Text => mtlsmith_report::explanation(&answer, &session.style(Place::Output)),
        TextOrJson::Json => pretty_json(&Output::of(&answer)),
    };
    session.write(output.as_bytes())?;
    if !answer.matches.is_empty() {
        return Ok(Exit::Done);
    }
    if let Some(rule) = rules::find(text.trim()) {
        session.hint(&format!("that is a rule; did you mean: mtlsmith rules explain {}", rule.name));
    } else if let Some(file) = shell_word(text.trim()).filter(|_| Path::new(text.trim()).is_file()) {
        session.hint(&format!("that is a file; did you mean: mtlsmith explain - < {file}"));
    } else if !session.is_quiet() {
        session.hint(
            "paste more of the log: the words behind `remote error`, `desc =` or `Caused by` tell the most",
        );
    }
    Ok(Exit::Findings)
}

#[derive(Serialize)]
struct Output {
    schema: u32,
    known: bool,
    cut: bool,
    matches: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    name: &'static str,
    line: usize,
    fragment: &'static str,
    weight: &'static str,
    said_by: &'static str,
    says: &'static str,
    causes: &'static [&'static str],
    next: &'static [&'static str],
    sources: Vec<Stands>,
}

#[derive(Serialize)]
struct Stands {
    document: &'static str,
    place: &'static str,
    url: &'static str,
}

impl Output {
    fn of(answer: &Answer) -> Self {
        Output {
            schema: 1,
            known: !answer.matches.is_empty(),
            cut: answer.is_cut,
            matches: answer.matches.iter().map(Found::of).collect(),
        }
    }
}

impl Found {
    fn of(found: &Match) -> Self {
        let meaning = found.meaning;
        let source = |cite: &mtlsmith_validate::rule::Cite| Stands {
            document: cite.document,
            place: cite.place,
            url: cite.url,
        };
        Found {
            name: meaning.name,
            line: found.line,
            fragment: found.fragment,
            weight: meaning.weight.as_str(),
            said_by: meaning.speaker.id(),
            says: meaning.says,
            causes: meaning.causes,
            next: meaning.next,
            sources: meaning.cites.iter().map(source).collect(),
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith explain 'remote error: tls: unknown certificate authority'
  kubectl logs deploy/worker --tail 200 | mtlsmith explain -

Exit status: 0 explained, 1 unknown, 2 could not run";
