//! Shared by the test binaries: a sandbox to run the helper in, private buses with real keyrings,
//! and a stand-in for the cloud.
//!
//! Nothing here changes the environment of the test process or looks at the real home: a child gets
//! an environment of its own, and only that.

#![allow(dead_code, reason = "each test binary uses its own part of this")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs, and this is the one place that reads what `tests/run.sh` tells them"
)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "this is test code"
)]

#[cfg(all(target_os = "linux", feature = "keyring"))]
pub(crate) mod bus;
#[cfg(feature = "cloud")]
pub(crate) mod cloud;
#[cfg(all(windows, feature = "keyring"))]
pub(crate) mod credentials;
#[cfg(target_os = "linux")]
pub(crate) mod daemon;
#[cfg(all(target_os = "linux", feature = "keyring"))]
pub(crate) mod desktop;
#[cfg(all(target_os = "linux", feature = "keyring"))]
pub(crate) mod fake_bus;
#[cfg(all(target_os = "linux", feature = "keyring"))]
pub(crate) mod locked_service;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
pub(crate) mod platform;
pub(crate) mod python;
pub(crate) mod sample;
#[cfg(feature = "cloud")]
pub(crate) mod service_account;
pub(crate) mod standin;

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use docker_credential_swr::cli::run_with;
use docker_credential_swr::console::screen::Screen;
use docker_credential_swr::console::stdio;
use docker_credential_swr::system::environment::Environment;

pub(crate) use platform::make_private_folders;

/// Longer than the helper's longest deadline, so that only a hang reaches it.
const HELPER_LIMIT: Duration = Duration::from_secs(150);

/// Long enough for a program that has nothing to wait for.
pub(crate) const SHORT: Duration = Duration::from_secs(30);

/// The folders that hold the system's programs; the caller's own PATH could lead anywhere.
#[cfg(unix)]
const SYSTEM_PATH: &[&str] = &[
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];
/// No test runs a program of Windows.
#[cfg(windows)]
const SYSTEM_PATH: &[&str] = &[];

/// Nothing listens on port 1 of this machine. As the proxy, it keeps every packet on this machine.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A test's own home, XDG folders and PATH; removed on drop.
///
/// Declare it before whatever runs inside it, so that it is dropped last.
pub(crate) struct Sandbox {
    root: tempfile::TempDir,
    environment: Vec<(OsString, OsString)>,
    /// The user that its children run as, if not the test's own.
    user: Option<u32>,
}

impl Sandbox {
    /// Makes the folders; `docker-credential-swr` is on the sandbox's PATH.
    pub(crate) fn new() -> Self {
        let mut sandbox = Sandbox {
            root: platform::short_folder(),
            environment: Vec::new(),
            user: None,
        };
        for folder in ["home", "run", "bin"] {
            make_private_folders(&sandbox.path(folder));
        }
        platform::link(&helper_binary(), &sandbox.program());
        for (name, value) in platform::environment(&sandbox) {
            sandbox.set(name, value);
        }
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_RUNTIME_DIR", "run"),
            // The usual folder, because not every skopeo knows this variable.
            ("DOCKER_CONFIG", "home/.docker"),
        ] {
            sandbox.set(name, sandbox.path(folder));
        }
        for variable in [
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "ALL_PROXY",
            "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT",
        ] {
            sandbox.set(variable, NOWHERE);
        }
        let folders = SYSTEM_PATH.iter().map(PathBuf::from);
        let folders = std::iter::once(sandbox.path("bin")).chain(folders);
        sandbox.set(platform::PATH, std::env::join_paths(folders).unwrap());
        sandbox
    }

    /// Returns the helper on the sandbox's PATH.
    pub(crate) fn program(&self) -> PathBuf {
        let name = format!("docker-credential-swr{}", std::env::consts::EXE_SUFFIX);
        self.path("bin").join(name)
    }

    /// Returns the sandbox's folder.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Returns the path of `name` inside the sandbox.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Gives the sandbox to another user, who runs every child from now on; see `can_change_user`.
    #[cfg(unix)]
    pub(crate) fn give_to(&mut self, user: u32) {
        // The folder that it is built in may be closed to others.
        std::fs::remove_file(self.program()).unwrap();
        platform::copy_helper(&self.program());
        let mut chown = Command::new("/bin/chown");
        chown
            .args(["-R", &format!("{user}:{user}")])
            .arg(self.root());
        run(&mut chown, "", SHORT).ok();
        self.user = Some(user);
    }

    /// Sets a variable of every child that is started from now on.
    pub(crate) fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        self.environment
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
    }

    /// Returns a command with the sandbox's environment and nothing else.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match self.user {
            None => Command::new(program),
            Some(user) => {
                let mut command = Command::new("/usr/bin/setpriv");
                let user = user.to_string();
                command.args(["--reuid", &user, "--regid", &user, "--clear-groups"]);
                command.arg(program);
                command
            }
        };
        command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.root.path());
        command
    }

    /// Makes a named pipe without a writer.
    #[track_caller]
    pub(crate) fn make_pipe(&self, path: &Path) {
        run(self.command("mkfifo").arg(path), "", SHORT).ok();
    }

    /// Runs the helper with these arguments and this text on its stdin.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str], stdin: &str) -> Outcome {
        let mut command = self.command(self.program());
        run(command.args(args), stdin, HELPER_LIMIT)
    }

    /// Runs the helper as [`Sandbox::run`] does, but inside this process and at the time `now`, in
    /// Unix seconds.
    pub(crate) fn run_at(&self, now: u64, args: &[&str], stdin: &str) -> Outcome {
        self.run_inside(|environment| environment.at(now), args, stdin)
    }

    /// Runs the helper inside this process, in its environment after a `change`.
    pub(crate) fn run_inside(
        &self,
        change: impl FnOnce(Environment) -> Environment,
        args: &[&str],
        stdin: &str,
    ) -> Outcome {
        let command = self.command(self.program());
        let variables = command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        let environment = change(Environment::from_variables(variables));
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut streams = stdio::Stdio {
            stdin: Some(Box::new(std::io::Cursor::new(stdin.to_owned()))),
            stdout: &mut stdout,
            stdout_screen: Screen::NONE,
            stderr: &mut stderr,
            stderr_screen: Screen::NONE,
            terminal: None,
        };
        let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let code = run_with(&args, &mut streams, &environment);
        Outcome {
            what: args.join(" "),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
            code: Some(code.into()),
        }
    }
}

