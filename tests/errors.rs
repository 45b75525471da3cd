//! Compares every error and its hint with `tests/data/errors.txt`.
//!
//! After changing a text, write the file again with this command, and review it before you commit:
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
use std::path::PathBuf;
use std::sync::OnceLock;

use docker_credential_swr::command::error::{Error, ImportConflict, OptionError};
use docker_credential_swr::command::kubelet::wire::WireError;
use docker_credential_swr::command::message::hint_on;
use docker_credential_swr::config::docker_config::DockerConfigError;
use docker_credential_swr::config::error::ConfigError;
use docker_credential_swr::config::kubelet_config::Refused;
use docker_credential_swr::console::error::{ConsoleError, InputProblem, Missing};
use docker_credential_swr::login::LoginError;
use docker_credential_swr::model::access_key::Malformed;
use docker_credential_swr::model::authority::AuthorityError;
use docker_credential_swr::model::regions::RegionError;
use docker_credential_swr::model::registry::Refusal;
use docker_credential_swr::provider::{ProfileProblem, ProviderError};
use docker_credential_swr::store::{Daemon, KeyringState, StoreError};
use docker_credential_swr::swr::api::{ApiError, Fault, Need, Skew};
use docker_credential_swr::swr::endpoint::Malformed as MalformedEndpoint;
use docker_credential_swr::swr::transport::TransportError;
use docker_credential_swr::swr::trial::TrialError;
use docker_credential_swr::system::error::SystemError;
use docker_credential_swr::system::platform::Platform::{Linux, MacOs, Windows};

use support::sample::HOST;
use support::told;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/errors.txt");

const HOW: &str = "if it is meant so: `SWR_TEST_WRITE=1 cargo test --test errors` writes tests/data/errors.txt anew";

const AK: &str = "QTWA..KYUC";

/// Returns errors of each variant. A missing variant does not compile, because the match is
/// exhaustive.
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

/// Returns the variant's name of a sample; fails if it is not the expected one.
#[track_caller]
fn named(sample: &impl Debug, variant: &str) -> String {
    let shown = format!("{sample:?}");
    let end = shown.find([' ', '(']).unwrap_or(shown.len());
    assert_eq!(&shown[..end], variant);
    variant.to_owned()
}

#[test]
fn every_error_matches_the_snapshot() {
    let mut shown = String::new();
    for (kind, samples) in everything() {
        writeln!(shown, "## {kind}").unwrap();
        for (variant, error) in samples {
            let text = error.to_string();
            let hint = hint_on(&error, Linux).unwrap_or_default();
            for line in [&text, &hint] {
                assert!(!line.contains('\n') && !line.ends_with('.'), "{line}");
            }
            writeln!(shown, "\n{variant}\n  error: {text}").unwrap();
            if !hint.is_empty() {
                writeln!(shown, "  hint: {hint}").unwrap();
            }
            for (name, platform) in [("macOS", MacOs), ("Windows", Windows)] {
                let there = hint_on(&error, platform).unwrap_or_default();
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

const CONFIG: &str = "/home/you/.docker/config.json";
const CREDENTIALS: &str = "/home/you/.config/docker-credential-swr/credentials";

/// Returns a text that the program really prints, because the source contains it.
#[track_caller]
fn real(text: &'static str) -> &'static str {
    let written = text.replace('\\', "\\\\").replace('"', "\\\"");
    let is_there = sources().iter().any(|source| source.contains(&written));
    assert!(is_there, "nothing in src says: {text}");
    text
}

fn sources() -> &'static [String] {
    static SOURCES: OnceLock<Vec<String>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut folders = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/src").into()];
        let mut sources = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir::<PathBuf>(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => sources.push(fs::read_to_string(path).unwrap()),
                }
            }
        }
        sources
    })
}

