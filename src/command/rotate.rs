//! `rotate`: replaces the access key of an account with a new one, wherever it is stored.

use clap::Args;

use super::context::{Context, PERSON_LIMIT, drop_stale};
use super::credential::{KeySource, Old};
use super::error::{Error, Result};
use super::verify::{Verdict, verify};
use super::{credential, served};
use crate::console::stdio::Stdio;
use crate::model::access_key::AccessKey;
use crate::model::chain::Provider;
use crate::model::identity::{Credential, Identity};
use crate::model::login::{Login, Username, login_key};
use crate::model::regions::REGIONS;
use crate::model::registry::Registry;
use crate::model::secret::Secret;
use crate::provider;
use crate::store::{self, Backend, DEFAULT_ACCOUNT, Record, Slot, StoredKey};
use crate::system::environment::Environment;

/// Options of `rotate`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub(crate) source: KeySource,
    /// The account whose access key is replaced
    #[arg(long, value_name = "NAME", default_value = DEFAULT_ACCOUNT)]
    pub(crate) account: String,
    /// The registry to try the new key at [default: one that docker asks this helper for]
    #[arg(long, value_name = "HOST")]
    pub(crate) registry: Option<String>,
    /// Do not try the new key
    #[arg(long, conflicts_with = "registry")]
    pub(crate) offline: bool,
}

/// Replaces the access key of an account.
///
/// # Errors
///
/// [`Error::HalfRotated`] if a slot kept the old key. For all other errors, nothing was changed.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let context = Context::for_person(environment, None, stdio)?;
    let account = Account::load(&options.account, &context)?;
    let deadline = environment.deadline(PERSON_LIMIT)?;
    let old = Some(Old {
        name: &options.account,
        ak: account.old_ak(),
    });
    let given = credential::access_key(&options.source, old, stdio, environment, deadline)?;
    let rotation = Rotation::new(&account.key.identity, given.what.clone());
    let rotation = rotation.ok_or_else(|| nothing_to_rotate(&options.account))?;
    // Everything is known before anything is changed.
    let slots = account.other_slots(&rotation, &context)?;
    let registry = account.registry_to_try(options.registry.as_deref(), &context)?;
    let mut report = String::new();
    if !options.offline {
        report += &account.verified(&given.what, registry.as_ref(), &context)?;
    }
    let done = rotation.run(&account.slot, &slots, &context)?;
    // Nothing is printed before the end, so that a closed pipe cannot stop the rotation half-way.
    report += &done.lines;
    report += &given.warning();
    if done.failed > 0 {
        stdio.report(&report, environment)?;
        return Err(Error::HalfRotated {
            ak: account.old_ak().to_owned(),
            failed: done.failed,
        });
    }
    let registry = registry.or_else(|| account.any_registry(&context));
    let elsewhere = registry.map(|registry| account.elsewhere(&registry, &context));
    report += &rotation.farewell(&elsewhere.unwrap_or_default());
    Ok(stdio.report(&report, environment)?)
}

fn nothing_to_rotate(name: &str) -> Error {
    Error::NothingToRotate {
        name: name.to_owned(),
    }
}

/// An account with a permanent access key.
struct Account {
    name: String,
    slot: Slot,
    key: StoredKey,
}

impl Account {
    fn load(name: &str, context: &Context<'_>) -> Result<Self> {
        let slot = Slot::Account(name.to_owned());
        let key = context.store.read(&slot)?.and_then(|record| record.key);
        match key.filter(|key| key.identity.is_permanent()) {
            Some(key) => Ok(Self {
                name: name.to_owned(),
                slot,
                key,
            }),
            None => Err(nothing_to_rotate(name)),
        }
    }

    fn old_ak(&self) -> &str {
        self.key.identity.name()
    }

    /// Returns the other slots that hold something of the old key.
    fn other_slots(&self, rotation: &Rotation, context: &Context<'_>) -> Result<Vec<Slot>> {
        let records = store::readable(context.store.read_all()?)?;
        let of_the_key = records
            .into_iter()
            .filter(|(slot, record)| *slot != self.slot && rotation.concerns(record));
        let mut slots: Vec<_> = of_the_key.map(|(slot, _)| slot).collect();
        slots.sort();
        Ok(slots)
    }

