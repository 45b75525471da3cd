//! The file store, for hosts without a keyring, used only if a person selects it.
//!
//! It keeps the AK and the login key, never the SK, so the worst that can leak is what `docker
//! login` itself would have written. The file is a line that names the format, one line of JSON for
//! each record, sorted by slot, and a last line that marks the end:
//!
//! ```text
//! docker-credential-swr credentials 1
//! {"slot":"account/default",...}
//! {"slot":"swr.cn-north-4.myhuaweicloud.com",...}
//! end
//! ```
//!
//! A `get` reads every line, and parses only the one it needs.

mod lines;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Take};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use self::lines::Lines;
use super::api::{Listed, Store};
use super::backend::Backend;
use super::error::StoreError;
use super::record::Record;
use super::slot::Slot;
#[cfg(windows)]
use crate::system::acl::Access;
use crate::system::atomic_file;
use crate::system::environment::Environment;
use crate::system::error::SystemError;
use crate::system::open::{self, Demand};

const FIRST_LINE: &str = "docker-credential-swr credentials 1\n";
const LAST_LINE: &str = "end\n";

/// How the line of a record starts. The slot's name follows.
const RECORD_START: &str = "{\"slot\":";

/// The largest file that is read, in bytes: about fifty thousand records.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// The size of the buffer, in bytes. Only a longer line needs more.
const WINDOW: usize = 16 * 1024;

// Why the file is not used.
const OTHERS_READ: &str = "others can read or write it";
const FOREIGN: &str = "it belongs to another user";
const OTHERS_REPLACE: &str = "others can replace files in it";

/// Returns the file whose lock protects changes of the file store. It is in the same folder, where
/// no other user can create it first.
///
/// # Errors
///
/// [`StoreError::System`] if the folder cannot be created, or if others can replace files in it.
pub(super) fn lock_path(environment: &Environment) -> Result<PathBuf, StoreError> {
    let path = environment.config_folder()?.join("credentials");
    let lock = || {
        let file = open::followed(&path)?;
        let folder = open::folder_of(&file);
        atomic_file::create_private_folder(folder)?;
        open::check_folder(folder)?;
        Ok(folder.join("credentials.lock"))
    };
    lock().map_err(|source: io::Error| SystemError::file("lock", &path, source).into())
}

