//! `store` for people: options, and questions for what they leave out.

use std::io::{self, ErrorKind};

use crate::access_key::{AccessKey, Malformed, is_alphanumeric, shortened};
use crate::command::{Context, NAME, Stdio, cli, get, print};
use crate::credentials_csv;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::protocol;
use crate::registry::{self, CLOUDS, Kind, Registry};
use crate::secret::Secret;
use crate::settings::{self, Settings};
use crate::store::{self, DEFAULT_ACCOUNT, KeyMaterial, Origin, Slot, StoredKey};
use crate::terminal::Terminal;

pub(in crate::command) fn run(
    options: &cli::Store,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    let settings = Settings::load(environment)?.checked()?;
    let wish = Wish::complete(options, stdio, &settings)?;
    let context = Context::for_person(environment, options.backend, stdio)?;
    let now = environment.now();
    let mut approved = Vec::new();
    for slot in wish.slots() {
        let key = wish.key(&slot, now).kept_in(context.store.backend());
        let old = context.store.read(&slot)?.unwrap_or_default().key;
        approve(&slot, old.as_ref(), &key, options, stdio)?;
        approved.push((slot, old, key));
    }
    for (slot, old, key) in approved {
        store::update(
            &*context.store,
            environment,
            context.deadline.renewed(),
            &slot,
            |record| {
                if record.key != old {
                    return Err(would_replace(&slot, record.key.as_ref()));
                }
                // A plain login would hide the key that was just given.
                record.logins.clear();
                let stored = old
                    .filter(|old| is_same(old, &key))
                    .map_or(key.stored, |old| old.stored);
                record.key = Some(StoredKey { stored, ..key });
                Ok(())
            },
        )?;
    }
    remember(options, &wish, &context)?;
    // What was just remembered counts for what is shown.
    let context = Context {
        settings: Settings::load(environment)?.checked()?,
        ..context
    };
    report(&wish, &context, stdio)
}

/// What is to be stored, and for whom.
struct Wish {
    target: Target,
    project: Option<String>,
    key: AccessKey,
}

enum Target {
    Registries(Vec<Registry>),
    Account { name: String, cloud: String },
}

impl Wish {
    /// Takes what the options give and asks for the rest. With the AK given, the rest is the SK.
    fn complete(options: &cli::Store, stdio: &mut Stdio<'_>, settings: &Settings) -> Result<Self> {
        let asks = options.ak.is_none() && options.csv.is_none();
        let mut target = Target::of(options, settings)?;
        let nobody_said = options.registries.is_empty() && options.account.is_none();
        if asks
            && nobody_said
            && let Some(terminal) = &mut stdio.terminal
        {
            let question = "registry (empty: every registry of the account `default`): ";
            let cloud = options.cloud.clone();
            target = ask_until(*terminal, stdio.stderr, question, |host| match host {
                "" => Target::account(None, cloud.as_deref()),
                host => Target::registries(&[host.to_owned()], settings),
            })?;
        }
        let mut project = options.project.clone();
        target.check_project(project.as_deref(), asks && stdio.terminal.is_some())?;
        if asks
            && project.is_none()
            && let Some(terminal) = &mut stdio.terminal
        {
            project = ask_until(
                *terminal,
                stdio.stderr,
                target.project_question(),
                |project| {
                    let project = Some(project.to_owned()).filter(|project| !project.is_empty());
                    target.check_project(project.as_deref(), false)?;
                    Ok(project)
                },
            )?;
        }
        Ok(Self {
            target,
            project,
            key: access_key(options, stdio)?,
        })
    }

    fn slots(&self) -> Vec<Slot> {
        match &self.target {
            Target::Registries(registries) => registries
                .iter()
                .map(|registry| Slot::Registry(registry.address().to_owned()))
                .collect(),
            Target::Account { name, .. } => vec![Slot::Account(name.clone())],
        }
    }

    fn key(&self, slot: &Slot, now: u64) -> StoredKey {
        let cloud = match (&self.target, slot) {
            (Target::Account { cloud, .. }, Slot::Account(_)) => Some(cloud.clone()),
            _ => None,
        };
        StoredKey {
            ak: self.key.ak.clone(),
            material: KeyMaterial::SecretKey(self.key.sk.clone()),
            project: self.project.clone(),
            cloud,
            origin: Origin::Person,
            stored: now,
        }
    }
}

