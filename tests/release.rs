//! A release as `packaging/seal.sh` makes it, and `install.sh` that installs one.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

#[path = "release/machines.rs"]
mod machines;
#[path = "release/made.rs"]
mod made;
#[path = "release/published.rs"]
mod published;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use made::{Key, Release, VERSION, sum, write_script};
use support::sample::{AK, HOST, LOGIN_KEY, SK, STORE_IN_FILE};
use support::{Outcome, Sandbox, find, have, helper_binary, run, skip, told};

/// The programs that the script needs; a test adds curl if it wants it.
const TOOLS: &[&str] = &[
    "cat", "chmod", "cp", "dirname", "find", "id", "mkdir", "mktemp", "mv", "openssl", "readlink",
    "rm", "rmdir", "sed", "sh", "uname",
];

#[test]
fn a_release_folder_installs_without_compiler_or_network() {
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let outcome = machine.install(&release, &["--from", release.folder.to_str().unwrap()]);
    outcome.ok();
    let said = format!(
        "install.sh: installed {} {VERSION}\n",
        machine.helper().display()
    );
    assert!(outcome.stderr.contains(&said), "{outcome:#?}");
    assert_eq!(
        fs::read(machine.helper()).unwrap(),
        fs::read(helper_binary()).unwrap()
    );
    let completes = machine
        .sandbox
        .path("on path/share/bash-completion/completions/docker-credential-swr");
    assert!(fs::read_to_string(completes).unwrap().contains("rotate"));
    assert!(
        machine
            .sandbox
            .path("on path/share/man/man1/docker-credential-swr-get.1")
            .exists()
    );
}

#[test]
fn a_released_script_installs_its_own_release_and_sets_it_up() {
    if !have(&["curl"]) {
        return;
    }
    let machine = Machine::new();
    machine.add_tool("curl");
    let mut release = Release::new(&machine.sandbox);
    let _server = release.serve(&machine.sandbox);
    let release = release.sealed();
    // As README says: the script is an argument, so that stdin is free for answers.
    let line = format!(
        "sh -c \"$(curl -fsSL {}/install.sh)\" install.sh --prefix 'on path' --region cn-north-4 --backend file",
        release.address
    );
    let outcome = run(
        machine.sandbox.command("sh").args(["-c", &line]),
        "",
        support::SHORT,
    );
    assert!(outcome.ok().contains(HOST), "{outcome:#?}");
    let config = fs::read_to_string(machine.sandbox.path("home/.docker/config.json")).unwrap();
    assert!(config.contains(&format!("\"{HOST}\": \"swr\"")), "{config}");
    let mut store = machine.sandbox.command(machine.helper());
    store.args([
        "store",
        "--ak",
        AK,
        "--sk-stdin",
        "--offline",
        "--backend",
        "file",
    ]);
    run(&mut store, SK, support::SHORT).ok();
    let got = run(
        machine.sandbox.command(machine.helper()).arg("get"),
        HOST,
        support::SHORT,
    );
    assert!(got.ok().contains(AK), "{got:#?}");

    let outcome = machine.install(&release, &["--uninstall", "--erase-secrets"]);
    outcome.ok();
    assert!(!outcome.stderr.contains("Rust"), "{outcome:#?}");
    assert!(!machine.helper().exists());
    let config = fs::read_to_string(machine.sandbox.path("home/.docker/config.json"));
    assert!(!config.unwrap_or_default().contains(HOST));
}

