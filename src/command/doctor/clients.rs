//! The checks of whom docker and podman ask for a login.

use super::{Check, State};
use crate::command::NAME;
use crate::command::configure::ConfigFile;
use crate::docker_config::{DockerConfig, HELPER};
use crate::environment::Environment;
use crate::registry::Registry;

/// Returns the hosts to look at: the one that is named, else those that docker asks this helper for.
pub(super) fn hosts(
    named: Option<&str>,
    environment: &Environment,
    checks: &mut Vec<Check>,
) -> Vec<String> {
    let config = docker_config(environment, checks);
    let routed = config
        .as_ref()
        .map(|config| config.hosts_of(HELPER))
        .unwrap_or_default();
    let hosts = match named {
        Some(host) => vec![host.to_owned()],
        None => routed,
    };
    if hosts.is_empty() {
        checks.push(Check::failed(
            "docker",
            "docker asks this helper for no registry",
            format!("{NAME} configure --registry swr.REGION.myhuaweicloud.com"),
        ));
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
    podman(&addresses, environment, checks);
    hosts
}

fn docker_config(environment: &Environment, checks: &mut Vec<Check>) -> Option<DockerConfig> {
    let config = ConfigFile::of_docker(None, environment).and_then(|file| file.read());
    match config {
        Ok(config) => Some(config),
        Err(error) => {
            checks.push(Check::of_error("docker", State::Failed, &error));
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

/// Checks whom podman asks, where it has a file of its own. Without one it reads docker's.
fn podman(addresses: &[String], environment: &Environment, checks: &mut Vec<Check>) {
    let mut files = Vec::new();
    for file in ConfigFile::all_of_podman(environment) {
        match file.read() {
            Ok(config) => files.push((file, config)),
            Err(error) => checks.push(Check::of_error("podman", State::Warning, &error)),
        }
    }
    let has_its_own = files
        .iter()
        .any(|(file, config)| file.is_podmans_own() && config.text().is_some());
    if has_its_own {
        let of_address = |address: &String| of_podman(&files, address);
        checks.extend(addresses.iter().map(of_address));
    }
}

/// The first file that has a helper or a login for the registry decides.
fn of_podman(files: &[(ConfigFile, DockerConfig)], address: &str) -> Check {
    for (file, config) in files {
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
                    format!("`podman logout {address}` drops it"),
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

fn asks_this(client: &'static str, address: &str) -> Check {
    Check::ok(client, format!("it asks {NAME} for `{address}`"))
}
