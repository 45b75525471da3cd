//! The contents of config.json: which helper serves which registry, and edits that change nothing
//! else.

use super::address::authority_of;
use super::error::DockerConfigError;
use super::json::{Json, Member};
use super::splice::HELPER;
use super::{accept, splice};

/// A config.json, which may be missing.
pub struct DockerConfig {
    /// The text of the file; empty if there is no file.
    pub(super) json: Json,
    pub(super) exists: bool,
}

/// The result of [`DockerConfig::add`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// The registry had no helper.
    New,
    /// The registry had this helper already; nothing was changed.
    Already,
    /// The registry had another helper: this one, or an empty text if docker was told to use none.
    Instead(String),
}

impl DockerConfig {
    /// Parses the text of config.json; `None` if there is no file.
    ///
    /// # Errors
    ///
    /// What docker would complain about.
    pub fn parse(text: Option<Vec<u8>>) -> Result<Self, DockerConfigError> {
        let exists = text.is_some();
        let json = Json::parse(text.unwrap_or_default())?;
        accept::check(&json)?;
        Ok(Self { json, exists })
    }

    /// Returns the text; `None` if there is no file or should be none.
    pub fn text(&self) -> Option<&[u8]> {
        self.exists.then(|| self.json.text())
    }

    /// Makes this helper the one for a registry.
    ///
    /// # Errors
    ///
    /// The edit is not made if docker would refuse the result.
    pub fn add(&mut self, host: &str) -> Result<Added, DockerConfigError> {
        let entry = self
            .entries("credHelpers")
            .into_iter()
            .rfind(|entry| self.json.is(entry.key, host));
        let (text, added) = match entry {
            Some(entry) if self.json.is(entry.value, HELPER) => return Ok(Added::Already),
            Some(entry) => {
                let former = self.json.string(entry.value).unwrap_or_default();
                (splice::renamed(&self.json, &entry), Added::Instead(former))
            }
            None if self.exists => {
                let helpers = self.fields("credHelpers").pop();
                (
                    splice::added(&self.json, helpers.as_ref(), host),
                    Added::New,
                )
            }
            None => (splice::created(&[host]), Added::New),
        };
        *self = Self::parse(Some(text))?;
        Ok(added)
    }

    /// Removes this helper from the wanted registries, and returns those that had it.
    ///
    /// # Errors
    ///
    /// The edit is not made if docker would refuse the result.
    pub fn remove(
        &mut self,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, DockerConfigError> {
        let mut hosts = Vec::new();
        let is_removed = |entry: &Member| {
            let host = self.json.string(entry.key);
            let host = host.filter(|host| self.json.is(entry.value, HELPER) && wanted(host));
            hosts.extend(host.clone());
            host.is_some()
        };
        let text = splice::removed(&self.json, &self.fields("credHelpers"), is_removed);
        let was_created = !hosts.is_empty() && self.json.text() == splice::created(&hosts);
        *self = Self::parse((self.exists && !was_created).then_some(text))?;
        Ok(hosts)
    }

    /// Whether the file says where logins are stored. If not, docker uses the platform's own store
    /// if that is installed.
    pub fn names_a_store(&self) -> bool {
        self.store().is_some_and(|store| !store.is_empty())
            || !self.entries("auths").is_empty()
            || !self.entries("credHelpers").is_empty()
    }

    /// Returns the helper that docker asks for a registry's login, including the store for all
    /// registries.
    pub fn helper_of(&self, host: &str) -> Option<String> {
        self.own_helper_of(host)
            .or_else(|| self.store())
            .filter(|helper| !helper.is_empty())
    }

    /// Returns the store for all registries.
    pub fn store(&self) -> Option<String> {
        let stores = self.fields("credsStore");
        let mut stores = stores.iter().rev();
        stores.find_map(|field| self.json.string(field.value))
    }

    /// Returns the helper of this registry only, which is the only one that podman asks.
    pub fn own_helper_of(&self, host: &str) -> Option<String> {
        let entries = self.entries("credHelpers");
        let named = entries
            .iter()
            .rfind(|entry| self.json.is(entry.key, host))?;
        self.json.string(named.value)
    }

    /// Returns the registries that `helper` is set for.
    pub fn hosts_of(&self, helper: &str) -> Vec<String> {
        let entries = self.entries("credHelpers");
        let of_helper = entries
            .iter()
            .filter(|entry| self.json.is(entry.value, helper));
        of_helper
            .filter_map(|entry| self.json.string(entry.key))
            .collect()
    }

    /// Returns the registries whose logins `helper` is asked for, without repetition: those it is
    /// set for and, if it is the store for all registries, those that `docker login` marked in
    /// `auths`.
    pub fn registries_of(&self, helper: &str) -> Vec<String> {
        let mut names = self.hosts_of(helper);
        if self.store().as_deref() == Some(helper) {
            let marks = self.entries("auths");
            let marked = marks.iter().filter_map(|entry| self.json.string(entry.key));
            let authority = |name: String| Some(authority_of(&name)?.to_string());
            let asked = |host: &String| self.helper_of(host).as_deref() == Some(helper);
            names.extend(marked.filter_map(authority).filter(asked));
        }
        let mut registries = Vec::new();
        for name in names {
            let address = name.strip_suffix(":443").unwrap_or(&name).to_owned();
            if !registries.contains(&address) {
                registries.push(address);
            }
        }
        registries
    }

    /// Returns the entries of a map. If a name occurs twice, the last one counts.
    pub(super) fn entries(&self, field: &str) -> Vec<Member> {
        let mut entries = Vec::new();
        for map in self.fields(field) {
            match self.json.kind(map.value) {
                b'n' => entries.clear(),
                _ => entries.extend(self.json.members(map.value)),
            }
        }
        entries
    }

    /// Returns all fields of this name, since there can be several.
    pub(super) fn fields(&self, name: &str) -> Vec<Member> {
        let mut fields = self
            .json
            .root()
            .map(|root| self.json.members(root))
            .unwrap_or_default();
        fields.retain(|field| accept::names(&self.json, field.key, name));
        fields
    }
}