impl Target {
    fn of(options: &cli::Store, settings: &Settings) -> Result<Self> {
        if options.registries.is_empty() {
            Self::account(options.account.as_deref(), options.cloud.as_deref())
        } else {
            Self::registries(&options.registries, settings)
        }
    }

    fn account(name: Option<&str>, cloud: Option<&str>) -> Result<Self> {
        let name = name.unwrap_or(DEFAULT_ACCOUNT);
        let cloud = cloud.unwrap_or(CLOUDS[0]);
        if !registry::is_project(name) {
            return Err(Error::Option(
                "an account's name is letters, digits, `-` and `_`, at most 64".into(),
            ));
        }
        if !registry::is_cloud(cloud) {
            return Err(Error::Option(
                "a cloud is a domain in lower case, such as myhuaweicloud.com".into(),
            ));
        }
        Ok(Self::Account {
            name: name.to_owned(),
            cloud: cloud.to_owned(),
        })
    }

    fn registries(hosts: &[String], settings: &Settings) -> Result<Self> {
        let parse = |host: &String| match Registry::parse(host, &settings.clouds)? {
            registry if matches!(registry.kind(), Kind::Enterprise { .. }) => {
                Err(Error::Enterprise {
                    address: registry.address().to_owned(),
                })
            }
            registry => Ok(registry),
        };
        hosts
            .iter()
            .map(parse)
            .collect::<Result<_>>()
            .map(Self::Registries)
    }

