//! Checks what cannot run here: GitHub's workflow and action, and the PowerShell scripts.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use support::{Outcome, SHORT, Sandbox, python, run, skip};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const WORKFLOWS: [&str; 2] = [
    ".github/workflows/release.yml",
    ".github/workflows/check.yml",
];

/// Actions are pinned by hash, jobs have minimal permissions, and no input is expanded in a script.
#[test]
fn the_workflow_and_the_action_have_no_known_weakness() {
    let Some(zizmor) = python::neighbour("zizmor") else {
        return skip("not installed: zizmor");
    };
    let audit = |folder: &Path| {
        let mut command = Command::new(&zizmor);
        command.args(["--offline", "--persona", "pedantic", "--no-progress"]);
        command
            .arg("--config")
            .arg(Path::new(ROOT).join(".github/zizmor.yml"));
        run(command.arg(folder), "", SHORT)
    };
    let folder = tempfile::tempdir().unwrap();
    let workflows = folder.path().join(".github/workflows");
    fs::create_dir_all(&workflows).unwrap();
    let texts = WORKFLOWS.map(|file| fs::read_to_string(Path::new(ROOT).join(file)).unwrap());
    let action = fs::read_to_string(Path::new(ROOT).join("action.yml")).unwrap();
    let audit_with = |from: &str, to: &str| -> Outcome {
        for (file, text) in WORKFLOWS.iter().zip(&texts) {
            fs::write(folder.path().join(file), text.replace(from, to)).unwrap();
        }
        fs::write(folder.path().join("action.yml"), action.replace(from, to)).unwrap();
        audit(folder.path())
    };
    audit_with("", "").ok();
    // Otherwise nothing was checked.
    for (from, to, weakness) in [
        (
            "@08c6903cd8c0fde910a37f88322edcfb5dd907a8",
            "@v5",
            "unpinned-uses",
        ),
        (
            "permissions: {}",
            "permissions: write-all",
            "excessive-permissions",
        ),
        (
            "run: sh \"$GITHUB_ACTION_PATH",
            "run: echo ${{ inputs.from }}; sh \"$GITHUB_ACTION_PATH",
            "template-injection",
        ),
    ] {
        let outcome = audit_with(from, to);
        assert!(
            outcome.fails().contains(weakness),
            "{weakness}: {outcome:#?}"
        );
    }
}

#[test]
fn the_workflow_has_no_mistake() {
    let Some(actionlint) = python::neighbour("actionlint") else {
        return skip("not installed: actionlint");
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("release.yml");
    let [release, check] =
        WORKFLOWS.map(|file| fs::read_to_string(Path::new(ROOT).join(file)).unwrap());
    let lint = |text: &str| {
        fs::write(&file, text).unwrap();
        run(Command::new(&actionlint).arg(&file), "", SHORT)
    };
    lint(&release).ok();
    lint(&check).ok();
    let outcome = lint(&release.replace("matrix.runner", "matrix.machine"));
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.stdout.contains("\"machine\""), "{outcome:#?}");
}

#[test]
fn what_github_and_gitlab_read_follows_their_schemas() {
    let folder = tempfile::tempdir().unwrap();
    for (schema, file, from, to) in [
        ("github-workflows", WORKFLOWS[0], "runs-on:", "run-on:"),
        ("github-workflows", WORKFLOWS[1], "runs-on:", "run-on:"),
        ("github-actions", "action.yml", "shell: sh", "shel: sh"),
        (
            "gitlab-ci",
            "templates/docker-credential-swr.yml",
            "  inputs:",
            "  input:",
        ),
    ] {
        let check = |file: &Path| {
            let mut command = python::script("release/schemas.py")?;
            Some(run(command.arg(schema).arg(file), "", SHORT))
        };
        let right = Path::new(ROOT).join(file);
        let Some(outcome) = check(&right) else {
            return;
        };
        outcome.ok();
        let wrong = folder.path().join(schema);
        let text = fs::read_to_string(right).unwrap();
        fs::write(&wrong, text.replace(from, to)).unwrap();
        let outcome = check(&wrong).unwrap();
        assert_eq!(outcome.code, Some(1), "{file}: {outcome:#?}");
    }
}

