//! Other keyrings and other buses that desktops have.

use super::bus::{Bus, UNLOCKED, bus_configuration};
use super::daemon::Daemon;
use super::{SHORT, Sandbox, find, have, run, skip, told};
use std::fs;

/// The programs that a test of KeePassXC needs.
pub(crate) const KEEPASSXC: &[&str] = &["dbus-run-session", "keepassxc", "keepassxc-cli"];

/// The database's password.
const PASSWORD: &str = "a password for tests";

/// Returns whether there is a KWallet to test, and skips the test aloud where there is none.
pub(crate) fn have_kwallet() -> bool {
    if !have(&["dbus-run-session", "kwalletd5"]) {
        return false;
    }
    let name = b"org.freedesktop.secrets";
    let program = fs::read(find("kwalletd5").unwrap()).unwrap();
    let is_service = program.windows(name.len()).any(|bytes| bytes == name);
    if !is_service {
        skip("this kwalletd5 is too old to be a Secret Service");
    }
    is_service
}

/// Returns whether there is a dbus-broker to test, and skips the test aloud where there is none.
pub(crate) fn have_broker(sandbox: &Sandbox) -> bool {
    if !have(&[
        "dbus-broker-launch",
        "gnome-keyring-daemon",
        "unshare",
        "python3",
    ]) {
        return false;
    }
    // 29 does not start without it, 33 does.
    let is_old = version(sandbox, "dbus-broker-launch") < vec![33];
    if is_old {
        skip("this dbus-broker is too old to start without systemd");
    }
    !is_old
}

/// Returns whether there is a KeePassXC that asks before it gives an item away, and skips the test
/// aloud where there is none.
pub(crate) fn have_confirmation(sandbox: &Sandbox) -> bool {
    if !have(KEEPASSXC) {
        return false;
    }
    let is_old = version(sandbox, "keepassxc-cli") < vec![2, 7];
    if is_old {
        skip("this KeePassXC is too old to ask for a confirmation");
    }
    !is_old
}

/// The numbers of a program's version.
fn version(sandbox: &Sandbox, program: &str) -> Vec<u32> {
    let said = run(sandbox.command(program).arg("--version"), "", SHORT);
    let last = said.ok().trim().rsplit(' ').next().unwrap();
    last.split('.')
        .map(|number| number.parse().unwrap())
        .collect()
}

/// A bus with KWallet, which has a wallet and has not opened it yet.
pub(crate) fn kwallet(sandbox: &mut Sandbox) -> Bus {
    let folder = sandbox.path("config");
    fs::create_dir_all(&folder).unwrap();
    let settings = "[Wallet]\nEnabled=true\nFirst Use=false\nDefault Wallet=kdewallet\n\
         [org.freedesktop.secrets]\napiEnabled=true\n";
    fs::write(folder.join("kwalletrc"), settings).unwrap();
    const SCRIPT: &str = "QT_QPA_PLATFORM=offscreen exec kwalletd5";
    // A new wallet is a collection only from the second login on.
    let first = Bus::session(sandbox, "", SCRIPT);
    open_wallet(&first);
    let file = sandbox.path("data/kwalletd/kdewallet.kwl");
    first.wait_until("a wallet", || file.exists());
    drop(first);
    let bus = Bus::session(sandbox, "", SCRIPT);
    bus.wait_for_keyring();
    bus.attach(sandbox)
}

/// Opens the wallet like a login.
pub(crate) fn open_wallet(bus: &Bus) {
    let hash: Vec<u8> = (1..=56).collect();
    bus.wait_until("KWallet", || {
        bus.connect().is_ok_and(|connection| {
            let body = ("kdewallet", &hash, 0i32);
            let (name, path) = ("org.kde.kwalletd5", "/modules/kwalletd5");
            let opened =
                connection.call_method(Some(name), path, Some("org.kde.KWallet"), "pamOpen", &body);
            opened.is_ok()
        })
    });
}

