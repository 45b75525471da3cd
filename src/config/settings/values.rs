//! The settings, and the mistakes in them.

use std::path::PathBuf;

use crate::config::error::ConfigError;
use crate::model::agency::Agency;
use crate::model::chain::{self, Provider};
use crate::model::registry::{Kind, Registry};
use crate::store::Backend;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// The settings of this user.
#[derive(Debug, Default)]
pub struct Settings {
    /// The store, if one is set.
    pub backend: Option<Backend>,
    /// More clouds whose hosts `swr.<region>.<cloud>` are SWR.
    pub clouds: Vec<String>,
    pub(super) path: PathBuf,
    pub(super) providers: Option<Vec<Provider>>,
    pub(super) common: Common,
    pub(super) registries: Vec<(String, RegistrySettings, Common)>,
    pub(super) problems: Vec<Problem>,
}

/// The settings of one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrySettings {
    /// The account that serves it.
    pub account: Option<String>,
    /// The project for the username.
    pub project: Option<String>,
    /// Whether logins are requested from the API even if they could be derived.
    pub temporary: bool,
    /// The agencies to assume, in order. Each is assumed with the key of the one before.
    pub agencies: Vec<Agency>,
    /// The section of the credentials file to use.
    pub profile: Option<String>,
    /// The endpoint of SWR's API.
    pub api: Option<String>,
    /// The endpoint of IAM.
    pub iam: Option<String>,
    /// The host that the API returns logins for, if it differs.
    pub alias: Option<String>,
    /// The region of an Enterprise instance, whose IDs are then looked up.
    pub region: Option<String>,
    /// The Enterprise instance, as project ID and instance ID.
    pub instance: Option<(String, String)>,
    /// Whether the enhanced login is requested, which is for accounts on the new IAM.
    pub enhanced: bool,
    /// The file of certificates that are trusted in place of the system's.
    pub ca_file: Option<PathBuf>,
}

impl RegistrySettings {
    /// Whether the settings say that an access key serves the registry, whatever its address looks
    /// like.
    pub fn serves(&self) -> bool {
        self.account.is_some() || self.project.is_some() || self.is_enterprise(&Kind::Other)
    }

    /// Whether a registry of this kind is an Enterprise instance whose API can be asked, by its own
    /// address or by a custom domain.
    pub fn is_enterprise(&self, kind: &Kind) -> bool {
        let is_region_enough = match kind {
            Kind::Enterprise { .. } => true,
            Kind::Swr { .. } => false,
            // With an alias, it is another address of the basic edition.
            Kind::Other => self.alias.is_none(),
        };
        self.instance.is_some() || is_region_enough && self.region.is_some()
    }

    /// Whether an access key can log in to a registry of this kind. For the Enterprise edition that
    /// requires its instance's API.
    pub fn takes_access_key(&self, kind: &Kind) -> bool {
        !matches!(kind, Kind::Enterprise { .. }) || self.is_enterprise(kind)
    }
}

/// What can be set both for all registries and for one.
#[derive(Clone, Debug, Default)]
pub(super) struct Common {
    pub(super) temporary: Option<bool>,
    pub(super) enhanced: bool,
    pub(super) agencies: Option<Vec<Agency>>,
    pub(super) profile: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
}

#[derive(Debug)]
pub(super) struct Problem {
    pub(super) line: usize,
    pub(super) why: String,
    pub(super) touches: Touches,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Touches {
    Registry(String),
    Everything,
}

impl Settings {
    /// Returns the settings if they hold no mistake at all, for verbs for people.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Settings`] for the first wrong line.
    pub fn checked(self) -> Result<Self, ConfigError> {
        match self.first_problem(|_| true) {
            None => Ok(self),
            Some(problem) => Err(self.error(problem)),
        }
    }

    /// Returns the settings if they hold no mistake that affects every registry.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Settings`] for the first such line.
    pub fn usable(self) -> Result<Self, ConfigError> {
        match self.first_problem(|touches| *touches == Touches::Everything) {
            None => Ok(self),
            Some(problem) => Err(self.error(problem)),
        }
    }

