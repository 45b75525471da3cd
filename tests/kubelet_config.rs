//! The set-up of a node: `configure --kubelet` writes the configuration, `doctor --kubelet` checks
//! it.
#![cfg(all(target_os = "linux", feature = "cloud"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

#[path = "kubelet/odd_files.rs"]
mod odd_files;
mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use docker_credential_swr::config::kubelet_config::{KubeletConfig, Provider};
use support::sample::{AK, HOST, SK};
use support::{Outcome, Sandbox, helper_binary};

const NAME: &str = "docker-credential-swr";

const SPREAD: &str = "DOCKER_CREDENTIAL_SWR_SPREAD";

const OTHER: &str = "# the node's\napiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n  \
    - name: other # first\n    apiVersion: credentialprovider.kubelet.k8s.io/v1\n    matchImages: [other.example]\n    \
    defaultCacheDuration: 0s\n";

#[test]
fn a_new_configuration_is_printed_and_nothing_else() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["configure", "--kubelet"], "");
    let provider = only(outcome.ok());
    assert_eq!(
        provider.match_images,
        [
            "swr.*.myhuaweicloud.com",
            "swr.*.myhuaweicloud.eu",
            "swr.*.otc.t-systems.com",
            "*.swr-pro.myhuaweicloud.com"
        ]
    );
    assert_eq!(
        (&*provider.name, &provider.args[..]),
        (NAME, &["kubelet".to_owned()][..])
    );
    assert_eq!(
        provider.env,
        [
            pair("DOCKER_CREDENTIAL_SWR_PROVIDERS", "environment,agency"),
            pair(SPREAD, "30"),
        ]
    );
    assert!(provider.token.is_none());
    for flag in [
        "--image-credential-provider-config=",
        "--image-credential-provider-bin-dir=",
    ] {
        assert!(outcome.stderr.contains(flag), "{outcome:#?}");
    }
}

#[test]
fn clouds_and_registries_of_the_settings_are_included() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("config/docker-credential-swr");
    support::make_private_folders(&folder);
    let settings = "clouds = [\"hcs.example.org\"]\nproviders = [\"environment\"]\n\
                    [registry.\"100.125.0.198:20202\"]\nproject = \"cn-north-4\"\n[registry.\"plain.example\"]\nlogin = \"temporary\"\n";
    fs::write(folder.join("config.toml"), settings).unwrap();
    let provider = only(sandbox.run(&["configure", "--kubelet"], "").ok());
    let images = &provider.match_images;
    assert!(
        images.contains(&"swr.*.hcs.example.org".to_owned()),
        "{images:?}"
    );
    assert!(
        images.contains(&"100.125.0.198:20202".to_owned()),
        "{images:?}"
    );
    assert!(!images.contains(&"plain.example".to_owned()), "{images:?}");
    let path = folder.join("config.toml").display().to_string();
    assert_eq!(
        provider.env,
        [
            pair("DOCKER_CREDENTIAL_SWR_CONFIG", &path),
            pair(SPREAD, "30")
        ]
    );
}

#[test]
fn options_name_registries_variables_and_a_token() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(
        &[
            "configure",
            "--kubelet",
            "--region",
            "cn-north-4",
            "--registry",
            "a.example:5000",
            "--env",
            "DOCKER_CREDENTIAL_SWR_PROVIDERS=environment",
            "--env",
            "HUAWEICLOUD_SDK_SK_FILE=/etc/swr/sk",
            "--token-audience",
            "sts.huaweicloud.com",
        ],
        "",
    );
    let provider = only(outcome.ok());
    assert_eq!(provider.match_images, ["a.example:5000", HOST]);
    assert_eq!(
        provider.env,
        [
            pair(SPREAD, "30"),
            pair("DOCKER_CREDENTIAL_SWR_PROVIDERS", "environment"),
            pair("HUAWEICLOUD_SDK_SK_FILE", "/etc/swr/sk"),
        ]
    );
    let token = provider.token.unwrap();
    assert_eq!(
        (&*token.audience, &*token.cache_type),
        ("sts.huaweicloud.com", "ServiceAccount")
    );
    assert!(!token.require_service_account);
    assert!(
        token
            .optional_keys
            .contains(&"swr.huaweicloud.com/agency-urn".to_owned())
    );
}