/// A bus with KeePassXC, whose database is open where `is_open` says so. `settings` are lines of
/// its part for the Secret Service; all others are as a new user has them.
pub(crate) fn keepassxc(sandbox: &mut Sandbox, settings: &str, is_open: bool) -> Bus {
    const EMPTY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<KeePassFile>
  <Meta>
    <DatabaseName>test</DatabaseName>
    <CustomData><Item>
      <Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{00112233-4455-6677-8899-aabbccddeeff}</Value>
    </Item></CustomData>
  </Meta>
  <Root><Group><UUID>ABEiM0RVZneImaq7zN3u/w==</UUID><Name>Root</Name></Group></Root>
</KeePassFile>
"#;
    let database = sandbox.path("test.kdbx");
    if !database.exists() {
        fs::write(sandbox.path("empty.xml"), EMPTY).unwrap();
        let import = |arguments: &[&str], stdin: &str| {
            let mut command = sandbox.command("keepassxc-cli");
            run(command.arg("import").args(arguments), stdin, SHORT)
        };
        // 2.6 asks for a password in any case, and writes its help to stderr.
        const SET: &str = "--set-password";
        let help = import(&["--help"], "");
        let is_known = help.stdout.contains(SET) || help.stderr.contains(SET);
        let mut arguments = vec!["--quiet", "empty.xml", "test.kdbx"];
        arguments.extend(is_known.then_some(SET));
        import(&arguments, &format!("{PASSWORD}\n{PASSWORD}\n")).ok();
    }
    for folder in ["config/keepassxc", "cache/keepassxc"] {
        fs::create_dir_all(sandbox.path(folder)).unwrap();
    }
    let all = format!("[General]\nConfigVersion=2\n[FdoSecrets]\nEnabled=true\n{settings}\n");
    fs::write(sandbox.path("config/keepassxc/keepassxc.ini"), all).unwrap();
    // Beside another of the same user it would end at once; that is told by a file in the temporary
    // folder. It does not always end when asked to.
    const SCRIPT: &str = "TMPDIR=$PWD QT_QPA_PLATFORM=offscreen keepassxc test.kdbx & program=$!
         end() {
             for i in 1 2 3 4 5; do kill $program || exit 0; sleep 1; done
             kill -KILL $program; exit 0
         }
         trap end TERM
         wait";
    let bus = Bus::session(sandbox, "", SCRIPT);
    match is_open {
        true => open_database(sandbox, &bus),
        false => bus.wait_for_keyring(),
    }
    bus.attach(sandbox)
}

/// Opens the database like its window. KeePassXC 2.7.10 dies of a key on its command line.
fn open_database(sandbox: &Sandbox, bus: &Bus) {
    let database = sandbox.path("test.kdbx").display().to_string();
    bus.wait_until("KeePassXC", || {
        bus.connect().is_ok_and(|connection| {
            let body = (&*database, PASSWORD);
            // 2.6 has another name for the interface, which need not be given.
            let name = "org.keepassxc.KeePassXC.MainWindow";
            let opened = connection.call_method(
                Some(name),
                "/keepassxc",
                None::<&str>,
                "openDatabase",
                &body,
            );
            opened.is_ok()
        })
    });
    bus.wait_until_open();
}

/// dbus-broker with gnome-keyring, unlocked.
pub(crate) fn broker(sandbox: &mut Sandbox) -> Bus {
    // It takes its socket from a service manager, logs to a journal that this machine need not
    // have, and is a client of its own at the usual place.
    const LAUNCH: &str = r#"
import os, socket, subprocess, sys
path, configuration = sys.argv[1:]
subprocess.check_call(['mount', '-t', 'tmpfs', 'tmpfs', '/run'])
os.makedirs('/run/systemd/journal')
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(path)
listener.listen(50)
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind('/run/systemd/journal/socket')
journal.set_inheritable(True)
assert listener.fileno() == 3 and journal.fileno() != 3
listener.set_inheritable(True)
os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
os.execvp('dbus-broker-launch', ['dbus-broker-launch', '--scope', 'user', '--config-file', configuration])
"#;
    let socket = sandbox.path("run/bus");
    let address = format!("unix:path={}", socket.display());
    let configuration = sandbox.path("broker.conf");
    fs::write(&configuration, bus_configuration(&address, "")).unwrap();
    let mut command = sandbox.command("unshare");
    command
        .args([
            "--mount",
            "--propagation=private",
            "/usr/bin/python3",
            "-c",
            LAUNCH,
        ])
        .args([&socket, &configuration]);
    let session = Daemon::start(&command, sandbox.path("broker.log"));
    let mut bus = Bus::of_session(&address, session);
    bus.run(sandbox, UNLOCKED);
    bus.wait_until_open();
    bus.attach(sandbox)
}

/// A bus with oo7-daemon, which `tests/long.sh` builds, as Debian 12 has no package of it.
pub(crate) fn oo7(sandbox: &mut Sandbox) -> Option<Bus> {
    let Some(daemon) = told("SWR_TEST_OO7") else {
        skip("not installed: oo7-daemon");
        return None;
    };
    let script = format!("printf %s password | {} --login", daemon.to_str().unwrap());
    let bus = Bus::session(sandbox, "", &script);
    bus.wait_until_open();
    Some(bus.attach(sandbox))
}
