//! A user with an account and some stored logins; the library runs inside the test process.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::time::Duration;

use docker_credential_swr::command::error::Result;
use docker_credential_swr::command::message::for_docker;
use docker_credential_swr::command::protocol;
use docker_credential_swr::config::settings::Settings;
use docker_credential_swr::console::input::read_input;
use docker_credential_swr::console::screen::Screen;
use docker_credential_swr::login;
use docker_credential_swr::login::Request;
use docker_credential_swr::model::chain::CHAIN;
use docker_credential_swr::model::login::Login;
use docker_credential_swr::model::registry::Registry;
use docker_credential_swr::provider;
use docker_credential_swr::store::{
    self, Backend, Listed, Patience, Record, Slot, Store, StoreError,
};
use docker_credential_swr::system::{deadline::Deadline, environment::Environment};
use docker_credential_swr::{cli::run_with, console::stdio::Stdio};
use serde_json::{Value, json};

use super::rule::{Place, STORED};
use super::support::sample::{AK, LOGIN_KEY, SK};

pub(super) struct World {
    /// The cloud that the account serves.
    pub(super) cloud: &'static str,
    environment: Environment,
    settings: Settings,
    store: Memory,
    deadline: Deadline,
    _folder: tempfile::TempDir,
}

pub(super) struct Answer {
    pub(super) secret: Option<String>,
    /// The line that was printed instead of a secret.
    pub(super) line: String,
}

impl World {
    pub(super) fn with_account(cloud: &'static str) -> Self {
        Self::new(cloud, "default")
    }

    /// The same, where a variable names the account.
    pub(super) fn with_named_account(cloud: &'static str) -> Self {
        Self::new(cloud, "work")
    }

    fn new(cloud: &'static str, account: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("docker-credential-swr/config.toml");
        fs::create_dir(settings.parent().unwrap()).unwrap();
        // The file store keeps only what the settings name.
        let named = STORED.map(|host| format!("[registry.\"{host}\"]\nlogin = \"long-term\"\n"));
        fs::write(settings, format!("backend = \"file\"\n{}", named.concat())).unwrap();
        let variable = match account {
            "default" => "",
            named => named,
        };
        let environment = Environment::from_variables([
            ("XDG_CONFIG_HOME", folder.path()),
            ("TMPDIR", folder.path()),
            ("DOCKER_CREDENTIAL_SWR_ACCOUNT", variable.as_ref()),
        ]);
        let deadline = environment.deadline(Duration::from_secs(3600)).unwrap();
        let mut world = Self {
            cloud,
            settings: Settings::load(&environment).unwrap(),
            store: Memory::default(),
            environment,
            deadline,
            _folder: folder,
        };
        let key = ["--cloud", cloud, "--ak", AK, "--sk-stdin"];
        let store = [&["store", "--account", account], &key[..]].concat();
        assert_eq!(world.run(&store, SK.as_bytes()).0, 0);
        for host in STORED {
            let login = json!({"ServerURL": host, "Username": "user", "Secret": password_of(host)});
            let (code, said) = world.run(&["store"], login.to_string().as_bytes());
            assert_eq!((code, said.as_str()), (0, ""));
        }
        world.store = Memory::of(&world.environment, deadline);
        world
    }

    /// Returns what the way of a `get` from its bytes to its login gives, with settings and records
    /// in memory: one million cases are no time to read files in.
    pub(super) fn get_in_memory(&self, stdin: &[u8]) -> Answer {
        match self.login(stdin) {
            Ok(login) => Answer {
                secret: Some(login.password.expose().to_owned()),
                line: String::new(),
            },
            Err(error) => Answer {
                secret: None,
                line: for_docker(&error),
            },
        }
    }

    fn login(&self, mut stdin: &[u8]) -> Result<Login> {
        let input = read_input(&mut stdin)?;
        let server_url = protocol::parse_server_url(&input)?;
        let registry = Registry::parse(server_url, &self.settings.clouds)?;
        let settings = self.settings.for_registry(&registry)?;
        let request = Request {
            registry: &registry,
            settings: &settings,
            environment: &self.environment,
            store: &self.store,
            deadline: self.deadline,
        };
        let credential = provider::find(&request, &CHAIN)?;
        Ok(login::obtain(&request, &credential)?)
    }

    /// Returns the answer of `get` to these bytes; fails unless it is a login or one line.
    pub(super) fn get(&self, stdin: &[u8]) -> Answer {
        let (code, said) = self.run(&["get"], stdin);
        let line = said.strip_suffix('\n').unwrap().to_owned();
        let secret = match code {
            0 => {
                let reply: Value = serde_json::from_str(&line).unwrap();
                Some(reply["Secret"].as_str().unwrap().to_owned())
            }
            _ => None,
        };
        assert!(code <= 1 && !line.contains('\n'), "{code}: {said}");
        Answer { secret, line }
    }

    /// Returns the secret that is stored for `place`.
    pub(super) fn secret_of(&self, place: &Place) -> &'static str {
        match place {
            Place::Account => LOGIN_KEY,
            Place::Stored(host) => password_of(host),
        }
    }

    pub(super) fn shows_secret(&self, line: &str) -> bool {
        STORED
            .into_iter()
            .map(password_of)
            .chain([LOGIN_KEY, SK])
            .any(|secret| line.contains(secret))
    }

    fn run(&self, arguments: &[&str], stdin: &[u8]) -> (u8, String) {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut stdio = Stdio {
            stdin: Some(Box::new(Cursor::new(stdin.to_owned()))),
            stdout: &mut stdout,
            stdout_screen: Screen::NONE,
            stderr_screen: Screen::NONE,
            stderr: &mut stderr,
            terminal: None,
        };
        let code = run_with(&arguments, &mut stdio, &self.environment);
        assert_eq!(String::from_utf8_lossy(&stderr), "");
        (code, String::from_utf8(stdout).unwrap())
    }
}

/// The records of the file store, read once.
#[derive(Default)]
struct Memory(BTreeMap<Slot, Record>);

impl Memory {
    fn of(environment: &Environment, deadline: Deadline) -> Self {
        let file = store::open(Backend::File, environment, deadline, Patience::OfTheVerb).unwrap();
        Self(
            store::readable(file.read_all().unwrap())
                .unwrap()
                .into_iter()
                .collect(),
        )
    }
}

impl Store for Memory {
    fn backend(&self) -> Backend {
        Backend::File
    }

    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError> {
        Ok(self.0.get(slot).cloned())
    }

    fn unlock(&self) -> Result<(), StoreError> {
        unreachable!("the file store has no lock")
    }

    fn read_all(&self) -> Result<Vec<Listed>, StoreError> {
        unreachable!("a `get` looks at one slot")
    }

    fn write(&self, _slot: &Slot, _record: &Record) -> Result<(), StoreError> {
        unreachable!("a `get` writes nothing")
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        unreachable!("a `get` writes nothing")
    }

    fn remove(&self, _slot: &Slot) -> Result<(), StoreError> {
        unreachable!("a `get` removes nothing")
    }
}

fn password_of(host: &str) -> &'static str {
    const PASSWORDS: [&str; 5] = [
        "password-of-example",
        "password-of-localhost",
        "password-of-an-address",
        "password-of-ap-southeast",
        "password-of-eu-de",
    ];
    let at = STORED.into_iter().position(|stored| stored == host);
    PASSWORDS[at.unwrap()]
}