    /// A project must belong to each registry's region; where the address names none, there must be one.
    fn check_project(&self, project: Option<&str>, will_be_asked: bool) -> Result<()> {
        if project.is_some_and(|project| !registry::is_project(project)) {
            return Err(Error::Option(
                "a project is letters, digits, `-` and `_`, at most 64".into(),
            ));
        }
        let Self::Registries(registries) = self else {
            return Ok(());
        };
        for registry in registries {
            let address = registry.address().to_owned();
            match (registry.project([project]), project) {
                (None, _) if will_be_asked => {}
                (None, _) => return Err(Error::NoProject { address }),
                (Some(used), Some(given)) if used != given => {
                    return Err(Error::Option(format!(
                        "the project `{given}` is not of the region of `{address}`: it is `{used}` or `{used}_...`"
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn project_question(&self) -> &'static str {
        match self {
            Self::Registries(registries)
                if registries.iter().any(|registry| registry.swr().is_none()) =>
            {
                "project: "
            }
            _ => "project (empty: the region's own): ",
        }
    }
}

fn access_key(options: &cli::Store, stdio: &mut Stdio<'_>) -> Result<AccessKey> {
    if let Some(path) = &options.csv {
        let key = credentials_csv::read(path)?;
        return match &options.ak {
            Some(ak) if *ak != key.ak => Err(Error::Csv {
                path: path.clone(),
                why: "it holds another AK than `--ak`",
            }),
            _ => Ok(key),
        };
    }
    if options.sk_stdin && stdio.terminal.is_none() {
        let ak = options.ak.as_deref().ok_or(Error::NoTerminal("the AK"))?;
        return Ok(AccessKey::checked(ak, sk_from_stdin(stdio)?)?);
    }
    let missing = if options.ak.is_none() {
        "the AK"
    } else {
        "the SK"
    };
    let terminal = stdio.terminal.as_mut().ok_or(Error::NoTerminal(missing))?;
    loop {
        let ak = match &options.ak {
            Some(ak) => ak.clone(),
            None => ask_until(*terminal, stdio.stderr, "AK (access key ID): ", |ak| {
                if is_alphanumeric(ak) {
                    Ok(ak.to_owned())
                } else {
                    Err(Malformed::Ak.into())
                }
            })?,
        };
        let sk = terminal
            .ask_hidden("SK (secret access key, not shown): ")
            .map_err(stopped)?;
        match AccessKey::checked(&ak, sk) {
            Ok(key) => return Ok(key),
            Err(wrong) if options.ak.is_none() => complain(stdio.stderr, &wrong.into()),
            Err(wrong) => return Err(wrong.into()),
        }
    }
}

fn sk_from_stdin(stdio: &mut Stdio<'_>) -> Result<Secret> {
    let mut stdin = stdio.stdin.take().unwrap_or_else(|| Box::new(io::empty()));
    let input = protocol::read_input(&mut stdin)?;
    let text = std::str::from_utf8(&input).map_err(|_| Malformed::Sk)?;
    Ok(Secret::from(text.trim()))
}

/// Asks until `accept` takes the answer; what it says against one is shown.
fn ask_until<T>(
    terminal: &mut dyn Terminal,
    stderr: &mut dyn io::Write,
    question: &str,
    accept: impl Fn(&str) -> Result<T>,
) -> Result<T> {
    loop {
        let answer = terminal
            .ask(question)
            .map_err(stopped)?
            .ok_or(Error::Stopped)?;
        match accept(&answer) {
            Ok(value) => return Ok(value),
            Err(error) => complain(stderr, &error),
        }
    }
}

fn complain(stderr: &mut dyn io::Write, error: &Error) {
    let hint = error
        .hint()
        .map(|hint| format!(" ({hint})"))
        .unwrap_or_default();
    let _ = writeln!(stderr, "{error}{hint}");
}

fn stopped(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::UnexpectedEof => Error::Stopped,
        _ => Error::NoTerminal("an answer"),
    }
}

/// Lets a key take the place of another one only if a person says so.
fn approve(
    slot: &Slot,
    old: Option<&StoredKey>,
    key: &StoredKey,
    options: &cli::Store,
    stdio: &mut Stdio<'_>,
) -> Result<()> {
    let Some(old) = old.filter(|old| !is_same(old, key)) else {
        return Ok(());
    };
    if options.replace {
        return Ok(());
    }
    let error = would_replace(slot, Some(old));
    let Some(terminal) = &mut stdio.terminal else {
        return Err(error);
    };
    let question = format!("{error}; replace it? [y/N] ");
    let answer = terminal
        .ask(&question)
        .map_err(stopped)?
        .unwrap_or_default();
    if matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(Error::Stopped)
    }
}

fn is_same(old: &StoredKey, new: &StoredKey) -> bool {
    old.ak == new.ak && old.material == new.material
}

fn would_replace(slot: &Slot, old: Option<&StoredKey>) -> Error {
    Error::WouldReplace {
        slot: slot.described(),
        ak: shortened(old.map_or("", |old| &old.ak)),
    }
}

fn remember(options: &cli::Store, wish: &Wish, context: &Context<'_>) -> Result<()> {
    if let Some(backend) = options
        .backend
        .filter(|backend| Some(*backend) != context.settings.backend)
    {
        settings::remember_backend(context.environment, backend)?;
    }
    match &wish.target {
        Target::Account { cloud, .. }
            if !CLOUDS.contains(&cloud.as_str()) && !context.settings.clouds.contains(cloud) =>
        {
            settings::remember_cloud(context.environment, cloud)
        }
        _ => Ok(()),
    }
}

/// Says what was stored, what `get` answers now, and what to do next.
fn report(wish: &Wish, context: &Context<'_>, stdio: &mut Stdio<'_>) -> Result<()> {
    let place = context.store.backend().name();
    let ak = &wish.key.ak;
    let mut lines = String::new();
    let mut hosts = Vec::new();
    match &wish.target {
        Target::Registries(registries) => {
            for registry in registries {
                let login = get::login(context, registry.address())?;
                lines += &format!(
                    "stored in the {place}: docker logs in to `{registry}` as `{}`\n",
                    login.username
                );
                hosts.push(registry.address().to_owned());
            }
        }
        Target::Account { name, cloud } => {
            let project = wish
                .project
                .as_deref()
                .map(|project| format!(" (in its region as `{project}@{ak}`)"));
            let host = format!("swr.<region>.{cloud}");
            lines += &format!(
                "stored in the {place} as the account `{name}`: docker logs in to every `{host}` as `<region>@{ak}`{}\n",
                project.unwrap_or_default()
            );
            hosts.push(host);
        }
    }
    let registries: Vec<_> = hosts
        .iter()
        .map(|host| format!("--registry {host}"))
        .collect();
    lines += &format!(
        "next: `{NAME} configure {}` makes docker ask this helper\n",
        registries.join(" ")
    );
    print(stdio, lines.as_bytes())
}
