//! `config.toml`: everything that must persist and is no secret.
//!
//! ```toml
//! backend = "file"                 # where slots live; without it the keyring
//! clouds = ["hcs.example.org"]     # further clouds whose swr.<region>.<cloud> hosts are SWR's
//! providers = ["registry", "environment", "default", "profile", "agency"]
//! login = "temporary"              # ask the API for a login in place of deriving one
//! agency = "pullers"               # an agency to be assumed first,
//! agency_domain = "other-account"  # and who made it
//!
//! [registry."100.125.0.198:20202"] # also login, agency and agency_domain
//! account = "work"                 # the account that serves it
//! project = "cn-north-4_team"      # the project that logins there name
//! api = "https://swr-api.example"  # SWR's API
//! iam = "https://iam.example"      # IAM
//! alias = "swr.example"            # the host that the API has logins for, where it is another one
//! project_id = "0123abcd"          # of an Enterprise instance, with
//! instance_id = "4567ef"           # its ID
//! ```
//!
//! A verb for people stops at the first thing here that cannot be meant. A protocol verb stops only
//! at one that touches the registry that it is asked for: a typo must not take all logins away.

mod reading;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml_edit::{Document, DocumentMut};

use crate::atomic_file;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::provider::{self, Agency, Provider};
use crate::registry::{Kind, Registry};
use crate::store::Backend;

/// The settings of this user.
#[derive(Debug, Default)]
pub struct Settings {
    /// Where slots live, if that is set.
    pub backend: Option<Backend>,
    /// Further clouds whose `swr.<region>.<cloud>` hosts are SWR's.
    pub clouds: Vec<String>,
    path: PathBuf,
    providers: Option<Vec<Provider>>,
    common: Common,
    registries: Vec<(String, RegistrySettings, Common)>,
    problems: Vec<Problem>,
}

/// What is set for one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrySettings {
    /// The account that serves it.
    pub account: Option<String>,
    /// The project that logins there name.
    pub project: Option<String>,
    /// Whether logins are asked of the API although they could be derived.
    pub temporary: bool,
    /// The agency to be assumed first.
    pub agency: Option<Agency>,
    /// The endpoint of SWR's API.
    pub api: Option<String>,
    /// The endpoint of IAM.
    pub iam: Option<String>,
    /// The host that the API has logins for, where that is another one.
    pub alias: Option<String>,
    /// The instance of the Enterprise edition, as project ID and instance ID.
    pub instance: Option<(String, String)>,
}

impl RegistrySettings {
    /// Whether it says that an access key serves the registry, whatever its address looks like.
    pub fn serves(&self) -> bool {
        self.account.is_some() || self.project.is_some() || self.instance.is_some()
    }

    /// Whether a registry of this kind can be logged in to with an access key: one of the Enterprise
    /// edition only by its instance's API.
    pub fn takes_access_key(&self, kind: &Kind) -> bool {
        !matches!(kind, Kind::Enterprise { .. }) || self.instance.is_some()
    }
}

/// What can be set for all registries, and for each.
#[derive(Clone, Debug, Default)]
struct Common {
    temporary: Option<bool>,
    agency: Option<String>,
    agency_domain: Option<String>,
}

impl Common {
    fn agency(&self) -> Option<Agency> {
        let (name, domain) = self.agency.clone().zip(self.agency_domain.clone())?;
        Some(Agency { name, domain })
    }
}

