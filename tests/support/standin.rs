//! The stand-in for SWR, IAM and the metadata service; `tests/standin/standin.py` says what it
//! does.

#![allow(dead_code, reason = "each test binary uses its own part of this")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::{python, told};

/// A test's own stand-in; ended on drop.
pub(crate) struct Standin {
    process: Process,
    ports: Value,
}

enum Process {
    Own {
        child: Child,
        folder: tempfile::TempDir,
    },
    /// It runs as long as this connection to `tests/standin/starter.py` is open.
    Lent {
        _connection: TcpStream,
        folder: PathBuf,
    },
}

impl Standin {
    /// Starts one, or skips the test aloud.
    pub(crate) fn start() -> Option<Self> {
        match told("SWR_TEST_STANDINS") {
            Some(address) => Some(Self::lent(address.to_str().unwrap())),
            None => Self::own(),
        }
    }

    /// Has one started by a process that can: no Windows program can under wine.
    fn lent(address: &str) -> Self {
        let connection = TcpStream::connect(address).unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(&connection);
        reader.read_line(&mut line).unwrap();
        let ports: Value = serde_json::from_str(&line).unwrap();
        // Drive Z: is all that this machine has.
        let drive = if cfg!(windows) { "Z:" } else { "" };
        let folder = format!("{drive}{}", ports["folder"].as_str().unwrap());
        Self {
            process: Process::Lent {
                _connection: connection,
                folder: folder.into(),
            },
            ports,
        }
    }

    fn own() -> Option<Self> {
        let mut command = python::script("standin/standin.py")?;
        let folder = tempfile::tempdir().unwrap();
        let mut child = command
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ports = serde_json::from_str(&line).expect("the ports; does `openssl` run here?");
        Some(Self {
            process: Process::Own { child, folder },
            ports,
        })
    }

    /// Sets how it behaves from now on; by default it behaves like the real services.
    pub(crate) fn behave(&self, control: &Value) {
        let draft = self.path("control.draft");
        fs::write(&draft, control.to_string()).unwrap();
        fs::rename(draft, self.path("control.json")).unwrap();
    }

    /// Returns the URL of its `http`, `https` or `proxy` server.
    pub(crate) fn url(&self, scheme: &str) -> String {
        let shown = if scheme == "proxy" { "http" } else { scheme };
        format!("{shown}://127.0.0.1:{}", self.ports[scheme])
    }

    /// Returns the path of one of its files, such as `ca.pem`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let folder: &Path = match &self.process {
            Process::Own { folder, .. } => folder.path(),
            Process::Lent { folder, .. } => folder,
        };
        folder.join(name)
    }

    /// Returns the requests that it received, in the order of its answers.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.lines("requests.jsonl")
    }

    /// Returns the requests to its proxy.
    pub(crate) fn proxied(&self) -> Vec<Value> {
        self.lines("proxied.jsonl")
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        if let Process::Own { child, .. } = &mut self.process {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
