//! Turns errors into words: a line for Docker, and a hint for people.

use std::io::ErrorKind;
use std::path::Path;

use super::error::{Error, ImportConflict, OptionError};
use crate::config::error::ConfigError;
use crate::console::clean::clean;
use crate::console::error::{ConsoleError, Missing};
use crate::console::shell::word;
use crate::login::LoginError;
use crate::model::access_key::Malformed;
use crate::model::regions::{self, RegionError};
use crate::model::registry::{CLOUDS, Refusal, Registry};
use crate::provider::ProviderError;
use crate::store::{Daemon, KeyringState, StoreError};
#[cfg(feature = "cloud")]
use crate::swr::api::{ApiError, Need, secret::OTHER_HOSTS};
use crate::system::error::SystemError;
use crate::system::platform::Platform;

/// Returns the line for Docker on stdout, without a line end. The texts that clients compare are
/// alone on the line; any other error is followed by its hint.
pub fn for_docker(error: &Error) -> String {
    let is_fixed = matches!(
        error,
        Error::NotFound | Error::NoServerUrl | Error::NoUsername
    );
    let line = match hint(error) {
        Some(hint) if !is_fixed => format!("{error} (hint: {hint})"),
        _ => error.to_string(),
    };
    clean(&line)
}

/// Returns the hint for a person, if there is one.
pub fn hint(error: &Error) -> Option<String> {
    hint_on(error, Platform::HERE)
}

