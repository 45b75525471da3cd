//! Verbs at a real terminal: what they ask, in which order, and which input they show.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

#[path = "leaks/marks.rs"]
mod marks;

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use marks::Marks;
use support::bus::Bus;
use support::sample::{AK, HOST, LOGIN_KEY, OTHER_AK, OTHER_HOST, OTHER_SK, SK};
use support::{Sandbox, have, poll, wait};

const USER_PASSWORD: &str = "marked iam password";
const TOKEN: &str = "marked0security0token+/=";

const REGISTRY: &str =
    "regions (number, name or part of it; commas between), hosts, or `all` [none]: ";
const ASK_AK: &str = "AK (access key ID): ";
const ASK_SK: &str = "SK (secret access key, not shown): ";
const ASK_PASSWORD: &str = "password of the IAM user (not shown): ";
const ASK_TOKEN: &str = "security token (not shown): ";

/// How long a text may take to appear: only a hang reaches this, even on a machine that is busy
/// with much else.
const LIMIT: Duration = Duration::from_secs(150);

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

#[test]
fn the_questions_come_in_order() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store --offline");
    terminal.shows(
        "This takes your access key, keeps its login key in the file, and makes docker ask this",
    );
    terminal.shows("   1  cn-north-4       Beijing4 ");
    for (question, answer) in [
        (REGISTRY, "Beijing4, CN-EAST-3"),
        (ASK_AK, AK),
        (ASK_SK, SK),
    ] {
        terminal.answer(question, answer);
    }
    terminal.shows(&format!(
        "as the account `default`: docker logs in as `<region>@{AK}` to each `swr.<region>.myhuaweicloud.com`"
    ));
    terminal.shows("created ");
    terminal.shows(&format!(
        "  {OTHER_HOST}: docker asks docker-credential-swr"
    ));
    terminal.shows(&format!(
        "undo: docker-credential-swr configure --remove --registry {HOST},{OTHER_HOST} && \
         docker-credential-swr erase --account default"
    ));
    terminal.shows(&format!("next: docker pull {HOST}/"));
    terminal.ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(LOGIN_KEY));
    let config = fs::read_to_string(sandbox.path("home/.docker/config.json")).unwrap();
    assert!(config.contains(&format!("\"{HOST}\": \"swr\"")), "{config}");
}

/// Names of regions may contain spaces. The console's address is shown before the key is asked for.
#[test]
fn each_region_can_be_given_as_one_word() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store --offline");
    terminal.answer(REGISTRY, "Hong Kong, AP-Singapore eu-west-101");
    terminal.shows("of two clouds, `myhuaweicloud.com` and `myhuaweicloud.eu`");
    terminal.answer(REGISTRY, "all");
    terminal.shows("https://console.huaweicloud.com/iam/#/mine/accessKey");
    terminal.shows("`swr:repo:download`");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, SK);
    terminal.shows("  swr.ap-southeast-1.myhuaweicloud.com: docker asks");
    terminal.shows("  swr.sa-brazil-1.myhuaweicloud.com: docker asks");
    terminal.ends_with(0);
}

/// What is typed narrows the list, and a number is that of the whole list.
#[test]
fn a_region_is_chosen_by_its_number_or_a_part_of_its_name() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store --offline");
    terminal.answer(REGISTRY, "sing, BEIJING");
    terminal.shows("`BEIJING` could be:\r\n   1  cn-north-4       Beijing4");
    terminal.shows("   2  cn-north-1       Beijing1\r\n");
    terminal.answer(REGISTRY, "99");
    terminal.shows("`99` is not the ID of a region (an ID looks like cn-north-4)");
    terminal.answer(REGISTRY, "2 5, sing,moscow");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, SK);
    for region in ["cn-north-1", "cn-east-2", "ap-southeast-3", "ru-moscow-1"] {
        terminal.shows(&format!("  swr.{region}.myhuaweicloud.com: docker asks"));
    }
    terminal.ends_with(0);
    let config = fs::read_to_string(sandbox.path("home/.docker/config.json")).unwrap();
    assert_eq!(config.matches("\"swr\"").count(), 4, "{config}");
}

