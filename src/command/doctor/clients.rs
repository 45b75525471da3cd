//! Checks which helper docker and podman ask for a login.

use std::collections::HashSet;

use super::check::{Check, State};
use crate::command::NAME;
use crate::config::auth_variable;
use crate::config::client_file::{ConfigFile, read_alone};
use crate::config::docker_config::{DockerConfig, HELPER, nerdctls_name};
use crate::console::shell::word;
use crate::model::registry::Registry;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::program;

/// Returns the hosts to check: the one that is named, else those that docker and podman ask this
/// helper for. A client is checked if it is installed or has a file of its own. Docker is also
/// checked if neither is there.
pub(super) fn hosts(
    named: Vec<String>,
    environment: &Environment,
    deadline: Deadline,
    checks: &mut Vec<Check>,
) -> Vec<String> {
    let config = docker_config(environment, checks);
    let variable = of_variable(environment, checks);
    let podman = Podman::read(environment, checks);
    let has_podman = podman.has_its_own() || has_any(&PODMANS, environment);
    let has_file = config.as_ref().is_none_or(|config| config.text().is_some());
    let has_docker = has_file || !has_podman || has_any(&["docker"], environment);
    let hosts = match named.is_empty() {
        true => routed(config.as_ref(), &podman),
        false => named,
    };
    if hosts.is_empty() {
        checks.extend(match has_docker {
            true => config.as_ref().map(no_host),
            false => Some(podman.no_host()),
        });
    }
    let parse = |host: &String| Registry::parse(host, &[]).ok();
    let addresses: Vec<_> = hosts
        .iter()
        .filter_map(parse)
        .map(|registry| registry.address().to_owned())
        .collect();
    for (number, address) in addresses.iter().enumerate() {
        if deadline.left().is_zero() {
            checks.push(Check::left_out(addresses.len() - number));
            break;
        }
        if let Some(config) = config.as_ref().filter(|_| has_docker) {
            checks.push(docker(config, address));
            checks.extend(stale(config, address));
            checks.extend(nerdctl(config, address, environment));
        }
        checks.extend(
            variable
                .as_ref()
                .and_then(|logins| goes_before(logins, address)),
        );
        if has_podman {
            let check = podman.asks(address);
            // If docker is installed too, it may be the client in use.
            checks.push(if has_docker { check } else { check.severe() });
        }
    }
    hosts
}

/// The programs that read podman's file.
const PODMANS: [&str; 3] = ["podman", "buildah", "skopeo"];

fn has_any(programs: &[&str], environment: &Environment) -> bool {
    programs
        .iter()
        .any(|name| program::find(environment, name).is_some())
}

fn routed(docker: Option<&DockerConfig>, podman: &Podman) -> Vec<String> {
    let own = podman
        .files
        .iter()
        .filter(|(file, _)| file.is_podmans_own());
    let configs = docker.into_iter().chain(own.map(|(_, config)| config));
    let mut seen = HashSet::new();
    configs
        .flat_map(|config| config.registries_of(HELPER))
        .filter(|host| seen.insert(host.clone()))
        .collect()
}

/// Returns why there is no host to check.
fn no_host(config: &DockerConfig) -> Check {
    if config.store().as_deref() == Some(HELPER) {
        return Check::warning(
            "docker",
            format!("it asks {NAME} for every registry, and none is named here"),
            format!("`{NAME} doctor HOST` checks one"),
        );
    }
    Check::failed(
        "docker",
        "docker asks this helper for no registry",
        format!("{NAME} configure --region REGION"),
    )
}

fn docker_config(environment: &Environment, checks: &mut Vec<Check>) -> Option<DockerConfig> {
    let config = ConfigFile::of_docker(None, environment).and_then(|file| file.read());
    match config {
        Ok(config) => Some(config),
        Err(error) => {
            checks.push(Check::of_error("docker", State::Failed, &error.into()));
            None
        }
    }
}

fn docker(config: &DockerConfig, address: &str) -> Check {
    let hint = format!("{NAME} configure --registry {}", word(address));
    match config.helper_of(address) {
        Some(helper) if helper == HELPER => asks_this("docker", address),
        Some(helper) => Check::failed(
            "docker",
            format!("it asks docker-credential-{helper} for `{address}`"),
            hint,
        ),
        None => Check::failed("docker", format!("it asks no helper for `{address}`"), hint),
    }
}