#[test]
fn the_powershell_scripts_are_powershell() {
    let check = |files: &[&Path]| {
        let mut command = python::script("release/syntax.py")?;
        Some(run(command.args(files), "", SHORT))
    };
    let root = Path::new(ROOT);
    let scripts = ["install.ps1", "packaging/action.ps1"].map(|file| root.join(file));
    let Some(outcome) = check(&scripts.each_ref().map(|file| file.as_path())) else {
        return;
    };
    if outcome.stderr.contains("No module named") {
        return skip("no tree-sitter for this machine");
    }
    outcome.ok();
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.ps1");
    let text = fs::read_to_string(&scripts[0]).unwrap();
    fs::write(&broken, text.replacen("try {", "try", 1)).unwrap();
    check(&[&broken]).unwrap().fails();
}

/// No PowerShell runs here, so that nothing else would notice.
#[test]
fn the_check_of_install_ps1_expects_what_it_says() {
    let read = |file: &str| fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
    let (script, check) = (read("install.ps1"), read("tests/release/install.ps1"));
    let expected = check.split("$said.Contains('").skip(1);
    let expected: Vec<_> = expected
        .map(|rest| rest.split("')").next().unwrap().replace("''", "'"))
        .collect();
    assert_eq!(expected.len(), 2);
    for text in expected {
        assert!(script.contains(&text), "{text}");
    }
    for option in [
        "From",
        "Prefix",
        "NoSetUp",
        "Region",
        "Csv",
        "Backend",
        "Uninstall",
        "EraseSecrets",
    ] {
        assert!(check.contains(&format!(" -{option}")), "{option}");
        assert!(script.contains(&format!("] ${option}")), "{option}");
    }
}

/// The programs of macOS' own that sign note what they are asked.
#[test]
fn programs_for_macos_are_signed_with_the_developer_id_or_ad_hoc() {
    let sandbox = Sandbox::new();
    for (name, text) in [
        ("codesign", "echo \"codesign $*\" >>log"),
        (
            "security",
            "echo \"security $1\" >>log\n[ \"$1\" != import ] || cp \"$2\" imported\n[ \"$1\" != find-identity ] || cat identities",
        ),
    ] {
        let program = sandbox.path("bin").join(name);
        fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let program = "dist/docker-credential-swr-1.0.0-aarch64-apple-darwin";
    fs::create_dir(sandbox.path("dist")).unwrap();
    for name in [program, "dist/docker-credential-swr-1.0.0.cdx.json"] {
        fs::write(sandbox.path(name), "").unwrap();
    }
    let sign = |certificate: &str| {
        let _ = fs::remove_file(sandbox.path("log"));
        let mut command = sandbox.command(Path::new(ROOT).join("packaging/sign-macos.sh"));
        command.arg("dist").env("APPLE_CERTIFICATE", certificate);
        command.env("APPLE_PASSWORD", "pass");
        command.env("TMPDIR", sandbox.path("run"));
        let outcome = run(&mut command, "", SHORT);
        let left = fs::read_dir(sandbox.path("run")).unwrap().count();
        assert_eq!(left, 0, "the certificate stays");
        (outcome, fs::read_to_string(sandbox.path("log")).unwrap())
    };

    let (outcome, log) = sign("");
    outcome.ok();
    let expected = format!(
        "codesign --force --sign - --identifier docker-credential-swr {program}\n\
         codesign --verify --strict {program}\n"
    );
    assert_eq!(log, expected);

    let identity = "Developer ID Application: Acme (ABCDE12345)";
    let found = format!("  1) 0123 \"{identity}\"\n     1 valid identities found\n");
    fs::write(sandbox.path("identities"), found).unwrap();
    let (outcome, log) = sign("Y2VydGlmaWNhdGU=");
    outcome.ok();
    assert_eq!(fs::read(sandbox.path("imported")).unwrap(), b"certificate");
    assert!(log.contains(&format!("--sign {identity} ")), "{log}");
    assert!(log.contains("--options runtime --timestamp"), "{log}");
    assert!(log.ends_with("security delete-keychain\n"), "{log}");

    fs::write(sandbox.path("identities"), "  0 valid identities found\n").unwrap();
    let (outcome, log) = sign("Y2VydGlmaWNhdGU=");
    assert!(outcome.fails().contains("holds no Developer ID"));
    assert!(!log.contains("codesign"), "{log}");
    assert!(log.ends_with("security delete-keychain\n"), "{log}");
}
