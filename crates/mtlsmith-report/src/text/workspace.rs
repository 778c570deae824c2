//! The first screen that a newcomer sees: what a Namespace has now, where it lies, and what to do next.

use mtlsmith_validate::time::Timestamp;

use super::columns;
use super::layout::Standing;
use super::layout::Tone;
use super::layout::duration;
use super::layout::pad;
use super::layout::paint;
use super::layout::wrap;
use super::table;
use super::table::Cell;
use super::table::Column;
use super::table::Row;
use crate::Detail;
use crate::Style;
use crate::defuse;

/// What was made for a Namespace.
#[derive(Debug, Clone, Copy)]
pub struct Workspace<'a> {
    /// The sentence on top.
    pub headline: &'a str,
    /// Is everything as it should be?
    pub is_sound: bool,
    /// The certificates, the CA first.
    pub certificates: &'a [WorkspaceCertificate],
    /// What was checked, a sentence each.
    pub checked: &'a [String],
    /// The folder below which everything lies.
    pub folder: &'a str,
    /// The files, by their paths below the folder; those of one directory side by side.
    pub files: &'a [WorkspaceFile],
    /// What to do next, in order.
    pub steps: &'a [NextStep],
    /// The time for which it is told.
    pub now: Timestamp,
}

/// A certificate of a workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceCertificate {
    /// What it is, such as `CA`.
    pub role: &'static str,
    /// Its subject.
    pub subject: String,
    /// Its key, such as `P-256`.
    pub key: String,
    /// From when it works.
    pub not_before: Timestamp,
    /// Until when it works.
    pub until: Timestamp,
}

/// A file of a workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceFile {
    /// Below the folder, with `/`.
    pub path: String,
    /// What it is for.
    pub remark: &'static str,
    /// Is it a secret?
    pub is_secret: bool,
}

/// Something to do, in one of several ways.
#[derive(Debug, Clone)]
pub struct NextStep {
    /// What, as a sentence.
    pub what: String,
    /// How.
    pub ways: Vec<Way>,
}

/// One way to do it.
#[derive(Debug, Clone)]
pub struct Way {
    /// With which tool; empty when there is but one way.
    pub tool: &'static str,
    /// A command or a text to copy, or what to do with the mouse.
    pub text: String,
    /// Is it a command of a shell, which is never broken?
    pub is_command: bool,
}

/// For people at a terminal; for a quiet user the folder alone.
pub fn render(workspace: &Workspace<'_>, style: &Style) -> String {
    if style.detail == Detail::Quiet {
        return format!("{}\n", defuse::for_terminal(workspace.folder));
    }
    let tone = if workspace.is_sound { Tone::Good } else { Tone::Careful };
    let headline = wrap(&defuse::for_terminal(workspace.headline), columns(style));
    let mut text: String = headline.iter().map(|line| paint(style, tone, line) + "\n").collect();
    text.push('\n');
    text.push_str(&certificates(workspace, style));
    text.push('\n');
    for sentence in workspace.checked {
        for (index, line) in wrap(sentence, columns(style).saturating_sub(4)).iter().enumerate() {
            let mark = if index == 0 { paint(style, Tone::Good, "✓") } else { " ".to_owned() };
            text.push_str(&format!("  {mark} {}\n", defuse::for_terminal(line)));
        }
    }
    text.push('\n');
    text.push_str(&tree(workspace, style));
    for (step, number) in workspace.steps.iter().zip(1..) {
        text.push_str(&next(step, number, style));
    }
    text
}