    /// Returns the registry that was named, else the first one that docker asks this helper for and
    /// that the account serves.
    fn registry_to_try(
        &self,
        named: Option<&str>,
        context: &Context<'_>,
    ) -> Result<Option<Registry>> {
        if let Some(named) = named {
            let registry = context.registry_meant(named)?;
            if !served::serves(&self.name, &self.key, &registry, context) {
                return Err(Error::NotServed {
                    name: self.name.clone(),
                    address: registry.address().to_owned(),
                });
            }
            return Ok(Some(registry));
        }
        let mut routed = served::routed(&self.name, &self.key, context).into_iter();
        Ok(routed.next())
    }

    /// Tries the new key, and returns a line about the result.
    fn verified(
        &self,
        new: &AccessKey,
        registry: Option<&Registry>,
        context: &Context<'_>,
    ) -> Result<String> {
        let unverified = |why| Error::Unverified { why };
        let registry = registry.ok_or_else(|| {
            unverified("docker asks this helper for none of its registries".into())
        })?;
        let settings = context.settings.for_registry(registry)?;
        let key = StoredKey {
            identity: Identity::Key(new.clone()),
            ..self.key.clone()
        };
        match verify(registry, &provider::credential(key, &settings), context) {
            Verdict::Works(line) => Ok(format!("verified: {line}\n")),
            Verdict::Fails(error) => Err(Error::NotTaken {
                why: Box::new(error),
            }),
            Verdict::Unknown(why) => Err(unverified(why)),
        }
    }

    /// Returns a registry of the account's cloud, to see what other providers have for it.
    fn any_registry(&self, context: &Context<'_>) -> Option<Registry> {
        let cloud = self.key.served_cloud();
        let region = REGIONS.iter().find(|region| region.cloud == cloud);
        let region = region.map_or(REGIONS[0].id, |region| region.id);
        context.registry(&format!("swr.{region}.{cloud}")).ok()
    }

    /// Returns the names of the providers outside the store that still have the old key.
    fn elsewhere(&self, registry: &Registry, context: &Context<'_>) -> Vec<&'static str> {
        let Ok(settings) = context.settings.for_registry(registry) else {
            return Vec::new();
        };
        let request = context.request(registry, &settings);
        let has_it = |provider: &Provider| {
            matches!(
                provider::ask(*provider, &request),
                Ok(Some(Credential::Identity { identity, .. })) if identity.name() == self.old_ak()
            )
        };
        [Provider::Environment, Provider::Profile]
            .into_iter()
            .filter(has_it)
            .map(Provider::name)
            .collect()
    }
}

fn is_key_of(key: &StoredKey, ak: &str) -> bool {
    key.identity.is_permanent() && key.identity.name() == ak
}

/// An old key and its replacement.
struct Rotation {
    old_ak: String,
    old_login_key: Secret,
    new: AccessKey,
    new_login_key: Secret,
}

impl Rotation {
    fn new(old: &Identity, new: AccessKey) -> Option<Self> {
        let (old_ak, old_login_key) = old.login_key()?;
        Some(Self {
            old_ak: old_ak.to_owned(),
            old_login_key,
            new_login_key: login_key(&new.ak, &new.sk),
            new,
        })
    }

    /// Whether the record holds the key, or a login with its AK. A username is `<project>@<AK>`
    /// (source: Huawei's guide).
    fn concerns(&self, record: &Record) -> bool {
        let is_of_ak = |username: &str| {
            Username::parse(username).is_some_and(|username| username.ak == self.old_ak)
        };
        record
            .key
            .as_ref()
            .is_some_and(|key| is_key_of(key, &self.old_ak))
            || record
                .logins
                .iter()
                .any(|plain| is_of_ak(&plain.login.username))
    }

    /// Replaces the key in the account with one write, then in the other slots. If one of those
    /// fails, the others are still changed.
    fn run(&self, account: &Slot, others: &[Slot], context: &Context<'_>) -> Result<Done> {
        let mut done = Done {
            lines: self.replace_in(account, context)?,
            failed: 0,
        };
        for slot in others {
            done.lines += &self.replace_in(slot, context).unwrap_or_else(|error| {
                done.failed += 1;
                format!("not rotated: {}: {error}\n", slot.described())
            });
        }
        Ok(done)
    }

