//! Logins in plain text in the file itself.

use zeroize::Zeroizing;

use super::address::{is_at, is_of_whole_registry};
use super::config::DockerConfig;
use super::error::DockerConfigError;
use super::json::Member;
use super::{accept, splice};
use crate::model::login::TOKEN_USERNAME;
use crate::model::secret::Secret;

/// A login in the file itself, in the form in which docker passes it to a helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLogin {
    /// Its name in the file: a host or a URL.
    pub address: String,
    /// The username; `<token>` for an identity token.
    pub username: String,
    /// The password or the token; empty if docker passes it to no helper.
    pub password: Secret,
}

impl DockerConfig {
    /// Whether the file itself holds a login for a registry or for a part of it.
    pub fn has_plain_login(&self, host: &str) -> bool {
        let is_of_host = |address: &str| is_at(address, host);
        self.plain_addresses()
            .iter()
            .any(|address| is_of_host(address))
    }

    /// Returns the names of the logins in the file, including those for a part of a registry.
    pub fn plain_addresses(&self) -> Vec<String> {
        let entries = self.entries("auths");
        let secret = entries.iter().filter(|entry| self.is_plain_login(entry));
        secret
            .filter_map(|entry| self.json.string(entry.key))
            .collect()
    }

    /// Returns the logins for a whole registry, one for each entry; `None` for a login that is not
    /// Unicode.
    pub fn plain_logins(&self, host: &str) -> Vec<Option<FileLogin>> {
        let entries = self.entries("auths");
        let of_host = entries
            .iter()
            .filter(|entry| self.is_login_for(entry, host));
        of_host.map(|entry| self.login_in(entry)).collect()
    }

    /// Removes the logins for a whole registry from the file.
    ///
    /// # Errors
    ///
    /// The edit is not made if docker would refuse the result.
    pub fn remove_logins(&mut self, host: &str) -> Result<(), DockerConfigError> {
        let is_removed = |entry: &Member| self.is_login_for(entry, host);
        let text = splice::without_logins(&self.json, &self.fields("auths"), is_removed);
        *self = Self::parse(self.exists.then_some(text))?;
        Ok(())
    }

    /// Whether an entry holds a login for a whole registry.
    fn is_login_for(&self, entry: &Member, host: &str) -> bool {
        let is_for = |address: String| is_at(&address, host) && is_of_whole_registry(&address);
        self.is_plain_login(entry) && self.json.string(entry.key).is_some_and(is_for)
    }

    fn is_plain_login(&self, entry: &Member) -> bool {
        ["auth", "password", "identitytoken", "registrytoken"]
            .into_iter()
            .any(|field| {
                self.field_in(entry, field)
                    .is_none_or(|secret| !secret.is_empty())
            })
    }

    fn login_in(&self, entry: &Member) -> Option<FileLogin> {
        let auth = self.field_in(entry, "auth")?;
        let token = self.field_in(entry, "identitytoken")?;
        let (username, password) = if !token.is_empty() {
            (TOKEN_USERNAME.to_owned(), token)
        } else if auth.is_empty() {
            let username = self.field_in(entry, "username")?.expose().to_owned();
            (username, self.field_in(entry, "password")?)
        } else {
            let (username, password) = accept::user_and_password(&auth)?;
            (String::from_utf8(username).ok()?, password_in(&password)?)
        };
        Some(FileLogin {
            address: self.json.string(entry.key)?,
            username,
            password,
        })
    }

    /// Returns a field of a login; if the name occurs twice, the last one. Empty if there is no
    /// such field, `None` if it is not Unicode.
    fn field_in(&self, entry: &Member, field: &str) -> Option<Secret> {
        let members = self.json.members(entry.value);
        let is_it = |part: &&Member| {
            accept::names(&self.json, part.key, field) && self.json.kind(part.value) == b'"'
        };
        match members.iter().rfind(is_it) {
            Some(part) => self.json.secret(part.value),
            None => Some(Secret::default()),
        }
    }
}

/// docker strips zero bytes from both ends of a password, so no registry was ever sent them.
fn password_in(bytes: &Zeroizing<Vec<u8>>) -> Option<Secret> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.trim_matches('\0').into())
}
