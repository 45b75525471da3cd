//! The configuration file of a client.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::change;
use super::docker_config::{DockerConfig, DockerConfigError, HELPER};
use super::error::ConfigError;
use crate::console::shell::word;
use crate::system::atomic_file;
use crate::system::environment::Environment;
use crate::system::error::SystemError;
use crate::system::open::{self, Demand};

/// The largest file that is read, in bytes: about a hundred thousand hosts.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// The client that a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// docker, and everything else that reads its config.json.
    Docker,
    /// podman, skopeo and buildah, which have their own auth.json.
    Podman,
}

impl Client {
    /// Returns the client's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// docker's config.json or podman's auth.json.
pub struct ConfigFile {
    client: Client,
    path: PathBuf,
    folder: PathBuf,
}

impl ConfigFile {
    /// Returns docker's file: the one in `folder`, else where docker looks for it.
    pub fn of_docker(
        folder: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let folder = folder
            .map(Path::to_owned)
            .or_else(|| environment.path("DOCKER_CONFIG"))
            .or_else(|| environment.home().map(|home| home.join(".docker")))
            .ok_or(SystemError::NoHome)?;
        Ok(Self::at(Client::Docker, folder.join("config.json")))
    }

    /// Returns podman's file: the one that a variable names, else the one that survives a reboot.
    pub fn of_podman(environment: &Environment) -> Result<Self, ConfigError> {
        let in_home = || environment.home().map(|home| home.join(".config"));
        let config = match cfg!(any(windows, target_os = "macos")) {
            true => in_home(),
            false => environment.xdg("XDG_CONFIG_HOME").or_else(in_home),
        };
        let path = environment
            .path("REGISTRY_AUTH_FILE")
            .or_else(|| config.map(|config| config.join("containers/auth.json")))
            .ok_or(SystemError::NoHome)?;
        Ok(Self::at(Client::Podman, path))
    }

    /// Returns the files where podman looks for a login, in its order. Unless a variable names one
    /// file, docker's is the last (source: containers-auth.json(5)).
    pub fn all_of_podman(environment: &Environment) -> Vec<Self> {
        let first = podmans_first(environment).map(|path| Self::at(Client::Podman, path));
        let lasting = Self::of_podman(environment).ok();
        let is_named = environment.path("REGISTRY_AUTH_FILE").is_some();
        let dockers = Self::of_docker(None, environment).ok();
        let mut files: Vec<Self> = first.into_iter().chain(lasting).collect();
        for file in &mut files {
            if dockers
                .as_ref()
                .is_some_and(|docker| docker.path == file.path)
            {
                file.client = Client::Docker;
            }
        }
        files.extend(dockers.filter(|_| !is_named));
        files
    }

    /// Whether docker does not read it.
    pub fn is_podmans_own(&self) -> bool {
        self.client == Client::Podman
    }

