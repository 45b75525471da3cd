//! For whom a person stores an identity: registries, or an account.

use crate::command::cli;
use crate::error::{Error, Result};
use crate::registry::{self, CLOUDS, Kind, Registry};
use crate::settings::Settings;
use crate::store::{DEFAULT_ACCOUNT, Slot};

/// Registries, or an account.
pub(super) enum Target {
    Registries(Vec<Registry>),
    Account { name: String, cloud: String },
}

impl Target {
    pub(super) fn of(options: &cli::Store, settings: &Settings) -> Result<Self> {
        if options.registries.is_empty() {
            Self::account(options.account.as_deref(), options.cloud.as_deref())
        } else {
            Self::registries(&options.registries, settings)
        }
    }

    pub(super) fn account(name: Option<&str>, cloud: Option<&str>) -> Result<Self> {
        let name = name.unwrap_or(DEFAULT_ACCOUNT);
        let cloud = cloud.unwrap_or(CLOUDS[0]);
        if !registry::is_project(name) {
            return Err(Error::Option(
                "an account's name is letters, digits, `-` and `_`, at most 64".into(),
            ));
        }
        if !registry::is_cloud(cloud) {
            return Err(Error::Option(
                "a cloud is a domain in lower case, such as myhuaweicloud.com".into(),
            ));
        }
        Ok(Self::Account {
            name: name.to_owned(),
            cloud: cloud.to_owned(),
        })
    }

    pub(super) fn registries(hosts: &[String], settings: &Settings) -> Result<Self> {
        let parse = |host: &String| match Registry::parse(host, &settings.clouds)? {
            registry
                if matches!(registry.kind(), Kind::Enterprise { .. })
                    && settings.of(&registry)?.instance.is_none() =>
            {
                Err(Error::Enterprise {
                    address: registry.address().to_owned(),
                })
            }
            registry => Ok(registry),
        };
        hosts
            .iter()
            .map(parse)
            .collect::<Result<_>>()
            .map(Self::Registries)
    }

    /// A project must belong to each registry's region; where the address names none, there must be one.
    pub(super) fn check_project(&self, project: Option<&str>, will_be_asked: bool) -> Result<()> {
        if project.is_some_and(|project| !registry::is_project(project)) {
            return Err(Error::Option(
                "a project is letters, digits, `-` and `_`, at most 64".into(),
            ));
        }
        let Self::Registries(registries) = self else {
            return Ok(());
        };
        for registry in registries {
            let address = registry.address().to_owned();
            match (registry.project([project]), project) {
                (None, _) if will_be_asked => {}
                (None, _) => return Err(Error::NoProject { address }),
                (Some(used), Some(given)) if used != given => {
                    return Err(Error::Option(format!(
                        "the project is not of the region of `{address}`: it is `{used}` or `{used}_...`"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn project_question(&self) -> &'static str {
        match self {
            Self::Registries(registries)
                if registries.iter().any(|registry| registry.swr().is_none()) =>
            {
                "project: "
            }
            _ => "project (empty: the region's own): ",
        }
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
