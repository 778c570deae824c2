//! The chains of a bundle as a tree: each root with what hangs below it, and what reaches no root under a heading of its own.

mod details;

use std::collections::BTreeSet;

use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::graph::Link;
use mtlsmith_validate::graph::Node;
use mtlsmith_validate::graph::Role;

use crate::Detail;
use crate::Document;
use crate::Style;
use crate::defuse;
use crate::text;
use crate::text::layout::Tone;
use crate::text::layout::count;
use crate::text::layout::list;
use crate::text::layout::paint;
use crate::text::layout::wrap;

/// The whole picture of a bundle.
pub(crate) fn render(document: &Document<'_>, style: &Style) -> String {
    draw(document, style, Kind::Bundle)
}

/// The same of a client's file, which need not hold a root.
pub(crate) fn render_chain(document: &Document<'_>, style: &Style) -> String {
    draw(document, style, Kind::Chain)
}

/// What is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bundle,
    Chain,
}

fn draw(document: &Document<'_>, style: &Style, kind: Kind) -> String {
    let text = text::summary_header(document, style);
    let mut drawing = Drawing { document, style, kind, drawn: BTreeSet::new(), text };
    let nodes = document.report.graph.nodes();
    let tops = |wanted: fn(&Node) -> bool| {
        let matching =
            nodes.iter().enumerate().filter(move |(_, node)| wanted(node) && node.duplicate_of.is_none());
        matching.map(|(index, _)| index).collect::<Vec<usize>>()
    };
    for root in tops(|node| node.role == Role::Root) {
        drawing.tree(root);
    }
    // Where no chain ends, trees start at whatever has no issuer here; what is left after that hangs in a circle.
    let unrooted = tops(|node| node.role != Role::Root && node.effective_expiry.is_none());
    if !unrooted.is_empty() && kind == Kind::Bundle {
        drawing.heading("No chain to a root of this bundle");
    }
    let (ends, circles): (Vec<usize>, Vec<usize>) = unrooted
        .into_iter()
        .partition(|&index| nodes.get(index).is_some_and(|node| node.link.issuers().is_empty()));
    for top in ends.into_iter().chain(circles) {
        if !drawing.drawn.contains(&top) {
            drawing.tree(top);
        }
    }
    drawing.other_blocks();
    drawing.text
}

struct Drawing<'a> {
    document: &'a Document<'a>,
    style: &'a Style,
    kind: Kind,
    /// The members that were drawn with all their details.
    drawn: BTreeSet<usize>,
    text: String,
}