    /// Returns the settings of `registry`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Settings`] for the first wrong line that affects it.
    pub fn for_registry(&self, registry: &Registry) -> Result<RegistrySettings, ConfigError> {
        let address = registry.address();
        let concerns_it = |touches: &Touches| match touches {
            Touches::Registry(touched) => touched == address,
            Touches::Everything => true,
        };
        if let Some(problem) = self.first_problem(concerns_it) {
            return Err(self.error(problem));
        }
        let found = self.registries.iter().find(|(named, ..)| named == address);
        let found = found.map(|(_, settings, own)| (settings.clone(), own.clone()));
        let (settings, own) = found.unwrap_or_default();
        Ok(RegistrySettings {
            temporary: own.temporary.or(self.common.temporary).unwrap_or_default(),
            enhanced: match own.temporary {
                Some(_) => own.enhanced,
                None => self.common.enhanced,
            },
            agencies: own
                .agencies
                .or_else(|| self.common.agencies.clone())
                .unwrap_or_default(),
            profile: own.profile.or_else(|| self.common.profile.clone()),
            ca_file: own.ca_file.or_else(|| self.common.ca_file.clone()),
            ..settings
        })
    }

    /// Returns the providers to ask: those of the variable, else those of the settings, else the
    /// default ones.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] if the variable is malformed.
    pub fn chain(&self, environment: &Environment) -> Result<Vec<Provider>, SystemError> {
        match environment.variable(chain::VARIABLE)? {
            Some(names) => Provider::of_names(names.split(',')).ok_or_else(|| {
                let why = format!("is not a list of {}", chain::NAMES);
                SystemError::variable(chain::VARIABLE, why)
            }),
            None => Ok(self
                .providers
                .clone()
                .unwrap_or_else(|| chain::CHAIN.to_vec())),
        }
    }

    /// Returns the store to use: the one of the variable, else the one of the settings, else the
    /// keyring.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] if the variable is malformed.
    pub fn backend(&self, environment: &Environment) -> Result<Backend, SystemError> {
        match environment.variable(Backend::VARIABLE)? {
            Some(name) => Backend::of_name(name).ok_or_else(|| {
                SystemError::variable(Backend::VARIABLE, "is neither `keyring` nor `file`")
            }),
            None => Ok(self.backend.unwrap_or(Backend::Keyring)),
        }
    }

    /// Whether they set the providers.
    pub fn name_a_chain(&self) -> bool {
        self.providers.is_some()
    }

    /// Whether they hold anything that a node without a home directory would miss.
    pub fn concern_a_node(&self) -> bool {
        let Common {
            temporary,
            enhanced: _,
            agencies,
            profile,
            ca_file,
        } = &self.common;
        self.name_a_chain()
            || !self.clouds.is_empty()
            || !self.registries.is_empty()
            || temporary.is_some()
            || agencies.is_some()
            || profile.is_some()
            || ca_file.is_some()
    }

    /// Returns the registries that the settings assign to an access key, whatever their addresses
    /// look like.
    pub fn served(&self) -> impl Iterator<Item = &str> {
        let serves = |(_, settings, _): &&(String, RegistrySettings, Common)| settings.serves();
        self.registries
            .iter()
            .filter(serves)
            .map(|(address, ..)| address.as_str())
    }

    /// Returns the registries that name `account`.
    pub fn registries_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |settings: &RegistrySettings| settings.account.as_deref() == Some(account);
        self.registries
            .iter()
            .filter(move |(_, settings, _)| named(settings))
            .map(|(address, ..)| address.as_str())
    }

    /// Returns the registries that have settings.
    pub fn registries(&self) -> impl Iterator<Item = &str> {
        self.registries.iter().map(|(address, ..)| address.as_str())
    }

    /// Whether `registry` has settings.
    pub fn names(&self, registry: &Registry) -> bool {
        self.registries().any(|named| named == registry.address())
    }

    /// The first one in the file, since mistakes are recorded in the order of reading.
    fn first_problem(&self, concerns: impl Fn(&Touches) -> bool) -> Option<&Problem> {
        let problems = self.problems.iter();
        problems
            .filter(|problem| concerns(&problem.touches))
            .min_by_key(|problem| problem.line)
    }

    fn error(&self, problem: &Problem) -> ConfigError {
        ConfigError::Settings {
            path: self.path.clone(),
            line: problem.line,
            why: problem.why.clone(),
        }
    }
}
