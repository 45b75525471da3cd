//! The Python with Huawei's signer in it, where there is one.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns a command that runs `tests/standin/<script>`, or skips the test aloud.
///
/// `tests/run.sh` names the Python in `SWR_TEST_PYTHON`; without it the one is taken that
/// `tests/standin/venv.sh target/venv` makes.
pub(crate) fn script(script: &str) -> Option<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = std::env::var_os("SWR_TEST_PYTHON")
        .map_or_else(|| root.join("target/venv/bin/python"), PathBuf::from);
    if !python.is_file() {
        skip(&format!(
            "no Python with Huawei's signer at {}",
            python.display()
        ));
        return None;
    }
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(root.join("tests/standin").join(script));
    Some(command)
}

/// Says aloud, also where the test's output is captured, that it did not run.
fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    // One write, since tests run side by side.
    let line = format!(
        "skipped: {test}: {reason}
"
    );
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    if let Some(path) = std::env::var_os("SWR_TEST_SKIPS") {
        let mut file = std::fs::File::options()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        file.write_all(format!("{test}: {reason}\n").as_bytes())
            .unwrap();
    }
}
