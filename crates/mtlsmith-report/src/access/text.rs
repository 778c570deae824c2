//! The matrix for a terminal: words when the Namespaces fit beside each other, else signs below their numbers, else the names of those
//! that each certificate opens.

use mtlsmith_validate::admission::Access;
use mtlsmith_validate::finding::Fact;

use super::AccessClient;
use super::AccessMatrix;
use super::labels::labels;
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
        let (clients, hidden) = shown_clients(matrix, style);
        text.push_str(&table(matrix, &clients, style));
        for line in hidden.iter().flat_map(|line| wrap(line, columns(style).saturating_sub(GAP))) {
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

/// All clients, or of very many some: those that open several Namespaces, then those that open none; and what is left out, in words.
fn shown_clients<'a>(matrix: &'a AccessMatrix, style: &Style) -> (Vec<&'a AccessClient>, Option<String>) {
    if matrix.clients.len() <= CLIENTS_SHOWN || style.detail == Detail::Verbose {
        return (matrix.clients.iter().collect(), None);
    }
    let opened = |client: &AccessClient| client.opens().take(2).count();
    let of = |number: usize| matrix.clients.iter().filter(move |client| opened(client) == number);
    let mut clients: Vec<&AccessClient> = of(2).chain(of(0)).collect();
    let more = clients.len().saturating_sub(CLIENTS_SHOWN);
    clients.truncate(CLIENTS_SHOWN);
    let mut hidden = Vec::new();
    if more > 0 {
        let (several, none) = (of(2).count(), of(0).count());
        hidden.push(format!(
            "{} like these ({} that open several Namespaces and {} that open none, in all)",
            Fact::from(more),
            Fact::from(several),
            Fact::from(none)
        ));
    }
    match of(1).count() {
        0 => {}
        one => hidden.push(format!("{} that open one Namespace each", Fact::from(one))),
    }
    let words = (!hidden.is_empty())
        .then(|| format!("left out: {}; --verbose shows every certificate", hidden.join(", and ")));
    (clients, words)
}

fn table(matrix: &AccessMatrix, clients: &[&AccessClient], style: &Style) -> String {
    let names: Vec<String> =
        matrix.namespaces.iter().map(|namespace| defuse::for_terminal(&namespace.name)).collect();
    let widths: Vec<usize> = names.iter().map(|name| defuse::width(name).max(MARK_COLUMNS)).collect();
    let room = columns(style).saturating_sub(GAP);
    let needed = |widths: &[usize]| widths.iter().map(|width| width + GAP).sum::<usize>();
    if needed(&widths) + LABEL_AT_LEAST <= room {
        let table = marks(clients, &names, &widths, room - needed(&widths), style, word);
        let lines = legend(clients).map(|line| wrap(&line, room)).unwrap_or_default();
        let lines = lines.iter().map(|line| format!("  {}\n", paint(style, Tone::Faint, line)));
        return table + &lines.collect::<String>();
    }
    let numbers: Vec<String> = (1..=names.len()).map(|number| number.to_string()).collect();
    let narrow: Vec<usize> = numbers.iter().map(String::len).collect();
    if needed(&narrow) + LABEL_AT_LEAST > room {
        return lists(matrix, clients, room, style);
    }
    let table = marks(clients, &numbers, &narrow, room - needed(&narrow), style, sign);
    let keys: Vec<String> =
        numbers.iter().zip(&names).map(|(number, name)| format!("{number}={name}")).collect();
    let legend = wrap(&format!("{}.", keys.join(", ")), room).into_iter().chain([SIGNS.to_owned()]);
    let legend = legend.map(|line| format!("  {}\n", paint(style, Tone::Faint, &line)));
    table + &legend.collect::<String>()
}

/// What those words mean that do not say it themselves, where they stand in the table.
fn legend(clients: &[&AccessClient]) -> Option<String> {
    let stands = |access: &Access| clients.iter().any(|client| client.row.contains(access));
    let meanings = [
        (Access::NoChain, "-: the Namespace has no CA of it"),
        (Access::Filtered, "filtered: the CA is known, but no filter lets it pass"),
        (Access::Contested, "contested: some kinds of servers let it in"),
    ];
    let told: Vec<&str> =
        meanings.iter().filter(|(access, _)| stands(access)).map(|(_, meaning)| *meaning).collect();
    (!told.is_empty()).then(|| format!("{}.", told.join("; ")))
}

