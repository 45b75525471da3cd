//! The variable that some clients take logins from before they ask a helper.

use super::docker_config::DockerConfig;
use super::error::ConfigError;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// Holds logins in the form of config.json's `auths`; docker (from 28.5 on), crane and others read it.
pub const VARIABLE: &str = "DOCKER_AUTH_CONFIG";

/// Returns what the variable holds; `None` where it is not set.
///
/// # Errors
///
/// [`SystemError::Variable`] where docker would not take it either.
pub fn read(environment: &Environment) -> Result<Option<DockerConfig>, ConfigError> {
    let Some(text) = environment.variable(VARIABLE)? else {
        return Ok(None);
    };
    match DockerConfig::parse(Some(text.as_bytes().to_vec())) {
        Ok(config) => Ok(Some(config)),
        Err(error) => Err(SystemError::variable(
            VARIABLE,
            format!("is not as docker takes it: {error}"),
        )
        .into()),
    }
}