    /// Replaces the key in one slot with one write, and returns lines about it.
    fn replace_in(&self, slot: &Slot, context: &Context<'_>) -> Result<String> {
        let backend = context.store.backend();
        let now = context.environment.now();
        let replaced = store::update(
            &*context.store,
            context.environment,
            context.deadline.renewed(),
            slot,
            |record| self.replace(record, backend, now),
        )?;
        drop_stale(context.environment, slot, context.deadline.renewed());
        let mut lines = String::new();
        if replaced.anything {
            lines += &format!("rotated: {}\n", slot.described());
        }
        for server_url in &replaced.left {
            lines += &format!(
                "note: a temporary login for `{server_url}` is unchanged; it will expire\n"
            );
        }
        Ok(lines)
    }

    /// Replaces the key in a record, and the logins that were derived from it.
    fn replace(&self, record: &mut Record, backend: Backend, now: u64) -> Result<Replaced> {
        let mut replaced = Replaced::default();
        if let Some(key) = record.key.take_if(|key| is_key_of(key, &self.old_ak)) {
            let key = StoredKey {
                identity: Identity::Key(self.new.clone()),
                stored: now,
                ..key
            };
            record.key = Some(key.kept_in(backend)?);
            replaced.anything = true;
        }
        for plain in &mut record.logins {
            let project = match Username::parse(&plain.login.username) {
                Some(username) if username.ak == self.old_ak => username.project.to_owned(),
                _ => continue,
            };
            if plain.login.password != self.old_login_key {
                replaced.left.push(plain.server_url.clone());
                continue;
            }
            plain.login = Login::long_term(&project, &self.new.ak, self.new_login_key.clone());
            plain.stored = now;
            replaced.anything = true;
        }
        Ok(replaced)
    }

    /// Says what to do with the old key.
    fn farewell(&self, elsewhere: &[&str]) -> String {
        let ak = &self.old_ak;
        match elsewhere {
            [] => format!(
                "next: delete the access key {ak} in the console (My Credentials, Access Keys), once no other machine \
                 uses it\n"
            ),
            places => format!(
                "note: the old key is still in the {}; change it there\n\
                 next: then delete the access key {ak} in the console (My Credentials, Access Keys)\n",
                places.join(" and the ")
            ),
        }
    }
}

/// The result for all slots.
struct Done {
    lines: String,
    /// The number of slots that could not be changed.
    failed: usize,
}

/// The result for a record.
#[derive(Debug, Default, PartialEq, Eq)]
struct Replaced {
    anything: bool,
    /// The server URLs of logins that were issued for the old key. They are kept.
    left: Vec<String>,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::settings::Settings;
    use crate::store::{Origin, PlainLogin, StoreError};

    const OLD_AK: &str = "QTWAOYTTINDUT2QVKYUC";
    const NEW_AK: &str = "P0HEQUQ4XBWXY5WD69X0";

    fn key(ak: &str, sk: &str) -> AccessKey {
        AccessKey::checked(ak, sk.into()).expect("a key")
    }

    fn rotation() -> Rotation {
        let old = key(OLD_AK, "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc");
        let new = key(NEW_AK, "3WJuF1oMFSoSJSWKAWrhUVOVWvtAnATAbS61hDVs");
        Rotation::new(&Identity::Key(old), new).expect("both are permanent")
    }

    fn plain(username: &str, password: &str) -> PlainLogin {
        PlainLogin {
            server_url: format!("https://{username}"),
            login: Login {
                username: username.to_owned(),
                password: password.into(),
            },
            stored: 1,
        }
    }

    #[test]
    fn only_entries_of_the_old_key_are_replaced() {
        let rotation = rotation();
        let old_login_key = rotation.old_login_key.expose();
        let mut record = Record {
            key: None,
            logins: vec![
                plain(&format!("cn-north-4@{OLD_AK}"), old_login_key),
                plain(&format!("cn-south-1@{OLD_AK}"), "minted"),
                plain("somebody", "else"),
                plain(&format!("x@{NEW_AK}"), old_login_key),
            ],
        };
        let before = record.clone();
        let replaced = rotation.replace(&mut record, Backend::Keyring, 9);
        let expected = Replaced {
            anything: true,
            left: vec![format!("https://cn-south-1@{OLD_AK}")],
        };
        assert_eq!(replaced.expect("no error"), expected);
        assert_eq!(record.logins[1..], before.logins[1..]);
        let replaced = &record.logins[0];
        assert_eq!(replaced.login.username, format!("cn-north-4@{NEW_AK}"));
        assert_eq!(
            replaced.login.password.expose(),
            "64d157869c2a2403ae2da15594a3b941616d08cd6bbddc747f6405cd18cf974a"
        );
        assert_eq!(
            (replaced.stored, &*replaced.server_url),
            (9, &*before.logins[0].server_url)
        );
    }

