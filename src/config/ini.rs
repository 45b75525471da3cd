//! Reads INI files as Python's `configparser` does with the defaults that Huawei's SDK uses, so
//! that a file never means one identity to the SDK and another one here.
//!
//! The values of `[DEFAULT]` apply to every section. `=` or `:` separates a name from its value.
//! Names are not case-sensitive. A line that is indented deeper continues a value. A line that
//! starts with `#` or `;` is a comment. `%(name)s` inserts another value. A duplicate is an error.
//! One thing is added: a byte-order mark, as editors on Windows write, is skipped.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::model::secret::Secret;

/// The section whose values apply to all others.
const DEFAULT: &str = "DEFAULT";

/// How deep inserted values can be nested; the limit of configparser.
const DEPTH: u32 = 10;

/// The longest value, in bytes. Without a limit, inserted values could grow to any length.
const VALUE_LIMIT: usize = 64 * 1024;

/// The values of a section, by their names in lower case.
pub type Values = BTreeMap<String, Secret>;

/// The sections of a file, before values are inserted.
#[derive(Debug, Default)]
pub struct Ini {
    defaults: Raw,
    sections: BTreeMap<String, Raw>,
}

/// The values before other values are inserted.
type Raw = BTreeMap<String, Zeroizing<String>>;

impl Ini {
    /// Parses the text of a file.
    ///
    /// # Errors
    ///
    /// What is wrong with the file. It never repeats what the file holds.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reading = Reading::default();
        for line in lines(text) {
            reading.line(line)?;
        }
        Ok(reading.ini)
    }

    /// Returns the values of a section and of `[DEFAULT]`; `None` if there is no such section.
    ///
    /// # Errors
    ///
    /// A `%` in a value that inserts nothing.
    pub fn section(&self, section: &str) -> Result<Option<Values>, &'static str> {
        let Some(own) = self.sections.get(section) else {
            return Ok(None);
        };
        let mut raw = self.defaults.clone();
        raw.extend(own.clone());
        let mut values = Values::new();
        for (name, text) in &raw {
            let mut value = Zeroizing::new(String::new());
            fill(&raw, text.trim_end_matches(is_space), &mut value, 1)?;
            values.insert(name.clone(), Secret::from(&**value));
        }
        Ok(Some(values))
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    ini: Ini,
    /// The section of the current line.
    section: Option<String>,
    /// The name whose value an indented line continues.
    name: Option<String>,
    indent: usize,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let text = line.trim_matches(is_space);
        if text.starts_with(['#', ';']) {
            return Ok(());
        }
        if text.is_empty() {
            // An empty line can be part of a value.
            self.go_on_with("");
            return Ok(());
        }
        let indent = line.chars().take_while(|c| is_space(*c)).count();
        if self.name.is_some() && indent > self.indent {
            self.go_on_with(text);
            return Ok(());
        }
        self.indent = indent;
        match section_of(text) {
            Some(section) => self.begin(section),
            None => self.value(text),
        }
    }

    fn begin(&mut self, section: &str) -> Result<(), &'static str> {
        if section != DEFAULT
            && self
                .ini
                .sections
                .insert(section.to_owned(), Raw::new())
                .is_some()
        {
            return Err("a section occurs twice");
        }
        self.section = Some(section.to_owned());
        self.name = None;
        Ok(())
    }

    fn value(&mut self, text: &str) -> Result<(), &'static str> {
        let at = text.find(['=', ':']);
        let Some(values) = self.values() else {
            return Err("a line comes before the first section");
        };
        let at = at.ok_or("a line has no `=`")?;
        let name = text[..at].trim_end_matches(is_space).to_lowercase();
        if name.is_empty() {
            return Err("a line has no name before its `=`");
        }
        let value = text[at + 1..].trim_matches(is_space).to_owned();
        if values.insert(name.clone(), Zeroizing::new(value)).is_some() {
            return Err("a name occurs twice in a section");
        }
        self.name = Some(name);
        Ok(())
    }

    fn go_on_with(&mut self, text: &str) {
        let Some(name) = self.name.clone() else {
            return;
        };
        if let Some(value) = self.values().and_then(|values| values.get_mut(&name)) {
            let mut longer = Zeroizing::new(String::with_capacity(value.len() + text.len() + 1));
            longer.push_str(value);
            longer.push('\n');
            longer.push_str(text);
            *value = longer;
        }
    }

    fn values(&mut self) -> Option<&mut Raw> {
        match self.section.as_deref()? {
            DEFAULT => Some(&mut self.ini.defaults),
            section => self.ini.sections.get_mut(section),
        }
    }
}

