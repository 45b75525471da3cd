//! `install.sh`, in a home of its own and with a PATH that leads to no package manager.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;
use support::{Outcome, Sandbox, find, run, skip, told};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");

/// What the script calls, the toolchain and apt left out.
const TOOLS: &[&str] = &[
    "cat", "cc", "chmod", "cp", "dirname", "find", "head", "id", "mkdir", "mktemp", "mv",
    "readlink", "rm", "sed", "sh", "sort",
];

/// A cargo that "builds" a helper which says what it was asked to do.
const CARGO: &str = r#"#!/bin/sh
while [ "$1" != --target-dir ]; do shift; done
mkdir -p "$2/release"
printf '#!/bin/sh\necho "$@"\n' >"$2/release/docker-credential-swr"
chmod 755 "$2/release/docker-credential-swr"
"#;

#[test]
fn help_and_mistakes() {
    let machine = Machine::with_rust("99.0.0");
    assert!(
        machine
            .install(&["--help"])
            .ok()
            .starts_with("usage: ./install.sh")
    );
    for args in [
        &["--bogus"][..],
        &["HOST"],
        &["--registry"],
        &["--prefix="],
        &["--csv", "not-there"],
    ] {
        let outcome = machine.install(args);
        assert!(outcome.fails().contains("\nhint: "), "{outcome:#?}");
        assert_eq!(outcome.stdout, "", "{outcome:#?}");
    }
    assert!(!machine.sandbox.path("home/.local").exists());
}

#[test]
fn installs_configures_and_stores() {
    let machine = Machine::with_rust("99.0.0");
    let csv = machine.sandbox.path("my keys.csv");
    fs::write(&csv, "").unwrap();
    let csv = csv.to_str().unwrap();
    let args = [
        "--registry",
        "one",
        "--csv",
        csv,
        "--registry=two",
        "--prefix",
        "on path",
    ];
    let outcome = machine.install(&args);
    assert_eq!(
        outcome.ok(),
        format!(
            "configure --registry one --registry two\nstore --csv {csv} --registry one --registry two\n"
        )
    );
    let helper = machine.sandbox.path("on path/bin/docker-credential-swr");
    assert_eq!(
        helper.metadata().unwrap().permissions().mode() & 0o7777,
        0o755
    );
    // No part of it is left beside it.
    assert_eq!(fs::read_dir(helper.parent().unwrap()).unwrap().count(), 1);
    // Once more, over what is there.
    machine.install(&args).ok();
}

#[test]
fn without_a_terminal_it_says_what_is_next() {
    let machine = Machine::with_rust("99.0.0");
    let outcome = machine.install(&["--prefix", "on path"]);
    assert_eq!(outcome.ok(), "");
    assert!(
        outcome.stderr.contains("docker-credential-swr store"),
        "{outcome:#?}"
    );
}

#[test]
fn stops_where_docker_would_not_find_it() {
    let machine = Machine::with_rust("99.0.0");
    let prefix = machine.sandbox.path("elsewhere");
    let prefix = prefix.to_str().unwrap();
    let line = format!("export PATH=\"{prefix}/bin:$PATH\"\n");
    assert_eq!(machine.install(&["--prefix", prefix]).ok(), line);
    let outcome = machine.install(&["--prefix", prefix, "--registry", "one"]);
    assert!(outcome.fails().contains("left alone"), "{outcome:#?}");
    assert_eq!(outcome.stdout, line);
}

