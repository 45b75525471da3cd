//! `doctor --kubelet`: checks the set-up of a node.

use std::path::Path;

use super::check::{Check, State};
use super::files;
use crate::command::NAME;
use crate::command::error::Error;
use crate::command::kubelet::deadline;
use crate::config::error::ConfigError;
use crate::config::kubelet_config::{KubeletConfig, Provider, images};
use crate::config::kubelet_file::KubeletFile;
use crate::config::settings;
use crate::console::shell::word;
use crate::provider::pod;
use crate::system::environment::Environment;
use crate::system::open::{self, Demand};
use crate::system::program;

/// Checks the configuration at `path`, which is a file or a folder of files, and the program in
/// `folder` that it names. Returns the entry of this program, if there is one.
pub(super) fn checks(
    path: &Path,
    folder: Option<&Path>,
    environment: &Environment,
    checks: &mut Vec<Check>,
) -> Option<Provider> {
    let configs = match KubeletFile::read_all(path) {
        Ok(configs) => configs,
        Err(ConfigError::Kubelet { path, source }) if !source.by_kubelet => {
            let text = format!("cannot check {}: {source}", path.display());
            let hint = "write that in another form; `configure --kubelet` prints a file that works";
            checks.push(Check::warning("kubelet", text, hint));
            return None;
        }
        Err(error) => {
            let error = Error::from(error);
            let text = format!("a kubelet would not start with it: {error}");
            let hint = "correct that by hand; `configure --kubelet` prints a correct one";
            checks.push(Check::failed("kubelet", text, hint));
            return None;
        }
    };
    let providers = configs.iter().flat_map(KubeletConfig::providers);
    let providers: Vec<&Provider> = providers.collect();
    let mut names: Vec<_> = providers.iter().map(|provider| &provider.name).collect();
    names.sort_unstable();
    if names.windows(2).any(|two| two[0] == two[1]) {
        let text = "two files name the same program, so a kubelet does not start";
        checks.push(Check::failed("kubelet", text, "remove it from one of them"));
    }
    let folder = folder
        .map(Path::to_owned)
        .or_else(|| Some(environment.program()?.parent()?.to_owned()));
    let own = environment.program();
    let is_own = |provider: &&&Provider| {
        let file = folder.as_ref().map(|folder| folder.join(&provider.name));
        provider.name == NAME
            || own.is_some() && file.and_then(|file| dunce::canonicalize(&file).ok()) == own
    };
    let Some(provider) = providers.iter().find(is_own) else {
        checks.push(Check::failed(
            "kubelet",
            format!("{} does not name {NAME}", path.display()),
            format!("{NAME} configure --kubelet {}", path.display()),
        ));
        return None;
    };
    let version = provider.api_version.rsplit('/').next().unwrap_or_default();
    let text = format!("a kubelet accepts {}, and speaks {version}", path.display());
    checks.push(Check::ok("kubelet", text));
    checks.push(call(provider));
    checks.extend(folder.map(|folder| program(&folder, &provider.name, environment)));
    checks.extend(files::of_path(path));
    checks.extend(token(provider));
    Some((*provider).clone())
}

/// Returns the environment that the program of `provider` gets, as far as the configuration shows.
/// The kubelet's own variables are not known here.
pub(super) fn environment_of(provider: &Provider, environment: &Environment) -> Environment {
    let temporary = environment.temporary().display().to_string();
    let mut variables = provider.env.clone();
    if !variables.iter().any(|(name, _)| name == "TMPDIR") {
        variables.push(("TMPDIR".to_owned(), temporary));
    }
    Environment::from_variables(variables)
}

/// Checks the variables that only the kubelet's verb reads. A wrong one makes every pull fail.
pub(super) fn variables(provider: &Provider, of_node: &Environment, checks: &mut Vec<Check>) {
    let failures = [
        deadline(of_node).err(),
        pod::check(of_node, provider.token.is_some())
            .err()
            .map(Error::from),
    ];
    let failed = |error: &Error| Check::of_error("variables", State::Failed, error);
    checks.extend(failures.iter().flatten().map(failed));
    let named = settings::path(of_node).filter(|path| !path.is_file());
    if let Some(path) = named {
        checks.push(Check::warning(
            "settings",
            format!("{} does not exist, so no settings apply", path.display()),
            "create it on the node, or remove DOCKER_CREDENTIAL_SWR_CONFIG from `env`",
        ));
    }
}