fn everything() -> Vec<(&'static str, Vec<(String, Error)>)> {
    vec![
        errors(),
        every! { OptionError, Error::Option;
            Region: [malformed("Beijing", None).into()],
            NoneNamed: [OptionError::NoneNamed],
            KubeletFile: [OptionError::KubeletFile],
            KubeletPart: [OptionError::KubeletPart],
            Env: [OptionError::Env],
            SecretEnv: [OptionError::SecretEnv],
            MixedHosts: [OptionError::MixedHosts],
            AccountName: [OptionError::AccountName],
            TwoClouds: [OptionError::TwoClouds {
                first: "myhuaweicloud.com".into(),
                second: "otc.t-systems.com".into(),
            }],
            ProjectOfNoRegion: [OptionError::ProjectOfNoRegion],
            OneRegistry: [OptionError::OneRegistry],
            Cloud: [OptionError::Cloud],
            Project: [OptionError::Project],
            ProjectElsewhere: [OptionError::ProjectElsewhere {
                address: HOST.into(),
                region: "cn-north-4".into(),
            }],
            TwoLines: [OptionError::TwoLines],
            Expires: [OptionError::Expires],
            NoOptions: [OptionError::NoOptions],
        },
        every! { RegionError, Error::from;
            Malformed: [
                malformed("Beijing", None),
                malformed("swr.example.org", None),
                malformed("Bejing4", Some("cn-north-4")),
            ],
            Elsewhere: [RegionError::Elsewhere { id: "eu-de".into(), cloud: "otc.t-systems.com" }],
            Unknown: [
                RegionError::Unknown { id: "xx-west-7".into(), meant: None },
                RegionError::Unknown { id: "cn-nroth-4".into(), meant: Some("cn-north-4") },
            ],
        },
        every! { ImportConflict, |why| Error::Import { address: HOST.into(), why };
            WouldHideKey: [ImportConflict::WouldHideKey { logout: format!("docker logout {HOST}") }],
            HasAnother: [ImportConflict::HasAnother { host: HOST.into() }],
            NotAsked: [ImportConflict::NotAsked],
            Lost: [ImportConflict::Lost],
            NotUnicode: [ImportConflict::NotUnicode],
            TwoInFile: [ImportConflict::TwoInFile],
            ControlByte: [ImportConflict::ControlByte],
            Other: [ImportConflict::Other(Box::new(Error::TokenUsername))],
        },
        every! { ConsoleError, Error::Console;
            Input: [ConsoleError::Input(InputProblem::TooLong)],
            Answer: [
                ConsoleError::Answer(InputProblem::NotUtf8),
                ConsoleError::Answer(InputProblem::TooLong),
            ],
            NoTerminal: [ConsoleError::NoTerminal(Missing::Ak)],
            Stopped: [ConsoleError::Stopped],
            Output: [ConsoleError::Output(ErrorKind::BrokenPipe)],
        },
        every! { InputProblem, |problem| ConsoleError::Input(problem).into();
            TooLong: [InputProblem::TooLong],
            NotUtf8: [InputProblem::NotUtf8],
            ControlByte: [InputProblem::ControlByte],
            Json: [InputProblem::Json { column: 7 }],
            Unreadable: [InputProblem::Unreadable(ErrorKind::PermissionDenied)],
            Silent: [InputProblem::Silent { seconds: 5 }],
        },
        every! { Missing, |missing| ConsoleError::NoTerminal(missing).into();
            Ak: [Missing::Ak],
            Sk: [Missing::Sk],
            Password: [Missing::Password],
            SecurityToken: [Missing::SecurityToken],
            Answer: [Missing::Answer],
        },
        every! { SystemError, Error::System;
            Variable: [SystemError::variable(
                "DOCKER_CREDENTIAL_SWR_BACKEND",
                real("is neither `keyring` nor `file`"),
            )],
            NoHome: [SystemError::NoHome],
            OthersHome: [SystemError::OthersHome {
                home: "/home/you".into(),
                owner: 1000,
            }],
            File: [SystemError::file("write", CREDENTIALS.as_ref(), ErrorKind::PermissionDenied.into())],
        },
        every! { Refusal, Error::Refused;
            PlainHttp: [Refusal::PlainHttp],
            Scheme: [Refusal::Scheme],
            Byte: [Refusal::Byte(real("an at sign"))],
            Authority: [Refusal::Authority(AuthorityError::Host)],
        },
        every! { AuthorityError, |error| Refusal::Authority(error).into();
            NoHost: [AuthorityError::NoHost],
            Host: [AuthorityError::Host],
            Port: [AuthorityError::Port],
        },
        every! { Malformed, Error::AccessKey;
            Ak: [Malformed::Ak],
            NotAkShape: [Malformed::NotAkShape],
            NoSk: [Malformed::NoSk],
            Sk: [Malformed::Sk],
            Swapped: [Malformed::Swapped],
            Same: [Malformed::Same],
            SkForAk: [Malformed::SkForAk],
            LoginKey: [Malformed::LoginKey],
        },
        every! { ConfigError, Error::from;
            System: [SystemError::NoHome.into()],
            Settings: [ConfigError::Settings {
                path: "/home/you/.config/docker-credential-swr/config.toml".into(),
                line: 2,
                why: real("`backend` must be \"keyring\" or \"file\"").into(),
            }],
            Client: [ConfigError::Client {
                client: "docker",
                path: CONFIG.into(),
                source: DockerConfigError::ByteOrderMark,
            }],
            Kubelet: [ConfigError::Kubelet {
                path: "/etc/kubernetes/credential-provider.yaml".into(),
                source: Refused { line: 3, why: "`name` is missing".into(), by_kubelet: true },
            }],
            Csv: [ConfigError::Csv {
                path: "credentials.csv".into(),
                why: real("it holds no access key"),
            }],
            AccessKey: [ConfigError::AccessKey(Malformed::Ak)],
        },
        store_errors(),
        every! { KeyringState, |state| Error::Store(StoreError::Keyring(state));
            Empty: [KeyringState::Empty],
            Locked: [
                KeyringState::Locked(Daemon::GnomeKeyring),
                KeyringState::Locked(Daemon::KWallet(5)),
                KeyringState::Locked(Daemon::KeePassXc),
                KeyringState::Locked(Daemon::Other),
                KeyringState::Locked(Daemon::Keychain),
            ],
            StillLocked: [
                KeyringState::StillLocked(Daemon::GnomeKeyring),
                KeyringState::StillLocked(Daemon::KeePassXc),
                KeyringState::StillLocked(Daemon::Other),
            ],
            Unconfirmed: [
                KeyringState::Unconfirmed(Daemon::KeePassXc),
                KeyringState::Unconfirmed(Daemon::Other),
            ],
            Denied: [KeyringState::Denied],
            Absent: [
                KeyringState::Absent(real("no D-Bus session bus")),
                KeyringState::Absent(real("this session has no login keychain")),
                KeyringState::Absent(real("Windows keeps no credentials for a session that nobody logged in to with a password")),
            ],
            Dead: [KeyringState::Dead],
            Foreign: [KeyringState::Foreign { owner: 1001 }],
            Address: [KeyringState::Address("DBUS_SESSION_BUS_ADDRESS names no transport".into())],
            Unsupported: [KeyringState::Unsupported("tcp".into())],
            Silent: [KeyringState::Silent { seconds: 5 }],
        },
        docker_config_errors(),
        provider_errors(),
        login_errors(),
        api_errors(),
        transport_errors(),
        every! { TrialError, Error::Trial;
            Address: [TrialError::Address(MalformedEndpoint::Authority(AuthorityError::Host))],
            Transport: [TrialError::Transport(TransportError::Timeout { host: HOST.into() })],
            Unexpected: [TrialError::Unexpected { registry: HOST.into(), status: 502 }],
            Challenge: [TrialError::Challenge(HOST.into())],
        },
        every! { MalformedEndpoint, |why: MalformedEndpoint| LoginError::Endpoint {
                place: "HUAWEICLOUD_SDK_IAM_ENDPOINT".into(),
                why: why.to_string(),
            }.into();
            PlainHttp: [MalformedEndpoint::PlainHttp],
            Scheme: [MalformedEndpoint::Scheme],
            Authority: [MalformedEndpoint::Authority(AuthorityError::Port)],
            Path: [MalformedEndpoint::Path],
            Query: [MalformedEndpoint::Query],
        },
    ]
}

