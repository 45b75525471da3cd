//! A program that runs during a test and ends with it.

use super::{poll, wait};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Runs the program, waits for the end of its own stdin, and then ends the whole process group. The
/// test holds the other end of that pipe, so that even a test process that is killed leaves nothing
/// running.
const KEEPER: &str = r#"trap : TERM; "$@" & cat >/dev/null; kill -TERM 0; wait"#;

/// The time that a program may take to end when asked to.
const GRACE: Duration = Duration::from_secs(15);

/// A program in its own process group; ended on drop with all that it started.
pub(crate) struct Daemon {
    keeper: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts `command`, with its output in the file `log`.
    pub(crate) fn start(command: &Command, log: PathBuf) -> Self {
        let output = File::create(&log).unwrap();
        let mut keeper = Command::new("/bin/sh");
        keeper
            .args(["-c", KEEPER, "keeper"])
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(
                command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .process_group(0);
        if let Some(folder) = command.get_current_dir() {
            keeper.current_dir(folder);
        }
        Daemon {
            keeper: keeper.spawn().unwrap(),
            log,
        }
    }

    /// Waits until `ready` returns true; otherwise fails the test with the program's output.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, ready: impl FnMut() -> bool) {
        assert!(
            poll(Duration::from_secs(30), ready),
            "{what}: not within 30 s; its output:\n{}",
            fs::read_to_string(&self.log).unwrap_or_default()
        );
    }

    /// Returns the number of the process group.
    pub(crate) fn group(&self) -> u32 {
        self.keeper.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let group = self.group();
        let ended =
            wait(&mut self.keeper, GRACE).is_some() && poll(GRACE, || members(group).is_empty());
        if ended {
            return;
        }
        let left = members(group);
        if let Some(group) = i32::try_from(group)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            // A process that cannot be killed is reported below.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.keeper.wait();
        if !std::thread::panicking() {
            panic!("had to be killed: {left:?}");
        }
    }
}

/// Returns the command lines of the processes of a group, those that are only waiting to be
/// collected left out.
pub(crate) fn members(group: u32) -> Vec<String> {
    processes(group).into_iter().map(|(_, line)| line).collect()
}

/// Returns the process of a group whose command line begins with `word`.
pub(crate) fn member(group: u32, word: &str) -> rustix::process::Pid {
    let found = processes(group)
        .into_iter()
        .find(|(_, line)| line.starts_with(word));
    let (id, _) = found.unwrap_or_else(|| panic!("no {word} in {group}"));
    rustix::process::Pid::from_raw(id).unwrap()
}

fn processes(group: u32) -> Vec<(i32, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        // A process may end in the meantime.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // The name before it is in parentheses and may hold anything: state, parent, group.
        let mut fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
        let state = fields.next();
        if state != Some("Z") && fields.nth(1) == Some(&group.to_string()) {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            let id = entry.file_name().to_string_lossy().parse().unwrap();
            found.push((id, line));
        }
    }
    found
}
