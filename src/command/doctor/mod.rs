//! `doctor`: checks everything between docker and the registry, one line for each check.

#[cfg(feature = "cloud")]
mod cache;
mod check;
mod checks;
mod clients;
mod clock;
mod files;
mod kubelet;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(feature = "cloud")]
mod online;
#[cfg_attr(unix, path = "others/unix.rs")]
#[cfg_attr(windows, path = "others/windows.rs")]
mod others;
mod registry_checks;
#[cfg(unix)]
mod user;

use std::path::{Path, PathBuf};

use clap::Args;

use super::context::{Context, PERSON_LIMIT, PROTOCOL_LIMIT, drop_everything};
use super::error::{Error, Result};
use crate::console::paint::Paint;
use crate::console::stdio::Stdio;
use crate::model::regions;
use crate::system::environment::Environment;
use check::{Check, State};

/// Options of `doctor`.
#[derive(Args)]
pub struct Options {
    /// The registries, by host or region [default: all that docker asks this helper for]
    #[arg(value_name = "HOST", value_delimiter = ',')]
    pub(crate) registries: Vec<String>,
    /// Check a node instead: this CredentialProviderConfig, a file or a folder of them, and the
    /// logins that come of it
    #[arg(long, value_name = "CONFIG")]
    pub(crate) kubelet: Option<PathBuf>,
    /// The kubelet's --image-credential-provider-bin-dir [default: the folder of this program]
    #[arg(long, value_name = "DIR", requires = "kubelet")]
    pub(crate) bin_dir: Option<PathBuf>,
    /// Try the login at the registry, once
    #[arg(long)]
    pub(crate) online: bool,
    /// Drop cached logins, tokens and keys, and forget who was refused
    #[arg(long)]
    pub(crate) forget: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Checks everything between docker and the registry.
///
/// # Errors
///
/// [`Error::Unhealthy`] if a check failed, so that the exit code shows it.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    if options.forget {
        drop_everything(environment, environment.deadline(PROTOCOL_LIMIT)?);
    }
    let checks = match &options.kubelet {
        Some(config) => of_a_node(config, options, environment)?,
        None => of_this_user(options, environment)?,
    };
    let report = if options.json {
        serde_json::to_string_pretty(&checks).expect("texts are written to memory") + "\n"
    } else {
        let screen = stdio.stdout_screen;
        let paint = Paint::for_stream(environment, screen.is_terminal());
        checks
            .iter()
            .map(|check| check.lines(screen, paint))
            .collect()
    };
    stdio.print(report.as_bytes())?;
    match checks
        .iter()
        .filter(|check| check.state == State::Failed)
        .count()
    {
        0 => Ok(()),
        failed => Err(Error::Unhealthy { failed }),
    }
}

/// Checks everything that decides about this user's logins.
fn of_this_user(options: &Options, environment: &Environment) -> Result<Vec<Check>> {
    let named = regions::hosts_meant(&options.registries)?;
    let mut checks = checks::of_the_machine(environment);
    #[cfg(unix)]
    checks.extend(user::checks(environment));
    checks.extend(files::checks(environment));
    #[cfg(target_os = "linux")]
    checks.extend(namespace::checks(environment));
    #[cfg(feature = "cloud")]
    checks.extend(cache::checks(environment));
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    match Context::for_protocol(environment, deadline) {
        Ok(context) => {
            checks.extend(checks::of_the_store(&context));
            checks.push(clock::check(&context));
            let hosts = clients::hosts(named, environment, deadline, &mut checks);
            of_registries(&hosts, options.online, &context, &mut checks);
        }
        Err(error) => checks.push(Check::of_error("settings", State::Failed, &error)),
    }
    Ok(checks)
}

/// Checks a kubelet's configuration, and the logins that it leads to.
fn of_a_node(config: &Path, options: &Options, environment: &Environment) -> Result<Vec<Check>> {
    let named = regions::hosts_meant(&options.registries)?;
    let mut checks = Vec::new();
    let folder = options.bin_dir.as_deref();
    let Some(provider) = kubelet::checks(config, folder, environment, &mut checks) else {
        return Ok(checks);
    };
    let of_node = kubelet::environment_of(&provider, environment);
    #[cfg(feature = "cloud")]
    checks.extend(cache::checks(&of_node));
    kubelet::variables(&provider, &of_node, &mut checks);
    let Ok(deadline) = of_node.deadline(PROTOCOL_LIMIT) else {
        return Ok(checks);
    };
    match Context::for_protocol(&of_node, deadline) {
        Ok(context) => {
            checks.push(clock::check(&context));
            let hosts = kubelet::hosts(named, &provider, &mut checks);
            of_registries(&hosts, options.online, &context, &mut checks);
        }
        Err(error) => checks.push(Check::of_error("settings", State::Failed, &error)),
    }
    Ok(checks)
}

/// Checks what each provider has for the hosts and, if `online`, tries each login once.
fn of_registries(hosts: &[String], online: bool, context: &Context<'_>, checks: &mut Vec<Check>) {
    #[cfg(feature = "cloud")]
    let mut trials = online::Trials::default();
    // Trials at registries take longer.
    let deadline = match online {
        true => context.deadline.of_at_least(PERSON_LIMIT),
        false => context.deadline,
    };
    for (number, host) in hosts.iter().enumerate() {
        if deadline.left().is_zero() {
            checks.push(Check::left_out(hosts.len() - number));
            break;
        }
        let found = registry_checks::checks(host, online, context, checks);
        #[cfg(feature = "cloud")]
        if let (true, Some(found)) = (online, &found) {
            trials.add(found, context, checks);
        }
        #[cfg(not(feature = "cloud"))]
        drop(found);
    }
}