#[test]
fn refuses_a_folder_that_others_can_write_to() {
    let machine = Machine::with_rust("99.0.0");
    let bin = machine.sandbox.path("on path/bin");
    fs::create_dir_all(&bin).unwrap();
    fs::set_permissions(&bin, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(
        machine
            .install(&["--prefix", "on path"])
            .fails()
            .contains("others can write")
    );
    assert_eq!(fs::read_dir(bin).unwrap().count(), 0);
}

#[test]
fn an_old_toolchain_is_no_toolchain() {
    let outcome = Machine::with_rust("1.63.0").install(&[]);
    let text = outcome.fails();
    assert!(
        text.contains("rustc is 1.63.0") && text.contains("hint: run `curl"),
        "{outcome:#?}"
    );
}

#[test]
fn debians_packages_are_taken_when_they_are_new_enough() {
    let machine = Machine::without_rust();
    machine.add_apt("99.0.0+dfsg1-1~deb12u2");
    assert!(machine.install(&["--toolchain"]).ok().ends_with("/tools\n"));
    let calls = fs::read_to_string(machine.sandbox.path("apt-calls")).unwrap();
    assert!(
        calls.contains("install") && calls.contains("rustc-web cargo-web"),
        "{calls}"
    );

    let machine = Machine::without_rust();
    machine.add_apt("1.85.0+dfsg3-1~deb12u3");
    assert!(
        machine
            .install(&["--toolchain"])
            .fails()
            .contains("no Rust")
    );
    let calls = fs::read_to_string(machine.sandbox.path("apt-calls")).unwrap();
    assert!(!calls.contains("install"), "{calls}");
}

#[test]
fn builds_the_helper_itself() {
    let (Some(binary), Some(downloads)) = (told("SWR_TEST_BINARY"), told("CARGO_HOME")) else {
        return skip("tests/run.sh makes the release build that this needs");
    };
    let mut sandbox = Sandbox::new();
    let prefix = sandbox.path("prefix");
    // The build that is there already, with what cargo has downloaded for it.
    let target = Path::new(&binary).ancestors().nth(2).unwrap();
    sandbox.set("CARGO_TARGET_DIR", target);
    sandbox.set("CARGO_HOME", downloads);
    let toolchain = Path::new(env!("CARGO"))
        .parent()
        .unwrap()
        .display()
        .to_string();
    sandbox.set(
        "PATH",
        format!("{}/bin:{toolchain}:/usr/bin:/bin", prefix.display()),
    );
    let mut command = sandbox.command(SCRIPT);
    run(
        command.arg("--prefix").arg(&prefix),
        "",
        Duration::from_secs(600),
    )
    .ok();
    let mut version = sandbox.command(prefix.join("bin/docker-credential-swr"));
    let version = run(version.arg("version"), "", support::SHORT);
    assert!(
        version.ok().contains(env!("CARGO_PKG_VERSION")),
        "{version:#?}"
    );
}

/// A machine as the script sees it: a few tools, and a toolchain or none.
struct Machine {
    sandbox: Sandbox,
}

impl Machine {
    fn without_rust() -> Self {
        let mut sandbox = Sandbox::new();
        let tools = sandbox.path("tools");
        fs::create_dir(&tools).unwrap();
        for tool in TOOLS {
            symlink(
                find(tool).unwrap_or_else(|| panic!("no {tool}")),
                tools.join(tool),
            )
            .unwrap();
        }
        let path = format!(
            "{}:{}",
            sandbox.path("on path/bin").display(),
            tools.display()
        );
        sandbox.set("PATH", path);
        sandbox.set("CARGO_TARGET_DIR", sandbox.path("a target"));
        Machine { sandbox }
    }

    fn with_rust(version: &str) -> Self {
        let machine = Machine::without_rust();
        let tools = machine.sandbox.path("tools");
        write_script(&tools.join("cargo"), CARGO);
        write_script(&tools.join("rustc"), &rustc(version));
        machine
    }

    /// Adds an apt that has Debian's newer compiler in this version, and no rustup.
    fn add_apt(&self, version: &str) {
        let tools = self.sandbox.path("tools");
        let cache = format!(
            "#!/bin/sh\necho \"$2:\"\ncase $2 in *-web) echo '  Candidate: {version}' ;; *) echo '  Candidate: (none)' ;; esac\n"
        );
        write_script(&tools.join("apt-cache"), &cache);
        for (name, text) in [("new-cargo", CARGO), ("new-rustc", &rustc("99.0.0"))] {
            write_script(&tools.join(name), text);
        }
        let get = format!(
            "#!/bin/sh\necho \"$@\" >>'{}'\ncase $* in *install*) cd '{1}' && mv new-cargo cargo && mv new-rustc rustc ;; esac\n",
            self.sandbox.path("apt-calls").display(),
            tools.display(),
        );
        write_script(&tools.join("apt-get"), &get);
        // Where the test does not run as root.
        write_script(&tools.join("sudo"), "#!/bin/sh\nexec env \"$@\"\n");
        symlink(find("env").unwrap(), tools.join("env")).unwrap();
    }

    fn install(&self, args: &[&str]) -> Outcome {
        run(self.sandbox.command(SCRIPT).args(args), "", support::SHORT)
    }
}

fn rustc(version: &str) -> String {
    format!(
        "#!/bin/sh\necho 'rustc {version} (59807616e 2026-04-14) (built from a source tarball)'\n"
    )
}

fn write_script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
