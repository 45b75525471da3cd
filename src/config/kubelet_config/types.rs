//! What stands in the file.

/// The kind of the file.
pub(super) const KIND: &str = "CredentialProviderConfig";

/// The versions of the file, the present one first.
pub(super) const CONFIG_VERSIONS: [&str; 3] = [
    "kubelet.config.k8s.io/v1",
    "kubelet.config.k8s.io/v1beta1",
    "kubelet.config.k8s.io/v1alpha1",
];

/// The versions in which a kubelet and a program speak, the present one first.
pub const PLUGIN_VERSIONS: [&str; 3] = [
    "credentialprovider.kubelet.k8s.io/v1",
    "credentialprovider.kubelet.k8s.io/v1beta1",
    "credentialprovider.kubelet.k8s.io/v1alpha1",
];

/// A file that a kubelet would not take, or that is not to be changed. It repeats nothing of what
/// stands there, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Refused {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

impl Refused {
    pub(super) fn at(line: usize, why: &str) -> Self {
        Self {
            line: line.max(1),
            why: why.to_owned(),
        }
    }
}

/// One program that a kubelet asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The name of its file in the folder `--image-credential-provider-bin-dir`.
    pub name: String,
    /// The version in which it is asked.
    pub api_version: String,
    /// The images for which it is asked.
    pub match_images: Vec<String>,
    /// How long a kubelet keeps an answer that does not say.
    pub default_cache_duration: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its variables, beside those of the kubelet.
    pub env: Vec<(String, String)>,
    /// Which service account token it is given.
    pub token: Option<TokenAttributes>,
}

/// Which service account token a program is given: Kubernetes 1.33 and newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAttributes {
    /// Who the token is for.
    pub audience: String,
    /// `ServiceAccount` or `Token`: whose answers the kubelet keeps apart.
    pub cache_type: String,
    /// Whether the program is asked for pods with a service account only.
    pub require_service_account: bool,
    /// Annotations of the account that must be there.
    pub required_keys: Vec<String>,
    /// Annotations of the account that are handed on where they are there.
    pub optional_keys: Vec<String>,
}