    /// Returns the client's command that removes the login of a registry from the file.
    pub fn logout(&self, host: &str) -> String {
        match self.client {
            Client::Docker => format!("docker logout {}", word(host)),
            // Without the option, it would use the file of the session.
            Client::Podman => format!(
                "podman logout --authfile {} {}",
                word(&self.path.to_string_lossy()),
                word(host)
            ),
        }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn at(client: Client, path: PathBuf) -> Self {
        Self {
            client,
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            // If somebody else owns the link, it is not followed. Writing then replaces the link.
            path: open::followed(&path).unwrap_or(path),
        }
    }

    /// Reads the file.
    pub fn read(&self) -> Result<DockerConfig, ConfigError> {
        let text = self.text()?.map(|text| text.to_vec());
        DockerConfig::parse(text).map_err(|source| self.refused(source))
    }

    /// Reads the file in order to change it.
    pub fn edit(self) -> Result<Edit, ConfigError> {
        let before = self.text()?;
        let text = before.as_ref().map(|text| text.to_vec());
        let config = DockerConfig::parse(text).map_err(|source| self.refused(source))?;
        Ok(Edit {
            file: self,
            before,
            named_a_store: config.names_a_store(),
            config,
        })
    }

    fn text(&self) -> Result<Option<Zeroizing<Vec<u8>>>, ConfigError> {
        let text = match open::read(&self.path, SIZE_LIMIT, Demand::Nothing) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        text.map_err(|source| self.failed("read", source))
    }

    fn failed(&self, action: &'static str, source: io::Error) -> ConfigError {
        SystemError::file(action, &self.path, source).into()
    }

    fn refused(&self, source: DockerConfigError) -> ConfigError {
        ConfigError::Client {
            client: self.client.name(),
            path: self.path.clone(),
            source,
        }
    }
}

/// A change of the file that is not yet written.
pub struct Edit {
    file: ConfigFile,
    before: Option<Zeroizing<Vec<u8>>>,
    named_a_store: bool,
    config: DockerConfig,
}

impl Edit {
    /// Returns the client that the file belongs to.
    pub fn client(&self) -> Client {
        self.file.client
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Returns the contents after the change.
    pub fn config(&self) -> &DockerConfig {
        &self.config
    }

    /// Returns the client's command that removes the login of a registry from the file.
    pub fn logout(&self, host: &str) -> String {
        self.file.logout(host)
    }

    /// Whether the file named a store for logins when it was read.
    pub fn named_a_store(&self) -> bool {
        self.named_a_store
    }

    /// Changes the contents.
    pub fn change<T>(
        &mut self,
        change: impl FnOnce(&mut DockerConfig) -> Result<T, DockerConfigError>,
    ) -> Result<T, ConfigError> {
        change(&mut self.config).map_err(|source| self.file.refused(source))
    }

    /// Checks that the file can be written, if it changes.
    pub fn check_writable(&self) -> Result<(), ConfigError> {
        let before = self.before.as_ref().map(|text| text.as_slice());
        match before == self.config.text() {
            true => Ok(()),
            false => change::check_writable(&self.file.path),
        }
    }

    /// Writes the file, unless this is a dry run, and returns a line that says so.
    pub fn finish(self, dry_run: bool) -> Result<String, ConfigError> {
        let before = self.before.as_ref().map(|text| text.as_slice());
        let after = self.config.text();
        let write = || self.write(after);
        change::carry_out(&self.file.path, (before, after), dry_run, write)
    }

    fn write(&self, text: Option<&[u8]>) -> Result<(), ConfigError> {
        let ConfigFile { folder, path, .. } = &self.file;
        let Some(text) = text else {
            return self
                .check_as_read()
                .and_then(|()| fs::remove_file(path))
                .map_err(|source| self.file.failed("remove", source));
        };
        atomic_file::create_private_folder(folder)
            .and_then(|()| atomic_file::replace_if(path, text, || self.check_as_read()))
            .map_err(|source| self.file.failed("write", source))?;
        atomic_file::sweep(path);
        Ok(())
    }

    fn check_as_read(&self) -> io::Result<()> {
        let now = self.file.text().ok();
        change::check_as_read(now.as_ref() == Some(&self.before))
    }
}

/// Returns a note for each of `hosts` that podman finds another login for in a file it reads first.
pub fn found_by_podman_before(hosts: &[String], environment: &Environment) -> Vec<String> {
    let Some(path) = podmans_first(environment) else {
        return Vec::new();
    };
    let Ok(first) = ConfigFile::at(Client::Podman, path.clone()).read() else {
        return Vec::new();
    };
    let line = |host: &String| {
        let path = path.display();
        match first.own_helper_of(host) {
            Some(helper) if helper == HELPER => None,
            Some(helper) => Some(format!(
                "note: podman reads {path} first, which sets docker-credential-{helper} for {host}"
            )),
            None if first.has_plain_login(host) => Some(format!(
                "note: podman reads {path} first, which has a login for {host}; `podman logout {}` removes it",
                word(host)
            )),
            None => Some(format!(
                "note: {}; `docker-credential-swr configure --registry {host}` adds the helper there",
                read_alone(environment)?
            )),
        }
    };
    hosts.iter().filter_map(line).collect()
}

/// If newer versions of podman read only the file that `DOCKER_CONFIG` leads to, says so. Seen with
/// the versions of Debian 13; those of Debian 12 also read the other files.
pub fn read_alone(environment: &Environment) -> Option<String> {
    environment.path("DOCKER_CONFIG")?;
    let path = podmans_first(environment)?;
    Some(format!(
        "while DOCKER_CONFIG is set, newer podman and skopeo, such as Debian 13's, read {} alone",
        path.display()
    ))
}

/// Returns the file that podman reads before the lasting one: the file of the session, which
/// `podman login` writes. There is none if a variable names the file, or on systems other than
/// Linux.
fn podmans_first(environment: &Environment) -> Option<PathBuf> {
    if environment.path("REGISTRY_AUTH_FILE").is_some() {
        return None;
    }
    if let Some(folder) = environment.path("DOCKER_CONFIG") {
        return Some(folder.join("config.json"));
    }
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        let of_user = || {
            let user = rustix::process::getuid().as_raw();
            PathBuf::from(format!("/run/containers/{user}"))
        };
        let folder = environment
            .xdg("XDG_RUNTIME_DIR")
            .map(|runtime| runtime.join("containers"));
        Some(folder.unwrap_or_else(of_user).join("auth.json"))
    }
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    None
}
