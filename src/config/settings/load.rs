//! From the file to the settings.

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
    /// Reads the settings of `environment`'s user. A file that is not there sets nothing.
    ///
    /// # Errors
    ///
    /// [`ConfigError::System`] if it cannot be read, [`ConfigError::Settings`] if it is no TOML; what else is wrong
    /// with it is told by [`Settings::of`] and [`Settings::checked`].
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

    /// Reads settings from the text of the file at `path`, which is for errors.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Settings`] if it is no TOML.
    pub fn parse(text: &str, path: PathBuf) -> Result<Self, ConfigError> {
        // Counted once: there may be as many wrong lines as the file has.
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

/// Returns the text of the settings at `path`, or `None` where there are none. They decide where a login goes, and a
/// variable may come with somebody else's project: so they are not read from where that happens to be.
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

/// Returns where the settings are: `DOCKER_CREDENTIAL_SWR_CONFIG`, else `config.toml` in the
/// configuration folder, or `None` where no home is known: a container may have none, and then no
/// settings either.
pub fn path(environment: &Environment) -> Option<PathBuf> {
    let named = environment.path("DOCKER_CREDENTIAL_SWR_CONFIG");
    named.or_else(|| Some(environment.config_folder().ok()?.join("config.toml")))
}
