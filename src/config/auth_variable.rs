//! The variable whose logins some clients use before they ask a helper.

use super::docker_config::DockerConfig;
use super::error::ConfigError;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// Holds logins in the form of `auths` in config.json. Docker (since 28.5), crane and others read
/// it.
pub const VARIABLE: &str = "DOCKER_AUTH_CONFIG";

/// Returns what the variable holds, if it is set.
///
/// # Errors
///
/// [`SystemError::Variable`] if docker would not accept the value either.
pub fn read(environment: &Environment) -> Result<Option<DockerConfig>, ConfigError> {
    let Some(text) = environment.variable(VARIABLE)? else {
        return Ok(None);
    };
    match DockerConfig::parse(Some(text.as_bytes().to_vec())) {
        Ok(config) => Ok(Some(config)),
        Err(error) => Err(SystemError::variable(
            VARIABLE,
            format!("would be refused by docker: {error}"),
        )
        .into()),
    }
}
