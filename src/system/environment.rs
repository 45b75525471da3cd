//! What a verb knows about its process: variables, home directory, clock and deadline.
//!
//! Only this file asks the process itself. Everything else is handed an [`Environment`], so that
//! tests can build one and run in parallel.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::deadline::Deadline;
use super::error::SystemError;
use super::platform::Platform;
use super::trace::{self, Trace};

/// The environment of a process, as a value.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    temporary: PathBuf,
    fixed_clock: Option<u64>,
    fixed_server: Option<String>,
    trace: Trace,
}

impl Environment {
    /// Returns the environment of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the file that asks the process"
    )]
    pub fn of_process() -> Self {
        Self::new(std::env::vars_os(), std::env::temp_dir())
    }

    /// Returns an environment of just these `variables`. Its temporary folder is `TMPDIR`.
    pub fn from_variables<K: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let variables = variables.into_iter();
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let mut environment = Self::new(variables, PathBuf::new());
        environment.temporary = environment.path("TMPDIR").unwrap_or_default();
        environment
    }

    fn new(variables: impl Iterator<Item = (OsString, OsString)>, temporary: PathBuf) -> Self {
        let mut environment = Self {
            variables: variables
                .map(|(name, value)| (key(&name).into_owned(), value))
                .collect(),
            temporary,
            fixed_clock: None,
            fixed_server: None,
            trace: Trace::default(),
        };
        if let Some(path) = environment.path(trace::VARIABLE) {
            environment.trace = Trace::to(&path);
        }
        environment
    }

    /// Returns the same environment with the clock stopped at `now`, in Unix seconds.
    pub fn at(mut self, now: u64) -> Self {
        self.fixed_clock = Some(now);
        self
    }

    /// Returns the same environment on a machine whose chassis has this asset tag.
    pub fn on_server(mut self, asset_tag: &str) -> Self {
        self.fixed_server = Some(asset_tag.to_owned());
        self
    }

    /// Returns the asset tag that [`on_server`](Self::on_server) set.
    pub(super) fn fixed_server(&self) -> Option<&str> {
        self.fixed_server.as_deref()
    }

    /// Returns the variable `name`. An empty variable counts as unset.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] if it is not UTF-8.
    pub fn variable(&self, name: &'static str) -> Result<Option<&str>, SystemError> {
        match self.os_variable(name) {
            None => Ok(None),
            Some(value) => value
                .to_str()
                .map(Some)
                .ok_or_else(|| SystemError::variable(name, "is not UTF-8")),
        }
    }

    /// Returns the path in the variable `name`. An empty variable counts as unset.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.os_variable(name).map(PathBuf::from)
    }

    /// Returns the folder in an XDG variable. A relative path is ignored, as the specification
    /// demands.
    pub fn xdg(&self, name: &str) -> Option<PathBuf> {
        self.path(name).filter(|folder| folder.is_absolute())
    }

    /// Returns the names of all variables that start with `start` and are set, sorted.
    pub fn names(&self, start: &str) -> Vec<String> {
        let set = self.variables.iter().filter(|(_, value)| !value.is_empty());
        set.filter_map(|(name, _)| name.to_str())
            .filter(|name| name.starts_with(start))
            .map(str::to_owned)
            .collect()
    }

    /// Returns the user's home directory, if it is known.
    pub fn home(&self) -> Option<PathBuf> {
        self.path(Platform::HERE.home_variable())
    }

    /// If this runs as root in the home directory of another user, as `sudo` may leave it: returns
    /// the directory and the user ID of its owner.
    #[cfg(unix)]
    pub fn others_home(&self) -> Option<(PathBuf, u32)> {
        use std::os::unix::fs::MetadataExt;

        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let home = self.home()?;
        let owner = home.metadata().ok()?.uid();
        (owner != 0).then_some((home, owner))
    }

    /// Windows has no root user.
    #[cfg(windows)]
    pub fn others_home(&self) -> Option<(PathBuf, u32)> {
        None
    }

    /// Refuses to let root write into another user's home directory: that user could not change the
    /// files, and could redirect the writes with links.
    ///
    /// # Errors
    ///
    /// [`SystemError::OthersHome`].
    pub fn check_home(&self) -> Result<(), SystemError> {
        match self.others_home() {
            Some((home, owner)) => Err(SystemError::OthersHome { home, owner }),
            None => Ok(()),
        }
    }

    /// Returns the folder for temporary files.
    pub fn temporary(&self) -> &std::path::Path {
        &self.temporary
    }

    /// Returns the folder of the settings and the file store: `docker-credential-swr` under
    /// `$XDG_CONFIG_HOME` or `~/.config`, on macOS under `~/Library/Application Support`, on
    /// Windows under `%LOCALAPPDATA%`. A folder in `%APPDATA%`, which roams between machines, is
    /// moved there.
    ///
    /// # Errors
    ///
    /// [`SystemError::NoHome`] if no variable says where that is.
    pub fn config_folder(&self) -> Result<PathBuf, SystemError> {
        let absolute = |path: &PathBuf| path.is_absolute();
        let base = if let Some(xdg) = self.xdg("XDG_CONFIG_HOME") {
            Some(xdg)
        } else if cfg!(windows) {
            return self.local_folder();
        } else if cfg!(target_os = "macos") {
            self.home()
                .map(|home| home.join("Library/Application Support"))
        } else {
            self.home()
                .filter(absolute)
                .map(|home| home.join(".config"))
        };
        base.map(|base| base.join("docker-credential-swr"))
            .ok_or(SystemError::NoHome)
    }

    #[cfg(windows)]
    fn local_folder(&self) -> Result<PathBuf, SystemError> {
        const NAME: &str = "docker-credential-swr";
        let local = self
            .path("LOCALAPPDATA")
            .ok_or(SystemError::NoHome)?
            .join(NAME);
        if let Some(roaming) = self.path("APPDATA").map(|folder| folder.join(NAME))
            && !local.exists()
            && roaming.is_dir()
            // If another run moved it first, it is there now.
            && std::fs::rename(&roaming, &local).is_err()
            && !local.exists()
        {
            return Ok(roaming);
        }
        Ok(local)
    }

    #[cfg(not(windows))]
    fn local_folder(&self) -> Result<PathBuf, SystemError> {
        Err(SystemError::NoHome)
    }

    /// Returns the folder for what is kept between runs: `docker-credential-swr` under
    /// `$XDG_STATE_HOME` or `~/.local/state`, on macOS under `~/Library/Caches`; on Windows
    /// `docker-credential-swr-state` under `%LOCALAPPDATA%`.
    ///
    /// # Errors
    ///
    /// [`SystemError::NoHome`] if no variable says where that is.
    pub fn state_folder(&self) -> Result<PathBuf, SystemError> {
        let absolute = |path: &PathBuf| path.is_absolute();
        let home = self.home().filter(absolute);
        let base = if let Some(xdg) = self.xdg("XDG_STATE_HOME") {
            Some(xdg)
        } else if cfg!(windows) {
            self.path("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            home.map(|home| home.join("Library/Caches"))
        } else {
            home.map(|home| home.join(".local/state"))
        };
        // On Windows the settings are in the same parent folder, so this one needs another name.
        let name = if cfg!(windows) {
            "docker-credential-swr-state"
        } else {
            "docker-credential-swr"
        };
        base.map(|base| base.join(name)).ok_or(SystemError::NoHome)
    }

    /// Returns the trace of this run.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Returns the path of this program with links resolved, if it can be known.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the file that asks the process"
    )]
    pub fn program(&self) -> Option<PathBuf> {
        // Without the prefix `\\?\` of Windows, which people do not write.
        dunce::canonicalize(std::env::current_exe().ok()?).ok()
    }

    /// Returns the current time in Unix seconds.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the file that asks the process"
    )]
    pub fn now(&self) -> u64 {
        self.fixed_clock.unwrap_or_else(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs())
        })
    }

    /// Returns the deadline of a verb that starts now. The limit is `DOCKER_CREDENTIAL_SWR_TIMEOUT`
    /// in seconds, or `default` if that is unset.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] if it is not a number from 1 to 3600.
    pub fn deadline(&self, default: Duration) -> Result<Deadline, SystemError> {
        const NAME: &str = "DOCKER_CREDENTIAL_SWR_TIMEOUT";
        let set = match self.variable(NAME)? {
            None => None,
            Some(text) => match text.parse() {
                Ok(seconds @ 1..=3600) => Some(Duration::from_secs(seconds)),
                _ => {
                    let why = "is not a number of seconds from 1 to 3600";
                    return Err(SystemError::variable(NAME, why));
                }
            },
        };
        Ok(Deadline::new(set, default))
    }

    fn os_variable(&self, name: &str) -> Option<&OsString> {
        self.variables
            .get(&*key(OsStr::new(name)))
            .filter(|value| !value.is_empty())
    }
}

/// Returns the form of a name that variables are compared by. Windows ignores case, and calls its
/// own search path `Path`.
fn key(name: &OsStr) -> Cow<'_, OsStr> {
    if cfg!(windows) {
        name.to_ascii_uppercase().into()
    } else {
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(timeout: &str) -> Result<u64, SystemError> {
        let environment = Environment::from_variables([("DOCKER_CREDENTIAL_SWR_TIMEOUT", timeout)]);
        environment
            .deadline(Duration::from_secs(5))
            .map(|deadline| deadline.limit().as_secs())
    }

    #[test]
    fn the_deadline_is_the_variable_or_the_default() {
        assert_eq!(seconds("").ok(), Some(5));
        assert_eq!(seconds("30").ok(), Some(30));
        for bad in ["0", "3601", "-1", "1.5", "soon"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_windows_ignores_the_case_of_a_name() {
        let environment = Environment::from_variables([("Path", "here")]);
        assert_eq!(environment.path("PATH").is_some(), cfg!(windows));
        assert!(environment.path("Path").is_some());
    }

    #[test]
    fn an_empty_variable_is_unset() {
        let environment = Environment::from_variables([("EMPTY", "")]);
        assert_eq!(environment.variable("EMPTY").ok(), Some(None));
    }
}
