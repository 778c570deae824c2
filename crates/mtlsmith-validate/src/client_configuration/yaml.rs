//! YAML and JSON as a tree with lines. An alias is the node it names, not a copy, so nothing grows; depth and number of nodes are
//! limited, and so is what aliases lead to: whoever walks through the tree visits that once for each alias.

use std::collections::HashMap;
use std::collections::HashSet;

use saphyr_parser::Event;
use saphyr_parser::Parser;
use saphyr_parser::ScalarStyle;

/// The documents of a text.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The root of each document.
    roots: Vec<usize>,
    /// Keys that stand a second time in their mapping.
    pub(super) repeated: Vec<RepeatedKey>,
    /// Why reading ended early, and the line.
    pub(super) fault: Option<(Fault, usize)>,
}

/// Why a text was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Syntax,
    TooDeep,
    TooMany,
    /// More stands behind aliases than is read.
    Aliases,
    /// An alias within what it names.
    Endless,
}

/// A key that stands a second time in its mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RepeatedKey {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) first: usize,
}

#[derive(Debug)]
struct Node {
    line: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Scalar { text: String, is_plain: bool, is_block: bool },
    Sequence(Vec<usize>),
    Mapping(Vec<(usize, usize)>),
}

/// A node of the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    tree: &'a Tree,
    node: &'a Node,
}

impl Tree {
    /// Reads a text as far as it can be read.
    pub(super) fn read(text: &str) -> Tree {
        let mut builder = Builder::default();
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            match event {
                Ok((event, span)) => {
                    let line = span.start.line();
                    if let Err(fault) = builder.take(event, line) {
                        builder.tree.fault = Some((fault, line));
                        break;
                    }
                }
                Err(error) => {
                    builder.tree.fault = Some((Fault::Syntax, error.marker().line()));
                    break;
                }
            }
        }
        builder.tree
    }

    /// The documents.
    pub(super) fn documents(&self) -> impl Iterator<Item = At<'_>> {
        self.roots.iter().filter_map(|root| self.at(*root))
    }

    fn at(&self, index: usize) -> Option<At<'_>> {
        Some(At { tree: self, node: self.nodes.get(index)? })
    }
}

impl<'a> At<'a> {
    /// Its line, counted from 1.
    pub(super) fn line(self) -> usize {
        self.node.line
    }

    /// The text of a scalar; nothing for null.
    pub(super) fn text(self) -> Option<&'a str> {
        match &self.node.content {
            Content::Scalar { text, is_plain, .. } => {
                let is_null = *is_plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
                (!is_null).then_some(text)
            }
            Content::Sequence(_) | Content::Mapping(_) => None,
        }
    }

    /// Is it a scalar written as a block, its text starting on the next line?
    pub(super) fn is_block(self) -> bool {
        matches!(self.node.content, Content::Scalar { is_block: true, .. })
    }

    /// The value of a key of a mapping.
    pub(super) fn get(self, key: &str) -> Option<At<'a>> {
        let own = self.pairs().into_iter().rfind(|(own, _)| own.text() == Some(key));
        own.or_else(|| self.entries().into_iter().find(|(own, _)| own.text() == Some(key)))
            .map(|(_, value)| value)
    }

    /// The value at the end of a path of keys.
    pub(super) fn path(self, keys: &[&str]) -> Option<At<'a>> {
        keys.iter().try_fold(self, |at, key| at.get(key))
    }

    /// Keys and values of a mapping, those merged in by `<<` behind. Each key once: of a repeated one the last counts, as in every
    /// reader that takes the file at all, and what is merged in fills gaps only.
    pub(super) fn entries(self) -> Vec<(At<'a>, At<'a>)> {
        let pairs = self.pairs();
        let (merged, own): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(key, _)| key.text() == Some(MERGE));
        let mut seen = HashSet::new();
        let mut entries: Vec<_> = own
            .into_iter()
            .rev()
            .filter(|(key, _)| key.text().is_none_or(|text| seen.insert(text)))
            .collect();
        entries.reverse();
        let merged = merged.into_iter().flat_map(|(_, value)| match value.node.content {
            Content::Sequence(_) => value.items(),
            _ => vec![value],
        });
        let merged =
            merged.flat_map(At::pairs).filter(|(key, _)| key.text().is_some_and(|text| seen.insert(text)));
        entries.extend(merged);
        entries
    }

    fn pairs(self) -> Vec<(At<'a>, At<'a>)> {
        let Content::Mapping(pairs) = &self.node.content else { return Vec::new() };
        pairs.iter().filter_map(|(key, value)| Some((self.tree.at(*key)?, self.tree.at(*value)?))).collect()
    }

    /// The items of a sequence.
    pub(super) fn items(self) -> Vec<At<'a>> {
        let Content::Sequence(items) = &self.node.content else { return Vec::new() };
        items.iter().filter_map(|item| self.tree.at(*item)).collect()
    }
}

