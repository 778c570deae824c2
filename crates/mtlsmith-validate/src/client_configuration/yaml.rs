//! YAML and JSON as a tree with lines. An alias is the node it names, not a copy, so nothing grows; depth and number of nodes are
//! limited.

use std::collections::HashMap;

use saphyr_parser::Event;
use saphyr_parser::Parser;
use saphyr_parser::ScalarStyle;

/// The documents of a text.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The root of each document.
    roots: Vec<usize>,
    /// Why reading ended early, and the line.
    pub(super) fault: Option<(Fault, usize)>,
}

/// Why a text was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Syntax,
    TooDeep,
    TooMany,
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
        let own = self.entries().into_iter().find(|(own, _)| own.text() == Some(key));
        own.map(|(_, value)| value)
    }

    /// The value at the end of a path of keys.
    pub(super) fn path(self, keys: &[&str]) -> Option<At<'a>> {
        keys.iter().try_fold(self, |at, key| at.get(key))
    }

    /// Keys and values of a mapping, those merged in by `<<` last.
    pub(super) fn entries(self) -> Vec<(At<'a>, At<'a>)> {
        let own = self.pairs();
        let merged = own.iter().filter(|(key, _)| key.text() == Some("<<"));
        let merged: Vec<_> = merged
            .flat_map(|(_, value)| match value.node.content {
                Content::Sequence(_) => value.items(),
                _ => vec![*value],
            })
            .flat_map(|merged| merged.pairs())
            .collect();
        own.into_iter().chain(merged).collect()
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
    anchors: HashMap<usize, usize>,
}

/// A sequence or mapping that is not closed yet.
struct Open {
    node: usize,
    key: Option<usize>,
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
                let node = self.anchors.get(&anchor).copied().ok_or(Fault::Syntax)?;
                self.put(node);
                return Ok(());
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
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
        let node = self.tree.nodes.len();
        self.tree.nodes.push(Node { line, content });
        if anchor > 0 {
            self.anchors.insert(anchor, node);
        }
        self.put(node);
        if opens {
            if self.open.len() >= DEPTH {
                return Err(Fault::TooDeep);
            }
            self.open.push(Open { node, key: None });
        }
        Ok(())
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

/// No manifest is deeper.
const DEPTH: usize = 64;

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
}