#[derive(Debug)]
struct Problem {
    line: usize,
    why: String,
    touches: Touches,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Touches {
    Nothing,
    Registry(String),
    Everything,
}

impl Settings {
    /// Reads the settings of `environment`'s user. A file that is not there sets nothing.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if it cannot be read, [`Error::Settings`] if it is no TOML; what else is wrong
    /// with it is told by [`Settings::of`] and [`Settings::checked`].
    pub fn load(environment: &Environment) -> Result<Self> {
        let Some(path) = path(environment) else {
            return Ok(Self::default());
        };
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self {
                path,
                ..Self::default()
            }),
            Err(source) => Err(Error::File {
                action: "read",
                path,
                source,
            }),
        }
    }

    /// Returns the settings if nothing at all is wrong with them, for verbs for people.
    ///
    /// # Errors
    ///
    /// [`Error::Settings`] for the first line that is wrong.
    pub fn checked(self) -> Result<Self> {
        match self.problems.first() {
            None => Ok(self),
            Some(problem) => Err(self.error(problem)),
        }
    }

    /// Returns the settings if nothing is wrong with those that touch every registry.
    ///
    /// # Errors
    ///
    /// [`Error::Settings`] for the first line that is.
    pub fn usable(self) -> Result<Self> {
        let touches_all = |problem: &&Problem| problem.touches == Touches::Everything;
        match self.problems.iter().find(touches_all) {
            None => Ok(self),
            Some(problem) => Err(self.error(problem)),
        }
    }

    /// Returns what is set for `registry`.
    ///
    /// # Errors
    ///
    /// [`Error::Settings`] for the first wrong line that touches it.
    pub fn of(&self, registry: &Registry) -> Result<RegistrySettings> {
        let address = registry.address();
        let touches = |problem: &&Problem| match &problem.touches {
            Touches::Nothing => false,
            Touches::Registry(touched) => touched == address,
            Touches::Everything => true,
        };
        if let Some(problem) = self.problems.iter().find(touches) {
            return Err(self.error(problem));
        }
        let found = self.registries.iter().find(|(named, ..)| named == address);
        let found = found.map(|(_, settings, own)| (settings.clone(), own.clone()));
        let (settings, own) = found.unwrap_or_default();
        Ok(RegistrySettings {
            temporary: own.temporary.or(self.common.temporary).unwrap_or_default(),
            agency: own.agency().or_else(|| self.common.agency()),
            ..settings
        })
    }

    /// Returns the chain of providers: the variable's, else the settings', else the usual one.
    ///
    /// # Errors
    ///
    /// [`Error::Variable`] if the variable names no chain.
    pub fn chain(&self, environment: &Environment) -> Result<Vec<Provider>> {
        match environment.variable(provider::VARIABLE)? {
            Some(names) => Provider::of_names(names.split(',')).ok_or(Error::Variable {
                name: provider::VARIABLE,
                why: format!("is no list of {PROVIDERS}"),
            }),
            None => Ok(self
                .providers
                .clone()
                .unwrap_or_else(|| provider::CHAIN.to_vec())),
        }
    }

    /// Returns the registries that name `account`.
    pub fn registries_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |settings: &RegistrySettings| settings.account.as_deref() == Some(account);
        self.registries
            .iter()
            .filter(move |(_, settings, _)| named(settings))
            .map(|(address, ..)| address.as_str())
    }

    /// Whether anything is set for `registry`.
    pub fn names(&self, registry: &Registry) -> bool {
        self.registries
            .iter()
            .any(|(named, ..)| named == registry.address())
    }

    fn error(&self, problem: &Problem) -> Error {
        Error::Settings {
            path: self.path.clone(),
            line: problem.line,
            why: problem.why.clone(),
        }
    }

    /// Reads settings from the text of the file at `path`, which is for errors.
    ///
    /// # Errors
    ///
    /// [`Error::Settings`] if it is no TOML.
    pub fn parse(text: &str, path: PathBuf) -> Result<Self> {
        let line_at = |offset: usize| 1 + text[..offset].matches('\n').count();
        let document = Document::parse(text).map_err(|error| Error::Settings {
            path: path.clone(),
            line: error
                .span()
                .map_or(1, |span| line_at(span.start.min(text.len()))),
            why: error
                .message()
                .lines()
                .next()
                .unwrap_or("it is no TOML")
                .to_owned(),
        })?;
        let settings = Self {
            path,
            ..Self::default()
        };
        Ok(reading::read(document.as_table(), &line_at, settings))
    }
}

/// The names of all providers, for messages.
const PROVIDERS: &str = "registry, environment, default, profile and agency, each at most once";

/// Remembers `backend` for every later verb.
///
/// # Errors
///
/// As [`Settings::load`]; and if the file cannot be written.
pub fn remember_backend(environment: &Environment, backend: Backend) -> Result<()> {
    edit(environment, |document| {
        document["backend"] = toml_edit::value(backend.name())
    })
}

/// Remembers that the `swr.<region>.<cloud>` hosts of `cloud` are SWR's.
///
/// # Errors
///
/// As [`Settings::load`]; and if the file cannot be written.
pub fn remember_cloud(environment: &Environment, cloud: &str) -> Result<()> {
    edit(environment, |document| {
        let clouds = document
            .entry("clouds")
            .or_insert(toml_edit::value(toml_edit::Array::new()));
        if let Some(clouds) = clouds.as_array_mut() {
            clouds.push(cloud);
        }
    })
}

/// Remembers that `account` serves the registry at `address`.
///
/// # Errors
///
/// As [`Settings::load`]; and if the file cannot be written.
pub fn remember_account(environment: &Environment, address: &str, account: &str) -> Result<()> {
    edit(environment, |document| {
        // A header with no line below it would say nothing.
        let table = |is_implicit| {
            let mut table = toml_edit::Table::new();
            table.set_implicit(is_implicit);
            toml_edit::Item::Table(table)
        };
        let registries = document.entry("registry").or_insert_with(|| table(true));
        if registries.get(address).is_none() {
            registries[address] = table(false);
        }
        registries[address]["account"] = toml_edit::value(account);
    })
}

/// Returns where the settings are: `DOCKER_CREDENTIAL_SWR_CONFIG`, else `config.toml` in the
/// configuration folder, or `None` where no home is known: a container may have none, and then no
/// settings either.
pub fn path(environment: &Environment) -> Option<PathBuf> {
    let named = environment.path("DOCKER_CREDENTIAL_SWR_CONFIG");
    named.or_else(|| Some(environment.config_folder().ok()?.join("config.toml")))
}