/// The list has as many columns as there is room for, and what a person may copy stays in one
/// piece.
#[test]
fn long_lines_are_broken_between_words() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::of_width(&sandbox, 60, "store --offline");
    terminal.shows(
        "This takes your access key, keeps its login key in the\r\n  \
         file, and makes docker ask this helper for the logins to\r\n  \
         your registries. Press Ctrl-C to stop without changes.\r\n",
    );
    terminal.shows("   1  cn-north-4       Beijing4\r\n   2  cn-north-1       Beijing1\r\n");
    terminal.shows(
        "regions (number, name or part of it; commas between),\r\n  hosts, or `all` [none]: ",
    );
    terminal.send("1\n");
    terminal.shows(
        "Create an access key at\r\n  https://console.huaweicloud.com/iam/#/mine/accessKey (My\r\n",
    );
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, SK);
    terminal.shows("as the account `default`: docker logs in");
    terminal.shows(&format!(
        "undo: docker-credential-swr configure --remove --registry {HOST} && docker-credential-swr erase --account default\r\n"
    ));
    terminal.shows(&format!(
        "next: docker pull {HOST}/ORGANISATION/IMAGE:TAG\r\n"
    ));
    terminal.ends_with(0);

    let mut terminal = Terminal::of_width(&sandbox, 60, "doctor --kubelet");
    terminal.shows("error: ");
    terminal.ends_with(1);
    let mut terminal = Terminal::of_width(&sandbox, 60, "doctor --help");
    terminal.shows("Usage: ");
    terminal.shows(
        "    docker-credential-swr doctor --kubelet /etc/kubernetes/credential-provider.yaml --bin-dir /opt/swr cn-north-4\r\n",
    );
    let screen = terminal.ends_with(0);
    let help = screen.split("Examples:").next().unwrap();
    assert!(help.lines().all(|line| line.len() <= 60), "{help}");
}

/// No key is asked for that could not be stored, and one run is enough.
#[cfg(feature = "keyring")]
#[test]
fn without_a_keyring_the_file_is_offered_first() {
    if !have(&["script", "stty"]) {
        return;
    }
    for (answer, code) in [("", 1), ("y", 0)] {
        let sandbox = Sandbox::new();
        let mut terminal = Terminal::at(&sandbox, "store --region cn-north-4 --offline");
        terminal.answer(
            "store only the login key in a file instead? that needs no keyring and holds no SK [y/N] ",
            answer,
        );
        if code == 0 {
            terminal.answer(ASK_AK, AK);
            terminal.answer(ASK_SK, SK);
            terminal.shows("stored in the file as the account `default`");
        } else {
            terminal.shows("error: there is no OS keyring here");
        }
        terminal.ends_with(code);
        // From now on, `get` reads the file.
        assert_eq!(sandbox.run(&["get"], HOST).code, Some(code));
    }
}

#[test]
fn erasing_everything_needs_a_yes() {
    let Some(sandbox) = sandbox() else { return };
    let store = [
        "store",
        "--ak",
        AK,
        "--sk-stdin",
        "--region",
        "cn-north-4",
        "--offline",
    ];
    sandbox.run(&store, SK).ok();
    let said = sandbox.run(&["erase", "--all"], "");
    assert_eq!(
        said.stderr,
        "error: this would remove the account `default`\nhint: add `--yes` to confirm\n"
    );
    for answer in ["\n", "n\n", CTRL_D] {
        let mut terminal = Terminal::at(&sandbox, "erase --all");
        terminal.shows("forget the account `default`? [y/N] ");
        terminal.send(answer);
        terminal.shows("stopped; nothing was changed");
        terminal.ends_with(1);
    }
    assert!(sandbox.run(&["get"], HOST).ok().contains(LOGIN_KEY));
    let mut terminal = Terminal::at(&sandbox, "erase --all");
    terminal.answer("[y/N] ", "y");
    terminal.shows("removed the account `default`");
    terminal.shows(&format!(
        "note: docker still asks docker-credential-swr for {HOST}"
    ));
    terminal.shows(&format!(
        "next: docker-credential-swr configure --remove --registry {HOST}"
    ));
    terminal.ends_with(0);
    assert_eq!(sandbox.run(&["get"], HOST).code, Some(1));
}

/// The key is stored, and docker is not configured.
#[test]
fn naming_no_registry_leaves_docker_alone() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store");
    for (question, answer) in [(REGISTRY, ""), (ASK_AK, AK), (ASK_SK, SK)] {
        terminal.answer(question, answer);
    }
    terminal.shows("next: docker-credential-swr configure --region REGION");
    terminal.ends_with(0);
    assert!(!sandbox.path("home/.docker").exists());
}