/// Returns the hosts to check: the one that is named, else those that the configuration names in
/// full.
pub(super) fn hosts(
    named: Vec<String>,
    provider: &Provider,
    checks: &mut Vec<Check>,
) -> Vec<String> {
    let whole = provider.match_images.iter();
    let whole = whole.filter(|pattern| !pattern.contains('*'));
    let hosts: Vec<String> = match named.is_empty() {
        true => whole
            .map(|host| host.split('/').next().unwrap_or(host).to_owned())
            .collect(),
        false => named,
    };
    if hosts.is_empty() {
        let text = "the images are only named by patterns, so no login is checked";
        checks.push(Check::ok(
            "images",
            format!("{text}; `doctor --kubelet CONFIG HOST` checks one"),
        ));
    }
    for host in &hosts {
        let is_asked =
            |pattern: &String| images::matches(pattern, &format!("{host}/organization/image"));
        checks.push(match provider.match_images.iter().any(is_asked) {
            true => Check::ok(
                "images",
                format!("the kubelet asks {} for {host}", provider.name),
            ),
            false => Check::failed(
                "images",
                format!("no pattern in `matchImages` matches {host}, so the kubelet does not ask"),
                format!(
                    "{NAME} configure --kubelet CONFIG --registry {}",
                    word(host)
                ),
            ),
        });
    }
    hosts
}

/// Checks that the program is called in a way that it recognizes as the kubelet's.
fn call(provider: &Provider) -> Check {
    let is_named_so = provider.name != NAME && provider.args.is_empty();
    match is_named_so || provider.args == ["kubelet"] {
        true => Check::ok("arguments", "the program is called in the right way"),
        false => Check::failed(
            "arguments",
            "with these arguments the program does not answer a kubelet",
            "set `args: [\"kubelet\"]`",
        ),
    }
}

fn program(folder: &Path, name: &str, environment: &Environment) -> Check {
    let file = folder.join(name);
    let shown = file.display();
    if file.is_file() && !program::may_run(&file) {
        let text = format!("{shown} is not executable");
        return Check::failed(
            "program",
            text,
            format!("chmod 755 {}", word(&shown.to_string())),
        );
    }
    if !file.is_file() {
        return Check::failed(
            "program",
            format!("there is no program {shown}, so a kubelet does not start"),
            "`--bin-dir DIR` names the folder of --image-credential-provider-bin-dir",
        );
    }
    if let Some(fault) = files::of_path(&file).into_iter().next() {
        return fault;
    }
    match (dunce::canonicalize(&file).ok(), environment.program()) {
        (Some(file), Some(own)) if is_same(&file, &own) => {
            Check::ok("program", format!("{shown} is this program"))
        }
        _ => Check::warning(
            "program",
            format!("{shown} is not this program, or not this version of it"),
            format!(
                "install this one there: `install -m 755 {NAME} {}`",
                word(&shown.to_string())
            ),
        ),
    }
}

/// The largest program that is read, in bytes.
const PROGRAM_LIMIT: u64 = 256 * 1024 * 1024;

fn is_same(one: &Path, other: &Path) -> bool {
    let read = |path| open::read(path, PROGRAM_LIMIT, Demand::Nothing);
    one == other || matches!((read(one), read(other)), (Ok(one), Ok(other)) if one == other)
}

/// Checks that something uses the token that the kubelet passes on.
fn token(provider: &Provider) -> Option<Check> {
    let variable = |name: &str| {
        let found = provider.env.iter().find(|(other, _)| other == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    let (sts, cce) = (variable(pod::PROVIDER), variable(pod::CLUSTER));
    let Some(token) = &provider.token else {
        let name = match (sts, cce) {
            (Some(_), _) => pod::PROVIDER,
            (None, Some(_)) => pod::CLUSTER,
            (None, None) => return None,
        };
        return Some(Check::failed(
            "pods",
            format!("{name} is set, but the kubelet does not pass on the token of a pod"),
            format!("{NAME} configure --kubelet CONFIG --token-audience AUDIENCE"),
        ));
    };
    let keys = [&token.required_keys, &token.optional_keys];
    let is_named = |key: &str| {
        keys.iter()
            .any(|keys| keys.iter().any(|named| named == key))
    };
    let text = format!("the kubelet passes on a token for `{}`", token.audience);
    if sts.is_none() && cce.is_none() && !is_named(pod::PROVIDER_ANNOTATION) {
        return Some(Check::warning(
            "pods",
            format!("{text}, but nothing uses it"),
            format!("set {} or {}", pod::PROVIDER, pod::CLUSTER),
        ));
    }
    if cce.is_some() && sts.is_none() && token.audience != pod::CCE_AUDIENCE {
        return Some(Check::failed(
            "pods",
            format!(
                "{text}, but CCE only accepts one for `{}`",
                pod::CCE_AUDIENCE
            ),
            format!("set `serviceAccountTokenAudience: {}`", pod::CCE_AUDIENCE),
        ));
    }
    let missing = [pod::AGENCY_ANNOTATION, pod::IDENTITY_ANNOTATION];
    let missing: Vec<_> = missing.into_iter().filter(|key| !is_named(key)).collect();
    if missing.len() == 2 && variable(pod::AGENCY).is_none() && cce.is_none() {
        return Some(Check::warning(
            "pods",
            format!("{text}, but no annotation that could name an agency"),
            format!(
                "name `{}` in `optionalServiceAccountAnnotationKeys`",
                missing[0]
            ),
        ));
    }
    Some(Check::ok("pods", text))
}