fn malformed(text: &str, meant: Option<&'static str>) -> RegionError {
    RegionError::Malformed {
        text: text.into(),
        meant,
    }
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
        Refused: [Error::Refused(Refusal::PlainHttp)],
        Console: [Error::Console(ConsoleError::Stopped)],
        System: [Error::System(SystemError::NoHome)],
        Config: [Error::Config(ConfigError::Client {
            client: "docker",
            path: CONFIG.into(),
            source: DockerConfigError::ByteOrderMark,
        })],
        Store: [Error::Store(StoreError::NoSecretsInFile)],
        Provider: [Error::Provider(ProviderError::NoAccount {
            address: HOST.into(),
            name: name(),
            named_by: "DOCKER_CREDENTIAL_SWR_ACCOUNT".into(),
        })],
        Login: [Error::Login(LoginError::NoSecretKey)],
        Kubelet: [
            Error::Kubelet(WireError::NoRequest),
            Error::Kubelet(WireError::Json { column: 3 }),
            Error::Kubelet(WireError::Kind),
            Error::Kubelet(WireError::Version),
            Error::Kubelet(WireError::NoImage),
            Error::Kubelet(WireError::TokenTooEarly),
        ],
        NotOnNode: [Error::NotOnNode { address: host() }],
        HasAnotherKey: [Error::HasAnotherKey { address: host() }],
        WouldReplace: [Error::WouldReplace { slot: "the account `work`".into(), ak: AK.into() }],
        OtherSk: [Error::OtherSk { slot: "the account `work`".into(), ak: AK.into() }],
        WouldMove: [Error::WouldMove {
            name: name(),
            from: "myhuaweicloud.com".into(),
            to: "otc.t-systems.com".into(),
        }],
        AccessKey: [Error::AccessKey(Malformed::Ak)],
        OtherAk: [Error::OtherAk { path: "credentials.csv".into() }],
        Import: [Error::Import { address: host(), why: ImportConflict::Lost }],
        NotOnPath: [Error::NotOnPath],
        Option: [Error::Option(OptionError::NoneNamed)],
        LoginRefused: [Error::LoginRefused {
            address: host(),
            status: 401,
            meaning: real("project, access key or login key are wrong, or a temporary login has expired"),
        }],
        AsksForNone: [Error::AsksForNone { address: host() }],
        Trial: [Error::Trial(TrialError::Challenge(host()))],
        NotTaken: [Error::NotTaken { why: Box::new(Error::LoginRefused {
            address: host(),
            status: 401,
            meaning: real("project, access key or login key are wrong, or a temporary login has expired"),
        }) }],
        Unverified: [Error::Unverified {
            why: real("docker asks this helper for none of its registries").into(),
        }],
        NothingToRotate: [Error::NothingToRotate { name: name() }],
        NotServed: [Error::NotServed { name: name(), address: host() }],
        SameKey: [Error::SameKey { name: name(), ak: AK.into() }],
        HalfRotated: [
            Error::HalfRotated { ak: AK.into(), failed: 1 },
            Error::HalfRotated { ak: AK.into(), failed: 2 },
        ],
        WouldForget: [Error::WouldForget { names: "the account `default`".into() }],
        WouldReveal: [Error::WouldReveal],
        Manual: [Error::Manual { folder: "/usr/share/man".into(), kind: ErrorKind::PermissionDenied }],
        Unhealthy: [Error::Unhealthy { failed: 2 }],
    }
}

