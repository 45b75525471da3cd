//! Ways to a bus: its addresses, other implementations, proxies between, and its owner.

use std::fs;

use super::support::sample::AK;
use crate::support::bus::Bus;
use crate::support::daemon::Daemon;
use crate::support::desktop;
use crate::support::platform::can_change_user;
use crate::support::{SHORT, Sandbox, have, run, skip};
use crate::{
    FOREIGN, HOST, LOGIN, NEEDS, NOT_FOUND, SK, is_absent, is_fine, says, store_for_people, with,
};

/// An ordinary user that every Debian knows, `games`, as a bus asks who it runs as; and one that
/// nobody knows.
const USER: u32 = 5;
const STRANGER: u32 = 48_802;

#[test]
fn every_form_of_an_address_leads_to_the_bus() {
    let Some((mut sandbox, bus)) = with(Bus::unlocked) else {
        return;
    };
    let folder = sandbox.path("a b,c;d%");
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(sandbox.path("run/bus"), folder.join("bus")).unwrap();
    let escaped = format!(
        "unix:path={}/a%20b%2cc%3Bd%25/bus",
        sandbox.path("").display()
    );
    let plain = bus.address().to_owned();
    let gone = format!("unix:path={}", sandbox.path("run/gone").display());
    for address in [
        plain.clone(),
        plain
            .replace("path=", "path=%2f")
            .replacen("%2f/", "%2f", 1),
        escaped,
        format!("{gone};{plain}"),
        format!("tcp:host=127.0.0.1,port=1;{plain}"),
        format!("{plain},guid=00000000000000000000000000000000"),
        "unix:runtime=yes".to_owned(),
        // An empty variable counts as unset.
        String::new(),
    ] {
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", &address);
        is_fine(&sandbox, "store", LOGIN);
        assert!(
            sandbox.run(&["get"], FOREIGN).ok().contains("a password"),
            "{address}"
        );
        is_fine(&sandbox, "erase", FOREIGN);
    }
    sandbox.set("DBUS_SESSION_BUS_ADDRESS", "");
    sandbox.set("XDG_RUNTIME_DIR", &folder);
    is_fine(&sandbox, "store", LOGIN);
    assert!(sandbox.run(&["get"], FOREIGN).ok().contains("a password"));
}

#[test]
fn an_abstract_socket_leads_to_the_bus() {
    if !have(NEEDS) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let name = format!("unix:abstract={}", sandbox.path("bus").display());
    let _bus = Bus::at(&mut sandbox, &name);
    takes_and_gives(&sandbox);
}

#[test]
fn an_unusable_address_is_named_and_stops_the_search() {
    let mut sandbox = Sandbox::new();
    sandbox.set("HUAWEICLOUD_SDK_AK", AK);
    sandbox.set("HUAWEICLOUD_SDK_SK", SK);
    for (address, words) in [
        ("tcp:host=127.0.0.1,port=1", "`tcp`"),
        ("nonsense", "DBUS_SESSION_BUS_ADDRESS names no transport"),
        ("unix:path=/%4", "two hexadecimal digits"),
        ("unix:tmpdir=/tmp", "names no socket"),
    ] {
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", address);
        for (verb, stdin) in [
            ("get", HOST),
            ("store", LOGIN),
            ("erase", FOREIGN),
            ("list", ""),
        ] {
            says(&sandbox, verb, stdin, words);
            says(&sandbox, verb, stdin, "hint: ");
        }
    }
}

#[test]
fn dbus_broker_works() {
    if !rustix::process::geteuid().is_root() {
        return skip("only root can give it the folders that it needs");
    }
    let mut sandbox = Sandbox::new();
    if !desktop::have_broker(&sandbox) {
        return;
    }
    let _bus = desktop::broker(&mut sandbox);
    takes_and_gives(&sandbox);
}

