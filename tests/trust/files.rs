//! Endless files, and files of another user.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::sample::{AK, HOST, SK, STORE_IN_FILE};
use super::users::{Machine, OTHER, USER, outcome};

const CONFIG: &str = "DOCKER_CREDENTIAL_SWR_CONFIG";
const TRACE: &str = "DOCKER_CREDENTIAL_SWR_TRACE";

/// Valid settings that send the default account's login to another host.
const EVIL: &str = "[registry.\"evil.example\"]\naccount = \"default\"\nproject = \"cn-north-4\"\n";

#[test]
fn an_endless_file_is_an_error() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let pipe = machine.pipe("pipe");
    for endless in [&pipe, Path::new("/dev/zero")] {
        for variable in [
            CONFIG,
            "HUAWEICLOUD_SDK_CREDENTIALS_FILE",
            "HUAWEICLOUD_SDK_SK_FILE",
        ] {
            let mut get = get(&machine);
            get.env(variable, endless);
            let said = outcome(&mut get, HOST).fails();
            assert!(
                said.contains("it is not a regular file"),
                "{variable}: {said}"
            );
        }
        // If the certificates cannot be read, none are trusted.
        let mut get = get(&machine);
        get.env("HUAWEICLOUD_SDK_AK", AK)
            .env("HUAWEICLOUD_SDK_SK", SK)
            .env("HUAWEICLOUD_SDK_SECURITY_TOKEN", "token")
            .env(
                "HUAWEICLOUD_SDK_REGION_SWR_CN_NORTH_4",
                "https://127.0.0.1:1",
            )
            .env("SSL_CERT_FILE", endless);
        let said = outcome(&mut get, HOST).fails();
        assert!(said.contains("no trusted certificates"), "{said}");
        // A login never fails because of the trace.
        let mut get = with_key(&machine);
        get.env(TRACE, endless);
        outcome(&mut get, HOST).ok();
    }
    fs::create_dir_all(config(&machine)).unwrap();
    for name in ["credentials", "config.toml"] {
        let path = config(&machine).join(name);
        for endless in [&pipe, Path::new("/dev/zero")] {
            symlink(endless, &path).unwrap();
            let mut get = get(&machine);
            get.env("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
            let said = outcome(&mut get, HOST).fails();
            assert!(said.contains("it is not a regular file"), "{name}: {said}");
            fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn settings_that_others_can_write_are_not_read() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let said_of = |path: &Path| {
        let mut get = with_key(&machine);
        get.env(CONFIG, path);
        outcome(&mut get, "evil.example").fails()
    };
    machine.folder(USER, "own", 0o755);
    machine.folder(OTHER, "others", 0o755);
    machine.folder(USER, "shared", 0o777);
    let own = machine.file(USER, "own/evil.toml", 0o644, EVIL);
    let link = machine.path("tmp/link");
    symlink(&own, &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(OTHER), Some(OTHER)).unwrap();
    for (path, why) in [
        (
            machine.file(OTHER, "tmp/evil.toml", 0o644, EVIL),
            "it belongs to another user",
        ),
        (
            machine.file(USER, "tmp/group.toml", 0o664, EVIL),
            "others can write it",
        ),
        (
            machine.file(USER, "tmp/all.toml", 0o646, EVIL),
            "others can write it",
        ),
        (
            machine.file(USER, "others/evil.toml", 0o644, EVIL),
            "its folder belongs to another user",
        ),
        (
            machine.file(USER, "shared/evil.toml", 0o644, EVIL),
            "others can write its folder",
        ),
        (link, "a link on the way to it belongs to another user"),
        ("group.toml".into(), "its path is relative"),
    ] {
        let said = said_of(&path);
        assert!(said.contains(why), "{}: {said}", path.display());
    }
    // The user's own file is read.
    let mut get = with_key(&machine);
    get.env(CONFIG, own);
    outcome(&mut get, "evil.example").ok();
}

#[test]
fn a_profile_that_others_can_write_is_not_read() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let profile = format!("[basic]\nak = {AK}\nsk = {SK}\n");
    let path = machine.file(OTHER, "tmp/profile", 0o644, &profile);
    let mut get = get(&machine);
    get.env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", path);
    let said = outcome(&mut get, HOST).fails();
    assert!(said.contains("it belongs to another user"), "{said}");
}

#[test]
fn a_trace_is_added_only_to_the_users_own_trace() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.folder(USER, "own", 0o700);
    let victim = machine.file(
        USER,
        "own/credentials",
        0o600,
        "docker-credential-swr credentials 1\nend\n",
    );
    let link = machine.path("tmp/link");
    symlink(&victim, &link).unwrap();
    let twin = machine.path("tmp/twin");
    fs::write(machine.path("own/empty"), "").unwrap();
    let empty = machine.file(USER, "own/empty", 0o600, "");
    fs::hard_link(&empty, &twin).unwrap();
    let others = machine.file(OTHER, "tmp/others", 0o666, "");
    for (path, looked_at) in [
        (&victim, &victim),
        (&link, &victim),
        (&twin, &empty),
        (&others, &others),
    ] {
        let before = fs::read(looked_at).unwrap();
        let mut get = with_key(&machine);
        get.env(TRACE, path);
        outcome(&mut get, HOST).ok();
        assert_eq!(fs::read(looked_at).unwrap(), before, "{}", path.display());
    }
    let mut get = with_key(&machine);
    get.env(TRACE, machine.path("own/trace"));
    outcome(&mut get, HOST).ok();
    let text = fs::read_to_string(machine.path("own/trace")).unwrap();
    assert!(text.contains("answered"), "{text}");
}

