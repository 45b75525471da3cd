//! Checks the files and folders that others can read or write.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::check::Check;
use super::others::{Others, close, keep_from_writing, take};
use crate::command::NAME;
use crate::config::client_file::ConfigFile;
use crate::config::settings;
use crate::store;
use crate::system::environment::Environment;
use crate::system::open::{self, Demand, USUAL_LIMIT};
use crate::system::program;

/// Checks the files that decide about logins, and the folders above them, where a file could be
/// replaced. The file store is not included, because it refuses an unsafe file itself.
pub(super) fn checks(environment: &Environment) -> Vec<Check> {
    let others = Others::of_process();
    let (files, sockets) = (files(environment), store::sockets(environment));
    let paths = files.iter().map(|(path, _)| path).chain(&sockets);
    let mut folders: BTreeSet<PathBuf> = paths.flat_map(|path| folders_of(path)).collect();
    folders.extend(before_the_helper(environment));
    let mut checks: Vec<Check> = files
        .iter()
        .filter_map(|(path, is_secret)| of_file(path, *is_secret, &others))
        .chain(sockets.iter().filter_map(|path| of_socket(path, &others)))
        .chain(folders.iter().filter_map(|path| of_folder(path, &others)))
        .collect();
    if checks.is_empty() {
        checks.push(Check::ok(
            "files",
            "nobody else can change the files that decide about logins",
        ));
    }
    checks
}

/// Checks one file or folder, and the folders above it.
pub(super) fn of_path(path: &Path) -> Vec<Check> {
    let others = Others::of_process();
    // Not by its target: a link can be replaced as well as the file that it leads to.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folders: BTreeSet<PathBuf> = folders_of(&path).into_iter().collect();
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
    let docker = ConfigFile::of_docker(None, environment).ok();
    let clients = docker
        .into_iter()
        .chain(ConfigFile::all_of_podman(environment));
    let mut files: Vec<(PathBuf, IsSecret)> = Vec::new();
    let no_secret: IsSecret = |_| false;
    // Whoever can replace the helper gets every login.
    let helper = program::find(environment, NAME);
    let running = environment
        .program()
        .filter(|path| helper.as_ref() != Some(path));
    files.extend(
        helper
            .into_iter()
            .chain(running)
            .map(|path| (path, no_secret)),
    );
    files.extend(settings::path(environment).map(|path| (path, no_secret)));
    for client in clients {
        // podman reads docker's file too.
        if files.iter().all(|(path, _)| path != client.path()) {
            files.push((client.path().to_owned(), holds_login));
        }
    }
    files.extend(profile(environment).map(|path| (path, (|_| true) as IsSecret)));
    files
}

/// Returns the folders of `PATH` in which a program of the helper's name would run in its place.
fn before_the_helper(environment: &Environment) -> Vec<PathBuf> {
    let Some(helper) = program::find(environment, NAME) else {
        return Vec::new();
    };
    let folders = environment.path("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .take_while(|folder| Some(folder.as_path()) != helper.parent())
        .collect()
}

/// Returns the file of Huawei's SDK.
pub(super) fn profile(environment: &Environment) -> Option<PathBuf> {
    let named = environment.path("HUAWEICLOUD_SDK_CREDENTIALS_FILE");
    named.or_else(|| Some(environment.home()?.join(".huaweicloud/credentials")))
}

/// Returns the folders above a file, whether it exists or not, and above the target of a link.
fn folders_of(path: &Path) -> Vec<PathBuf> {
    let there = path
        .ancestors()
        .skip(1)
        .find_map(|folder| dunce::canonicalize(folder).ok());
    let target = dunce::canonicalize(path).ok();
    let target = target.as_deref().and_then(Path::parent);
    let all = there.as_deref().into_iter().chain(target);
    all.filter(|_| path.is_absolute())
        .flat_map(Path::ancestors)
        .map(Path::to_owned)
        .collect()
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
    if others.own(path) == Some(true) {
        return Some(of_another(path));
    }
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

/// Checks the socket of a bus. Anybody may connect to many a one, and whose it is decides who
/// answers.
fn of_socket(path: &Path, others: &Others) -> Option<Check> {
    others.own(path)?.then(|| {
        let text = format!(
            "{} belongs to another user, who answers there",
            path.display()
        );
        let hint = "let DBUS_SESSION_BUS_ADDRESS name the bus of your own session, or unset it";
        Check::warning("files", text, hint)
    })
}

fn of_folder(path: &Path, others: &Others) -> Option<Check> {
    if others.own(path) == Some(true) {
        return Some(of_another(path));
    }
    others.may_replace_in(path)?.then(|| {
        let text = format!(
            "write the folder {}, and so replace files in it",
            path.display()
        );
        fault(&text, keep_from_writing(path))
    })
}

fn of_another(path: &Path) -> Check {
    let text = format!(
        "{} belongs to another user, who can change it",
        path.display()
    );
    Check::warning("files", text, take(path))
}

fn fault(fault: &str, hint: String) -> Check {
    Check::warning("files", format!("others can {fault}"), hint)
}
