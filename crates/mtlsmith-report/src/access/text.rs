//! The matrix for a terminal: marks when the Namespaces fit beside each other, names when they do not.

use mtlsmith_validate::admission::Access;

use super::AccessClient;
use super::AccessMatrix;
use crate::Detail;
use crate::Style;
use crate::defuse;
use crate::text::columns;
use crate::text::layout::Tone;
use crate::text::layout::count;
use crate::text::layout::pad;
use crate::text::layout::paint;
use crate::text::layout::wrap;

/// The matrix as text: who gets in where, leaks, the conclusion.
pub fn render(matrix: &AccessMatrix, style: &Style) -> String {
    let mut text = String::new();
    if style.detail != Detail::Quiet {
        let clients = shown_clients(matrix, style);
        text.push_str(&table(matrix, &clients, style));
        let hidden = matrix.clients.len() - clients.len();
        if hidden > 0 {
            let line = format!(
                "{} more that open one Namespace each; --verbose shows them",
                count(hidden, "certificate")
            );
            text.push_str(&format!("  {}\n", paint(style, Tone::Faint, &line)));
        }
        text.push('\n');
        text.push_str(&findings(matrix, style));
    }
    let tone = if matrix.is_tight() { Tone::Good } else { Tone::Bad };
    let word = if matrix.is_tight() { "tight" } else { "leaking" };
    let sentence = format!("{word}: {}", matrix.conclusion());
    let sentence = wrap(&sentence, columns(style)).join("\n");
    text.push_str(&sentence.replacen(word, &paint(style, tone, word), 1));
    let basis = format!(
        "{} before {}, decided for {}.",
        count(matrix.clients.len(), "certificate"),
        count(matrix.namespaces.len(), "Namespace"),
        matrix.now
    );
    text.push('\n');
    text.push_str(&paint(style, Tone::Faint, &wrap(&basis, columns(style)).join("\n")));
    text.push('\n');
    text
}

/// All clients, or of very many those that do not open exactly one Namespace.
fn shown_clients<'a>(matrix: &'a AccessMatrix, style: &Style) -> Vec<&'a AccessClient> {
    let all = matrix.clients.len() <= CLIENTS_SHOWN || style.detail == Detail::Verbose;
    matrix.clients.iter().filter(|client| all || client.opens().count() != 1).collect()
}

fn table(matrix: &AccessMatrix, clients: &[&AccessClient], style: &Style) -> String {
    let names: Vec<String> =
        matrix.namespaces.iter().map(|namespace| defuse::for_terminal(&namespace.name)).collect();
    let widths: Vec<usize> = names.iter().map(|name| defuse::width(name).max(MARK_COLUMNS)).collect();
    let needed: usize = widths.iter().map(|width| width + GAP).sum();
    let room = columns(style).saturating_sub(GAP);
    if needed + LABEL_AT_LEAST <= room {
        marks(clients, &names, &widths, room - needed, style)
    } else {
        lists(matrix, clients, room, style)
    }
}

