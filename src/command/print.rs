//! `print`: prints the login for clients that have no credential helpers.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use serde::Serialize;
use zeroize::Zeroizing;

use super::context::{Context, PROTOCOL_LIMIT};
use super::error::{Error, Result};
use super::get;
use crate::console::shell::{quoted, word_on};
use crate::console::stdio::Stdio;
use crate::model::login::Login;
use crate::model::registry::Registry;
use crate::model::secret::Secret;
use crate::system::environment::Environment;
use crate::system::platform::Platform;

/// Options of `print`.
#[derive(Args)]
pub struct Options {
    /// The registry; for containerd with the image behind it
    #[arg(value_name = "HOST")]
    pub(crate) host: String,
    /// Who is to read it
    #[arg(long, value_enum, default_value = "docker-login")]
    pub(crate) format: Format,
    /// Print the password even to a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// Who is to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A shell command for docker (on Windows for PowerShell), with the password on its stdin
    DockerLogin,
    /// A shell command for containerd's `ctr`, which takes the password as an argument only
    Containerd,
    /// The same to push the image
    ContainerdPush,
    /// A shell command for nerdctl, with the password on its stdin
    Nerdctl,
    /// A manifest for `kubectl apply -f -`: the imagePullSecret `swr`
    Kubernetes,
    /// The value of `DOCKER_AUTH_CONFIG`, for one run
    DockerConfig,
    /// The password alone
    Password,
    /// Registry, username and password, for a program
    Json,
}

/// Prints the login that `get` answers.
///
/// # Errors
///
/// [`Error::WouldReveal`] at a terminal; any error of `get`.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    if stdio.stdout_screen.is_terminal() && !options.reveal {
        return Err(Error::WouldReveal);
    }
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let context = Context::for_protocol(environment, deadline)?;
    let registry = context.registry_meant(&options.host)?;
    let login = get::login(&context, registry.server_url())?;
    let text = text(options.format, Platform::HERE, &registry, &login);
    Ok(stdio.print(text.expose().as_bytes())?)
}

fn text(format: Format, platform: Platform, registry: &Registry, login: &Login) -> Secret {
    let host = registry.address();
    let quoted = |text: &str| Secret::new(quoted(text, platform));
    let (user, password) = (quoted(&login.username), quoted(login.password.expose()));
    let pair = joined(&[&login.username, ":", login.password.expose()]);
    match format {
        Format::DockerLogin | Format::Nerdctl => {
            let client = if format == Format::Nerdctl {
                "nerdctl"
            } else {
                "docker"
            };
            let printf = match platform {
                // docker and nerdctl strip the line end that PowerShell adds.
                Platform::Windows => "",
                Platform::Linux | Platform::MacOs => "printf %s ",
            };
            let host = word_on(host, platform);
            let command = [" | ", client, " login --username ", user.expose()].concat();
            let behind = [&command, " --password-stdin ", &host, "\n"].concat();
            joined(&[printf, password.expose(), &behind])
        }
        Format::Containerd | Format::ContainerdPush => {
            let command = match format {
                Format::ContainerdPush => "ctr images push --user ",
                _ => "ctr images pull --user ",
            };
            let pair = quoted(pair.expose());
            joined(&[
                command,
                pair.expose(),
                " ",
                &image(registry, platform),
                "\n",
            ])
        }
        Format::Kubernetes => {
            let config = docker_config(host, &pair);
            let config = Secret::new(STANDARD.encode(config.expose()));
            let manifest = Manifest {
                api_version: "v1",
                data: [(".dockerconfigjson", config.expose())].into(),
                kind: "Secret",
                metadata: [("name", "swr")].into(),
                kind_of_data: "kubernetes.io/dockerconfigjson",
            };
            // JSON is also YAML.
            line(
                |text| serde_json::to_writer_pretty(text, &manifest),
                config.expose().len(),
            )
        }
        Format::DockerConfig => joined(&[docker_config(host, &pair).expose(), "\n"]),
        Format::Password => joined(&[login.password.expose(), "\n"]),
        Format::Json => {
            let length = host.len() + pair.expose().len();
            let login = BTreeMap::from([
                ("registry", host),
                ("username", &login.username),
                ("password", login.password.expose()),
            ]);
            line(|text| serde_json::to_writer(text, &login), length)
        }
    }
}

/// A Secret of Kubernetes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    api_version: &'a str,
    data: BTreeMap<&'a str, &'a str>,
    kind: &'a str,
    metadata: BTreeMap<&'a str, &'a str>,
    #[serde(rename = "type")]
    kind_of_data: &'a str,
}

fn docker_config(host: &str, pair: &Secret) -> Secret {
    let auth = Secret::new(STANDARD.encode(pair.expose()));
    let login = BTreeMap::from([("auth", auth.expose())]);
    let auths = BTreeMap::from([("auths", BTreeMap::from([(host, login)]))]);
    let length = host.len() + auth.expose().len();
    json(|text| serde_json::to_writer(text, &auths), length)
}

/// Returns the text that is made of these parts. Its buffer never grows, which would leave a copy
/// behind.
fn joined(parts: &[&str]) -> Secret {
    Secret::new(parts.concat())
}

