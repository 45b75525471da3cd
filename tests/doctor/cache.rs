//! The cache of temporary logins, and remembered refusals.

use docker_credential_swr::state::notes::{Kind, Notes};

use super::*;

#[test]
fn the_cache_is_off_and_its_folder_missing() {
    let mut sandbox = healthy();
    sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
    assert_eq!(complaints(&sandbox, &[]), (Vec::new(), 0));
    sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "maybe");
    complains(
        &sandbox,
        &[],
        "warning  cache: the variable DOCKER_CREDENTIAL_SWR_CACHE",
        0,
    );
    sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "");
    sandbox.set("XDG_STATE_HOME", sandbox.program().join("no-folder-here"));
    complains(
        &sandbox,
        &[],
        "warning  cache: there is no private folder",
        0,
    );
}

#[test]
fn a_refusal_is_remembered() {
    let sandbox = healthy();
    let folders = [
        ("XDG_STATE_HOME", sandbox.path("state")),
        ("HOME", sandbox.path("home")),
    ];
    let environment = Environment::from_variables(folders);
    let notes = Notes::open(&environment).unwrap();
    let hash = notes.hash(["somebody"]);
    notes.remember(Kind::Refused, &hash, "no such key");
    complains(&sandbox, &[], "warning  cache: an identity was refused ", 0);
    complains(&sandbox, &[], " s: no such key", 0);
}
