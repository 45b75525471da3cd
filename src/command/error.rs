//! Why a verb failed: the errors of the layers below, and those of the verbs themselves.
//!
//! No message holds a secret, or any part of a request that could hold one. The hints are in
//! [`message`](super::message).

#[cfg(feature = "completion")]
use std::io;
#[cfg(feature = "completion")]
use std::path::PathBuf;

use super::kubelet::wire::WireError;
use crate::config::error::ConfigError;
use crate::console::error::ConsoleError;
use crate::login::LoginError;
use crate::model::access_key::Malformed;
use crate::model::regions::RegionError;
use crate::model::registry::Refusal;
use crate::provider::ProviderError;
use crate::store::StoreError;
#[cfg(feature = "cloud")]
use crate::swr::trial::TrialError;
use crate::system::error::SystemError;

/// The result of a verb.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The text that tells clients "not found" from a failure.
pub const NOT_FOUND: &str = "credentials not found in native keychain";

/// The answer to a request without a server URL.
pub const NO_SERVER_URL: &str = "no credentials server URL";

/// The answer to a `store` without a username.
pub const NO_USERNAME: &str = "no credentials username";

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No login for the server. Clients compare the text.
    #[error("{NOT_FOUND}")]
    NotFound,
    /// The request names no server. The text is the reference library's.
    #[error("{NO_SERVER_URL}")]
    NoServerUrl,
    /// A `store` without a username. The text is the reference library's.
    #[error("{NO_USERNAME}")]
    NoUsername,
    /// A `store` without a secret.
    #[error("the secret is empty")]
    NoSecret,
    /// A `store` of an identity token.
    #[error(
        "the username `<token>` stands for an identity token, which this helper does not store"
    )]
    TokenUsername,
    /// The server URL is one that no login may be stored for.
    #[error("the server URL is refused: {0}")]
    Refused(#[from] Refusal),
    /// An error of the streams or the terminal.
    #[error(transparent)]
    Console(#[from] ConsoleError),
    /// An error of the process's environment or of its files.
    #[error(transparent)]
    System(#[from] SystemError),
    /// An error in a file that people or clients write.
    #[error(transparent)]
    Config(ConfigError),
    /// An error of the store.
    #[error(transparent)]
    Store(StoreError),
    /// No provider has a credential, or one stopped the chain.
    #[error(transparent)]
    Provider(ProviderError),
    /// There is a credential, but no login for it.
    #[error(transparent)]
    Login(LoginError),
    /// The kubelet's request is malformed.
    #[error(transparent)]
    Kubelet(#[from] WireError),
    /// A node has no access key for an SWR registry.
    #[error("this node has no access key for `{address}`")]
    NotOnNode {
        /// The registry's address.
        address: String,
    },
    /// A protocol `store` would destroy an SK that a person stored.
    #[error("`{address}` has another access key, which a person stored")]
    HasAnotherKey {
        /// The registry's address.
        address: String,
    },
    /// A `store` at the terminal would destroy an SK.
    #[error("{slot} already has the access key {ak}, and an SK can be downloaded only once")]
    WouldReplace {
        /// The slot, in words.
        slot: String,
        /// The AK, shortened.
        ak: String,
    },
    /// A `store` at the terminal would leave the registries of another cloud without a login.
    #[error("the account `{name}` serves `{from}`, and would serve `{to}` instead")]
    WouldMove {
        /// The account's name.
        name: String,
        /// The cloud that it serves now.
        from: String,
        /// The cloud of the chosen registries.
        to: String,
    },
    /// The access key is malformed.
    #[error(transparent)]
    AccessKey(#[from] Malformed),
    /// A credentials.csv holds another AK than the option.
    #[error("{}: it holds another AK than `--ak`", path.display())]
    OtherAk {
        /// The file.
        path: std::path::PathBuf,
    },
    /// A plain-text login in a client's configuration cannot be moved to the store.
    #[error("cannot move the plain-text login of `{address}`: {why}")]
    Import {
        /// The registry's address.
        address: String,
        /// Why not.
        why: ImportConflict,
    },
    /// Clients would not find the helper.
    #[error("`docker-credential-swr` is not on PATH, so clients could not run it")]
    NotOnPath,
    /// An option is missing or wrong.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The registry refused the login.
    #[cfg(feature = "cloud")]
    #[error("`{address}` refuses the login (HTTP {status}): {meaning}")]
    LoginRefused {
        /// The registry's address.
        address: String,
        /// The HTTP status.
        status: u16,
        /// What the status means, as far as it is known.
        meaning: &'static str,
    },
    /// The registry accepts everybody, so it cannot judge a login.
    #[cfg(feature = "cloud")]
    #[error("`{address}` asks for no login")]
    AsksForNone {
        /// The registry's address.
        address: String,
    },
    /// The registry could not be asked about the login.
    #[cfg(feature = "cloud")]
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// The new key was not stored, because it could not be tried.
    #[error("cannot try the new key, so nothing was changed: {why}")]
    Unverified {
        /// Why not.
        why: String,
    },
    /// The new key was refused, and not stored.
    #[error("{why}; nothing was changed")]
    NotTaken {
        /// The refusal.
        why: Box<Error>,
    },
    /// There is no key to rotate.
    #[error("the account `{name}` has no permanent access key to rotate")]
    NothingToRotate {
        /// The account's name.
        name: String,
    },
    /// The account does not serve the registry that was named.
    #[error("the account `{name}` does not serve `{address}`, so its key is not sent there")]
    NotServed {
        /// The account's name.
        name: String,
        /// The registry's address.
        address: String,
    },
    /// A `store` without `--replace` would replace an SK by another one of the same AK.
    #[error("{slot} has the access key {ak} with another SK")]
    OtherSk {
        /// The slot, in words.
        slot: String,
        /// The AK, shortened.
        ak: String,
    },
    /// The new key is the current one.
    #[error("the account `{name}` already has the access key {ak}")]
    SameKey {
        /// The account's name.
        name: String,
        /// The AK, shortened.
        ak: String,
    },
    /// Some slots still hold the old key.
    #[error("{failed} {} {ak}, so do not delete it yet", if *failed == 1 { "entry still uses" } else { "entries still use" })]
    HalfRotated {
        /// The old AK.
        ak: String,
        /// The number of slots.
        failed: usize,
    },
    /// Everything that is stored would be removed, and nobody has agreed.
    #[error("this would remove {names}")]
    WouldForget {
        /// What is stored.
        names: String,
    },
    /// A password would appear on the screen.
    #[error("this would show a password on the terminal")]
    WouldReveal,
    /// The manual pages could not be written.
    #[cfg(feature = "completion")]
    #[error("cannot write the manual pages into {}: {kind}", .folder.display())]
    Manual {
        /// The folder.
        folder: PathBuf,
        /// The system's error.
        kind: io::ErrorKind,
    },
    /// A check of the doctor failed. Its line is already printed.
    #[error("docker pull cannot work yet; failed checks: {failed}")]
    Unhealthy {
        /// The number of failed checks.
        failed: usize,
    },
}

/// What is wrong with the options, or with an answer instead of an option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The registry of the region is not known.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// `configure` without a registry.
    #[error("no registry is named")]
    NoneNamed,
    /// An answer with both SWR hosts and other hosts.
    #[error(
        "SWR hosts share an account, and other hosts need keys of their own, so choose them in separate runs"
    )]
    MixedHosts,
    /// A malformed name of an account.
    #[error("the name of an account is letters, digits, `-` and `_`, at most 64")]
    AccountName,
    /// Regions of two clouds, which need a key each.
    #[error("these registries are of two clouds, `{first}` and `{second}`, which need a key each")]
    TwoClouds {
        /// The cloud of the first registry.
        first: String,
        /// The other one.
        second: String,
    },
    /// A list where one registry is to be named.
    #[error("this takes one registry")]
    OneRegistry,
    /// A malformed domain of a cloud.
    #[error("a cloud is a domain in lower case, such as myhuaweicloud.com")]
    Cloud,
    /// A malformed name of a project.
    #[error("the name of a project is letters, digits, `-` and `_`, at most 64")]
    Project,
    /// A project that no region can have.
    #[error("the name of a project starts with its region, such as `cn-north-4_team`")]
    ProjectOfNoRegion,
    /// A project of another region.
    #[error(
        "the project is not in the region of `{address}`: projects there are `{region}` and `{region}_...`"
    )]
    ProjectElsewhere {
        /// The registry's address.
        address: String,
        /// Its region.
        region: String,
    },
    /// The SK and the security token must both be on stdin.
    #[error("stdin must hold two lines: the SK, then the security token")]
    TwoLines,
    /// A malformed expiry of a temporary key.
    #[error("`--expires` takes a time such as 2026-07-23T08:46:07Z")]
    Expires,
    /// `configure --kubelet --remove` without a file.
    #[error("`--remove` needs the kubelet's file: `--kubelet FILE`")]
    KubeletFile,
    /// `configure --kubelet --remove` with registries.
    #[error("`--remove` removes the helper from the whole file of a kubelet, not for one registry")]
    KubeletPart,
    /// A malformed variable.
    #[error("`--env` takes NAME=VALUE")]
    Env,
    /// A variable with a secret.
    #[error("`--env` is not for secrets")]
    SecretEnv,
    /// A protocol verb with arguments.
    #[error("this verb takes no options")]
    NoOptions,
}

