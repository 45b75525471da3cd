//! `--online` at a registry of the test.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use super::*;

/// A registry with two answers: the challenge, and one to the login.
fn registry(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for answer in [
            "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0",
            answer,
        ] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).unwrap();
            let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

#[test]
fn online_says_what_the_registry_answers() {
    for (answer, expected, code) in [
        ("200 OK\r\nContent-Length: 0", "accepts the login", 0),
        (
            "401 Unauthorized\r\nContent-Length: 0",
            "refuses the login (HTTP 401): project, access key or login key",
            1,
        ),
    ] {
        let address = registry(answer);
        let sandbox = Sandbox::new();
        store(
            &sandbox,
            &["--registry", &address, "--project", "cn-north-4"],
        );
        sandbox.run(&["configure", "--registry", &address], "").ok();
        let outcome = sandbox.run(&["doctor", "--online"], "");
        assert!(outcome.stdout.contains(expected), "{outcome:#?}");
        assert_eq!(outcome.code, Some(code), "{outcome:#?}");
    }
}
