//! The keyrings of Linux, and who opens a file there.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::inotify;

use super::support::bus::Bus;
use super::support::{Sandbox, have, skip};

/// The keyring of a case, or that there is none.
pub(crate) struct Keyring(Option<Bus>);

impl Keyring {
    /// Starts one in this state; `None` where that cannot be.
    pub(crate) fn start(sandbox: &mut Sandbox, state: &str) -> Option<Self> {
        let bus = match state {
            "" => return Some(Self(None)),
            "ready" | "locked" => {
                if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
                    return None;
                }
                Bus::unlocked(sandbox)
            }
            "silent" => Bus::silent(sandbox),
            "dead" => Bus::gone(sandbox),
            "abandoned" => Bus::abandoned(sandbox),
            _ => panic!("what is a keyring that is {state}?"),
        };
        Some(Self(Some(bus)))
    }

    pub(crate) fn lock(&self) {
        self.0.as_ref().unwrap().lock();
    }
}

/// Sees whether anybody opens a file.
pub(crate) struct Watch {
    events: rustix::fd::OwnedFd,
    path: PathBuf,
}

impl Watch {
    pub(crate) fn on(path: &Path) -> Self {
        let events = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
        inotify::add_watch(&events, path, inotify::WatchFlags::OPEN).unwrap();
        Self {
            events,
            path: path.to_owned(),
        }
    }

    pub(crate) fn saw_it_opened(self) -> bool {
        let saw = || rustix::io::read(&self.events, &mut [0; 4096][..]).is_ok();
        let answer = saw();
        drop(File::open(&self.path).unwrap());
        if !answer && !saw() {
            skip("this kernel does not tell who opens a file");
        }
        answer
    }
}
