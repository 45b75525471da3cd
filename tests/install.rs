//! `install.sh`, in a home of its own and with a PATH that leads to no package manager.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use docker_credential_swr::model::regions::REGIONS;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;
use support::sample::{AK, HOST, SK};
use support::{Outcome, Sandbox, find, have, helper_binary, run, skip, told};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");

/// The programs that the script calls, except the toolchain and apt.
const TOOLS: &[&str] = &[
    "awk", "cat", "cc", "chmod", "cp", "dirname", "find", "grep", "head", "id", "mkdir", "mktemp",
    "mv", "readlink", "rm", "rmdir", "sed", "sh", "sort", "tr", "uname", "wc",
];

/// A cargo that "builds" a helper that prints its arguments.
const CARGO: &str = r#"#!/bin/sh
system=
while [ "$1" != --target-dir ]; do
    [ "$1" != --target ] || system=/$2
    shift
done
folder=$2$system/release
mkdir -p "$folder"
cat >"$folder/docker-credential-swr" <<'END'
#!/bin/sh
case $1 in
man) mkdir -p "$2" && echo page >"$2/docker-credential-swr.1" && echo page >"$2/docker-credential-swr-get.1" ;;
*) echo "$@" ;;
esac
END
chmod 755 "$folder/docker-credential-swr"
"#;

/// The files below `share`, with the text that this helper prints for them.
const BESIDE: &[(&str, &str)] = &[
    (
        "bash-completion/completions/docker-credential-swr",
        "completion bash\n",
    ),
    (
        "zsh/site-functions/_docker-credential-swr",
        "completion zsh\n",
    ),
    (
        "fish/vendor_completions.d/docker-credential-swr.fish",
        "completion fish\n",
    ),
    ("man/man1/docker-credential-swr.1", "page\n"),
    ("man/man1/docker-credential-swr-get.1", "page\n"),
];

#[test]
fn help_and_wrong_options() {
    let machine = Machine::with_rust("99.0.0");
    assert!(
        machine
            .install(&["--help"])
            .ok()
            .starts_with("usage: install.sh")
    );
    for args in [
        &["--bogus"][..],
        &["HOST"],
        &["--registry"],
        &["--prefix="],
        &["--csv", "not-there"],
        &["--backend", "files"],
        &["--uninstall", "--backend", "file"],
        &["--erase-secrets"],
        &["--region", "one", "--registry", "two"],
        &["--all-regions", "--region", "cn-north-4"],
        &["--uninstall", "--registry", "one"],
        &["--uninstall", "--erase-secrets", "--keep-secrets"],
        &["--version", "1.0.0"],
        &["--from", "releases/v1.0.0", "--version", "../1"],
    ] {
        let outcome = machine.install(args);
        assert!(outcome.fails().contains("\nhint: "), "{outcome:#?}");
        assert_eq!(outcome.stdout, "", "{outcome:#?}");
    }
    assert!(!machine.sandbox.path("home/.local").exists());
}

#[test]
fn installs_configures_and_stores() {
    let mut machine = Machine::with_rust("99.0.0");
    // A desktop.
    let bus = "unix:path=/nonexistent/bus";
    machine.sandbox.set("DBUS_SESSION_BUS_ADDRESS", bus);
    let csv = machine.sandbox.path("my keys.csv");
    fs::write(
        &csv,
        format!("Access Key Id,Secret Access Key\n{AK},{SK}\n"),
    )
    .unwrap();
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
        format!("store --csv {csv} --registry one --registry two\n")
    );
    assert!(!outcome.stderr.contains("next:"), "{outcome:#?}");
    let helper = machine.sandbox.path("on path/bin/docker-credential-swr");
    assert_eq!(
        helper.metadata().unwrap().permissions().mode() & 0o7777,
        // The kernel does not let a debugger look into a program that its user cannot read.
        if rustix::process::geteuid().is_root() {
            0o711
        } else {
            0o755
        }
    );
    // No temporary file is left.
    assert_eq!(fs::read_dir(helper.parent().unwrap()).unwrap().count(), 1);
    let share = machine.sandbox.path("on path/share");
    for (file, text) in BESIDE {
        assert_eq!(
            fs::read_to_string(share.join(file)).unwrap(),
            *text,
            "{file}"
        );
    }
    // Install again, over the existing one.
    machine.install(&args).ok();
    let in_a_file = [&args[..], &["--backend", "file"]].concat();
    assert_eq!(
        machine.install(&in_a_file).ok(),
        format!("store --csv {csv} --backend file --registry one --registry two\n")
    );
    let regions = [
        "--region=cn-north-4",
        "--region",
        "Shanghai1,Hong Kong,all,",
        "--prefix",
        "on path",
    ];
    assert_eq!(
        machine.install(&regions).ok(),
        "configure --region cn-north-4 --region Shanghai1,Hong Kong,all,\n"
    );
}

