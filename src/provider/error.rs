//! Why the chain of providers stopped, or gave nothing.

use std::path::PathBuf;

use crate::login::LoginError;
use crate::model::access_key::Malformed;
use crate::store::StoreError;
#[cfg(feature = "cloud")]
use crate::swr::api::ApiError;
use crate::system::error::SystemError;

/// Why the chain of providers stopped, or gave nothing. Every variant but `NotFound` and a store that
/// [is not there](StoreError::is_no_keyring), or a server without an agency, stops it.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No provider has anything for the registry.
    #[error("no provider has a login")]
    NotFound,
    /// The Enterprise edition has its own logins.
    #[error("`{address}` is SWR Enterprise edition, which does not take the AK/SK login key")]
    Enterprise {
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
    /// The SDK's profile file holds something that is no credential.
    #[error("the profile {}: {why}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: ProfileProblem,
    },
    /// KooCLI keeps its keys so that only itself can read them.
    #[error("KooCLI keeps the keys in {} encrypted", path.display())]
    KooCliEncrypted {
        /// The file.
        path: PathBuf,
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
    /// The metadata service of this server could not be asked.
    #[cfg(feature = "cloud")]
    #[error("the agency of this server: {0}")]
    ServerAgency(#[source] ApiError),
    /// The store cannot tell.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Finding out is a call, and the call failed.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A variable holds nonsense, or a file cannot be read.
    #[error(transparent)]
    System(#[from] SystemError),
}

/// What is wrong with the SDK's profile file; without a word of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileProblem {
    /// Not what the SDK, or KooCLI, could read, or not what a section can say.
    #[error("{0}")]
    Form(&'static str),
    /// Half of a key.
    #[error("it has an `ak` and no `sk`")]
    AkAlone,
    /// The other half.
    #[error("it has an `sk` and no `ak`")]
    SkAlone,
    /// No access key.
    #[error(transparent)]
    AccessKey(#[from] Malformed),
}

impl From<&'static str> for ProfileProblem {
    fn from(why: &'static str) -> Self {
        Self::Form(why)
    }
}