/// The result of a program.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The command line, for the message of a failure.
    pub(crate) what: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The exit code; none when a signal ended the program.
    pub(crate) code: Option<i32>,
}

impl Outcome {
    /// Fails the test unless the exit code is 0; returns stdout.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:#?}");
        &self.stdout
    }

    /// Fails the test unless the exit code is another than 0; returns stdout and stderr.
    #[track_caller]
    pub(crate) fn fails(&self) -> String {
        assert!(self.code.is_some_and(|code| code != 0), "{self:#?}");
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs a command; if it outlasts `limit`, kills it and fails the test.
#[track_caller]
pub(crate) fn run(command: &mut Command, stdin: impl AsRef<[u8]>, limit: Duration) -> Outcome {
    let what = describe(command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let input = stdin.as_ref().to_owned();
    let mut pipe = child.stdin.take().unwrap();
    // A program may end without reading its input.
    thread::spawn(move || drop(pipe.write_all(&input)));
    let stdout = drain(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let Some(code) = wait(&mut child, limit) else {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("{what}: still running after {limit:?}");
    };
    Outcome {
        what,
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
        code: code.code(),
    }
}

/// Waits for the child's end, at most this long.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Option<std::process::ExitStatus> {
    let mut status = None;
    poll(limit, || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status
}

/// Calls `ready` until it returns true or the time is up; returns its last result.
pub(crate) fn poll(limit: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if ready() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Says aloud that a test cannot run here; `tests/run.sh` counts these lines.
pub(crate) fn skip(reason: &str) {
    let test = thread::current().name().unwrap_or("?").to_owned();
    say(&format!("skipped: {test}: {reason}"));
    if let Some(path) = told("SWR_TEST_SKIPS") {
        let mut file = std::fs::File::options()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        // One write, because tests run in parallel.
        file.write_all(format!("{test}: {reason}\n").as_bytes())
            .unwrap();
    }
}

/// Prints a line that the test runner does not capture.
pub(crate) fn say(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Returns whether all these programs are installed, and skips the test aloud when one is missing.
pub(crate) fn have(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs
        .iter()
        .copied()
        .filter(|program| find(program).is_none())
        .collect();
    if !missing.is_empty() {
        skip(&format!("not installed: {}", missing.join(", ")));
    }
    missing.is_empty()
}

/// Returns where the sandbox's PATH finds a program.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    found(program).into_iter().next()
}

/// Returns each different program of this name on the sandbox's PATH.
pub(crate) fn found(program: &str) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    for folder in SYSTEM_PATH {
        let Ok(place) = Path::new(folder).join(program).canonicalize() else {
            continue;
        };
        if place.is_file() && !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// Returns the value that `tests/run.sh` gave this variable.
pub(crate) fn told(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether `tests/long.sh` runs the tests, which may then take minutes.
pub(crate) fn is_long() -> bool {
    told("SWR_TEST_LONG").is_some()
}

/// Returns the test's own program, for a part that needs a separate process.
pub(crate) fn this_test() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// Returns the present time in Unix seconds.
pub(crate) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// Returns the helper under test: the build that the caller names, or else cargo's.
pub(crate) fn helper_binary() -> PathBuf {
    let built = || env!("CARGO_BIN_EXE_docker-credential-swr").into();
    // In a build for another machine, that path has no drive.
    std::path::absolute(told("SWR_TEST_BINARY").unwrap_or_else(built)).unwrap()
}

/// Returns the text with slashes in its paths.
pub(crate) fn with_slashes(text: &str) -> String {
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.to_owned()
    }
}

fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