#[derive(Default)]
struct Builder {
    tree: Tree,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    /// What walking through everything so far costs, what stands behind aliases once for each alias.
    cost: usize,
    /// The part of it that is due to aliases.
    aliased: usize,
}

/// What an anchor names.
#[derive(Clone, Copy)]
struct Anchored {
    node: usize,
    /// What walking through it costs; `None` while it is not closed.
    cost: Option<usize>,
}

/// A sequence or mapping that is not closed yet.
struct Open {
    node: usize,
    key: Option<usize>,
    anchor: usize,
    /// The cost before it.
    before: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Fault> {
        let (content, anchor, opens) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_block = matches!(style, ScalarStyle::Literal);
                let is_plain = matches!(style, ScalarStyle::Plain);
                (Content::Scalar { text: text.into_owned(), is_plain, is_block }, anchor, false)
            }
            Event::SequenceStart(anchor, _) => (Content::Sequence(Vec::new()), anchor, true),
            Event::MappingStart(anchor, _) => (Content::Mapping(Vec::new()), anchor, true),
            Event::Alias(anchor) => {
                let named = self.anchors.get(&anchor).copied().ok_or(Fault::Syntax)?;
                let cost = named.cost.ok_or(Fault::Endless)?;
                self.cost = self.cost.saturating_add(cost);
                self.aliased = self.aliased.saturating_add(cost);
                if self.aliased > ALIASED {
                    return Err(Fault::Aliases);
                }
                self.put(named.node);
                return Ok(());
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close();
                return Ok(());
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => return Ok(()),
        };
        if self.tree.nodes.len() >= NODES {
            return Err(Fault::TooMany);
        }
        let before = self.cost;
        let own = match &content {
            Content::Scalar { text, .. } => 1 + text.len() / BYTES_OF_A_VALUE,
            Content::Sequence(_) | Content::Mapping(_) => 1,
        };
        self.cost = self.cost.saturating_add(own);
        let node = self.tree.nodes.len();
        self.tree.nodes.push(Node { line, content });
        if anchor > 0 {
            self.anchors.insert(anchor, Anchored { node, cost: (!opens).then_some(own) });
        }
        self.put(node);
        if opens {
            if self.open.len() >= DEPTH {
                return Err(Fault::TooDeep);
            }
            self.open.push(Open { node, key: None, anchor, before });
        }
        Ok(())
    }

    /// Ends the innermost sequence or mapping.
    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let cost = self.cost.saturating_sub(open.before);
        if let Some(anchored) =
            self.anchors.get_mut(&open.anchor).filter(|anchored| anchored.node == open.node)
        {
            anchored.cost = Some(cost);
        }
        let Some(at) = self.tree.at(open.node) else { return };
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut repeated = Vec::new();
        for (key, _) in at.pairs() {
            let Some(name) = key.text().filter(|name| *name != MERGE) else { continue };
            match seen.get(name) {
                Some(first) if self.tree.repeated.len() + repeated.len() < REPEATED => {
                    repeated.push(RepeatedKey { name: name.to_owned(), line: key.line(), first: *first });
                }
                Some(_) => {}
                None => {
                    seen.insert(name, key.line());
                }
            }
        }
        self.tree.repeated.append(&mut repeated);
    }

    /// Puts a node where it belongs.
    fn put(&mut self, node: usize) {
        let Some(open) = self.open.last_mut() else {
            self.tree.roots.push(node);
            return;
        };
        match self.tree.nodes.get_mut(open.node).map(|node| &mut node.content) {
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping(pairs)) => match open.key.take() {
                Some(key) => pairs.push((key, node)),
                None => open.key = Some(node),
            },
            _ => {}
        }
    }
}

/// The key by which a mapping takes in others.
const MERGE: &str = "<<";

/// Repeated keys that are told; one is enough to have the file refused.
const REPEATED: usize = 20;

/// No manifest is deeper.
const DEPTH: usize = 64;

/// Nodes that stand behind aliases, once for each alias: files that repeat themselves by aliases are small.
const ALIASED: usize = 20_000;

/// A long text counts as so many nodes.
const BYTES_OF_A_VALUE: usize = 64;

