//! What an error text means, for people at a terminal: the most telling first and whole, the others in short.

use mtlsmith_validate::error_text::Answer;
use mtlsmith_validate::error_text::Match;
use mtlsmith_validate::error_text::Weight;

use super::columns;
use super::layout::Tone;
use super::layout::count;
use super::layout::paint;
use super::layout::wrap;
use crate::Detail;
use crate::Style;

/// The answer. Nothing of the pasted text is repeated but the fragments that were known before.
pub fn render(answer: &Answer, style: &Style) -> String {
    let mut text = String::new();
    if style.detail == Detail::Quiet {
        for found in &answer.matches {
            text.push_str(found.meaning.name);
            text.push('\n');
        }
        return text;
    }
    for (index, found) in answer.matches.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let is_whole =
            index == 0 || style.detail == Detail::Verbose || found.meaning.weight == Weight::Precise;
        title(&mut text, found, style);
        if is_whole { whole(&mut text, found, style) } else { short(&mut text, found, style) }
    }
    if answer.matches.is_empty() {
        text.push_str(&format!(
            "{}: {}\n",
            paint(style, Tone::Careful, "unknown"),
            "no error text that mtlsmith knows stands in it."
        ));
    }
    if answer.is_cut {
        let cut = "Only the first MiB of the text was read.";
        text.push_str(&format!("\n{}\n", paint(style, Tone::Faint, cut)));
    }
    text
}

fn title(text: &mut String, found: &Match, style: &Style) {
    let name = paint(style, Tone::Strong, found.meaning.name);
    let place = paint(style, Tone::Faint, &format!("line {}: {}", found.line, found.fragment));
    text.push_str(&format!("{name}  {place}\n"));
}

fn whole(text: &mut String, found: &Match, style: &Style) {
    let meaning = found.meaning;
    let columns = columns(style);
    push(text, &wrap(meaning.says, columns));
    text.push('\n');
    labelled(text, "said by", &[meaning.speaker.as_str().to_owned()], style);
    let causes: Vec<String> = match meaning.causes {
        [cause] => vec![(*cause).to_owned()],
        causes => causes.iter().enumerate().map(|(index, cause)| format!("{}. {cause}", index + 1)).collect(),
    };
    labelled(text, if causes.len() == 1 { "cause" } else { "causes" }, &causes, style);
    // A command is never broken: it is there to be copied.
    for (index, command) in meaning.next.iter().enumerate() {
        let label = if index == 0 { "next" } else { "" };
        text.push_str(&format!("  {}{}\n", pad(label), paint(style, Tone::Strong, command)));
    }
    let sources = meaning.cites.iter().map(|cite| match style.detail {
        Detail::Verbose => format!("{}, {}: {}", cite.document, cite.place, cite.url),
        _ => format!("{}, {}", cite.document, cite.place),
    });
    labelled(
        text,
        if meaning.cites.len() == 1 { "source" } else { "sources" },
        &sources.collect::<Vec<_>>(),
        style,
    );
}

fn short(text: &mut String, found: &Match, style: &Style) {
    push(text, &wrap(found.meaning.says, columns(style)));
    let more = match found.meaning.weight {
        Weight::Vague => "Alone it says little; what stands above explains more.".to_owned(),
        _ => format!("{}; --verbose shows them.", count(found.meaning.causes.len(), "cause")),
    };
    text.push_str(&format!("{}\n", paint(style, Tone::Faint, &more)));
}

/// Lines behind a label, each text wrapped within its column.
fn labelled(text: &mut String, label: &str, texts: &[String], style: &Style) {
    let room = columns(style).saturating_sub(LABEL_COLUMNS + 2);
    let mut label = label;
    for paragraph in texts {
        let is_numbered = paragraph.starts_with(|first: char| first.is_ascii_digit());
        let hang = if is_numbered { 3 } else { 0 };
        for (index, line) in wrap(paragraph, room.saturating_sub(hang)).iter().enumerate() {
            let indent = if index > 0 { hang } else { 0 };
            text.push_str(&format!("  {}{}{line}\n", pad(label), " ".repeat(indent)));
            label = "";
        }
    }
}

fn pad(label: &str) -> String {
    format!("{label:LABEL_COLUMNS$}")
}

fn push(text: &mut String, lines: &[String]) {
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
}

/// The column of the labels.
const LABEL_COLUMNS: usize = 10;

#[cfg(test)]
mod tests {
    use mtlsmith_validate::error_text::explain;
    use mtlsmith_validate::error_text::meanings;

    use super::*;

    const STYLE: Style = Style { color: false, columns: 80, detail: Detail::Normal };

    #[test]
    fn the_most_telling_is_whole_and_the_vague_one_short() {
        let answer = explain("context deadline exceeded: remote error: tls: expired certificate");
        let text = render(&answer, &STYLE);
        assert!(
            text.starts_with("server-says-certificate-expired  line 1: tls: expired certificate\n"),
            "{text}"
        );
        for part in [
            "\n  said by   the server",
            "\n  causes    1. ",
            "\n  next      mtlsmith cert check ",
            "\n  sources   RFC 8446",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(
            text.contains("\nclient-could-not-connect  line 1: ") && text.contains("Alone it says little"),
            "{text}"
        );
    }

    #[test]
    fn every_meaning_keeps_to_the_columns_but_for_commands() {
        for columns in [80, 140] {
            for meaning in meanings() {
                let found = Match { meaning, line: 1, fragment: "" };
                let answer = Answer { matches: vec![found], is_cut: false };
                let text = render(&answer, &Style { columns, ..STYLE });
                let is_long = |line: &&str| {
                    line.chars().count() > columns && !meaning.next.iter().any(|next| line.contains(next))
                };
                assert_eq!(text.lines().find(is_long), None, "{}", meaning.name);
            }
        }
    }

    #[test]
    fn unknown_text_is_told_so() {
        assert!(render(&explain("all is well"), &STYLE).starts_with("unknown: "));
        let quiet = Style { detail: Detail::Quiet, ..STYLE };
        assert_eq!(render(&explain("tls: certificate required"), &quiet), "no-client-certificate-sent\n");
    }
}
