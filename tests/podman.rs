//! Podman's auth.json as its programs read it: skopeo, which shares podman's code, asks the helper
//! that it names.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;

use support::sample::{AK, HOST, SK, USERNAME};
use support::{SHORT, Sandbox, have, make_private_folders, run};

#[test]
fn skopeo_asks_the_helper_after_configure() {
    if !have(&["skopeo"]) {
        return;
    }
    let mut sandbox = sandbox_with_key();
    // If it is set, skopeo reads that folder instead of the runtime folder.
    sandbox.set("DOCKER_CONFIG", "");
    skopeo(&sandbox).fails();
    let configure = ["configure", "--podman", "--region", "cn-north-4"];
    sandbox.run(&configure, "").ok();
    let lasting = sandbox.path("config/containers/auth.json");
    assert!(lasting.is_file());
    assert_eq!(skopeo(&sandbox).ok().trim_end(), USERNAME);

    // It works after a reboot, too; before that, what `podman login` wrote comes first.
    let runtime = sandbox.path("run/containers");
    make_private_folders(&runtime);
    let login = format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"c29tZWJvZHk6eA==\"}}}}}}");
    fs::write(runtime.join("auth.json"), &login).unwrap();
    assert_eq!(skopeo(&sandbox).ok(), "somebody\n");
    let said = sandbox.run(&configure, "");
    assert!(
        said.ok().contains("/run/containers/auth.json first"),
        "{said:#?}"
    );
    let mut logout = sandbox.command("skopeo");
    run(logout.args(["logout", HOST]), "", SHORT).ok();
    assert_eq!(skopeo(&sandbox).ok().trim_end(), USERNAME);

    sandbox.set("DOCKER_CONFIG", sandbox.path("docker"));
    make_private_folders(&sandbox.path("docker"));
    fs::write(sandbox.path("docker/config.json"), &login).unwrap();
    assert_eq!(skopeo(&sandbox).ok(), "somebody\n");
    let said = sandbox.run(&configure, "");
    assert!(said.ok().contains("/docker/config.json first"), "{said:#?}");
    fs::remove_file(sandbox.path("docker/config.json")).unwrap();
    // Debian 13's skopeo reads no other file, and we say so; Debian 12's also reads the lasting
    // one.
    let said = sandbox.run(&configure, "");
    assert!(
        said.ok()
            .contains("/docker/config.json alone; `docker-credential-swr configure"),
        "{said:#?}"
    );
    let found = skopeo(&sandbox);
    if found.code != Some(0) {
        sandbox.run(&["configure", "--registry", HOST], "").ok();
        assert_eq!(skopeo(&sandbox).ok().trim_end(), USERNAME);
        sandbox.run(&["configure", "--remove"], "").ok();
    }

    sandbox.run(&["configure", "--podman", "--remove"], "").ok();
    assert!(!lasting.exists());
    skopeo(&sandbox).fails();

    sandbox.set("REGISTRY_AUTH_FILE", sandbox.path("auth.json"));
    sandbox.run(&configure, "").ok();
    assert!(!lasting.exists());
    assert_eq!(skopeo(&sandbox).ok().trim_end(), USERNAME);
}

/// The file of podman and skopeo is edited like docker's, and they can still read it.
#[test]
fn skopeo_still_reads_its_own_logins() {
    if !have(&["skopeo"]) {
        return;
    }
    let mut sandbox = sandbox_with_key();
    // If it is set, Debian 13's skopeo reads no other file.
    sandbox.set("DOCKER_CONFIG", "");
    let folder = sandbox.path("config/containers");
    make_private_folders(&folder);
    let before = "{\n\t\"auths\": {\n\t\t\"quay.io\": {\n\t\t\t\"auth\": \"c29tZWJvZHk6eA==\"\n\t\t}\n\t}\n}";
    fs::write(folder.join("auth.json"), before).unwrap();
    let configure = ["configure", "--podman", "--registry", HOST];
    sandbox.run(&configure, "").ok();
    assert_eq!(skopeo(&sandbox).ok().trim_end(), USERNAME);
    let mut other = sandbox.command("skopeo");
    let other = run(other.args(["login", "--get-login", "quay.io"]), "", SHORT);
    assert_eq!(other.ok(), "somebody\n");
    sandbox.run(&["configure", "--podman", "--remove"], "").ok();
    assert_eq!(
        fs::read_to_string(folder.join("auth.json")).unwrap(),
        before
    );
}

/// A pipe in place of the session's file is not read.
#[test]
fn a_pipe_in_place_of_auth_json_does_not_block() {
    if !have(&["mkfifo"]) {
        return;
    }
    let mut sandbox = sandbox_with_key();
    sandbox.set("DOCKER_CONFIG", "");
    let runtime = sandbox.path("run/containers");
    make_private_folders(&runtime);
    sandbox.make_pipe(&runtime.join("auth.json"));
    let configure = ["configure", "--podman", "--registry", HOST];
    sandbox.run(&configure, "").ok();
    assert!(sandbox.path("config/containers/auth.json").is_file());
}

fn sandbox_with_key() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let store = ["store", "--registry", HOST, "--ak", AK, "--sk-stdin"];
    let alone = ["--no-configure", "--offline"];
    sandbox.run(&[&store[..], &alone].concat(), SK).ok();
    sandbox
}

/// Asks skopeo as whom it would log in. No packet is sent for that.
#[track_caller]
fn skopeo(sandbox: &Sandbox) -> support::Outcome {
    let mut command = sandbox.command("skopeo");
    run(command.args(["login", "--get-login", HOST]), "", SHORT)
}
