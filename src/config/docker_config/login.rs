//! The logins that stand in the file itself, in plain text.

use zeroize::Zeroizing;

use super::address::{is_at, is_of_whole_registry};
use super::config::DockerConfig;
use super::error::DockerConfigError;
use super::json::Member;
use super::{accept, splice};
use crate::model::login::TOKEN_USERNAME;
use crate::model::secret::Secret;

/// A login that stands in the file itself, as docker would hand it to a helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLogin {
    /// What it stands under: a host, or a URL.
    pub address: String,
    /// The username; `<token>` for an identity token.
    pub username: String,
    /// The password or the token; empty for one that docker hands to no helper.
    pub password: Secret,
}

impl DockerConfig {
    /// Whether a login for a registry, or for a part of it, stands in the file itself.
    pub fn has_plain_login(&self, host: &str) -> bool {
        let is_of_host = |address: &str| is_at(address, host);
        self.plain_addresses()
            .iter()
            .any(|address| is_of_host(address))
    }

    /// Returns what the logins in the file stand under, those for a part of a registry among them.
    pub fn plain_addresses(&self) -> Vec<String> {
        let entries = self.entries("auths");
        let secret = entries.iter().filter(|entry| self.is_plain_login(entry));
        secret
            .filter_map(|entry| self.json.string(entry.key))
            .collect()
    }

    /// Returns the logins for a whole registry, one for each entry; `None` stands for one that is not Unicode.
    pub fn plain_logins(&self, host: &str) -> Vec<Option<FileLogin>> {
        let entries = self.entries("auths");
        let of_host = entries
            .iter()
            .filter(|entry| self.is_login_for(entry, host));
        of_host.map(|entry| self.login_in(entry)).collect()
    }

    /// Takes the logins for a whole registry out of the file.
    ///
    /// # Errors
    ///
    /// Should the edit make something of it that docker would not take, it is not made.
    pub fn remove_logins(&mut self, host: &str) -> Result<(), DockerConfigError> {
        let is_removed = |entry: &Member| self.is_login_for(entry, host);
        let text = splice::without_logins(&self.json, &self.fields("auths"), is_removed);
        *self = Self::parse(self.exists.then_some(text))?;
        Ok(())
    }

    /// Whether an entry holds a login for all of a registry.
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

    /// Returns a field of a login, the last of its name being the one that counts; empty where it is not there, and
    /// `None` where it is not Unicode.
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

/// docker takes zero bytes off both ends of a password, so nobody was ever sent them.
fn password_in(bytes: &Zeroizing<Vec<u8>>) -> Option<Secret> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.trim_matches('\0').into())
}
