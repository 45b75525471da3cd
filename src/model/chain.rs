//! The names of the providers, and their order.

/// The variable that selects the providers and their order.
pub const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_PROVIDERS";

/// The names of all providers, for error messages.
pub const NAMES: &str =
    "registry, environment, default, profile, agency and pod, each at most once";

/// A place where a credential can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The registry's own slot in the store.
    Registry,
    /// The environment variables of this process.
    Environment,
    /// The stored account that serves the registry's cloud.
    Default,
    /// The credentials file of Huawei's SDK.
    Profile,
    /// The agency of the ECS server that this runs on.
    Agency,
    /// The same in the default order, where nobody named it: this need not be a server.
    AgencyIfAny,
    /// The agency that CCE assigned to the pod that this runs in.
    Pod,
}

/// The default order: the one of Huawei's SDK, with the slots of the store in their places.
pub const CHAIN: [Provider; 6] = [
    Provider::Registry,
    Provider::Environment,
    Provider::Default,
    Provider::Profile,
    Provider::AgencyIfAny,
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

    /// Returns the name used in settings, errors and diagnostics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Environment => "environment",
            Self::Default => "default",
            Self::Profile => "profile",
            Self::Agency | Self::AgencyIfAny => "agency",
            Self::Pod => "pod",
        }
    }

    /// Parses a list of provider names. Returns `None` if the list is empty or holds an unknown
    /// name or the same name twice.
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

    /// Whether this provider may answer although nobody listens at the address of the keyring's
    /// bus. The environment may, since it is what the caller said; a profile or an agency may not,
    /// since the keyring could hold another identity.
    pub fn may_follow_a_dead_keyring(self) -> bool {
        !matches!(self, Self::Profile | Self::Pod) && !self.is_agency()
    }

    /// Whether this is the agency of the server, whether anybody named it or not.
    pub fn is_agency(self) -> bool {
        matches!(self, Self::Agency | Self::AgencyIfAny)
    }
}
