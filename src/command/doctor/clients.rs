//! The checks of whom docker and podman ask for a login.

use super::check::{Check, State};
use crate::command::NAME;
use crate::config::client_file::ConfigFile;
use crate::config::docker_config::{DockerConfig, HELPER};
use crate::model::registry::Registry;
use crate::system::environment::Environment;

/// Returns the hosts to look at: the one that is named, else those that docker and podman ask this helper for.
pub(super) fn hosts(
    named: Option<&str>,
    environment: &Environment,
    checks: &mut Vec<Check>,
) -> Vec<String> {
    let config = docker_config(environment, checks);
    let podman = Podman::of(environment, checks);
    let hosts = match named {
        Some(host) => vec![host.to_owned()],
        None => routed(config.as_ref(), &podman),
    };
    if hosts.is_empty() {
        checks.extend(config.as_ref().map(no_host));
    }
    let parse = |host: &String| Registry::parse(host, &[]).ok();
    let addresses: Vec<_> = hosts
        .iter()
        .filter_map(parse)
        .map(|registry| registry.address().to_owned())
        .collect();
    if let Some(config) = &config {
        for address in &addresses {
            checks.push(docker(config, address));
            checks.extend(stale(config, address));
        }
    }
    if podman.has_its_own() {
        checks.extend(addresses.iter().map(|address| podman.asks(address)));
    }
    hosts
}

fn routed(docker: Option<&DockerConfig>, podman: &Podman) -> Vec<String> {
    let own = podman
        .files
        .iter()
        .filter(|(file, _)| file.is_podmans_own());
    let configs = docker.into_iter().chain(own.map(|(_, config)| config));
    let mut hosts = Vec::new();
    for host in configs.flat_map(|config| config.hosts_of(HELPER)) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// Returns why there is no host to look at.
fn no_host(config: &DockerConfig) -> Check {
    if config.store().as_deref() == Some(HELPER) {
        return Check::warning(
            "docker",
            format!("it asks {NAME} for every registry, and no registry is named here"),
            format!("`{NAME} doctor HOST` looks at one"),
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
    let hint = format!("{NAME} configure --registry {address}");
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
            format!("a login for `{address}` stands in config.json in plain text; some clients take it before this helper's"),
            format!("`{NAME} configure --import-auths --registry {address}` moves it to this helper, `docker logout {address}` drops it"),
        )
    })
}

/// podman's files, in its order. Where none is its own it reads docker's alone.
struct Podman {
    files: Vec<(ConfigFile, DockerConfig)>,
}

impl Podman {
    fn of(environment: &Environment, checks: &mut Vec<Check>) -> Self {
        let mut files = Vec::new();
        for file in ConfigFile::all_of_podman(environment) {
            match file.read() {
                Ok(config) => files.push((file, config)),
                Err(error) if file.is_podmans_own() => {
                    checks.push(Check::of_error("podman", State::Warning, &error.into()));
                }
                // That is docker's to tell.
                Err(_) => {}
            }
        }
        Self { files }
    }

    fn has_its_own(&self) -> bool {
        let mut files = self.files.iter();
        files.any(|(file, config)| file.is_podmans_own() && config.text().is_some())
    }

    /// The first file that has a helper or a login for the registry decides.
    fn asks(&self, address: &str) -> Check {
        for (file, config) in &self.files {
            let path = file.path().display();
            match config.own_helper_of(address) {
                Some(helper) if helper == HELPER => return asks_this("podman", address),
                Some(helper) => {
                    return Check::warning(
                        "podman",
                        format!("it asks docker-credential-{helper} for `{address}`, by {path}"),
                        format!("{NAME} configure --podman --registry {address}"),
                    );
                }
                None if config.has_plain_login(address) => {
                    return Check::warning(
                        "podman",
                        format!("it takes the login for `{address}` that stands in {path}"),
                        format!("`{}` drops it", file.logout(address)),
                    );
                }
                None => {}
            }
        }
        Check::warning(
            "podman",
            format!("it asks no helper for `{address}`"),
            format!("{NAME} configure --podman --registry {address}"),
        )
    }
}

fn asks_this(client: &'static str, address: &str) -> Check {
    Check::ok(client, format!("it asks {NAME} for `{address}`"))
}