pub(super) struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// Returns the store in `folder`. Reads and creates nothing yet.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("credentials"),
        }
    }

    /// Calls `each` with the line of each record, in order. A missing file has no records. An
    /// incomplete file is an error, whatever record is wanted.
    fn for_each_line(
        &self,
        mut each: impl FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some(mut lines) = self.open()? else {
            return Ok(());
        };
        if self.next(&mut lines)? != FIRST_LINE {
            return Err(self.damaged("its first line is not this program's"));
        }
        loop {
            let line = self.next(&mut lines)?;
            if line == LAST_LINE {
                break;
            }
            if !line.ends_with('\n') {
                return Err(self.damaged("its end is missing"));
            }
            if !line.starts_with(RECORD_START) {
                return Err(self.damaged("a record in it cannot be read"));
            }
            each(line)?;
        }
        match self.next(&mut lines)? {
            "" => Ok(()),
            _ => Err(self.damaged("something follows its end")),
        }
    }

    fn open(&self) -> Result<Option<Lines<Take<File>>>, StoreError> {
        let file = match open::open(&self.path, Demand::Nothing) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io("read", error)),
        };
        let metadata = file.metadata().map_err(|error| self.io("read", error))?;
        self.check_safety(&file, &metadata)?;
        if metadata.len() > SIZE_LIMIT {
            return Err(self.damaged("it is larger than 16 MiB"));
        }
        // One more byte than the file has, so that reading finds its end without growing the
        // buffer.
        let window = WINDOW.min(metadata.len() as usize + 1);
        Ok(Some(Lines::new(file.take(SIZE_LIMIT), window)))
    }

    fn next<'a>(&self, lines: &'a mut Lines<Take<File>>) -> Result<&'a str, StoreError> {
        let line = lines.next().map_err(|error| self.io("read", error))?;
        std::str::from_utf8(line).map_err(|_| self.damaged("it is not UTF-8"))
    }

    #[cfg(unix)]
    fn check_safety(&self, _file: &File, metadata: &std::fs::Metadata) -> Result<(), StoreError> {
        use std::os::unix::fs::MetadataExt;

        use crate::system::user::is_one;

        let user = rustix::process::geteuid().as_raw();
        // Root may use the file of the user whose home directory it runs in, as with `sudo`. In a
        // user namespace an ID that it does not map may be anybody's.
        let is_of_another = |owner: u32| owner != user && user != 0 || !is_one(owner);
        if metadata.mode() & 0o077 != 0 {
            return Err(unsafe_file(&self.path, OTHERS_READ));
        }
        if is_of_another(metadata.uid()) {
            return Err(unsafe_file(&self.path, FOREIGN));
        }
        // If the path is a link, both folders are checked: that of the link and that of the file.
        let file = open::followed(&self.path).map_err(|error| self.io("read", error))?;
        for folder in [&self.path, &file].map(|file| open::folder_of(file)) {
            let metadata = folder.metadata();
            let metadata = metadata.map_err(|error| self.io("read", error))?;
            if metadata.uid() != 0 && is_of_another(metadata.uid()) {
                return Err(unsafe_file(folder, FOREIGN));
            }
            if metadata.mode() & 0o022 != 0 {
                return Err(unsafe_file(folder, OTHERS_REPLACE));
            }
        }
        Ok(())
    }

    #[cfg(windows)]
    fn check_safety(&self, file: &File, _metadata: &std::fs::Metadata) -> Result<(), StoreError> {
        let access = Access::of_file(file).map_err(|error| self.io("read", error))?;
        if access.others_read() {
            return Err(unsafe_file(&self.path, OTHERS_READ));
        }
        if access.is_foreign() {
            return Err(unsafe_file(&self.path, FOREIGN));
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let access = Access::of_path(folder).map_err(|error| self.io("read", error))?;
        if access.others_replace() {
            return Err(unsafe_file(folder, OTHERS_REPLACE));
        }
        Ok(())
    }

    fn record_in(&self, line: &str, slot: &Slot) -> Result<Record, StoreError> {
        match Record::from_json(line.as_bytes()) {
            Ok((named, record)) if named == *slot => Ok(record),
            _ => Err(self.damaged("a record in it cannot be read")),
        }
    }

    fn records(&self) -> Result<BTreeMap<String, Record>, StoreError> {
        let mut records = BTreeMap::new();
        self.for_each_line(|line| {
            let (slot, record) = Record::from_json(line.as_bytes())
                .map_err(|_| self.damaged("a record in it cannot be read"))?;
            records.insert(slot.name(), record);
            Ok(())
        })?;
        Ok(records)
    }

    fn write_records(&self, records: &BTreeMap<String, Record>) -> Result<(), StoreError> {
        let lines: Vec<_> = records
            .iter()
            .map(|(name, record)| record.to_json(&Slot::of_name(name)))
            .collect();
        let length: usize = lines.iter().map(|line| line.len() + 1).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(
            FIRST_LINE.len() + length + LAST_LINE.len(),
        ));
        text.extend_from_slice(FIRST_LINE.as_bytes());
        for line in &lines {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        text.extend_from_slice(LAST_LINE.as_bytes());
        open::followed(&self.path)
            .and_then(|file| {
                atomic_file::create_private_folder(open::folder_of(&file))?;
                atomic_file::replace(&file, &text)
            })
            .map_err(|error| self.io("write", error))
    }

    fn damaged(&self, why: &'static str) -> StoreError {
        StoreError::DamagedFile {
            path: self.path.clone(),
            why,
        }
    }

    fn io(&self, action: &'static str, source: io::Error) -> StoreError {
        SystemError::file(action, &self.path, source).into()
    }
}

fn unsafe_file(path: &Path, why: &'static str) -> StoreError {
    StoreError::UnsafeFile {
        path: path.to_owned(),
        why,
    }
}

impl Store for FileStore {
    fn backend(&self) -> Backend {
        Backend::File
    }

    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError> {
        let name = serde_json::to_string(&slot.name()).expect("a text is written to memory");
        let start = format!("{RECORD_START}{name},");
        let mut record = None;
        self.for_each_line(|line| {
            if line.starts_with(&start) {
                record = Some(self.record_in(line, slot)?);
            }
            Ok(())
        })?;
        Ok(record)
    }

    fn read_all(&self) -> Result<Vec<Listed>, StoreError> {
        let listed = |(name, record): (String, Record)| Listed {
            slot: Slot::of_name(&name),
            record: Ok(record),
            copies: 1,
        };
        Ok(self.records()?.into_iter().map(listed).collect())
    }