/// A Debian with only what is needed to fetch over TLS: no compiler, no curl.
#[test]
fn a_bare_debian_has_a_working_helper_in_seconds() {
    if !have(&["debootstrap", "chroot"]) {
        return;
    }
    let Some(target) = told("CARGO_TARGET_DIR") else {
        return skip("tests/run.sh names the folder that keeps the Debian this needs");
    };
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return skip("only root can make a Debian of its own");
    }
    let machine = Machine::new();
    let mut made = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/root.sh"));
    let kept = Path::new(&target).join("roots/bookworm-certificates");
    made.arg("bookworm").arg(&kept).arg("ca-certificates");
    let made = run(&mut made, "", Duration::from_secs(600));
    if made.code != Some(0) {
        return skip(&format!("debootstrap: {}", made.stderr.trim_end()));
    }
    let root = machine.sandbox.path("root");
    run(
        Command::new("cp").arg("-a").arg(kept).arg(&root),
        "",
        support::SHORT,
    )
    .ok();
    for missing in ["cc", "curl", "wget"] {
        assert!(!root.join("usr/bin").join(missing).exists(), "{missing}");
    }
    let mut release = Release::new(&machine.sandbox);
    let _server = release.serve(&machine.sandbox);
    let release = release.sealed();
    fs::copy(release.folder.join("install.sh"), root.join("install.sh")).unwrap();
    let in_root = |args: &[&str], stdin: &str| {
        let mut command = Command::new("chroot");
        command
            .env_clear()
            .env("HOME", "/root")
            .env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        run(command.arg(&root).args(args), stdin, support::SHORT)
    };
    let start = Instant::now();
    in_root(
        &[
            "sh",
            "/install.sh",
            "--region",
            "cn-north-4",
            "--backend",
            "file",
        ],
        "",
    )
    .ok();
    let store = [&["docker-credential-swr"][..], &STORE_IN_FILE].concat();
    in_root(&store, SK).ok();
    let got = in_root(&["docker-credential-swr", "get"], HOST);
    let took = start.elapsed();
    assert!(got.ok().contains(LOGIN_KEY), "{got:#?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn wget_and_apt_fetch_a_release_where_curl_is_missing() {
    if !have(&["curl"]) || !Path::new("/usr/lib/apt/apt-helper").exists() {
        return skip("not installed: apt-helper");
    }
    let wget = "#!/bin/sh\nwhile [ $1 != -O ]; do shift; done\nexec CURL -fsS -o \"$2\" \"$3\"\n";
    for has_wget in [true, false] {
        let machine = Machine::new();
        let mut release = Release::new(&machine.sandbox);
        let _server = release.serve(&machine.sandbox);
        let release = release.sealed();
        if has_wget {
            let wget = wget.replace("CURL", find("curl").unwrap().to_str().unwrap());
            write_script(&machine.sandbox.path("tools/wget"), &wget);
        }
        machine.install(&release, &[]).ok();
        assert!(machine.helper().exists());
    }
}

/// Replaces the program by `evil`, and puts its checksum into the list.
fn replace_in_list(release: &Release, evil: &str) {
    let list = fs::read_to_string(release.folder.join("SHA256SUMS")).unwrap();
    let was = sum(&release.program());
    write_script(&release.program(), evil);
    let list = list.replace(&was, &sum(&release.program()));
    fs::write(release.folder.join("SHA256SUMS"), list).unwrap();
}

#[test]
fn a_tampered_file_is_neither_run_nor_installed() {
    let ran = |machine: &Machine| machine.sandbox.path("ran");
    let evil = |machine: &Machine| format!("#!/bin/sh\n: >'{}'\n", ran(machine).display());
    type Attack = fn(&Release, &str);
    let attacks: [(&str, Attack, &str); 6] = [
        (
            "program",
            |release, evil| write_script(&release.program(), evil),
            "release's checksum",
        ),
        (
            "program and list",
            |release, evil| {
                replace_in_list(release, evil);
            },
            "not signed with the key",
        ),
        (
            "program, list and signature",
            |release, evil| {
                replace_in_list(release, evil);
                Key::new(&release.folder.join("theirs")).sign(&release.folder);
            },
            "not signed with the key",
        ),
        (
            "no signature",
            |release, _| fs::remove_file(release.folder.join("SHA256SUMS.sig")).unwrap(),
            "cannot fetch `SHA256SUMS.sig`",
        ),
        (
            "an empty signature",
            |release, _| fs::write(release.folder.join("SHA256SUMS.sig"), "").unwrap(),
            "not signed with the key",
        ),
        (
            "no program",
            |release, _| fs::remove_file(release.program()).unwrap(),
            "cannot fetch `docker-credential-swr-",
        ),
    ];
    for (what, attack, expected) in attacks {
        let machine = Machine::new();
        let release = Release::new(&machine.sandbox).sealed();
        attack(&release, &evil(&machine));
        let outcome = machine.install(&release, &["--from", release.folder.to_str().unwrap()]);
        assert!(outcome.fails().contains(expected), "{what}: {outcome:#?}");
        assert!(outcome.stderr.contains("\nhint: "), "{what}: {outcome:#?}");
        assert!(!ran(&machine).exists(), "{what}");
        assert!(!machine.helper().exists(), "{what}");
        assert_eq!(
            fs::read_dir(machine.sandbox.path("tmp")).unwrap().count(),
            0,
            "{what}"
        );
    }
}