/// One column per Namespace.
fn marks(
    clients: &[&AccessClient],
    names: &[String],
    widths: &[usize],
    room: usize,
    style: &Style,
    mark: fn(Access) -> &'static str,
) -> String {
    let labels = labels(clients, room);
    let label_width = labels.first().map_or(0, |label| defuse::width(label));
    let mut text = format!("  {}", pad("", label_width));
    for (name, width) in names.iter().zip(widths) {
        text.push_str(&format!("  {}", paint(style, Tone::Faint, &pad(name, *width))));
    }
    let mut text = format!("{}\n", text.trim_end());
    for (client, label) in clients.iter().zip(labels) {
        let mut line = format!("  {label}");
        let mut owed = 0;
        for (access, width) in client.row.iter().zip(widths) {
            let word = mark(*access);
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
    let labels = labels(clients, room * 2 / 3);
    let mut text = String::new();
    for (client, label) in clients.iter().zip(labels) {
        let opens: Vec<usize> = client.opens().collect();
        let names = opened(matrix, &opens, room.saturating_sub(defuse::width(&label) + GAP));
        let tone = match opens.len() {
            0 => Tone::Faint,
            1 => Tone::Good,
            _ => Tone::Bad,
        };
        text.push_str(&format!("  {label}  {}\n", paint(style, tone, &names)));
    }
    text
}

/// As many names as fit, and how many more there are; the number alone when not one fits.
fn opened(matrix: &AccessMatrix, opens: &[usize], room: usize) -> String {
    let at_most = opens.len().min(NAMES_SHOWN);
    let told = (1..=at_most.max(1))
        .rev()
        .map(|number| defuse::for_terminal(&matrix.names(opens.iter().copied(), number)));
    let mut fitting = told.filter(|names| defuse::width(names) <= room);
    fitting.next().unwrap_or_else(|| match opens {
        [only] => defuse::fit(&defuse::for_terminal(matrix.name(*only)), room),
        several => defuse::fit(&count(several.len(), "Namespace"), room),
    })
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
    let refused = |client: &&AccessClient| client.opens().next().is_none() && client.refusal.is_some();
    for client in matrix.clients.iter().filter(refused).take(LEAKS_SHOWN) {
        let reason = client.refusal.as_deref().unwrap_or_default();
        say(Tone::Careful, "warning", format!("{} ({}) is refused: {reason}", client.file, client.subject));
    }
    let leaks = matrix.leaks().count().saturating_sub(LEAKS_SHOWN);
    if leaks > 0 {
        let leaks = count(leaks, "more certificate");
        say(Tone::Bad, "leak", format!("{leaks}; --format json lists them all"));
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

fn word(access: Access) -> &'static str {
    match access {
        Access::NoChain => "-",
        other => other.as_str(),
    }
}

/// The word as one sign.
fn sign(access: Access) -> &'static str {
    match access {
        Access::Admitted => "+",
        Access::Contested => "?",
        Access::Filtered => "f",
        Access::Refused => "x",
        Access::NoChain => "-",
    }
}

/// What the signs mean.
const SIGNS: &str = "+ admitted, ? contested, f filtered, x refused, - no CA of it";

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
    use super::super::AccessNamespace;
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
    fn what_a_word_means_and_why_one_is_refused_is_said() {
        let text = render(&matrix(), &style(100));
        let said = text.replace("\n  ", " ");
        assert!(said.contains("-: the Namespace has no CA of it; filtered: the CA is known"), "{text}");
        assert!(
            text.contains("warning: old.pem (CN=old) is refused: the certificate expired yesterday"),
            "{text}"
        );
    }

    #[test]
    fn that_nobody_gets_in_is_said() {
        let mut matrix = matrix();
        matrix.clients.retain(|client| client.file == "old.pem");
        matrix.shared.clear();
        let text = render(&matrix, &style(100));
        assert!(text.contains("tight: Nothing leaks, since none of these certificates opens any"), "{text}");
    }

    #[test]
    fn signs_stand_below_numbers_when_names_do_not_fit() {
        let text = render(&matrix(), &style(50));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("  1  2") && lines[1].ends_with("  +  ?"), "{text}");
        assert_eq!(lines[4..6], ["  1=orders.a1b2c, 2=billing.a1b2c.", &format!("  {SIGNS}")]);
    }

    #[test]
    fn names_stand_beside_the_certificates_when_numbers_do_not_fit_either() {
        let mut matrix = matrix();
        for number in 0..30 {
            matrix.namespaces.push(AccessNamespace {
                name: format!("more-{number}.a1b2c"),
                filters: 0,
                is_sound: true,
            });
        }
        let text = render(&matrix, &style(50));
        assert!(text.lines().next().unwrap().ends_with("  2 Namespaces"), "{text}");
        let too_long = text.lines().find(|line| defuse::width(line) > 50 && !line.contains("(mtlsmith "));
        assert_eq!(too_long, None, "{text}");
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
