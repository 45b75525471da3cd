//! A release that is made for a test and signed with the test's own key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::support::daemon::Daemon;
use super::support::{Outcome, SHORT, Sandbox, find, helper_binary, run};

/// The version that Cargo.toml names.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The end of each program's file name: the systems that a release is for.
pub(crate) const SYSTEMS: [&str; 5] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-pc-windows-gnu.exe",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// This machine's.
pub(crate) const SYSTEM: &str = if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-musl"
} else {
    "x86_64-unknown-linux-musl"
};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// A key pair of a test's own.
pub(crate) struct Key {
    pub(crate) file: PathBuf,
}

impl Key {
    pub(crate) fn new(file: &Path) -> Self {
        let generate = [
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-out",
        ];
        openssl(&generate, &[file]);
        Key {
            file: file.to_owned(),
        }
    }

    /// Signs the list of a release with this key.
    pub(crate) fn sign(&self, release: &Path) {
        let raw = release.join("raw");
        openssl(
            &["dgst", "-sha256", "-sign"],
            &[
                &self.file,
                Path::new("-out"),
                &raw,
                &release.join("SHA256SUMS"),
            ],
        );
        openssl(
            &["base64", "-A", "-in"],
            &[&raw, Path::new("-out"), &release.join("SHA256SUMS.sig")],
        );
        fs::remove_file(raw).unwrap();
    }
}

/// A copy of the scripts that make a release, with another public key, and the folder that they
/// fill.
pub(crate) struct Release {
    /// The parts of the repository that a release needs.
    pub(crate) source: PathBuf,
    pub(crate) key: Key,
    version: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// The address that its scripts download from.
    pub(crate) address: String,
}

impl Release {
    /// Starts one with the helper under test as this machine's program.
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        Release::of_version(sandbox, VERSION)
    }

    /// Starts one in another version than Cargo.toml's.
    pub(crate) fn of_version(sandbox: &Sandbox, version: &str) -> Self {
        let source = sandbox.path(&format!("source-{version}"));
        let folder = sandbox.path(&format!("releases/v{version}"));
        for folder in [&source.join("packaging/manifests/winget"), &folder] {
            fs::create_dir_all(folder).unwrap();
        }
        copy_files(
            &Path::new(REPOSITORY).join("packaging"),
            &source.join("packaging"),
        );
        for file in ["install.sh", "install.ps1"] {
            fs::copy(Path::new(REPOSITORY).join(file), source.join(file)).unwrap();
        }
        let manifest = format!("[package]\nversion = \"{version}\"\n");
        fs::write(source.join("Cargo.toml"), manifest).unwrap();
        // All versions use the same key.
        let file = sandbox.path("release-key");
        let key = if file.exists() {
            Key { file }
        } else {
            Key::new(&file)
        };
        let public = source.join("packaging/release.pub");
        openssl(
            &["pkey", "-pubout", "-in"],
            &[&key.file, Path::new("-out"), &public],
        );
        let release = Release {
            source,
            key,
            version: version.to_owned(),
            folder,
            address: String::new(),
        };
        fs::copy(helper_binary(), release.program()).unwrap();
        release
    }

    /// Serves it on this machine until the returned value is dropped; its scripts download from
    /// there.
    pub(crate) fn serve(&mut self, sandbox: &Sandbox) -> Daemon {
        let log = sandbox.path("server.log");
        let mut python = sandbox.command(find("python3").unwrap());
        python.args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]);
        python.current_dir(self.folder.parent().unwrap());
        let server = Daemon::start(&python, log.clone());
        let mut port = None;
        server.wait_until("the server says its port", || {
            let said = fs::read_to_string(&log).unwrap();
            port = said
                .split(" port ")
                .nth(1)
                .and_then(|rest| Some(rest.split_once(' ')?.0.to_owned()));
            port.is_some()
        });
        self.address = format!("http://127.0.0.1:{}/v{}", port.unwrap(), self.version);
        server
    }

    /// This machine's program in it.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder
            .join(format!("docker-credential-swr-{}-{SYSTEM}", self.version))
    }

    /// Adds a program for a system.
    pub(crate) fn add(&mut self, system: &str, text: &str) {
        let name = format!("docker-credential-swr-{}-{system}", self.version);
        write_script(&self.folder.join(name), text);
    }

    /// Replaces this machine's program by one that prints its version.
    pub(crate) fn say_version(&mut self) {
        let text = format!(
            "#!/bin/sh\necho \"docker-credential-swr (docker-credential-swr) {}\"\n",
            self.version
        );
        self.add(SYSTEM, &text);
    }

    /// Gives Cargo.toml a `repository`.
    pub(crate) fn set_repository(&self, repository: &str) {
        let manifest = self.source.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(manifest, format!("{text}repository = \"{repository}\"\n")).unwrap();
    }

    /// Runs `packaging/seal.sh`, with this key or none.
    pub(crate) fn seal(&self, key: Option<&Key>) -> Outcome {
        let mut command = std::process::Command::new(self.source.join("packaging/seal.sh"));
        command
            .arg(&self.folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin");
        command.env("SWR_RELEASE_ADDRESS", &self.address);
        if let Some(key) = key {
            command.env("SWR_RELEASE_KEY", &key.file);
        }
        run(&mut command, "", SHORT)
    }

    /// Returns it signed.
    pub(crate) fn sealed(self) -> Self {
        self.seal(Some(&self.key)).ok();
        self
    }
}

/// Returns a file's SHA-256, in hex.
pub(crate) fn sum(file: &Path) -> String {
    let said = openssl(&["dgst", "-sha256", "-r"], &[file]);
    said.split(' ').next().unwrap().to_owned()
}

/// Writes a program.
pub(crate) fn write_script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn openssl(words: &[&str], files: &[&Path]) -> String {
    let mut command = std::process::Command::new(find("openssl").unwrap());
    command.args(words).args(files);
    run(&mut command, "", SHORT).ok().to_owned()
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_files(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
