//! The contents of the file.

/// The `kind` of the file.
pub(super) const KIND: &str = "CredentialProviderConfig";

/// The versions of the file, the current one first.
pub(super) const CONFIG_VERSIONS: [&str; 3] = [
    "kubelet.config.k8s.io/v1",
    "kubelet.config.k8s.io/v1beta1",
    "kubelet.config.k8s.io/v1alpha1",
];

/// The versions of the protocol between a kubelet and a program, the current one first.
pub const PLUGIN_VERSIONS: [&str; 3] = [
    "credentialprovider.kubelet.k8s.io/v1",
    "credentialprovider.kubelet.k8s.io/v1beta1",
    "credentialprovider.kubelet.k8s.io/v1alpha1",
];

/// Why a kubelet would refuse the file, or why this program cannot read or change it. It never
/// repeats what the file holds, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Refused {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
    /// Whether a kubelet refuses it. Else it is only this program that cannot read or change it.
    pub by_kubelet: bool,
}

impl Refused {
    pub(super) fn at(line: usize, why: &str) -> Self {
        Self {
            line: line.max(1),
            why: why.to_owned(),
            by_kubelet: true,
        }
    }

    /// Returns the refusal of what a kubelet accepts, but this program does not support.
    pub(super) fn here(line: usize, why: &str) -> Self {
        Self {
            by_kubelet: false,
            ..Self::at(line, why)
        }
    }
}

/// A program that a kubelet asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The name of its file in the folder of `--image-credential-provider-bin-dir`.
    pub name: String,
    /// The version of the protocol.
    pub api_version: String,
    /// The images that it is asked for.
    pub match_images: Vec<String>,
    /// How long a kubelet keeps an answer that does not say how long.
    pub default_cache_duration: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment variables, in addition to the kubelet's.
    pub env: Vec<(String, String)>,
    /// The service account token that it receives.
    pub token: Option<TokenAttributes>,
}

/// The service account token that a program receives, from Kubernetes 1.33 on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAttributes {
    /// The token's audience.
    pub audience: String,
    /// `ServiceAccount` or `Token`: how the kubelet separates cached answers.
    pub cache_type: String,
    /// Whether the program is only asked for pods with a service account.
    pub require_service_account: bool,
    /// The annotations of the account that must exist.
    pub required_keys: Vec<String>,
    /// The annotations of the account that are passed on if they exist.
    pub optional_keys: Vec<String>,
}
