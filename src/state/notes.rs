//! Notes from one run to the next, without secrets: which identities were refused recently, and a
//! keyed hash of each temporary login that was answered.
//!
//! The notes are a small file in the [state folder](crate::system::runtime_folder). If it cannot be
//! created, nothing is remembered and everything else works. A folder of another user is an error.
//!
//! The key of the hashes is stored beside them, so nothing that can be guessed is hashed: no
//! passwords.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::system::atomic_file;
use crate::system::environment::Environment;
use crate::system::open::{self, Demand, USUAL_LIMIT};
use crate::system::runtime_folder::{self, Locked};

/// How long a refusal is remembered, in seconds. After more than five failures in a row, Huawei
/// Cloud locks an access key for the same time.
pub const REFUSED_FOR: u64 = 5 * 60;

/// How long a failed call is shared with the runs that waited for it, in seconds: as long as a call
/// can take.
const BUSY_FOR: u64 = 10;

/// How long a metadata service that did not answer is left alone, in seconds.
const SILENT_FOR: u64 = 5 * 60;

/// How long an answered login is recognized, in seconds.
const ANSWERED_FOR: u64 = 24 * 60 * 60;

/// The largest number of notes. The oldest are dropped first.
const MOST: usize = 500;

/// The file with the key of the hashes.
const KEY: &str = "key";

/// Its length, in bytes.
const KEY_LENGTH: u64 = 32;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The service refused an identity; the text is its answer.
    Refused,
    /// The service refused the time of a request; the text is its answer.
    Skewed,
    /// The service was busy or failed; the text is its answer.
    Busy,
    /// The metadata service did not answer; the text says how.
    Silent,
    /// A temporary login was answered.
    Answered,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Skewed => "skewed",
            Self::Busy => "busy",
            Self::Silent => "silent",
            Self::Answered => "answered",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        [
            Self::Refused,
            Self::Skewed,
            Self::Busy,
            Self::Silent,
            Self::Answered,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }

    /// Returns how long a note of this kind is remembered, in seconds.
    fn lifetime(self) -> u64 {
        match self {
            Self::Refused | Self::Skewed => REFUSED_FOR,
            Self::Silent => SILENT_FOR,
            Self::Busy => BUSY_FOR,
            Self::Answered => ANSWERED_FOR,
        }
    }
}

/// Whether there is a key. Without it no name in the cache can be made.
pub fn has_key(environment: &Environment) -> bool {
    runtime_folder::open(environment).is_ok_and(|folder| folder.join(KEY).is_file())
}

/// The notes of this user.
pub struct Notes<'a> {
    environment: &'a Environment,
    folder: PathBuf,
    key: Zeroizing<Vec<u8>>,
}

impl<'a> Notes<'a> {
    /// Opens the notes; `None` if that is not possible.
    pub fn open(environment: &'a Environment) -> Option<Self> {
        let folder = runtime_folder::open(environment).ok()?;
        let path = folder.join(KEY);
        let read = || open::read(&path, KEY_LENGTH, Demand::Nothing);
        let key = match read() {
            Ok(key) => key,
            Err(_) => {
                let mut key = [0; KEY_LENGTH as usize];
                getrandom::fill(&mut key).ok()?;
                let mut file = tempfile::Builder::new().tempfile_in(&folder).ok()?;
                file.write_all(&key).ok()?;
                // If several runs create the key at once, all use the first one.
                let _ = file.persist_noclobber(&path);
                read().ok()?
            }
        };
        (key.len() as u64 == KEY_LENGTH).then_some(Self {
            environment,
            folder,
            key,
        })
    }