#[test]
fn a_wrong_answer_is_asked_again() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store --offline --project cn-north-4_team");
    let plain_http = format!("http://{HOST}");
    for (answer, wrong) in [
        (plain_http.as_str(), "it is plain HTTP"),
        ("team-1a2b.swr-pro.myhuaweicloud.com", "Enterprise edition"),
        ("cn-north-4 registry.example", "SWR hosts share an account"),
        (
            "cn-north-4 eu-de",
            "of two clouds, `myhuaweicloud.com` and `otc.t-systems.com`",
        ),
        (
            "Bejing4",
            "`Bejing4` is not the ID of a region (did you mean `cn-north-4`?)",
        ),
    ] {
        terminal.answer(REGISTRY, answer);
        terminal.shows(wrong);
    }
    terminal.answer(REGISTRY, &format!(" https://{HOST}/v2/,"));
    for other in ["not an AK", "", "abc", "qtwaoyttindut2qvkyuc"] {
        terminal.answer(ASK_AK, other);
        terminal.shows("an AK is 10 to 30 capitals and digits");
    }
    // Found before the SK is asked for.
    terminal.answer(ASK_AK, &"aB3".repeat(13));
    terminal.shows("AK and SK look swapped");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, "");
    terminal.shows("the SK is empty");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, LOGIN_KEY);
    terminal.shows("this is a login key");
    terminal.answer(ASK_AK, AK);
    // Hidden input can be corrected.
    terminal.answer(ASK_SK, &format!("wrong\x15{SK}xy\x7f\x08"));
    terminal.shows("with the project `cn-north-4_team` in its region");
    terminal.ends_with(0);
    let login = sandbox.run(&["get"], HOST);
    assert!(login.ok().contains(LOGIN_KEY) && login.stdout.contains("cn-north-4_team@"));
}

/// The folder has a name in the user's language, as xdg-user-dirs records it.
#[test]
fn downloaded_keys_are_offered() {
    let Some(sandbox) = sandbox() else { return };
    let downloads = sandbox.path("home/下载");
    fs::create_dir_all(&downloads).unwrap();
    fs::create_dir_all(sandbox.path("config")).unwrap();
    fs::write(
        sandbox.path("config/user-dirs.dirs"),
        "XDG_DOWNLOAD_DIR=\"$HOME/下载\"\n",
    )
    .unwrap();
    let table = |ak, sk| format!("User Name,Access Key Id,Secret Access Key\r\nme,{ak},{sk}\r\n");
    fs::write(downloads.join("credentials.csv"), table(AK, SK)).unwrap();
    fs::write(downloads.join("credentials-broken.csv"), "none").unwrap();
    let only = "AK (access key ID) [from the file]: ";
    let mut terminal = Terminal::at(&sandbox, "store --region cn-north-4 --offline");
    terminal.shows("/home/下载/credentials.csv: QTWA..KYUC, of today");
    terminal.answer(only, "2");
    terminal.shows("an AK is 10 to 30 capitals and digits");
    terminal.answer(only, "");
    terminal.shows("/home/下载/credentials.csv still holds the SK in plain text");
    terminal.ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(LOGIN_KEY));

    fs::write(
        downloads.join("credentials (1).csv"),
        table(OTHER_AK, OTHER_SK),
    )
    .unwrap();
    let two_days = Duration::from_secs(50 * 60 * 60);
    let newer = fs::metadata(downloads.join("credentials (1).csv")).unwrap();
    let of_today = newer.modified().unwrap();
    let old = fs::File::options()
        .write(true)
        .open(downloads.join("credentials.csv"))
        .unwrap();
    old.set_modified(of_today - two_days).unwrap();
    let mut terminal = Terminal::at(&sandbox, "store --account two --no-configure");
    terminal.shows("  1  ");
    terminal.shows("credentials (1).csv: P0HE..69X0, of today");
    terminal.shows("  2  ");
    terminal.shows("credentials.csv: QTWA..KYUC, 2 days old");
    let several = "AK (access key ID), or the number of a file: ";
    // Another program may have put the newest one there.
    terminal.answer(several, "");
    terminal.shows("an AK is 10 to 30 capitals and digits");
    terminal.answer(several, "2");
    terminal.ends_with(0);

    // The key that is to be replaced is not offered.
    let mut terminal = Terminal::at(&sandbox, "rotate --account two --offline");
    terminal.answer(only, "");
    terminal.shows(&format!("delete the access key {AK} in the console"));
    terminal.ends_with(0);
}

