//! Python's client of the protocol, `docker-pycreds`.

use crate::support::{self, Sandbox, bus::Bus, have, run, skip, told};
use crate::{key_is_in_place, store_key};

const NEEDS: &[&str] = &[
    "dbus-run-session",
    "gnome-keyring-daemon",
    "secret-tool",
    "openssl",
];

#[test]
fn the_python_client_logs_in() {
    if !have(NEEDS) {
        return;
    }
    let Some(python) = told("SWR_TEST_PYTHON") else {
        return skip("needs a Python with docker-pycreds, which tests/run.sh installs");
    };
    let mut sandbox = Sandbox::new();
    let _bus = Bus::unlocked(&mut sandbox);
    let host = "registry.example.com:5000";
    store_key(&sandbox, host);

    let mut client = sandbox.command(python);
    client
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/client.py"))
        .args([host, crate::USERNAME]);
    run(&mut client, "", support::SHORT).ok();
    key_is_in_place(&sandbox, host);
}
