//! What must be remembered from one run to the next, and is no secret: who was refused a moment ago,
//! and a keyed hash of each temporary login that was answered.
//!
//! The notes are a small file in the [runtime folder](crate::system::runtime_folder). Where there is no such
//! folder nothing is remembered, and everything works as if it had never happened.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::system::atomic_file;
use crate::system::environment::Environment;
use crate::system::runtime_folder::{self, Locked};

/// How long a refusal is remembered, in seconds: more than five failures in a row lock an access key
/// for just as long.
pub const REFUSED_FOR: u64 = 5 * 60;

/// How long an answered login is known again, in seconds.
pub const ANSWERED_FOR: u64 = 24 * 60 * 60;

/// The most notes that are kept; the oldest go first.
const MOST: usize = 500;

/// The file with the key of the hashes.
const KEY: &str = "key";

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The service refused an identity; the text is what it said.
    Refused,
    /// A temporary login was answered.
    Answered,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Answered => "answered",
        }
    }
}

/// Whether there is a key, which everything that is cached has its name from.
pub fn has_key(environment: &Environment) -> bool {
    runtime_folder::open(environment).is_ok_and(|folder| folder.join(KEY).is_file())
}

/// The notes of this user.
pub struct Notes<'a> {
    environment: &'a Environment,
    folder: PathBuf,
    key: Vec<u8>,
}

impl<'a> Notes<'a> {
    /// Opens the notes; `None` where there can be none.
    pub fn open(environment: &'a Environment) -> Option<Self> {
        let folder = runtime_folder::open(environment).ok()?;
        let path = folder.join(KEY);
        let key = match fs::read(&path) {
            Ok(key) => key,
            Err(_) => {
                let mut key = [0; 32];
                getrandom::fill(&mut key).ok()?;
                let mut file = tempfile::Builder::new().tempfile_in(&folder).ok()?;
                file.write_all(&key).ok()?;
                // Of several that begin at once the first one's key is everybody's.
                let _ = file.persist_noclobber(&path);
                fs::read(&path).ok()?
            }
        };
        (key.len() == 32).then_some(Self {
            environment,
            folder,
            key,
        })
    }

    /// Returns a hash of `parts` that says nothing about them to anybody without this user's own key.
    pub fn hash<'b>(&self, parts: impl IntoIterator<Item = &'b str>) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        for part in parts {
            // With its length before it no part runs into the next.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }

    /// Remembers `text` about the thing with this hash for so many seconds.
    pub fn remember(&self, kind: Kind, hash: &str, seconds: u64, text: &str) {
        let now = self.environment.now();
        let Ok(deadline) = self.environment.deadline(Duration::from_secs(1)) else {
            return;
        };
        let Locked::Ours(_lock) = runtime_folder::lock(self.environment, "notes", deadline) else {
            return;
        };
        let mut notes: Vec<Note> = self
            .read()
            .into_iter()
            .filter(|note| note.until > now)
            .collect();
        notes.retain(|note| (note.kind.as_str(), note.hash.as_str()) != (kind.name(), hash));
        let text = text.replace(|c: char| c.is_control(), " ");
        notes.push(Note {
            kind: kind.name().to_owned(),
            hash: hash.to_owned(),
            until: now + seconds,
            text,
        });
        let surplus = notes.len().saturating_sub(MOST);
        let lines: String = notes[surplus..].iter().map(Note::line).collect();
        let _ = atomic_file::replace(&self.path(), lines.as_bytes());
    }

    /// Returns the text that is remembered about the thing with this hash.
    pub fn recall(&self, kind: Kind, hash: &str) -> Option<String> {
        let now = self.environment.now();
        let wanted =
            |note: &Note| note.kind == kind.name() && note.hash == hash && note.until > now;
        self.read().into_iter().find(wanted).map(|note| note.text)
    }

    /// Returns the texts of all refusals that are remembered, each with the seconds until it is forgotten.
    pub fn refusals(&self) -> Vec<(String, u64)> {
        let now = self.environment.now();
        let refused = |note: &Note| note.kind == Kind::Refused.name() && note.until > now;
        let notes = self.read().into_iter().filter(refused);
        notes.map(|note| (note.text, note.until - now)).collect()
    }

    fn read(&self) -> Vec<Note> {
        let text = fs::read_to_string(self.path()).unwrap_or_default();
        text.lines().filter_map(Note::parse).collect()
    }

    fn path(&self) -> PathBuf {
        self.folder.join("notes")
    }
}

struct Note {
    kind: String,
    hash: String,
    until: u64,
    text: String,
}

impl Note {
    fn line(&self) -> String {
        format!("{} {} {} {}\n", self.kind, self.hash, self.until, self.text)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(4, ' ');
        let (kind, hash) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let until = parts.next()?.parse().ok()?;
        Some(Self {
            kind,
            hash,
            until,
            text: parts.next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_last_as_long_as_they_should() {
        let folder = tempfile::tempdir().expect("a folder");
        let environment = Environment::of([("TMPDIR", folder.path())]);
        let at = |now| environment.clone().at(now);
        let (then, later) = (at(1000), at(1301));
        let notes = Notes::open(&then).expect("notes");
        let hash = notes.hash(["a", "b"]);
        assert_ne!(hash, notes.hash(["ab"]));
        notes.remember(Kind::Refused, &hash, 300, "no\nmore");
        assert_eq!(
            notes.recall(Kind::Refused, &hash).as_deref(),
            Some("no more")
        );
        assert_eq!(notes.recall(Kind::Answered, &hash), None);
        notes.remember(Kind::Answered, &hash, 300, "");
        assert_eq!(notes.refusals(), [("no more".to_owned(), 300)]);
        let later = Notes::open(&later).expect("notes");
        assert_eq!(later.hash(["a", "b"]), hash);
        assert_eq!(later.recall(Kind::Refused, &hash), None);
        assert_eq!(later.refusals(), []);
    }
}