/// Why a login stays in a client's configuration.
#[derive(Debug, thiserror::Error)]
pub enum ImportConflict {
    /// `get` answers with something else.
    #[error("it would hide what docker-credential-swr answers for it")]
    WouldHideKey {
        /// The client's command that removes it.
        logout: String,
    },
    /// The store has a different one.
    #[error("docker-credential-swr has a different one, and only you know which is right")]
    HasAnother {
        /// The registry's address.
        host: String,
    },
    /// The providers do not include the registry's slot.
    #[error(
        "docker-credential-swr would not answer with it: its providers do not include `registry`"
    )]
    NotAsked,
    /// The store did not return it.
    #[error("the store did not return it")]
    Lost,
    /// It is not Unicode.
    #[error("it is not Unicode")]
    NotUnicode,
    /// The file has two different logins for the registry.
    #[error("the file has two different ones")]
    TwoInFile,
    /// The username has a control byte.
    #[error("its username holds a control byte")]
    ControlByte,
    /// It cannot be stored.
    #[error("{0}")]
    Other(Box<Error>),
}

impl Error {
    /// Whether a service refused, as opposed to not answering.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Login(error) => error.is_refusal(),
            #[cfg(feature = "cloud")]
            Self::LoginRefused { .. } => true,
            _ => false,
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::System(error) => error.into(),
            ConfigError::AccessKey(error) => error.into(),
            error => Self::Config(error),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::System(error) => error.into(),
            error => Self::Store(error),
        }
    }
}

impl From<LoginError> for Error {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::System(error) => error.into(),
            error => Self::Login(error),
        }
    }
}

impl From<ProviderError> for Error {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::NotFound => Self::NotFound,
            ProviderError::Store(error) => error.into(),
            ProviderError::Login(error) => error.into(),
            ProviderError::System(error) => error.into(),
            error => Self::Provider(error),
        }
    }
}

impl From<RegionError> for Error {
    fn from(error: RegionError) -> Self {
        OptionError::from(error).into()
    }
}