fn certificates(workspace: &Workspace<'_>, style: &Style) -> String {
    let row = |certificate: &WorkspaceCertificate| {
        let (left, tone) = match Standing::of(certificate.not_before, certificate.until, workspace.now) {
            Standing::Over(since) => (format!("ended {} ago", duration(since)), Tone::Bad),
            Standing::NotYet => ("not yet valid".to_owned(), Tone::Careful),
            Standing::Left(left) => (duration(left), Tone::Faint),
        };
        let cells = vec![
            Cell::of(certificate.role).toned(Tone::Strong),
            Cell::of(&certificate.subject),
            Cell::of(&certificate.key),
            Cell::of(&certificate.until.date()),
            Cell::of(&left).toned(tone),
        ];
        Row { cells, below: None }
    };
    let rows: Vec<Row> = workspace.certificates.iter().map(row).collect();
    table::render(&COLUMNS, &rows, style)
}

/// The files as a tree: `namespaces/orders.a1b2c` is one node when nothing else lies in `namespaces`.
fn tree(workspace: &Workspace<'_>, style: &Style) -> String {
    let files: Vec<(Vec<&str>, &WorkspaceFile)> =
        workspace.files.iter().map(|file| (file.path.split('/').collect(), file)).collect();
    let refs: Vec<(&[&str], &WorkspaceFile)> =
        files.iter().map(|(parts, file)| (parts.as_slice(), *file)).collect();
    let mut lines = Vec::new();
    branch(&refs, "", &mut lines);
    let widest = lines.iter().filter(|line| line.file.is_some()).map(|line| defuse::width(&line.text)).max();
    let widest = widest.unwrap_or(0);
    let mut text = format!("{}\n", paint(style, Tone::Strong, &defuse::for_terminal(workspace.folder)));
    for Line { text: drawn, file } in &lines {
        let Some(file) = file else {
            text.push_str(&format!("{drawn}\n"));
            continue;
        };
        let remark = if file.is_secret {
            paint(style, Tone::Careful, file.remark)
        } else {
            paint(style, Tone::Faint, file.remark)
        };
        text.push_str(&format!("{}  {remark}\n", pad(drawn, widest)));
    }
    text
}

/// A line of the tree.
struct Line<'a> {
    text: String,
    file: Option<&'a WorkspaceFile>,
}

fn branch<'a>(files: &[(&[&str], &'a WorkspaceFile)], indent: &str, lines: &mut Vec<Line<'a>>) {
    let groups: Vec<&[(&[&str], &WorkspaceFile)]> = files
        .chunk_by(|one, next| one.0.len() > 1 && next.0.len() > 1 && one.0.first() == next.0.first())
        .collect();
    let last = groups.len().saturating_sub(1);
    for (index, _) in groups.iter().enumerate() {
        let start: usize = groups.iter().take(index).map(|group| group.len()).sum();
        let group = files.get(start..).unwrap_or_default();
        let group = group.get(..groups.get(index).map_or(0, |group| group.len())).unwrap_or_default();
        let (joint, below) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        // As many directories as all files of the group lie in together make one node.
        let Some((first, file)) = group.first() else { continue };
        let shared = (0..first.len().saturating_sub(1))
            .take_while(|&depth| {
                group.iter().all(|(parts, _)| parts.len() > depth + 1 && parts.get(depth) == first.get(depth))
            })
            .count();
        if shared == 0 {
            let name = defuse::for_terminal(&first.join("/"));
            lines.push(Line { text: format!("{indent}{joint}{name}"), file: Some(*file) });
            continue;
        }
        let node = defuse::for_terminal(&first.get(..shared).unwrap_or_default().join("/"));
        lines.push(Line { text: format!("{indent}{joint}{node}"), file: None });
        let inner: Vec<(&[&str], &WorkspaceFile)> =
            group.iter().map(|(parts, file)| (parts.get(shared..).unwrap_or_default(), *file)).collect();
        branch(&inner, &format!("{indent}{below}"), lines);
    }
}

