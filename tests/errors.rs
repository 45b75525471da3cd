//! Every error with its hint, as it stands in `tests/data/errors.txt`.
//!
//! After a change of a text this writes the file anew, to be looked at before it is committed:
//!
//! ```sh
//! SWR_TEST_WRITE=1 cargo test --test errors
//! ```
#![cfg(all(feature = "keyring", feature = "cloud", feature = "completion"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fmt::{Debug, Write as _};
use std::fs;
use std::io::ErrorKind;

use docker_credential_swr::access_key::Malformed;
use docker_credential_swr::command::WireError;
use docker_credential_swr::config::kubelet_config::Refused;
use docker_credential_swr::docker_config::DockerConfigError;
use docker_credential_swr::error::{Error, InputProblem};
use docker_credential_swr::platform::Platform::{Linux, MacOs, Windows};
use docker_credential_swr::registry::Refusal;
use docker_credential_swr::store::{Daemon, KeyringState, StoreError};
use docker_credential_swr::swr::api::{ApiError, Fault, Skew};
use docker_credential_swr::swr::endpoint::Malformed as MalformedEndpoint;
use docker_credential_swr::swr::transport::TransportError;
use docker_credential_swr::swr::trial::Untried;

use support::sample::HOST;
use support::told;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/errors.txt");

const HOW: &str = "if it is meant so: `SWR_TEST_WRITE=1 cargo test --test errors` writes tests/data/errors.txt anew";

const AK: &str = "QTWA..KYUC";

/// Returns errors of each variant. One that is left out does not compile: the match has no arm for it.
macro_rules! every {
    ($kind:ident, $wrap:expr; $($variant:ident: [$($sample:expr),+ $(,)?],)+) => {{
        let _ = |error: &$kind| match error {
            $($kind::$variant { .. } => (),)+
        };
        let mut samples: Vec<(String, Error)> = Vec::new();
        $($(
            let sample: $kind = $sample;
            samples.push((named(&sample, stringify!($variant)), $wrap(sample)));
        )+)+
        (stringify!($kind), samples)
    }};
}

/// Returns the name of a sample's variant, which must be the one that it was given for.
#[track_caller]
fn named(sample: &impl Debug, variant: &str) -> String {
    let shown = format!("{sample:?}");
    let end = shown.find([' ', '(']).unwrap_or(shown.len());
    assert_eq!(&shown[..end], variant);
    variant.to_owned()
}

#[test]
fn every_error_is_as_it_stands_there() {
    let mut shown = String::new();
    for (kind, samples) in everything() {
        writeln!(shown, "## {kind}").unwrap();
        for (variant, error) in samples {
            let text = error.to_string();
            let hint = error.hint_on(Linux).unwrap_or_default();
            for line in [&text, &hint] {
                assert!(!line.contains('\n') && !line.ends_with('.'), "{line}");
            }
            writeln!(shown, "\n{variant}\n  error: {text}").unwrap();
            if !hint.is_empty() {
                writeln!(shown, "  hint: {hint}").unwrap();
            }
            for (name, platform) in [("macOS", MacOs), ("Windows", Windows)] {
                let there = error.hint_on(platform).unwrap_or_default();
                if there != hint {
                    writeln!(shown, "  hint on {name}: {there}").unwrap();
                }
            }
        }
        shown.push('\n');
    }
    if told("SWR_TEST_WRITE").is_some() {
        fs::write(SNAPSHOT, &shown).unwrap();
    }
    let expected = fs::read_to_string(SNAPSHOT).unwrap();
    for (line, (shown, expected)) in (1..).zip(shown.lines().zip(expected.lines())) {
        assert_eq!(shown, expected, "line {line}: {HOW}");
    }
    assert_eq!(shown.len(), expected.len(), "{HOW}");
}

