//! Why the chain of providers stopped or found nothing.

use std::path::PathBuf;

use crate::login::LoginError;
use crate::model::access_key::Malformed;
use crate::store::StoreError;
#[cfg(feature = "cloud")]
use crate::swr::api::ApiError;
use crate::system::error::SystemError;

/// Why the chain of providers stopped or found nothing. `NotFound`, a [missing
/// keyring](StoreError::is_no_keyring) and a server without an agency let the chain go on;
/// everything else stops it.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No provider has a credential for the registry.
    #[error("no provider has a login")]
    NotFound,
    /// The Enterprise edition does not accept a login key.
    #[error("`{address}` is SWR Enterprise edition, which does not accept the AK/SK login key")]
    Enterprise {
        /// The registry's address.
        address: String,
    },
    /// The account that was named is not stored.
    #[error("no access key is stored for the account `{name}`, which {named_by} names")]
    NoAccount {
        /// The account's name.
        name: String,
        /// The variable or the table of the settings that names it.
        named_by: String,
        /// The registry that it should serve.
        address: String,
    },
    /// The account that was named belongs to another cloud.
    #[error("the account `{name}` is for `{cloud}`, and `{address}` is in another cloud")]
    OtherCloud {
        /// The account's name.
        name: String,
        /// The account's cloud.
        cloud: String,
        /// The registry's address.
        address: String,
    },
    /// The SDK's credentials file does not hold a credential.
    #[error("the profile {}: {why}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: ProfileProblem,
    },
    /// KooCLI's file is encrypted.
    #[error("KooCLI's keys in {} are encrypted", path.display())]
    KooCliEncrypted {
        /// The file.
        path: PathBuf,
    },
    /// An annotation of a pod's service account has a bad value.
    #[error("the service account's annotation `{name}` {why}")]
    Annotation {
        /// The annotation's name.
        name: &'static str,
        /// What is wrong with the value. It never repeats the value.
        why: String,
    },
    /// The pod has no agency, and the node's settings do not let it pull as the node.
    #[error("the pod's service account has no agency, and pods may not pull as the node")]
    NoPodAgency,
    /// CCE should be asked, and the node has no identity to ask with.
    #[error("the node has no access key to ask CCE for the pod's agency")]
    NoNodeIdentity,
    /// The server's metadata service did not answer.
    #[cfg(feature = "cloud")]
    #[error("cannot get the key of this server's agency: {0}")]
    ServerAgency(#[source] ApiError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A request to Huawei Cloud failed.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A variable has a bad value, or a file cannot be read.
    #[error(transparent)]
    System(#[from] SystemError),
}

/// What is wrong with a credentials file. It never repeats what the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileProblem {
    /// The SDK or KooCLI could not read it, or a section says what it cannot.
    #[error("{0}")]
    Form(&'static str),
    /// The SK is missing.
    #[error("it has an `ak` and no `sk`")]
    AkAlone,
    /// The AK is missing.
    #[error("it has an `sk` and no `ak`")]
    SkAlone,
    /// The agency is not one that IAM or STS takes.
    #[error("its agency {0}")]
    Agency(&'static str),
    /// It is not an access key.
    #[error(transparent)]
    AccessKey(#[from] Malformed),
}

impl From<&'static str> for ProfileProblem {
    fn from(why: &'static str) -> Self {
        Self::Form(why)
    }
}
