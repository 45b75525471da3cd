//! For whom a person stores an identity: registries, or an account.

use super::options::Options;
use crate::command::error::{Error, OptionError, Result};
use crate::config::settings::Settings;
use crate::login::LoginError;
use crate::model::regions;
use crate::model::registry::{self, CLOUDS, Kind, Registry};
use crate::provider::ProviderError;
use crate::store::{DEFAULT_ACCOUNT, Slot};

/// Registries, each with a key of its own, or an account.
pub(super) enum Target {
    Registries(Vec<Registry>),
    Account {
        name: String,
        cloud: String,
        /// Those that docker is to ask the helper for, all of the account's cloud.
        registries: Vec<Registry>,
    },
}

impl Target {
    pub(super) fn of(options: &Options, settings: &Settings) -> Result<Self> {
        if !options.registries.is_empty() {
            return Self::registries(&options.registries, settings);
        }
        let regions: Vec<_> = options.regions.iter().map(String::as_str).collect();
        Self::account(options, &regions, settings)
    }

    /// Returns what a person's answer means: the account of the options where it names regions or
    /// SWR's hosts, else registries with a key of their own.
    pub(super) fn answered(answer: &str, options: &Options, settings: &Settings) -> Result<Self> {
        let words: Vec<_> = answer
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .collect();
        let is_swr = |word: &&str| {
            registry::is_region(word)
                || Registry::parse(word, &settings.clouds)
                    .is_ok_and(|registry| registry.swr().is_some())
        };
        // A host of one label is more likely a region that was misspelt.
        let is_host = |word: &&&str| is_swr(word) || word.contains(['.', ':']);
        if let Some(wrong) = words.iter().find(|word| !is_host(word)) {
            let wrong = wrong.escape_debug().to_string();
            return Err(OptionError::NoRegistry(wrong).into());
        }
        match words.iter().filter(|word| is_swr(word)).count() {
            all if all == words.len() => Self::account(options, &words, settings),
            0 if options.account.is_none() && options.cloud.is_none() => {
                let words: Vec<_> = words.into_iter().map(str::to_owned).collect();
                Self::registries(&words, settings)
            }
            _ => Err(OptionError::MixedHosts.into()),
        }
    }

    /// Returns the account of the options; `chosen` are regions and hosts, which say its cloud if the
    /// options do not.
    fn account(options: &Options, chosen: &[&str], settings: &Settings) -> Result<Self> {
        let name = options.account.as_deref().unwrap_or(DEFAULT_ACCOUNT);
        if !registry::is_project(name) {
            return Err(OptionError::AccountName.into());
        }
        let mut registries: Vec<Registry> = Vec::new();
        for word in chosen {
            let host = match word.contains(['.', ':']) {
                true => (*word).to_owned(),
                false => regions::host(word, options.cloud.as_deref())?,
            };
            let clouds: Vec<_> = settings
                .clouds
                .iter()
                .chain(&options.cloud)
                .cloned()
                .collect();
            let registry = Registry::parse(&host, &clouds)?;
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
                    && settings.of(&registry)?.instance.is_none() =>
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

    /// Returns the registries that docker is to ask the helper for.
    pub(super) fn chosen(&self) -> &[Registry] {
        match self {
            Self::Registries(registries) | Self::Account { registries, .. } => registries,
        }
    }

    /// A project must belong to each registry's region; where the address names none, there must be one.
    pub(super) fn check_project(&self, project: Option<&str>, settings: &Settings) -> Result<()> {
        if project.is_some_and(|project| !registry::is_project(project)) {
            return Err(OptionError::Project.into());
        }
        let registries = match self {
            Self::Registries(registries) => registries,
            // In the other regions of an account logins name the region's own project.
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
            // Its instance says which project it is.
            if matches!(registry.kind(), Kind::Enterprise { .. }) {
                continue;
            }
            let known = settings.of(registry)?.project;
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

    /// Whether a project must be asked for: where an address names no region, nothing can stand for it.
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

    /// Returns the cloud that the slot's identity serves; a registry's slot has none.
    pub(super) fn cloud(&self) -> Option<&str> {
        match self {
            Self::Registries(_) => None,
            Self::Account { cloud, .. } => Some(cloud),
        }
    }
}

fn add_once(registries: &mut Vec<Registry>, registry: Registry) {
    let is_known = |known: &Registry| known.address() == registry.address();
    if !registries.iter().any(is_known) {
        registries.push(registry);
    }
}