/// A pipe in place of the desktop's file is not read.
#[test]
fn a_pipe_in_place_of_user_dirs_does_not_block() {
    let Some(sandbox) = sandbox() else { return };
    if !have(&["mkfifo"]) {
        return;
    }
    fs::create_dir_all(sandbox.path("config")).unwrap();
    sandbox.make_pipe(&sandbox.path("config/user-dirs.dirs"));
    let mut terminal = Terminal::at(&sandbox, "store --no-configure");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, SK);
    terminal.ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(LOGIN_KEY));
}

/// The time to read the file starts after the answers.
#[test]
fn slow_answers_do_not_shorten_the_csv_deadline() {
    let Some(mut sandbox) = sandbox() else { return };
    // Long enough to store the key on a busy machine.
    let limit = Duration::from_secs(5);
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", limit.as_secs().to_string());
    let table = format!("Access Key Id,Secret Access Key\n{AK},{SK}\n");
    fs::write(sandbox.path("keys.csv"), table).unwrap();
    let mut terminal = Terminal::at(&sandbox, "store --csv keys.csv --offline");
    terminal.shows(REGISTRY);
    thread::sleep(limit + Duration::from_millis(200));
    terminal.send("cn-north-4\n");
    terminal.ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(LOGIN_KEY));
}

/// The registry never answers the trial, and nothing is changed before it.
#[test]
fn stopping_during_the_trial_changes_nothing() {
    let Some(mut sandbox) = sandbox() else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    // The proxy that leads to the registry.
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    sandbox.set("HTTPS_PROXY", proxy);
    let mut terminal = Terminal::at(&sandbox, "store --region cn-north-4");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, SK);
    let _connection = listener.accept().unwrap();
    terminal.send(CTRL_C);
    terminal.ends_with(130);
    assert!(!sandbox.path("config").exists());
    assert!(!sandbox.path("home/.docker").exists());
}

#[test]
fn rotate_asks_for_the_new_key() {
    let Some(sandbox) = sandbox() else { return };
    sandbox
        .run(&["store", "--ak", AK, "--sk-stdin", "--no-configure"], SK)
        .ok();
    let mut terminal = Terminal::at(&sandbox, "rotate --offline");
    terminal.shows(ASK_AK);
    terminal.send(CTRL_C);
    terminal.ends_with(130);
    let mut terminal = Terminal::at(&sandbox, "rotate --offline");
    terminal.answer(ASK_AK, OTHER_AK);
    terminal.shows(ASK_SK);
    terminal.send(CTRL_C);
    terminal.shows("stopped; nothing was changed");
    terminal.ends_with(1);
    assert!(sandbox.run(&["get"], HOST).ok().contains(LOGIN_KEY));
    let mut terminal = Terminal::at(&sandbox, "rotate --offline");
    // Before its SK is asked for.
    terminal.answer(ASK_AK, AK);
    terminal.shows("store --account default --replace` corrects a wrong SK");
    terminal.answer(ASK_AK, OTHER_AK);
    terminal.answer(ASK_SK, OTHER_SK);
    terminal.shows("rotated: the account `default`");
    terminal.ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(OTHER_AK));
}

/// If the address names no region, there is no default for the project.
#[test]
fn an_address_without_a_region_needs_a_project() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store --registry 100.125.0.198:20202 --offline");
    terminal.answer(
        "project, such as cn-north-4 (the address has no region): ",
        "",
    );
    terminal.shows("the name of a project is");
    terminal.answer(
        "project, such as cn-north-4 (the address has no region): ",
        "cn-north-4",
    );
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, SK);
    terminal.ends_with(0);
}

#[test]
fn the_secret_is_asked_for_when_options_give_the_rest() {
    let Some(sandbox) = sandbox() else { return };
    for options in ["--no-configure", "--no-configure --sk-stdin"] {
        let mut terminal = Terminal::at(&sandbox, &format!("store --ak {AK} {options}"));
        terminal.answer(ASK_SK, SK);
        terminal.ends_with(0);
    }
    assert!(sandbox.run(&["get"], HOST).ok().contains(LOGIN_KEY));
}

