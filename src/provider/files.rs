//! Files that hold an identity or a part of one.

use std::io::ErrorKind;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::ProviderError;
use crate::model::secret::Secret;
use crate::system::environment::Environment;
use crate::system::error::SystemError;
use crate::system::open::{self, Demand};

/// The largest secret that is read from a file, in bytes. An IAM token has about 9 KB.
const FILE_LIMIT: u64 = 64 * 1024;

/// The largest credentials file that is read, in bytes.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// Returns the value of the variable `name`, or the contents of the file that the variable `file`
/// names.
pub(super) fn value(
    environment: &Environment,
    name: &'static str,
    file: &'static str,
) -> Result<Option<Secret>, SystemError> {
    match (environment.variable(name)?, environment.path(file)) {
        (Some(_), Some(_)) => Err(SystemError::variable(
            file,
            format!("is set, and {name} too"),
        )),
        (Some(text), None) => Ok(Some(text.into())),
        (None, Some(path)) => read_secret_file(file, &path).map(Some),
        (None, None) => Ok(None),
    }
}

/// Reads a secret from a regular file that others cannot read, without the line break at its end.
pub(super) fn read_secret_file(variable: &'static str, path: &Path) -> Result<Secret, SystemError> {
    read_file(variable, path, Demand::Closed)
}

/// Reads an ID token. It lives for minutes, and Kubernetes lets every process of the pod read it.
pub(super) fn read_token_file(variable: &'static str, path: &Path) -> Result<Secret, SystemError> {
    read_file(variable, path, Demand::Nothing)
}

/// Does the same for a file that a profile names.
pub(super) fn read_token_at(path: &Path) -> Result<Secret, SystemError> {
    let failed = |source| SystemError::file("read", path, source);
    let text = open::read_text(path, FILE_LIMIT, Demand::Nothing).map_err(failed)?;
    match text.trim() {
        "" => Err(failed(std::io::ErrorKind::UnexpectedEof.into())),
        token => Ok(token.into()),
    }
}

fn read_file(
    variable: &'static str,
    path: &Path,
    demand: Demand<'_>,
) -> Result<Secret, SystemError> {
    let text = open::read_text(path, FILE_LIMIT, demand).map_err(|error| {
        let why = match error.get_ref() {
            Some(unfit) => unfit.to_string(),
            None => error.kind().to_string(),
        };
        SystemError::variable(variable, format!("names a file that cannot be read: {why}"))
    })?;
    match text.trim() {
        "" => Err(SystemError::variable(variable, "names an empty file")),
        secret => Ok(secret.into()),
    }
}

/// A file that somebody named must exist: the next provider could hold another identity.
pub(super) fn read(
    path: &Path,
    must_be: bool,
    environment: &Environment,
) -> Result<Option<Zeroizing<String>>, ProviderError> {
    let home = environment.home();
    let home = home.as_deref();
    match open::read_text(path, SIZE_LIMIT, Demand::Decides { home }) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_be => Ok(None),
        Err(source) => Err(SystemError::file("read", path, source).into()),
    }
}
