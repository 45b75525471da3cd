//! Checks what cannot run here: GitHub's workflow and action, and the PowerShell scripts.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{Outcome, SHORT, python, run, skip};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

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
    let workflow =
        fs::read_to_string(Path::new(ROOT).join(".github/workflows/release.yml")).unwrap();
    let action = fs::read_to_string(Path::new(ROOT).join("action.yml")).unwrap();
    let audit_with = |from: &str, to: &str| -> Outcome {
        fs::write(workflows.join("release.yml"), workflow.replace(from, to)).unwrap();
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