    #[test]
    fn rotation_keeps_the_project_and_puts_no_sk_into_the_file() {
        let rotation = rotation();
        for backend in [Backend::Keyring, Backend::File] {
            let stored = |ak: &str| StoredKey {
                identity: Identity::LoginKey {
                    ak: ak.to_owned(),
                    login_key: "any".into(),
                },
                project: Some("cn-north-4_team".into()),
                cloud: Some("myhuaweicloud.com".into()),
                origin: Origin::Protocol,
                stored: 1,
            };
            let mut record = Record {
                key: Some(stored(OLD_AK)),
                logins: Vec::new(),
            };
            rotation.replace(&mut record, backend, 9).expect("replaced");
            let key = record.key.expect("a key");
            let kept = Identity::Key(rotation.new.clone());
            assert_eq!(key.identity == kept, backend == Backend::Keyring);
            let expected = StoredKey {
                identity: key.identity.clone(),
                stored: 9,
                ..stored(NEW_AK)
            };
            assert_eq!(key, expected);
            let mut other = Record {
                key: Some(stored("ANOTHER")),
                logins: Vec::new(),
            };
            let before = other.clone();
            let replaced = rotation.replace(&mut other, backend, 9).expect("no error");
            assert_eq!((replaced, other), (Replaced::default(), before));
        }
    }

    /// A store with the old key in three slots, one of which cannot be written.
    struct Broken {
        slot: &'static str,
    }

    impl store::Store for Broken {
        fn backend(&self) -> Backend {
            Backend::Keyring
        }
        fn read(&self, _: &Slot) -> Result<Option<Record>, StoreError> {
            Ok(Some(Record {
                key: None,
                logins: vec![plain(
                    &format!("cn-north-4@{OLD_AK}"),
                    rotation().old_login_key.expose(),
                )],
            }))
        }
        fn read_all(&self) -> Result<Vec<store::Listed>, StoreError> {
            Ok(Vec::new())
        }
        fn unlock(&self) -> Result<(), StoreError> {
            Ok(())
        }
        fn write(&self, slot: &Slot, _: &Record) -> Result<(), StoreError> {
            match slot.name() == self.slot {
                true => Err(StoreError::KeyringFailed("no".into())),
                false => Ok(()),
            }
        }
        fn check_writable(&self) -> Result<(), StoreError> {
            Ok(())
        }
        fn remove(&self, _: &Slot) -> Result<(), StoreError> {
            Ok(())
        }
    }

    fn run(slot: &'static str) -> Result<Done> {
        let folder = tempfile::tempdir().expect("a folder");
        let environment = Environment::from_variables([
            ("HOME", folder.path()),
            ("XDG_STATE_HOME", folder.path()),
            // The cache of whoever runs the tests must not be touched.
            ("DOCKER_CREDENTIAL_SWR_CACHE", Path::new("off")),
        ]);
        let context = Context {
            environment: &environment,
            settings: Settings::default(),
            store: Box::new(Broken { slot }),
            deadline: environment.deadline(PERSON_LIMIT).expect("a deadline"),
        };
        let slots = ["a.example", "b.example"].map(|host| Slot::Registry(host.into()));
        let account = Slot::Account("default".into());
        rotation().run(&account, &slots, &context)
    }

    #[test]
    fn a_slot_that_fails_does_not_stop_the_others() {
        let done = run("a.example").expect("the account's slot works");
        assert_eq!(done.failed, 1);
        assert_eq!(
            done.lines,
            "rotated: the account `default`\nnot rotated: `a.example`: the keyring failed: no\nrotated: `b.example`\n"
        );
        assert!(run("account/default").is_err());
    }
}
