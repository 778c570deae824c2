//! A rollover at a terminal: for somebody who was woken for it. What to do stands on top.

use super::columns;
use super::layout::Tone;
use super::layout::duration;
use super::layout::paint;
use super::layout::wrap;
use super::table;
use super::table::Cell;
use super::table::Column;
use super::table::Row;
use crate::Detail;
use crate::Lapse;
use crate::PlanPage;
use crate::Progress;
use crate::RolloverPage;
use crate::Style;
use crate::defuse;

/// Where a rollover stands; for a quiet user the stage alone.
pub fn status(page: &RolloverPage, style: &Style) -> String {
    let tone = if page.is_well { Tone::Good } else { Tone::Careful };
    let mut text = format!(
        "{}  {}\n",
        paint(style, Tone::Strong, &defuse::for_terminal(&page.namespace)),
        paint(style, tone, &page.stage)
    );
    if style.detail == Detail::Quiet {
        return text;
    }
    labelled(&mut text, "next", &page.next, style);
    for (label, command) in
        [("first ", &page.before), (if page.before.is_some() { "then  " } else { "run   " }, &page.command)]
    {
        if let Some(command) = command {
            // A command is copied, so it is never broken.
            let command = paint(style, Tone::Strong, &defuse::for_terminal(command));
            text.push_str(&format!("  {label}{command}\n"));
        }
    }
    text.push('\n');
    for (number, step) in (1..).zip(&page.steps) {
        let (mark, tone) = match step.progress {
            Progress::Done => ("done", Tone::Good),
            Progress::Now => ("now ", Tone::Careful),
            Progress::Ahead => ("    ", Tone::Faint),
        };
        let (mark, number) = (paint(style, tone, mark), paint(style, tone, &format!("{number}.")));
        text.push_str(&format!("  {mark}  {number} {}\n", defuse::for_terminal(&step.what)));
    }
    text.push('\n');
    text.push_str(&table::render(&AUTHORITIES, &authorities(page), style));
    if !page.leaves.is_empty() {
        text.push('\n');
        text.push_str(&table::render(&LEAVES, &leaves(page), style));
    }
    if !page.moments.is_empty() {
        text.push_str(&format!("\n  {}\n", paint(style, Tone::Faint, "ahead")));
        let shown = page.moments.get(..page.moments.len().min(MOMENTS)).unwrap_or_default();
        for (at, what) in shown {
            let line = format!("{at}  in {:<9}  {what}", duration(at.since(page.now)));
            text.push_str(&format!("  {}\n", defuse::shown(&line, columns(style).saturating_sub(2))));
        }
        let rest = page.moments.len().saturating_sub(shown.len());
        if rest > 0 {
            text.push_str(&format!("  and {rest} more; all with --format json\n"));
        }
    }
    text
}

/// The numbered steps of a plan, what stands against it on top.
pub fn plan(page: &PlanPage, style: &Style) -> String {
    let room = columns(style);
    let mut text = format!("{}\n", paint(style, Tone::Strong, &wrap(&page.title, room).join("\n")));
    for (forbids, hazard) in &page.hazards {
        let (word, tone) = if *forbids { ("stop", Tone::Bad) } else { ("note", Tone::Careful) };
        block(&mut text, &paint(style, tone, word), 6, hazard, style);
    }
    for (label, fact) in &page.facts {
        block(&mut text, &paint(style, Tone::Faint, label), 19, fact, style);
    }
    if !page.goes_down.is_empty() {
        block(&mut text, &paint(style, Tone::Bad, "goes down"), 19, &page.goes_down.join(", "), style);
    }
    for step in &page.steps {
        text.push('\n');
        let number = paint(style, Tone::Strong, &format!("{}.", step.number));
        block(&mut text, &number, 4, &step.what, style);
        block(&mut text, &paint(style, Tone::Faint, "    until"), 10, &step.gate, style);
        for (tool, lines) in &step.commands {
            text.push_str(&format!("     {}\n", paint(style, Tone::Faint, tool)));
            for line in lines.lines() {
                // A command is copied, so it is never broken.
                text.push_str(&format!("       {}\n", defuse::for_terminal(line)));
            }
        }
    }
    text
}

/// A sentence behind its number, in a column of its own.
pub fn sentence(number: &str, words: &str, style: &Style) -> String {
    let mut text = String::new();
    for (index, line) in
        wrap(&defuse::for_terminal(words), columns(style).saturating_sub(3)).iter().enumerate()
    {
        let number = if index == 0 { number } else { "" };
        text.push_str(&format!("{number:<3}{line}\n"));
    }
    text
}

fn labelled(text: &mut String, label: &str, what: &str, style: &Style) {
    block(text, label, 6, what, style);
}

/// A label, and words beside it that stay in their own column.
fn block(text: &mut String, label: &str, indent: usize, words: &str, style: &Style) {
    let room = columns(style).saturating_sub(indent + 2).max(20);
    let visible = strip(label);
    let lines = wrap(&defuse::for_terminal(words), room);
    for (index, line) in lines.iter().enumerate() {
        let blanks = if index == 0 { indent.saturating_sub(visible) } else { indent };
        let label = if index == 0 { label } else { "" };
        text.push_str(&format!("  {label}{:blanks$}{line}\n", ""));
    }
}

/// The width of a label whose colours take no room.
fn strip(label: &str) -> usize {
    let mut width = 0;
    let mut in_escape = false;
    for letter in label.chars() {
        match letter {
            '\u{1b}' => in_escape = true,
            'm' if in_escape => in_escape = false,
            _ if in_escape => {}
            _ => width += 1,
        }
    }
    width
}