    /// Returns a hash of `parts` that says nothing about them without this user's key.
    pub fn hash<'b>(&self, parts: impl IntoIterator<Item = &'b str>) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        for part in parts {
            // The length comes first, so that no two lists of parts give the same bytes.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    }

    /// Remembers `text` for this hash.
    pub fn remember(&self, kind: Kind, hash: &str, text: &str) {
        let note = Note {
            kind,
            hash: hash.to_owned(),
            until: self.environment.now() + kind.lifetime(),
            text: text.replace(|c: char| c.is_control(), " "),
        };
        self.change(|notes| {
            notes.retain(|other| (other.kind, &other.hash) != (kind, &note.hash));
            notes.push(note);
        });
    }

    /// Forgets all refusals.
    pub fn forget_refusals(&self) {
        self.change(|notes| {
            notes.retain(|note| matches!(note.kind, Kind::Busy | Kind::Answered));
        });
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Note>)) {
        let now = self.environment.now();
        let Ok(deadline) = self.environment.deadline(Duration::from_secs(1)) else {
            return;
        };
        let Locked::Ours(_lock) = runtime_folder::lock(self.environment, "notes", deadline) else {
            return;
        };
        let mut notes = self.read(now);
        change(&mut notes);
        let surplus = notes.len().saturating_sub(MOST);
        let lines: String = notes[surplus..].iter().map(Note::line).collect();
        let _ = atomic_file::replace(&self.path(), lines.as_bytes());
    }

    /// Returns the text that is remembered for this hash.
    pub fn recall(&self, kind: Kind, hash: &str) -> Option<String> {
        let now = self.environment.now();
        let wanted = |note: &Note| note.kind == kind && note.hash == hash;
        self.read(now)
            .into_iter()
            .find(wanted)
            .map(|note| note.text)
    }

    /// Returns all refusals that are remembered, each with the seconds until it is forgotten.
    pub fn refusals(&self) -> Vec<(String, u64)> {
        let now = self.environment.now();
        let notes = self.read(now).into_iter();
        let refused = notes.filter(|note| matches!(note.kind, Kind::Refused | Kind::Skewed));
        refused.map(|note| (note.text, note.until - now)).collect()
    }

    fn read(&self, now: u64) -> Vec<Note> {
        let text = open::read_text(&self.path(), USUAL_LIMIT, Demand::Nothing).unwrap_or_default();
        let notes = text.lines().filter_map(Note::parse);
        notes.filter(|note| note.holds(now)).collect()
    }

    fn path(&self) -> PathBuf {
        self.folder.join("notes")
    }
}

struct Note {
    kind: Kind,
    hash: String,
    until: u64,
    text: String,
}

impl Note {
    fn line(&self) -> String {
        let kind = self.kind.name();
        format!("{kind} {} {} {}\n", self.hash, self.until, self.text)
    }

    /// Whether the note counts. A note that would last longer than its kind allows was written
    /// while the clock was ahead, and its remaining time is unknown.
    fn holds(&self, now: u64) -> bool {
        (now + 1..=now + self.kind.lifetime()).contains(&self.until)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(4, ' ');
        let kind = Kind::of_name(parts.next()?)?;
        let hash = parts.next()?.to_owned();
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
    fn notes_expire_after_their_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let environment = Environment::from_variables([
            ("XDG_STATE_HOME", folder.path()),
            ("HOME", folder.path()),
        ]);
        let at = |now| environment.clone().at(now);
        let (then, later) = (at(1000), at(1301));
        let notes = Notes::open(&then).expect("notes");
        let hash = notes.hash(["a", "b"]);
        assert_ne!(hash, notes.hash(["ab"]));
        notes.remember(Kind::Refused, &hash, "no\nmore");
        assert_eq!(
            notes.recall(Kind::Refused, &hash).as_deref(),
            Some("no more")
        );
        assert_eq!(notes.recall(Kind::Answered, &hash), None);
        notes.remember(Kind::Answered, &hash, "");
        assert_eq!(notes.refusals(), [("no more".to_owned(), 300)]);
        // The clock was one second ahead before and no longer is.
        let earlier = at(999);
        let earlier = Notes::open(&earlier).expect("notes");
        assert_eq!(earlier.recall(Kind::Refused, &hash), None);
        assert_eq!(earlier.refusals(), []);
        let later = Notes::open(&later).expect("notes");
        assert_eq!(later.hash(["a", "b"]), hash);
        assert_eq!(later.recall(Kind::Refused, &hash), None);
        assert_eq!(later.refusals(), []);
        later.remember(Kind::Refused, &hash, "no");
        later.forget_refusals();
        assert_eq!(later.recall(Kind::Refused, &hash), None);
        assert!(later.recall(Kind::Answered, &hash).is_some());
    }
}