#[test]
fn versions_go_up_and_down_but_an_old_list_does_not_pass_for_a_newer_one() {
    let machine = Machine::new();
    let [one, two] = ["1.0.0", "2.0.0-rc.1"].map(|version| {
        let mut release = Release::of_version(&machine.sandbox, version);
        release.say_version();
        release.sealed()
    });
    let from = one.folder.to_str().unwrap().to_owned();
    let install = |version: &str| machine.install(&one, &["--from", &from, "--version", version]);
    let helper = machine.helper();
    for (version, said) in [
        ("1.0.0", "1.0.0\n"),
        ("2.0.0-rc.1", "2.0.0-rc.1 instead of 1.0.0\n"),
        ("v1.0.0", "1.0.0 instead of 2.0.0-rc.1\n"),
    ] {
        let outcome = install(version);
        outcome.ok();
        let said = format!("installed {} {said}", helper.display());
        assert!(outcome.stderr.contains(&said), "{outcome:#?}");
    }
    let outcome = install("3.0.0");
    assert!(outcome.fails().contains("cannot fetch"), "{outcome:#?}");

    // The signature is right, but not for the requested version.
    fs::remove_dir_all(&two.folder).unwrap();
    symlink(&one.folder, &two.folder).unwrap();
    let outcome = install("2.0.0-rc.1");
    assert!(
        outcome
            .fails()
            .contains("has no docker-credential-swr 2.0.0-rc.1"),
        "{outcome:#?}"
    );
}

#[test]
fn each_machine_gets_the_program_for_its_architecture() {
    let machine = Machine::new();
    let mut release = Release::new(&machine.sandbox);
    for system in made::SYSTEMS {
        release.add(system, &format!("#!/bin/sh\necho {system}\n"));
    }
    let release = release.sealed();
    let tools = machine.sandbox.path("tools");
    fs::remove_file(tools.join("uname")).unwrap();
    let installed = |kernel: &str, hardware: &str| {
        let uname = format!(
            "#!/bin/sh\ncase $1 in -s) echo {kernel} ;; -m) echo {hardware} ;; *) echo {kernel} {hardware} ;; esac\n"
        );
        write_script(&tools.join("uname"), &uname);
        machine.install(&release, &["--from", release.folder.to_str().unwrap()])
    };
    for (kernel, hardware, system) in [
        ("Linux", "x86_64", "x86_64-unknown-linux-musl"),
        ("Linux", "aarch64", "aarch64-unknown-linux-musl"),
        ("Darwin", "arm64", "aarch64-apple-darwin"),
        ("Darwin", "x86_64", "x86_64-apple-darwin"),
    ] {
        installed(kernel, hardware).ok();
        let program = fs::read_to_string(machine.helper()).unwrap();
        assert!(program.contains(system), "{kernel} {hardware}: {program}");
    }
    let outcome = installed("FreeBSD", "amd64");
    assert!(
        outcome.fails().contains("no release is made for FreeBSD"),
        "{outcome:#?}"
    );

    // Rosetta's shell on an Apple machine.
    write_script(&tools.join("sysctl"), "#!/bin/sh\necho 1\n");
    installed("Darwin", "x86_64").ok();
    assert!(
        fs::read_to_string(machine.helper())
            .unwrap()
            .contains("aarch64-apple-darwin")
    );
}

#[test]
fn a_release_is_signed_with_the_key_of_the_repository_or_not_at_all() {
    let sandbox = Sandbox::new();
    let release = Release::new(&sandbox);
    let another = Key::new(&sandbox.path("another"));
    let outcome = release.seal(Some(&another));
    assert!(
        outcome
            .fails()
            .contains("is not the private key to packaging/release.pub"),
        "{outcome:#?}"
    );
    assert!(!release.folder.join("SHA256SUMS.sig").exists());
    let outcome = release.seal(None);
    outcome.ok();
    assert!(outcome.stderr.contains("not signed"), "{outcome:#?}");
    assert!(!release.folder.join("SHA256SUMS.sig").exists());
}

