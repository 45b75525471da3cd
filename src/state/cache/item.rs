//! The cache as one text, for a keyring. Each line is an entry: its expiry, its name and its value.

use crate::model::secret::Secret;

/// The largest text, in bytes; a token has about 9 KB. The entries that expire first are dropped
/// first.
const MOST: usize = 64 * 1024;

/// One entry.
struct Line<'a> {
    until: u64,
    name: &'a str,
    text: &'a str,
}

/// Returns the value under `name`, unless it has expired by `now`.
pub(super) fn find(item: &str, name: &str, now: u64) -> Option<Secret> {
    let mut lines = lines(item);
    let line = lines.find(|line| line.name == name && line.until > now)?;
    Some(line.text.into())
}

/// Returns the number of entries that have not expired by `now`.
pub(super) fn count(item: &str, now: u64) -> usize {
    lines(item).filter(|line| line.until > now).count()
}

/// Returns the text with one more entry, and without those that have expired by `now`.
pub(super) fn with(item: &str, name: &str, text: &Secret, now: u64, until: u64) -> Secret {
    let new = Line {
        until,
        name,
        text: text.expose(),
    };
    let mut kept: Vec<_> = lines(item)
        .filter(|line| line.until > now && line.name != name)
        .collect();
    kept.push(new);
    kept.sort_by_key(|line| line.until);
    let length = |lines: &[Line<'_>]| -> usize { lines.iter().map(Line::length).sum() };
    let mut from = 0;
    while length(&kept[from..]) > MOST {
        from += 1;
    }
    written(&kept[from..])
}

/// Returns the text without the entries whose names start with one of `starts`, and without those
/// that have expired by `now`. Returns `None` if nothing changes.
pub(super) fn without(item: &str, starts: &[String], now: u64) -> Option<Secret> {
    let is_dropped = |name: &str| starts.iter().any(|start| name.starts_with(start));
    let all: Vec<_> = lines(item).collect();
    let before = all.len();
    let kept: Vec<_> = all
        .into_iter()
        .filter(|line| line.until > now && !is_dropped(line.name))
        .collect();
    (kept.len() < before).then(|| written(&kept))
}

impl Line<'_> {
    fn length(&self) -> usize {
        20 + self.name.len() + self.text.len()
    }
}

fn lines(item: &str) -> impl Iterator<Item = Line<'_>> {
    item.lines().filter_map(|line| {
        let mut words = line.splitn(3, ' ');
        Some(Line {
            until: words.next()?.parse().ok()?,
            name: words.next()?,
            text: words.next()?,
        })
    })
}

fn written(lines: &[Line<'_>]) -> Secret {
    // Allocated in full at once: a text that grows leaves copies behind that are not wiped.
    let mut all = String::with_capacity(lines.iter().map(Line::length).sum());
    for Line { until, name, text } in lines {
        all.push_str(&until.to_string());
        for word in [" ", name, " ", text, "\n"] {
            all.push_str(word);
        }
    }
    Secret::new(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Secret {
        let mut item = Secret::default();
        for (name, text, until) in [
            ("login:a:p:1", "{\"a\": 1}", 300),
            ("login:b:p:1", "{}", 200),
            ("token:a:p:1", "t", 400),
        ] {
            item = with(item.expose(), name, &text.into(), 100, until);
        }
        item
    }

    #[test]
    fn entries_are_found_until_they_expire() {
        let item = filled();
        let found = |name, now| find(item.expose(), name, now);
        assert_eq!(found("login:a:p:1", 299), Some("{\"a\": 1}".into()));
        assert_eq!(found("login:a:p:1", 300), None);
        assert_eq!(found("login:a:p", 100), None);
        assert_eq!(
            (count(item.expose(), 100), count(item.expose(), 200)),
            (3, 2)
        );
    }

    #[test]
    fn a_new_entry_replaces_its_namesake_and_expired_entries() {
        let item = with(filled().expose(), "token:a:p:1", &"new".into(), 250, 500);
        assert_eq!(
            item.expose(),
            "300 login:a:p:1 {\"a\": 1}\n500 token:a:p:1 new\n"
        );
    }

    #[test]
    fn removing_entries_also_removes_expired_ones() {
        let item = filled();
        let starts = ["login:a:".to_owned(), "token:a:".to_owned()];
        let left = without(item.expose(), &starts, 100).expect("less than before");
        assert_eq!(left.expose(), "200 login:b:p:1 {}\n");
        assert_eq!(without(item.expose(), &["login:c:".to_owned()], 100), None);
        let left = without(item.expose(), &[], 1000).expect("all has ended");
        assert!(left.is_empty());
        let all = without(item.expose(), &[String::new()], 100).expect("all goes");
        assert!(all.is_empty());
    }

    #[test]
    fn a_full_cache_drops_the_entry_that_expires_first() {
        let long = Secret::new("t".repeat(MOST / 4));
        let mut item = Secret::default();
        for (name, until) in [("a", 900), ("b", 200), ("c", 300), ("d", 400)] {
            item = with(item.expose(), name, &long, 100, until);
        }
        assert!(item.expose().len() <= MOST);
        assert!(find(item.expose(), "b", 100).is_none());
        for name in ["a", "c", "d"] {
            assert!(find(item.expose(), name, 100).is_some(), "{name}");
        }
    }
}