impl Drawing<'_> {
    fn heading(&mut self, heading: &str) {
        self.text.push('\n');
        self.text.push_str(&paint(self.style, Tone::Bad, heading));
        self.text.push('\n');
    }

    /// One tree, with a blank line before it.
    fn tree(&mut self, top: usize) {
        self.text.push('\n');
        self.branch(top, "", "");
    }

    /// A member and everything below it. `first` stands before its name, `rest` before every other line.
    fn branch(&mut self, index: usize, first: &str, rest: &str) {
        let report = self.document.report;
        let (Some(member), Some(node)) = (report.bundle.members.get(index), report.graph.node(index)) else {
            return;
        };
        let again = !self.drawn.insert(index);
        self.name(member, node, again, first);
        if again {
            return;
        }
        let children = self.children(index);
        let bar = if children.is_empty() { "   " } else { "│  " };
        self.details(member, node, &format!("{rest}{bar}"));
        for (place, &child) in children.iter().enumerate() {
            let (first, below) =
                if place + 1 == children.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            if self.style.detail != Detail::Quiet {
                self.line(&format!("{rest}│"), "");
            }
            self.branch(child, &format!("{rest}{first}"), &format!("{rest}{below}"));
        }
    }

    /// The members below this one: neither copies of another, nor roots, which have trees of their own.
    fn children(&self, index: usize) -> Vec<usize> {
        let graph = &self.document.report.graph;
        let below = graph.issued_by(index).filter(|&child| {
            graph.node(child).is_some_and(|node| node.duplicate_of.is_none() && node.role != Role::Root)
        });
        below.collect()
    }

    /// `2 intermediate  CN=issuing,O=acme`.
    fn name(&mut self, member: &Member, node: &Node, again: bool, prefix: &str) {
        let role = text::role_name(node.role);
        let behind = if again { "  (drawn above)" } else { "" };
        let head = format!("{} {role}", member.number());
        let used = defuse::width(prefix) + defuse::width(&head) + 2 + behind.len();
        let room = text::columns(self.style).saturating_sub(used).max(16);
        let name = defuse::fit(&text::member_name(member), room);
        let tone = if node.role == Role::Unreadable { Tone::Bad } else { Tone::Strong };
        let shown =
            format!("{head}  {}{}", paint(self.style, tone, &name), paint(self.style, Tone::Faint, behind));
        self.line(prefix, &shown);
    }

    fn details(&mut self, member: &Member, node: &Node, prefix: &str) {
        let columns = text::columns(self.style).saturating_sub(defuse::width(prefix) + FIELD_COLUMNS);
        let mut fields = details::fields(self.document, member, node, self.style.detail);
        let expected = self.kind == Kind::Chain && matches!(node.link, Link::Missing | Link::Signed(_));
        if let Some(reason) = self.reason(member, node).filter(|_| !expected) {
            fields.insert(0, details::Field::toned(Tone::Bad, "problem", reason));
        } else if let (Some(certificate), Link::Missing) = (member.certificate(), &node.link) {
            let issuer = defuse::shown(&certificate.issuer().to_string(), ISSUER_COLUMNS);
            fields.insert(
                0,
                details::Field::toned(Tone::Faint, "issuer", format!("{issuer}, not in this file")),
            );
        }
        for field in fields {
            for (row, line) in field.lines(columns).iter().enumerate() {
                let label = if row == 0 { field.label } else { "" };
                let label = text::layout::pad(label, FIELD_COLUMNS);
                let value = field.tone.map_or_else(|| line.clone(), |tone| paint(self.style, tone, line));
                self.line(prefix, &format!("{}{value}", paint(self.style, Tone::Faint, &label)));
            }
        }
    }

    /// Why no chain goes on from here.
    fn reason(&self, member: &Member, node: &Node) -> Option<String> {
        if node.effective_expiry.is_some() {
            return None;
        }
        let certificate = member.certificate()?;
        let numbers = |members: &[usize]| {
            let words: Vec<String> = members.iter().map(|index| (index + 1).to_string()).collect();
            format!("certificate{} {}", if words.len() == 1 { "" } else { "s" }, list(&words))
        };
        Some(match &node.link {
            Link::Missing => {
                let issuer = defuse::shown(&certificate.issuer().to_string(), ISSUER_COLUMNS);
                format!("its issuer is not in the bundle: {issuer}")
            }
            Link::WrongKey(named) => format!("signed with another key than that of {}", numbers(named)),
            Link::NotReached => "not examined: the check stopped at its limit of work".to_owned(),
            Link::Unchecked(issuers) | Link::Signed(issuers) => {
                format!("hangs on {}, and no chain goes on from there to a root", numbers(issuers))
            }
        })
    }

    /// What else lies in the file, by label.
    fn other_blocks(&mut self) {
        let bundle = &self.document.report.bundle;
        let is_member = |index: usize| bundle.members.iter().any(|member| member.block == Some(index));
        let others = bundle.scan.blocks.iter().enumerate().filter(|(index, _)| !is_member(*index));
        let others: Vec<String> = others
            .map(|(_, block)| format!("{} at line {}", block.shown_label(), block.lines.first))
            .collect();
        if others.is_empty() {
            return;
        }
        let sentence =
            format!("Besides, the file holds {}: {}.", count(others.len(), "other block"), list(&others));
        self.text.push('\n');
        for line in wrap(&sentence, text::columns(self.style)) {
            self.line("", &line);
        }
    }

    fn line(&mut self, prefix: &str, content: &str) {
        let prefix = if content.is_empty() { prefix.trim_end() } else { prefix };
        self.text.push_str(&paint(self.style, Tone::Faint, prefix));
        self.text.push_str(content);
        self.text.push('\n');
    }
}