#[test]
fn manifests_name_the_programs_with_their_checksums() {
    let sandbox = Sandbox::new();
    let mut release = Release::new(&sandbox);
    release.address = "https://github.com/somebody/swr/releases/download/v".to_owned() + VERSION;
    for system in made::SYSTEMS {
        release.add(system, system);
    }
    let release = release.sealed();
    let read = |file: &str| fs::read_to_string(release.folder.join(file)).unwrap();
    let url = |system: &str| {
        format!(
            "{}/docker-credential-swr-{VERSION}-{system}",
            release.address
        )
    };
    let sum = |system: &str| {
        sum(&release
            .folder
            .join(format!("docker-credential-swr-{VERSION}-{system}")))
    };

    if have(&["ruby"]) {
        let mut ruby = Command::new("ruby");
        ruby.arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/release/formula.rb"
        ));
        ruby.arg(release.folder.join("docker-credential-swr.rb"));
        let expected = [
            ("macos-arm", "aarch64-apple-darwin"),
            ("macos-intel", "x86_64-apple-darwin"),
            ("linux-arm", "aarch64-unknown-linux-musl"),
            ("linux-intel", "x86_64-unknown-linux-musl"),
        ]
        .map(|(machine, system)| format!("{machine} {} {}\n", url(system), sum(system)));
        let outcome = run(&mut ruby, "", support::SHORT);
        assert_eq!(outcome.ok(), expected.concat());
    }
    let read_as_they_do = || {
        let mut command = support::python::script("release/manifests.py")?;
        Some(run(command.arg(&release.folder), "", support::SHORT))
    };
    if let Some(outcome) = read_as_they_do() {
        outcome.ok();
    }
    let windows = "x86_64-pc-windows-gnu.exe";
    let scoop: serde_json::Value =
        serde_json::from_str(&read("docker-credential-swr.json")).unwrap();
    let scoop = &scoop["architecture"]["64bit"];
    assert_eq!(scoop["url"], url(windows) + "#/docker-credential-swr.exe");
    assert_eq!(scoop["hash"], sum(windows));
    let winget = read("somebody.docker-credential-swr.installer.yaml");
    for line in [
        format!("PackageVersion: {VERSION}\n"),
        format!("    InstallerUrl: {}\n", url(windows)),
        format!("    InstallerSha256: {}\n", sum(windows)),
    ] {
        assert!(winget.contains(&line), "{winget}");
    }
    for file in [
        "somebody.docker-credential-swr.yaml",
        "somebody.docker-credential-swr.locale.en-US.yaml",
        "Containerfile",
    ] {
        assert!(read(file).contains(VERSION), "{file}");
    }
    // The address that cargo-binstall builds exists, too.
    let manifest: toml_edit::DocumentMut = include_str!("../Cargo.toml").parse().unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let asked = |template: &toml_edit::Item, target: &str| {
        let repository = "https://github.com/somebody/swr";
        let words = [
            ("repo", repository),
            ("version", VERSION),
            ("name", "docker-credential-swr"),
            ("target", target),
            ("binary-ext", ""),
        ];
        words.iter().fold(
            template["pkg-url"].as_str().unwrap().to_owned(),
            |text, (word, value)| text.replace(&format!("{{ {word} }}"), value),
        )
    };
    for system in made::SYSTEMS
        .iter()
        .filter(|system| !system.contains("windows"))
    {
        assert_eq!(asked(binstall, system), url(system));
    }
    let msvc = "x86_64-pc-windows-msvc";
    assert_eq!(asked(&binstall["overrides"][msvc], msvc), url(windows));

    // No placeholder is left, and every file has a checksum.
    let list = read("SHA256SUMS");
    for file in fs::read_dir(&release.folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let text =
            String::from_utf8_lossy(&fs::read(release.folder.join(&name)).unwrap()).into_owned();
        let is_manifest = [".rb", ".json", ".yaml", "file"]
            .iter()
            .any(|end| name.ends_with(end));
        assert!(
            !is_manifest || !text.contains('@') || name == "SHA256SUMS",
            "{name}: {text}"
        );
        let listed = list
            .lines()
            .any(|line| line.ends_with(&format!("  {name}")));
        assert_eq!(listed, !name.starts_with("SHA256SUMS"), "{name}");
    }

    // A manifest for a package manager names no missing program.
    fs::remove_file(release.folder.join(format!(
        "docker-credential-swr-{VERSION}-x86_64-apple-darwin"
    )))
    .unwrap();
    let outcome = release.seal(None);
    outcome.ok();
    let said = "left out docker-credential-swr.rb: there is no program for x86_64-apple-darwin\n";
    assert!(outcome.stderr.contains(said), "{outcome:#?}");
    assert!(!release.folder.join("docker-credential-swr.rb").exists());
}

