//! A change of a client's configuration, planned completely before anything is written.

use crate::command::NAME;
use crate::command::error::{Error, Result};
use crate::config::client_file::{Client, ConfigFile, Edit, found_by_podman_before};
use crate::config::docker_config::{Added, nerdctls_name};
use crate::system::environment::Environment;
use crate::system::program;

/// A change that is not yet written, with lines that describe it.
pub(in crate::command) struct Plan {
    pub(super) edit: Edit,
    pub(super) lines: Vec<String>,
}

impl Plan {
    /// Plans to add this helper for `hosts`, which are addresses of registries, and for nerdctl if
    /// that is wanted or installed.
    ///
    /// # Errors
    ///
    /// [`Error::NotOnPath`], and any error of reading the file.
    pub(in crate::command) fn to_add(
        hosts: &[String],
        file: ConfigFile,
        nerdctl: bool,
        environment: &Environment,
    ) -> Result<Self> {
        let mut plan = Self::without_notes(hosts, file, nerdctl, environment)?;
        plan.note(hosts, environment);
        Ok(plan)
    }

    /// Does the same for a caller with more changes. The caller must then call [`Self::note`].
    pub(super) fn without_notes(
        hosts: &[String],
        file: ConfigFile,
        nerdctl: bool,
        environment: &Environment,
    ) -> Result<Self> {
        check_path(environment)?;
        let mut edit = file.edit()?;
        let nerdctl = nerdctl || program::find(environment, "nerdctl").is_some();
        let lines = added(&mut edit, hosts, nerdctl)?;
        Ok(Self { edit, lines })
    }

    /// Adds notes that a person should read.
    pub(super) fn note(&mut self, hosts: &[String], environment: &Environment) {
        self.lines.extend(notes(&self.edit, hosts, environment));
    }

    /// Plans to remove this helper, for `hosts`, or for all registries if there are none.
    pub(super) fn to_remove(hosts: &[String], file: ConfigFile) -> Result<Self> {
        let mut edit = file.edit()?;
        let lines = removed(&mut edit, hosts)?;
        Ok(Self { edit, lines })
    }

    /// Checks that the file can be written, if it changes.
    ///
    /// # Errors
    ///
    /// Any error of the system.
    pub(in crate::command) fn check_writable(&self) -> Result<()> {
        Ok(self.edit.check_writable()?)
    }

    /// Writes the file, unless this is a dry run, and returns lines that say what was done.
    ///
    /// # Errors
    ///
    /// Any error of writing. The file is then unchanged.
    pub(in crate::command) fn carry_out(self, dry_run: bool) -> Result<String> {
        let first = self.edit.finish(dry_run)?;
        let lines = [first].into_iter().chain(self.lines);
        Ok(lines.map(|line| line + "\n").collect())
    }
}

/// A client that does not find the helper continues without a login.
fn check_path(environment: &Environment) -> Result<()> {
    match program::find(environment, NAME) {
        Some(_) => Ok(()),
        None => Err(Error::NotOnPath),
    }
}

/// Adds this helper for each of `hosts` and, if `nerdctl` is set, for the name that nerdctl looks
/// up first. Returns a line for each.
fn added(edit: &mut Edit, hosts: &[String], nerdctl: bool) -> Result<Vec<String>> {
    let client = edit.client();
    let mut lines = Vec::new();
    for host in hosts {
        lines.push(added_for(edit, host, client.name())?);
        let second = nerdctls_name(host).filter(|_| nerdctl && client == Client::Docker);
        if let Some(second) = second {
            lines.push(added_for(edit, &second, "nerdctl")?);
        }
    }
    Ok(lines)
}

fn added_for(edit: &mut Edit, host: &str, client: &str) -> Result<String> {
    let aside = match edit.change(|config| config.add(host))? {
        Added::New => String::new(),
        Added::Already => " already".to_owned(),
        Added::Instead(other) if other.is_empty() => ", and no longer this file".to_owned(),
        Added::Instead(other) => format!(", and no longer docker-credential-{other}"),
    };
    Ok(format!("  {host}: {client} asks {NAME}{aside}"))
}

/// Removes this helper for `hosts`, or for all registries if there are none. Returns a line for
/// each.
fn removed(edit: &mut Edit, hosts: &[String]) -> Result<Vec<String>> {
    let client = edit.client().name();
    let is_named = |host: &str| {
        let is_it = |named: &String| host == named || nerdctls_name(named).as_deref() == Some(host);
        hosts.is_empty() || hosts.iter().any(is_it)
    };
    let removed = edit.change(|config| config.remove(is_named))?;
    let absent = hosts.iter().filter(|host| !removed.contains(host));
    let absent = absent.map(|host| format!("  {host}: {client} did not ask {NAME}"));
    let removed = removed
        .iter()
        .map(|host| format!("  {host}: {client} no longer asks {NAME}"));
    Ok(removed.chain(absent).collect())
}

/// Returns notes that a person should read.
fn notes(edit: &Edit, hosts: &[String], environment: &Environment) -> Vec<String> {
    let config = edit.config();
    let is_stale = |host: &&String| config.has_plain_login(host);
    let stale = hosts.iter().filter(is_stale).map(|host| {
        match config.plain_logins(host).is_empty() {
            // podman also stores logins for a part of a registry, and the helper's logins are for
            // the whole registry.
            true => format!("note: {host}: the file has a plain-text login for a part of it"),
            false => format!(
                "note: {host}: the file has a plain-text login; `--import-auths` moves it to this helper"
            ),
        }
    });
    let mut notes: Vec<_> = stale.collect();
    match edit.client() {
        Client::Docker if !edit.named_a_store() && !hosts.is_empty() => {
            notes.push(native_store_note(environment));
        }
        Client::Docker => {}
        Client::Podman => notes.extend(found_by_podman_before(hosts, environment)),
    }
    notes
}

/// Warns that docker uses the platform's own store only while the file names no store.
fn native_store_note(environment: &Environment) -> String {
    let note = "note: from now on docker no longer uses the system's credential store by default for other \
                registries";
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