#[test]
fn replacing_another_key_needs_a_yes() {
    let Some(sandbox) = sandbox() else { return };
    let store = |ak: &str, sk: &str, answer: &str| {
        let mut terminal = Terminal::at(&sandbox, &format!("store --ak {ak} --no-configure"));
        terminal.answer(ASK_SK, sk);
        if !answer.is_empty() {
            let question = "already has the access key QTWA..KYUC, and an SK can be downloaded \
                            only once; replace it? [y/N] ";
            terminal.shows(question);
            terminal.send(answer);
        }
        terminal
    };
    store(AK, SK, "").ends_with(0);
    store(AK, SK, "").ends_with(0);
    for answer in ["\n", "n\n", "no\n", "yess\n", CTRL_D] {
        let mut terminal = store(OTHER_AK, OTHER_SK, answer);
        terminal.shows("stopped; nothing was changed");
        terminal.ends_with(1);
        assert!(sandbox.run(&["get"], HOST).ok().contains(LOGIN_KEY));
    }
    store(OTHER_AK, OTHER_SK, "Yes\n").ends_with(0);
    assert!(sandbox.run(&["get"], HOST).ok().contains(OTHER_AK));
}

#[test]
fn stopping_stores_nothing_and_restores_the_echo() {
    let Some(sandbox) = sandbox() else { return };
    for (half, key) in [("MFyf", CTRL_C), ("", CTRL_C), ("", CTRL_D)] {
        let mut terminal = Terminal::at(&sandbox, "store");
        terminal.answer(REGISTRY, "cn-north-4");
        terminal.answer(ASK_AK, AK);
        terminal.shows(ASK_SK);
        terminal.send(half);
        terminal.send(key);
        terminal.shows("stopped; nothing was changed");
        terminal.ends_with(1);
    }
    // At a question with a visible answer, Ctrl-C sends the usual signal.
    for (key, code) in [(CTRL_D, 1), (CTRL_C, 130)] {
        let mut terminal = Terminal::at(&sandbox, "store");
        terminal.shows(REGISTRY);
        terminal.send(key);
        terminal.ends_with(code);
        let mut terminal = Terminal::at(&sandbox, "store");
        terminal.answer(REGISTRY, "100.125.0.198:20202");
        terminal.shows("project, such as cn-north-4 (the address has no region): ");
        terminal.send(key);
        terminal.ends_with(code);
        let mut terminal = Terminal::at(&sandbox, "store");
        terminal.answer(REGISTRY, "cn-north-4");
        terminal.shows(ASK_AK);
        terminal.send(key);
        terminal.ends_with(code);
    }
    assert!(!sandbox.path("config").exists());
    assert!(!sandbox.path("home/.docker").exists());
}

/// The error is about the answer: there is a terminal.
#[test]
fn an_answer_that_is_not_utf_8_is_refused() {
    let Some(sandbox) = sandbox() else { return };
    let stored = format!("store --no-configure --ak {AK}");
    for (args, question) in [("store --no-configure", ASK_AK), (&*stored, ASK_SK)] {
        let mut terminal = Terminal::at(&sandbox, args);
        terminal.shows(question);
        terminal.keyboard.write_all(b"caf\xe9\n").unwrap();
        terminal.shows("error: the answer is not UTF-8");
        terminal.ends_with(1);
    }
}