    /// A file is never locked.
    fn unlock(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Callers pass the key as returned by [`StoredKey::kept_in`], without the SK. This makes sure
    /// of it.
    ///
    /// [`StoredKey::kept_in`]: super::record::StoredKey::kept_in
    fn write(&self, slot: &Slot, record: &Record) -> Result<(), StoreError> {
        let mut records = self.records()?;
        let key = record
            .key
            .clone()
            .map(|key| key.kept_in(Backend::File))
            .transpose()?;
        records.insert(
            slot.name(),
            Record {
                key,
                logins: record.logins.clone(),
            },
        );
        self.write_records(&records)
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        self.for_each_line(|_| Ok(()))?;
        open::followed(&self.path)
            .and_then(|file| atomic_file::check_replaceable(&file))
            .map_err(|error| self.io("write", error))
    }

    fn remove(&self, slot: &Slot) -> Result<(), StoreError> {
        let mut records = self.records()?;
        match records.remove(&slot.name()) {
            Some(_) => self.write_records(&records),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::login::Login;
    use crate::store::record::PlainLogin;

    fn record(username: &str) -> Record {
        let login = Login {
            username: username.into(),
            password: "secret".into(),
        };
        Record {
            key: None,
            logins: vec![PlainLogin {
                server_url: "h".into(),
                login,
                stored: 1,
            }],
        }
    }

    fn slot(name: &str) -> Slot {
        Slot::Registry(name.into())
    }

    #[test]
    fn records_are_stored_found_and_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::in_folder(&folder.path().join("new"));
        assert_eq!(store.read(&slot("a")).expect("no file"), None);
        store.remove(&slot("a")).expect("nothing to do");
        for name in ["b", "a", "a:5000"] {
            store.write(&slot(name), &record(name)).expect("written");
        }
        assert_eq!(store.read(&slot("a")).expect("read"), Some(record("a")));
        assert_eq!(store.read(&slot("a:500")).expect("read"), None);
        store.remove(&slot("a")).expect("removed");
        let names: Vec<_> = store
            .read_all()
            .expect("read")
            .into_iter()
            .map(|listed| listed.slot.name())
            .collect();
        assert_eq!(names, ["a:5000", "b"]);
    }

    #[test]
    fn a_file_cut_anywhere_is_named_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::in_folder(folder.path());
        store.write(&slot("a"), &record("a")).expect("written");
        let whole = std::fs::read(&store.path).expect("the file");
        for length in 0..whole.len() {
            std::fs::write(&store.path, &whole[..length]).expect("cut");
            let damaged = |error: StoreError| matches!(error, StoreError::DamagedFile { .. });
            assert!(store.read(&slot("a")).is_err_and(damaged), "{length}");
            assert!(
                store.write(&slot("a"), &record("b")).is_err_and(damaged),
                "{length}"
            );
            assert_eq!(
                std::fs::read(&store.path).expect("the file"),
                &whole[..length]
            );
        }
    }

    #[test]
    fn a_file_larger_than_the_window_is_searched_to_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::in_folder(folder.path());
        let long = "u".repeat(WINDOW + 1);
        let name = |number: usize| format!("host-{number}");
        let username = |number: usize| if number == 500 { &*long } else { "u" };
        let records = (0..1000).map(|number| (name(number), record(username(number))));
        store.write_records(&records.collect()).expect("written");
        for number in [0, 1, 499, 500, 501, 999] {
            let read = store.read(&slot(&name(number))).expect("read");
            assert_eq!(read, Some(record(username(number))), "{number}");
        }
        assert_eq!(store.read(&slot("host")).expect("read"), None);
        assert_eq!(store.read_all().expect("read").len(), 1000);
    }

    #[test]
    fn damage_anywhere_in_the_file_is_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::in_folder(folder.path());
        for name in ["a", "b", "c"] {
            store.write(&slot(name), &record(name)).expect("written");
        }
        let whole = std::fs::read_to_string(&store.path).expect("the file");
        for (old, new) in [
            (" 1\n", " 2\n"),
            ("\n{\"slot\":\"c\"", "\n\0\0\0\0\0\0\0\"c\""),
            ("\n{\"slot\":\"c\"", "\n\n{\"slot\":\"c\""),
            ("\nend\n", "\nend\nend\n"),
            ("\nend\n", "\nEND\n"),
            ("\nend\n", "\n"),
        ] {
            let damaged = whole.replace(old, new);
            assert_ne!(damaged, whole);
            std::fs::write(&store.path, damaged).expect("damaged");
            for name in ["a", "b", "d"] {
                let error = store.read(&slot(name)).expect_err(new);
                assert!(matches!(error, StoreError::DamagedFile { .. }), "{new:?}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::in_folder(folder.path());
        store.write(&slot("a"), &record("a")).expect("written");
        for mode in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&store.path, std::fs::Permissions::from_mode(mode))
                .expect("changed");
            let error = store.read(&slot("a")).expect_err("readable by others");
            assert!(matches!(error, StoreError::UnsafeFile { .. }), "{mode:o}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn both_folders_of_a_linked_file_must_be_closed_to_others() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::{PermissionsExt, symlink};

        let [of_link, of_file] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let target = of_file.path().join("credentials");
        symlink(target, of_link.path().join("credentials")).expect("linked");
        let store = FileStore::in_folder(of_link.path());
        store.write(&slot("a"), &record("a")).expect("written");
        for folder in [&of_link, &of_file] {
            for bad in [0o720, 0o702] {
                set_permissions(folder.path(), Permissions::from_mode(bad)).expect("changed");
                let error = store.read(&slot("a")).expect_err("replaceable by others");
                assert!(
                    matches!(&error, StoreError::UnsafeFile { path, .. } if path == folder.path()),
                    "{bad:o}: {error}"
                );
            }
            set_permissions(folder.path(), Permissions::from_mode(0o700)).expect("changed");
        }
        assert!(store.read(&slot("a")).expect("closed to others").is_some());
    }

    #[test]
    fn a_file_of_more_than_16_mib_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FileStore::in_folder(folder.path());
        store.write(&slot("a"), &record("a")).expect("written");
        let file = File::options().write(true).open(&store.path);
        let file = file.expect("the file");
        file.set_len(SIZE_LIMIT + 1).expect("a sparse file");
        let error = store.read(&slot("a")).expect_err("too large");
        assert!(error.to_string().contains("16 MiB"), "{error}");
    }
}