#[test]
fn shells_that_do_not_read_the_completion_folder_are_explained() {
    let machine = Machine::with_rust("99.0.0");
    let tools = machine.sandbox.path("tools");
    let fish = machine.sandbox.path("config/fish");
    let told = |looks: &str| {
        for shell in ["zsh", "fish", "pwsh"] {
            write_script(&tools.join(shell), &format!("#!/bin/sh\n{looks}\n"));
        }
        let said = machine.install(&["--prefix", "on path"]).stderr;
        let hints = ["fpath=(", "fish_complete_path", "completion powershell"];
        hints.map(|hint| said.contains(hint))
    };
    // Nobody has used fish here.
    assert_eq!(told("exit 1"), [true, false, true]);
    assert!(!fish.exists());
    fs::create_dir_all(&fish).unwrap();
    assert_eq!(told("exit 1"), [true, true, true]);
    // PowerShell reads no folder.
    assert_eq!(told("exit 0"), [false, false, true]);
}

#[test]
fn an_unwritable_share_folder_is_skipped() {
    let machine = Machine::with_rust("99.0.0");
    fs::create_dir(machine.sandbox.path("on path")).unwrap();
    fs::write(machine.sandbox.path("on path/share"), "").unwrap();
    let outcome = machine.install(&["--prefix", "on path"]);
    outcome.ok();
    let said = "did not install completions and manual pages\n";
    assert!(outcome.stderr.contains(said), "{outcome:#?}");
    assert!(
        machine
            .sandbox
            .path("on path/bin/docker-credential-swr")
            .exists()
    );
}

#[test]
fn without_a_terminal_the_next_step_is_printed() {
    let machine = Machine::with_rust("99.0.0");
    let outcome = machine.install(&["--prefix", "on path"]);
    assert_eq!(outcome.ok(), "");
    assert!(
        outcome.stderr.contains("docker-credential-swr store"),
        "{outcome:#?}"
    );
    let outcome = machine.install(&["--prefix", "on path", "--registry", "one"]);
    assert_eq!(outcome.ok(), "configure --registry one\n");
    // The rest of the command line is for the key as well.
    for (arguments, rest) in [
        (&["--registry", "one"][..], " --registry one"),
        (&["--backend=file"], " --backend file"),
        (&["--all-regions"], " --all-regions"),
        (
            &[
                "--region=Hong Kong",
                "--region",
                "cn-north-4",
                "--backend=file",
            ],
            " --backend file --region 'Hong Kong' --region cn-north-4",
        ),
    ] {
        let outcome = machine.install(&[&["--prefix", "on path"], arguments].concat());
        let next = format!("next: store the access key with `docker-credential-swr store{rest}`\n");
        assert!(outcome.stderr.ends_with(&next), "{outcome:#?}");
    }
}

