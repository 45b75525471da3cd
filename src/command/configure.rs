//! `configure`: names this helper in docker's config.json, or takes it out again.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{NAME, Stdio, cli, print};
use crate::atomic_file;
use crate::docker_config::{Added, DockerConfig, DockerConfigError};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::program;
use crate::regions::cloud_of;
use crate::registry::{Registry, is_region};

/// What docker's configuration calls this helper.
const HELPER: &str = "swr";

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

pub(super) fn run(
    options: &cli::Configure,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    let hosts = hosts(options)?;
    let file = ConfigFile::find(options.docker_config.as_deref(), environment)?;
    let report = change(&file, &hosts, options.remove, options.dry_run, environment)?;
    print(stdio, report.as_bytes())
}

/// Tells whether [`add`] would work, and changes nothing.
pub(super) fn check(hosts: &[String], environment: &Environment) -> Result<()> {
    let file = ConfigFile::find(None, environment)?;
    change(&file, hosts, false, true, environment).map(drop)
}

/// Names this helper for `hosts` in docker's config.json, and returns lines about it.
pub(super) fn add(hosts: &[String], environment: &Environment) -> Result<String> {
    let file = ConfigFile::find(None, environment)?;
    change(&file, hosts, false, false, environment)
}

/// Returns the registries that docker asks this helper for, as far as its config.json can be read.
pub(super) fn routed(environment: &Environment) -> Vec<String> {
    let config = ConfigFile::find(None, environment).and_then(|file| file.read());
    config.map_or(Vec::new(), |config| config.hosts_of(HELPER))
}

fn change(
    file: &ConfigFile,
    hosts: &[String],
    takes_out: bool,
    is_dry: bool,
    environment: &Environment,
) -> Result<String> {
    // A client that does not find the helper it is told to ask goes on without a login.
    if !takes_out && program::find(environment, NAME).is_none() {
        return Err(Error::NotOnPath);
    }
    let mut config = file.read()?;
    let before = config.text().map(<[u8]>::to_vec);
    let lines = match takes_out {
        true => remove(&mut config, hosts),
        false => add_to(&mut config, hosts, environment),
    };
    let lines = lines.map_err(|source| file.refused(source))?;
    let after = config.text();
    let change = match (before.as_deref(), after) {
        (before, after) if before == after => None,
        (None, _) => Some("create"),
        (_, None) => Some("remove"),
        _ => Some("change"),
    };
    if change.is_some() && !is_dry {
        file.write(after)?;
    }
    let path = file.path.display();
    let first = match change {
        None => format!("nothing to change in {path}"),
        Some(change) if is_dry => format!("would {change} {path}"),
        Some(change) => format!("{change}d {path}"),
    };
    let mut report = String::new();
    for line in [first].iter().chain(&lines) {
        // Paths and what stands in the file may hold anything.
        report.push_str(&line.replace(char::is_control, "?"));
        report.push('\n');
    }
    Ok(report)
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
        if !is_region(region) {
            let text = "`--region` takes the ID of a region, such as cn-north-4";
            return Err(Error::Option(text.to_owned()));
        }
        name(format!("swr.{region}.{}", cloud_of(region)));
    }
    if hosts.is_empty() && !options.remove {
        let text = "no registry is named: `--registry HOST` or `--region ID` does";
        return Err(Error::Option(text.to_owned()));
    }
    Ok(hosts)
}

/// Returns a line for each registry, and what else a person should know.
fn add_to(
    config: &mut DockerConfig,
    hosts: &[String],
    environment: &Environment,
) -> Result<Vec<String>, DockerConfigError> {
    let named_a_store = config.names_a_store();
    let mut lines = Vec::new();
    for host in hosts {
        let aside = match config.add(host)? {
            Added::New => String::new(),
            Added::Already => " already".to_owned(),
            Added::Instead(other) if other.is_empty() => ", and no longer this file".to_owned(),
            Added::Instead(other) => format!(", and no longer docker-credential-{other}"),
        };
        lines.push(format!("  {host}: docker asks {NAME}{aside}"));
    }
    if !named_a_store {
        lines.push(native_store_note(environment));
    }
    Ok(lines)
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

/// Takes `hosts`, or all if there are none, from this helper; returns a line for each.
fn remove(config: &mut DockerConfig, hosts: &[String]) -> Result<Vec<String>, DockerConfigError> {
    let removed =
        config.remove(|host| hosts.is_empty() || hosts.iter().any(|named| named == host))?;
    let absent = hosts.iter().filter(|host| !removed.contains(host));
    let absent = absent.map(|host| format!("  {host}: docker did not ask {NAME}"));
    let removed = removed
        .iter()
        .map(|host| format!("  {host}: docker no longer asks {NAME}"));
    Ok(removed.chain(absent).collect())
}

/// docker's config.json, in its place.
struct ConfigFile {
    folder: PathBuf,
    path: PathBuf,
}

impl ConfigFile {
    fn find(named: Option<&Path>, environment: &Environment) -> Result<Self> {
        let home = || environment.home().map(|home| home.join(".docker"));
        let folder = named
            .map(Path::to_owned)
            .or_else(|| environment.path("DOCKER_CONFIG"))
            .or_else(home);
        let folder = folder.ok_or(Error::NoHome)?;
        let path = followed(folder.join("config.json"));
        Ok(Self { folder, path })
    }

    fn read(&self) -> Result<DockerConfig> {
        let text = match fs::metadata(&self.path) {
            // Reading a pipe might never end.
            Ok(metadata) if !metadata.is_file() => Err(io::Error::other("it is no regular file")),
            Ok(_) => fs::read(&self.path).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let text = text.map_err(|source| self.failed("read", source))?;
        DockerConfig::parse(text).map_err(|source| self.refused(source))
    }

    fn write(&self, text: Option<&[u8]>) -> Result<()> {
        match text {
            Some(text) => atomic_file::create_private_folder(&self.folder)
                .and_then(|()| atomic_file::replace(&self.path, text))
                .map_err(|source| self.failed("write", source)),
            None => fs::remove_file(&self.path).map_err(|source| self.failed("remove", source)),
        }
    }

    fn failed(&self, action: &'static str, source: io::Error) -> Error {
        let path = self.path.clone();
        Error::File {
            action,
            path,
            source,
        }
    }

    fn refused(&self, source: DockerConfigError) -> Error {
        let path = self.path.clone();
        Error::DockerConfig { path, source }
    }
}

/// Returns where the links at `path` lead, be there a file or not: it is replaced, and they stay.
fn followed(mut path: PathBuf) -> PathBuf {
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => break,
        }
    }
    path
}