fn stale(config: &DockerConfig, address: &str) -> Option<Check> {
    config.has_plain_login(address).then(|| {
        Check::warning(
            "docker",
            format!("config.json has a plain-text login for `{address}`, which some clients prefer to this helper's"),
            format!("`{NAME} configure --import-auths --registry {0}` moves it to this helper, `docker logout {0}` removes it", word(address)),
        )
    })
}

/// nerdctl first looks up another name, and stores logins under it in plain text if no helper is
/// set for it.
fn nerdctl(config: &DockerConfig, address: &str, environment: &Environment) -> Option<Check> {
    let name = nerdctls_name(address).filter(|_| has_any(&["nerdctl"], environment))?;
    if config.helper_of(&name).as_deref() == Some(HELPER) {
        return Some(asks_this("nerdctl", address));
    }
    Some(Check::warning(
        "nerdctl",
        format!("it would store its login in config.json in plain text, under `{name}`"),
        format!("{NAME} configure --nerdctl --registry {}", word(address)),
    ))
}

/// Returns the logins in the variable, which docker prefers to every helper.
fn of_variable(environment: &Environment, checks: &mut Vec<Check>) -> Option<DockerConfig> {
    auth_variable::read(environment).unwrap_or_else(|error| {
        checks.push(Check::of_error("docker", State::Warning, &error.into()));
        None
    })
}

fn goes_before(variable: &DockerConfig, address: &str) -> Option<Check> {
    const VARIABLE: &str = auth_variable::VARIABLE;
    variable.has_plain_login(address).then(|| {
        Check::warning(
            "docker",
            format!("{VARIABLE} has a login for `{address}`, which docker 28.5 and others prefer to this helper's"),
            format!("unset {VARIABLE}"),
        )
    })
}

/// podman's files, in its order. If none is its own, it only reads docker's.
struct Podman {
    files: Vec<(ConfigFile, DockerConfig)>,
    /// Says that newer versions read only the first one, if they do.
    read_alone: Option<String>,
}

impl Podman {
    fn read(environment: &Environment, checks: &mut Vec<Check>) -> Self {
        let mut files = Vec::new();
        for file in ConfigFile::all_of_podman(environment) {
            match file.read() {
                Ok(config) => files.push((file, config)),
                Err(error) if file.is_podmans_own() => {
                    checks.push(Check::of_error("podman", State::Warning, &error.into()));
                }
                // The checks of docker report this.
                Err(_) => {}
            }
        }
        Self {
            files,
            read_alone: read_alone(environment),
        }
    }

    fn has_its_own(&self) -> bool {
        let mut files = self.files.iter();
        files.any(|(file, config)| file.is_podmans_own() && config.text().is_some())
    }

    /// Returns the option of `configure` for the file that every version reads.
    fn file_option(&self) -> &'static str {
        self.read_alone.as_ref().map_or("--podman ", |_| "")
    }

    /// Returns why there is no host to check.
    fn no_host(&self) -> Check {
        Check::failed(
            "podman",
            "podman asks this helper for no registry",
            format!("{NAME} configure {}--region REGION", self.file_option()),
        )
    }

    /// The first file with a helper or a login for the registry decides.
    fn asks(&self, address: &str) -> Check {
        for (number, (file, config)) in self.files.iter().enumerate() {
            let path = file.path().display();
            match (config.own_helper_of(address), &self.read_alone) {
                (Some(helper), Some(why)) if helper == HELPER && number > 0 => {
                    return Check::warning(
                        "podman",
                        format!("it asks {NAME} for `{address}` by {path}, but {why}"),
                        format!("{NAME} configure --registry {}", word(address)),
                    );
                }
                (Some(helper), _) if helper == HELPER => return asks_this("podman", address),
                (Some(helper), _) => {
                    return Check::warning(
                        "podman",
                        format!("it asks docker-credential-{helper} for `{address}`, by {path}"),
                        format!("{NAME} configure --podman --registry {}", word(address)),
                    );
                }
                (None, _) if config.has_plain_login(address) => {
                    return Check::warning(
                        "podman",
                        format!("it uses the login for `{address}` in {path}"),
                        format!("`{}` removes it", file.logout(address)),
                    );
                }
                (None, _) => {}
            }
        }
        Check::warning(
            "podman",
            format!("it asks no helper for `{address}`"),
            format!(
                "{NAME} configure {}--registry {}",
                self.file_option(),
                word(address)
            ),
        )
    }
}

fn asks_this(client: &'static str, address: &str) -> Check {
    Check::ok(client, format!("it asks {NAME} for `{address}`"))
}
