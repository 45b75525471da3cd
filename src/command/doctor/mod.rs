//! `doctor`: checks everything between docker and the registry, a line for each check.

#[cfg(feature = "cloud")]
mod cache;
mod check;
mod checks;
mod clients;
mod clock;
#[cfg(unix)]
mod files;
#[cfg(feature = "cloud")]
mod online;
mod registry;
#[cfg(unix)]
mod user;

use clap::Args;

use super::context::{Context, PROTOCOL_LIMIT};
use super::error::{Error, Result};
use crate::console::paint::Paint;
use crate::console::stdio::Stdio;
use crate::system::environment::Environment;
use check::{Check, State};

/// Options of `doctor`.
#[derive(Args)]
pub struct Options {
    /// The registry [default: all that docker asks this helper for]
    #[arg(value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// Try the login at the registry, once
    #[arg(long)]
    pub(crate) online: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Checks everything between docker and the registry.
///
/// # Errors
///
/// [`Error::Unhealthy`] if a check failed, so that the exit code tells.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let mut checks = checks::of_the_machine(environment);
    #[cfg(unix)]
    {
        checks.extend(user::checks(environment));
        checks.extend(files::checks(environment));
    }
    #[cfg(feature = "cloud")]
    checks.extend(cache::checks(environment));
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    match Context::for_protocol(environment, deadline) {
        Ok(context) => {
            checks.extend(checks::of_the_store(&context));
            checks.push(clock::check(&context));
            #[cfg(feature = "cloud")]
            let mut trials = online::Trials::default();
            for host in clients::hosts(options.host.as_deref(), environment, &mut checks) {
                let online = options.online;
                let found = registry::checks(&host, online, &context, &mut checks);
                #[cfg(feature = "cloud")]
                if let (true, Some(found)) = (online, &found) {
                    trials.add(found, &context, &mut checks);
                }
                #[cfg(not(feature = "cloud"))]
                drop(found);
            }
        }
        Err(error) => checks.push(Check::of_error("settings", State::Failed, &error)),
    }
    let report = if options.json {
        serde_json::to_string_pretty(&checks).expect("texts are written to memory") + "\n"
    } else {
        let paint = Paint::of(environment, stdio.stdout_is_terminal);
        checks.iter().map(|check| check.lines(paint)).collect()
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