/// The column of a detail's value.
const FIELD_COLUMNS: usize = 13;

/// An issuer's name within a sentence.
const ISSUER_COLUMNS: usize = 160;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_validate::Profile;
    use mtlsmith_validate::check_bundle;
    use mtlsmith_validate::time::Timestamp;

    use super::render;
    use crate::Detail;
    use crate::Document;
    use crate::Style;

    fn drawing(input: &str) -> String {
        let report =
            check_bundle(input.as_bytes(), &Profile::temporal_cloud(), Timestamp::from_unix(testkit::NOW));
        let style = Style { color: false, columns: 80, detail: Detail::Quiet };
        render(&Document { name: "ca.pem", input: input.as_bytes(), report: &report, client: None }, &style)
    }

    /// The lines that name a certificate.
    fn names(input: &str) -> Vec<String> {
        let named = |line: &&str| {
            line.contains("root  ") || line.contains("intermediate  ") || line.contains("end-entity  ")
        };
        drawing(input).lines().filter(named).map(str::to_owned).collect()
    }

    #[test]
    fn a_cross_signed_ca_hangs_below_both_roots_and_is_told_once() {
        let (old, new) = (testkit::root("old"), testkit::root("new"));
        let builder = testkit::intermediate_builder("issuing").ca(Some(1));
        let (by_old, by_new) = (builder.signed_by(&old), builder.signed_by(&new));
        let below = testkit::intermediate("below", &by_old);
        assert_eq!(
            names(&testkit::bundle(&[&old, &new, &by_old, &by_new, &below])),
            [
                "1 root  CN=old,O=acme",
                "└─ 3 intermediate  CN=issuing,O=acme",
                "   └─ 5 intermediate  CN=below,O=acme",
                "2 root  CN=new,O=acme",
                "└─ 4 intermediate  CN=issuing,O=acme",
                "   └─ 5 intermediate  CN=below,O=acme  (drawn above)",
            ]
        );
    }

    #[test]
    fn cas_that_signed_each_other_are_drawn_once_below_the_heading() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let one_by_two = testkit::root_builder("one").signed_by(&two);
        let two_by_one = testkit::root_builder("two").signed_by(&one);
        let input = testkit::bundle(&[&one_by_two, &two_by_one]);
        assert!(drawing(&input).contains("\nNo chain to a root of this bundle\n"));
        assert_eq!(
            names(&input),
            [
                "1 intermediate  CN=one,O=acme",
                "└─ 2 intermediate  CN=two,O=acme",
                "   └─ 1 intermediate  CN=one,O=acme  (drawn above)",
            ]
        );
    }

    #[test]
    fn each_broken_end_says_why() {
        let root = testkit::root("root");
        let forged = testkit::intermediate_builder("forged")
            .signed_by_key("O=acme,CN=root", &testkit::Key::p256("another"));
        let orphan = testkit::intermediate("orphan", &testkit::root("elsewhere"));
        let broken = testkit::pem_block("CERTIFICATE", &[0x30, 0x00]);
        let text = drawing(&format!("{}{broken}", testkit::bundle(&[&root, &forged, &orphan])));
        assert!(text.contains("signed with another key than that of certificate 1"), "{text}");
        assert!(text.contains("its issuer is not in the bundle: CN=elsewhere,O=acme"), "{text}");
        assert!(text.contains("4 unreadable  ("), "{text}");
    }

    #[test]
    fn copies_are_told_at_the_first_and_other_blocks_at_the_end() {
        let root = testkit::root("root");
        let key = testkit::pem_block("PRIVATE KEY", b"not shown");
        let text = drawing(&format!("{}{key}", testkit::bundle(&[&root, &root])));
        assert_eq!(text.matches("CN=root,O=acme").count(), 1);
        assert!(text.contains("repeated     byte for byte as certificate 2"), "{text}");
        assert!(
            text.ends_with("\nBesides, the file holds 1 other block: PRIVATE KEY at line 21.\n"),
            "{text}"
        );
    }
}
