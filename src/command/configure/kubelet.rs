//! `configure --kubelet`: adds this helper to a kubelet's `CredentialProviderConfig`, or removes
//! it.

use std::path::Path;

use super::options::Options;
use crate::command::NAME;
use crate::command::error::{OptionError, Result};
use crate::command::kubelet::{MOST_SPREAD, SPREAD};
use crate::config::error::ConfigError;
use crate::config::kubelet_config::{
    Added, KubeletConfig, PLUGIN_VERSIONS, Provider, TokenAttributes,
};
use crate::config::kubelet_file::KubeletFile;
use crate::config::settings::{self, Settings};
use crate::console::stdio::Stdio;
use crate::model::chain;
use crate::model::registry::CLOUDS;
use crate::provider::pod;
use crate::system::environment::Environment;

/// The variable with the path of the settings. On a node, the helper has no home directory to find
/// them in.
const CONFIG: &str = "DOCKER_CREDENTIAL_SWR_CONFIG";

/// The providers on a node: a key in variables, files or a systemd credential, else the server's
/// agency.
const NODE_CHAIN: &str = "environment,agency";

/// The number of nodes over which the calls are spread by default.
const NODES: u32 = 1000;

/// How long a kubelet caches an answer that does not say how long. Our answers always do.
const CACHE_DURATION: &str = "10m";

pub(super) fn run(
    file: Option<&Path>,
    options: &Options,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    match (file, options.remove) {
        (None, false) => print_new(options, stdio, environment),
        (None, true) => Err(OptionError::KubeletFile.into()),
        (Some(path), true) => remove(path, options, stdio),
        (Some(path), false) => add(path, options, stdio, environment),
    }
}

/// Prints a new file, for a person to copy to the nodes. Notes go to stderr.
fn print_new(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let mut config = KubeletConfig::parse(None).expect("nothing is no mistake");
    let wanted = wanted(options, &[], environment)?;
    let added = config.add(&wanted);
    added.map_err(|source| ConfigError::Kubelet {
        path: "the new file".into(),
        source,
    })?;
    stdio.print(config.text().unwrap_or_default().as_bytes())?;
    for line in notes("FILE", &wanted) {
        stdio.tell(&line);
    }
    Ok(())
}

fn add(
    path: &Path,
    options: &Options,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    let mut file = KubeletFile::read(path)?;
    let there = file.providers().iter().find(|there| there.name == NAME);
    let there = there.map_or(Vec::new(), |there| there.env.clone());
    let wanted = wanted(options, &there, environment)?;
    let aside = match file.change(|config| config.add(&wanted))? {
        Added::New | Added::Changed => "",
        Added::Already => " already",
    };
    let images = wanted.match_images.join(", ");
    let mut lines = vec![file.finish(options.dry_run)?];
    lines.push(format!("  the kubelet asks {NAME}{aside} for {images}"));
    lines.extend(notes(&path.display().to_string(), &wanted));
    Ok(stdio.print_lines(&lines.join("\n"))?)
}

fn remove(path: &Path, options: &Options, stdio: &mut Stdio<'_>) -> Result<()> {
    if !options.registries.is_empty() || !options.regions.is_empty() {
        return Err(OptionError::KubeletPart.into());
    }
    let mut file = KubeletFile::read(path)?;
    let said = match file.change(|config| config.remove(NAME))? {
        true => "no longer asks",
        false => "did not ask",
    };
    let first = file.finish(options.dry_run)?;
    let lines = format!(
        "{first}\n  the kubelet {said} {NAME}\n\
         note: restart the kubelet, which only reads the file when it starts"
    );
    Ok(stdio.print_lines(&lines)?)
}

/// Returns the entry of this helper. `there` are the variables that the file sets already.
fn wanted(
    options: &Options,
    there: &[(String, String)],
    environment: &Environment,
) -> Result<Provider> {
    let settings = Settings::load(environment)?.checked()?;
    let hosts = options.named_hosts()?;
    Ok(Provider {
        name: NAME.to_owned(),
        api_version: PLUGIN_VERSIONS[0].to_owned(),
        match_images: match hosts.is_empty() {
            true => patterns(&settings),
            false => hosts,
        },
        default_cache_duration: CACHE_DURATION.to_owned(),
        args: vec!["kubelet".to_owned()],
        env: variables(&settings, options, there, environment)?,
        token: options.token_audience.as_deref().map(token_for),
    })
}

