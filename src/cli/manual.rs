//! The manual pages: what clap knows about a verb, then examples, files and variables.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::examples;
use crate::command::NAME;

/// The files that the helper reads and writes.
const FILES: [(&str, &str); 6] = [
    (
        "~/.docker/config.json",
        "docker's configuration, or that in $DOCKER_CONFIG: `configure` names this helper there for each registry.",
    ),
    (
        "~/.config/containers/auth.json",
        "podman's, or $REGISTRY_AUTH_FILE: `configure --podman` does the same there.",
    ),
    (
        "~/.config/docker-credential-swr/config.toml",
        "the settings, which need not be there; on macOS below ~/Library/Application Support, on Windows below %APPDATA%.",
    ),
    (
        "~/.config/docker-credential-swr/credentials",
        "the file store: login keys and no SK, for hosts without a keyring.",
    ),
    (
        "~/.huaweicloud/credentials",
        "the profile of Huawei's SDK, from which a key is taken where none is stored.",
    ),
    (
        "~/Downloads/credentials*.csv",
        "what the console handed out; `store` and `rotate` offer them.",
    ),
];

/// The variables that the helper reads.
const ENVIRONMENT: [(&str, &str); 16] = [
    (
        "DOCKER_CREDENTIAL_SWR_ACCOUNT",
        "the account that serves SWR's registries, in place of the settings'.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_AGENCY",
        "the agency or agencies to assume, as TOML, for keys that are not stored.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_BACKEND",
        "keyring or file, in place of the settings'.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_CACHE",
        "off keeps no temporary logins.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE",
        "keeps several helpers of one user apart in the kernel's keyring.",
    ),
    ("DOCKER_CREDENTIAL_SWR_CONFIG", "another settings file."),
    (
        "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT",
        "another metadata service than http://169.254.169.254.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_POD_PROVIDER_URN, DOCKER_CREDENTIAL_SWR_POD_AGENCY_URN, DOCKER_CREDENTIAL_SWR_POD_CLUSTER, DOCKER_CREDENTIAL_SWR_POD_WITHOUT_AGENCY",
        "as whom a pod pulls, for a kubelet.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_PROFILE",
        "the section of the profile file, in place of the settings'.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_SPREAD",
        "for a kubelet: the seconds, of which each node waits for a random part before its first call.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_PROVIDERS",
        "where a key may come from, in order: registry, environment, default, profile, agency.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_TIMEOUT",
        "the deadline of a run in seconds.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_TRACE",
        "a file that each run adds to, for you to see why a pull fails; no secrets.",
    ),
    (
        "HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_SECURITY_TOKEN",
        "an access key, as Huawei's SDK takes it; each with _FILE behind it names a file.",
    ),
    (
        "HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR",
        "the way to the network, and the certificates that are trusted there.",
    ),
    ("NO_COLOR", "anything in it: no colours."),
];

/// Writes the page of the program.
pub(super) fn write_program(folder: &Path, program: Command) -> io::Result<()> {
    let examples: Vec<_> = ["store", "doctor", "print"]
        .iter()
        .flat_map(|verb| examples::of(verb).first())
        .copied()
        .collect();
    let mut more = section("EXAMPLES", &typed(&examples));
    more.extend([
        section("FILES", &FILES),
        section("ENVIRONMENT", &ENVIRONMENT),
    ]);
    write(folder, program, &more)
}

/// Writes the page of one verb.
pub(super) fn write_verb(folder: &Path, verb: &Command) -> io::Result<()> {
    let more = match examples::of(verb.get_name()) {
        [] => Roff::new(),
        examples => section("EXAMPLES", &typed(examples)),
    };
    write(folder, verb.clone(), &more)
}

fn write(folder: &Path, command: Command, more: &Roff) -> io::Result<()> {
    let page = Man::new(command);
    let mut text = Vec::new();
    page.render(&mut text)?;
    more.to_writer(&mut text)?;
    let mut file = fs::File::create(folder.join(page.get_filename()))?;
    file.write_all(&text)
}

/// Returns the commands to type, each with its purpose.
fn typed(examples: &[(&'static str, &'static str)]) -> Vec<(String, &'static str)> {
    let line =
        |(wanted, typed): &(&'static str, &'static str)| (format!("{NAME} {typed}"), *wanted);
    examples.iter().map(line).collect()
}

/// Returns a section of tagged paragraphs.
fn section(title: &str, items: &[(impl AsRef<str>, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (tag, text) in items {
        roff.control("TP", []);
        roff.text([bold(tag.as_ref())]);
        roff.text([roman(*text)]);
    }
    roff
}
