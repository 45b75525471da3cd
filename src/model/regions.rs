//! The regions of the clouds: for people to choose from, and to know whose registry a region's is. A login key is valid
//! for ever, so the cloud of a region that is not listed is never guessed: new ones come, and people name their hosts.

use super::registry::{CLOUDS, is_region};

/// Why a text names no registry of a region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// It cannot be the ID of a region.
    #[error("`{0}` is not the ID of a region")]
    Malformed(String),
    /// It could be one of any cloud.
    #[error("the region `{0}` is not known here, nor is its cloud")]
    Unknown(String),
}

/// A region that has SWR.
#[derive(Debug)]
pub struct Region {
    /// Its ID, such as `cn-north-4`.
    pub id: &'static str,
    /// What the consoles call it; empty for one that is not open to everybody.
    pub place: &'static str,
    /// The cloud that it is a region of.
    pub cloud: &'static str,
}

/// The regions of Huawei's SDK, with the names in Huawei's and Open Telekom Cloud's lists of regions and endpoints. The
/// SDK's eu-west-0 is Flexible Engine's, whose registry has another address.
pub const REGIONS: [Region; 37] = [
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
    of_huawei("cn-north-2", ""),
    of_huawei("cn-north-11", ""),
    of_huawei("cn-north-12", ""),
    of_huawei("cn-south-4", ""),
    of_huawei("cn-southwest-3", ""),
    of_huawei("my-kualalumpur-1", ""),
    of_huawei("ru-moscow-1", ""),
    of_huawei("ru-northwest-2", ""),
    of_huawei("tr-central-201", ""),
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

/// Returns the host of SWR in the region `id` of `cloud`; where none is given, the region must be a listed one.
///
/// # Errors
///
/// [`RegionError`] for what cannot be a region, and for one that is not listed.
pub fn host(id: &str, cloud: Option<&str>) -> Result<String, RegionError> {
    if !is_region(id) {
        return Err(RegionError::Malformed(id.escape_debug().to_string()));
    }
    let listed = || REGIONS.iter().find(|region| region.id == id);
    match cloud.or_else(|| listed().map(|region| region.cloud)) {
        Some(cloud) => Ok(format!("swr.{id}.{cloud}")),
        None => Err(RegionError::Unknown(id.to_owned())),
    }
}

/// Returns the regions of `cloud`, or all, in columns for a terminal of 80.
pub fn in_columns(cloud: Option<&str>) -> String {
    const COLUMNS: usize = 2;
    let cells: Vec<_> = REGIONS
        .iter()
        .filter(|region| !region.place.is_empty())
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
    use crate::model::registry::Registry;

    #[test]
    fn each_region_has_a_registry_of_its_cloud() {
        for region in &REGIONS {
            let host = host(region.id, None).expect("it is listed");
            let registry = Registry::parse(&host, &[]);
            assert_eq!(
                registry.expect("an address").swr(),
                Some((region.id, region.cloud))
            );
        }
        for unknown in ["cn-north-99", "eu-west-0", "Beijing"] {
            assert!(host(unknown, None).is_err(), "{unknown}");
        }
        assert_eq!(
            host("hk-own-1", Some("hcs.example.org")).ok().as_deref(),
            Some("swr.hk-own-1.hcs.example.org")
        );
    }

    #[test]
    fn columns_hold_each_region_once_and_fit() {
        let columns = in_columns(None);
        for region in REGIONS.iter().filter(|region| !region.place.is_empty()) {
            let cell = format!("  {:<17} {}", region.id, region.place);
            assert_eq!(columns.matches(&cell).count(), 1, "{columns}");
        }
        assert!(columns.lines().all(|line| line.len() < 80), "{columns}");
        assert_eq!(in_columns(Some(CLOUDS[1])), "  eu-west-101       Dublin\n");
        assert_eq!(in_columns(Some("hcs.example.org")), "");
    }
}