#[test]
fn without_set_up_docker_is_left_alone() {
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let from = release.folder.to_str().unwrap();
    let outcome = machine.install(&release, &["--from", from, "--no-set-up"]);
    outcome.ok();
    assert!(!outcome.stderr.contains("next:"), "{outcome:#?}");
    assert!(machine.helper().exists());
    assert!(!machine.sandbox.path("home/.docker").exists());
    let outcome = machine.install(
        &release,
        &["--from", from, "--no-set-up", "--region", "eu-de"],
    );
    assert!(
        outcome
            .fails()
            .contains("`--no-set-up` goes with no registry"),
        "{outcome:#?}"
    );
}

#[test]
fn a_missing_openssl_is_installed_by_the_package_manager() {
    for (manager, expected) in [
        ("apk", "apk add --quiet openssl"),
        ("dnf", "dnf --quiet --assumeyes install openssl"),
        ("microdnf", "microdnf --assumeyes install openssl"),
    ] {
        let machine = Machine::new();
        let release = Release::new(&machine.sandbox).sealed();
        let from = release.folder.to_str().unwrap();
        let tools = machine.sandbox.path("tools");
        fs::remove_file(tools.join("openssl")).unwrap();
        let outcome = machine.install(&release, &["--from", from]);
        assert!(
            outcome.fails().contains("`openssl` is missing\nhint: "),
            "{outcome:#?}"
        );
        let script = format!(
            "#!/bin/sh\necho {manager} \"$@\" >'{}'\nln -s '{}' '{}'\n",
            machine.sandbox.path("called").display(),
            find("openssl").unwrap().display(),
            tools.join("openssl").display()
        );
        write_script(&tools.join(manager), &script);
        // Where the test does not run as root.
        write_script(&tools.join("sudo"), "#!/bin/sh\nexec env \"$@\"\n");
        for tool in ["env", "ln"] {
            machine.add_tool(tool);
        }
        machine.install(&release, &["--from", from]).ok();
        let called = fs::read_to_string(machine.sandbox.path("called")).unwrap();
        assert_eq!(called.trim_end(), expected);
    }
}

#[test]
fn busybox_is_enough_to_install() {
    if !have(&["busybox"]) {
        return;
    }
    let machine = Machine::new();
    let release = Release::new(&machine.sandbox).sealed();
    let tools = machine.sandbox.path("tools");
    for tool in TOOLS.iter().filter(|tool| **tool != "openssl") {
        fs::remove_file(tools.join(tool)).unwrap();
        symlink(find("busybox").unwrap(), tools.join(tool)).unwrap();
    }
    let mut shell = machine.sandbox.command(tools.join("sh"));
    shell
        .arg(release.folder.join("install.sh"))
        .arg("--from")
        .arg(&release.folder);
    shell.args(["--prefix", "on path", "--region", "cn-north-4"]);
    assert!(run(&mut shell, "", support::SHORT).ok().contains(HOST));
    assert!(machine.helper().exists());
}

/// `action.yml` runs this script, with its inputs in these variables.
#[test]
fn the_action_installs_and_configures_for_the_job_alone() {
    let machine = Machine::new();
    for tool in ["head", "curl", "ls"] {
        if !have(&[tool]) {
            return;
        }
        machine.add_tool(tool);
    }
    let mut release = Release::new(&machine.sandbox);
    let _server = release.serve(&machine.sandbox);
    let release = release.sealed();
    let action = include_str!("../action.yml");
    let path = machine.sandbox.path("github path");
    fs::create_dir(machine.sandbox.path("runner")).unwrap();
    let run_action = |variables: &[(&str, &str)]| {
        let mut script = machine.sandbox.command("sh");
        script.args(["-c", "sh \"$GITHUB_ACTION_PATH/packaging/action.sh\""]);
        script
            .env("GITHUB_ACTION_PATH", &release.source)
            .env("GITHUB_PATH", &path);
        script
            .env("GITHUB_SERVER_URL", &release.address)
            .env("RUNNER_TEMP", machine.sandbox.path("runner"));
        script.env("GITHUB_REPOSITORY", "who/uses-it");
        for (name, value) in variables {
            assert!(
                action.contains(&format!("        {name}: ${{{{ ")),
                "{name}"
            );
            script.env(name, value);
        }
        run(&mut script, "", support::SHORT)
    };
    assert!(action.contains("run: sh \"$GITHUB_ACTION_PATH/packaging/action.sh\"\n"));

    let outcome = run_action(&[
        ("INPUT_REGION", "cn-north-4 cn-east-3"),
        ("INPUT_REGISTRY", "registry.example.com"),
        ("INPUT_FROM", &release.address),
    ]);
    outcome.ok();
    assert!(!outcome.stderr.contains("next:"), "{outcome:#?}");
    let bin = machine.sandbox.path("runner/docker-credential-swr/bin");
    assert!(bin.join("docker-credential-swr").exists());
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{}\n", bin.display())
    );
    let config = fs::read_to_string(machine.sandbox.path("home/.docker/config.json")).unwrap();
    for host in [
        HOST,
        "swr.cn-east-3.myhuaweicloud.com",
        "registry.example.com",
    ] {
        assert!(config.contains(host), "{config}");
    }

    // Without an address it takes the release of the action's own version.
    let nothing = [
        ("INPUT_REGION", ""),
        ("INPUT_REGISTRY", ""),
        ("INPUT_FROM", ""),
    ];
    let outcome = run_action(&[&nothing[..], &[("ACTION_REPOSITORY", "somebody/swr")]].concat());
    let place = format!(
        "{}/somebody/swr/releases/download/v{VERSION}",
        release.address
    );
    assert!(
        outcome
            .fails()
            .contains(&format!("of the release in `{place}`")),
        "{outcome:#?}"
    );
}