/// Returns the hint for a person on this platform.
pub fn hint_on(error: &Error, platform: Platform) -> Option<String> {
    let hint = match error {
        Error::NotFound => "`docker-credential-swr store` stores an access key",
        Error::NotOnNode { address } => {
            return Some(format!(
                "`docker-credential-swr doctor --kubelet CONFIG {}` on the node shows where it looked",
                word(address)
            ));
        }
        Error::TokenUsername => "log in with a username and a password or an access key",
        Error::Refused(Refusal::PlainHttp) => "name only the host, without `http://`",
        Error::Refused(_) => "name the registry's host, such as swr.cn-north-4.myhuaweicloud.com",
        Error::Console(error) => return of_console(error),
        Error::System(error) => return of_system(error, platform),
        Error::Config(error) => return of_config(error),
        Error::Store(error) => return of_store(error, platform),
        Error::Provider(error) => return of_provider(error, platform),
        Error::Login(error) => return of_login(error),
        Error::Option(error) => return of_option(error),
        Error::Import { why, .. } => return of_import(why, platform),
        Error::HasAnotherKey { address } => {
            return Some(format!(
                "docker-credential-swr store --registry {} --replace",
                word(address)
            ));
        }
        Error::WouldMove { .. } => {
            "`--account NAME` adds a second account, `--replace` moves this one"
        }
        Error::WouldReplace { .. } => "`--replace` replaces it with the new key",
        Error::AccessKey(Malformed::LoginKey) => {
            "give the SK from credentials.csv; the login key is derived from it"
        }
        Error::AccessKey(_) => "both are in the credentials.csv that you downloaded with the key",
        Error::NotOnPath => {
            return Some(format!(
                "put it into a folder that is on PATH, such as {}",
                platform.programs_folder()
            ));
        }
        #[cfg(feature = "cloud")]
        Error::LoginRefused { address, .. } => {
            return Some(format!(
                "check AK and SK, and whether the key is still in the console; `docker-credential-swr doctor {} --online` tries again",
                word(address)
            ));
        }
        Error::NotTaken { .. } => {
            "check AK and SK against the credentials.csv of that key, and check in the console that the key exists and is enabled; \
             `--offline` stores it without trying it"
        }
        Error::Unverified { .. } => {
            "`--registry HOST` tries it at another registry, `--offline` does not try it"
        }
        Error::NothingToRotate { name } => return Some(store_account(name)),
        Error::OtherSk { .. } => "`--replace` replaces the SK",
        Error::SameKey { name, .. } => {
            return Some(format!(
                "create another key in the console, and give that one; `{} --replace` corrects a wrong SK",
                store_account(name)
            ));
        }
        Error::HalfRotated { .. } => {
            "`docker-credential-swr store --replace` with `--registry` or `--account` replaces the key of one entry"
        }
        Error::WouldForget { .. } => "add `--yes` to confirm",
        Error::WouldReveal => "write it to a pipe or a file, or add `--reveal`",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn store_account(name: &str) -> String {
    format!("docker-credential-swr store --account {name}")
}

/// Returns the option of `store` for the region of a registry, if it is listed.
fn place_of(address: &str) -> String {
    let registry = Registry::parse(address, &[]);
    let swr = registry.as_ref().ok().and_then(Registry::swr);
    let listed = swr.filter(|(region, cloud)| {
        regions::find(region).is_some_and(|listed| listed.cloud == *cloud)
    });
    listed.map_or(String::new(), |(region, _)| format!(" --region {region}"))
}

fn of_console(error: &ConsoleError) -> Option<String> {
    let ConsoleError::NoTerminal(missing) = error else {
        return None;
    };
    let hint = match missing {
        Missing::Sk => "`--sk-stdin` reads it from stdin, `--csv FILE` from credentials.csv",
        Missing::Ak => "pass `--ak AK` with `--sk-stdin`, or `--csv FILE`",
        Missing::Password => "`--password-stdin` reads it from stdin",
        Missing::SecurityToken | Missing::Answer => {
            "every question has an option; `--help` lists them"
        }
    };
    Some(hint.to_owned())
}

fn of_system(error: &SystemError, platform: Platform) -> Option<String> {
    match error {
        SystemError::NoHome => Some(format!("set {}", platform.home_variable())),
        SystemError::OthersHome { owner, .. } => Some(format!(
            "run it as that user with `sudo -u '#{owner}'`, or for root itself with `sudo -H`"
        )),
        SystemError::File {
            action: "write" | "remove",
            path,
            source,
        } if source.kind() == ErrorKind::PermissionDenied && platform != Platform::Windows => {
            Some(of_unwritable(path))
        }
        SystemError::Variable { .. } | SystemError::File { .. } => None,
    }
}

/// Returns what to do about a file that the user may not write. Docker's folder is often root's,
/// where `sudo docker` made it.
fn of_unwritable(path: &Path) -> String {
    let folder = path.parent().unwrap_or(path);
    let is_dockers = folder.file_name().is_some_and(|name| name == ".docker");
    let is_made = folder.exists();
    let folder = match folder.parent() {
        Some(above) if is_dockers && !is_made => above,
        _ => folder,
    };
    let shown = folder.to_string_lossy();
    let shown = word(&shown);
    match is_dockers && is_made {
        true => format!(
            "if `sudo docker` made the folder, `sudo chown -R \"$(id -u)\" {shown}` gives it to you"
        ),
        false => format!("`ls -ld {shown}` shows who may write there"),
    }
}

fn of_config(error: &ConfigError) -> Option<String> {
    matches!(
        error,
        ConfigError::Client { .. } | ConfigError::Kubelet { .. }
    )
    .then(|| "correct that by hand; the file is unchanged".to_owned())
}

fn of_option(error: &OptionError) -> Option<String> {
    match error {
        OptionError::Region(RegionError::Malformed {
            meant: Some(id), ..
        }) => Some(format!("did you mean `{id}`?")),
        OptionError::Region(RegionError::Malformed { text, .. }) if text.contains(['.', '/']) => {
            Some("`--registry` takes the address of a registry".to_owned())
        }
        OptionError::Region(RegionError::Malformed { .. }) => {
            Some("an ID looks like cn-north-4".to_owned())
        }
        OptionError::Region(RegionError::Elsewhere { cloud, .. }) => {
            Some(format!("`--cloud {cloud}`, or none, goes with it"))
        }
        OptionError::TwoClouds { .. } => Some(
            "store a key for each cloud in a run of its own, the second with `--account NAME`"
                .to_owned(),
        ),
        OptionError::KubeletPart => Some("edit `matchImages` in the file by hand".to_owned()),
        OptionError::SecretEnv => Some(
            "append `_FILE` to the name of the variable, and set it to a file with the secret"
                .to_owned(),
        ),
        OptionError::Region(RegionError::Unknown { id, meant }) => {
            let meant = meant.map(|id| format!("did you mean `{id}`? if not, "));
            Some(format!(
                "{}name the registry's host, such as swr.{id}.{}",
                meant.unwrap_or_default(),
                CLOUDS[0]
            ))
        }
        OptionError::NoneNamed => Some("`--region ID` or `--registry HOST` names one".to_owned()),
        _ => None,
    }
}

/// In bash. The password is not shown, and no line end may follow it.
const UNLOCK_GNOME_KEYRING: &str =
    "`(read -rs p; printf %s \"$p\" | gnome-keyring-daemon --replace --unlock)`";

fn of_locked(daemon: Daemon) -> String {
    let hint = match daemon {
        Daemon::GnomeKeyring => {
            return format!(
                "`docker-credential-swr unlock` asks for its password; without a desktop, type it after \
                 {UNLOCK_GNOME_KEYRING} in bash"
            );
        }
        Daemon::KWallet(_) => "`docker-credential-swr unlock` asks for the wallet's password",
        Daemon::KeePassXc => {
            "open the database in KeePassXC, or with `docker-credential-swr unlock`"
        }
        Daemon::Other => "`docker-credential-swr unlock` asks for its password",
        Daemon::Keychain => {
            "`docker-credential-swr unlock` at the desktop asks for its password, and after each new version of this program \
             whether that may read each item: choose Always Allow; over SSH `security unlock-keychain` opens it"
        }
    };
    hint.to_owned()
}

/// Returns what to do where the keyring could not ask.
fn of_still_locked(daemon: Daemon) -> String {
    match daemon {
        Daemon::GnomeKeyring => {
            format!("without a desktop, type its password after {UNLOCK_GNOME_KEYRING} in bash")
        }
        Daemon::KeePassXc => "open the database in KeePassXC".to_owned(),
        _ => "answer its prompt at the desktop, where it can show one".to_owned(),
    }
}

fn of_store(error: &StoreError, platform: Platform) -> Option<String> {
    let hint = match error {
        StoreError::Keyring(KeyringState::Empty) => {
            return Some(format!(
                "log in to the desktop, or type a new password after {UNLOCK_GNOME_KEYRING} in bash; \
                 or store only the login key in a file with `docker-credential-swr store --backend file`"
            ));
        }
        StoreError::Keyring(KeyringState::Locked(daemon)) => return Some(of_locked(*daemon)),
        StoreError::Keyring(KeyringState::StillLocked(daemon)) => {
            return Some(of_still_locked(*daemon));
        }
        StoreError::Keyring(KeyringState::Unconfirmed(Daemon::KeePassXc)) => {
            "in KeePassXC's settings, under Secret Service Integration, switch off \
                 `Confirm when passwords are retrieved by clients`"
        }
        StoreError::Keyring(KeyringState::Unconfirmed(_)) => {
            "allow this program to read from it, in the keyring's own settings"
        }
        StoreError::Keyring(KeyringState::Denied) if platform == Platform::MacOs => {
            "run `docker-credential-swr unlock` at a terminal and choose Always Allow when macOS asks"
        }
        StoreError::Keyring(KeyringState::Denied) if platform == Platform::Windows => {
            "a policy may forbid storing credentials; store only the login key in a file with \
                 `docker-credential-swr store --backend file`"
        }
        StoreError::Keyring(KeyringState::Denied) => {
            "run `docker-credential-swr store` at a terminal and allow access when the keyring asks"
        }
        StoreError::Keyring(KeyringState::Absent(_)) if platform == Platform::MacOs => {
            "log in at the desktop, or `security create-keychain` and `security default-keychain -s` make one; or \
                 store only the login key in a file with `docker-credential-swr store --backend file`"
        }
        StoreError::Keyring(KeyringState::Absent(_)) if platform == Platform::Windows => {
            "log in with a password, at the desktop or by SSH; or store only the login key in a file with \
                 `docker-credential-swr store --backend file`"
        }
        StoreError::Keyring(KeyringState::Absent(_)) => {
            "install and start one (Debian: gnome-keyring), or store only the login key in a file with \
                 `docker-credential-swr store --backend file`"
        }
        StoreError::Keyring(KeyringState::Dead) => {
            "correct DBUS_SESSION_BUS_ADDRESS, or log in again so that the bus is started"
        }
        StoreError::Keyring(KeyringState::Foreign { .. }) => {
            "unset DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR, or log in as that user"
        }
        StoreError::Keyring(KeyringState::Address(_) | KeyringState::Unsupported(_)) => {
            "set DBUS_SESSION_BUS_ADDRESS to a socket, such as unix:path=/run/user/1000/bus"
        }
        StoreError::Keyring(KeyringState::Silent { .. }) if platform == Platform::Windows => {
            "DOCKER_CREDENTIAL_SWR_TIMEOUT=SECONDS waits longer"
        }
        StoreError::Keyring(KeyringState::Silent { .. }) => {
            "look for its password prompt or restart it; DOCKER_CREDENTIAL_SWR_TIMEOUT=SECONDS waits longer"
        }
        StoreError::DamagedRecord { .. } => {
            "remove it with `docker-credential-swr erase`, then store it again"
        }
        StoreError::DamagedFile { .. } => {
            "move it away and run `docker-credential-swr store` again"
        }
        StoreError::UnsafeFile { path, .. } => {
            let close = platform.make_private(path);
            return Some(format!("{close}, and check that it belongs to you"));
        }
        StoreError::ForeignInFile { .. } => {
            "use the keyring, or route only SWR's registries to this helper (credHelpers)"
        }
        StoreError::NoSecretsInFile => "use the keyring, or give it in the environment",
        StoreError::System(error) => return of_system(error, platform),
        StoreError::KeyringFailed(_) | StoreError::Busy { .. } => return None,
    };
    Some(hint.to_owned())
}

/// Returns the hint for an error of a provider.
pub(super) fn hint_of_provider(error: &ProviderError) -> Option<String> {
    of_provider(error, Platform::HERE)
}

fn of_provider(error: &ProviderError, platform: Platform) -> Option<String> {
    let hint = match error {
        ProviderError::Store(error) => return of_store(error, platform),
        ProviderError::Login(error) => return of_login(error),
        ProviderError::System(error) => return of_system(error, platform),
        ProviderError::Enterprise { .. } => {
            "set `region` in the registry's settings, or `docker login` there with a login from the instance's console"
        }
        ProviderError::NoAccount { name, address, .. } => {
            return Some(store_account(name) + &place_of(address));
        }
        ProviderError::Annotation { .. } => "correct it with `kubectl annotate serviceaccount`",
        ProviderError::KooCliEncrypted { .. } => {
            "`hcloud configure set --cli-auth-encrypt=false` turns that off; `docker-credential-swr store` stores a key safely"
        }
        ProviderError::NoPodAgency => {
            "name one in the annotation `swr.huaweicloud.com/agency-urn` of the pod's service account"
        }
        ProviderError::NoNodeIdentity => "give the node an agency, or a key in a file",
        ProviderError::OtherCloud { address, .. } => {
            return Some(format!(
                "docker-credential-swr store --registry {}",
                word(address)
            ));
        }
        #[cfg(feature = "cloud")]
        ProviderError::ServerAgency(_) => {
            "the provider `agency` is for ECS servers; remove it from the providers on other machines"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

fn of_login(error: &LoginError) -> Option<String> {
    let hint = match error {
        LoginError::NoProject { address } => {
            return Some(format!(
                "store the key again with `--registry {} --project PROJECT`",
                word(address)
            ));
        }
        LoginError::NoSecretKey => {
            "store the key in the keyring: `docker-credential-swr store --backend keyring`"
        }
        LoginError::KeyExpired { .. } => "get a new one and store or export it",
        LoginError::NoApi { address } => {
            return Some(format!(
                "set `api` and `iam` under `[registry.\"{address}\"]` in the settings"
            ));
        }
        #[cfg(feature = "cloud")]
        LoginError::Api(error) => return of_api(error),
        LoginError::SkewedBefore { .. } => {
            "set this machine's clock, then run `docker-credential-swr doctor --forget`"
        }
        LoginError::RefusedBefore { .. } => {
            "correct the credential and wait, or forget the refusal with `docker-credential-swr doctor --forget`"
        }
        LoginError::NoServerAgency => {
            "give the server an agency in the ECS console, or remove `agency` from the providers"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// How to find out which identity it is.
#[cfg(feature = "cloud")]
const WHO: &str = "`docker-credential-swr doctor --online` says who it is";

#[cfg(feature = "cloud")]
fn of_api(error: &ApiError) -> Option<String> {
    Some(match error {
        ApiError::ClockSkew { .. } => {
            "set this machine's clock, and wait 5 minutes before the next try".to_owned()
        }
        // The service knows the identity, and refuses it anyway.
        ApiError::Refused {
            fault,
            needs: Some(need),
            ..
        } if fault.status == 403 => match need {
            Need::Action(action) => format!("grant `{action}` to this identity; {WHO}"),
            Need::Role(role) => format!("grant the role `{role}` to this identity; {WHO}"),
            Need::Trust(action) => format!(
                "the agency's trust policy must allow `{action}` for the ID token's issuer, audience and subject"
            ),
        },
        ApiError::Refused { .. } => {
            "check whether the credential is still valid; wait 5 minutes before the next try"
                .to_owned()
        }
        ApiError::Garbage { why, .. } if *why == OTHER_HOSTS => {
            "set `alias` in the registry's settings to the host that SWR's API has logins for"
                .to_owned()
        }
        ApiError::NoInstance { .. } => {
            "check `region` in the registry's settings, or set `project_id` and `instance_id`"
                .to_owned()
        }
        _ => return None,
    })
}

fn of_import(why: &ImportConflict, platform: Platform) -> Option<String> {
    match why {
        ImportConflict::WouldHideKey { logout } => Some(format!("`{logout}` removes it")),
        ImportConflict::HasAnother { host } => Some(format!(
            "`docker-credential-swr erase --registry {}` removes the other one",
            word(host)
        )),
        ImportConflict::NotAsked => Some(format!(
            "add `registry` to {}, or to `providers` in the settings",
            crate::model::chain::VARIABLE
        )),
        ImportConflict::TwoInFile => Some("remove the wrong one by hand".to_owned()),
        ImportConflict::Other(error) => hint_on(error, platform),
        ImportConflict::Lost | ImportConflict::NotUnicode | ImportConflict::ControlByte => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_clients_compare_have_no_hint() {
        assert_eq!(
            for_docker(&Error::NotFound),
            "credentials not found in native keychain"
        );
        assert_eq!(for_docker(&Error::NoServerUrl), "no credentials server URL");
        assert_eq!(for_docker(&Error::NoUsername), "no credentials username");
    }

    #[test]
    fn a_message_stays_on_one_line() {
        let error = ConfigError::Settings {
            path: "/a\nb".into(),
            line: 3,
            why: "no".into(),
        };
        assert_eq!(for_docker(&error.into()), "/a?b:3: no");
    }

    #[test]
    fn other_texts_end_with_their_hint() {
        let line = for_docker(&Error::Refused(Refusal::PlainHttp));
        assert!(line.ends_with("(hint: name only the host, without `http://`)"));
    }
}