#[test]
fn a_bus_behind_a_proxy_works() {
    if !have(NEEDS) || !have(&["xdg-dbus-proxy"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let bus = Bus::unlocked(&mut sandbox);
    let socket = sandbox.path("run/proxy");
    let mut command = sandbox.command("xdg-dbus-proxy");
    command
        .arg(bus.address())
        .arg(&socket)
        .args(["--filter", "--talk=org.freedesktop.secrets"]);
    let proxy = Daemon::start(&command, sandbox.path("proxy.log"));
    proxy.wait_until("a proxy", || socket.exists());
    sandbox.set(
        "DBUS_SESSION_BUS_ADDRESS",
        format!("unix:path={}", socket.display()),
    );
    for _ in 0..20 {
        takes_and_gives(&sandbox);
    }
}

#[test]
fn a_service_that_cannot_start_counts_as_no_keyring() {
    if !have(NEEDS) {
        return;
    }
    let mut sandbox = Sandbox::new();
    for program in ["/nonexistent/program", "/bin/false"] {
        let _bus = Bus::that_starts(&mut sandbox, program);
        is_absent(&sandbox, "no OS keyring");
    }
}

#[test]
fn the_keyring_works_in_a_user_namespace() {
    if !have(NEEDS) || !have(&["unshare"]) || !can_change_user() {
        return;
    }
    let mut sandbox = Sandbox::new();
    sandbox.give_to(USER);
    let _bus = Bus::unlocked(&mut sandbox);
    let namespace = |verb: &str, stdin: &str| {
        let mut command = sandbox.command("unshare");
        command
            .args(["--user", "--map-root-user"])
            .arg(sandbox.program())
            .arg(verb);
        run(&mut command, stdin, SHORT)
    };
    assert_eq!(namespace("store", LOGIN).ok(), "");
    assert!(namespace("get", FOREIGN).ok().contains("a password"));
    // Outside the namespace it is the same keyring.
    assert!(sandbox.run(&["get"], FOREIGN).ok().contains("a password"));
    assert_eq!(
        namespace("list", "").ok().trim(),
        r#"{"registry.example.com":"somebody"}"#
    );
    assert_eq!(namespace("erase", FOREIGN).ok(), "");
    assert!(namespace("get", FOREIGN).fails().contains(NOT_FOUND));
}

/// Another user's bus at the address in the environment. This happens if a session has ended and
/// another user has taken its socket's place.
#[test]
fn nothing_is_said_to_the_bus_of_another_user() {
    if !have(&["python3"]) || !can_change_user() {
        return;
    }
    let mut theirs = Sandbox::new();
    theirs.give_to(STRANGER);
    let (bus, heard) = (theirs.path("run/bus"), theirs.path("run/heard"));
    let mut command = theirs.command("python3");
    command.args(["-c", LISTEN]).args([&bus, &heard]);
    let stranger = Daemon::start(&command, theirs.path("listen.log"));
    stranger.wait_until("the stranger's socket", || heard.exists());

    for user in [0, USER] {
        for named in ["address", "runtime folder"] {
            let mut sandbox = Sandbox::new();
            sandbox.give_to(user);
            match named {
                "address" => {
                    let address = format!("unix:path={}", bus.display());
                    sandbox.set("DBUS_SESSION_BUS_ADDRESS", address);
                }
                _ => sandbox.set("XDG_RUNTIME_DIR", theirs.path("run")),
            }
            sandbox.set("HUAWEICLOUD_SDK_AK", AK);
            sandbox.set("HUAWEICLOUD_SDK_SK", SK);
            let words = format!("belongs to user {STRANGER}");
            for (verb, stdin) in [
                ("get", HOST),
                ("store", LOGIN),
                ("erase", FOREIGN),
                ("list", ""),
            ] {
                says(&sandbox, verb, stdin, &words);
            }
            let person = store_for_people(&sandbox);
            assert!(person.fails().contains(&words), "{person:#?}");
        }
    }
    assert_eq!(fs::read(&heard).unwrap(), b"", "something was said to it");
}

/// Records each byte that it receives, and accepts everybody.
const LISTEN: &str = r"
import os, socket, sys
path, heard = sys.argv[1:]
os.chmod(os.path.dirname(path), 0o755)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(path)
os.chmod(path, 0o777)
listener.listen(50)
open(heard, 'wb').close()
while True:
    connection, _ = listener.accept()
    while said := connection.recv(65536):
        with open(heard, 'ab') as file:
            file.write(said)
        connection.send(b'OK 00000000000000000000000000000000\r\n')
";

#[track_caller]
fn takes_and_gives(sandbox: &Sandbox) {
    is_fine(sandbox, "store", LOGIN);
    assert!(sandbox.run(&["get"], FOREIGN).ok().contains("a password"));
    is_fine(sandbox, "erase", FOREIGN);
    says(sandbox, "get", FOREIGN, NOT_FOUND);
}
