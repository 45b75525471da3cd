//! Foreign texts at a terminal, and commands that a person copies into a shell.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::support::{SHORT, Sandbox, run};

#[test]
fn printed_commands_survive_the_shell() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let host = "[::1]:5000";
    let folder = sandbox.path("config/docker-credential-swr");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(
        folder.join("config.toml"),
        format!("[registry.\"{host}\"]\n"),
    )
    .unwrap();
    let request = serde_json::json!({"ServerURL": host, "Username": "u'$(x)", "Secret": "p'`x`"});
    sandbox.run(&["store"], &request.to_string()).ok();
    // What the shell would make of an unquoted host.
    fs::write(sandbox.path(":"), "").unwrap();
    fs::write(sandbox.path("1:5000"), "").unwrap();
    fs::write(sandbox.path("::5000"), "").unwrap();
    let docker = sandbox.path("bin/docker");
    fs::write(&docker, "#!/bin/sh\nprintf '%s\\n' \"$@\"\ncat\n").unwrap();
    fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).unwrap();
    let command = sandbox.run(&["print", host], "").ok().to_owned();
    let said = run(sandbox.command("sh").args(["-c", &command]), "", SHORT);
    assert_eq!(
        said.ok(),
        format!("login\n--username\nu'$(x)\n--password-stdin\n{host}\np'`x`")
    );
}

#[test]
fn invisible_characters_are_made_visible_at_the_terminal() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("config/docker-credential-swr");
    fs::create_dir_all(&folder).unwrap();
    let names = ["\u{202e}", "\u{2028}", "\u{ad}", "\u{e0041}", "\u{200b}"];
    for unseen in names {
        fs::write(
            folder.join("config.toml"),
            format!("[registry.\"a.example\"]\n\"x{unseen}y\" = 1\n"),
        )
        .unwrap();
        for verb in [&["accounts"][..], &["doctor"]] {
            let outcome = sandbox.run(verb, "");
            let said = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(!said.contains(unseen), "{said:?}");
        }
        let file = format!("x{unseen}y.csv");
        let said = sandbox.run(&["store", "--csv", &file], "").fails();
        assert!(
            said.contains("x?y.csv") || !said.contains(unseen),
            "{said:?}"
        );
        assert!(!said.contains(unseen), "{said:?}");
    }
}
