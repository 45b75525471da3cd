//! Why a verb failed: the errors of the layers below, and what the verbs themselves refuse.
//!
//! No text here ever holds a secret, nor any part of a request that might hold one. The next step for a
//! person stands in [`message`](super::message).

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

/// The result of everything that a verb does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What clients compare the output with to tell "nothing there" from a failure.
pub const NOT_FOUND: &str = "credentials not found in native keychain";

/// The answer to a request without a server URL.
pub const NO_SERVER_URL: &str = "no credentials server URL";

/// The answer to a `store` without a username.
pub const NO_USERNAME: &str = "no credentials username";

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is stored for the server; clients compare the text.
    #[error("{NOT_FOUND}")]
    NotFound,
    /// The request names no server; the reference library's text.
    #[error("{NO_SERVER_URL}")]
    NoServerUrl,
    /// A `store` names no user; the reference library's text.
    #[error("{NO_USERNAME}")]
    NoUsername,
    /// A `store` brings no secret.
    #[error("the secret is empty")]
    NoSecret,
    /// A `store` brings an identity token.
    #[error(
        "the username `<token>` stands for an identity token, which this helper does not store"
    )]
    TokenUsername,
    /// The server URL is not one that a login may be kept for.
    #[error("the server URL is refused: {0}")]
    Refused(#[from] Refusal),
    /// The streams or the person at the terminal.
    #[error(transparent)]
    Console(#[from] ConsoleError),
    /// The process's environment or its files.
    #[error(transparent)]
    System(#[from] SystemError),
    /// A file that people or clients write.
    #[error(transparent)]
    Config(ConfigError),
    /// A store failed.
    #[error(transparent)]
    Store(StoreError),
    /// No provider has a credential, or one stopped the chain.
    #[error(transparent)]
    Provider(ProviderError),
    /// There is a credential, and no login for it.
    #[error(transparent)]
    Login(LoginError),
    /// A kubelet's request is none.
    #[error(transparent)]
    Kubelet(#[from] WireError),
    /// A node has no access key for one of SWR's registries.
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
    /// A person's `store` would destroy an SK.
    #[error("{slot} already has the access key {ak}, and an SK can be downloaded only once")]
    WouldReplace {
        /// The slot, in words.
        slot: String,
        /// Its AK, shortened.
        ak: String,
    },
    /// A person's `store` would leave the registries of another cloud without a login.
    #[error("the account `{name}` serves `{from}`, and would serve `{to}` instead")]
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
    /// A credentials.csv has another access key than the option.
    #[error("{}: it holds another AK than `--ak`", path.display())]
    OtherAk {
        /// The file.
        path: std::path::PathBuf,
    },
    /// A login that stands in a client's configuration cannot be moved to the store.
    #[error("cannot move the plain-text login of `{address}`: {why}")]
    Import {
        /// The registry's address.
        address: String,
        /// What keeps it there.
        why: ImportConflict,
    },
    /// Clients would not find the helper.
    #[error("no program on PATH is called `docker-credential-swr`, so clients could not run it")]
    NotOnPath,
    /// An option is missing or holds nonsense.
    #[error(transparent)]
    Option(#[from] OptionError),
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
    Trial(#[from] TrialError),
    /// A new key was not taken over, as nobody could tell whether it works.
    #[error("cannot try the new key, so nothing was changed: {why}")]
    Unverified {
        /// Why not.
        why: String,
    },
    /// A new key was tried and is not kept, as it was refused.
    #[error("{why}; nothing was changed")]
    NotTaken {
        /// Who refused it.
        why: Box<Error>,
    },
    /// There is no key to be rotated.
    #[error("the account `{name}` has no permanent access key to rotate")]
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
    #[error("the account `{name}` already has the access key {ak}")]
    SameKey {
        /// The account.
        name: String,
        /// Its AK, shortened.
        ak: String,
    },
    /// Some slots still have the old key.
    #[error("{failed} {} {ak}, so do not delete it yet", if *failed == 1 { "entry still uses" } else { "entries still use" })]
    HalfRotated {
        /// The old AK.
        ak: String,
        /// How many.
        failed: usize,
    },
    /// Everything that is stored would go, and nobody has agreed.
    #[error("this would forget {names}")]
    WouldForget {
        /// What is stored.
        names: String,
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
    #[error("docker pull cannot work yet; failed checks: {failed}")]
    Unhealthy {
        /// How many.
        failed: usize,
    },
}

/// What is wrong with the options, or with an answer in their place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No registry of the region is known.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// `configure` without a registry.
    #[error("no registry is named")]
    NoneNamed,
    /// Hosts of SWR and others in one answer.
    #[error(
        "SWR's hosts share an account, and other hosts need a key of their own: choose them one after the other"
    )]
    MixedHosts,
    /// The name of an account.
    #[error("the name of an account is letters, digits, `-` and `_`, at most 64")]
    AccountName,
    /// The domain of a cloud.
    #[error("a cloud is a domain in lower case, such as myhuaweicloud.com")]
    Cloud,
    /// The name of a project.
    #[error("the name of a project is letters, digits, `-` and `_`, at most 64")]
    Project,
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
    /// SK and security token on one stdin.
    #[error("stdin must hold two lines: the SK, then the security token")]
    TwoLines,
    /// The end of a temporary key.
    #[error("`--expires` takes a time such as 2026-07-23T08:46:07Z")]
    Expires,
    /// `configure --kubelet --remove` without a file.
    #[error("`--remove` needs the kubelet's file: `--kubelet FILE`")]
    KubeletFile,
    /// `configure --kubelet --remove` with registries.
    #[error("`--remove` takes the helper out of a kubelet's file whole, and not for one registry")]
    KubeletPart,
    /// A variable that is none.
    #[error("`--env` takes NAME=VALUE")]
    Env,
    /// A variable that holds a secret.
    #[error("`--env` is not for secrets")]
    SecretEnv,
    /// A protocol verb with something behind it.
    #[error("this verb takes no options")]
    NoOptions,
}

/// What keeps a login where it stands in a client's configuration.
#[derive(Debug, thiserror::Error)]
pub enum ImportConflict {
    /// `get` answers with something else.
    #[error("it would hide what docker-credential-swr answers for it")]
    WouldHideKey {
        /// The client's command that drops it.
        logout: String,
    },
    /// The store has another one.
    #[error("docker-credential-swr has another one, and only you know which is right")]
    HasAnother {
        /// The registry's address.
        host: String,
    },
    /// The chain leaves the registry's slot out.
    #[error(
        "docker-credential-swr would not answer with it: its chain of providers leaves out `registry`"
    )]
    NotAsked,
    /// The store did not give it back.
    #[error("the store did not give it back")]
    Lost,
    /// It is not text.
    #[error("it is not Unicode")]
    NotUnicode,
    /// The file has two that differ.
    #[error("the file has another one too")]
    TwoInFile,
    /// No username is like that.
    #[error("its username holds a control byte")]
    ControlByte,
    /// It cannot be stored at all.
    #[error("{0}")]
    Other(Box<Error>),
}

impl Error {
    /// Whether somebody was asked and said no, as opposed to nobody answering.
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
