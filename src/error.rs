//! What can go wrong, in words: a line for Docker, and for people the line and a hint.
//!
//! No text here ever holds a secret, nor any part of a request that might hold one.

use std::io;
use std::path::PathBuf;

use crate::access_key::Malformed;
use crate::docker_config::DockerConfigError;
use crate::platform::Platform;
use crate::protocol;
use crate::registry::Refusal;
use crate::store::StoreError;
#[cfg(feature = "cloud")]
use crate::swr::api::ApiError;

/// The result of everything that a verb does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is stored for the server; clients compare the text.
    #[error("{}", protocol::NOT_FOUND)]
    NotFound,
    /// The request names no server; the reference library's text.
    #[error("{}", protocol::NO_SERVER_URL)]
    NoServerUrl,
    /// A `store` names no user; the reference library's text.
    #[error("{}", protocol::NO_USERNAME)]
    NoUsername,
    /// A `store` brings no secret.
    #[error("the secret is empty")]
    NoSecret,
    /// A `store` brings an identity token.
    #[error("the username `<token>` stands for an identity token, and this helper keeps none")]
    TokenUsername,
    /// Stdin cannot be what the verb reads.
    #[error("stdin {0}")]
    Input(InputProblem),
    /// The server URL is not one that a login may be kept for.
    #[error("the server URL is refused: {0}")]
    Refused(#[from] Refusal),
    /// The Enterprise edition has its own logins.
    #[error("`{address}` is SWR Enterprise edition, which does not take the AK/SK login key")]
    Enterprise {
        /// The registry's address.
        address: String,
    },
    /// A login here needs a project, and the address names no region.
    #[error("`{address}` needs a project, and none is known for it")]
    NoProject {
        /// The registry's address.
        address: String,
    },
    /// An account was named that is not there.
    #[error("no access key is stored for the account `{name}`, which {named_by} names")]
    NoAccount {
        /// The account.
        name: String,
        /// The variable or the settings' table that names it.
        named_by: String,
    },
    /// An account was named that serves another cloud.
    #[error("the account `{name}` serves `{cloud}`, and `{address}` is not there")]
    OtherCloud {
        /// The account.
        name: String,
        /// The account's cloud.
        cloud: String,
        /// The registry's address.
        address: String,
    },
    /// A variable of ours holds nonsense.
    #[error("the variable {name} {why}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What is wrong with it, never its value.
        why: String,
    },
    /// An annotation of a pod's service account holds nonsense.
    #[error("the service account's annotation `{name}` {why}")]
    Annotation {
        /// Its name.
        name: &'static str,
        /// What is wrong with it, never its value.
        why: String,
    },
    /// A pod has no agency of its own, and may not pull as the node.
    #[error("the pod's service account has no agency, and pods may not pull as the node")]
    NoPodAgency,
    /// CCE is to be asked, and the node has no identity to ask with.
    #[error(
        "CCE is asked for a pod's agency with an access key of the node, and the node has none"
    )]
    NoNodeIdentity,
    /// A kubelet's request is none.
    #[error(transparent)]
    Kubelet(#[from] crate::command::WireError),
    /// A node has no access key for one of SWR's registries.
    #[error("this node has no access key for `{address}`")]
    NotOnNode {
        /// The registry's address.
        address: String,
    },
    /// The SDK's profile file holds something that is no credential.
    #[error("the profile {}: {why}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A login would have to be asked for, and this build cannot ask.
    #[error("this build has no temporary logins, agencies or tokens")]
    NoCloud,
    /// A login would have to be asked for, and the store holds no SK to sign with.
    #[error("a temporary login needs the SK, and the file store holds none")]
    NoSecretKey,
    /// A temporary key has ended.
    #[error("the temporary access key {ak} has expired")]
    KeyExpired {
        /// Its AK.
        ak: String,
    },
    /// The address tells no API, and the settings name none.
    #[error("no API is known for `{address}`")]
    NoApi {
        /// The registry's address.
        address: String,
    },
    /// The IDs of an Enterprise instance cannot be IDs.
    #[error("`project_id` or `instance_id` in the settings is malformed")]
    Instance,
    /// An endpoint cannot be one.
    #[error("{place} names no usable endpoint: it {why}")]
    Endpoint {
        /// The variable or setting.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// Huawei Cloud said no, or nothing.
    #[cfg(feature = "cloud")]
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The provider `agency` could not ask the metadata service.
    #[cfg(feature = "cloud")]
    #[error("the agency of this server: {0}")]
    ServerAgency(#[source] ApiError),
    /// The same identity was refused a moment ago, and asking again could lock it.
    #[error("`{name}` was refused in the last 5 minutes and is not tried again yet: {said}")]
    RefusedBefore {
        /// The AK or user.
        name: String,
        /// What the service said then.
        said: String,
    },
    /// Nothing tells where the user's files are.
    #[error("no home folder is known, so neither are the settings")]
    NoHome,
    /// The settings hold something that cannot be meant.
    #[error("{}:{line}: {why}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A protocol `store` would destroy an SK that a person stored.
    #[error("`{address}` has another access key, which a person stored")]
    HasAnotherKey {
        /// The registry's address.
        address: String,
    },
    /// A person's `store` would destroy an SK.
    #[error("{slot} already has the access key {ak}, and an SK can be downloaded only once")]
    WouldReplace {
        /// The slot, in words.
        slot: String,
        /// Its AK, shortened.
        ak: String,
    },
    /// A person's `store` would leave the registries of another cloud without a login.
    #[error("the account `{name}` serves `{from}`, and would serve `{to}` in its place")]
    WouldMove {
        /// The account.
        name: String,
        /// The cloud that it serves.
        from: String,
        /// The cloud of the registries that were chosen.
        to: String,
    },
    /// What a person gave is no access key.
    #[error(transparent)]
    AccessKey(#[from] Malformed),
    /// The file is not Huawei's credentials.csv.
    #[error("{}: {why}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {}", path.display(), source)]
    File {
        /// `read`, `write` or the like.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A client's configuration is not as the client would take it.
    #[error("{client} would not take {}: {source}", path.display())]
    DockerConfig {
        /// Such as `docker`.
        client: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: DockerConfigError,
    },
    /// A kubelet's configuration is not as a kubelet would take it, or would not be after a change.
    #[error("{}: {source}", path.display())]
    KubeletConfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: crate::config::kubelet_config::Refused,
    },
    /// A login that stands in a client's configuration cannot be moved to the store.
    #[error("the login of `{address}` stays where it stands in plain text: {why}")]
    Import {
        /// The registry's address.
        address: String,
        /// What keeps it there.
        why: String,
        /// The next step.
        hint: Option<String>,
    },
    /// Clients would not find the helper.
    #[error("no program on PATH is called `docker-credential-swr`, so clients could not run it")]
    NotOnPath,
    /// An option is missing or holds nonsense.
    #[error("{0}")]
    Option(String),
    /// Something must be asked, and nobody is there.
    #[error("{0} is not given, and there is no terminal to ask at")]
    NoTerminal(&'static str),
    /// What a person answered cannot be taken as an answer.
    #[error("the answer {0}")]
    Answer(InputProblem),
    /// The person ended the questions.
    #[error("stopped; nothing was changed")]
    Stopped,
    /// A registry was asked, and does not take the login.
    #[cfg(feature = "cloud")]
    #[error("`{address}` refuses the login (HTTP {status}): {meaning}")]
    LoginRefused {
        /// The registry's address.
        address: String,
        /// The HTTP status.
        status: u16,
        /// What that means, as far as it is known.
        meaning: &'static str,
    },
    /// A registry that was to be asked about a login takes everybody.
    #[cfg(feature = "cloud")]
    #[error("`{address}` asks for no login")]
    AsksForNone {
        /// The registry's address.
        address: String,
    },
    /// A registry was to be asked about a login, and could not be.
    #[cfg(feature = "cloud")]
    #[error(transparent)]
    Untried(#[from] crate::swr::trial::Untried),
    /// A new key was not taken over, as nobody could tell whether it works.
    #[error("the new key could not be tried, so nothing was changed: {why}")]
    Unverified {
        /// Why not.
        why: String,
    },
    /// There is no key to be rotated.
    #[error("the account `{name}` has no permanent access key that another could replace")]
    NothingToRotate {
        /// The account.
        name: String,
    },
    /// A registry was named that the account does not serve.
    #[error("the account `{name}` does not serve `{address}`, so its key does not go there")]
    NotServed {
        /// The account.
        name: String,
        /// The registry's address.
        address: String,
    },
    /// The key that was given as the new one is the present one.
    #[error("the account `{name}` has the access key {ak} already")]
    SameKey {
        /// The account.
        name: String,
        /// Its AK, shortened.
        ak: String,
    },
    /// Some slots still have the old key.
    #[error("the access key {ak} must stay: slots that could not be changed: {failed}")]
    HalfRotated {
        /// The old AK.
        ak: String,
        /// How many.
        failed: usize,
    },
    /// A password would be shown.
    #[error("this would show a password on the terminal")]
    WouldReveal,
    /// The manual pages cannot be written.
    #[cfg(feature = "completion")]
    #[error("cannot write the manual pages into {}: {kind}", .folder.display())]
    Manual {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// A check of the doctor failed; what it was has been printed.
    #[error("a pull cannot work: failed checks: {failed}")]
    Unhealthy {
        /// How many.
        failed: usize,
    },
    /// The answer could not be written.
    #[error("cannot write the answer: {0}")]
    Output(io::ErrorKind),
}

/// What is wrong with stdin, or with an answer at the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputProblem {
    /// Over the limit.
    #[error("holds more than 64 KiB")]
    TooLong,
    /// Not text.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A control byte inside the trimmed text.
    #[error("holds a control byte")]
    ControlByte,
    /// Not the JSON of a `store`.
    #[error("is not the JSON object that `store` reads (column {column})")]
    Json {
        /// Where, from 1; 0 where it is unknown.
        column: usize,
    },
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// It never ended.
    #[error("did not end within {seconds} s")]
    Silent {
        /// The deadline.
        seconds: u64,
    },
}

impl Error {
    /// Returns the line that Docker gets on stdout, without a line end. The texts that clients
    /// compare stand alone; any other has its remedy behind it.
    pub fn for_docker(&self) -> String {
        let line = match self.hint() {
            Some(hint) if !self.is_fixed_text() => format!("{self} (hint: {hint})"),
            _ => self.to_string(),
        };
        // A path may hold anything.
        line.replace(|c: char| c.is_control(), "?")
    }

    /// Returns the next step for a person.
    pub fn hint(&self) -> Option<String> {
        self.hint_on(Platform::HERE)
    }

    /// Returns the next step for a person on this platform.
    pub fn hint_on(&self, platform: Platform) -> Option<String> {
        let hint = match self {
            Self::NotFound => "`docker-credential-swr store` keeps an access key",
            Self::NotOnNode { address } => {
                return Some(format!(
                    "`docker-credential-swr doctor --kubelet CONFIG {address}` on the node tells where it looked"
                ));
            }
            Self::Annotation { .. } => "correct it with `kubectl annotate serviceaccount`",
            Self::NoPodAgency => {
                "name one in the annotation `swr.huaweicloud.com/agency-urn` of the pod's service account"
            }
            Self::NoNodeIdentity => "give the node an agency, or a key in a file",
            Self::Store(error) => return error.hint(),
            Self::Import { hint, .. } => return hint.clone(),
            Self::TokenUsername => "log in with a username and a password or an access key",
            Self::Refused(Refusal::PlainHttp) => "name the host alone, without `http://`",
            Self::Refused(_) => {
                "name the registry's host, such as swr.cn-north-4.myhuaweicloud.com"
            }
            Self::Enterprise { .. } => {
                "`docker login` there with a login from the instance's console"
            }
            Self::NoProject { address } => {
                return Some(format!(
                    "store the key again with `--registry {address} --project PROJECT`"
                ));
            }
            Self::NoAccount { name, .. } => {
                return Some(format!("docker-credential-swr store --account {name}"));
            }
            Self::OtherCloud { address, .. } => {
                return Some(format!("docker-credential-swr store --registry {address}"));
            }
            Self::HasAnotherKey { address } => {
                return Some(format!(
                    "docker-credential-swr store --registry {address} --replace"
                ));
            }
            Self::WouldMove { .. } => {
                "`--account NAME` keeps a second account, `--replace` moves this one"
            }
            Self::WouldReplace { .. } => "`--replace` puts the new key in its place",
            Self::NoTerminal("the SK") => {
                "`--sk-stdin` reads it from stdin, `--csv FILE` from credentials.csv"
            }
            Self::NoTerminal("the AK") => "`--ak AK` with `--sk-stdin` gives it, or `--csv FILE`",
            Self::NoTerminal("the password") => "`--password-stdin` reads it from stdin",
            Self::NoTerminal(_) => "every question has an option; `--help` lists them",
            Self::AccessKey(Malformed::LoginKey) => {
                "give the SK from credentials.csv; the login key is derived from it"
            }
            Self::AccessKey(_) => "both stand in the credentials.csv that the console gave once",
            Self::DockerConfig { .. } | Self::KubeletConfig { .. } => {
                "correct that by hand; the file is as it was"
            }
            Self::NotOnPath => {
                return Some(format!(
                    "put it into a folder that PATH names, such as {}",
                    platform.programs_folder()
                ));
            }
            Self::NoSecretKey => {
                "store the key in the keyring: `docker-credential-swr store --backend keyring`"
            }
            Self::KeyExpired { .. } => "get a new one and store or export it",
            Self::NoApi { address } => {
                return Some(format!(
                    "set `api` and `iam` under `[registry.\"{address}\"]` in the settings"
                ));
            }
            #[cfg(feature = "cloud")]
            Self::Api(ApiError::ClockSkew { .. }) => {
                "set this machine's clock, and wait 5 minutes before the next try"
            }
            #[cfg(feature = "cloud")]
            Self::Api(error) if error.is_refusal() => {
                "check the key, its clock and its permission `swr::createLoginSecret`; wait 5 minutes before the next try"
            }
            #[cfg(feature = "cloud")]
            Self::ServerAgency(_) => {
                "the provider `agency` is for ECS servers; take it out of the chain elsewhere"
            }
            #[cfg(feature = "cloud")]
            Self::LoginRefused { address, .. } => {
                return Some(format!(
                    "check AK and SK, and whether the key is still there in the console; `docker-credential-swr doctor {address} --online` tries again"
                ));
            }
            Self::Unverified { .. } => {
                "`--registry HOST` names another registry to try it at, `--offline` leaves it untried"
            }
            Self::NothingToRotate { name } => {
                return Some(format!("docker-credential-swr store --account {name}"));
            }
            Self::SameKey { .. } => "create another one in the console, and give that",
            Self::HalfRotated { .. } => {
                "`docker-credential-swr store --replace` with `--registry` or `--account` changes one"
            }
            Self::RefusedBefore { .. } => "correct the credential, or wait",
            Self::WouldReveal => "send it into a pipe or a file, or add `--reveal`",
            Self::NoHome => return Some(format!("set {}", platform.home_variable())),
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// Whether somebody was asked and said no, as opposed to nobody answering.
    pub fn is_refusal(&self) -> bool {
        match self {
            #[cfg(feature = "cloud")]
            Self::Api(error) => error.is_refusal(),
            #[cfg(feature = "cloud")]
            Self::LoginRefused { .. } => true,
            Self::RefusedBefore { .. } => true,
            _ => false,
        }
    }

    fn is_fixed_text(&self) -> bool {
        matches!(self, Self::NotFound | Self::NoServerUrl | Self::NoUsername)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_that_clients_compare_stand_alone() {
        assert_eq!(
            Error::NotFound.for_docker(),
            "credentials not found in native keychain"
        );
        assert_eq!(Error::NoServerUrl.for_docker(), "no credentials server URL");
        assert_eq!(Error::NoUsername.for_docker(), "no credentials username");
    }

    #[test]
    fn a_line_stays_one_line() {
        let error = Error::Settings {
            path: "/a\nb".into(),
            line: 3,
            why: "no".into(),
        };
        assert_eq!(error.for_docker(), "/a?b:3: no");
    }

    #[test]
    fn other_texts_have_their_remedy_behind_them() {
        let error = Error::Refused(Refusal::PlainHttp);
        assert!(
            error
                .for_docker()
                .ends_with("(hint: name the host alone, without `http://`)")
        );
    }
}
