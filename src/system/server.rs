//! Whose server this machine is.

use std::path::Path;

use super::environment::Environment;
use super::open::{self, Demand};

/// Where Linux shows what the hypervisor wrote on the chassis.
const ASSET_TAG: &str = "/sys/class/dmi/id/chassis_asset_tag";

/// What Huawei Cloud writes there, by which cloud-init knows its servers too.
const HUAWEI_CLOUD: &str = "HUAWEICLOUD";

/// The size of a page, which a file of the kernel claims to have.
const LIMIT: u64 = 4096;

/// Whether this machine is an ECS server of Huawei Cloud, as far as it can tell without asking
/// anybody. Only Linux shows it; elsewhere the answer is no.
pub fn is_of_huawei_cloud(environment: &Environment) -> bool {
    match environment.fixed_server() {
        Some(tag) => tag == HUAWEI_CLOUD,
        None => is_written_on(Path::new(ASSET_TAG)),
    }
}

fn is_written_on(chassis: &Path) -> bool {
    let tag = open::read_text(chassis, LIMIT, Demand::Nothing);
    tag.is_ok_and(|tag| tag.trim() == HUAWEI_CLOUD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_the_chassis_says_whose_server_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let chassis = folder.path().join("chassis_asset_tag");
        for (tag, is_ours) in [
            ("HUAWEICLOUD\n", true),
            ("OpenTelekomCloud\n", false),
            ("\n", false),
            ("HUAWEICLOUD.example\n", false),
        ] {
            std::fs::write(&chassis, tag).expect("written");
            assert_eq!(is_written_on(&chassis), is_ours, "{tag}");
        }
        assert!(!is_written_on(&folder.path().join("none")));
    }

    /// A file of the kernel says that it has a page, and has less.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_of_the_kernel_can_be_read() {
        let file = Path::new("/sys/kernel/notes");
        let limit = 1024 * 1024;
        if file.exists() {
            assert!(open::read(file, limit, Demand::Nothing).is_ok());
        }
        let file = Path::new("/sys/devices/system/cpu/possible");
        let text = open::read_text(file, LIMIT, Demand::Nothing).expect("a kernel with CPUs");
        assert!(text.starts_with('0'), "{}", &*text);
    }
}