fn everything() -> Vec<(&'static str, Vec<(String, Error)>)> {
    vec![
        errors(),
        every! { InputProblem, Error::Input;
            TooLong: [InputProblem::TooLong],
            NotUtf8: [InputProblem::NotUtf8],
            ControlByte: [InputProblem::ControlByte],
            Json: [InputProblem::Json { column: 7 }],
            Unreadable: [InputProblem::Unreadable(ErrorKind::PermissionDenied)],
            Silent: [InputProblem::Silent { seconds: 5 }],
        },
        every! { Refusal, Error::Refused;
            NoHost: [Refusal::NoHost],
            PlainHttp: [Refusal::PlainHttp],
            Scheme: [Refusal::Scheme],
            Byte: [Refusal::Byte("an at sign")],
            Host: [Refusal::Host],
            Port: [Refusal::Port],
        },
        every! { Malformed, Error::AccessKey;
            Ak: [Malformed::Ak],
            Sk: [Malformed::Sk],
            Swapped: [Malformed::Swapped],
            Same: [Malformed::Same],
            LoginKey: [Malformed::LoginKey],
        },
        store_errors(),
        every! { KeyringState, |state| Error::Store(StoreError::Keyring(state));
            Empty: [KeyringState::Empty],
            Locked: [
                KeyringState::Locked(Daemon::GnomeKeyring),
                KeyringState::Locked(Daemon::KWallet(5)),
                KeyringState::Locked(Daemon::KeePassXc),
                KeyringState::Locked(Daemon::Other),
            ],
            Unconfirmed: [
                KeyringState::Unconfirmed(Daemon::KeePassXc),
                KeyringState::Unconfirmed(Daemon::Other),
            ],
            Denied: [KeyringState::Denied],
            Absent: [KeyringState::Absent("there is no D-Bus session bus")],
            Dead: [KeyringState::Dead],
            Foreign: [KeyringState::Foreign { owner: 1001 }],
            Address: [KeyringState::Address("DBUS_SESSION_BUS_ADDRESS names no transport".into())],
            Unsupported: [KeyringState::Unsupported("tcp".into())],
            Silent: [KeyringState::Silent { seconds: 5 }],
        },
        docker_config_errors(),
        api_errors(),
        transport_errors(),
        every! { Untried, Error::Untried;
            Address: [Untried::Address(MalformedEndpoint::Host)],
            Transport: [Untried::Transport(TransportError::Timeout { host: HOST.into() })],
            Unexpected: [Untried::Unexpected { registry: HOST.into(), status: 502 }],
            Challenge: [Untried::Challenge(HOST.into())],
        },
        every! { MalformedEndpoint, |why: MalformedEndpoint| Error::Endpoint {
                place: "HUAWEICLOUD_SDK_IAM_ENDPOINT".into(),
                why: why.to_string(),
            };
            PlainHttp: [MalformedEndpoint::PlainHttp],
            Scheme: [MalformedEndpoint::Scheme],
            Host: [MalformedEndpoint::Host],
            Port: [MalformedEndpoint::Port],
            Path: [MalformedEndpoint::Path],
        },
    ]
}

