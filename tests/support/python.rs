//! The Python that has Huawei's signer.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{find, skip, told};

/// Returns a command that runs `tests/<script>`, or skips the test aloud.
///
/// `tests/run.sh` installs it and names it in `SWR_TEST_PYTHON`.
pub(crate) fn script(script: &str) -> Option<Command> {
    let python = python();
    if !python.is_file() {
        skip(&format!(
            "no Python with Huawei's signer at {}",
            python.display()
        ));
        return None;
    }
    let mut command = Command::new(python);
    command.arg("-B").arg(root().join("tests").join(script));
    Some(command)
}

/// Returns a program from the folder of that Python, or else from the sandbox's PATH.
pub(crate) fn neighbour(program: &str) -> Option<PathBuf> {
    let beside = python().with_file_name(program);
    beside.is_file().then_some(beside).or_else(|| find(program))
}

fn python() -> PathBuf {
    told("SWR_TEST_PYTHON").map_or_else(|| root().join("target/venv/bin/python"), PathBuf::from)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
