//! Examples of each verb, for `--help` and the manual.

/// What the example does, and the arguments to type.
pub(super) type Example = (&'static str, &'static str);

/// Returns the examples of a verb.
pub(super) fn for_verb(verb: &str) -> &'static [Example] {
    match verb {
        "store" => &[
            ("Be asked for everything", "store"),
            (
                "Use the key in the file from the console, for two regions",
                "store --region cn-north-4,Shanghai1 --csv credentials.csv",
            ),
            (
                "Keep the login key in a file, on a host without a keyring",
                "store --region cn-north-4 --csv credentials.csv --backend file",
            ),
            (
                "Give a second account the registries of another cloud",
                "store --account otc --region eu-de",
            ),
            (
                "Read the SK from stdin, in a script",
                "store --region cn-north-4 --ak AK --sk-stdin < sk.txt",
            ),
        ],
        "doctor" => &[
            (
                "Look at all registries that docker asks this helper for",
                "doctor",
            ),
            (
                "Try the login for one registry",
                "doctor cn-north-4 --online",
            ),
            (
                "Look at a node of a cluster",
                "doctor --kubelet /etc/kubernetes/credential-provider.yaml --bin-dir /opt/swr cn-north-4",
            ),
        ],
        "unlock" => &[("Open the keyring before docker needs it", "unlock")],
        "accounts" => &[
            ("See what is stored", "accounts"),
            ("Hand it to a program", "accounts --json"),
        ],
        "rotate" => &[
            ("Be asked for the new key", "rotate"),
            (
                "Use the key in the file from the console",
                "rotate --account otc --csv credentials.csv",
            ),
        ],
        "erase" => &[
            ("Forget an account", "erase --account otc"),
            ("Forget everything, in a script", "erase --all --yes"),
        ],
        "configure" => &[
            (
                "Let docker ask this helper in two regions",
                "configure --region cn-north-4,cn-east-3",
            ),
            (
                "Let podman ask it where there is no docker",
                "configure --podman --region cn-north-4",
            ),
            (
                "See which logins would leave config.json for the keyring",
                "configure --import-auths --dry-run",
            ),
            ("Put docker's configuration back", "configure --remove"),
            (
                "Print what a kubelet must be told, for the nodes of a cluster",
                "configure --kubelet > credential-provider.yaml",
            ),
        ],
        "print" => &[
            (
                "Log in a docker that has no helper, on another machine",
                "print cn-north-4 | ssh HOST sh",
            ),
            (
                "Give the password alone to a program",
                "print cn-north-4 --format password | skopeo login --username USER --password-stdin HOST",
            ),
            (
                "Make an imagePullSecret",
                "print cn-north-4 --format kubernetes | kubectl apply -f -",
            ),
        ],
        "get" => &[(
            "Ask for a login as docker does, in bash",
            "get <<< swr.cn-north-4.myhuaweicloud.com",
        )],
        "list" => &[("See which servers docker can log in to", "list")],
        "kubelet" => &[(
            "Ask for a login as a kubelet does, with a CredentialProviderRequest",
            "kubelet < request.json",
        )],
        "completion" => &[(
            "Load it in a running bash",
            "completion bash > swr.bash && . ./swr.bash",
        )],
        "man" => &[(
            "Write the pages where man looks for them",
            "man ~/.local/share/man/man1",
        )],
        _ => &[],
    }
}
