//! Temporary logins between two runs, in the memory of Credential Manager.

use super::support::cloud::{self, LOGIN, PASSWORD};
use super::support::credentials::{self, Credential};
use super::support::sample::HOST;
use super::support::standin::Standin;

#[test]
fn a_temporary_login_is_kept_in_memory_until_it_is_erased() {
    let (Some(own), Some(standin)) = (credentials::own(), Standin::start()) else {
        return;
    };
    let mut sandbox = cloud::sandbox(&standin);
    sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "on");
    cloud::use_temporary_key(&mut sandbox);
    for _ in 0..2 {
        let said = sandbox.run(&["get"], HOST);
        assert!(said.ok().contains(LOGIN) && said.ok().contains(PASSWORD));
    }
    assert_eq!(standin.requests().len(), 1, "the second is not asked for");
    let found = own.all();
    let [one] = &found[..] else {
        panic!("{found:?}");
    };
    let (target, persistence) = Credential::without_secret(one);
    assert!(target.ends_with(".docker-credential-swr-cache"), "{target}");
    assert_eq!(persistence, "Session");

    sandbox.run(&["erase"], HOST);
    assert!(own.all().is_empty(), "{:?}", own.all());
}
