//! The configuration file of a kubelet.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::change;
use super::error::ConfigError;
use super::kubelet_config::{KubeletConfig, Provider, Refused};
use crate::system::atomic_file;
use crate::system::error::SystemError;
use crate::system::open::{self, Demand, USUAL_LIMIT};

/// A change of the file that is not yet written.
pub struct KubeletFile {
    path: PathBuf,
    before: Option<String>,
    config: KubeletConfig,
}

impl KubeletFile {
    /// Reads the file at `path`, which may be missing.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or a kubelet would refuse it.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let before = text_at(path)?;
        let config = KubeletConfig::parse(before.clone());
        Ok(Self {
            path: path.to_owned(),
            before,
            config: config.map_err(|source| refused(path, source))?,
        })
    }

    /// Reads the file at `path`. If that is a folder, reads the files in it that a kubelet reads,
    /// in the same order.
    ///
    /// # Errors
    ///
    /// As [`KubeletFile::read`]; also if the folder holds no such file.
    pub fn read_all(path: &Path) -> Result<Vec<KubeletConfig>, ConfigError> {
        let files = files_of(path).map_err(|source| SystemError::file("read", path, source))?;
        let read = |file: &PathBuf| Ok(Self::read(file)?.config);
        files.iter().map(read).collect()
    }

    /// Returns the programs that it names.
    pub fn providers(&self) -> &[Provider] {
        self.config.providers()
    }

    /// Changes the contents.
    ///
    /// # Errors
    ///
    /// If a kubelet would refuse the result.
    pub fn change<T>(
        &mut self,
        change: impl FnOnce(&mut KubeletConfig) -> Result<T, Refused>,
    ) -> Result<T, ConfigError> {
        change(&mut self.config).map_err(|source| refused(&self.path, source))
    }

    /// Writes the file, unless this is a dry run, and returns a line that says so.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or was changed since it was read.
    pub fn finish(self, dry_run: bool) -> Result<String, ConfigError> {
        let before = self.before.as_deref().map(str::as_bytes);
        let after = self.config.text().map(str::as_bytes);
        let write = || self.write(after.unwrap_or_default());
        change::carry_out(&self.path, (before, after), dry_run, write)
    }

    fn write(&self, text: &[u8]) -> Result<(), ConfigError> {
        // A link is kept, and the file that it leads to is replaced.
        let place = self
            .path
            .canonicalize()
            .unwrap_or_else(|_| self.path.clone());
        atomic_file::replace_if(&place, text, || self.check_as_read())
            .map_err(|source| SystemError::file("write", &self.path, source))?;
        atomic_file::sweep(&place);
        Ok(())
    }

    fn check_as_read(&self) -> io::Result<()> {
        change::check_as_read(text_at(&self.path).is_ok_and(|now| now == self.before))
    }
}

fn text_at(path: &Path) -> Result<Option<String>, SystemError> {
    // Newer kubelets also accept a folder, but a change needs one file.
    let text = match open::read_text(path, USUAL_LIMIT, Demand::Nothing) {
        Ok(mut text) => Ok(Some(std::mem::take(&mut *text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    text.map_err(|source| SystemError::file("read", path, source))
}

fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let ends = ["json", "yaml", "yml"];
        let is_read = path
            .extension()
            .is_some_and(|end| ends.iter().any(|read| end == *read));
        if is_read && path.is_file() {
            files.push(path);
        }
    }
    files.sort_unstable();
    match files.is_empty() {
        true => Err(io::Error::other(
            "the folder has no file that ends in .json, .yaml or .yml",
        )),
        false => Ok(files),
    }
}

fn refused(path: &Path, source: Refused) -> ConfigError {
    ConfigError::Kubelet {
        path: path.to_owned(),
        source,
    }
}
