//! Parses JSON and records where each value is, to the byte.
//!
//! It accepts and refuses what Go's `encoding/json` does when it decodes the first value of a
//! stream: the text after that value is ignored, and strings need not be UTF-8.

use super::error::DockerConfigError;
use crate::model::secret::Secret;
use std::ops::Range;
use zeroize::Zeroizing;

/// The limit of Go.
const DEEPEST: usize = 10_000;

/// A text and its values, including the keys of objects, in the order of their first bytes.
///
/// The values are a flat list, and the parser has its own stack, so that deep nesting cannot
/// overflow the stack of the process.
pub(super) struct Json {
    /// The text, which can hold logins.
    text: Zeroizing<Vec<u8>>,
    values: Vec<Value>,
}

struct Value {
    span: Range<usize>,
    /// The index of the next value that is not inside this one.
    past: usize,
}

/// A key and its value.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) key: usize,
    pub(super) value: usize,
}

impl Json {
    pub(super) fn parse(text: Vec<u8>) -> Result<Self, DockerConfigError> {
        let text = Zeroizing::new(text);
        let values = Scanner {
            text: &text,
            at: 0,
            values: Vec::new(),
            open: Vec::new(),
        }
        .document()?;
        Ok(Self { text, values })
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns the outermost value; `None` if there is only white space.
    pub(super) fn root(&self) -> Option<usize> {
        (!self.values.is_empty()).then_some(0)
    }

    pub(super) fn span(&self, value: usize) -> Range<usize> {
        self.values[value].span.clone()
    }

    /// Returns the line in which a value begins.
    pub(super) fn line(&self, value: usize) -> usize {
        line_of(&self.text, self.values[value].span.start)
    }

    /// Returns the first byte of a value, which shows its type.
    pub(super) fn kind(&self, value: usize) -> u8 {
        self.text[self.values[value].span.start]
    }

    /// Returns the contents of a string; `None` for other types and for strings that are not
    /// Unicode.
    pub(super) fn string(&self, value: usize) -> Option<String> {
        serde_json::from_slice(&self.text[self.span(value)]).ok()
    }

    /// Returns the contents of a string that may be a secret.
    pub(super) fn secret(&self, value: usize) -> Option<Secret> {
        let inside = match &self.text[self.span(value)] {
            [b'"', inside @ .., b'"'] => inside,
            _ => return None,
        };
        // The parser would decode escapes in a buffer that is not wiped.
        match inside.contains(&b'\\') {
            true => self.string(value).map(Secret::new),
            false => std::str::from_utf8(inside).ok().map(Secret::from),
        }
    }

    pub(super) fn is(&self, value: usize, string: &str) -> bool {
        self.string(value).is_some_and(|found| found == string)
    }

    /// Returns the elements of an array, or the keys and values of an object in turn.
    pub(super) fn children(&self, parent: usize) -> impl Iterator<Item = usize> {
        let past = self.values[parent].past;
        let inside = move |child: &usize| *child < past;
        let next = move |child: &usize| Some(self.values[*child].past).filter(inside);
        std::iter::successors(Some(parent + 1).filter(inside), next)
    }

    /// Returns the members of an object; none for other types.
    pub(super) fn members(&self, object: usize) -> Vec<Member> {
        let mut children = self.children(object).filter(|_| self.kind(object) == b'{');
        let pair = || {
            Some(Member {
                key: children.next()?,
                value: children.next()?,
            })
        };
        std::iter::from_fn(pair).collect()
    }
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    values: Vec<Value>,
    /// The arrays and objects that are still open.
    open: Vec<usize>,
}

impl Scanner<'_> {
    /// Reads the first value, if there is one.
    fn document(mut self) -> Result<Vec<Value>, DockerConfigError> {
        if self.text.starts_with(b"\xef\xbb\xbf") {
            return Err(DockerConfigError::ByteOrderMark);
        }
        self.white_space();
        if self.at == self.text.len() {
            return Ok(self.values);
        }
        self.value()?;
        while let Some(&container) = self.open.last() {
            let is_object = self.text[self.values[container].span.start] == b'{';
            let is_first = self.values.len() == container + 1;
            self.white_space();
            if self.take(if is_object { b'}' } else { b']' }) {
                self.open.pop();
                self.end(container);
                continue;
            }
            if !is_first {
                self.expect("a comma or a closing bracket", |byte| byte == b',')?;
                self.white_space();
            }
            if is_object {
                self.key()?;
            }
            self.value()?;
        }
        Ok(self.values)
    }

    fn key(&mut self) -> Result<(), DockerConfigError> {
        let key = self.begin();
        self.string("a key in double quotes")?;
        self.end(key);
        self.white_space();
        self.expect("a colon", |byte| byte == b':')?;
        self.white_space();
        Ok(())
    }

