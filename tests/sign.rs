//! The signature against vectors, and against Huawei's own signer.
#![cfg(feature = "cloud")]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs;
use std::path::Path;

use docker_credential_swr::model::access_key::AccessKey;
use docker_credential_swr::model::secret::Secret;
use docker_credential_swr::swr::endpoint::Endpoint;
use docker_credential_swr::swr::request::{Method, Request};
use docker_credential_swr::swr::sign;
use serde::Deserialize;

/// The number of random requests that are compared.
const RANDOM_REQUESTS: &str = "2000";

#[test]
fn every_stage_of_every_vector_matches() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sign");
    let mut vectors = 0;
    for vector in fs::read_dir(folder).unwrap() {
        let vector = vector.unwrap().path();
        if vector.is_dir() {
            let read = |name: &str| fs::read_to_string(vector.join(name)).unwrap();
            let expected = Stages {
                canonical_request: read("canonical-request"),
                string_to_sign: read("string-to-sign"),
                signature: read("signature"),
                authorization: read("authorization"),
            };
            Case::parse(&read("request"), &read("key"))
                .check(&expected, &vector.display().to_string());
            vectors += 1;
        }
    }
    assert_eq!(vectors, 18, "a vector came or went");
}

#[test]
fn random_requests_as_huaweis_signer_signs_them() {
    let Some(mut oracle) = support::python::script("standin/oracle.py") else {
        return;
    };
    let seed = std::process::id().to_string();
    let output = oracle
        .args(["random", &seed, RANDOM_REQUESTS])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (number, line) in String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .enumerate()
    {
        let random: Random = serde_json::from_str(line).unwrap();
        random.case.check(
            &random.expected,
            &format!("seed {seed}, request {number}: {line}"),
        );
    }
}

#[derive(Deserialize)]
struct Random {
    #[serde(flatten)]
    case: Case,
    expected: Stages,
}

#[derive(Deserialize)]
struct Case {
    ak: String,
    sk: String,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: std::collections::BTreeMap<String, String>,
    body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Stages {
    canonical_request: String,
    string_to_sign: String,
    signature: String,
    authorization: String,
}

impl Case {
    /// Reads a request as it is sent, and a key in two lines.
    fn parse(request: &str, key: &str) -> Self {
        let (head, body) = request.split_once("\n\n").unwrap();
        let (line, headers) = head.split_once('\n').unwrap();
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| pair.split_once('=').unwrap());
        let (ak, sk) = key.trim_end().split_once('\n').unwrap();
        Self {
            ak: ak.to_owned(),
            sk: sk.to_owned(),
            method: method.to_owned(),
            path: decode(path),
            query: query
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
            headers: headers
                .lines()
                .map(|header| header.split_once(": ").unwrap())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    /// Signs the request and compares stage by stage, so that the first that differs is named.
    fn check(mut self, expected: &Stages, which: &str) {
        let host = self.headers.remove("Host").unwrap();
        let date = self.headers.remove("X-Sdk-Date").unwrap();
        let token = self.headers.remove("X-Security-Token").map(Secret::new);
        let endpoint = Endpoint::parse(&host).unwrap();
        let method = match &*self.method {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "PUT" => Method::Put,
            other => panic!("method {other}"),
        };
        let mut request = Request::new(method, &endpoint, &self.path);
        request.query = self.query;
        request.headers = self
            .headers
            .into_iter()
            .map(|(name, value)| (name, Secret::new(value)))
            .collect();
        request.body = Secret::new(self.body);
        let key = AccessKey {
            ak: self.ak,
            sk: Secret::new(self.sk),
        };
        sign::sign(&mut request, &key, token.as_ref(), unix(&date));

        let authorization = request.headers.pop().unwrap().1;
        let canonical_request = sign::canonical_request(&request);
        assert_eq!(
            canonical_request.expose(),
            expected.canonical_request,
            "canonical request of {which}"
        );
        let string_to_sign = sign::string_to_sign(&date, &canonical_request);
        assert_eq!(
            string_to_sign, expected.string_to_sign,
            "string to sign of {which}"
        );
        let signature = sign::signature(&key.sk, &string_to_sign);
        assert_eq!(signature, expected.signature, "signature of {which}");
        assert_eq!(
            authorization.expose(),
            expected.authorization,
            "authorization of {which}"
        );
    }
}

/// Reads `20260102T030405Z` with the program's own parser of another form.
fn unix(date: &str) -> u64 {
    let part = |from, to| &date[from..to];
    let (date, time) = (
        [part(0, 4), part(4, 6), part(6, 8)].join("-"),
        [part(9, 11), part(11, 13), part(13, 15)].join(":"),
    );
    docker_credential_swr::model::time::parse_iso(&format!("{date}T{time}Z")).unwrap()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}
