//! Parses YAML into a tree that knows where each node is in the text.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde::de::IgnoredAny;

use super::types::Refused;

/// The deepest nesting that is read. No file of this kind comes close.
const MOST_LEVELS: usize = 32;

/// One node of a document.
#[derive(Debug)]
pub(super) struct Node {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after its last one, without the blank lines and comments that follow.
    pub(super) end: usize,
    /// Its line, counted from 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

/// The value of a node.
#[derive(Debug)]
pub(super) enum Value {
    /// A text in quotes, or an unquoted one that is nothing else.
    Text(String),
    /// `null`, `~` or nothing.
    Null,
    Bool(bool),
    Number,
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// Parses `text`, which must hold one document.
    ///
    /// # Errors
    ///
    /// [`Refused`] if it is not YAML, holds the same name twice, or holds what this program does
    /// not support: more documents, anchors, tags.
    pub(super) fn parse(text: &str) -> Result<Self, Refused> {
        check_characters(text)?;
        // What begins so is JSON to a kubelet, and its YAML is not asked.
        if text.trim_start().starts_with('{') {
            serde_json::from_str::<IgnoredAny>(text)
                .map_err(|error| Refused::at(error.line(), "it is no JSON"))?;
        }
        let mut reader = Reader {
            events: Parser::new_from_str(text),
            offsets: text.char_indices().map(|(offset, _)| offset).collect(),
            length: text.len(),
        };
        let mut document = None;
        loop {
            match reader.next()? {
                (Event::StreamEnd, _) => break,
                (Event::DocumentStart(_), span) if document.is_some() => {
                    let why = "a second document begins, which a kubelet does not read";
                    return Err(Refused::here(span.start.line(), why));
                }
                (Event::DocumentStart(_), _) => {
                    let next = reader.next()?;
                    document = Some(reader.node(next, 0)?);
                }
                _ => {}
            }
        }
        document.ok_or(Refused::at(1, "it is empty"))
    }

    /// Whether it is written with brackets or braces.
    pub(super) fn is_flow(&self, text: &str) -> bool {
        text[self.start..].starts_with(['[', '{'])
    }
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    /// The offset of each character, because the parser counts characters.
    offsets: Vec<usize>,
    length: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Refused> {
        match self.events.next_event() {
            Some(Ok(next)) => Ok(next),
            // The parser's own message could repeat what the file holds.
            Some(Err(error)) => Err(Refused::at(error.marker().line(), "it is not YAML")),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn offset(&self, index: usize) -> usize {
        self.offsets.get(index).copied().unwrap_or(self.length)
    }

    fn node(&mut self, (event, span): (Event<'a>, Span), level: usize) -> Result<Node, Refused> {
        let line = span.start.line();
        let start = self.offset(span.start.index());
        let refused = |why: &str| Err(Refused::at(line, why));
        if level > MOST_LEVELS {
            return refused("it is nested too deeply");
        }
        let mut end = self.offset(span.end.index());
        let value = match event {
            Event::Scalar(_, _, anchor, ref tag)
            | Event::SequenceStart(anchor, ref tag)
            | Event::MappingStart(anchor, ref tag)
                if anchor != 0 || tag.is_some() =>
            {
                let why = "it has an anchor or a tag, which this program does not support";
                return Err(Refused::here(line, why));
            }
            Event::Alias(_) => {
                let why = "it has an alias, which this program does not support";
                return Err(Refused::here(line, why));
            }
            Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
            Event::Scalar(text, ..) => Value::Text(text.into_owned()),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    let next = self.next()?;
                    if matches!(next.0, Event::SequenceEnd) {
                        end = self.end_of(&next.1, end);
                        break Value::Sequence(items);
                    }
                    let item = self.node(next, level + 1)?;
                    end = end.max(item.end);
                    items.push(item);
                }
            }
            Event::MappingStart(..) => {
                let mut fields: Vec<(Node, Node)> = Vec::new();
                loop {
                    let next = self.next()?;
                    if matches!(next.0, Event::MappingEnd) {
                        end = self.end_of(&next.1, end);
                        break Value::Mapping(fields);
                    }
                    let key = self.node(next, level + 1)?;
                    let next = self.next()?;
                    let value = self.node(next, level + 1)?;
                    let Value::Text(name) = &key.value else {
                        return Err(Refused::at(key.line, "the name of a field is not a string"));
                    };
                    let is_same = |(other, _): &(Node, Node)| matches!(&other.value, Value::Text(other) if other == name);
                    if fields.iter().any(is_same) {
                        return Err(Refused::at(key.line, "a field occurs twice"));
                    }
                    end = end.max(key.end).max(value.end);
                    fields.push((key, value));
                }
            }
            _ => return refused("it is not YAML"),
        };
        Ok(Node {
            start,
            end,
            line,
            value,
        })
    }

    /// A bracket or brace is where it is reported. The end of a block is only reported at the next
    /// token.
    fn end_of(&self, span: &Span, so_far: usize) -> usize {
        match span.is_empty() {
            true => so_far,
            false => self.offset(span.end.index()),
        }
    }
}

/// Refuses characters that the kubelet's YAML does not accept, and line breaks that only YAML 1.1
/// knows.
fn check_characters(text: &str) -> Result<(), Refused> {
    let is_refused = |c: char| match c {
        '\t' | '\n' | '\r' => false,
        '\u{85}' | '\u{2028}' | '\u{2029}' => true,
        _ => c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'),
    };
    let Some((at, found)) = text.char_indices().find(|(_, c)| is_refused(*c)) else {
        return Ok(());
    };
    let line = text[..at].matches('\n').count() + 1;
    Err(match found {
        '\u{85}' | '\u{2028}' | '\u{2029}' => Refused::here(
            line,
            "it has a line break that this program does not support",
        ),
        _ => Refused::at(line, "it has a control character"),
    })
}

/// Interprets an unquoted scalar by YAML 1.1, as the kubelet does: `on` is a boolean, and `1_000`
/// is a number.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::Bool(false)
        }
        _ if is_number(text) => Value::Number,
        _ => Value::Text(text.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return false;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let digits = unsigned.replace('_', "");
    let is_based = |base: [&str; 2], radix| {
        let rest = base.iter().find_map(|base| digits.strip_prefix(base));
        rest.is_some_and(|rest| !rest.starts_with('+') && u64::from_str_radix(rest, radix).is_ok())
    };
    let is_decimal = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.parse::<f64>().is_ok();
    is_decimal
        || is_based(["0x", "0X"], 16)
        || is_based(["0o", "0O"], 8)
        || is_based(["0b", "0B"], 2)
}
