//! The profile file of Huawei's SDK: who is taken from it is whole, and is read again when it is
//! written anew.

use docker_credential_swr::model::identity::Identity;
use docker_credential_swr::provider::profile::{Profile, Who, parse};

/// Holds for any text in the file.
pub fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let identity = match parse(text, None) {
        Ok(Some(Profile {
            who: Who::Key(identity),
            agency: None,
            ..
        })) => identity,
        Ok(_) => return,
        Err(why) => return super::is_one_line(&why.to_string()),
    };
    let (key, token) = match &identity {
        Identity::Key(key) => (key, None),
        Identity::TemporaryKey(temporary) => (&temporary.key, Some(&temporary.security_token)),
        other => panic!("{other:?}"),
    };
    for part in [key.ak.as_str(), key.sk.expose()] {
        assert!(part.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !part.is_empty());
        // One value may be made of others.
        assert!(
            text.contains(part) || text.contains('%'),
            "a part that nobody wrote"
        );
    }
    let mut again = format!("[basic]\nak = {}\nsk = {}\n", key.ak, key.sk.expose());
    if let Some(token) = token {
        assert_eq!(token.expose().trim(), token.expose());
        // What else could be in it means something in an INI file, and no token has it.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_.".contains(&byte);
        if !token.expose().bytes().all(is_plain) {
            return;
        }
        again.push_str(&format!("security_token = {}\n", token.expose()));
    }
    let again = parse(&again, None).map(|found| found.map(|found| found.who));
    assert_eq!(again, Ok(Some(Who::Key(identity))));
}