/// Inserts the values that `text` refers to, and appends the result to `value`.
fn fill(raw: &Raw, text: &str, value: &mut String, depth: u32) -> Result<(), &'static str> {
    const ODD: &str = "a value has a `%` that is not part of `%%` or `%(name)s`";
    if depth > DEPTH {
        return Err("values refer to each other without end");
    }
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        value.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            value.push('%');
            rest = after;
            continue;
        }
        let (name, after) = rest
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(')'))
            .and_then(|(name, rest)| Some((name, rest.strip_prefix('s')?)))
            .filter(|(name, _)| !name.is_empty())
            .ok_or(ODD)?;
        let other = raw
            .get(&name.to_lowercase())
            .ok_or("a `%(name)s` refers to no value")?;
        fill(raw, other.trim_end_matches(is_space), value, depth + 1)?;
        rest = after;
        if value.len() > VALUE_LIMIT {
            return Err("a value is longer than 64 KiB");
        }
    }
    value.push_str(rest);
    Ok(())
}

/// Returns the name of the section that begins with this line: the text up to the last bracket.
fn section_of(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.rsplit_once(']')?;
    Some(name).filter(|name| !name.is_empty())
}

/// Splits into lines, with the line ends of any system.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// Whether Python counts it as white space.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, name: &str) -> Result<Option<String>, &'static str> {
        let values = Ini::parse(text)?.section("basic")?.unwrap_or_default();
        Ok(values.get(name).map(|value| value.expose().to_owned()))
    }

    #[test]
    fn a_value_is_read_as_python_reads_it() {
        for (text, expected) in [
            ("[basic]\nA = b\n", "b"),
            ("[DEFAULT]\na: b\n[basic]\n", "b"),
            ("[DEFAULT]\na=c\n[basic]\na=b\n", "b"),
            ("\u{feff}[basic]\r\na=b\r\n", "b"),
            ("[basic]\ra=b\r", "b"),
            ("[basic] behind\na=b ; no comment\n", "b ; no comment"),
            ("[basic]\na=b\n  c\n\n  d\n\n", "b\nc\n\nd"),
            ("[basic]\na=b\n  # no\n  c\n", "b\nc"),
            ("[basic]\nx=1%%\na=%(X)s2\n", "1%2"),
        ] {
            assert_eq!(value(text, "a"), Ok(Some(expected.to_owned())), "{text:?}");
        }
        assert_eq!(value("[other]\na=b\n", "a"), Ok(None));
    }

    #[test]
    fn what_python_refuses_is_refused() {
        for text in [
            "a=b\n",
            "[basic]\n[basic]\n",
            "[basic]\na=b\nA=c\n",
            "[basic]\na\n",
            "[basic]\n= b\n",
            "[basic\na=b\n",
            "[]\na=b\n",
            "[basic]\na=100%\n",
            "[basic]\na=%(b)s\n",
            "[basic]\na=%(a)s\n",
            "[basic]\na=%(b)\n",
        ] {
            assert!(value(text, "a").is_err(), "{text:?}");
        }
    }

    #[test]
    fn nested_values_have_a_limit() {
        let mut text = "[basic]\na0=0123456789\n".to_owned();
        for level in 1..9 {
            let below = format!("%(a{})s", level - 1).repeat(20);
            text.push_str(&format!("a{level}={below}\n"));
        }
        assert!(value(&text, "a0").is_err());
    }
}
