//! A table of the configuration that is taken apart key by key: what is left over at the end is an error that says what was meant.

use std::time::Duration;

use toml_edit::Item;
use toml_edit::TableLike;

use crate::duration;
use crate::session::shown;

/// A table and which of its keys have been asked for.
pub(super) struct Table<'a> {
    text: &'a str,
    table: &'a dyn TableLike,
    name: &'static str,
    known: Vec<&'static str>,
}

/// What is wrong, with its line.
pub(super) type Wrong = String;

impl<'a> Table<'a> {
    pub(super) fn new(text: &'a str, table: &'a dyn TableLike, name: &'static str) -> Self {
        Table { text, table, name, known: Vec::new() }
    }

    /// An error at a key.
    pub(super) fn wrong(&self, key: &str, problem: impl std::fmt::Display) -> Wrong {
        let found = self.table.get_key_value(key);
        let span = found.and_then(|(key, item)| item.span().or_else(|| key.span()));
        let place = span.map(|span| place(self.text, span.start)).unwrap_or_default();
        format!("{place}{}: {problem}", shown(key))
    }

    /// An error at the first of these keys that is there.
    pub(super) fn wrong_at_any(&self, keys: &[&str], problem: &str) -> Wrong {
        let first = keys.iter().find(|key| self.table.contains_key(key));
        let any = || self.table.iter().next().map(|(key, _)| self.wrong(key, problem));
        first.map(|key| self.wrong(key, problem)).or_else(any).unwrap_or_else(|| problem.to_owned())
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Item> {
        self.known.push(key);
        self.table.get(key)
    }

    pub(super) fn string(&mut self, key: &'static str) -> Result<Option<&'a str>, Wrong> {
        let Some(item) = self.get(key) else { return Ok(None) };
        match item.as_str() {
            Some(text) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "it is empty")),
            None => Err(self.wrong(key, "it is a text in quotes")),
        }
    }

    pub(super) fn required(&mut self, key: &'static str) -> Result<&'a str, Wrong> {
        let name = self.name;
        self.string(key)?.ok_or_else(|| match self.table.iter().next() {
            Some((first, _)) => self.wrong(first, format!("{name} lacks the key {key}")),
            None => format!("{name} lacks the key {key}"),
        })
    }

    /// A text, turned into something else.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Wrong> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        parse(text).map(Some).map_err(|problem| self.wrong(key, shown(problem)))
    }

    pub(super) fn duration(&mut self, key: &'static str) -> Result<Option<Duration>, Wrong> {
        self.parsed(key, |text| {
            let seconds = duration::parse(text).map_err(|error| error.to_string())?;
            let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds > 0);
            seconds.map(Duration::from_secs).ok_or_else(|| "it is at least 1s".to_owned())
        })
    }

    pub(super) fn number(&mut self, key: &'static str) -> Result<Option<u32>, Wrong> {
        let Some(item) = self.get(key) else { return Ok(None) };
        let number = item.as_integer().and_then(|number| u32::try_from(number).ok());
        number.map(Some).ok_or_else(|| self.wrong(key, "it is a whole number"))
    }

    pub(super) fn strings(&mut self, key: &'static str) -> Result<Vec<String>, Wrong> {
        let Some(item) = self.get(key) else { return Ok(Vec::new()) };
        let texts = item.as_array().and_then(|array| {
            array.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        match texts {
            Some(texts) if !texts.is_empty() => Ok(texts),
            _ => {
                Err(self.wrong(key, "it is a list of texts, such as [\"systemctl\", \"reload\", \"worker\"]"))
            }
        }
    }

    /// One table below.
    pub(super) fn table(&mut self, key: &'static str) -> Result<Option<Table<'a>>, Wrong> {
        let Some(item) = self.get(key) else { return Ok(None) };
        match item.as_table_like() {
            Some(table) => Ok(Some(Table::new(self.text, table, key))),
            None => Err(self.wrong(key, format!("it is a table: [{key}]"))),
        }
    }

    /// Tables below.
    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Table<'a>>, Wrong> {
        let Some(item) = self.get(key) else { return Ok(Vec::new()) };
        if let Some(tables) = item.as_array_of_tables() {
            return Ok(tables.iter().map(|table| Table::new(self.text, table, key)).collect());
        }
        let inline = item
            .as_array()
            .and_then(|array| array.iter().map(|value| value.as_inline_table()).collect::<Option<Vec<_>>>());
        match inline {
            Some(tables) => Ok(tables.into_iter().map(|table| Table::new(self.text, table, key)).collect()),
            None => Err(self.wrong(key, format!("it is a list of tables: [[{key}]]"))),
        }
    }

    /// Refuses what was not asked for.
    pub(super) fn finish(self) -> Result<(), Wrong> {
        let unknown = self.table.iter().map(|(key, _)| key).find(|key| !self.known.contains(key));
        let Some(unknown) = unknown else { return Ok(()) };
        let distance = |key: &&&str| strsim::damerau_levenshtein(&unknown.replace('_', "-"), key);
        let nearest = self.known.iter().min_by_key(distance).filter(|key| distance(key) <= 3);
        let meant = match nearest {
            Some(key) => format!("did you mean {key}?"),
            None => format!("those of {} are {}", self.name, self.known.join(", ")),
        };
        Err(self.wrong(unknown, format!("there is no such key; {meant}")))
    }
}

/// `line 3, column 5: `.
pub(super) fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    format!("line {line}, column {column}: ")
}