fn provider_errors() -> (&'static str, Vec<(String, Error)>) {
    let name = || "work".to_owned();
    every! { ProviderError, Error::from;
        NotFound: [ProviderError::NotFound],
        Enterprise: [ProviderError::Enterprise { address: "team-1a2b.swr-pro.myhuaweicloud.com".into() }],
        NoAccount: [ProviderError::NoAccount {
            address: HOST.into(),
            name: name(),
            named_by: "DOCKER_CREDENTIAL_SWR_ACCOUNT".into(),
        }],
        OtherCloud: [ProviderError::OtherCloud {
            name: name(),
            cloud: "otc.t-systems.com".into(),
            address: HOST.into(),
        }],
        Profile: [ProviderError::Profile {
            path: "/home/you/.huaweicloud/credentials".into(),
            why: ProfileProblem::AkAlone,
        }],
        KooCliEncrypted: [ProviderError::KooCliEncrypted {
            path: "/home/you/.hcloud/config.json".into(),
        }],
        Annotation: [ProviderError::Annotation {
            name: "swr.huaweicloud.com/pod-identity",
            why: real("is not `cce`").into(),
        }],
        NoPodAgency: [ProviderError::NoPodAgency],
        NoNodeIdentity: [ProviderError::NoNodeIdentity],
        ServerAgency: [ProviderError::ServerAgency(ApiError::Unreachable(TransportError::Timeout {
            host: "169.254.169.254".into(),
        }))],
        Store: [ProviderError::Store(StoreError::NoSecretsInFile)],
        Login: [ProviderError::Login(LoginError::NoCloud)],
        System: [ProviderError::System(SystemError::NoHome)],
    }
}

fn login_errors() -> (&'static str, Vec<(String, Error)>) {
    let host = || HOST.to_owned();
    every! { LoginError, Error::from;
        NoProject: [LoginError::NoProject { address: "registry.example".into() }],
        NoCloud: [LoginError::NoCloud],
        NoSecretKey: [LoginError::NoSecretKey],
        KeyExpired: [LoginError::KeyExpired { ak: AK.into() }],
        NoApi: [LoginError::NoApi { address: "registry.example".into() }],
        Instance: [LoginError::Instance],
        Endpoint: [LoginError::Endpoint {
            place: real("`api` in the settings").into(),
            why: MalformedEndpoint::Path.to_string(),
        }],
        Api: [LoginError::Api(ApiError::Refused { host: host(), fault: fault(403), needs: None })],
        RefusedBefore: [LoginError::RefusedBefore {
            name: AK.into(),
            said: ApiError::Refused { host: host(), fault: fault(403), needs: None }.to_string(),
        }],
        SkewedBefore: [LoginError::SkewedBefore {
            said: ApiError::ClockSkew { host: host(), skew: Skew::Ahead(1200), fault: fault(401) }.to_string(),
        }],
        TokenAtSts: [LoginError::TokenAtSts],
        NoServerAgency: [LoginError::NoServerAgency],
        HeardBusy: [LoginError::HeardBusy {
            said: ApiError::Throttled { host: host(), fault: fault(429) }.to_string(),
        }],
        System: [LoginError::System(SystemError::NoHome)],
    }
}

