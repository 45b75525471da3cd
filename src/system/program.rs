//! Finds programs as clients do: by name, in the folders of `PATH`.

use std::path::{Path, PathBuf};

use super::environment::Environment;

/// Returns the file that runs when `name` is called, if there is one.
///
/// Relative folders in `PATH` are ignored: Go, the language of Docker's clients, runs nothing from
/// them.
pub fn find(environment: &Environment, name: &str) -> Option<PathBuf> {
    let file_name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let folders = environment.path("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&file_name))
        .find(|file| file.is_file() && may_run(file))
}

/// Whether this user can run the file.
#[cfg(unix)]
pub fn may_run(file: &Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Whether this user can run the file.
#[cfg(not(unix))]
pub fn may_run(_file: &Path) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn finds_the_first_file_that_can_run() {
        let folder = tempfile::tempdir().unwrap();
        let folders = ["folder", "no-mode", "dangling", "link", "plain"].map(|name| {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        });
        let [a_folder, no_mode, dangling, link, plain] = folders.each_ref();
        fs::create_dir(a_folder.join("helper")).unwrap();
        fs::write(no_mode.join("helper"), "").unwrap();
        symlink("nowhere", dangling.join("helper")).unwrap();
        fs::write(plain.join("helper"), "").unwrap();
        fs::set_permissions(plain.join("helper"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink(plain.join("helper"), link.join("helper")).unwrap();

        let found = |folders: &[PathBuf]| {
            let path = std::env::join_paths(folders).unwrap();
            find(&Environment::from_variables([("PATH", path)]), "helper")
        };
        assert_eq!(found(&folders), Some(link.join("helper")));
        assert_eq!(found(&folders[..3]), None);
        assert_eq!(found(&["".into(), "src".into()]), None);
        assert_eq!(find(&Environment::default(), "helper"), None);
    }
}