#[test]
fn stops_where_docker_would_not_find_it() {
    let machine = Machine::with_rust("99.0.0");
    let prefix = machine.sandbox.path("elsewhere");
    let prefix = prefix.to_str().unwrap();
    let line = format!("export PATH=\"{prefix}/bin:$PATH\"\n");
    assert_eq!(machine.install(&["--prefix", prefix]).ok(), line);
    let outcome = machine.install(&["--prefix", prefix, "--registry", "one"]);
    let hint = format!("left alone\nhint: run `{}` in this shell", line.trim_end());
    assert!(outcome.fails().contains(&hint), "{outcome:#?}");
    assert_eq!(outcome.stdout, line);
    // The line does what it is for.
    let again = format!("{line}{SCRIPT} --prefix '{prefix}' --registry one");
    let mut shell = machine.sandbox.command("sh");
    let outcome = run(shell.args(["-c", &again]), "", support::SHORT);
    assert_eq!(outcome.ok(), "configure --registry one\n");
}

/// Nothing was built or downloaded before.
#[test]
fn foreseeable_problems_stop_before_the_build() {
    let machine = Machine::with_rust("99.0.0");
    let csv = machine.sandbox.path("keys.csv");
    let table = format!("Access Key Id,Secret Access Key\n{AK},{SK}\n");
    let in_utf_16: Vec<u8> = table.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&csv, in_utf_16).unwrap();
    let csv = csv.to_str().unwrap().to_owned();
    let headers = "Access Key Id,Secret Access Key\n";
    let tables = [
        ("", "it holds no access key"),
        (headers, "it holds no access key"),
        (
            &format!("{table}{AK},{SK}\n"),
            "it holds more than one access key",
        ),
        (
            &format!("AK,SK\n{AK},{SK}\n"),
            "its first line has no columns",
        ),
        (&format!("{headers}{SK},{AK}\n"), "look swapped"),
        (&format!("{headers}{AK}\n"), "the SK must be"),
        (&format!("{headers},{SK}\n"), "the AK must be"),
    ];
    // What the program reads is for the program, whatever else it is like.
    for text in [
        table.replace('\n', "\r"),
        format!("\n{table}"),
        format!("sep=,\n\n{table}"),
        format!("User,{}\n\"a\nb\",{AK}\u{a0},{SK}\n", headers.trim_end()),
    ] {
        let right = machine.sandbox.path("prod=1.csv");
        fs::write(&right, text).unwrap();
        let arguments = ["--prefix", "on path", "--csv", "prod=1.csv"];
        let outcome = machine.install(&arguments);
        assert!(
            outcome.fails().contains("there is no keyring"),
            "{outcome:#?}"
        );
        // As a person writes it.
        let folder = machine.sandbox.path("config/docker-credential-swr");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), "  backend='file'\n").unwrap();
        machine.install(&arguments).ok();
        fs::remove_dir_all(folder).unwrap();
        fs::remove_dir_all(machine.sandbox.path("a target")).unwrap();
    }
    for (text, why) in tables {
        let wrong = machine.sandbox.path("wrong.csv");
        fs::write(&wrong, text).unwrap();
        let outcome = machine.install(&["--prefix", "on path", "--csv", wrong.to_str().unwrap()]);
        assert!(outcome.fails().contains(why), "{text}: {outcome:#?}");
        assert!(!outcome.stderr.contains("building"), "{outcome:#?}");
    }
    let folder = machine.sandbox.path("tools");
    let elsewhere = machine.sandbox.path("elsewhere");
    for (arguments, said) in [
        (
            ["--prefix", "on path", "--csv", folder.to_str().unwrap()],
            "cannot read `",
        ),
        (
            ["--prefix", "on path", "--region", "cn-north-4,Bejing4"],
            "`Bejing4` is not the ID of a region\nhint: did you mean `cn-north-4`?\n",
        ),
        (
            ["--prefix", "on path", "--region", "nowhere"],
            "`nowhere` is not the ID of a region that is known here",
        ),
        (
            [
                "--prefix",
                elsewhere.to_str().unwrap(),
                "--region",
                "Beijing4",
            ],
            "is not on PATH",
        ),
        (
            ["--prefix", "on path", "--csv", &csv],
            "there is no keyring",
        ),
    ] {
        let outcome = machine.install(&arguments);
        assert!(outcome.fails().contains(said), "{outcome:#?}");
        assert!(!outcome.stderr.contains("building"), "{outcome:#?}");
    }
    assert!(!machine.sandbox.path("a target").exists());
    let arguments = ["--prefix", "on path", "--csv", &csv, "--backend", "file"];
    assert_eq!(
        machine.install(&arguments).ok(),
        format!("store --csv {csv} --backend file\n")
    );
}