fn store_errors() -> (&'static str, Vec<(String, Error)>) {
    every! { StoreError, Error::from;
        Keyring: [StoreError::Keyring(KeyringState::Empty)],
        KeyringFailed: [StoreError::KeyringFailed(real("the item vanished while it was used").into())],
        DamagedRecord: [StoreError::DamagedRecord {
            slot: "the account `work`".into(),
            place: "the keyring".into(),
        }],
        DamagedFile: [StoreError::DamagedFile {
            path: CREDENTIALS.into(),
            why: real("its end is missing"),
        }],
        UnsafeFile: [StoreError::UnsafeFile {
            path: CREDENTIALS.into(),
            why: real("others can read or write it"),
        }],
        ForeignInFile: [StoreError::ForeignInFile { address: "registry.example".into() }],
        NoSecretsInFile: [StoreError::NoSecretsInFile],
        System: [StoreError::System(SystemError::NoHome)],
        Busy: [StoreError::Busy { seconds: 5 }],
    }
}

fn docker_config_errors() -> (&'static str, Vec<(String, Error)>) {
    let wrap = |source| {
        ConfigError::Client {
            client: "docker",
            path: CONFIG.into(),
            source,
        }
        .into()
    };
    every! { DockerConfigError, wrap;
        ByteOrderMark: [DockerConfigError::ByteOrderMark],
        Syntax: [DockerConfigError::Syntax { line: 3, expected: real("a comma or a closing bracket") }],
        TooDeep: [DockerConfigError::TooDeep { line: 3 }],
        NoObject: [DockerConfigError::NoObject { line: 1 }],
        Type: [DockerConfigError::Type { line: 3, field: "auths", wanted: real("an object") }],
    }
}

fn api_errors() -> (&'static str, Vec<(String, Error)>) {
    let host = || "swr-api.cn-north-4.myhuaweicloud.com".to_owned();
    let clock = |skew| ApiError::ClockSkew {
        host: host(),
        skew,
        fault: fault(401),
    };
    every! { ApiError, |error| LoginError::Api(error).into();
        Refused: [
            ApiError::Refused { host: host(), fault: fault(401), needs: None },
            ApiError::Refused { host: host(), fault: fault(403), needs: Some(Need::Action(real("swr::createLoginSecret"))) },
            ApiError::Refused { host: host(), fault: fault(403), needs: Some(Need::Role(real("Agent Operator"))) },
            ApiError::Refused { host: host(), fault: fault(403), needs: Some(Need::Trust(real("sts:agencies:assumeWithOIDC"))) },
        ],
        ClockSkew: [
            clock(Skew::Ahead(1200)),
            clock(Skew::Behind(1200)),
            clock(Skew::Unknown),
        ],
        NotFound: [ApiError::NotFound { host: host(), path: real("/v2/manage/utils/secret").into(), fault: fault(404) }],
        NoProject: [ApiError::NoProject { host: host(), name: "cn-north-4_team".into() }],
        NoInstance: [ApiError::NoInstance { host: host(), address: "registry.example".into() }],
        Url: [ApiError::Url(MalformedEndpoint::PlainHttp)],
        Throttled: [ApiError::Throttled { host: host(), fault: fault(429) }],
        Unavailable: [ApiError::Unavailable { host: host(), fault: fault(503) }],
        Rejected: [ApiError::Rejected { host: host(), fault: fault(400) }],
        Garbage: [ApiError::Garbage { host: host(), why: real("no login for this registry") }],
        Unreachable: [ApiError::Unreachable(TransportError::Timeout { host: host() })],
    }
}

fn transport_errors() -> (&'static str, Vec<(String, Error)>) {
    let host = || "iam.cn-north-4.myhuaweicloud.com".to_owned();
    let why = || real("no connection").to_owned();
    let wrap = |error| LoginError::Api(ApiError::Unreachable(error)).into();
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