    /// Reads a simple value, or the start of an array or object.
    fn value(&mut self) -> Result<(), DockerConfigError> {
        let value = self.begin();
        match self.text.get(self.at) {
            Some(b'{' | b'[') => {
                if self.open.len() == DEEPEST {
                    return Err(DockerConfigError::TooDeep { line: self.line() });
                }
                self.at += 1;
                self.open.push(value);
                return Ok(());
            }
            Some(b'"') => self.string("a string")?,
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'n') => self.word(b"null")?,
            _ => self.number()?,
        }
        self.end(value);
        Ok(())
    }

    fn begin(&mut self) -> usize {
        self.values.push(Value {
            span: self.at..self.at,
            past: 0,
        });
        self.values.len() - 1
    }

    fn end(&mut self, value: usize) {
        let past = self.values.len();
        self.values[value].span.end = self.at;
        self.values[value].past = past;
    }

    fn string(&mut self, expected: &'static str) -> Result<(), DockerConfigError> {
        self.expect(expected, |byte| byte == b'"')?;
        loop {
            match self.expect("the rest of a string", |byte| byte >= b' ')? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), DockerConfigError> {
        let known = |byte| {
            matches!(
                byte,
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u'
            )
        };
        if self.expect("an escape that JSON knows", known)? == b'u' {
            for _ in 0..4 {
                self.expect("a hex digit", |byte| byte.is_ascii_hexdigit())?;
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), DockerConfigError> {
        self.take(b'-');
        if self.expect("a value", |byte| byte.is_ascii_digit())? != b'0' {
            self.skip(u8::is_ascii_digit);
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), DockerConfigError> {
        self.expect("a digit", |byte| byte.is_ascii_digit())?;
        self.skip(u8::is_ascii_digit);
        Ok(())
    }

    fn word(&mut self, word: &'static [u8]) -> Result<(), DockerConfigError> {
        for letter in word {
            self.expect("a value", |byte| byte == *letter)?;
        }
        Ok(())
    }

    fn white_space(&mut self) {
        self.skip(is_white_space);
    }

    fn skip(&mut self, of: impl Fn(&u8) -> bool) {
        self.at += self.text[self.at..]
            .iter()
            .take_while(|byte| of(byte))
            .count();
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.text.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    /// Reads one byte, if it is allowed here.
    fn expect(
        &mut self,
        expected: &'static str,
        fits: impl Fn(u8) -> bool,
    ) -> Result<u8, DockerConfigError> {
        match self.text.get(self.at) {
            Some(byte) if fits(*byte) => {
                self.at += 1;
                Ok(*byte)
            }
            _ => Err(DockerConfigError::Syntax {
                line: self.line(),
                expected,
            }),
        }
    }

    fn line(&self) -> usize {
        line_of(self.text, self.at)
    }
}

/// Whether JSON allows this byte between two tokens.
pub(super) fn is_white_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn line_of(text: &[u8], at: usize) -> usize {
    1 + text[..at].iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares short texts of every kind with another parser.
    #[test]
    fn the_parser_agrees_with_another_parser() {
        let parts = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "1", "-0.5e1", "null", "true", "\"\\n\"", "01",
            "-", " ",
        ];
        for number in 0..parts.len().pow(4) {
            let digits = std::iter::successors(Some(number), |rest| {
                Some(rest / parts.len()).filter(|rest| *rest > 0)
            });
            let inside: String = digits.map(|digit| parts[digit % parts.len()]).collect();
            let text = format!("[{inside}]");
            let mut other =
                serde_json::Deserializer::from_str(&text).into_iter::<serde::de::IgnoredAny>();
            let expected = !matches!(other.next(), Some(Err(_)));
            assert_eq!(
                Json::parse(text.clone().into_bytes()).is_ok(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn every_value_is_found() {
        let json = Json::parse(br#" {"a": [1, {"b": []}], "c" : "\"" } tail"#.to_vec()).unwrap();
        let shown =
            |value: usize| String::from_utf8_lossy(&json.text()[json.span(value)]).into_owned();
        let members = json.members(0);
        let members: Vec<_> = members
            .iter()
            .map(|member| (shown(member.key), shown(member.value)))
            .collect();
        let expected = [("\"a\"", r#"[1, {"b": []}]"#), ("\"c\"", r#""\"""#)];
        assert_eq!(
            members,
            expected.map(|(key, value)| (key.to_string(), value.to_string()))
        );
        let array = json.members(0)[0].value;
        assert_eq!(
            json.children(array).map(shown).collect::<Vec<_>>(),
            ["1", r#"{"b": []}"#]
        );
        assert!(json.members(array).is_empty());
    }
}