fn authorities(page: &RolloverPage) -> Vec<Row> {
    let row = |authority: &crate::RolloverAuthority| Row {
        cells: vec![
            Cell::of(authority.side),
            Cell::of(&authority.name),
            Cell::of(&authority.until.date()),
            if authority.is_live {
                Cell::of("live").toned(Tone::Good)
            } else {
                Cell::of("not live").toned(Tone::Faint)
            },
        ],
        below: None,
    };
    page.authorities.iter().map(row).collect()
}

fn leaves(page: &RolloverPage) -> Vec<Row> {
    let row = |leaf: &crate::RolloverLeaf| {
        let until =
            leaf.works_until.map_or_else(|| leaf.lapse.as_str().to_owned(), |until| until.to_string());
        let tone = match (leaf.works_until, leaf.is_in_the_way) {
            (None, _) if leaf.lapse == Lapse::Down => Tone::Bad,
            (None, _) => Tone::Faint,
            (Some(_), true) => Tone::Careful,
            _ => Tone::Good,
        };
        Row {
            cells: vec![
                Cell::of(&leaf.name).toned(Tone::Strong),
                Cell::of(&until),
                Cell::of(&leaf.standing).toned(tone),
            ],
            below: None,
        }
    };
    page.leaves.iter().map(row).collect()
}

const AUTHORITIES: [Column; 4] = [
    Column { heading: "CA", at_least: None },
    Column { heading: "subject", at_least: Some(12) },
    Column { heading: "until", at_least: None },
    Column { heading: "server", at_least: None },
];

const LEAVES: [Column; 3] = [
    Column { heading: "leaf", at_least: Some(12) },
    Column { heading: "works until", at_least: None },
    Column { heading: "standing", at_least: Some(16) },
];

/// As many moments are told.
const MOMENTS: usize = 8;

#[cfg(test)]
mod tests {
    use mtlsmith_validate::time::Timestamp;

    use super::*;
    use crate::PlanPageStep;
    use crate::RolloverAuthority;
    use crate::RolloverLeaf;
    use crate::RolloverStep;

    const SAVE: &str = "tcld namespace accepted-client-ca list --namespace orders.a1b2c | jq -r '.[].base64EncodedData | @base64d' > live.pem";

    fn page(now: Timestamp) -> RolloverPage {
        let name = "O=acme, CN=acme Temporal client CA 2026-11 3f9a1c";
        RolloverPage {
            namespace: "orders.a1b2c".to_owned(),
            stage: "leaves are being reissued".to_owned(),
            is_well: false,
            next: "1 leaf depends on the old CA alone: worker (works until 2026-12-23T16:00:00Z); reissue and deploy it".to_owned(),
            before: Some(SAVE.to_owned()),
            command: Some("mtlsmith rollover start orders.a1b2c --reissue".to_owned()),
            steps: vec![
                RolloverStep { what: "mint the new CA".to_owned(), progress: Progress::Done },
                RolloverStep { what: "reissue".to_owned(), progress: Progress::Now },
            ],
            authorities: vec![
                RolloverAuthority { side: "old", name: name.to_owned(), until: now.plus(86_400), is_live: true },
            ],
            leaves: vec![
                RolloverLeaf {
                    name: "worker-with-a-long-name".to_owned(),
                    works_until: Some(now.plus(86_400)),
                    lapse: Lapse::Down,
                    standing: "needs the old CA \u{1b}[31m".to_owned(),
                    is_in_the_way: true,
                },
                RolloverLeaf {
                    name: "gone".to_owned(),
                    works_until: None,
                    lapse: Lapse::Down,
                    standing: "refused".to_owned(),
                    is_in_the_way: false,
                },
            ],
            moments: vec![(now.plus(86_400), format!("the old CA {name} ends"))],
            now,
        }
    }

    #[test]
    fn the_screen_fits_and_names_what_to_do_and_who_is_down() {
        let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
        for columns in [80, 140] {
            let text = status(&page(now), &Style { color: false, columns, detail: Detail::Normal });
            let fits = |line: &str| line.contains(SAVE) || line.chars().count() <= columns;
            assert!(
                text.lines().all(fits) && text.contains("first tcld") && text.contains("then  mtlsmith"),
                "{text}"
            );
            assert!(
                text.contains("down") && text.contains("--reissue") && text.contains("now   2. reissue"),
                "{text}"
            );
            assert!(!text.contains('\u{1b}'), "{text}");
        }
    }

    #[test]
    fn the_words_of_a_plan_fit_and_its_commands_stay_whole() {
        let command = "tcld namespace accepted-client-ca set --namespace orders.a1b2c --ca-certificate-file bundle-both.pem";
        let page = PlanPage {
            title: "orders.a1b2c: from the old CA to a new one".to_owned(),
            hazards: vec![(
                true,
                "the bundle with both CAs has 17 certificates, and a Namespace takes 16 ".repeat(2),
            )],
            facts: vec![("capacity", "2 of 16 certificates".to_owned())],
            goes_down: vec!["worker".to_owned()],
            steps: vec![PlanPageStep {
                number: 1,
                what: "it gets a bundle".to_owned(),
                gate: "the server shows it".to_owned(),
                commands: vec![("tcld".to_owned(), command.to_owned())],
            }],
        };
        let style = Style { color: false, columns: 80, detail: Detail::Normal };
        let text = plan(&page, &style);
        assert!(text.contains(command) && text.contains("stop  the bundle"), "{text}");
        let long = sentence("1.", &"if nothing is done it works ".repeat(6), &style);
        assert!(
            long.starts_with("1. if") && long.lines().skip(1).all(|line| line.starts_with("   ")),
            "{long}"
        );
        assert!(long.lines().count() > 1 && long.lines().all(|line| line.chars().count() <= 80), "{long}");
        assert!(text.lines().all(|line| line.contains("tcld ") || line.chars().count() <= 80), "{text}");
    }
}