#[test]
fn the_spread_is_as_long_as_so_many_nodes_need() {
    let sandbox = Sandbox::new();
    for (arguments, spread) in [
        (&["--nodes", "1"][..], "0"),
        (&["--nodes", "100"], "3"),
        (&["--nodes", "1000"], "30"),
        (&["--nodes", "100000"], "30"),
        (&["--env", "DOCKER_CREDENTIAL_SWR_SPREAD=7"], "7"),
        (
            &["--nodes", "100", "--env", "DOCKER_CREDENTIAL_SWR_SPREAD=7"],
            "7",
        ),
    ] {
        let arguments = [&["configure", "--kubelet"], arguments].concat();
        let outcome = sandbox.run(&arguments, "");
        let env = only(outcome.ok()).env;
        let set: Vec<_> = env.iter().filter(|(name, _)| name == SPREAD).collect();
        assert_eq!(set, [&pair(SPREAD, spread)], "{arguments:?}");
        let is_told = outcome.stderr.contains(&format!("waits up to {spread} s"));
        assert_eq!(is_told, spread != "0", "{outcome:#?}");
    }
}

#[test]
fn what_a_file_sets_stays_unless_an_option_names_it() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("node.yaml").display().to_string();
    let configure = |more: &[&str]| {
        let arguments = [&["configure", "--kubelet", &path], more].concat();
        sandbox.run(&arguments, "").ok();
        only(&fs::read_to_string(&path).unwrap()).env
    };
    let chain = "DOCKER_CREDENTIAL_SWR_PROVIDERS";
    let own = [pair(chain, "environment"), pair(SPREAD, "2")];
    let named = ["--env", "DOCKER_CREDENTIAL_SWR_PROVIDERS=environment"];
    let first = configure(&[&named[..], &["--env", "DOCKER_CREDENTIAL_SWR_SPREAD=2"]].concat());
    assert_eq!(first, own);
    assert_eq!(configure(&["--token-audience", "a"]), own);
    let last = configure(&["--nodes", "200"]);
    assert_eq!(last, [pair(chain, "environment"), pair(SPREAD, "6")]);
}

#[test]
fn a_file_is_added_to_and_restored_byte_for_byte() {
    let sandbox = Sandbox::new();
    let path = file(&sandbox, OTHER);
    let configure = |more: &[&str]| {
        let mut arguments = vec!["configure", "--kubelet", path.to_str().unwrap()];
        arguments.extend(more);
        sandbox.run(&arguments, "")
    };
    let dry = configure(&["--dry-run"]);
    assert!(dry.ok().starts_with("would change "), "{dry:#?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), OTHER);
    assert!(configure(&[]).ok().starts_with("changed "));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(OTHER), "{text}");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o644
    );
    let again = configure(&[]);
    assert!(
        again.ok().starts_with("nothing to change in "),
        "{again:#?}"
    );
    assert!(configure(&["--remove"]).ok().starts_with("changed "));
    assert_eq!(fs::read_to_string(&path).unwrap(), OTHER);
    assert!(configure(&["--remove"]).ok().contains("did not ask"));
}

#[test]
fn a_missing_file_is_created() {
    let sandbox = Sandbox::new();
    let path = sandbox.path("node.yaml");
    let outcome = sandbox.run(&["configure", "--kubelet", path.to_str().unwrap()], "");
    assert!(outcome.ok().starts_with("created "), "{outcome:#?}");
    only(&fs::read_to_string(&path).unwrap());
    let last = sandbox.run(
        &["configure", "--kubelet", path.to_str().unwrap(), "--remove"],
        "",
    );
    assert!(
        last.fails().contains("does not start without one"),
        "{last:#?}"
    );
}