/// Returns patterns for the registries of every cloud, and for those that the settings assign to an
/// account.
fn patterns(settings: &Settings) -> Vec<String> {
    let clouds = CLOUDS
        .into_iter()
        .chain(settings.clouds.iter().map(String::as_str));
    let mut patterns: Vec<String> = clouds.map(|cloud| format!("swr.*.{cloud}")).collect();
    patterns.push(format!("*.swr-pro.{}", CLOUDS[0]));
    patterns.extend(settings.served().map(str::to_owned));
    patterns
}

/// Returns the variables that options name, and those that are set unless they are there already.
fn variables(
    settings: &Settings,
    options: &Options,
    there: &[(String, String)],
    environment: &Environment,
) -> Result<Vec<(String, String)>> {
    let mut env = Vec::new();
    let path = settings::path(environment).filter(|path| path.is_file());
    if let Some(path) = path.filter(|_| settings.concern_a_node()) {
        let path = std::path::absolute(&path).unwrap_or(path);
        env.push((CONFIG.to_owned(), path.display().to_string()));
    }
    if !settings.name_a_chain() {
        env.push((chain::VARIABLE.to_owned(), NODE_CHAIN.to_owned()));
    }
    env.push((SPREAD.to_owned(), spread_of(NODES).to_string()));
    env.retain(|(name, _)| there.iter().all(|(other, _)| other != name));
    let named = options.env.iter().map(|variable| variable_of(variable));
    let spread = |nodes| Ok((SPREAD.to_owned(), spread_of(nodes).to_string()));
    for variable in options.nodes.map(spread).into_iter().chain(named) {
        let (name, value) = variable?;
        env.retain(|(other, _)| *other != name);
        env.push((name, value));
    }
    Ok(env)
}

/// Returns the seconds over which so many nodes spread their first calls: about 33 nodes a second.
fn spread_of(nodes: u32) -> u32 {
    nodes.min(NODES) * MOST_SPREAD / NODES
}

/// Parses `NAME=VALUE`. Secrets are refused, because they belong neither into the file nor into an
/// argument.
fn variable_of(text: &str) -> Result<(String, String), OptionError> {
    let (name, value) = text.split_once('=').ok_or(OptionError::Env)?;
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name || value.contains(char::is_control) {
        return Err(OptionError::Env);
    }
    let upper = name.to_ascii_uppercase();
    let is_secret = upper.ends_with("_SK")
        || ["SECRET", "TOKEN", "PASSWORD"]
            .iter()
            .any(|word| upper.contains(word));
    if is_secret && !upper.ends_with("_FILE") {
        return Err(OptionError::SecretEnv);
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn token_for(audience: &str) -> TokenAttributes {
    TokenAttributes {
        audience: audience.to_owned(),
        // What an agency may pull depends on the service account, not on the pod.
        cache_type: "ServiceAccount".to_owned(),
        // Static pods have no service account, and pull as the node.
        require_service_account: false,
        required_keys: Vec::new(),
        optional_keys: [
            pod::AGENCY_ANNOTATION,
            pod::IDENTITY_ANNOTATION,
            pod::PROVIDER_ANNOTATION,
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

/// Returns notes on the kubelet's flags, on the folder that belongs to the file, and on the delay.
fn notes(file: &str, wanted: &Provider) -> Vec<String> {
    let spread = wanted.env.iter().find(|(name, _)| name == SPREAD);
    let spread = spread.filter(|(_, seconds)| seconds != "0");
    let waits = spread.map(|(_, seconds)| {
        format!(
            "note: each node waits up to {seconds} s before it asks SWR's API; `--nodes N` sets less for a cluster of N nodes"
        )
    });
    let notes = [
        format!("note: start the kubelet with --image-credential-provider-config={file} and"),
        format!(
            "note: --image-credential-provider-bin-dir=DIR, where DIR holds {NAME} and nobody but root can write"
        ),
        format!(
            "note: `{NAME} doctor --kubelet {file} --bin-dir DIR HOST` on the node checks the set-up"
        ),
    ];
    notes.into_iter().chain(waits).collect()
}
