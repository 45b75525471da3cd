//! The Python with Huawei's signer in it, where there is one.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::skip;

/// Returns a command that runs `tests/standin/<script>`, or skips the test aloud.
///
/// `tests/run.sh` makes it and names it in `SWR_TEST_PYTHON`.
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