#[test]
fn a_file_that_a_kubelet_would_refuse_is_left_alone() {
    let sandbox = Sandbox::new();
    for (text, why) in [
        (OTHER.replace("0s", "-1s"), "line 8: `defaultCacheDuration`"),
        (
            OTHER.replace("0s", "0s\n    image: x"),
            "line 9: a kubelet does not know this field",
        ),
        (
            OTHER.replace("kubelet.config.k8s.io/v1", "kubelet.config.k8s.io/v1beta1"),
            "`tokenAttributes`",
        ),
        ("providers:\n- {".to_owned(), "not YAML"),
        (String::new(), "it is empty"),
    ] {
        let path = file(&sandbox, &text);
        let path = path.to_str().unwrap();
        let outcome = sandbox.run(
            &["configure", "--kubelet", path, "--token-audience", "a"],
            "",
        );
        assert!(outcome.fails().contains(why), "{outcome:#?}");
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
    let folder = sandbox.path("run");
    let outcome = sandbox.run(&["configure", "--kubelet", folder.to_str().unwrap()], "");
    assert!(
        outcome.fails().contains("not a regular file"),
        "{outcome:#?}"
    );
}

/// A file that is refused without need sends a person looking for a fault; one that is accepted
/// without reason keeps a kubelet from starting. `tests/kubelet_client.rs` asks the kubelet's own
/// code.
#[test]
fn odd_files_are_judged_as_a_kubelet_judges_them() {
    let mut refused = 0;
    for odd in odd_files::all() {
        let judged = match KubeletConfig::parse(Some(odd.text.clone())) {
            Ok(_) => "taken",
            Err(why) if why.by_kubelet => "refused",
            Err(_) => "not followed",
        };
        assert_eq!(judged, odd.here, "{}:\n{}", odd.name, odd.text);
        refused += usize::from(odd.kubelet == "refused");
        let is_right = odd.here != "taken" || odd.kubelet == "taken";
        assert!(is_right, "{}", odd.name);
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn options_put_no_secret_into_the_file() {
    let sandbox = Sandbox::new();
    for (variable, why) in [
        (format!("HUAWEICLOUD_SDK_SK={SK}"), "not for secrets"),
        ("HW_AUTH_TOKEN=marked".to_owned(), "not for secrets"),
        ("HW_USER_PASSWORD=marked".to_owned(), "not for secrets"),
        ("no-name=x".to_owned(), "NAME=VALUE"),
        ("NAME".to_owned(), "NAME=VALUE"),
        ("=x".to_owned(), "NAME=VALUE"),
    ] {
        let outcome = sandbox.run(&["configure", "--kubelet", "--env", &variable], "");
        let shown = outcome.fails();
        assert!(
            shown.contains(why) && !shown.contains(SK) && !shown.contains("marked"),
            "{outcome:#?}"
        );
    }
    for wrong in [
        &["configure", "--kubelet", "--remove"][..],
        &[
            "configure",
            "--token-audience",
            "a",
            "--region",
            "cn-north-4",
        ],
        &["configure", "--kubelet", "--podman"],
    ] {
        sandbox.run(wrong, "").fails();
    }
}

// -- the documentation ----------------------------------------------------------------------------

#[test]
fn the_installers_configuration_is_what_configure_prints() {
    let text = include_str!("../docs/kubernetes/node-installer.yaml");
    let (_, rest) = text.split_once("  credential-provider.yaml: |\n").unwrap();
    let (block, _) = rest.split_once("---\n").unwrap();
    let block: String = block
        .lines()
        .map(|line| format!("{}\n", &line[4..]))
        .collect();
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["configure", "--kubelet"], "").ok(), block);
}

#[test]
fn the_documented_commands_work() {
    let sandbox = Sandbox::new();
    let file = sandbox.path("node.yaml").display().to_string();
    let text = include_str!("../docs/kubernetes.md").replace("\\\n", " ");
    let commands = text.lines().map(str::trim);
    let commands = commands.filter_map(|line| {
        let (program, rest) = line.split_once("docker-credential-swr configure ")?;
        (program.is_empty() || program.starts_with('/')).then_some(rest)
    });
    let mut tried = 0;
    for command in commands {
        let words: Vec<&str> = command
            .split_whitespace()
            .map(|word| match word {
                word if word.starts_with('/') || word == "FILE" => &file,
                word => word,
            })
            .collect();
        let arguments: Vec<&str> = ["configure"].into_iter().chain(words).collect();
        sandbox.run(&arguments, "").ok();
        tried += 1;
    }
    assert!(tried >= 4, "{tried}");
    let provider = only(&fs::read_to_string(&file).unwrap());
    assert!(provider.token.is_some());
    let named = |name: &str| provider.env.iter().any(|(other, _)| other == name);
    assert!(named("HUAWEICLOUD_SDK_SK_FILE") && named("DOCKER_CREDENTIAL_SWR_POD_PROVIDER_URN"));
}

// -- doctor ---------------------------------------------------------------------------------------

#[test]
fn a_configured_node_has_no_problems() {
    let node = Doctor::new();
    let outcome = node.run(&[HOST]);
    let shown = outcome.ok();
    for line in [
        "ok       kubelet: a kubelet accepts ",
        "ok       arguments: ",
        "is this program",
        "ok       images: the kubelet asks docker-credential-swr for swr.cn-north-4",
        &format!("cn-north-4@{}", &AK[..4]),
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert!(!shown.contains("failed"), "{shown}");
}

#[test]
fn each_fault_of_a_node_is_reported() {
    for (from, to, why) in [
        (
            "args: [kubelet]",
            "args: [get]",
            "does not answer a kubelet",
        ),
        (
            "name: docker-credential-swr",
            "name: other",
            "does not name docker-credential-swr",
        ),
        (
            "swr.*.myhuaweicloud.com",
            "swr.*.myhuaweicloud.eu",
            "no pattern in `matchImages` matches",
        ),
        (
            "defaultCacheDuration: 1m",
            "defaultCacheDuration: 1",
            "would not start with it",
        ),
        (
            "PROVIDERS, value: environment",
            "PROVIDERS, value: nobody",
            "DOCKER_CREDENTIAL_SWR_PROVIDERS",
        ),
        (
            "HUAWEICLOUD_SDK_SK_FILE",
            "HUAWEICLOUD_SDK_SK_FYLE",
            "HUAWEICLOUD_SDK_SK",
        ),
        (
            "credentialprovider.kubelet.k8s.io/v1",
            "credentialprovider.kubelet.k8s.io/v2",
            "line 5: `apiVersion` is not one of credentialprovider.kubelet.k8s.io",
        ),
        (
            "kubelet.config.k8s.io/v1",
            "kubelet.config.k8s.io/v2",
            "line 1: `apiVersion` is not one of kubelet.config.k8s.io",
        ),
        (
            "swr.*.myhuaweicloud.com",
            "swr.*.myhuaweicloud.com:x",
            "line 6: `matchImages` has a malformed address",
        ),
        ("name: docker-credential-swr", "name: a/b", "line 4: `name`"),
        (
            "name: docker-credential-swr\n  api",
            "api",
            "line 4: `name` is missing",
        ),
        ("  args: [kubelet]\n", "", "does not answer a kubelet"),
        (
            "DOCKER_CREDENTIAL_SWR_PROVIDERS",
            "DOCKER_CREDENTIAL_SWR_SPREAD",
            "DOCKER_CREDENTIAL_SWR_SPREAD is not a number of seconds",
        ),
        (
            "DOCKER_CREDENTIAL_SWR_PROVIDERS",
            "DOCKER_CREDENTIAL_SWR_TIMEOUT",
            "DOCKER_CREDENTIAL_SWR_TIMEOUT is not a number of seconds",
        ),
        (
            "DOCKER_CREDENTIAL_SWR_PROVIDERS",
            "DOCKER_CREDENTIAL_SWR_POD_WITHOUT_AGENCY",
            "is neither `node` nor `refuse`",
        ),
        (
            "DOCKER_CREDENTIAL_SWR_PROVIDERS",
            "DOCKER_CREDENTIAL_SWR_PROVIDER",
            "the variable DOCKER_CREDENTIAL_SWR_PROVIDER is not",
        ),
        (
            "DOCKER_CREDENTIAL_SWR_PROVIDERS",
            "DOCKER_CREDENTIAL_SWR_POD_CLUSTER",
            "does not pass on the token",
        ),
    ] {
        let node = Doctor::new();
        let text = fs::read_to_string(&node.config).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&node.config, text.replace(from, to)).unwrap();
        let outcome = node.run(&[HOST]);
        assert!(outcome.fails().contains(why), "{why}: {outcome:#?}");
    }
    let node = Doctor::new();
    fs::remove_file(node.sandbox.path("bin/docker-credential-swr")).unwrap();
    assert!(node.run(&[HOST]).fails().contains("there is no program"));
    let node = Doctor::new();
    let program = node.sandbox.path("bin/docker-credential-swr");
    fs::remove_file(&program).unwrap();
    fs::copy(helper_binary(), &program).unwrap();
    for (mode, why) in [
        (0o644, "docker-credential-swr is not executable"),
        (0o777, "others can write"),
    ] {
        fs::set_permissions(&program, fs::Permissions::from_mode(mode)).unwrap();
        let shown = node.run(&[HOST]).stdout;
        assert!(shown.contains(why), "{shown}");
    }
    let node = Doctor::new();
    let folder = node.sandbox.path("bin");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(
        node.run(&[HOST])
            .ok()
            .contains("others can write the folder")
    );
    let node = Doctor::new();
    fs::set_permissions(&node.config, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(node.run(&[HOST]).ok().contains("others can write"));
    let node = Doctor::new();
    fs::remove_file(node.sandbox.path("bin/docker-credential-swr")).unwrap();
    symlink("/bin/true", node.sandbox.path("bin/docker-credential-swr")).unwrap();
    assert!(
        node.run(&[HOST])
            .ok()
            .contains("is not this program, or not this version")
    );
}

#[test]
fn what_belongs_to_another_user_is_found() {
    if !rustix::process::geteuid().is_root() {
        return support::skip("only root can give a file to another user");
    }
    for name in ["credential-provider.yaml", "bin"] {
        let node = Doctor::new();
        let path = node.sandbox.path(name);
        assert!(!node.run(&[HOST]).ok().contains("belongs to another user"));
        std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
        let outcome = node.run(&[HOST]);
        let shown = outcome.ok();
        let fault = format!(
            "{} belongs to another user, who can change it\n         hint: sudo chown 0 ",
            path.display()
        );
        assert!(shown.contains(&fault), "{shown}");
    }
}

#[test]
fn settings_that_are_not_on_the_node_are_missed() {
    let node = Doctor::new();
    let path = node.sandbox.path("none.toml").display().to_string();
    let variable =
        format!("  env:\n  - {{name: DOCKER_CREDENTIAL_SWR_CONFIG, value: \"{path}\"}}\n");
    let text = fs::read_to_string(&node.config).unwrap();
    fs::write(&node.config, text.replace("  env:\n", &variable)).unwrap();
    let fault = format!("warning  settings: {path} does not exist, so no settings apply");
    let outcome = node.run(&[HOST]);
    assert!(outcome.ok().contains(&fault), "{outcome:#?}");
}

#[test]
fn what_a_kubelet_takes_and_the_doctor_does_not_follow_is_no_fault() {
    let node = Doctor::new();
    let text = fs::read_to_string(&node.config).unwrap();
    let anchored = text.replace(
        "name: docker-credential-swr",
        "name: &name docker-credential-swr",
    );
    fs::write(&node.config, anchored).unwrap();
    let outcome = node.run(&[HOST]);
    let shown = outcome.ok();
    assert!(
        shown.starts_with("warning  kubelet: cannot check "),
        "{shown}"
    );
    assert!(
        shown.contains("line 4: it has an anchor or a tag"),
        "{shown}"
    );
}

#[test]
fn a_folder_of_configurations_is_read_as_a_kubelet_reads_it() {
    let node = Doctor::new();
    let folder = node.sandbox.path("configs");
    fs::create_dir(&folder).unwrap();
    let mut arguments = node.arguments(&[HOST]);
    arguments[2] = folder.display().to_string();
    let run = || node.run_with(&arguments);
    assert!(run().fails().contains("ends in .json, .yaml or .yml"));
    fs::copy(&node.config, folder.join("b.yaml")).unwrap();
    fs::write(folder.join("a.yml"), OTHER).unwrap();
    fs::write(folder.join("ignored.txt"), "not even YAML: {").unwrap();
    run().ok();
    fs::copy(&node.config, folder.join("c.json")).unwrap();
    assert!(run().fails().contains("two files name the same program"));
}

// -- helpers --------------------------------------------------------------------------------------

/// A node with the program and its configuration.
struct Doctor {
    sandbox: Sandbox,
    config: PathBuf,
}

impl Doctor {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        for (name, text) in [("ak", AK), ("sk", SK)] {
            let path = sandbox.path(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let text = format!(
            "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n\
             - name: docker-credential-swr\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n  \
             matchImages: [\"swr.*.myhuaweicloud.com\"]\n  defaultCacheDuration: 1m\n  args: [kubelet]\n  env:\n  \
             - {{name: DOCKER_CREDENTIAL_SWR_PROVIDERS, value: environment}}\n  \
             - {{name: HUAWEICLOUD_SDK_AK_FILE, value: \"{}\"}}\n  \
             - {{name: HUAWEICLOUD_SDK_SK_FILE, value: \"{}\"}}\n",
            sandbox.path("ak").display(),
            sandbox.path("sk").display()
        );
        let config = file(&sandbox, &text);
        Self { sandbox, config }
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let config = self.config.display().to_string();
        let folder = self.sandbox.path("bin").display().to_string();
        let all = ["doctor", "--kubelet", &config, "--bin-dir", &folder];
        all.iter()
            .chain(more)
            .map(|word| (*word).to_owned())
            .collect()
    }

    fn run(&self, more: &[&str]) -> Outcome {
        self.run_with(&self.arguments(more))
    }

    fn run_with(&self, arguments: &[String]) -> Outcome {
        let mut command = self.sandbox.command(helper_binary());
        support::run(command.args(arguments), "", support::SHORT)
    }
}

fn file(sandbox: &Sandbox, text: &str) -> PathBuf {
    let path = sandbox.path("credential-provider.yaml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    path
}

#[track_caller]
fn only(text: &str) -> Provider {
    let config = KubeletConfig::parse(Some(text.to_owned())).unwrap();
    let [provider] = config.providers() else {
        panic!("{text}");
    };
    provider.clone()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
