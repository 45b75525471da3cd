//! Edits of the text. Everything else keeps its comments, its order and its quotes.

use serde_json::{Value as Json, json};

use super::accept::field;
use super::types::{CONFIG_VERSIONS, KIND, Provider, Refused, TokenAttributes};
use super::yaml::{Node, Value};

/// A part of the text, and its replacement.
type Edit = (std::ops::Range<usize>, String);

/// Returns a new file with only this program.
pub(super) fn created(provider: &Provider) -> String {
    format!(
        "apiVersion: {}\nkind: {KIND}\nproviders:\n{}",
        CONFIG_VERSIONS[0],
        item(provider, 2)
    )
}

/// Returns the text with one more program after the others.
pub(super) fn added(text: &str, provider: &Provider) -> Result<String, Refused> {
    let root = Node::parse(text)?;
    let list = list(&root)?;
    let Value::Sequence(items) = &list.value else {
        return Err(unusual(list.line));
    };
    let last = items.last().ok_or_else(|| unusual(list.line))?;
    let edit = match list.is_flow(text) {
        true => (last.end..last.end, format!(", {}", as_json(provider))),
        false => {
            let end = line_end(text, last.end);
            let rendered = item(provider, dash_column(text, &items[0])?);
            let rendered = rendered.strip_suffix('\n').unwrap_or(&rendered);
            (end..end, format!("\n{rendered}"))
        }
    };
    Ok(applied(text, vec![edit]))
}

/// Returns the text without the program at `place`, which must not be the only one.
pub(super) fn removed(text: &str, place: usize) -> Result<String, Refused> {
    let root = Node::parse(text)?;
    let list = list(&root)?;
    let Value::Sequence(items) = &list.value else {
        return Err(unusual(list.line));
    };
    let gone = &items[place];
    let range = match (list.is_flow(text), items.get(place + 1)) {
        (true, Some(next)) => gone.start..next.start,
        (true, None) => items[place - 1].end..gone.end,
        (false, _) => {
            dash_column(text, gone)?;
            let start = line_start(text, gone.start);
            let end = line_end(text, gone.end);
            let next = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
            start..next
        }
    };
    Ok(applied(text, vec![(range, String::new())]))
}

/// Returns the text with `wanted` as the entry of the program at `place`.
pub(super) fn changed(
    text: &str,
    place: usize,
    there: &Provider,
    wanted: &Provider,
) -> Result<String, Refused> {
    let root = Node::parse(text)?;
    let list = list(&root)?;
    let Value::Sequence(items) = &list.value else {
        return Err(unusual(list.line));
    };
    let item = &items[place];
    let Value::Mapping(fields) = &item.value else {
        return Err(unusual(item.line));
    };
    let body = Body {
        text,
        item,
        fields,
        column: column(text, fields[0].0.start),
    };
    let mut edits = Vec::new();
    if there.api_version != wanted.api_version {
        edits.push(body.set("apiVersion", &json!(wanted.api_version)));
    }
    if there.args != wanted.args {
        edits.push(body.set("args", &json!(wanted.args)));
    }
    let more: Vec<Json> = wanted.match_images[there.match_images.len()..]
        .iter()
        .map(|pattern| json!(pattern))
        .collect();
    if !more.is_empty() {
        edits.push(body.append("matchImages", &more)?);
    }
    let more: Vec<Json> = wanted.env[there.env.len()..]
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    if !more.is_empty() {
        edits.push(body.append("env", &more)?);
    }
    for (index, (old, new)) in there.env.iter().zip(&wanted.env).enumerate() {
        if old != new {
            edits.push(body.variable(index, &new.1)?);
        }
    }
    if there.token != wanted.token
        && let Some(token) = &wanted.token
    {
        edits.push(body.set("tokenAttributes", &token_json(token)));
    }
    Ok(applied(text, edits))
}

/// The fields of one program in the text.
struct Body<'a> {
    text: &'a str,
    item: &'a Node,
    fields: &'a [(Node, Node)],
    column: usize,
}

impl Body<'_> {
    /// Sets a field to a value on one line.
    fn set(&self, name: &str, value: &Json) -> Edit {
        match field(self.fields, name) {
            Some((key, old)) => (key.start..old.end.max(key.end), format!("{name}: {value}")),
            None => self.new_field(name, value),
        }
    }

    fn new_field(&self, name: &str, value: &Json) -> Edit {
        let last = self.item.end;
        if self.item.is_flow(self.text) {
            // Before the closing brace.
            let last = self
                .fields
                .last()
                .map_or(last, |(key, value)| key.end.max(value.end));
            return (last..last, format!(", \"{name}\": {value}"));
        }
        let end = line_end(self.text, last);
        let indent = " ".repeat(self.column);
        (end..end, format!("\n{indent}{name}: {value}"))
    }

    /// Appends items to a list.
    fn append(&self, name: &str, more: &[Json]) -> Result<Edit, Refused> {
        let Some((_, list)) = field(self.fields, name) else {
            return Ok(self.new_field(name, &json!(more)));
        };
        let Value::Sequence(items) = &list.value else {
            return Ok(self.set(name, &json!(more)));
        };
        let Some(last) = items.last() else {
            return Ok(self.set(name, &json!(more)));
        };
        if list.is_flow(self.text) {
            let more: String = more.iter().map(|item| format!(", {item}")).collect();
            return Ok((last.end..last.end, more));
        }
        let end = line_end(self.text, last.end);
        let indent = " ".repeat(dash_column(self.text, last)?);
        let more = more.iter().map(|item| format!("\n{indent}- {item}"));
        Ok((end..end, more.collect()))
    }

    /// Sets the variable at `index` to another value.
    fn variable(&self, index: usize, value: &str) -> Result<Edit, Refused> {
        let unusual = || unusual(self.item.line);
        let (_, list) = field(self.fields, "env").ok_or_else(unusual)?;
        let Value::Sequence(items) = &list.value else {
            return Err(unusual());
        };
        let Value::Mapping(fields) = &items[index].value else {
            return Err(unusual());
        };
        let (_, old) = field(fields, "value").ok_or_else(unusual)?;
        Ok((old.start..old.end, json!(value).to_string()))
    }
}

