//! The regions of the clouds, for people to choose from. The registry's address says which region it is in, so nothing
//! else depends on this list: new regions come, and their IDs do as well.

use crate::registry::CLOUDS;

/// A region that has SWR.
#[derive(Debug)]
pub struct Region {
    /// Its ID, such as `cn-north-4`.
    pub id: &'static str,
    /// What the consoles call it.
    pub place: &'static str,
    /// The cloud that it is a region of.
    pub cloud: &'static str,
}

/// The public regions by Huawei's and Open Telekom Cloud's lists of regions and endpoints.
pub const REGIONS: [Region; 28] = [
    of_huawei("cn-north-4", "Beijing4"),
    of_huawei("cn-north-1", "Beijing1"),
    of_huawei("cn-north-9", "Ulanqab1"),
    of_huawei("cn-east-3", "Shanghai1"),
    of_huawei("cn-east-2", "Shanghai2"),
    of_huawei("cn-east-4", "East2"),
    of_huawei("cn-east-5", "Qingdao"),
    of_huawei("cn-south-1", "Guangzhou"),
    of_huawei("cn-south-2", "Shenzhen"),
    of_huawei("cn-southwest-2", "Guiyang1"),
    of_huawei("ap-southeast-1", "Hong Kong"),
    of_huawei("ap-southeast-2", "Bangkok"),
    of_huawei("ap-southeast-3", "Singapore"),
    of_huawei("ap-southeast-4", "Jakarta"),
    of_huawei("ap-southeast-5", "Manila"),
    of_huawei("af-south-1", "Johannesburg"),
    of_huawei("af-north-1", "Cairo"),
    of_huawei("me-east-1", "Riyadh"),
    of_huawei("ae-ad-1", "Abu Dhabi"),
    of_huawei("tr-west-1", "Istanbul"),
    of_huawei("la-south-2", "Santiago"),
    of_huawei("la-north-2", "Mexico City2"),
    of_huawei("na-mexico-1", "Mexico City1"),
    of_huawei("sa-brazil-1", "Sao Paulo1"),
    of_huawei("sa-peru-1", "Lima1"),
    Region {
        id: "eu-west-101",
        place: "Dublin",
        cloud: CLOUDS[1],
    },
    Region {
        id: "eu-de",
        place: "Germany (OTC)",
        cloud: CLOUDS[2],
    },
    Region {
        id: "eu-nl",
        place: "Netherlands (OTC)",
        cloud: CLOUDS[2],
    },
];

const fn of_huawei(id: &'static str, place: &'static str) -> Region {
    Region {
        id,
        place,
        cloud: CLOUDS[0],
    }
}

/// Returns the cloud of the region `id`; of one that is not listed, Huawei's own.
pub fn cloud_of(id: &str) -> &'static str {
    REGIONS
        .iter()
        .find(|region| region.id == id)
        .map_or(CLOUDS[0], |region| region.cloud)
}

/// Returns the regions of `cloud`, or all, in columns for a terminal of 80.
pub fn in_columns(cloud: Option<&str>) -> String {
    const COLUMNS: usize = 2;
    let cells: Vec<_> = REGIONS
        .iter()
        .filter(|region| cloud.is_none_or(|cloud| region.cloud == cloud))
        .map(|region| format!("{:<17} {}", region.id, region.place))
        .collect();
    let rows = cells.len().div_ceil(COLUMNS);
    let row = |number: usize| {
        let cells: Vec<_> = cells.iter().skip(number).step_by(rows.max(1)).collect();
        let line: String = cells.iter().map(|cell| format!("  {cell:<36}")).collect();
        line.trim_end().to_owned() + "\n"
    };
    (0..rows).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Registry, is_region};

    #[test]
    fn each_region_has_a_registry_of_its_cloud() {
        for region in &REGIONS {
            assert!(is_region(region.id), "{region:?}");
            let registry = Registry::parse(&format!("swr.{}.{}", region.id, region.cloud), &[]);
            assert_eq!(
                registry.expect("an address").swr(),
                Some((region.id, region.cloud))
            );
            assert_eq!(cloud_of(region.id), region.cloud);
        }
        assert_eq!(cloud_of("cn-north-99"), CLOUDS[0]);
    }

    #[test]
    fn columns_hold_each_region_once_and_fit() {
        let columns = in_columns(None);
        for region in &REGIONS {
            let cell = format!("  {:<17} {}", region.id, region.place);
            assert_eq!(columns.matches(&cell).count(), 1, "{columns}");
        }
        assert!(columns.lines().all(|line| line.len() < 80), "{columns}");
        assert_eq!(in_columns(Some(CLOUDS[1])), "  eu-west-101       Dublin\n");
        assert_eq!(in_columns(Some("hcs.example.org")), "");
    }
}
