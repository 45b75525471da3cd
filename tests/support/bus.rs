//! Private session buses, in each state that a keyring can be in.

use super::Sandbox;
use super::daemon::Daemon;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;
use zbus::blocking::Connection;
use zbus::zvariant::{ObjectPath, OwnedObjectPath};

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const INTERFACE: &str = "org.freedesktop.Secret.Service";

/// A bus, or the address of one that does not work, that the sandbox's children find in their environment.
///
/// Declare it after the sandbox, so that it ends first.
pub(crate) struct Bus {
    address: String,
    session: Option<Daemon>,
}

impl Bus {
    /// A bus with gnome-keyring, unlocked as a login would do it.
    pub(crate) fn unlocked(sandbox: &mut Sandbox) -> Self {
        Bus::with_keyring(sandbox).attach(sandbox)
    }

    /// A bus with gnome-keyring, whose collection was made and is locked now.
    pub(crate) fn locked(sandbox: &mut Sandbox) -> Self {
        let bus = Bus::unlocked(sandbox);
        bus.lock();
        bus
    }

    /// A bus that starts gnome-keyring when asked for it; it was never unlocked and has no collection yet.
    pub(crate) fn never_unlocked(sandbox: &mut Sandbox) -> Self {
        Bus::session(
            sandbox,
            "<standard_session_servicedirs/>",
            "exec sleep infinity",
        )
        .attach(sandbox)
    }

    /// A bus on which nothing offers secrets.
    pub(crate) fn without_service(sandbox: &mut Sandbox) -> Self {
        Bus::session(sandbox, "", "exec sleep infinity").attach(sandbox)
    }

    /// The address of a socket that is no longer there.
    pub(crate) fn gone(sandbox: &mut Sandbox) -> Self {
        Bus::address_only(&sandbox.path("run/gone")).attach(sandbox)
    }

    /// The address of a socket that nobody listens at.
    pub(crate) fn abandoned(sandbox: &mut Sandbox) -> Self {
        let path = sandbox.path("run/abandoned");
        drop(UnixListener::bind(&path).unwrap());
        Bus::address_only(&path).attach(sandbox)
    }

    /// The address of a socket that takes a connection and never says a word.
    pub(crate) fn silent(sandbox: &mut Sandbox) -> Self {
        let path = sandbox.path("run/silent");
        let listener = UnixListener::bind(&path).unwrap();
        // The connections stay open as long as the thread, which is as long as the test process.
        thread::spawn(move || {
            let mut connections = Vec::new();
            for connection in listener.incoming() {
                connections.push(connection);
            }
        });
        Bus::address_only(&path).attach(sandbox)
    }

    /// Locks the collection behind the alias `default`.
    pub(crate) fn lock(&self) {
        let connection = connect(&self.address).unwrap();
        let collection = default_collection(&connection).unwrap();
        connection
            .call_method(
                Some(SERVICE),
                ROOT,
                Some(INTERFACE),
                "Lock",
                &(vec![collection],),
            )
            .unwrap();
    }

    /// Returns the address, for the children of another sandbox.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Takes the place of the program that asks for passwords, and never answers, for as long as it is kept.
    pub(crate) fn with_mute_prompter(&self) -> Connection {
        let connection = connect(&self.address).unwrap();
        connection
            .request_name("org.gnome.keyring.SystemPrompter")
            .unwrap();
        connection
    }

    /// Returns gnome-keyring's process.
    pub(crate) fn keyring(&self) -> rustix::process::Pid {
        super::daemon::member(self.group(), "gnome-keyring-daemon")
    }

    /// Returns the process group of the session.
    pub(crate) fn group(&self) -> u32 {
        self.session.as_ref().map(Daemon::group).unwrap()
    }

    fn with_keyring(sandbox: &Sandbox) -> Self {
        // `printf` is part of the shell, so that the password is no argument of a program.
        let bus = Bus::session(
            sandbox,
            "",
            "printf %s password | gnome-keyring-daemon --foreground --unlock --components=secrets",
        );
        bus.session
            .as_ref()
            .unwrap()
            .wait_until("an unlocked keyring", || {
                connect(&bus.address).is_ok_and(|connection| {
                    has_owner(&connection) && default_collection(&connection).is_some()
                })
            });
        bus
    }

    /// Starts a bus with this part in its configuration and this shell script inside.
    fn session(sandbox: &Sandbox, services: &str, script: &str) -> Self {
        let socket = sandbox.path("run/bus");
        let configuration = sandbox.path("bus.conf");
        fs::write(&configuration, bus_configuration(&socket, services)).unwrap();
        let mut command = sandbox.command("dbus-run-session");
        command
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--", "sh", "-c", script]);
        let session = Daemon::start(&command, sandbox.path("bus.log"));
        let bus = Bus {
            session: Some(session),
            ..Bus::address_only(&socket)
        };
        bus.session
            .as_ref()
            .unwrap()
            .wait_until("a session bus", || connect(&bus.address).is_ok());
        bus
    }

    fn address_only(socket: &Path) -> Self {
        Bus {
            address: format!("unix:path={}", socket.display()),
            session: None,
        }
    }

    fn attach(self, sandbox: &mut Sandbox) -> Self {
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", &self.address);
        self
    }
}

/// A session bus for one user at one socket; the usual one puts its socket into a folder that all share.
fn bus_configuration(socket: &Path, services: &str) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  {services}
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        socket.display()
    )
}

fn connect(address: &str) -> zbus::Result<Connection> {
    zbus::blocking::connection::Builder::address(address)?.build()
}

fn has_owner(connection: &Connection) -> bool {
    connection
        .call_method(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            Some("org.freedesktop.DBus"),
            "NameHasOwner",
            &SERVICE,
        )
        .and_then(|reply| reply.body().deserialize::<bool>())
        .unwrap_or(false)
}

fn default_collection(connection: &Connection) -> Option<OwnedObjectPath> {
    let reply = connection
        .call_method(
            Some(SERVICE),
            ROOT,
            Some(INTERFACE),
            "ReadAlias",
            &"default",
        )
        .ok()?;
    let path: OwnedObjectPath = reply.body().deserialize().ok()?;
    (path.as_ref() != ObjectPath::from_static_str_unchecked("/")).then_some(path)
}
