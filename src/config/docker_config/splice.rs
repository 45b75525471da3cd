//! The edits. Each keeps every byte of the text except for one entry, and imitates the formatting
//! around it.
//!
//! An edit can be undone without a record of it. If there was nothing before, the white space
//! within the brackets shows what there was:
//!
//! | before               | with an entry in it   |
//! |----------------------|-----------------------|
//! | `{}`, `{ }`          | `{ "a": "b" }`, and what stood in the brackets after that |
//! | `null`               | `{ "a": "b"}`         |
//! | a file without a value | `{"a": "b" }` at its end |
//! | no `credHelpers`     | `{"a": "b"}`, or over several lines where the file is |
//! | no file              | a file as docker writes it, and a line end |

use super::json::{Json, Member, is_white_space};
use std::ops::Range;

/// The name of this helper in docker's configuration, without `docker-credential-`.
pub const HELPER: &str = "swr";

/// Returns the text of a new file.
pub(super) fn created(hosts: &[impl AsRef<str>]) -> Vec<u8> {
    let entries: Vec<_> = hosts
        .iter()
        .map(|host| entry(host.as_ref(), b": "))
        .collect();
    let entries = entries.join(&b",\n\t\t"[..]);
    [
        b"{\n\t\"credHelpers\": {\n\t\t",
        entries.as_slice(),
        b"\n\t}\n}\n",
    ]
    .concat()
}

/// Returns the text with this helper in an entry that names another one.
pub(super) fn renamed(json: &Json, entry: &Member) -> Vec<u8> {
    apply(json, vec![(json.span(entry.value), quoted(HELPER))])
}

/// Returns the text with one more entry in the existing helpers.
pub(super) fn added(json: &Json, helpers: Option<&Member>, host: &str) -> Vec<u8> {
    let edit = match (helpers, json.root()) {
        (Some(helpers), _) => {
            let style =
                Style::within(json, helpers.value).unwrap_or_else(|| Style::around(json, helpers));
            inserted(json, helpers.value, &style, entry(host, &style.colon))
        }
        (None, Some(root)) => {
            let style = Style::within(json, root).unwrap_or_default();
            inserted(json, root, &style, helpers_with(host, &style))
        }
        (None, None) => {
            let end = json.text().len();
            let helpers = helpers_with(host, &Style::default());
            (end..end, [b"{", helpers.as_slice(), b" }"].concat())
        }
    };
    apply(json, vec![edit])
}

/// Returns the text without the removed entries, and without the helpers object if it was added for
/// them.
pub(super) fn removed(
    json: &Json,
    helpers: &[Member],
    is_removed: impl FnMut(&Member) -> bool,
) -> Vec<u8> {
    let mut is_removed = is_removed;
    let mut edits = Vec::new();
    let mut emptied = Vec::new();
    for field in helpers {
        match taken_out(json, field.value, &mut is_removed) {
            Some(cuts) => edits.extend(cuts),
            None => emptied.push(field.key),
        }
    }
    if let Some(root) = json.root() {
        let cuts = taken_out(json, root, |field| emptied.contains(&field.key));
        edits.extend(cuts.unwrap_or_else(|| vec![(json.span(root), b"{}".to_vec())]));
    }
    apply(json, edits)
}

/// Returns the text without the removed logins. An `auths` without logins becomes `{}`, as after
/// `docker logout`.
pub(super) fn without_logins(
    json: &Json,
    auths: &[Member],
    is_removed: impl Fn(&Member) -> bool,
) -> Vec<u8> {
    let mut edits = Vec::new();
    for field in auths {
        let members = json.members(field.value);
        let removed: Vec<bool> = members.iter().map(&is_removed).collect();
        match cuts(json, &members, &removed) {
            Some(cuts) => edits.extend(cuts),
            None if members.is_empty() => {}
            None => edits.push((json.span(field.value), b"{}".to_vec())),
        }
    }
    apply(json, edits)
}

type Edit = (Range<usize>, Vec<u8>);

/// Applies edits that do not overlap.
fn apply(json: &Json, mut edits: Vec<Edit>) -> Vec<u8> {
    edits.sort_by_key(|(range, _)| range.start);
    let added: usize = edits.iter().map(|(_, new)| new.len()).sum();
    // Allocated in full at once: growing the buffer would leave a copy behind, which may hold
    // logins.
    let mut text = Vec::with_capacity(json.text().len() + added);
    let mut copied = 0;
    for (range, new) in edits {
        text.extend_from_slice(&json.text()[copied..range.start]);
        text.extend(new);
        copied = range.end;
    }
    text.extend_from_slice(&json.text()[copied..]);
    text
}