fn edit(environment: &Environment, change: impl FnOnce(&mut DocumentMut)) -> Result<()> {
    let path = path(environment).ok_or(Error::NoHome)?;
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(source) => {
            return Err(Error::File {
                action: "read",
                path,
                source,
            });
        }
    };
    let mut document: DocumentMut = text.parse().map_err(|_| Error::Settings {
        path: path.clone(),
        line: 1,
        why: "it is no TOML".into(),
    })?;
    change(&mut document);
    let folder = path.parent().unwrap_or(Path::new("."));
    atomic_file::create_private_folder(folder)
        .and_then(|()| atomic_file::replace(&path, document.to_string().as_bytes()))
        .map_err(|source| Error::File {
            action: "write",
            path,
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Settings {
        Settings::parse(text, "config.toml".into()).expect("TOML")
    }

    fn registry(host: &str) -> Registry {
        Registry::parse(host, &[]).expect(host)
    }

    #[test]
    fn what_is_set_is_read() {
        let settings = parse(
            "backend = \"file\"\nclouds = [\"hcs.example.org\"]\n[registry.\"A.example:443\"]\n\
             account = \"work\"\nproject = \"cn-north-4_a\"\n",
        );
        let expected = RegistrySettings {
            account: Some("work".into()),
            project: Some("cn-north-4_a".into()),
            ..RegistrySettings::default()
        };
        assert_eq!(
            settings.of(&registry("a.example")).expect("right"),
            expected
        );
        assert_eq!(
            settings.of(&registry("b.example")).expect("right"),
            RegistrySettings::default()
        );
        assert_eq!(settings.backend, Some(Backend::File));
        assert_eq!(
            settings.checked().expect("right").clouds,
            ["hcs.example.org"]
        );
    }

    #[test]
    fn what_is_set_for_all_holds_where_a_registry_does_not_say_otherwise() {
        let settings = parse(
            "login = \"temporary\"\nagency = \"a\"\nagency_domain = \"d\"\nproviders = [\"profile\"]\n\
             [registry.\"a.example\"]\nlogin = \"long-term\"\n",
        );
        let agency = Some(Agency {
            name: "a".into(),
            domain: "d".into(),
        });
        let own = settings.of(&registry("a.example")).expect("right");
        assert_eq!((own.temporary, own.agency), (false, agency.clone()));
        let other = settings.of(&registry("b.example")).expect("right");
        assert_eq!((other.temporary, other.agency), (true, agency));
        let chain = |variable| settings.chain(&Environment::of([(provider::VARIABLE, variable)]));
        assert_eq!(chain("").expect("the settings'"), [Provider::Profile]);
        assert_eq!(
            chain("agency, registry").expect("the variable's"),
            [Provider::Agency, Provider::Registry]
        );
        assert!(chain("agency,agency").is_err() && chain("keyring").is_err());
    }

    #[test]
    fn a_wrong_line_stops_only_what_it_touches() {
        let text = "\ncolour = 1\n[registry.\"a.example\"]\naccount = 5\n[registry.\"b.example\"]\nproject = \"p\"\n";
        let settings = parse(text);
        let error = settings
            .of(&registry("a.example"))
            .expect_err("a number")
            .to_string();
        assert!(error.starts_with("config.toml:4: `account` is"), "{error}");
        assert_eq!(
            settings
                .of(&registry("b.example"))
                .expect("right")
                .project
                .as_deref(),
            Some("p")
        );
        let error = settings.checked().expect_err("an unknown key").to_string();
        assert_eq!(error, "config.toml:2: `colour` is no setting");
    }

    #[test]
    fn a_wrong_line_for_all_stops_all() {
        for text in [
            "backend = \"files\"",
            "backend = 1",
            "clouds = \"a.b\"",
            "clouds = [\"A.b\"]",
            "providers = []",
            "login = \"none\"",
            "agency = \"a\"",
            "registry = 1",
        ] {
            assert!(parse(text).of(&registry("a.example")).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let error = Settings::parse("a = 1\nb = \n", "config.toml".into())
            .expect_err("no TOML")
            .to_string();
        assert!(error.starts_with("config.toml:2: "), "{error}");
    }

    #[test]
    fn remembering_keeps_what_a_person_wrote() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("own/config.toml");
        let environment = Environment::of([("DOCKER_CREDENTIAL_SWR_CONFIG", &path)]);
        remember_backend(&environment, Backend::File).expect("written");
        fs::write(&path, "# mine\nbackend = \"file\" # why\n").expect("written");
        remember_cloud(&environment, "hcs.example.org").expect("written");
        let text = fs::read_to_string(&path).expect("read");
        assert_eq!(
            text,
            "# mine\nbackend = \"file\" # why\nclouds = [\"hcs.example.org\"]\n"
        );
        fs::write(&path, "[registry.\"a.example\"] # mine\nproject = \"p\"\n").expect("written");
        for address in ["a.example", "b.example:5000"] {
            remember_account(&environment, address, "work").expect("written");
        }
        let text = fs::read_to_string(&path).expect("read");
        assert_eq!(
            text,
            "[registry.\"a.example\"] # mine\nproject = \"p\"\naccount = \"work\"\n\n\
             [registry.\"b.example:5000\"]\naccount = \"work\"\n"
        );
    }
}