fn errors() -> (&'static str, Vec<(String, Error)>) {
    let host = || HOST.to_owned();
    let name = || "work".to_owned();
    every! { Error, |error| error;
        NotFound: [Error::NotFound],
        NoServerUrl: [Error::NoServerUrl],
        NoUsername: [Error::NoUsername],
        NoSecret: [Error::NoSecret],
        TokenUsername: [Error::TokenUsername],
        Input: [Error::Input(InputProblem::TooLong)],
        Refused: [Error::Refused(Refusal::PlainHttp)],
        Enterprise: [Error::Enterprise { address: "team-1a2b.swr-pro.myhuaweicloud.com".into() }],
        NoProject: [Error::NoProject { address: "registry.example".into() }],
        NoAccount: [Error::NoAccount { name: name(), named_by: "DOCKER_CREDENTIAL_SWR_ACCOUNT".into() }],
        OtherCloud: [Error::OtherCloud {
            name: name(),
            cloud: "otc.t-systems.com".into(),
            address: host(),
        }],
        Variable: [Error::Variable {
            name: "DOCKER_CREDENTIAL_SWR_BACKEND",
            why: "is neither `keyring` nor `file`".into(),
        }],
        Annotation: [Error::Annotation {
            name: "swr.huaweicloud.com/pod-identity",
            why: "is not `cce`".into(),
        }],
        NoPodAgency: [Error::NoPodAgency],
        NoNodeIdentity: [Error::NoNodeIdentity],
        Kubelet: [
            Error::Kubelet(WireError::NoRequest),
            Error::Kubelet(WireError::Json { column: 3 }),
            Error::Kubelet(WireError::Kind),
            Error::Kubelet(WireError::Version),
            Error::Kubelet(WireError::NoImage),
            Error::Kubelet(WireError::TokenTooEarly),
        ],
        NotOnNode: [Error::NotOnNode { address: host() }],
        KubeletConfig: [Error::KubeletConfig {
            path: "/etc/kubernetes/credential-provider.yaml".into(),
            source: Refused { line: 3, why: "`name` is missing".into() },
        }],
        Profile: [Error::Profile {
            path: "/home/you/.huaweicloud/credentials".into(),
            why: "it is not UTF-8",
        }],
        NoCloud: [Error::NoCloud],
        NoSecretKey: [Error::NoSecretKey],
        KeyExpired: [Error::KeyExpired { ak: AK.into() }],
        NoApi: [Error::NoApi { address: "registry.example".into() }],
        Instance: [Error::Instance],
        Endpoint: [Error::Endpoint { place: "`api`".into(), why: "has a path".into() }],
        Api: [Error::Api(ApiError::Refused { host: host(), fault: fault(403) })],
        ServerAgency: [Error::ServerAgency(ApiError::Unreachable(TransportError::Timeout {
            host: "169.254.169.254".into(),
        }))],
        RefusedBefore: [Error::RefusedBefore { name: AK.into(), said: "no such key".into() }],
        NoHome: [Error::NoHome],
        Settings: [Error::Settings {
            path: "/home/you/.config/docker-credential-swr/config.toml".into(),
            line: 2,
            why: "`colour` is no setting".into(),
        }],
        Store: [Error::Store(StoreError::NoSecretsInFile)],
        HasAnotherKey: [Error::HasAnotherKey { address: host() }],
        WouldMove: [Error::WouldMove {
            name: "work".into(),
            from: "myhuaweicloud.com".into(),
            to: "otc.t-systems.com".into(),
        }],
        WouldReplace: [Error::WouldReplace { slot: "the account `work`".into(), ak: AK.into() }],
        AccessKey: [Error::AccessKey(Malformed::Ak)],
        Csv: [Error::Csv { path: "credentials.csv".into(), why: "it has no line with a key" }],
        File: [Error::File {
            action: "read",
            path: "credentials.csv".into(),
            source: ErrorKind::PermissionDenied.into(),
        }],
        DockerConfig: [Error::DockerConfig {
            client: "docker",
            path: "/home/you/.docker/config.json".into(),
            source: DockerConfigError::ByteOrderMark,
        }],
        Import: [
            Error::Import { address: host(), why: "it is malformed".into(), hint: None },
            Error::Import {
                address: host(),
                why: "another is stored".into(),
                hint: Some(format!("docker-credential-swr erase --registry {HOST}")),
            },
        ],
        NotOnPath: [Error::NotOnPath],
        Option: [Error::Option("`--region` takes the ID of a region, such as cn-north-4".into())],
        NoTerminal: [
            Error::NoTerminal("the AK"),
            Error::NoTerminal("the SK"),
            Error::NoTerminal("the password"),
            Error::NoTerminal("an answer"),
        ],
        Answer: [Error::Answer(InputProblem::NotUtf8), Error::Answer(InputProblem::TooLong)],
        Stopped: [Error::Stopped],
        LoginRefused: [Error::LoginRefused {
            address: host(),
            status: 401,
            meaning: "project, AK or key are wrong",
        }],
        AsksForNone: [Error::AsksForNone { address: host() }],
        Untried: [Error::Untried(Untried::Challenge(host()))],
        Unverified: [Error::Unverified { why: "no registry is known".into() }],
        NothingToRotate: [Error::NothingToRotate { name: name() }],
        NotServed: [Error::NotServed { name: name(), address: host() }],
        SameKey: [Error::SameKey { name: name(), ak: AK.into() }],
        HalfRotated: [Error::HalfRotated { ak: AK.into(), failed: 2 }],
        WouldReveal: [Error::WouldReveal],
        Manual: [Error::Manual { folder: "/usr/share/man".into(), kind: ErrorKind::PermissionDenied }],
        Unhealthy: [Error::Unhealthy { failed: 2 }],
        Output: [Error::Output(ErrorKind::BrokenPipe)],
    }
}

