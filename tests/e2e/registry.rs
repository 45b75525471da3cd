//! Debian's `docker-registry`, which accepts one login.

use crate::support::daemon::Daemon;
use crate::support::{SHORT, Sandbox, run};
use std::fs;
use std::net::{TcpListener, TcpStream};

/// The command that Huawei Cloud documents for the login key, unchanged; AK and SK are its own
/// variables.
const LOGIN_KEY: &str =
    r#"printf "$AK" | openssl dgst -binary -sha256 -hmac "$SK" | od -An -vtx1 | tr -d ' \n'"#;

/// A registry on the loopback address.
pub(crate) struct Registry {
    /// `127.0.0.1:PORT`, the server that docker is told.
    pub(crate) host: String,
    _daemon: Daemon,
}

impl Registry {
    /// Starts a registry that accepts one username, with the login key of this AK and SK.
    pub(crate) fn start(sandbox: &Sandbox, username: &str, ak: &str, sk: &str) -> Self {
        let htpasswd = sandbox.path("htpasswd");
        fs::write(&htpasswd, htpasswd_line(sandbox, username, ak, sk)).unwrap();
        let host = free_address();
        let configuration = sandbox.path("registry.yml");
        fs::write(
            &configuration,
            format!(
                "version: 0.1\n\
                 storage: {{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}}}\n\
                 http: {{addr: '{host}', secret: test}}\n\
                 auth: {{htpasswd: {{realm: test, path: {}}}}}\n",
                sandbox.path("registry").display(),
                htpasswd.display(),
            ),
        )
        .unwrap();
        let mut command = sandbox.command("docker-registry");
        command.arg("serve").arg(&configuration);
        let daemon = Daemon::start(&command, sandbox.path("registry.log"));
        daemon.wait_until("a registry", || TcpStream::connect(&host).is_ok());
        Registry {
            host,
            _daemon: daemon,
        }
    }
}

/// Returns the login key that Huawei Cloud's command computes.
pub(crate) fn documented_login_key(sandbox: &Sandbox, ak: &str, sk: &str) -> String {
    let mut command = sandbox.command("/bin/sh");
    command.args(["-c", LOGIN_KEY]).env("AK", ak).env("SK", sk);
    run(&mut command, "", SHORT).ok().to_owned()
}

/// The registry accepts only bcrypt, which `htpasswd` makes.
fn htpasswd_line(sandbox: &Sandbox, username: &str, ak: &str, sk: &str) -> String {
    let key = documented_login_key(sandbox, ak, sk);
    let mut command = sandbox.command("htpasswd");
    // The lowest cost, because the registry checks it at every request.
    command.args(["-niB", "-C", "4", username]);
    run(&mut command, key, SHORT).ok().to_owned()
}

/// Returns a loopback address without a listener.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
