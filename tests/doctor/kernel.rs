//! The kernel's keyring when the user's quota is full.

use super::*;
use crate::support::{SHORT, have, run};

#[test]
fn the_kernels_keyring_is_full() {
    /// The user whose quota is filled; no real user has this ID.
    const USER: u32 = 64_321;
    /// Fills the quota in a session keyring that ends with the process, then runs its arguments.
    const FILL: &str = r#"
import ctypes, os, platform, sys
call = ctypes.CDLL(None, use_errno=True).syscall
add_key, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
assert call(keyctl, 1, None) > 0
for size in (4000, 400, 40):
    number = 0
    while call(add_key, b"user", b"%d:%d" % (size, number), b"-" * size, size, -3) > 0:
        number += 1
os.execv(sys.argv[1], sys.argv[1:])
"#;
    if !can_change_user() || !have(&["python3"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    sandbox.give_to(USER);
    let before = sandbox.run(&["doctor", HOST], "").stdout;
    if !before.contains("ok       cache: it works; entries: 0") {
        return skip(&format!("this kernel keeps nothing: {before}"));
    }
    let mut command = sandbox.command("python3");
    command.args(["-c", FILL]).arg(sandbox.program());
    let full = run(command.args(["doctor", HOST]), "", SHORT).stdout;
    let expected = "warning  cache: this user's share of the kernel's keyring is full";
    assert!(full.contains(expected), "{full}");
}
