//! `install.sh` in a folder below one that others can write.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::support::{SHORT, Sandbox, have, run};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");

#[test]
fn cargo_settings_above_the_clone_run_nothing() {
    if !have(&["cc"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    // The toolchain that built this test.
    let toolchain = Path::new(env!("CARGO")).parent().unwrap();
    sandbox.set("PATH", format!("{}:/usr/bin:/bin", toolchain.display()));
    let clone = sandbox.path("hostile/clone");
    fs::create_dir_all(clone.join("src")).unwrap();
    fs::copy(SCRIPT, clone.join("install.sh")).unwrap();
    let package =
        "[package]\nname = \"docker-credential-swr\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    fs::write(
        clone.join("Cargo.toml"),
        format!("{package}rust-version = \"1.56\"\n[workspace]\n"),
    )
    .unwrap();
    let lock =
        "version = 3\n\n[[package]]\nname = \"docker-credential-swr\"\nversion = \"0.1.0\"\n";
    fs::write(clone.join("Cargo.lock"), lock).unwrap();
    fs::write(clone.join("src/main.rs"), "fn main() {}\n").unwrap();
    let marker = sandbox.path("was-run");
    let evil = sandbox.path("hostile/evil");
    fs::write(
        &evil,
        format!("#!/bin/sh\n>'{}'\nexit 1\n", marker.display()),
    )
    .unwrap();
    fs::set_permissions(&evil, Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(sandbox.path("hostile/.cargo")).unwrap();
    let config = format!("[build]\nrustc = {evil:?}\n");
    fs::write(sandbox.path("hostile/.cargo/config.toml"), config).unwrap();
    let mut install = sandbox.command("sh");
    install
        .args(["./install.sh", "--program"])
        .current_dir(&clone);
    let built = run(&mut install, "", SHORT * 4);
    assert!(!marker.exists(), "{built:#?}");
    let program = built.ok().trim_end();
    assert!(Path::new(program).is_file(), "{program}");
}

#[test]
fn a_parent_folder_that_others_can_write_is_refused() {
    let sandbox = Sandbox::new();
    let prefix = sandbox.path("shared/deep/prefix");
    fs::create_dir_all(prefix.join("bin")).unwrap();
    fs::set_permissions(sandbox.path("shared"), Permissions::from_mode(0o777)).unwrap();
    let mut install = sandbox.command("sh");
    install
        .args([SCRIPT, "--no-set-up", "--from"])
        .arg(sandbox.path("no-release"))
        .arg("--prefix")
        .arg(&prefix);
    let said = run(&mut install, "", SHORT).fails();
    let folder = sandbox.path("shared");
    assert!(
        said.contains(&format!("others can write to `{}`", folder.display())),
        "{said}"
    );
    // With the sticky bit, as in /tmp, nobody else can replace the user's files.
    fs::set_permissions(&folder, Permissions::from_mode(0o1777)).unwrap();
    let said = run(&mut install, "", SHORT).fails();
    assert!(!said.contains("others can write"), "{said}");
}
