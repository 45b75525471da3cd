//! `configure`: adds this helper to docker's config.json, podman's auth.json or a kubelet's
//! configuration, or removes it.

mod import;
mod kubelet;
mod options;
mod plan;

use crate::command::error::Result;
use crate::config::client_file::ConfigFile;
use crate::config::docker_config::HELPER;
use crate::console::stdio::Stdio;
use crate::system::environment::Environment;
use plan::Plan;

pub use options::Options;
pub(in crate::command) use plan::Plan as ConfigurePlan;

/// Changes a client's configuration.
///
/// # Errors
///
/// [`Error::NotOnPath`](crate::command::error::Error::NotOnPath), and any error of reading or
/// writing the file. The file is then unchanged.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    if let Some(file) = &options.kubelet {
        return kubelet::run(file.as_deref(), options, stdio, environment);
    }
    environment.check_home()?;
    let hosts = options.hosts()?;
    let file = match options.podman {
        true => ConfigFile::of_podman(environment)?,
        false => ConfigFile::of_docker(options.docker_config.as_deref(), environment)?,
    };
    let lines = if options.remove {
        Plan::to_remove(&hosts, file)?.carry_out(options.dry_run)?
    } else if options.import_auths {
        import::run(&hosts, file, options, stdio, environment)?
    } else {
        Plan::to_add(&hosts, file, options.nerdctl, environment)?.carry_out(options.dry_run)?
    };
    Ok(stdio.print_lines(&lines)?)
}

/// Returns the registries that docker asks this helper for. An unreadable config.json has none.
pub(in crate::command) fn routed(environment: &Environment) -> Vec<String> {
    ConfigFile::of_docker(None, environment)
        .and_then(|file| file.read())
        .map_or(Vec::new(), |config| config.registries_of(HELPER))
}