#[test]
fn the_gitlab_component_installs_and_configures() {
    if !have(&["curl"]) {
        return;
    }
    let mut machine = Machine::new();
    machine.add_tool("curl");
    let mut release = Release::new(&machine.sandbox);
    let _server = release.serve(&machine.sandbox);
    let release = release.sealed();
    let component = include_str!("../templates/docker-credential-swr.yml");
    let (_, script) = component.split_once("  before_script:\n").unwrap();
    let script: String = script
        .lines()
        .map(|line| line.strip_prefix("    - ").unwrap().to_owned() + "\n")
        .collect();
    let script = script.replace("$[[ inputs.from ]]", &release.address);
    let script = script.replace("$[[ inputs.region ]]", "cn-north-4,cn-east-3");
    let script = script.replace("$[[ inputs.registry ]]", "registry.example.com");
    assert!(!script.contains("[["), "{script}");
    // Where a job without root installs.
    let bin = machine.sandbox.path("home/.local/bin");
    machine.sandbox.set("PREFIX", bin.parent().unwrap());
    let script = script.replace("--no-set-up", "--no-set-up --prefix \"$PREFIX\"");
    let checks = "set -e\n".to_owned() + &script + "docker-credential-swr version\n";
    let outcome = run(
        machine.sandbox.command("sh").args(["-c", &checks]),
        "",
        support::SHORT,
    );
    assert!(
        outcome.ok().ends_with(&format!("{VERSION}\n")),
        "{outcome:#?}"
    );
    let config = fs::read_to_string(machine.sandbox.path("home/.docker/config.json")).unwrap();
    let hosts = [
        HOST,
        "swr.cn-east-3.myhuaweicloud.com",
        "registry.example.com",
    ];
    assert!(hosts.iter().all(|host| config.contains(host)), "{config}");
}

/// A machine as the script sees it: a few tools and no compiler.
struct Machine {
    sandbox: Sandbox,
}

impl Machine {
    fn new() -> Self {
        let mut sandbox = Sandbox::new();
        for folder in ["tools", "tmp"] {
            fs::create_dir(sandbox.path(folder)).unwrap();
        }
        let path = format!(
            "{}:{}",
            sandbox.path("on path/bin").display(),
            sandbox.path("tools").display()
        );
        sandbox.set("PATH", path);
        sandbox.set("TMPDIR", sandbox.path("tmp"));
        // Requests to this machine use no proxy.
        sandbox.set("NO_PROXY", "127.0.0.1");
        sandbox.set("no_proxy", "127.0.0.1");
        let machine = Machine { sandbox };
        for tool in TOOLS {
            machine.add_tool(tool);
        }
        machine
    }

    fn add_tool(&self, tool: &str) {
        let program = find(tool).unwrap_or_else(|| panic!("no {tool}"));
        symlink(program, self.sandbox.path("tools").join(tool)).unwrap();
    }

    /// Where the program is installed.
    fn helper(&self) -> PathBuf {
        self.sandbox.path("on path/bin/docker-credential-swr")
    }

    /// Runs the script that is part of the release.
    fn install(&self, release: &Release, args: &[&str]) -> Outcome {
        let mut command = self.sandbox.command(release.folder.join("install.sh"));
        run(
            command.args(["--prefix", "on path"]).args(args),
            "",
            support::SHORT,
        )
    }
}
