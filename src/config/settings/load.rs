//! Loads the settings from the file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml_edit::Document;
use zeroize::Zeroizing;

use super::reading;
use super::values::Settings;
use crate::config::error::ConfigError;
use crate::config::variables;
use crate::system::environment::Environment;
use crate::system::error::SystemError;
use crate::system::open::{self, Demand, USUAL_LIMIT, Unfit};

impl Settings {
    /// Loads the settings of the user. A missing file sets nothing.
    ///
    /// # Errors
    ///
    /// [`ConfigError::System`] if it cannot be read, [`ConfigError::Settings`] if it is not TOML.
    /// Other mistakes are reported by [`Settings::for_registry`] and [`Settings::checked`].
    pub fn load(environment: &Environment) -> Result<Self, ConfigError> {
        variables::check(environment)?;
        let Some(path) = path(environment) else {
            return Ok(Self::default());
        };
        match text(environment, &path)? {
            Some(text) => Self::parse(&text, path),
            None => Ok(Self {
                path,
                ..Self::default()
            }),
        }
    }

    /// Parses settings. `path` is only used in errors.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Settings`] if it is not TOML.
    pub fn parse(text: &str, path: PathBuf) -> Result<Self, ConfigError> {
        // Computed once, because there can be as many wrong lines as the file has.
        let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let line_at = |offset: usize| 1 + ends.partition_point(|end| *end < offset);
        let document = Document::parse(text).map_err(|error| ConfigError::Settings {
            path: path.clone(),
            line: error
                .span()
                .map_or(1, |span| line_at(span.start.min(text.len()))),
            why: error
                .message()
                .lines()
                .next()
                .unwrap_or("it is not TOML")
                .to_owned(),
        })?;
        let settings = Self {
            path,
            ..Self::default()
        };
        Ok(reading::read(document.as_table(), &line_at, settings))
    }
}

/// Returns the text of the settings at `path`, if the file exists. The settings decide where logins
/// go, and a variable may come with somebody else's project, so a relative path is refused.
pub(super) fn text(
    environment: &Environment,
    path: &Path,
) -> Result<Option<Zeroizing<String>>, SystemError> {
    let home = environment.home();
    let home = home.as_deref();
    let text = match path.is_absolute() {
        true => open::read_text(path, USUAL_LIMIT, Demand::Decides { home }),
        false => Err(Unfit::Relative.into()),
    };
    match text {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SystemError::file("read", path, source)),
    }
}

/// Returns the path of the settings: `DOCKER_CREDENTIAL_SWR_CONFIG`, else `config.toml` in the
/// configuration folder. Returns `None` without a home directory, as in some containers: then there
/// are no settings.
pub fn path(environment: &Environment) -> Option<PathBuf> {
    let named = environment.path("DOCKER_CREDENTIAL_SWR_CONFIG");
    named.or_else(|| Some(environment.config_folder().ok()?.join("config.toml")))
}
