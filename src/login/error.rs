//! Why there is no login for an identity.

#[cfg(feature = "cloud")]
use crate::swr::api::ApiError;
use crate::system::error::SystemError;

/// Why there is no login for an identity.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The login needs a project, and the address names no region.
    #[error("`{address}` needs a project, and none is set")]
    NoProject {
        /// The registry's address.
        address: String,
    },
    /// The login would have to be requested, which this build cannot do.
    #[error("this build has no temporary logins, agencies or tokens")]
    NoCloud,
    /// The login would have to be requested, and the store holds no SK to sign with.
    #[error("a temporary login needs the SK, and the file store holds none")]
    NoSecretKey,
    /// The temporary key has expired.
    #[error("the temporary access key {ak} has expired")]
    KeyExpired {
        /// Its AK.
        ak: String,
    },
    /// Neither the address nor the settings name an API.
    #[error("no API is known for `{address}`")]
    NoApi {
        /// The registry's address.
        address: String,
    },
    /// The IDs of an Enterprise instance are malformed.
    #[error("`project_id` or `instance_id` in the settings is malformed")]
    Instance,
    /// An endpoint is not usable.
    #[error("{place} is not a usable endpoint: it {why}")]
    Endpoint {
        /// The variable or setting that names it.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// Huawei Cloud refused or did not answer.
    #[cfg(feature = "cloud")]
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The same identity was refused recently, and another attempt could lock it.
    #[error("`{name}` was refused in the last 5 minutes and is not tried again yet: {said}")]
    RefusedBefore {
        /// The AK or user.
        name: String,
        /// What the service answered then.
        said: String,
    },
    /// The clock was wrong recently, and another attempt could lock the key.
    #[error("not tried again yet, as this was refused in the last 5 minutes: {said}")]
    SkewedBefore {
        /// What the service answered then.
        said: String,
    },
    /// STS accepts keys, and no tokens.
    #[error("an IAM token cannot assume an agency by its URN: STS takes access keys only")]
    TokenAtSts,
    /// The server that this runs on has no agency.
    #[error("this server has no agency")]
    NoServerAgency,
    /// Another run made this call while this one waited, and the service was busy or failed.
    #[error("{said}")]
    HeardBusy {
        /// What the service answered.
        said: String,
    },
    /// A variable has a bad value.
    #[error(transparent)]
    System(#[from] SystemError),
}

impl LoginError {
    /// Whether a service refused, as opposed to not answering.
    pub fn is_refusal(&self) -> bool {
        match self {
            #[cfg(feature = "cloud")]
            Self::Api(error) => error.is_refusal(),
            Self::RefusedBefore { .. } | Self::SkewedBefore { .. } => true,
            _ => false,
        }
    }
}
