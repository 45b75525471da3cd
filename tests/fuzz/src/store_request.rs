//! What `store` reads: what is taken from it is what another JSON parser finds, and what is
//! answered with it can be read again.

use docker_credential_swr::command::protocol::{
    StoreRequest, get_reply, list_reply, parse_store_request,
};
use docker_credential_swr::model::text::has_control;
use serde_json::{Map, Value};

/// Holds for any bytes on stdin.
pub fn holds(input: &[u8]) {
    let request = match parse_store_request(input) {
        Ok(request) => request,
        Err(error) => return super::is_one_line(&error.to_string()),
    };
    let StoreRequest { server_url, login } = &request;
    assert_eq!(server_url.trim(), server_url);
    assert!(!server_url.is_empty() && !has_control(server_url));
    assert!(!login.username.is_empty() && !has_control(&login.username));
    assert!(!login.password.is_empty() && login.username != "<token>");

    is_what_another_parser_finds(input, &request);
    let reply = get_reply(server_url, login);
    is_a_line(&reply);
    let again = parse_store_request(&reply).expect("what `get` answers can be stored");
    assert_eq!(&again.server_url, server_url);
    assert_eq!(&again.login, login);
    let listed = list_reply([(server_url.as_str(), login.username.as_str())]);
    is_a_line(&listed);
    let listed: Map<String, Value> = serde_json::from_slice(&listed).expect("an object");
    assert_eq!(listed[server_url], login.username.as_str());
}

/// Of what is not asked for, that parser also refuses numbers and letters that there are none of.
fn is_what_another_parser_finds(input: &[u8], request: &StoreRequest) {
    let text = std::str::from_utf8(input).expect("UTF-8");
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(text.trim()) else {
        return;
    };
    for (name, found) in [
        ("serverurl", request.server_url.as_str()),
        ("username", &request.login.username),
        ("secret", request.login.password.expose()),
    ] {
        let named = |(key, _): &(&String, &Value)| key.to_ascii_lowercase() == name;
        let mut values = object.iter().filter(named).map(|(_, value)| value.as_str());
        // Of several in different case the last one counts, and their order is lost here.
        if let (Some(value), None) = (values.next(), values.next()) {
            let value = value.expect("a string");
            let value = if name == "serverurl" {
                value.trim()
            } else {
                value
            };
            assert_eq!(value, found);
        }
    }
}

/// Ends in a line feed, and has no other.
fn is_a_line(reply: &[u8]) {
    let end = reply.iter().position(|byte| *byte == b'\n');
    assert_eq!(end, Some(reply.len() - 1));
}
