//! A strict JSON reader (RFC 8259) that remembers where every key and value stands and keeps keys that stand twice: what a linter
//! needs and a deserialiser throws away. It never fails but with a place, and what it may cost is bounded.

/// Bytes of a text that is read.
pub(crate) const SIZE_LIMIT: usize = 1 << 20;

/// Arrays and objects within each other.
pub(crate) const DEPTH_LIMIT: usize = 32;

/// Values of one text: many times what 25 filters need, and no more memory than a few megabytes.
pub(crate) const VALUE_LIMIT: usize = 65_536;

/// A value and the place of its first character.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

/// A byte of the text, and its line counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: usize,
    pub(crate) line: usize,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    Text(String),
    Array(Vec<Value>),
    Object(Vec<Member>),
}

/// One key of an object with its value, in the order of the text; keys may repeat.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// Why a text is no JSON, and where: line and column (in characters) count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) problem: &'static str,
}

/// Reads one JSON text.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, Fault> {
    if bytes.len() > SIZE_LIMIT {
        return Err(Fault { offset: 0, line: 1, column: 1, problem: "the text is larger than 1 MiB" });
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let read = bytes.get(..error.valid_up_to()).unwrap_or_default();
            return Err(fault(read, "a byte that is not UTF-8"));
        }
    };
    let mut parser = Parser { bytes: text.as_bytes(), text, at: 0, line: 1, values: 0 };
    if text.starts_with('\u{feff}') {
        return Err(parser.fault("a byte order mark before the text"));
    }
    parser.skip_blanks();
    let value = parser.value(0)?;
    parser.skip_blanks();
    if parser.at < bytes.len() {
        return Err(parser.fault("more text behind the end of the value"));
    }
    Ok(value)
}

/// A fault behind the bytes that were read.
fn fault(read: &[u8], problem: &'static str) -> Fault {
    let line_start = memchr::memrchr(b'\n', read).map_or(0, |newline| newline + 1);
    let line = 1 + memchr::memchr_iter(b'\n', read).count();
    let is_character = |byte: &&u8| (**byte & 0xc0) != 0x80; // not a continuation byte of UTF-8
    let before = read.get(line_start..).unwrap_or_default().iter().filter(is_character).count();
    Fault { offset: read.len(), line, column: before + 1, problem }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: usize,
    values: usize,
}

impl Parser<'_> {
    fn fault(&self, problem: &'static str) -> Fault {
        fault(self.bytes.get(..self.at).unwrap_or(self.bytes), problem)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes the byte if it is next.
    fn pass(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        self.at += usize::from(next);
        next
    }

    fn place(&self) -> Place {
        Place { offset: self.at, line: self.line }
    }

    /// Line ends can only stand here: a string must escape them.
    fn skip_blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        if self.values == VALUE_LIMIT {
            return Err(self.fault("more values than a file of filters can need"));
        }
        self.values += 1;
        let place = self.place();
        let kind = match self.peek() {
            Some(b'{' | b'[') if depth == DEPTH_LIMIT => {
                return Err(self.fault("more than 32 levels of arrays and objects"));
            }
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Kind::Boolean)?,
            Some(b'f') => self.word("false", Kind::Boolean)?,
            Some(b'n') => self.word("null", Kind::Null)?,
            None => return Err(self.fault("the text ends where a value should stand")),
            Some(_) => return Err(self.fault("a character that begins no value")),
        };
        Ok(Value { place, kind })
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, Fault> {
        if !self.bytes.get(self.at..).unwrap_or_default().starts_with(word.as_bytes()) {
            return Err(self.fault("a word that is not true, false or null"));
        }
        self.at += word.len();
        Ok(kind)
    }

    fn array(&mut self, depth: usize) -> Result<Kind, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if self.pass(b']') {
            return Ok(Kind::Array(items));
        }
        loop {
            self.skip_blanks();
            items.push(self.value(depth + 1)?);
            self.skip_blanks();
            if self.pass(b']') {
                return Ok(Kind::Array(items));
            }
            if !self.pass(b',') {
                return Err(self.fault("neither a comma nor the end of the array"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Kind, Fault> {
        self.at += 1;
        let mut members = Vec::new();
        self.skip_blanks();
        if self.pass(b'}') {
            return Ok(Kind::Object(members));
        }
        loop {
            self.skip_blanks();
            let place = self.place();
            if self.peek() != Some(b'"') {
                return Err(self.fault("no key in double quotes where one should stand"));
            }
            let key = self.string()?;
            self.skip_blanks();
            if !self.pass(b':') {
                return Err(self.fault("no colon behind the key"));
            }
            self.skip_blanks();
            let value = self.value(depth + 1)?;
            members.push(Member { key, place, value });
            self.skip_blanks();
            if self.pass(b'}') {
                return Ok(Kind::Object(members));
            }
            if !self.pass(b',') {
                return Err(self.fault("neither a comma nor the end of the object"));
            }
        }
    }

    /// Passes digits, at least one.
    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("no digit where a number needs one")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Kind, Fault> {
        self.pass(b'-');
        if !self.pass(b'0') {
            self.digits()?;
        } else if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.fault("a number with a leading zero"));
        }
        if self.pass(b'.') {
            self.digits()?;
        }
        if self.pass(b'e') || self.pass(b'E') {
            let _sign = self.pass(b'+') || self.pass(b'-');
            self.digits()?;
        }
        Ok(Kind::Number)
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            text.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.fault("a control character within a string")),
                None => return Err(self.fault("the text ends within a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let fault = self.fault("an escape that JSON does not have");
        self.at += 1;
        let letter = self.peek().ok_or(fault)?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(fault),
            _ => return Err(fault),
        })
    }

    /// The character of `\uXXXX`, or of two of them that form a surrogate pair.
    fn code_point(&mut self, fault: Fault) -> Result<char, Fault> {
        let lone = Fault { problem: "half a surrogate pair", ..fault };
        let first = self.four_digits().ok_or(fault)?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(lone);
        }
        if !(self.pass(b'\\') && self.pass(b'u')) {
            return Err(lone);
        }
        let second = self.four_digits().ok_or(fault)?;
        let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(lone)?;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low).ok_or(lone)
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |sum, byte| Some(sum << 4 | char::from(*byte).to_digit(16)?))
    }
}

#[cfg(test)]
mod tests;
