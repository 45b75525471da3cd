//! Checks the files and folders that others can read or write.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::check::Check;
use super::others::{Others, close, keep_from_writing};
use crate::command::NAME;
use crate::config::client_file::ConfigFile;
use crate::config::settings;
use crate::system::environment::Environment;
use crate::system::open::{self, Demand, USUAL_LIMIT};
use crate::system::program;

/// Checks the files that decide about logins, and the folders above them, where a file could be
/// replaced. The file store is not included, because it refuses an unsafe file itself.
pub(super) fn checks(environment: &Environment) -> Vec<Check> {
    let others = Others::of_process();
    let files = files(environment);
    let folders: BTreeSet<PathBuf> = files
        .iter()
        .flat_map(|(path, _)| folders_of(path))
        .collect();
    let mut checks: Vec<Check> = files
        .iter()
        .filter_map(|(path, is_secret)| of_file(path, *is_secret, &others))
        .chain(folders.iter().filter_map(|path| of_folder(path, &others)))
        .collect();
    if checks.is_empty() {
        checks.push(Check::ok(
            "files",
            "nobody else can change what decides about logins",
        ));
    }
    checks
}

/// Checks one file or folder, and the folders above it.
pub(super) fn of_path(path: &Path) -> Vec<Check> {
    let others = Others::of_process();
    let path = dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folders = folders_of(&path);
    let own = match path.is_dir() {
        true => of_folder(&path, &others),
        false => of_file(&path, |_| false, &others),
    };
    let above = folders
        .iter()
        .filter_map(|folder| of_folder(folder, &others));
    own.into_iter().chain(above).collect()
}

/// Whether a file with this text must be unreadable for everybody else.
type IsSecret = fn(&str) -> bool;

fn files(environment: &Environment) -> Vec<(PathBuf, IsSecret)> {
    let profile = environment
        .path("HUAWEICLOUD_SDK_CREDENTIALS_FILE")
        .or_else(|| Some(environment.home()?.join(".huaweicloud/credentials")));
    let docker = ConfigFile::of_docker(None, environment).ok();
    let clients = docker
        .into_iter()
        .chain(ConfigFile::all_of_podman(environment));
    let mut files: Vec<(PathBuf, IsSecret)> = Vec::new();
    let no_secret: IsSecret = |_| false;
    // Whoever can replace the helper, or the bus of the keyring, gets every login.
    files.extend(program::find(environment, NAME).map(|path| (path, no_secret)));
    files.extend(environment.program().map(|path| (path, no_secret)));
    files.extend(bus(environment).map(|path| (path, no_secret)));
    files.extend(settings::path(environment).map(|path| (path, no_secret)));
    for client in clients {
        // podman reads docker's file too.
        if files.iter().all(|(path, _)| path != client.path()) {
            files.push((client.path().to_owned(), holds_login));
        }
    }
    files.extend(profile.map(|path| (path, (|_| true) as IsSecret)));
    files
}

/// Returns the socket of the session bus, if one is named.
fn bus(environment: &Environment) -> Option<PathBuf> {
    let address = environment.path("DBUS_SESSION_BUS_ADDRESS");
    let address = address.as_ref().and_then(|address| address.to_str());
    let named = address
        .and_then(|address| address.strip_prefix("unix:path="))
        .and_then(|path| path.split([',', ';']).next())
        .map(PathBuf::from);
    let runtime = || Some(environment.path("XDG_RUNTIME_DIR")?.join("bus"));
    named.or_else(runtime).filter(|path| path.is_absolute())
}

/// Returns the folders above a file, whether it exists or not.
fn folders_of(path: &Path) -> Vec<PathBuf> {
    let there = path
        .ancestors()
        .skip(1)
        .find_map(|folder| dunce::canonicalize(folder).ok());
    let all = |folder: PathBuf| folder.ancestors().map(Path::to_owned).collect();
    there
        .filter(|_| path.is_absolute())
        .map(all)
        .unwrap_or_default()
}

/// Whether the file of a client holds a login, and not only the name of a helper.
fn holds_login(text: &str) -> bool {
    ["\"auth\"", "\"identitytoken\"", "\"registrytoken\""]
        .iter()
        .any(|name| text.contains(name))
}

fn of_file(path: &Path, is_secret: IsSecret, others: &Others) -> Option<Check> {
    fs::metadata(path).ok().filter(Metadata::is_file)?;
    let shown = path.display();
    if others.may_write(path)? {
        return Some(fault(&format!("write {shown}"), keep_from_writing(path)));
    }
    let text = || open::read_text(path, USUAL_LIMIT, Demand::Nothing);
    let is_read = others.may_read(path)? && is_secret(&text().ok()?);
    is_read.then(|| {
        let text = format!("read {shown}, which holds a secret");
        fault(&text, close(path))
    })
}

fn of_folder(path: &Path, others: &Others) -> Option<Check> {
    others.may_replace_in(path)?.then(|| {
        let text = format!(
            "write the folder {}, and replace what is in it",
            path.display()
        );
        fault(&text, keep_from_writing(path))
    })
}

fn fault(fault: &str, hint: String) -> Check {
    Check::warning("files", format!("others than its owner can {fault}"), hint)
}
