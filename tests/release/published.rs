//! Where a release will be, and the steps of GitHub's workflow that put it there.

use std::fs;
use std::process::Command;

use super::made::{Release, VERSION, write_script};
use super::support::{Outcome, SHORT, Sandbox, run};

const REPOSITORY: &str = "https://github.com/somebody/swr";

#[test]
fn what_cargo_toml_calls_the_repository_is_where_a_release_will_be() {
    let sandbox = Sandbox::new();
    let release = Release::new(&sandbox);
    release.set_repository(REPOSITORY);
    release.seal(None).ok();
    let address = format!("{REPOSITORY}/releases/download/v{VERSION}");
    for (file, line) in [
        ("install.sh", format!("\nrelease='{address}'\n")),
        ("install.ps1", format!("\n$Release = '{address}'\n")),
    ] {
        let text = fs::read_to_string(release.folder.join(file)).unwrap();
        assert!(text.contains(&line), "{file}");
    }
    let mut release = release;
    release.address = "https://example.com/a';b".to_owned();
    let outcome = release.seal(None);
    assert!(outcome.fails().contains("is no address"), "{outcome:#?}");
}

/// In the repository README can name the address only once it is known; in a package it always
/// does.
#[test]
fn readmes_first_command_installs_the_release_that_it_is_part_of() {
    let sandbox = Sandbox::new();
    let root = env!("CARGO_MANIFEST_DIR");
    let readme = fs::read_to_string(format!("{root}/README.md")).unwrap();
    let command =
        |address: &str| format!("sh -c \"$(curl -fsSL {address}/install.sh)\" install.sh");
    let manifest: toml_edit::DocumentMut = include_str!("../../Cargo.toml").parse().unwrap();
    let address = match manifest["package"].get("repository") {
        Some(repository) => format!("{}/releases/latest/download", repository.as_str().unwrap()),
        None => "ADDRESS".to_owned(),
    };
    for file in ["README.md", "README.zh-CN.md"] {
        let readme = fs::read_to_string(format!("{root}/{file}")).unwrap();
        assert!(readme.contains(&command(&address)), "{file}");
    }

    // The line of packaging/packages.sh that writes it.
    let script = fs::read_to_string(format!("{root}/packaging/packages.sh")).unwrap();
    let line = script
        .lines()
        .find(|line| line.contains("ADDRESS"))
        .unwrap();
    let stamped = |address: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("address=$1 share=$2; {line}"), "sh", address]);
        shell.arg(sandbox.path("")).current_dir(root);
        run(&mut shell, "", SHORT).ok();
        fs::read_to_string(sandbox.path("README.md")).unwrap()
    };
    assert_eq!(stamped(""), readme);
    if address == "ADDRESS" {
        let text = stamped("https://example.com/v1");
        assert!(text.contains(&command("https://example.com/v1")), "{text}");
        assert!(!text.contains("ADDRESS"), "{text}");
    }
}

#[test]
fn a_release_is_published_from_its_own_tag_and_repository_alone() {
    let sandbox = Sandbox::new();
    let release = Release::new(&sandbox);
    let tools = sandbox.path("tools");
    fs::create_dir(&tools).unwrap();
    let called = sandbox.path("called");
    write_script(
        &tools.join("gh"),
        &format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >'{}'\n", called.display()),
    );
    let changes = format!(
        "# Changes\n\n## [Unreleased]\n\nlater\n\n## [{VERSION}]\n\nnow\n\n## [0.0.1]\n\nbefore\n"
    );
    fs::write(release.source.join("CHANGELOG.md"), changes).unwrap();
    let publish = |step: &str, tag: &str| -> Outcome {
        let mut command = Command::new(release.source.join("packaging/publish.sh"));
        command.arg(step).arg(&release.folder).env_clear();
        command.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
        command.env("GITHUB_SERVER_URL", "https://github.com");
        command.env("GITHUB_REPOSITORY", "somebody/swr");
        command.env("GITHUB_REF_NAME", tag);
        command.env(
            "RELEASE_KEY",
            fs::read_to_string(&release.key.file).unwrap(),
        );
        run(&mut command, "", SHORT)
    };
    let tag = format!("v{VERSION}");
    for step in ["sign", "draft"] {
        let outcome = publish(step, &tag);
        let said = "this is https://github.com/somebody/swr, and the repository of Cargo.toml is not set\n";
        assert!(outcome.fails().contains(said), "{outcome:#?}");
        let outcome = publish(step, "v9.9.9");
        let said = format!("the tag is v9.9.9, and Cargo.toml says {VERSION}\n");
        assert!(outcome.fails().contains(&said), "{outcome:#?}");
    }
    assert!(!release.folder.join("SHA256SUMS").exists() && !called.exists());

    release.set_repository(REPOSITORY);
    publish("sign", &tag).ok();
    assert!(release.folder.join("SHA256SUMS.sig").exists());
    publish("draft", &tag).ok();
    let called = fs::read_to_string(called).unwrap();
    let expected = format!("release\ncreate\n{tag}\n--repo\nsomebody/swr\n--verify-tag\n--draft\n");
    assert!(called.starts_with(&expected), "{called}");
    assert!(called.contains("\nnow\n"), "{called}");
    for other in ["later", "before"] {
        assert!(!called.contains(other), "{called}");
    }
}
