//! The process: its arguments, environment, memory and core dumps.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use docker_credential_swr::config::docker_config::DockerConfig;
use docker_credential_swr::model::secret::Secret;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::platform::can_change_user;
use crate::support::{SHORT, Sandbox, find, helper_binary, poll, run, skip, wait};
use crate::{AK, HOST, SK, everything};

/// A user who owns nothing.
const NOBODY: u32 = 65534;

#[test]
fn nothing_shows_in_the_process_table() {
    let sandbox = Sandbox::new();
    let mut helper = Held::start(sandbox.command(helper_binary()).arg("store"));
    helper.has_read();
    for file in ["cmdline", "environ", "comm"] {
        let bytes = match fs::read(helper.proc(file)) {
            Ok(bytes) => bytes,
            // Not even its own user may look, only root.
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => continue,
            Err(error) => panic!("{file}: {error}"),
        };
        assert!(everything().found_in(&bytes).is_empty(), "{file}");
    }
}

#[test]
fn no_core_dump_is_left() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("home");
    // A sudo may leave a limit that not even root can raise.
    let with_cores = |program: &Path| {
        let mut command = sandbox.command("sh");
        command
            .args(["-c", "ulimit -c unlimited 2>&-; exec \"$@\"", "sh"])
            .arg(program)
            .current_dir(&folder);
        command
    };
    let mut helper = Held::start(with_cores(&helper_binary()).arg("store"));
    helper.has_read();
    let limits = fs::read_to_string(helper.proc("limits")).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{line}");
    assert!(!helper.abort(), "a core was dumped");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);

    let mut other = Held::start(with_cores(Path::new("cat")).arg("-"));
    other.has_read();
    if !other.abort() {
        skip("no program leaves a core here, so the limits alone were checked");
    }
}

#[test]
fn processes_of_the_same_user_cannot_look_inside() {
    if !can_change_user() {
        return;
    }
    let mut sandbox = Sandbox::new();
    sandbox.give_to(NOBODY);

    let mut other = Held::start(sandbox.command("cat").arg("-"));
    let mut helper = Held::start(sandbox.command(sandbox.program()).arg("store"));
    other.has_read();
    helper.has_read();
    for (what, look) in looks() {
        let looked = |held: &Held| {
            let mut command = sandbox.command("sh");
            command.args(["-c", look, "sh", &held.child.id().to_string()]);
            run(&mut command, "", SHORT)
        };
        // Otherwise the command itself could be what fails.
        assert_eq!(looked(&other).code, Some(0), "{what} fails anyway");
        looked(&helper).fails();
    }
}

/// Ways to look into the process `$1`, which succeed where one can.
fn looks() -> Vec<(&'static str, &'static str)> {
    let mut looks = vec![
        ("environ", "cat /proc/$1/environ >/dev/null"),
        ("maps", "test -n \"$(cat /proc/$1/maps)\""),
        (
            "mem",
            "start=$(sed -n 's/-.*//p;q' /proc/$1/maps) && test -n \"$start\" && : </proc/$1/mem",
        ),
        ("fd", "ls /proc/$1/fd/ >/dev/null"),
    ];
    if find("strace").is_some() {
        looks.push((
            "strace",
            "timeout 1 strace -o /dev/null -p $1 2>&1 | grep -q attached",
        ));
    } else {
        skip("not installed: strace; /proc alone was tried");
    }
    looks
}

#[test]
fn a_secret_is_wiped_when_it_is_dropped() {
    let text = SK.repeat(12);
    let mut room = vec![0; text.len()];
    let mut left = |address| secrets_at(address, &mut room);
    let secret = Secret::new(text.clone());
    let address = secret.expose().as_ptr() as usize;
    assert_eq!(left(address), ["SK"]);
    drop(secret);
    assert_eq!(left(address), Vec::<&str>::new());

    // A text that is no `Secret` is found again, so the search works.
    let plain = text.clone();
    let address = plain.as_ptr() as usize;
    drop(plain);
    assert_eq!(left(address), ["SK"]);
}

#[test]
fn a_configuration_is_wiped_when_a_login_is_removed() {
    let text = format!(
        r#"{{"auths": {{"{HOST}": {{"username": "somebody", "password": "{}"}}}}}}"#,
        SK.repeat(12)
    );
    let mut room = vec![0; text.len()];
    let mut part = vec![0; SK.len()];
    let mut config = DockerConfig::parse(Some(text.into_bytes())).unwrap();
    let address = config.text().unwrap().as_ptr() as usize;
    assert_eq!(secrets_at(address, &mut room), ["SK"]);
    let login = config.plain_logins(HOST).pop().flatten().unwrap();
    let password = login.password.expose().as_ptr() as usize;
    assert_eq!(secrets_at(password, &mut part), ["SK"]);
    drop(login);
    assert_eq!(secrets_at(password, &mut part), Vec::<&str>::new());
    config.remove_logins(HOST).unwrap();
    assert_eq!(secrets_at(address, &mut room), Vec::<&str>::new());
}

/// Returns what stands in this process's memory, whoever it belongs to by now. The room to read it
/// to is older, as it could be made of that very memory.
fn secrets_at(address: usize, room: &mut [u8]) -> Vec<&'static str> {
    let memory = File::open("/proc/self/mem").unwrap();
    memory.read_exact_at(room, address as u64).unwrap();
    // The allocator writes its own marks over the first bytes.
    everything().found_in(room)
}

/// A program that has read a secret and waits for the rest of its stdin.
struct Held {
    child: Child,
}

impl Held {
    fn start(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Writes a request without its end, and waits until it is read.
    fn has_read(&mut self) {
        let pipe = self.child.stdin.as_mut().unwrap();
        let login = format!(r#"{{"ServerURL":"{HOST}","Username":"{AK}","Secret":"{SK}"#);
        pipe.write_all(login.as_bytes()).unwrap();
        let is_read = poll(Duration::from_secs(4), || {
            rustix::io::ioctl_fionread(&*pipe).unwrap() == 0
        });
        assert!(is_read);
    }

    fn proc(&self, name: &str) -> PathBuf {
        Path::new("/proc")
            .join(self.child.id().to_string())
            .join(name)
    }

    /// Aborts it; returns whether a core was dumped.
    fn abort(&mut self) -> bool {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::ABORT).unwrap();
        wait(&mut self.child, SHORT).unwrap().core_dumped()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
