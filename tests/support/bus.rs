//! Private session buses, in each state that a keyring can be in.

use super::Sandbox;
use super::daemon::Daemon;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;
use zbus::blocking::{Connection, Proxy};
use zbus::proxy::MethodFlags;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const INTERFACE: &str = "org.freedesktop.Secret.Service";

/// Starts gnome-keyring as a login would do it. `printf` is part of the shell, so that the password
/// is no argument of a program.
pub(super) const UNLOCKED: &str =
    "printf %s password | gnome-keyring-daemon --foreground --unlock --components=secrets";

/// A bus, or the address of one that does not work, that the sandbox's children find in their
/// environment.
///
/// Declare it after the sandbox, so that it ends first.
pub(crate) struct Bus {
    address: String,
    /// What runs on it, and ends before it.
    programs: Vec<Daemon>,
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

    /// A bus with gnome-keyring, which nobody has unlocked.
    pub(crate) fn closed(sandbox: &mut Sandbox) -> Self {
        const SCRIPT: &str = "exec gnome-keyring-daemon --foreground --components=secrets";
        let bus = Bus::session(sandbox, "", SCRIPT);
        bus.wait_for_keyring();
        bus.attach(sandbox)
    }

    /// A bus that starts gnome-keyring when asked for it; it was never unlocked and has no
    /// collection yet.
    pub(crate) fn never_unlocked(sandbox: &mut Sandbox) -> Self {
        Bus::session(
            sandbox,
            "<standard_session_servicedirs/>",
            "exec sleep infinity",
        )
        .attach(sandbox)
    }

    /// A bus that listens at this address, with gnome-keyring, unlocked.
    pub(crate) fn at(sandbox: &mut Sandbox, address: &str) -> Self {
        let bus = Bus::listening(sandbox, address, "", UNLOCKED);
        bus.wait_until_open();
        bus.attach(sandbox)
    }

    /// A bus that starts this program when a keyring is asked for.
    pub(crate) fn that_starts(sandbox: &mut Sandbox, program: &str) -> Self {
        let folder = sandbox.path("services");
        fs::create_dir_all(&folder).unwrap();
        let service = format!("[D-BUS Service]\nName={SERVICE}\nExec={program}\n");
        fs::write(folder.join("keyring.service"), service).unwrap();
        let services = format!("<servicedir>{}</servicedir>", folder.display());
        Bus::session(sandbox, &services, "exec sleep infinity").attach(sandbox)
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
    #[track_caller]
    pub(crate) fn lock(&self) {
        self.wait_for_keyring();
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

    /// Takes the place of the program that asks for passwords, and never answers, for as long as it
    /// is kept.
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
        let bus = Bus::session(sandbox, "", UNLOCKED);
        bus.wait_until_open();
        bus
    }

    /// Starts a bus with this part in its configuration and this shell script inside.
    pub(super) fn session(sandbox: &Sandbox, services: &str, script: &str) -> Self {
        let address = format!("unix:path={}", sandbox.path("run/bus").display());
        Bus::listening(sandbox, &address, services, script)
    }

    fn listening(sandbox: &Sandbox, address: &str, services: &str, script: &str) -> Self {
        let configuration = sandbox.path("bus.conf");
        fs::write(&configuration, bus_configuration(address, services)).unwrap();
        let mut command = sandbox.command("dbus-run-session");
        command
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--", "sh", "-c", script]);
        let session = Daemon::start(&command, sandbox.path("bus.log"));
        Bus::of_session(address, session)
    }

    /// Waits for the bus of `session` at `address`.
    pub(super) fn of_session(address: &str, session: Daemon) -> Self {
        let bus = Bus {
            address: address.to_owned(),
            programs: Vec::new(),
            session: Some(session),
        };
        bus.wait_until("a session bus", || bus.connect().is_ok());
        bus
    }

    /// Starts a program on this bus.
    pub(super) fn run(&mut self, sandbox: &Sandbox, script: &str) {
        let mut command = sandbox.command("sh");
        command
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .args(["-c", script]);
        let log = sandbox.path(&format!("program-{}.log", self.programs.len()));
        self.programs.push(Daemon::start(&command, log));
    }

    /// Waits until `ready` says yes; fails the test with the session's output when it never does.
    #[track_caller]
    pub(super) fn wait_until(&self, what: &str, ready: impl FnMut() -> bool) {
        self.session.as_ref().unwrap().wait_until(what, ready);
    }

    /// Waits for a keyring whose default collection can be found.
    #[track_caller]
    pub(super) fn wait_for_keyring(&self) {
        self.wait_until("a keyring", || {
            self.connect().is_ok_and(|connection| {
                has_owner(&connection) && default_collection(&connection).is_some()
            })
        });
    }

    /// Waits for a keyring whose default collection is open.
    #[track_caller]
    pub(super) fn wait_until_open(&self) {
        self.wait_until("an open keyring", || {
            // Asked without an owner, the bus would start one itself.
            self.connect()
                .is_ok_and(|connection| has_owner(&connection) && is_open(&connection))
        });
    }

    /// Connects to it, as another program of the user's.
    pub(crate) fn connect(&self) -> zbus::Result<Connection> {
        connect(&self.address)
    }

    /// Does what a hint says between backticks, and types the keyring's password there.
    pub(crate) fn follow(&mut self, hint: &str, sandbox: &Sandbox) {
        let command = hint
            .split('`')
            .find(|part| part.contains("--unlock"))
            .unwrap();
        // It is to end with the bus.
        let command = command.replace("--unlock", "--foreground --unlock");
        let script = format!("echo password | bash -c '{command}'");
        self.run(sandbox, &script);
        self.wait_until_open();
    }

    /// Calls a method of the Secret Service, as another program of the user's.
    #[track_caller]
    pub(crate) fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> zbus::Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.connect()
            .unwrap()
            .call_method(Some(SERVICE), path, Some(interface), method, body)
            .unwrap()
    }

    fn address_only(socket: &Path) -> Self {
        Bus {
            address: format!("unix:path={}", socket.display()),
            programs: Vec::new(),
            session: None,
        }
    }

    pub(super) fn attach(self, sandbox: &mut Sandbox) -> Self {
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", &self.address);
        self
    }
}

/// A session bus for one user at one socket; the usual one puts its socket into a folder that all
/// share.
pub(super) fn bus_configuration(address: &str, services: &str) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  {services}
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
    <allow user="root"/>
  </policy>
</busconfig>
"#
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
    let path: OwnedObjectPath = ask(connection, ROOT, INTERFACE, "ReadAlias", &"default")?;
    (path.as_ref() != ObjectPath::from_static_str_unchecked("/")).then_some(path)
}

fn is_open(connection: &Connection) -> bool {
    let Some(collection) = default_collection(connection) else {
        return false;
    };
    let locked: Option<OwnedValue> = ask(
        connection,
        collection.as_str(),
        "org.freedesktop.DBus.Properties",
        "Get",
        &("org.freedesktop.Secret.Collection", "Locked"),
    );
    locked.is_some_and(|locked| bool::try_from(locked).is_ok_and(|locked| !locked))
}

/// Asks the keyring that runs, if one does: the bus must not start another one while a test does.
fn ask<B, R>(
    connection: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Option<R>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
    R: for<'a> zbus::zvariant::DynamicDeserialize<'a>,
{
    let proxy = Proxy::new(connection, SERVICE, path, interface).ok()?;
    let flags = MethodFlags::NoAutoStart.into();
    proxy.call_with_flags(method, flags, body).ok()?
}