fn store_errors() -> (&'static str, Vec<(String, Error)>) {
    every! { StoreError, Error::Store;
        Keyring: [StoreError::Keyring(KeyringState::Empty)],
        KeyringFailed: [StoreError::KeyringFailed("the collection vanished".into())],
        DamagedRecord: [StoreError::DamagedRecord {
            slot: "the account `work`".into(),
            place: "the keyring".into(),
        }],
        DamagedFile: [StoreError::DamagedFile {
            path: "/home/you/.config/docker-credential-swr/credentials".into(),
            why: "its end is missing",
        }],
        UnsafeFile: [StoreError::UnsafeFile {
            path: "/home/you/.config/docker-credential-swr/credentials".into(),
            why: "others can read it",
        }],
        ForeignInFile: [StoreError::ForeignInFile { address: "registry.example".into() }],
        NoSecretsInFile: [StoreError::NoSecretsInFile],
        File: [StoreError::File {
            action: "write",
            path: "/home/you/.config/docker-credential-swr/credentials".into(),
            source: ErrorKind::PermissionDenied.into(),
        }],
        Busy: [StoreError::Busy { seconds: 5 }],
    }
}

fn docker_config_errors() -> (&'static str, Vec<(String, Error)>) {
    let wrap = |source| Error::DockerConfig {
        client: "docker",
        path: "/home/you/.docker/config.json".into(),
        source,
    };
    every! { DockerConfigError, wrap;
        ByteOrderMark: [DockerConfigError::ByteOrderMark],
        Syntax: [DockerConfigError::Syntax { line: 3, expected: "a comma or `}`" }],
        TooDeep: [DockerConfigError::TooDeep { line: 3 }],
        NoObject: [DockerConfigError::NoObject { line: 1 }],
        Type: [DockerConfigError::Type { line: 3, field: "auths", wanted: "an object" }],
    }
}

fn api_errors() -> (&'static str, Vec<(String, Error)>) {
    let host = || "swr-api.cn-north-4.myhuaweicloud.com".to_owned();
    let clock = |skew| ApiError::ClockSkew {
        host: host(),
        skew,
        fault: fault(401),
    };
    every! { ApiError, Error::Api;
        Refused: [ApiError::Refused { host: host(), fault: fault(401) }],
        ClockSkew: [
            clock(Skew::Ahead(1200)),
            clock(Skew::Behind(1200)),
            clock(Skew::Unknown),
        ],
        NotFound: [ApiError::NotFound { host: host(), path: "/v2/x".into(), fault: fault(404) }],
        NoProject: [ApiError::NoProject { host: host(), name: "cn-north-4_team".into() }],
        Throttled: [ApiError::Throttled { host: host(), fault: fault(429) }],
        Unavailable: [ApiError::Unavailable { host: host(), fault: fault(503) }],
        Rejected: [ApiError::Rejected { host: host(), fault: fault(400) }],
        Garbage: [ApiError::Garbage { host: host(), why: "no login" }],
        Unreachable: [ApiError::Unreachable(TransportError::Timeout { host: host() })],
    }
}

fn transport_errors() -> (&'static str, Vec<(String, Error)>) {
    let host = || "iam.cn-north-4.myhuaweicloud.com".to_owned();
    let why = || "what the other side said".to_owned();
    let wrap = |error| Error::Api(ApiError::Unreachable(error));
    every! { TransportError, wrap;
        Malformed: [TransportError::Malformed { host: host() }],
        Connect: [TransportError::Connect { host: host(), why: why() }],
        Proxy: [TransportError::Proxy { host: host(), why: why() }],
        Tls: [TransportError::Tls { host: host(), why: why() }],
        Timeout: [TransportError::Timeout { host: host() }],
        Broken: [TransportError::Broken { host: host(), why: why() }],
        Garbage: [TransportError::Garbage { host: host(), why: why() }],
    }
}

fn fault(status: u16) -> Fault {
    Fault {
        status,
        code: "APIGW.0301".into(),
        message: "what the service said".into(),
    }
}
