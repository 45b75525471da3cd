//! Finds the session bus: the addresses in the environment, in the form of the D-Bus specification
//! ("Server Addresses").
//!
//! The `guid=` of an address is not compared. The owner of the socket tells who listens, and a bus
//! that was restarted at the same address is as good as the one before.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::bus_error::BusError;
use crate::system::environment::Environment;

/// The variable with the addresses of the bus.
const VARIABLE: &str = "DBUS_SESSION_BUS_ADDRESS";

/// A place where the bus may listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A socket in the file system.
    Path(PathBuf),
    /// A socket of Linux's abstract namespace.
    Abstract(Vec<u8>),
    /// A transport that this program does not support, such as `tcp`.
    Unsupported(String),
}

/// Returns the places to try, in order: those of the variable, else the socket in the runtime
/// folder. Returns none if neither is set.
///
/// # Errors
///
/// [`BusError::Address`] if the variable is malformed; [`BusError::Foreign`] if the runtime folder
/// belongs to another user.
pub(super) fn session_bus(environment: &Environment) -> Result<Vec<Place>, BusError> {
    let runtime = runtime_folder(environment)?;
    match environment.path(VARIABLE) {
        Some(address) => {
            let places = parse(address.as_os_str().as_bytes(), runtime.as_deref());
            places.map_err(|why| BusError::Address(format!("{VARIABLE} {why}")))
        }
        None => {
            let bus = runtime.map(|folder| folder.join("bus"));
            Ok(bus
                .filter(|bus| bus.exists())
                .map(Place::Path)
                .into_iter()
                .collect())
        }
    }
}

/// Returns the sockets of the session bus in the file system, whoever owns them.
pub(in crate::store) fn sockets(environment: &Environment) -> Vec<PathBuf> {
    match session_bus(environment) {
        Ok(places) => places
            .into_iter()
            .filter_map(|place| match place {
                Place::Path(path) => Some(path),
                Place::Abstract(_) | Place::Unsupported(_) => None,
            })
            .collect(),
        Err(_) => {
            let folder = environment.path("XDG_RUNTIME_DIR");
            folder
                .map(|folder| folder.join("bus"))
                .into_iter()
                .collect()
        }
    }
}

/// Returns the runtime folder of this user's session, if it can hold a bus.
fn runtime_folder(environment: &Environment) -> Result<Option<PathBuf>, BusError> {
    let user = rustix::process::geteuid().as_raw();
    let named = environment.path("XDG_RUNTIME_DIR");
    let folder = named
        .clone()
        .unwrap_or_else(|| format!("/run/user/{user}").into());
    let Ok(found) = folder.metadata() else {
        return Ok(None);
    };
    if found.uid() == user {
        return Ok(Some(folder));
    }
    // A default folder that belongs to another user, or to another user namespace, is not an error.
    let holds_bus = named.is_some() && folder.join("bus").exists();
    match holds_bus && environment.path(VARIABLE).is_none() {
        true => Err(BusError::Foreign { owner: found.uid() }),
        false => Ok(None),
    }
}

/// Parses a list of addresses. `runtime` is the folder for `unix:runtime=yes`.
fn parse(list: &[u8], runtime: Option<&Path>) -> Result<Vec<Place>, &'static str> {
    list.split(|byte| *byte == b';')
        .filter(|address| !address.is_empty())
        .map(|address| {
            let (transport, pairs) = split_once(address, b':').ok_or("names no transport")?;
            match transport {
                b"unix" => socket(pairs, runtime),
                other => Ok(Place::Unsupported(
                    String::from_utf8_lossy(other).into_owned(),
                )),
            }
        })
        .collect()
}

/// Parses what follows `unix:`.
fn socket(pairs: &[u8], runtime: Option<&Path>) -> Result<Place, &'static str> {
    for pair in pairs.split(|byte| *byte == b',') {
        let (key, value) = split_once(pair, b'=').ok_or("has a key without a value")?;
        let value = unescape(value).ok_or("has a `%` that two hexadecimal digits do not follow")?;
        match (key, runtime) {
            (b"path", _) => return Ok(Place::Path(OsString::from_vec(value).into())),
            (b"abstract", _) => return Ok(Place::Abstract(value)),
            (b"runtime", Some(folder)) if value == b"yes" => {
                return Ok(Place::Path(folder.join("bus")));
            }
            _ => {}
        }
    }
    Err("names no socket to connect to")
}

/// Any byte may stand for itself, although other implementations escape most of them.
fn unescape(value: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => {
                let (digits, behind) = rest.split_at_checked(2)?;
                bytes.push(hex::decode(digits).ok()?[0]);
                rest = behind;
            }
            byte => bytes.push(*byte),
        }
    }
    Some(bytes)
}

fn split_once(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == separator)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(list: &str) -> Result<Vec<Place>, &'static str> {
        parse(list.as_bytes(), Some(Path::new("/run/a,b")))
    }

    fn path(text: &str) -> Place {
        Place::Path(text.into())
    }

    #[test]
    fn an_address_is_read_as_the_specification_has_it() {
        for (list, expected) in [
            ("unix:path=/run/bus", vec![path("/run/bus")]),
            ("unix:path=/a%20b%2cc%3Bd,guid=1f", vec![path("/a b,c;d")]),
            ("unix:guid=1f,path=/run/bus", vec![path("/run/bus")]),
            (
                "unix:abstract=/tmp/dbus%2dX",
                vec![Place::Abstract(b"/tmp/dbus-X".to_vec())],
            ),
            ("unix:runtime=yes", vec![path("/run/a,b/bus")]),
            (
                "tcp:host=127.0.0.1,port=1;unix:path=/b;",
                vec![Place::Unsupported("tcp".into()), path("/b")],
            ),
            ("autolaunch:", vec![Place::Unsupported("autolaunch".into())]),
            ("", vec![]),
        ] {
            assert_eq!(places(list), Ok(expected), "{list}");
        }
    }

    #[test]
    fn an_invalid_address_is_named() {
        for list in [
            "nonsense",
            "unix:",
            "unix:path",
            "unix:path=/%2",
            "unix:path=/%zz",
            "unix:path=/a;nonsense",
            "unix:tmpdir=/tmp",
            "unix:runtime=no",
        ] {
            assert!(places(list).is_err(), "{list}");
        }
    }

    #[test]
    fn the_bus_is_in_the_users_own_runtime_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let environment =
            Environment::from_variables([("XDG_RUNTIME_DIR", folder.path().join("a,b"))]);
        assert_eq!(session_bus(&environment).ok(), Some(vec![]));
        std::fs::create_dir(folder.path().join("a,b")).expect("made");
        assert_eq!(session_bus(&environment).ok(), Some(vec![]));
        std::fs::write(folder.path().join("a,b/bus"), "").expect("written");
        let bus = Place::Path(folder.path().join("a,b/bus"));
        assert_eq!(session_bus(&environment).ok(), Some(vec![bus]));
        if rustix::process::geteuid().is_root() {
            let another = Some(64321);
            std::os::unix::fs::chown(folder.path().join("a,b"), another, None).expect("given away");
            let refused = session_bus(&environment);
            assert!(matches!(refused, Err(BusError::Foreign { .. })));
        }
    }
}