/// It knows them before there is a program to ask.
#[test]
fn the_script_knows_the_programs_regions() {
    let script = fs::read_to_string(SCRIPT).unwrap();
    let list = script.split_once("regions() {\n    cat <<END\n").unwrap().1;
    let listed: Vec<_> = list.split("END").next().unwrap().lines().collect();
    let known = REGIONS.iter().map(|region| {
        let place = region.place.split(" (").next().unwrap();
        format!("{} {place}", region.id).trim().to_owned()
    });
    assert_eq!(listed, known.collect::<Vec<_>>());
}

#[test]
fn a_full_disk_stops_it_before_the_build() {
    let machine = Machine::with_rust("99.0.0");
    for (free, is_enough) in [("36984244", true), ("999999", false)] {
        let table = format!(
            "#!/bin/sh\n\
             echo 'Filesystem     1024-blocks     Used Available Capacity Mounted on'\n\
             echo '/dev/vda         264212084 58301644  {free}      62% /'\n"
        );
        write_script(&machine.sandbox.path("tools/df"), &table);
        let outcome = machine.install(&["--prefix", "on path"]);
        match is_enough {
            true => assert!(outcome.ok().is_empty()),
            false => assert!(outcome.fails().contains("less than 1.5 GB"), "{outcome:#?}"),
        }
        assert_eq!(
            outcome.stderr.contains("building"),
            is_enough,
            "{outcome:#?}"
        );
    }
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
fn uninstall_removes_everything() {
    let machine = Machine::with_rust("99.0.0");
    machine.install(&["--prefix", "on path"]).ok();
    let outcome = machine.install(&["--uninstall", "--prefix", "on path"]);
    assert_eq!(outcome.ok(), "configure --remove\n");
    let kept = "kept what is stored; the same command with `--erase-secrets` removes it\n";
    assert!(outcome.stderr.contains(kept), "{outcome:#?}");
    let stay = "packages that were installed to build it stay, such as rustup and gcc; `apt-get remove` removes them\n";
    assert!(outcome.stderr.ends_with(stay), "{outcome:#?}");
    let built = machine.sandbox.path("a target").display().to_string();
    let stays = format!("what was built stays in {built}; `rm -r '{built}'` removes it\n");
    assert!(outcome.stderr.contains(&stays), "{outcome:#?}");
    assert_eq!(files_below(&machine.sandbox.path("on path")), [""; 0]);
    // Uninstall again, with nothing left to do.
    let outcome = machine.install(&["--uninstall", "--keep-secrets", "--prefix", "on path"]);
    outcome.ok();
    assert!(
        outcome.stderr.contains("nothing is installed in "),
        "{outcome:#?}"
    );
    assert!(!outcome.stderr.contains("removed "), "{outcome:#?}");
}

/// The keyring that another backend hides may be locked, and its entries must not be left without
/// the helper.
#[test]
fn uninstall_stops_if_another_backend_cannot_be_erased() {
    let machine = Machine::with_rust("99.0.0");
    machine.install(&["--prefix", "on path"]).ok();
    let helper = machine.sandbox.path("on path/bin/docker-credential-swr");
    for (state, code) in [
        ("the keyring is locked", 1),
        ("there is no OS keyring here: none", 0),
    ] {
        let script = format!(
            "#!/bin/sh\n[ \"$DOCKER_CREDENTIAL_SWR_BACKEND\" != keyring ] || {{ echo 'error: {state}' >&2; exit 1; }}\n"
        );
        write_script(&helper, &script);
        let outcome = machine.install(&["--uninstall", "--erase-secrets", "--prefix", "on path"]);
        assert_eq!(outcome.code, Some(code), "{outcome:#?}");
        assert_eq!(outcome.stderr.contains(state), code == 1, "{outcome:#?}");
        assert_eq!(helper.exists(), code == 1);
    }
}

#[test]
fn uninstall_erases_stored_keys_before_the_helper() {
    let machine = Machine::with_rust("99.0.0");
    let expected = format!("configure --remove\n{}", "erase --all --yes\n".repeat(2));
    // Without a helper it builds one, because nothing else can erase the stored keys.
    for was_installed in [true, false] {
        if was_installed {
            machine.install(&["--prefix", "on path"]).ok();
        }
        let outcome = machine.install(&["--uninstall", "--erase-secrets", "--prefix", "on path"]);
        assert_eq!(outcome.ok(), expected, "{outcome:#?}");
        assert_eq!(files_below(&machine.sandbox.path("on path")), [""; 0]);
        fs::remove_dir_all(machine.sandbox.path("a target")).unwrap();
    }
}

#[test]
fn uninstall_keeps_a_helper_that_is_still_needed() {
    let machine = Machine::with_rust("99.0.0");
    let helper = machine.sandbox.path("on path/bin/docker-credential-swr");
    fs::create_dir_all(helper.parent().unwrap()).unwrap();
    for (fails, expected) in [
        ("configure", "docker's configuration still names the helper"),
        (
            "erase",
            "something may still be stored in the keyring, and the helper is still there",
        ),
    ] {
        write_script(&helper, &format!("#!/bin/sh\n[ $1 != {fails} ]\n"));
        let outcome = machine.install(&["--uninstall", "--erase-secrets", "--prefix", "on path"]);
        assert!(outcome.fails().contains(expected), "{outcome:#?}");
        assert!(helper.exists());
    }
    // A helper that knows podman's file is removed from there, too.
    let knows = "#!/bin/sh\ncase $* in *--help*) echo '  --podman  x' ;; *) echo \"$@\" ;; esac\n";
    write_script(&helper, knows);
    let outcome = machine.install(&["--uninstall", "--prefix", "on path"]);
    assert_eq!(
        outcome.ok(),
        "configure --remove\nconfigure --remove --podman\n"
    );
}

#[test]
fn uninstall_asks_at_a_terminal() {
    if !have(&["script"]) {
        return;
    }
    for (typed, erases) in [
        ("y\n", true),
        ("YES\n", true),
        ("\n", false),
        ("n\n", false),
        ("\x04", false),
    ] {
        let mut machine = Machine::with_rust("99.0.0");
        machine.install(&["--prefix", "on path"]).ok();
        machine.sandbox.set("SHELL", "/bin/sh");
        let mut script = machine.sandbox.command(find("script").unwrap());
        let line = format!("{SCRIPT} --uninstall --prefix 'on path'");
        script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        let outcome = run(&mut script, typed, support::SHORT);
        let shown = outcome.ok();
        assert!(shown.contains("is stored, too? [y/N] "), "{shown}");
        assert_eq!(
            shown.contains("erase --all --yes\r\n"),
            erases,
            "{typed:?}: {shown}"
        );
        assert_eq!(shown.contains("kept what is stored"), !erases, "{shown}");
        // What is stored can still be forgotten when the program is gone.
        let again = run(&mut script, "n\n", support::SHORT);
        assert!(again.ok().contains("too? [y/N] "), "{again:#?}");
        assert_eq!(files_below(&machine.sandbox.path("on path")), [""; 0]);
    }
}

/// With the real helper, docker's configuration and the file store are restored.
#[test]
fn uninstall_leaves_nothing_of_the_real_helper() {
    let machine = Machine::with_rust("99.0.0");
    let sandbox = &machine.sandbox;
    let helper = sandbox.path("on path/bin/docker-credential-swr");
    let config = sandbox.path("home/.docker/config.json");
    let settings = sandbox.path("config/docker-credential-swr/config.toml");
    let install = || {
        fs::create_dir_all(helper.parent().unwrap()).unwrap();
        fs::copy(helper_binary(), &helper).unwrap();
        let store = ["store", "--ak", AK, "--sk-stdin", "--backend", "file"];
        sandbox.run(&store, SK).ok();
        sandbox.run(&["configure", "--registry", HOST], "").ok();
    };
    let uninstall = |option| {
        let outcome = machine.install(&["--uninstall", option, "--prefix", "on path"]);
        outcome.ok();
        assert!(!helper.exists());
        outcome
    };

    fs::create_dir(config.parent().unwrap()).unwrap();
    fs::write(&config, "{\"psFormat\": \"table\"}\n").unwrap();
    install();
    uninstall("--keep-secrets");
    assert_eq!(
        fs::read_to_string(&config).unwrap(),
        "{\"psFormat\": \"table\"}\n"
    );
    assert!(sandbox.run(&["get"], HOST).ok().contains(AK));

    install();
    uninstall("--erase-secrets");
    assert!(!settings.parent().unwrap().exists());

    // The helper's own files are removed with the stored keys.
    install();
    let also_store = |options: &[&str]| {
        let given = ["store", "--ak", AK, "--sk-stdin", "--offline", "--account"];
        sandbox.run(&[&given, options].concat(), SK).ok();
    };
    also_store(&["otc", "--region", "eu-de"]);
    also_store(&["own", "--cloud", "hcs.example.org", "--region", "xx-here-1"]);
    let remembered = fs::read_to_string(&settings).unwrap();
    for line in [
        "clouds = [\"hcs.example.org\"]",
        "[registry.\"swr.eu-de.otc.t-systems.com\"]",
        "account = \"otc\"",
    ] {
        assert!(remembered.lines().any(|own| own == line), "{remembered}");
    }
    uninstall("--erase-secrets");
    assert!(!settings.parent().unwrap().exists());

    for line in [
        "providers = [\"default\"]",
        "clouds = [\"hcs.example.org\"] # ours",
        "[registry.\"a.example\"]\nproject = \"p\"",
    ] {
        install();
        let own = fs::read_to_string(&settings).unwrap() + line + "\n";
        fs::write(&settings, &own).unwrap();
        let outcome = uninstall("--erase-secrets");
        assert!(
            outcome.stderr.contains("which has settings of yours"),
            "{outcome:#?}"
        );
        assert_eq!(files_below(settings.parent().unwrap()), ["config.toml"]);
        assert_eq!(fs::read_to_string(&settings).unwrap(), own);
        fs::remove_file(&settings).unwrap();
    }
}

#[test]
fn the_build_is_static_where_possible() {
    let static_linux = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let built = |library: &str, rustup: Option<&str>| {
        let machine = Machine::with_rust("99.0.0");
        let tools = machine.sandbox.path("tools");
        let library = machine.sandbox.path(library);
        let rustc = format!(
            "#!/bin/sh\ncase $1 in --print) echo '{}' ;; *) echo 'rustc 99.0.0' ;; esac\n",
            library.display()
        );
        write_script(&tools.join("rustc"), &rustc);
        if let Some(script) = rustup {
            let script = script.replace("LIBRARY", library.to_str().unwrap());
            write_script(&tools.join("rustup"), &format!("#!/bin/sh\n{script}\n"));
        }
        let outcome = machine.install(&["--program"]);
        let program = outcome.ok().trim_end();
        assert!(Path::new(program).exists(), "{outcome:#?}");
        let is_static = program.contains(&static_linux);
        let said = outcome.stderr.contains("so the program will not be static");
        assert_ne!(is_static, said, "{outcome:#?}");
        is_static
    };
    assert!(built("tools", None));
    assert!(built("fetched", Some("mkdir LIBRARY")));
    assert!(!built("fetched", Some("exit 1")));
    assert!(!built("not there", None));
}

#[test]
fn an_old_toolchain_counts_as_missing() {
    let outcome = Machine::with_rust("1.63.0").install(&[]);
    let text = outcome.fails();
    assert!(
        text.contains("rustc is 1.63.0")
            && text.contains("hint: install the released program, which needs no Rust"),
        "{outcome:#?}"
    );
}

#[test]
fn debians_packages_are_used_if_new_enough() {
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

/// Ubuntu 22.04 has rustc 1.75 by that name, and newer ones in packages that carry their version.
#[test]
fn ubuntus_versioned_packages_are_found() {
    let machine = Machine::without_rust();
    machine.add_apt("0");
    let cache = "#!/bin/sh\ncase $1-$2 in\n\
                 search-*) printf '%s\\n' 'rustc-1.85 - x' 'rustc-1.91 - x' 'rustc-1.89 - x' 'rustc-1.91-doc - x' ;;\n\
                 policy-cargo-1.*) echo '  Candidate: 1.91.1+dfsg0ubuntu1-0ubuntu0.22.04' ;;\n\
                 *) echo '  Candidate: (none)' ;;\nesac\n";
    write_script(&machine.sandbox.path("tools/apt-cache"), cache);
    assert!(machine.install(&["--toolchain"]).ok().ends_with("/tools\n"));
    let calls = fs::read_to_string(machine.sandbox.path("apt-calls")).unwrap();
    assert!(calls.contains(" rustc-1.91 cargo-1.91 "), "{calls}");
}

#[test]
fn a_c_compiler_without_a_c_library_gets_one() {
    let machine = Machine::with_rust("99.0.0");
    machine.add_apt("0");
    let calls = machine.sandbox.path("apt-calls");
    machine.install(&["--toolchain"]).ok();
    assert!(!calls.exists());

    let compiler = machine.sandbox.path("tools/cc");
    fs::remove_file(&compiler).unwrap();
    // What gcc prints for a file that it does not find.
    write_script(&compiler, "#!/bin/sh\necho crt1.o\n");
    machine.install(&["--toolchain"]).ok();
    let calls = fs::read_to_string(calls).unwrap();
    assert!(calls.contains(" gcc libc6-dev"), "{calls}");
}

#[test]
fn builds_the_helper_itself() {
    let (Some(target), Some(downloads)) = (told("CARGO_TARGET_DIR"), told("CARGO_HOME")) else {
        return skip("tests/run.sh makes the release build that this needs");
    };
    let mut sandbox = Sandbox::new();
    let prefix = sandbox.path("home/.local");
    // The existing build, with the crates that cargo has downloaded.
    sandbox.set("CARGO_TARGET_DIR", target);
    sandbox.set("CARGO_HOME", downloads);
    // As it is for most people.
    sandbox.set("XDG_DATA_HOME", "");
    let toolchain = Path::new(env!("CARGO"))
        .parent()
        .unwrap()
        .display()
        .to_string();
    sandbox.set(
        "PATH",
        format!("{}/bin:{toolchain}:/usr/bin:/bin", prefix.display()),
    );
    let script = |arguments: &[&str]| {
        let mut command = sandbox.command(SCRIPT);
        command.args(arguments).arg("--prefix").arg(&prefix);
        run(&mut command, "", Duration::from_secs(600))
    };
    script(&[]).ok();
    let shown = |program: &str, arguments: &[&str]| {
        let outcome = run(sandbox.command(program).args(arguments), "", support::SHORT);
        outcome.ok().to_owned()
    };
    let version = shown("docker-credential-swr", &["version"]);
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    // These shells read that folder; bash needs a package for it.
    if have(&["fish"]) {
        // fish 3.3 looks there once it is told to, as the script says.
        let complete = "set folder ~/.local/share/fish/vendor_completions.d; \
             contains -- $folder $fish_complete_path; or set -a fish_complete_path $folder; \
             complete --do-complete 'docker-credential-swr sto'";
        assert!(shown("fish", &["-c", complete]).starts_with("store\t"));
    }
    if have(&["man"]) {
        let page = prefix.join("share/man/man1/docker-credential-swr-store.1");
        let found = shown("man", &["--where", "docker-credential-swr-store"]);
        assert_eq!(found.trim_end(), page.to_str().unwrap());
    }
    script(&["--uninstall"]).ok();
    assert_eq!(files_below(&prefix), ["fish_history"; 0]);
}

/// Returns the names of all files below a folder.
fn files_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            names.extend(files_below(&entry.path()));
        } else {
            names.push(entry.file_name().into_string().unwrap());
        }
    }
    names
}

/// A machine as the script sees it: a few tools, with or without a toolchain.
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
        // If the test does not run as root.
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