fn next(step: &NextStep, number: usize, style: &Style) -> String {
    let columns = columns(style);
    let what = wrap(&defuse::for_terminal(&step.what), columns.saturating_sub(3));
    let mut text = "\n".to_owned();
    for (index, line) in what.iter().enumerate() {
        let number =
            if index == 0 { paint(style, Tone::Strong, &format!("{number}.")) } else { "  ".to_owned() };
        text.push_str(&format!("{number} {}\n", paint(style, Tone::Strong, line)));
    }
    let widest = step.ways.iter().map(|way| defuse::width(way.tool)).max().unwrap_or(0);
    let indent = if widest == 0 { 3 } else { widest + 5 };
    for way in &step.ways {
        let harmless = defuse::for_terminal(&way.text);
        let room = columns.saturating_sub(indent).max(20);
        let lines = match way.is_command {
            // What is copied stays one line, however long: a terminal breaks it for the eye alone.
            true => vec![harmless],
            false => wrap(&harmless, room),
        };
        for (index, line) in lines.iter().enumerate() {
            let tool = if index == 0 { way.tool } else { "" };
            let tool = match widest {
                0 => String::new(),
                _ => paint(style, Tone::Faint, &pad(tool, widest)) + "  ",
            };
            text.push_str(&format!("   {tool}{line}\n"));
        }
    }
    text
}

const COLUMNS: [Column; 5] = [
    Column { heading: "", at_least: None },
    Column { heading: "subject", at_least: Some(20) },
    Column { heading: "key", at_least: None },
    Column { heading: "until", at_least: None },
    Column { heading: "left", at_least: None },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, is_secret: bool) -> WorkspaceFile {
        WorkspaceFile { path: path.to_owned(), remark: "what it is for", is_secret }
    }

    fn text(columns: usize) -> String {
        let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
        let certificate = WorkspaceCertificate {
            role: "CA",
            subject: "CN=orders Temporal client CA 2026-11 3f9a1c,O=orders".to_owned(),
            key: "P-384".to_owned(),
            not_before: now,
            until: now.plus(86_400 * 365),
        };
        let way = |tool| {
            Way {
            tool,
            text: "tcld namespace accepted-client-ca add --namespace orders.a1b2c --ca-certificate-file ca-bundle.pem".to_owned(),
            is_command: true,
        }
        };
        let workspace = Workspace {
            headline: "orders.a1b2c has all it needs.",
            is_sound: true,
            certificates: &[certificate],
            checked: &["Read back from the disk: everything is well.".to_owned()],
            folder: "/state",
            files: &[
                file("namespaces/orders.a1b2c/ca-bundle.pem", false),
                file("namespaces/orders.a1b2c/leaves/worker/current/tls.crt", false),
                file("namespaces/orders.a1b2c/leaves/worker/current/tls.key", true),
                file("authorities/orders.a1b2c/current/ca.key", true),
            ],
            steps: &[NextStep {
                what: "Let the Namespace trust the CA.".to_owned(),
                ways: vec![way("tcld"), way("")],
            }],
            now,
        };
        render(&workspace, &Style { color: false, columns, detail: Detail::Normal })
    }

    #[test]
    fn everything_fits_and_commands_can_be_copied() {
        for columns in [80, 100, 140] {
            let text = text(columns);
            let command = "add --namespace orders.a1b2c --ca-certificate-file ca-bundle.pem";
            assert_eq!(text.lines().filter(|line| line.ends_with(command)).count(), 2, "{text}");
            let others = text.lines().filter(|line| !line.ends_with(command));
            assert!(others.clone().all(|line| line.chars().count() <= columns), "{text}");
        }
    }

    #[test]
    fn directories_with_one_thing_in_them_are_one_node() {
        let drawn: Vec<String> = text(80)
            .lines()
            .skip_while(|line| *line != "/state")
            .take(8)
            .map(|line| line.split("  what").next().unwrap().trim_end().to_owned())
            .collect();
        assert_eq!(
            drawn,
            [
                "/state",
                "├─ namespaces/orders.a1b2c",
                "│  ├─ ca-bundle.pem",
                "│  └─ leaves/worker/current",
                "│     ├─ tls.crt",
                "│     └─ tls.key",
                "└─ authorities/orders.a1b2c/current",
                "   └─ ca.key"
            ]
        );
    }
}
