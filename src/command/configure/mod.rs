//! `configure`: names this helper in docker's config.json or podman's auth.json, or takes it out again.

mod file;
mod import;

use super::{NAME, Stdio, cli, print, shown};
use crate::docker_config::{Added, HELPER};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::program;
use crate::regions;
use crate::registry::Registry;
use file::{Client, Edit};

pub(super) use file::ConfigFile;

pub(super) fn run(
    options: &cli::Configure,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    let hosts = hosts(options)?;
    let file = match options.podman {
        true => ConfigFile::of_podman(environment)?,
        false => ConfigFile::of_docker(options.docker_config.as_deref(), environment)?,
    };
    let lines = match (options.remove, options.import_auths) {
        (true, _) => remove(&hosts, &file, options.dry_run)?,
        (_, true) => add_and_import(&hosts, &file, options.dry_run, stdio, environment)?,
        _ => add(&hosts, &file, options.dry_run, environment)?,
    };
    let report: String = lines.iter().map(|line| format!("{line}\n")).collect();
    print(stdio, report.as_bytes())
}

/// Names this helper for `hosts`, which are addresses of registries, in `file`. Returns what was done, in lines for
/// a person.
///
/// # Errors
///
/// [`Error::NotOnPath`], and what reading and writing the file gives; then it is as it was.
pub(super) fn add(
    hosts: &[String],
    file: &ConfigFile,
    dry_run: bool,
    environment: &Environment,
) -> Result<Vec<String>> {
    check_path(environment)?;
    let mut edit = file.edit()?;
    let mut lines = added(&mut edit, hosts)?;
    lines.extend(notes(&edit, hosts, environment));
    finished(edit, dry_run, lines)
}

/// Returns the registries that docker asks this helper for, as far as its config.json can be read.
pub(super) fn routed(environment: &Environment) -> Vec<String> {
    ConfigFile::of_docker(None, environment)
        .and_then(|file| file.read())
        .map_or(Vec::new(), |config| config.hosts_of(HELPER))
}

/// The same, and moves the logins that stand in the file to the store.
fn add_and_import(
    hosts: &[String],
    file: &ConfigFile,
    dry_run: bool,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<Vec<String>> {
    check_path(environment)?;
    let mut edit = file.edit()?;
    let mut lines = added(&mut edit, hosts)?;
    let mut stored = Vec::new();
    let result = import::run(&mut edit, hosts, dry_run, stdio, environment, &mut stored);
    let result = result.and_then(|moved| {
        lines.extend(moved);
        lines.extend(notes(&edit, hosts, environment));
        finished(edit, dry_run, lines)
    });
    if result.is_err() && !stored.is_empty() {
        let path = file.path.display().to_string();
        let _ = writeln!(
            stdio.stderr,
            "note: stored by now, and still in {} as well: the login of {}",
            shown(&path),
            stored.join(", ")
        );
    }
    result
}

/// Takes this helper out of `file` again, for `hosts` or for all if there are none.
fn remove(hosts: &[String], file: &ConfigFile, dry_run: bool) -> Result<Vec<String>> {
    let mut edit = file.edit()?;
    let lines = removed(&mut edit, hosts)?;
    finished(edit, dry_run, lines)
}

/// A client that does not find the helper it is told to ask goes on without a login.
fn check_path(environment: &Environment) -> Result<()> {
    match program::find(environment, NAME) {
        Some(_) => Ok(()),
        None => Err(Error::NotOnPath),
    }
}

/// Writes the file, and puts the line that says so before the others.
fn finished(edit: Edit<'_>, dry_run: bool, lines: Vec<String>) -> Result<Vec<String>> {
    let first = edit.finish(dry_run)?;
    let lines = [first].into_iter().chain(lines);
    Ok(lines.map(|line| shown(&line)).collect())
}

/// Returns the registries that are named, each once.
fn hosts(options: &cli::Configure) -> Result<Vec<String>> {
    let mut hosts: Vec<String> = Vec::new();
    let mut name = |host: String| {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    };
    for host in &options.registries {
        name(Registry::parse(host, &[])?.address().to_owned());
    }
    for region in &options.regions {
        name(regions::host(region, None)?);
    }
    if hosts.is_empty() && !options.remove && !options.import_auths {
        let text = "no registry is named: `--registry HOST` or `--region ID` does";
        return Err(Error::Option(text.to_owned()));
    }
    Ok(hosts)
}

/// Names this helper for each of `hosts`; returns a line for each.
fn added(edit: &mut Edit<'_>, hosts: &[String]) -> Result<Vec<String>> {
    let client = edit.client().name();
    let mut lines = Vec::new();
    for host in hosts {
        let aside = match edit.change(|config| config.add(host))? {
            Added::New => String::new(),
            Added::Already => " already".to_owned(),
            Added::Instead(other) if other.is_empty() => ", and no longer this file".to_owned(),
            Added::Instead(other) => format!(", and no longer docker-credential-{other}"),
        };
        lines.push(format!("  {host}: {client} asks {NAME}{aside}"));
    }
    Ok(lines)
}

/// Takes `hosts`, or all if there are none, from this helper; returns a line for each.
fn removed(edit: &mut Edit<'_>, hosts: &[String]) -> Result<Vec<String>> {
    let client = edit.client().name();
    let is_named = |host: &str| hosts.is_empty() || hosts.iter().any(|named| named == host);
    let removed = edit.change(|config| config.remove(is_named))?;
    let absent = hosts.iter().filter(|host| !removed.contains(host));
    let absent = absent.map(|host| format!("  {host}: {client} did not ask {NAME}"));
    let removed = removed
        .iter()
        .map(|host| format!("  {host}: {client} no longer asks {NAME}"));
    Ok(removed.chain(absent).collect())
}

/// Returns what else a person should know.
fn notes(edit: &Edit<'_>, hosts: &[String], environment: &Environment) -> Vec<String> {
    let config = edit.config();
    let is_stale = |host: &&String| config.has_plain_login(host);
    let stale = hosts.iter().filter(is_stale).map(|host| {
        match config.plain_logins(host).is_empty() {
            // podman keeps such, and the helper's logins are for all of a registry.
            true => format!("note: {host}: a login for a part of it stands there in plain text"),
            false => format!(
                "note: {host}: a login stands there in plain text; the same with `--import-auths` moves it to this helper"
            ),
        }
    });
    let mut notes: Vec<_> = stale.collect();
    match edit.client() {
        Client::Docker if !edit.named_a_store() && !hosts.is_empty() => {
            notes.push(native_store_note(environment));
        }
        Client::Docker => {}
        Client::Podman => notes.extend(file::found_by_podman_before(hosts, environment)),
    }
    notes
}

/// Says that docker takes the platform's own store only as long as the file names none.
fn native_store_note(environment: &Environment) -> String {
    let note = "note: with this, docker no longer picks the system's credential store for other \
                registries by itself";
    let store = match std::env::consts::OS {
        "macos" => "osxkeychain",
        "windows" => "wincred",
        _ if program::find(environment, "pass").is_some() => "pass",
        _ => "secretservice",
    };
    match program::find(environment, &format!("docker-credential-{store}")) {
        Some(_) => format!("{note}; `\"credsStore\": \"{store}\"` in the file keeps it"),
        None => note.to_owned(),
    }
}
