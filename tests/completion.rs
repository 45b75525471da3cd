//! The completion scripts in the real shells, and the manual pages in the real `man`.
#![cfg(all(unix, feature = "keyring", feature = "cloud", feature = "completion"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
use std::path::Path;

use support::sample::{AK, SK};
use support::{SHORT, Sandbox, have, run};

/// Completes its arguments the way bash calls the function, and prints the suggestions.
const BASH: &str = r#"
source ./script
words=("$@") last=$(($# - 1))
function=$(complete -p "$1" | sed 's/.* -F \([^ ]*\).*/\1/')
COMP_WORDS=("$@") COMP_CWORD=$last
compopt() { :; }
"$function" "$1" "${words[last]}" "${words[last - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

#[test]
fn bash_completes_the_script() {
    let Some(scene) = Scene::with("bash") else {
        return;
    };
    let offers = |words: &[&str]| {
        let arguments = [&["-c", BASH, "bash", "docker-credential-swr"], words].concat();
        scene.shell(&arguments)
    };
    let lines = |words: &[&str]| offers(words).lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(offers(&["st"]), "store\n");
    assert_eq!(offers(&["conf"]), "configure\n");
    assert_eq!(lines(&["store", "--backend", ""]), ["keyring", "file"]);
    assert_eq!(offers(&["store", "--backend", "f"]), "file\n");
    let formats = lines(&["print", "--format", ""]);
    assert!(formats.contains(&"kubernetes".to_owned()), "{formats:?}");
    let verbs = lines(&[""]);
    for (verb, options) in options() {
        assert!(verbs.contains(&verb), "{verb} in {verbs:?}");
        let offered = lines(&[&verb, "--"]);
        for option in options {
            assert!(offered.contains(&option), "{verb} {option} in {offered:?}");
        }
    }
    assert_eq!(offers(&["store", "--region", "cn-north-9"]), "cn-north-9\n");
    assert_eq!(
        lines(&["configure", "--region", "eu-"]),
        ["eu-west-101", "eu-de", "eu-nl"]
    );
    assert_eq!(
        lines(&["store", "--region", "Beijing4,cn-north-9,cn-north-1"]),
        ["1", "11", "12"].map(|end| format!("Beijing4,cn-north-9,cn-north-{end}"))
    );
    for words in [
        &["configure", "--registry", "cn-north-9"][..],
        &["rotate", "--registry", "cn-north-9"],
        &["erase", "--registry", "cn-north-9"],
        &["doctor", "cn-north-9"],
        &["print", "cn-north-9"],
    ] {
        assert_eq!(offers(words), "cn-north-9\n", "{words:?}");
    }
    assert_eq!(offers(&["help", "rot"]), "rotate\n");
    // An account's name does not complete to file names.
    fs::write(scene.sandbox.path("team.csv"), "").unwrap();
    assert_eq!(lines(&["rotate", "--account", ""]), ["default", "team"]);
    assert_eq!(offers(&["rotate", "--account", "te"]), "team\n");
    fs::write(scene.sandbox.path("credentials.csv"), "").unwrap();
    assert_eq!(offers(&["store", "--csv", "cred"]), "credentials.csv\n");
}

#[test]
fn zsh_accepts_its_script() {
    let Some(scene) = Scene::with("zsh") else {
        return;
    };
    scene.shell(&["-n", "script"]);
    fs::rename(
        scene.sandbox.path("script"),
        scene.sandbox.path("_docker-credential-swr"),
    )
    .unwrap();
    // zsh finds the function by its name, in a folder of fpath.
    let look = "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; \
                print $_comps[docker-credential-swr]; autoload +X _docker-credential-swr && print loaded";
    assert_eq!(
        scene.shell(&["-f", "-c", look]),
        "_docker-credential-swr\nloaded\n"
    );
    let script = fs::read_to_string(scene.sandbox.path("_docker-credential-swr")).unwrap();
    // `_arguments` evaluates the text in the parentheses.
    let accounts = ":NAME:($(docker-credential-swr accounts --names 2>/dev/null))'";
    assert!(script.contains(accounts), "{script}");
    assert!(script.contains("cn-north-4\\:\"Beijing4\""), "{script}");
}

#[test]
fn fish_completes_the_script() {
    let Some(scene) = Scene::with("fish") else {
        return;
    };
    scene.shell(&["--no-execute", "script"]);
    let offers = |line: &str| {
        let words =
            format!("source ./script; complete --do-complete 'docker-credential-swr {line}'");
        let offered = scene.shell(&["--no-config", "-c", &words]);
        let mut words: Vec<_> = offered
            .lines()
            .map(|line| line.split('\t').next().unwrap().to_owned())
            .collect();
        // fish 3.3 keeps the script's order.
        words.sort();
        words
    };
    // Not `st`, for which fish 3.3 offers `list` too.
    assert_eq!(offers("sto"), ["store"]);
    assert_eq!(offers("store --backend "), ["file", "keyring"]);
    assert_eq!(offers("store --region cn-north-9"), ["cn-north-9"]);
    assert_eq!(offers("rotate --account "), ["default", "team"]);
    assert_eq!(offers("print cn-north-9"), ["cn-north-9"]);
    assert_eq!(offers("doctor cn-east-3 cn-north-9"), ["cn-north-9"]);
    assert_eq!(offers("help rot"), ["rotate"]);
    assert_eq!(offers("completion f"), ["fish"]);
    for (verb, options) in options() {
        let offered = offers(&format!("{verb} --"));
        for option in options {
            assert!(offered.contains(&option), "{verb} {option} in {offered:?}");
        }
    }
}

#[test]
fn powershell_accepts_its_script() {
    let Some(scene) = Scene::with("powershell") else {
        return;
    };
    let parse = "$errors = $null; [void][System.Management.Automation.Language.Parser]::ParseFile(\
                 (Resolve-Path script), [ref]$null, [ref]$errors); exit $errors.Count";
    scene.shell(&["-NoProfile", "-Command", parse]);
}

#[test]
fn the_manual_names_every_verb_and_option() {
    if !have(&["man"]) {
        return;
    }
    let sandbox = Sandbox::new();
    let folder = sandbox.path("a folder/man1");
    sandbox.run(&["man", folder.to_str().unwrap()], "").ok();
    let page = |name: &str| {
        let mut man = sandbox.command("man");
        man.args(["--warnings", "--no-hyphenation", "-l"])
            .arg(folder.join(format!("{name}.1")))
            .env("LC_ALL", "C.UTF-8")
            .env("MANWIDTH", "500");
        let outcome = run(&mut man, "", SHORT);
        assert_eq!(outcome.stderr, "", "{outcome:#?}");
        outcome.ok().to_owned()
    };
    let main = page("docker-credential-swr");
    for section in ["EXAMPLES", "FILES", "ENVIRONMENT"] {
        assert!(
            main.contains(&format!("\n{section}\n")),
            "{section} in {main}"
        );
    }
    // Every variable on the settings page is listed.
    let documented = include_str!("../docs/settings.md");
    let variables = documented
        .lines()
        .filter_map(|line| line.strip_prefix("| `DOCKER_")?.split('`').next());
    for variable in variables {
        assert!(
            main.contains(&format!("DOCKER_{variable}")),
            "{variable} in {main}"
        );
    }
    assert!(page("docker-credential-swr-store").contains("\nEXAMPLES\n"));
    for (verb, options) in options() {
        let name = format!("docker-credential-swr-{verb}");
        assert!(main.contains(&format!("{name}(1)")), "{verb} in {main}");
        let text = page(&name);
        for option in options {
            assert!(text.contains(&option), "{option} in {text}");
        }
    }
    let listed = main
        .lines()
        .filter(|line| line.starts_with("       docker-credential-swr-"));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), listed.count() + 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("file"), "").unwrap();
    let folder = sandbox.path("file/man1");
    let said = sandbox.run(&["man", folder.to_str().unwrap()], "").fails();
    let expected = format!(
        "error: cannot write the manual pages into {}: not a directory\n",
        folder.display()
    );
    assert_eq!(said, expected);
}