/// Nodes of a text: a manifest of the largest size has fewer.
const NODES: usize = 200_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_beside_every_value() {
        let tree = Tree::read("kind: Secret\nmetadata:\n  name: tls\n---\n- a\n- {b: c}\n");
        let documents: Vec<At<'_>> = tree.documents().collect();
        assert_eq!(
            documents[0].path(&["metadata", "name"]).map(|at| (at.text(), at.line())),
            Some((Some("tls"), 3))
        );
        assert_eq!(documents[1].items()[1].get("b").map(At::line), Some(6));
    }

    #[test]
    fn json_is_read_too() {
        let tree = Tree::read("{\n\t\"kind\": \"Secret\",\n\t\"data\": {\"a\": \"b\\n\"}\n}");
        let document = tree.documents().next().unwrap();
        assert_eq!(document.path(&["data", "a"]).and_then(At::text), Some("b\n"), "{:?}", tree.fault);
        assert_eq!(document.get("kind").map(At::line), Some(2));
    }

    #[test]
    fn aliases_and_merges_point_at_what_they_name() {
        let tree = Tree::read("a: &x {k: v}\nb: *x\nc:\n  <<: *x\n  l: w\n");
        let document = tree.documents().next().unwrap();
        assert_eq!(document.path(&["b", "k"]).and_then(At::text), Some("v"));
        assert_eq!(document.path(&["c", "k"]).and_then(At::text), Some("v"));
        assert_eq!(document.path(&["c", "l"]).and_then(At::text), Some("w"));
    }

    #[test]
    fn an_alias_within_itself_ends() {
        let tree = Tree::read("a: &x\n  <<: *x\n  k: v\n");
        if let Some(document) = tree.documents().next() {
            assert_eq!(document.path(&["a", "zzz"]).map(At::line), None);
        }
    }

    #[test]
    fn depth_and_number_are_limited() {
        assert_eq!(Tree::read(&"[\n".repeat(65)).fault.map(|(fault, _)| fault), Some(Fault::TooDeep));
        assert!(Tree::read(&"[".repeat(100_000)).fault.is_some());
        assert!(Tree::read(&format!("{}{}", "[".repeat(64), "]".repeat(64))).fault.is_none());
        assert!(Tree::read(&format!("{}{}", "[".repeat(65), "]".repeat(65))).fault.is_some());
        let many = format!("[{}]", "a,".repeat(NODES));
        assert_eq!(Tree::read(&many).fault.map(|(fault, _)| fault), Some(Fault::TooMany));
    }

    #[test]
    fn an_alias_counts_as_all_that_it_leads_to() {
        let fault = |text: &str| Tree::read(text).fault;
        let list =
            |aliases: usize, values: &str| format!("a: &a [{values}]\nb: [{}]\n", "*a,".repeat(aliases));
        let values = "x,".repeat(999);
        assert_eq!(fault(&list(20, &values)), None);
        assert_eq!(fault(&list(21, &values)), Some((Fault::Aliases, 2)));
        let long = "x".repeat(64 * 998);
        assert_eq!(fault(&list(20, &long)), None);
        assert_eq!(fault(&list(21, &long)), Some((Fault::Aliases, 2)));
        let mut doubling = "a0: &a0 [x, x]\n".to_owned();
        for level in 1..40 {
            doubling.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1));
        }
        assert_eq!(fault(&doubling).map(|(fault, _)| fault), Some(Fault::Aliases));
        assert_eq!(fault("a: &x\n  - k\n  - *x\n"), Some((Fault::Endless, 3)));
        assert_eq!(fault("a: &x 1\nb: &x [2]\nc: *x\n"), None);
    }

    #[test]
    fn the_last_of_a_repeated_key_counts_and_is_told() {
        let tree = Tree::read("d: {a: x}\nd:\n  a: y\n  \"a\": z\n  <<: {a: w, b: v}\n  <<: {c: u}\n");
        let document = tree.documents().next().unwrap();
        assert_eq!(document.path(&["d", "a"]).and_then(At::text), Some("z"));
        let held = document.get("d").unwrap().entries();
        let held: Vec<_> = held.iter().map(|(key, value)| (key.text(), value.text())).collect();
        assert_eq!(held, [(Some("a"), Some("z")), (Some("b"), Some("v")), (Some("c"), Some("u"))]);
        let told: Vec<_> = tree.repeated.iter().map(|key| (key.name.as_str(), key.first, key.line)).collect();
        assert_eq!(told, [("a", 3, 4), ("d", 1, 2)]);
        assert_eq!(Tree::read("a: 1\nb: {a: 1}\nc: [{a: 1}, {a: 1}]\n---\na: 2\n").repeated, []);
        assert_eq!(Tree::read(&"a: 1\n".repeat(100)).repeated.len(), REPEATED);
    }

    #[test]
    fn a_merge_of_several_mappings_takes_each() {
        let tree = Tree::read("a: &x {k: v}\nb: &y {l: w}\nc:\n  <<: [*x, *y]\n");
        let document = tree.documents().next().unwrap();
        assert_eq!(document.path(&["c", "k"]).and_then(At::text), Some("v"));
        assert_eq!(document.path(&["c", "l"]).and_then(At::text), Some("w"));
    }
}