fn list(root: &Node) -> Result<&Node, Refused> {
    let Value::Mapping(fields) = &root.value else {
        return Err(unusual(root.line));
    };
    let (_, list) = field(fields, "providers").ok_or_else(|| unusual(root.line))?;
    Ok(list)
}

fn unusual(line: usize) -> Refused {
    Refused::here(
        line,
        "it is written in a form that this program does not edit",
    )
}

fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    // Applied from the end, so that no edit shifts another. Of two edits at the same place, the
    // first one made comes first.
    edits.sort_by_key(|(range, _)| range.start);
    let mut changed = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        let new = match text.contains("\r\n") {
            true => new.replace('\n', "\r\n"),
            false => new,
        };
        changed.replace_range(range, &new);
    }
    changed
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |end| end + 1)
}

/// Returns the end of the line of `offset`, or `offset` if it is the start of a line.
fn line_end(text: &str, offset: usize) -> usize {
    let end = match offset > 0 && text[..offset].ends_with('\n') {
        true => offset - 1,
        false => text[offset..]
            .find('\n')
            .map_or(text.len(), |at| offset + at),
    };
    match text[..end].ends_with('\r') {
        true => end - 1,
        false => end,
    }
}

fn column(text: &str, offset: usize) -> usize {
    text[line_start(text, offset)..offset].chars().count()
}

/// Returns the column of the dash of an item that begins on the same line.
fn dash_column(text: &str, item: &Node) -> Result<usize, Refused> {
    let before = &text[line_start(text, item.start)..item.start];
    match before.trim() {
        "-" => Ok(before.find('-').unwrap_or_default()),
        _ => Err(unusual(item.line)),
    }
}

/// Returns a program as an item of a list whose dashes are in `column`, with a line end.
fn item(provider: &Provider, column: usize) -> String {
    let mut lines = vec![
        format!("name: {}", scalar(&provider.name)),
        format!("apiVersion: {}", scalar(&provider.api_version)),
        "matchImages:".to_owned(),
    ];
    lines.extend(
        provider
            .match_images
            .iter()
            .map(|pattern| format!("  - {}", json!(pattern))),
    );
    lines.push(format!(
        "defaultCacheDuration: {}",
        json!(provider.default_cache_duration)
    ));
    if !provider.args.is_empty() {
        lines.push("args:".to_owned());
        lines.extend(
            provider
                .args
                .iter()
                .map(|argument| format!("  - {}", scalar(argument))),
        );
    }
    if !provider.env.is_empty() {
        lines.push("env:".to_owned());
        for (name, value) in &provider.env {
            lines.push(format!("  - name: {}", scalar(name)));
            lines.push(format!("    value: {}", json!(value)));
        }
    }
    if let Some(token) = &provider.token {
        lines.push("tokenAttributes:".to_owned());
        let fields = token_json(token);
        let fields = fields.as_object().into_iter().flatten();
        lines.extend(fields.map(|(name, value)| format!("  {name}: {value}")));
    }
    let indent = " ".repeat(column);
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let mark = if number == 0 { "- " } else { "  " };
        text += &format!("{indent}{mark}{line}\n");
    }
    text
}

/// Returns a text without quotes if YAML cannot take it for anything else.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        && Node::parse(text).is_ok_and(|node| matches!(node.value, Value::Text(_)));
    match is_plain {
        true => text.to_owned(),
        false => json!(text).to_string(),
    }
}

fn token_json(token: &TokenAttributes) -> Json {
    let mut fields = json!({
        "serviceAccountTokenAudience": token.audience,
        "cacheType": token.cache_type,
        "requireServiceAccount": token.require_service_account,
    });
    for (name, keys) in [
        ("requiredServiceAccountAnnotationKeys", &token.required_keys),
        ("optionalServiceAccountAnnotationKeys", &token.optional_keys),
    ] {
        if !keys.is_empty() {
            fields[name] = json!(keys);
        }
    }
    fields
}

fn as_json(provider: &Provider) -> Json {
    let env = provider.env.iter();
    let mut fields = json!({
        "name": provider.name,
        "apiVersion": provider.api_version,
        "matchImages": provider.match_images,
        "defaultCacheDuration": provider.default_cache_duration,
        "args": provider.args,
        "env": env.map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>(),
    });
    if let Some(token) = &provider.token {
        fields["tokenAttributes"] = token_json(token);
    }
    fields
}
