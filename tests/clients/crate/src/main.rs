//! Asks for the login of a registry as programs with the crate `docker_credential` do, and says
//! whose it is.

use docker_credential::{DockerCredential, get_credential};

fn main() {
    let host = std::env::args().nth(1).expect("usage: ask HOST");
    match get_credential(&host) {
        Ok(DockerCredential::UsernamePassword(username, _)) => println!("{username}"),
        Ok(DockerCredential::IdentityToken(_)) => println!("a token"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
