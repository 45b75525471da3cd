//! Why an identity gets no login.

#[cfg(feature = "cloud")]
use crate::swr::api::ApiError;
use crate::system::error::SystemError;

/// Why an identity gets no login.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// A login here needs a project, and the address names no region.
    #[error("`{address}` needs a project, and none is known for it")]
    NoProject {
        /// The registry's address.
        address: String,
    },
    /// A login would have to be requested, and this build cannot.
    #[error("this build has no temporary logins, agencies or tokens")]
    NoCloud,
    /// A login would have to be requested, and the store holds no SK to sign with.
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
    /// The same identity was refused a moment ago, and asking again could lock it.
    #[error("`{name}` was refused in the last 5 minutes and is not tried again yet: {said}")]
    RefusedBefore {
        /// The AK or user.
        name: String,
        /// What the service said then.
        said: String,
    },
    /// The clock was off a moment ago, and asking again could lock the key.
    #[error("not tried again yet, as this was refused in the last 5 minutes: {said}")]
    SkewedBefore {
        /// What the service said then.
        said: String,
    },
    /// STS takes keys and no tokens.
    #[error("an IAM token cannot assume an agency by its URN: STS takes access keys only")]
    TokenAtSts,
    /// The server that this runs on was given no agency.
    #[error("this server has no agency")]
    NoServerAgency,
    /// Another run, whose call this one waited for, just heard that the service is busy or out of order.
    #[error("{said}")]
    HeardBusy {
        /// What the service said.
        said: String,
    },
    /// A variable holds nonsense.
    #[error(transparent)]
    System(#[from] SystemError),
}

impl LoginError {
    /// Whether somebody was asked and said no, as opposed to nobody answering.
    pub fn is_refusal(&self) -> bool {
        match self {
            #[cfg(feature = "cloud")]
            Self::Api(error) => error.is_refusal(),
            Self::RefusedBefore { .. } | Self::SkewedBefore { .. } => true,
            _ => false,
        }
    }
}