fn inserted(json: &Json, object: usize, style: &Style, member: Vec<u8>) -> Edit {
    let span = json.span(object);
    match json.members(object).last() {
        Some(last) => {
            let end = json.span(last.value).end;
            (end..end, [b",", style.lead.as_slice(), &member].concat())
        }
        None if json.kind(object) == b'n' => (span, [b"{ ", member.as_slice(), b"}"].concat()),
        None => (
            span.start + 1..span.start + 1,
            [b" ", member.as_slice(), b" "].concat(),
        ),
    }
}

/// Removes members from an object. Returns `None` if nothing is left of an object that was not
/// there before.
fn taken_out(
    json: &Json,
    object: usize,
    is_removed: impl FnMut(&Member) -> bool,
) -> Option<Vec<Edit>> {
    let members = json.members(object);
    let removed: Vec<bool> = members.iter().map(is_removed).collect();
    cuts(json, &members, &removed).or_else(|| match members.last() {
        Some(last) => emptied(json, object, &members[0], last).map(|edit| vec![edit]),
        None => Some(Vec::new()),
    })
}

/// Cuts members out of an object. Returns `None` if none is kept.
fn cuts(json: &Json, members: &[Member], removed: &[bool]) -> Option<Vec<Edit>> {
    let first_kept = removed.iter().position(|removed| !removed)?;
    let mut edits = Vec::new();
    if first_kept > 0 {
        let cut = json.span(members[0].key).start..json.span(members[first_kept].key).start;
        edits.push((cut, Vec::new()));
    }
    for after in first_kept + 1..members.len() {
        if removed[after] {
            let cut = json.span(members[after - 1].value).end..json.span(members[after].value).end;
            edits.push((cut, Vec::new()));
        }
    }
    Some(edits)
}

/// Restores what was there before the first entry.
fn emptied(json: &Json, object: usize, first: &Member, last: &Member) -> Option<Edit> {
    let span = json.span(object);
    let end = json.span(last.value).end;
    let lead = &json.text()[span.start + 1..json.span(first.key).start];
    let tail = &json.text()[end..span.end - 1];
    let is_last = json.root() == Some(object) && span.end == json.text().len();
    match (lead, tail) {
        (b" ", b"") => Some((span, b"null".to_vec())),
        (b" ", [b' ', ..]) => Some((span.start + 1..end + 1, Vec::new())),
        (b"", b" ") if is_last => Some((span, Vec::new())),
        _ => None,
    }
}

/// The white space around members.
#[derive(Debug)]
struct Style {
    /// Before a key.
    lead: Vec<u8>,
    /// Between a key and its value.
    colon: Vec<u8>,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            lead: Vec::new(),
            colon: b": ".to_vec(),
        }
    }
}

impl Style {
    /// Returns the formatting for one more member of an object; `None` if there is no member to
    /// imitate.
    fn within(json: &Json, object: usize) -> Option<Self> {
        let members = json.members(object);
        let last = members.last()?;
        let style = Self::around(json, last);
        if members.len() > 1 || style.is_on_lines() {
            return Some(style);
        }
        let lead = if style.colon.ends_with(b" ") {
            b" ".to_vec()
        } else {
            Vec::new()
        };
        Some(Self { lead, ..style })
    }

    fn around(json: &Json, member: &Member) -> Self {
        let key = json.span(member.key);
        let before = &json.text()[..key.start];
        let spaces = before
            .iter()
            .rev()
            .take_while(|byte| is_white_space(byte))
            .count();
        let lead = &before[before.len() - spaces..];
        let line_end = lead.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        let from = if lead[..line_end].ends_with(b"\r") {
            line_end - 1
        } else {
            line_end
        };
        Self {
            lead: lead[from..].to_vec(),
            colon: json.text()[key.end..json.span(member.value).start].to_vec(),
        }
    }

    fn is_on_lines(&self) -> bool {
        self.lead.contains(&b'\n')
    }

    /// Returns the white space before and after the members of a new object.
    fn deeper(&self) -> (Vec<u8>, &[u8]) {
        match self.lead.iter().rposition(|byte| *byte == b'\n') {
            Some(line_end) => (
                [&self.lead, &self.lead[line_end + 1..]].concat(),
                &self.lead,
            ),
            None => (Vec::new(), b""),
        }
    }
}

fn helpers_with(host: &str, style: &Style) -> Vec<u8> {
    let (lead, tail) = style.deeper();
    let entry = entry(host, &style.colon);
    [
        quoted("credHelpers").as_slice(),
        &style.colon,
        b"{",
        &lead,
        &entry,
        tail,
        b"}",
    ]
    .concat()
}

fn entry(host: &str, colon: &[u8]) -> Vec<u8> {
    [quoted(host).as_slice(), colon, &quoted(HELPER)].concat()
}

fn quoted(text: &str) -> Vec<u8> {
    serde_json::Value::from(text).to_string().into_bytes()
}