#[test]
fn links_to_settings_and_file_store_are_kept() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let dotfiles = machine.folder(USER, &format!("{USER}/dotfiles"), 0o700);
    for folder in [".config", ".config/docker-credential-swr"] {
        machine.folder(USER, &format!("{USER}/{folder}"), 0o700);
    }
    machine.file(
        USER,
        &format!("{USER}/dotfiles/config.toml"),
        0o644,
        "# mine\n",
    );
    for name in ["config.toml", "credentials"] {
        let link = config(&machine).join(name);
        symlink(dotfiles.join(name), &link).unwrap();
        std::os::unix::fs::lchown(&link, Some(USER), Some(USER)).unwrap();
    }
    outcome(&mut machine.helper(USER, &STORE_IN_FILE), SK).ok();
    for name in ["config.toml", "credentials"] {
        assert!(config(&machine).join(name).is_symlink(), "{name}");
    }
    let settings = fs::read_to_string(dotfiles.join("config.toml")).unwrap();
    assert!(
        settings.contains("# mine\n") && settings.contains("file"),
        "{settings}"
    );
    outcome(&mut get(&machine), HOST).ok();

    // A link of another user is not followed.
    let link = config(&machine).join("credentials");
    std::os::unix::fs::lchown(&link, Some(OTHER), Some(OTHER)).unwrap();
    let said = outcome(&mut get(&machine), HOST).fails();
    assert!(
        said.contains("a link on the way to it belongs to another user"),
        "{said}"
    );
}

#[test]
fn the_file_store_is_not_used_where_others_can_replace_it() {
    let Some(machine) = Machine::new() else {
        return;
    };
    outcome(&mut machine.helper(USER, &STORE_IN_FILE), SK).ok();
    outcome(&mut get(&machine), HOST).ok();
    let config = config(&machine);
    // Removed, because the settings would be refused first.
    fs::remove_file(config.join("config.toml")).unwrap();
    for mode in [0o770, 0o707] {
        fs::set_permissions(&config, Permissions::from_mode(mode)).unwrap();
        let mut get = get(&machine);
        get.env("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        let said = outcome(&mut get, HOST).fails();
        assert!(
            said.contains("others can replace files in it"),
            "{mode:o}: {said}"
        );
    }
    fs::set_permissions(&config, Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::chown(&config, Some(OTHER), Some(OTHER)).unwrap();
    let mut in_namespace = machine.as_user(USER, Path::new("unshare"));
    in_namespace
        .args(["--user", "--map-root-user"])
        .arg(machine.path("helper"))
        .arg("get");
    for mut get in [get(&machine), in_namespace] {
        get.env("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
        let said = outcome(&mut get, HOST).fails();
        assert!(said.contains("it belongs to another user"), "{said}");
    }
}

/// Files must be opened only by `system/open`.
#[test]
fn every_file_is_read_by_the_one_opener() {
    const WAYS: [&str; 5] = [
        "fs::read(",
        "fs::read_to_string(",
        "File::open(",
        "File::options(",
        "OpenOptions::new(",
    ];
    // What the opener is made of; the folder of a file that was written, to be synced; a terminal;
    // the kernel's own.
    const MAY: [&str; 4] = [
        "system/open/",
        "system/atomic_file.rs",
        "console/terminal.rs",
        "system/user.rs",
    ];
    let mut found = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in files_below(&source) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let code = code.split("#[cfg(all(test").next().unwrap();
        let name = path.strip_prefix(&source).unwrap().to_str().unwrap();
        if WAYS.iter().any(|way| code.contains(way)) && !MAY.iter().any(|may| name.starts_with(may))
        {
            found.push(name.to_owned());
        }
    }
    assert_eq!(found, [""; 0]);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn config(machine: &Machine) -> PathBuf {
    machine.home(USER).join(".config/docker-credential-swr")
}

fn get(machine: &Machine) -> Command {
    machine.helper(USER, &["get"])
}

/// Returns a `get` that a key in the environment answers.
fn with_key(machine: &Machine) -> Command {
    let mut get = machine.helper(USER, &["get"]);
    get.env("HUAWEICLOUD_SDK_AK", AK)
        .env("HUAWEICLOUD_SDK_SK", SK);
    get
}
