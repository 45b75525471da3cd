//! What an identity is stored for: registries, or an account.

use super::options::Options;
use crate::command::error::{Error, OptionError, Result};
use crate::config::settings::Settings;
use crate::login::LoginError;
use crate::model::regions;
use crate::model::registry::{self, CLOUDS, Kind, Registry};
use crate::provider::ProviderError;
use crate::store::{DEFAULT_ACCOUNT, Slot};

/// Registries with a key of their own, or an account.
pub(super) enum Target {
    Registries(Vec<Registry>),
    Account {
        name: String,
        cloud: String,
        /// The registries that docker should ask the helper for, all in the account's cloud.
        registries: Vec<Registry>,
    },
}

impl Target {
    pub(super) fn from_options(options: &Options, settings: &Settings) -> Result<Self> {
        if !options.registries.is_empty() {
            return Self::registries(&regions::hosts_meant(&options.registries)?, settings);
        }
        let cloud = options.cloud.as_deref();
        let hosts = match options.all_regions {
            true => regions::all(cloud),
            false => regions::hosts(&options.regions, cloud)?,
        };
        Self::account(options, &hosts, settings)
    }

    /// Interprets the words of a person's answer. Regions and SWR hosts mean the account in the
    /// options; other hosts are registries with a key of their own.
    pub(super) fn answered(
        words: &[String],
        options: &Options,
        settings: &Settings,
    ) -> Result<Self> {
        let cloud = options.cloud.as_deref();
        let is_host = |word: &&String| word.contains(['.', ':', '/']);
        // A host without a dot is probably a misspelt region.
        let (mut hosts, regions): (Vec<_>, Vec<_>) =
            words.iter().cloned().partition(|word| is_host(&word));
        hosts = regions::hosts_meant(&hosts)?;
        hosts.extend(regions::hosts(&regions, cloud)?);
        let is_swr = |host: &&String| {
            Registry::parse(host, &clouds(options, settings))
                .is_ok_and(|registry| registry.swr().is_some())
        };
        match hosts.iter().filter(is_swr).count() {
            all if all == hosts.len() => Self::account(options, &hosts, settings),
            0 if options.account.is_none() && cloud.is_none() => Self::registries(&hosts, settings),
            _ => Err(OptionError::MixedHosts.into()),
        }
    }

    /// Returns the account in the options. `hosts` are SWR hosts, and determine its cloud if the
    /// options do not.
    fn account(options: &Options, hosts: &[String], settings: &Settings) -> Result<Self> {
        let name = options.account.as_deref().unwrap_or(DEFAULT_ACCOUNT);
        if !registry::is_project(name) {
            return Err(OptionError::AccountName.into());
        }
        let mut registries: Vec<Registry> = Vec::new();
        for host in hosts {
            let registry = Registry::parse(host, &clouds(options, settings))?;
            add_once(&mut registries, registry);
        }
        let served = registries.first().and_then(|registry| registry.swr());
        let cloud = options.cloud.as_deref().or(served.map(|(_, cloud)| cloud));
        let cloud = cloud.unwrap_or(CLOUDS[0]).to_owned();
        if !registry::is_cloud(&cloud) {
            return Err(OptionError::Cloud.into());
        }
        let is_elsewhere =
            |registry: &&Registry| registry.swr().is_none_or(|(_, own)| own != cloud);
        if let Some(other) = registries.iter().find(is_elsewhere) {
            let others = other.swr().map(|(_, cloud)| cloud.to_owned());
            if let (None, Some(second)) = (&options.cloud, others) {
                let first = cloud;
                return Err(OptionError::TwoClouds { first, second }.into());
            }
            let error = ProviderError::OtherCloud {
                name: name.to_owned(),
                cloud,
                address: other.address().to_owned(),
            };
            return Err(error.into());
        }
        Ok(Self::Account {
            name: name.to_owned(),
            cloud,
            registries,
        })
    }

    fn registries(hosts: &[String], settings: &Settings) -> Result<Self> {
        let parse = |host: &String| match Registry::parse(host, &settings.clouds)? {
            registry
                if matches!(registry.kind(), Kind::Enterprise { .. })
                    && settings.for_registry(&registry)?.instance.is_none() =>
            {
                let address = registry.address().to_owned();
                Err(Error::from(ProviderError::Enterprise { address }))
            }
            registry => Ok(registry),
        };
        let mut registries: Vec<Registry> = Vec::new();
        for registry in hosts.iter().map(parse) {
            add_once(&mut registries, registry?);
        }
        Ok(Self::Registries(registries))
    }

    /// Returns the registries that docker should ask the helper for.
    pub(super) fn chosen(&self) -> &[Registry] {
        match self {
            Self::Registries(registries) | Self::Account { registries, .. } => registries,
        }
    }

    /// Checks that a project belongs to the region of each registry, and that there is one if an
    /// address has no region.
    pub(super) fn check_project(&self, project: Option<&str>, settings: &Settings) -> Result<()> {
        if project.is_some_and(|project| !registry::is_project(project)) {
            return Err(OptionError::Project.into());
        }
        let registries = match self {
            Self::Registries(registries) => registries,
            // There is no registry to compare it with.
            Self::Account {
                name,
                cloud,
                registries,
            } if registries.is_empty()
                && name == DEFAULT_ACCOUNT
                && CLOUDS.contains(&cloud.as_str())
                && project.is_some_and(|project| !registry::is_regional_project(project)) =>
            {
                return Err(OptionError::ProjectOfNoRegion.into());
            }
            // In the other regions of the account, the username names the region's default project.
            Self::Account { registries, .. }
                if project.is_none()
                    || registries
                        .iter()
                        .any(|other| other.project([project]) == project) =>
            {
                return Ok(());
            }
            Self::Account { registries, .. } => registries,
        };
        for registry in registries {
            let address = registry.address().to_owned();
            // The instance determines the project.
            if matches!(registry.kind(), Kind::Enterprise { .. }) {
                continue;
            }
            let known = settings.for_registry(registry)?.project;
            match (registry.project([project, known.as_deref()]), project) {
                (None, _) => return Err(LoginError::NoProject { address }.into()),
                (Some(used), Some(given)) if used != given => {
                    let region = used.to_owned();
                    return Err(OptionError::ProjectElsewhere { address, region }.into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a project must be asked for, because an address has no region to derive it from.
    pub(super) fn needs_project(&self, settings: &Settings) -> bool {
        self.check_project(None, settings).is_err()
    }

    pub(super) fn slots(&self) -> Vec<Slot> {
        match self {
            Self::Registries(registries) => registries
                .iter()
                .map(|registry| Slot::Registry(registry.address().to_owned()))
                .collect(),
            Self::Account { name, .. } => vec![Slot::Account(name.clone())],
        }
    }

    /// Returns the cloud that the identity serves; `None` in the slot of a registry.
    pub(super) fn cloud(&self) -> Option<&str> {
        match self {
            Self::Registries(_) => None,
            Self::Account { cloud, .. } => Some(cloud),
        }
    }
}

/// Returns the clouds besides the built-in ones.
fn clouds(options: &Options, settings: &Settings) -> Vec<String> {
    let more = settings.clouds.iter().chain(&options.cloud);
    more.cloned().collect()
}

fn add_once(registries: &mut Vec<Registry>, registry: Registry) {
    let is_known = |known: &Registry| known.address() == registry.address();
    if !registries.iter().any(is_known) {
        registries.push(registry);
    }
}