/// A shell, and the script that is generated for it.
struct Scene {
    sandbox: Sandbox,
    program: &'static str,
}

impl Scene {
    /// Returns `None` and skips the test aloud if the shell is not installed.
    fn with(shell: &'static str) -> Option<Self> {
        let program = if shell == "powershell" { "pwsh" } else { shell };
        if !have(&[program]) {
            return None;
        }
        let mut sandbox = Sandbox::new();
        sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        for account in ["default", "team"] {
            let store = [
                "store",
                "--account",
                account,
                "--ak",
                AK,
                "--sk-stdin",
                "--no-configure",
            ];
            sandbox.run(&store, SK).ok();
        }
        let script = sandbox.run(&["completion", shell], "");
        fs::write(sandbox.path("script"), script.ok()).unwrap();
        Some(Self { sandbox, program })
    }

    /// Runs the shell in the script's folder; fails if the shell complains.
    #[track_caller]
    fn shell(&self, arguments: &[&str]) -> String {
        let mut command = self.sandbox.command(self.program);
        let outcome = run(command.args(arguments), "", SHORT);
        assert_eq!(outcome.stderr, "", "{outcome:#?}");
        outcome.ok().to_owned()
    }
}

/// Returns each verb for people with its long options, from the help texts that `tests/help.rs`
/// checks.
fn options() -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/help");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.file_stem().unwrap() != "usage")
        .map(|path| {
            let help = fs::read_to_string(&path).unwrap();
            let options = help
                .lines()
                .filter(|line| line.trim_start().starts_with('-'))
                .filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")))
                .map(str::to_owned)
                .collect();
            let verb = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (verb, options)
        })
        .collect()
}
