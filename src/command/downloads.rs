//! The credentials.csv files in the download folder.

use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use crate::config::credentials_csv;
use crate::console::clean::clean;
use crate::model::access_key::{AccessKey, shortened};
use crate::model::time;
use crate::system::environment::Environment;
use crate::system::open::{self, Demand, USUAL_LIMIT};

/// As many as fit on the screen above a question.
const MOST: usize = 9;

/// An access key in a downloaded file.
pub(super) struct Download {
    pub(super) path: PathBuf,
    pub(super) key: AccessKey,
    /// When the file was written, in Unix seconds.
    written: u64,
}

impl Download {
    /// Returns the path and the AK, without the SK.
    pub(super) fn described(&self, now: u64) -> String {
        let age = time::age(self.written, now);
        let path = clean(&self.path.display().to_string());
        format!("{path}: {}, {age}", shortened(&self.key.ak))
    }
}

/// Returns the access keys in the download folder, the newest first. Files without a key are
/// skipped.
pub(super) fn find(environment: &Environment) -> Vec<Download> {
    let Some(entries) = folder(environment).and_then(|folder| fs::read_dir(folder).ok()) else {
        return Vec::new();
    };
    let named = entries.flatten().filter(|entry| {
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        // If the name is taken, a browser writes `credentials (1).csv` or `credentials-1.csv`.
        name.starts_with("credentials") && name.ends_with(".csv")
    });
    let mut downloads: Vec<_> = named.filter_map(|entry| read(entry.path())).collect();
    downloads.sort_by(|a, b| b.written.cmp(&a.written).then(a.path.cmp(&b.path)));
    downloads.truncate(MOST);
    downloads
}

fn read(path: PathBuf) -> Option<Download> {
    let key = credentials_csv::read(&path).ok()?;
    let written = fs::metadata(&path).ok()?.modified().ok()?;
    let written = written.duration_since(UNIX_EPOCH).ok()?;
    Some(Download {
        path,
        key,
        written: written.as_secs(),
    })
}

/// Returns the download folder: the one that the desktop names in the user's language, else
/// `Downloads`.
fn folder(environment: &Environment) -> Option<PathBuf> {
    let home = environment.home()?;
    let config = environment
        .xdg("XDG_CONFIG_HOME")
        .unwrap_or_else(|| home.join(".config"));
    let names = config.join("user-dirs.dirs");
    let text = open::read_text(&names, USUAL_LIMIT, Demand::Nothing).ok();
    let named = text.and_then(|text| download_dir(&text).map(|dir| home.join(dir)));
    Some(named.unwrap_or_else(|| home.join("Downloads")))
}

/// Returns the value of `XDG_DOWNLOAD_DIR` in the file of xdg-user-dirs: a path that begins with
/// `$HOME/` or `/`. Source: the manual user-dirs.dirs(5).
fn download_dir(text: &str) -> Option<&str> {
    let value = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let path = value.trim().trim_matches('"');
    match path.strip_prefix("$HOME/") {
        Some(below) => Some(below),
        None => Some(path).filter(|path| path.starts_with('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_download_folder_is_that_of_the_desktop() {
        for (text, dir) in [
            (
                "# a comment\nXDG_DESKTOP_DIR=\"$HOME/d\"\nXDG_DOWNLOAD_DIR=\"$HOME/下载\"\n",
                Some("下载"),
            ),
            (
                "XDG_DOWNLOAD_DIR=\"/srv/downloads\"",
                Some("/srv/downloads"),
            ),
            ("XDG_DOWNLOAD_DIR=\"downloads\"", None),
            ("#XDG_DOWNLOAD_DIR=\"$HOME/x\"", None),
            ("", None),
        ] {
            assert_eq!(download_dir(text), dir, "{text}");
        }
    }
}
