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
        "docker's configuration (or config.json in $DOCKER_CONFIG), where `configure` sets this helper for each registry.",
    ),
    (
        "~/.config/containers/auth.json",
        "podman's configuration (or $REGISTRY_AUTH_FILE), where `configure --podman` does the same.",
    ),
    (
        "~/.config/docker-credential-swr/config.toml",
        "the optional settings; on macOS under ~/Library/Application Support, on Windows under %LOCALAPPDATA%.",
    ),
    (
        "~/.config/docker-credential-swr/credentials",
        "the file store for hosts without a keyring. It holds login keys and no SK.",
    ),
    (
        "~/.huaweicloud/credentials",
        "the credentials file of Huawei's SDK, which is used if no key is stored.",
    ),
    (
        "~/Downloads/credentials*.csv",
        "files from the console, which `store` and `rotate` offer.",
    ),
];

/// The variables that the helper reads.
const ENVIRONMENT: [(&str, &str); 16] = [
    (
        "DOCKER_CREDENTIAL_SWR_ACCOUNT",
        "the account that serves SWR registries, instead of the one in the settings.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_AGENCY",
        "the agency or agencies to assume, as TOML, for keys that are not stored.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_BACKEND",
        "keyring or file, instead of the one in the settings.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_CACHE",
        "off caches no temporary logins.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE",
        "separates several helpers of one user in the kernel's keyring.",
    ),
    ("DOCKER_CREDENTIAL_SWR_CONFIG", "another settings file."),
    (
        "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT",
        "the address of the metadata service, instead of http://169.254.169.254.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_POD_PROVIDER_URN, DOCKER_CREDENTIAL_SWR_POD_AGENCY_URN, DOCKER_CREDENTIAL_SWR_POD_CLUSTER, DOCKER_CREDENTIAL_SWR_POD_WITHOUT_AGENCY",
        "for a kubelet: the identity that a pod pulls with.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_PROFILE",
        "the section of the credentials file, instead of the one in the settings.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_SPREAD",
        "for a kubelet: each node waits a random time of up to this many seconds before its first call.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_PROVIDERS",
        "the places where a key can come from, in order: registry, environment, default, profile, pod, agency.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_TIMEOUT",
        "the time limit of a run, in seconds.",
    ),
    (
        "DOCKER_CREDENTIAL_SWR_TRACE",
        "a file to which each run appends what it did, to find out why a pull fails; no secrets.",
    ),
    (
        "HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_SECURITY_TOKEN",
        "an access key, as in Huawei's SDK; with _FILE appended, each names a file instead.",
    ),
    (
        "HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR",
        "the proxy, and the trusted certificates.",
    ),
    ("NO_COLOR", "if set, no colours."),
];

/// Writes the page of the program.
pub(super) fn write_program(folder: &Path, program: Command) -> io::Result<()> {
    let examples: Vec<_> = ["store", "doctor", "print"]
        .iter()
        .flat_map(|verb| examples::for_verb(verb).first())
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
    let more = match examples::for_verb(verb.get_name()) {
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