/// Does the same with the JSON that `write` makes of so many bytes of text.
fn json(write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>, length: usize) -> Secret {
    // JSON needs at most six bytes for one, and our own words are few.
    let mut text = Zeroizing::new(Vec::with_capacity(6 * length + 512));
    write(&mut text).expect("texts are written to memory");
    let text = String::from_utf8(std::mem::take(&mut *text));
    Secret::new(text.expect("JSON is UTF-8"))
}

fn line(write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>, length: usize) -> Secret {
    joined(&[json(write, length).expose(), "\n"])
}

/// Returns the image after the host, quoted for the shell. Without one, a placeholder for a person
/// to fill in.
fn image(registry: &Registry, platform: Platform) -> String {
    let host = registry.address();
    let path = registry.path();
    if matches!(path, "" | "v1" | "v2") {
        return word_on(&format!("{host}/ORGANISATION/IMAGE:TAG"), platform).into_owned();
    }
    // `ctr` does not add a default tag, as docker does.
    let has_tag = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains(':'));
    let tag = if has_tag { "" } else { ":latest" };
    quoted(&format!("{host}/{path}{tag}"), platform)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";

    fn registry(host: &str) -> Registry {
        Registry::parse(host, &[]).expect(host)
    }

    fn shown(format: Format) -> String {
        shown_on(Platform::Linux, format)
    }

    fn shown_on(platform: Platform, format: Format) -> String {
        let login = Login {
            username: "cn-north-4@AK".into(),
            password: "pass'word".into(),
        };
        let text = text(format, platform, &registry(HOST), &login);
        text.expose().to_owned()
    }

    #[test]
    fn shells_get_each_value_as_one_word() {
        let expected = r"printf %s 'pass'\''word' | docker login --username 'cn-north-4@AK' --password-stdin swr.cn-north-4.myhuaweicloud.com";
        assert_eq!(shown(Format::DockerLogin).trim_end(), expected);
        assert_eq!(
            shown(Format::Nerdctl).trim_end(),
            expected.replace("docker login", "nerdctl login")
        );
        assert!(
            shown(Format::Containerd)
                .starts_with(r"ctr images pull --user 'cn-north-4@AK:pass'\''word' swr.")
        );
        assert!(
            shown(Format::ContainerdPush).starts_with("ctr images push --user 'cn-north-4@AK:")
        );
    }

    #[test]
    fn programs_get_the_bare_password_or_json() {
        assert_eq!(shown(Format::Password), "pass'word\n");
        let login: serde_json::Value = serde_json::from_str(&shown(Format::Json)).expect("JSON");
        let expected =
            json!({"registry": HOST, "username": "cn-north-4@AK", "password": "pass'word"});
        assert_eq!(login, expected);
    }

    #[test]
    fn powershell_gets_each_value_as_one_word() {
        let expected = "'pass''word' | docker login --username 'cn-north-4@AK' --password-stdin swr.cn-north-4.myhuaweicloud.com";
        let shown = |format| shown_on(Platform::Windows, format);
        assert_eq!(shown(Format::DockerLogin).trim_end(), expected);
        assert!(
            shown(Format::Containerd)
                .starts_with("ctr images pull --user 'cn-north-4@AK:pass''word' swr.")
        );
    }

    #[test]
    fn the_image_is_what_follows_the_host() {
        for (given, expected) in [
            ("", "ORGANISATION/IMAGE:TAG"),
            ("/v2/", "ORGANISATION/IMAGE:TAG"),
            ("/org/app:1", "'org/app:1"),
            ("/org/app/", "'org/app:latest"),
            ("/org/a';reboot;':1", r"'org/a'\'';reboot;'\'':1"),
        ] {
            let (quote, path) = match expected.strip_prefix('\'') {
                Some(path) => ("'", path),
                None => ("", expected),
            };
            let expected = format!("{quote}{HOST}/{path}{quote}");
            assert_eq!(
                image(&registry(&format!("{HOST}{given}")), Platform::Linux),
                expected
            );
            assert_eq!(
                image(
                    &registry(&format!("https://{HOST}{given}")),
                    Platform::Linux
                ),
                expected
            );
        }
        let own = image(&registry("localhost:5000/app"), Platform::Linux);
        assert_eq!(own, "'localhost:5000/app:latest'");
        let own = image(&registry("[::1]:5000"), Platform::Linux);
        assert_eq!(own, "'[::1]:5000/ORGANISATION/IMAGE:TAG'");
    }

    #[test]
    fn kubernetes_gets_the_same_configuration_as_docker() {
        let config = shown(Format::DockerConfig);
        let auth = STANDARD.encode("cn-north-4@AK:pass'word");
        assert_eq!(
            config,
            format!("{{\"auths\":{{\"{HOST}\":{{\"auth\":\"{auth}\"}}}}}}\n")
        );
        let manifest: serde_json::Value =
            serde_json::from_str(&shown(Format::Kubernetes)).expect("JSON");
        assert_eq!(manifest["type"], "kubernetes.io/dockerconfigjson");
        assert_eq!(
            manifest["data"][".dockerconfigjson"],
            STANDARD.encode(config.trim_end())
        );
    }
}
