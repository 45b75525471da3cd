//! `accounts`: the identities that a person stored, and which registries they serve.

use super::{Context, Stdio, print};
use crate::access_key::shortened;
use crate::environment::Environment;
use crate::error::Result;
use crate::identity::Identity;
use crate::registry::CLOUDS;
use crate::store::{Slot, StoredKey};

const DAY: u64 = 24 * 60 * 60;

pub(super) fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let context = Context::for_person(environment, None, stdio)?;
    let mut lines = Vec::new();
    for (slot, record) in context.store.read_all()? {
        let Some(key) = record.key else {
            continue;
        };
        let age = environment.now().saturating_sub(key.stored) / DAY;
        let who = format!("{}, {age} days old", described(&key));
        lines.push(match slot {
            Slot::Account(name) => format!(
                "account `{name}`: {who}, {}\n",
                served(&name, &key, &context)
            ),
            Slot::Registry(address) => format!("registry `{address}`: {who}\n"),
        });
    }
    lines.sort();
    if lines.is_empty() {
        lines.push("nothing is stored\n".to_owned());
    }
    print(stdio, lines.concat().as_bytes())
}

fn described(key: &StoredKey) -> String {
    match &key.identity {
        Identity::User(user) => format!("the IAM user `{}`", user.name),
        Identity::Token(_) => "an IAM token".to_owned(),
        Identity::TemporaryKey(temporary) => {
            format!("the temporary key {}", shortened(&temporary.key.ak))
        }
        Identity::Key(_) | Identity::LoginKey { .. } => shortened(key.identity.name()),
    }
}

fn served(account: &str, key: &StoredKey, context: &Context<'_>) -> String {
    let cloud = key.cloud.as_deref().unwrap_or(CLOUDS[0]);
    let named: Vec<&str> = context.settings.registries_of(account).collect();
    let named = if named.is_empty() {
        String::new()
    } else {
        format!(", named for {}", named.join(", "))
    };
    format!("serves swr.<region>.{cloud}{named}")
}
