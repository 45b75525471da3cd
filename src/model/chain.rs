//! The providers by name, and the order in which they are asked.

/// The variable that limits and orders the chain.
pub const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_PROVIDERS";

/// The names of all providers, for messages.
pub const NAMES: &str =
    "registry, environment, default, profile, agency and pod, each at most once";

/// A place that a credential can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The host's own slot.
    Registry,
    /// This process's environment.
    Environment,
    /// The account that serves the host's cloud.
    Default,
    /// The profile file of Huawei's SDK.
    Profile,
    /// This machine's identity: the agency of an ECS server.
    Agency,
    /// This pod's identity: the agency that CCE associates with it.
    Pod,
}

/// The chain where nothing is set. The agency is asked only where somebody names it, so that no
/// laptop ever waits for 169.254.169.254.
pub const CHAIN: [Provider; 5] = [
    Provider::Registry,
    Provider::Environment,
    Provider::Default,
    Provider::Profile,
    Provider::Pod,
];

impl Provider {
    /// Returns the provider called `name`.
    pub fn of_name(name: &str) -> Option<Self> {
        let all = [
            Self::Registry,
            Self::Environment,
            Self::Default,
            Self::Profile,
            Self::Agency,
            Self::Pod,
        ];
        all.into_iter().find(|provider| provider.name() == name)
    }

    /// Returns its name, as settings, errors and diagnoses have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Environment => "environment",
            Self::Default => "default",
            Self::Profile => "profile",
            Self::Agency => "agency",
            Self::Pod => "pod",
        }
    }

    /// Returns the providers that `names`, separated by commas, stand for; `None` if one is unknown,
    /// named twice or none is there.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Vec<Self>> {
        let mut chain = Vec::new();
        for name in names {
            let provider = Self::of_name(name.trim())?;
            if chain.contains(&provider) {
                return None;
            }
            chain.push(provider);
        }
        Some(chain).filter(|chain| !chain.is_empty())
    }

    /// Whether it may answer although the address of the keyring's bus is dead. The environment is the
    /// caller's own word; a profile or an agency might be another identity than the keyring's.
    pub fn may_follow_a_dead_keyring(self) -> bool {
        !matches!(self, Self::Profile | Self::Agency | Self::Pod)
    }
}