/// One column per Namespace.
fn marks(
    clients: &[&AccessClient],
    names: &[String],
    widths: &[usize],
    room: usize,
    style: &Style,
) -> String {
    let widest = clients.iter().map(|client| defuse::width(&label(client))).max().unwrap_or(0);
    let label_width = widest.min(room);
    let mut text = format!("  {}", pad("", label_width));
    for (name, width) in names.iter().zip(widths) {
        text.push_str(&format!("  {}", paint(style, Tone::Faint, &pad(name, *width))));
    }
    let mut text = format!("{}\n", text.trim_end());
    for client in clients {
        let mut line = format!("  {}", pad(&defuse::fit(&label(client), label_width), label_width));
        let mut owed = 0;
        for (access, width) in client.row.iter().zip(widths) {
            let word = word(*access);
            let painted = tone(*access).map_or_else(|| word.to_owned(), |tone| paint(style, tone, word));
            line.push_str(&format!("{}  {painted}", " ".repeat(owed)));
            owed = width.saturating_sub(word.len());
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The names of the Namespaces behind each certificate.
fn lists(matrix: &AccessMatrix, clients: &[&AccessClient], room: usize, style: &Style) -> String {
    let widest = clients.iter().map(|client| defuse::width(&label(client))).max().unwrap_or(0);
    let label_width = widest.min(room / 2);
    let mut text = String::new();
    for client in clients {
        let opens: Vec<usize> = client.opens().collect();
        let names = defuse::for_terminal(&matrix.names(opens.iter().copied(), NAMES_SHOWN));
        let names = defuse::fit(&names, room.saturating_sub(label_width + GAP));
        let tone = match opens.len() {
            0 => Tone::Faint,
            1 => Tone::Good,
            _ => Tone::Bad,
        };
        let label = pad(&defuse::fit(&label(client), label_width), label_width);
        text.push_str(&format!("  {label}  {}\n", paint(style, tone, &names)));
    }
    text
}

/// What leaks, and what to do about it.
fn findings(matrix: &AccessMatrix, style: &Style) -> String {
    let mut text = String::new();
    let mut say = |tone: Tone, word: &str, sentence: String| {
        let lines = wrap(&format!("{word}: {}", defuse::for_terminal(&sentence)), columns(style));
        let sentence = lines.join("\n");
        text.push_str(&sentence.replacen(word, &paint(style, tone, word), 1));
        text.push('\n');
    };
    for client in matrix.leaks().take(LEAKS_SHOWN) {
        let names = matrix.names(client.opens(), NAMES_SHOWN);
        say(Tone::Bad, "leak", format!("{} ({}) opens {names}", client.file, client.subject));
    }
    for ca in matrix.open_cas().take(LEAKS_SHOWN) {
        let (all, open) =
            (ca.namespaces.len(), matrix.names(ca.without_filters.iter().copied(), NAMES_SHOWN));
        let sentence = format!(
            "the CA \"{}\" stands in {all} bundles, and any certificate below it opens {open}",
            ca.subject
        );
        say(Tone::Bad, "leak", sentence);
    }
    for namespace in matrix.namespaces.iter().filter(|namespace| !namespace.is_sound).take(LEAKS_SHOWN) {
        let sentence = format!(
            "the bundle of {} would not be taken as it is; mtlsmith bundle check says why",
            namespace.name
        );
        say(Tone::Careful, "warning", sentence);
    }
    let leaks = matrix.leaks().count().saturating_sub(LEAKS_SHOWN);
    if leaks > 0 {
        say(Tone::Bad, "leak", format!("{leaks} more certificates; --format json lists them all"));
    }
    if !matrix.is_tight() {
        let help = "give each Namespace a CA of its own (mtlsmith new), or filters that only its own certificates pass \
                    (mtlsmith filter suggest --certs worker.pem --exclude other.pem)";
        say(Tone::Strong, "help", help.to_owned());
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The file and the subject.
fn label(client: &AccessClient) -> String {
    defuse::for_terminal(&format!("{}  {}", client.file, client.subject))
}

fn word(access: Access) -> &'static str {
    match access {
        Access::NoChain => "-",
        other => other.as_str(),
    }
}

fn tone(access: Access) -> Option<Tone> {
    match access {
        Access::Admitted => Some(Tone::Good),
        Access::Contested => Some(Tone::Careful),
        Access::Filtered | Access::NoChain => Some(Tone::Faint),
        Access::Refused => None,
    }
}

const GAP: usize = 2;
/// The widest word in a cell.
const MARK_COLUMNS: usize = 9;
/// Columns that a certificate needs at least.
const LABEL_AT_LEAST: usize = 24;
/// Beyond so many certificates, those that open one Namespace as they should are counted and not shown.
const CLIENTS_SHOWN: usize = 60;
const NAMES_SHOWN: usize = 5;
const LEAKS_SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::super::testing::matrix;
    use super::*;

    fn style(columns: usize) -> Style {
        Style { color: false, columns, detail: Detail::Normal }
    }

    #[test]
    fn marks_stand_below_the_namespaces_when_they_fit() {
        let text = render(&matrix(), &style(100));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("orders.a1b2c  billing.a1b2c"), "{text}");
        assert!(lines[1].ends_with("admitted      contested"), "{text}");
        assert!(lines[3].ends_with("refused       -"), "{text}");
        assert!(!text.contains('\u{1b}'), "attacker text is written out");
        assert!(lines.iter().all(|line| line.len() <= 100 && line.trim_end() == *line), "{text}");
    }

    #[test]
    fn names_stand_beside_the_certificates_when_marks_do_not_fit() {
        let text = render(&matrix(), &style(50));
        assert!(text.lines().next().unwrap().ends_with("orders.a1b2c, billing…"), "{text}");
        assert!(text.lines().all(|line| defuse::width(line) <= 50), "{text}");
    }

    #[test]
    fn leaks_are_told_and_what_to_do() {
        let text = render(&matrix(), &style(140));
        assert!(
            text.contains("leak: worker.pem (CN=worker,O=acme) opens orders.a1b2c, billing.a1b2c"),
            "{text}"
        );
        assert!(text.contains("leak: the CA \"CN=shared,O=acme\" stands in 2 bundles"), "{text}");
        assert!(
            text.contains("\nleaking: 1 certificate opens more than one Namespace, and 1 CA is shared"),
            "{text}"
        );
    }
}