/// The file store refuses them only after the questions.
#[test]
fn passwords_and_tokens_are_not_shown_either() {
    if !have(&["script", "stty", "dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let _bus = Bus::unlocked(&mut sandbox);
    let user = "store --no-configure --offline --replace --iam-user alice --domain acme";
    let key = format!(
        "store --no-configure --offline --replace --ak {AK} --sk-stdin --security-token-stdin"
    );
    for (args, answers) in [
        (user, &[(ASK_PASSWORD, USER_PASSWORD)][..]),
        (&*key, &[(ASK_SK, SK), (ASK_TOKEN, TOKEN)]),
    ] {
        let mut terminal = Terminal::at(&sandbox, args);
        for (question, answer) in answers {
            terminal.answer(question, answer);
        }
        terminal.shows("stored in the keyring");
        terminal.ends_with(0);
    }
}

#[test]
fn nothing_is_asked_that_the_file_store_would_not_keep() {
    let Some(sandbox) = sandbox() else { return };
    for options in [
        "--iam-user alice --domain acme",
        "--ak QTWAOYTTINDUT2QVKYUC --security-token-stdin",
    ] {
        let mut terminal = Terminal::at(&sandbox, &format!("store {options}"));
        terminal.shows("error: the file store only keeps login keys");
        let screen = terminal.ends_with(1);
        assert!(!screen.contains("(not shown)"), "{screen}");
    }
}

#[cfg(all(target_os = "linux", feature = "cloud"))]
#[test]
fn a_refused_key_is_kept_only_after_a_yes_and_is_to_be_tried_again() {
    if !have(&["script", "stty"]) {
        return;
    }
    let Some((_standin, sandbox)) = support::cloud::with_file_store() else {
        return;
    };
    let line = format!("store --ak {AK} --region cn-north-4");
    let kept = sandbox.path("config/docker-credential-swr/credentials");
    for (answer, code) in [("n\n", 1), ("y\n", 0)] {
        let mut terminal = Terminal::at(&sandbox, &line);
        terminal.answer(ASK_SK, OTHER_SK);
        terminal.shows("; store the key anyway? [y/N] ");
        terminal.send(answer);
        let screen = terminal.ends_with(code);
        assert_eq!(kept.exists(), code == 0, "{screen}");
        assert!(!screen.contains("docker pull"), "{screen}");
        let next = format!("next: docker-credential-swr doctor {HOST} --online");
        assert_eq!(
            screen.lines().any(|line| line == next),
            code == 0,
            "{screen}"
        );
    }
}

#[test]
fn an_image_is_taken_for_its_registry() {
    let Some(sandbox) = sandbox() else { return };
    let mut terminal = Terminal::at(&sandbox, "store --offline");
    terminal.answer(REGISTRY, "Beijing4/org/app:1, CN-EAST-3/org/app");
    terminal.answer(ASK_AK, AK);
    terminal.answer(ASK_SK, SK);
    terminal.shows(&format!("  {HOST}: docker asks"));
    terminal.shows(&format!("  {OTHER_HOST}: docker asks"));
    terminal.ends_with(0);
}

/// Nobody can answer its prompt here.
#[test]
fn nothing_is_asked_while_the_keyring_stays_locked() {
    if !have(&["script", "stty", "dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    let mut sandbox = Sandbox::new();
    let _bus = Bus::locked(&mut sandbox);
    let mut terminal = Terminal::at(&sandbox, "store --offline");
    terminal.shows("error: the keyring is still locked");
    let screen = terminal.ends_with(1);
    assert!(!screen.contains("regions"), "{screen}");
}

/// What was there before stays.
#[test]
fn only_what_is_new_is_to_be_undone() {
    let Some(sandbox) = sandbox() else { return };
    let other = "swr.cn-east-3.myhuaweicloud.com";
    let configure = format!("docker-credential-swr configure --remove --registry {HOST}");
    let erase = "docker-credential-swr erase --account default";
    for (options, undo) in [
        ("--region cn-north-4", format!("{configure} && {erase}")),
        ("--region cn-north-4", String::new()),
        (
            "--region cn-north-4,cn-east-3",
            configure.replace(HOST, other),
        ),
    ] {
        let line = format!("store --offline --ak {AK} {options}");
        let mut terminal = Terminal::at(&sandbox, &line);
        terminal.answer(ASK_SK, SK);
        terminal.shows("next: docker pull");
        let screen = terminal.ends_with(0);
        let said = screen.lines().find_map(|line| line.strip_prefix("undo: "));
        assert_eq!(said.unwrap_or_default(), undo, "{screen}");
    }
}

#[test]
fn a_signal_at_a_hidden_question_restores_the_echo() {
    use rustix::process::Signal;

    let Some(sandbox) = sandbox() else { return };
    for (signal, code) in [
        (Signal::TERM, 143),
        (Signal::HUP, 129),
        (Signal::INT, 130),
        (Signal::QUIT, 131),
    ] {
        let mut terminal = Terminal::at(&sandbox, "store --region cn-north-4 --offline");
        terminal.answer(ASK_AK, AK);
        terminal.shows(ASK_SK);
        terminal.signal(signal);
        terminal.ends_with(code);
    }
}

fn sandbox() -> Option<Sandbox> {
    have(&["script", "stty"]).then(|| {
        let mut sandbox = Sandbox::new();
        sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        sandbox
    })
}

/// The helper at a terminal of its own, which util-linux's `script` makes.
struct Terminal {
    script: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<String>>,
    /// The length of the screen text that was already read.
    seen: usize,
}

impl Terminal {
    /// Starts the helper with these arguments; then the shell prints the exit code and the
    /// terminal's modes.
    fn at(sandbox: &Sandbox, args: &str) -> Self {
        Self::of_width(sandbox, 0, args)
    }

    /// Does so at a terminal of so many columns; one of none does not know its width.
    fn of_width(sandbox: &Sandbox, columns: usize, args: &str) -> Self {
        // A test run in the background of a script has SIGINT ignored, and hands that on.
        let line = format!(
            "stty rows 24 columns {columns}; trap : INT; env --default-signal=INT docker-credential-swr {args}; \
             echo \"ended with $?\"; stty -a"
        );
        let mut script = sandbox
            .command("script")
            .args(["--quiet", "--command", &line, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let screen = Arc::new(Mutex::new(String::new()));
        let (mut output, writer) = (script.stdout.take().unwrap(), Arc::clone(&screen));
        thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                *writer.lock().unwrap() += &String::from_utf8_lossy(&bytes[..count]);
            }
        });
        Self {
            keyboard: script.stdin.take().unwrap(),
            script,
            screen,
            seen: 0,
        }
    }

    /// Waits for the question, and types the answer and Enter.
    #[track_caller]
    fn answer(&mut self, question: &str, answer: &str) {
        self.shows(question);
        self.send(&format!("{answer}\n"));
    }

    fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Sends the helper a signal, as `kill` and a closed connection do.
    fn signal(&self, signal: rustix::process::Signal) {
        let helper = self.helper().expect("the helper is asking");
        rustix::process::kill_process(helper, signal).unwrap();
    }

    /// Returns the helper's process, which the shell in `script` has started.
    fn helper(&self) -> Option<rustix::process::Pid> {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let processes: Vec<(i32, i32, String)> = entries
            .filter_map(|entry| {
                let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
                let (pid, rest) = stat.split_once(" (")?;
                let (name, rest) = rest.rsplit_once(") ")?;
                let parent = rest.split(' ').nth(1)?.parse().ok()?;
                Some((pid.parse().ok()?, parent, name.to_owned()))
            })
            .collect();
        let mut family = vec![self.script.id() as i32];
        while let Some(parent) = family.pop() {
            for (pid, _, name) in processes.iter().filter(|process| process.1 == parent) {
                if name.starts_with("docker-credent") {
                    return rustix::process::Pid::from_raw(*pid);
                }
                family.push(*pid);
            }
        }
        None
    }

    /// Waits until the text appears on the screen, after what was already read.
    #[track_caller]
    fn shows(&mut self, text: &str) {
        let mut found = None;
        poll(LIMIT, || {
            found = self.screen.lock().unwrap()[self.seen..].find(text);
            found.is_some()
        });
        let screen = self.screen.lock().unwrap();
        let Some(at) = found else {
            panic!("no {text:?} in {:?}", &screen[self.seen..]);
        };
        self.seen += at + text.len();
    }

    /// Waits for the end and returns the screen; fails if the terminal's modes are not restored or
    /// a secret was on it.
    #[track_caller]
    fn ends_with(mut self, code: i32) -> String {
        self.shows(&format!("ended with {code}\r\n"));
        assert!(wait(&mut self.script, LIMIT).is_some());
        let screen = self.screen.lock().unwrap();
        let modes: Vec<_> = screen[self.seen..].split_whitespace().collect();
        for off in ["-echo", "-icanon", "-isig"] {
            assert!(!modes.contains(&off), "{screen}");
        }
        let secrets = Marks::of(&[
            ("SK", SK),
            ("other SK", OTHER_SK),
            ("login key", LOGIN_KEY),
            ("IAM password", USER_PASSWORD),
            ("security token", TOKEN),
        ]);
        assert!(secrets.found_in(screen.as_bytes()).is_empty(), "{screen}");
        screen.clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Without a terminal the helper ends, too.
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}
