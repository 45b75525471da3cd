//! The regions that people can choose from, and the cloud that each belongs to. The cloud of an
//! unknown region is never guessed, because a login key is valid forever and must not go to the
//! wrong host.

use super::registry::{CLOUDS, is_region};

/// Why a text does not name a region's registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// It does not have the shape of a region ID.
    #[error("`{text}` is not the ID of a region")]
    Malformed {
        /// The text.
        text: String,
        /// The most similar region ID of the list, if one is similar.
        meant: Option<&'static str>,
    },
    /// It has the shape of a region ID, but nothing says which cloud it belongs to.
    #[error("the region `{id}` is not in the list, so its cloud is unknown")]
    Unknown {
        /// The region ID.
        id: String,
        /// The most similar region ID of the list, if one is similar.
        meant: Option<&'static str>,
    },
    /// It is in another cloud than the one that was named.
    #[error("the region `{id}` is in the cloud `{cloud}`")]
    Elsewhere {
        /// The region ID.
        id: String,
        /// The domain of its cloud.
        cloud: &'static str,
    },
}

/// A region that has SWR.
#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    /// Its ID, such as `cn-north-4`.
    pub id: &'static str,
    /// Its name in the consoles; empty for a region that is not open to everybody.
    pub place: &'static str,
    /// The domain of its cloud.
    pub cloud: &'static str,
}

/// The regions of Huawei's SDK, named as in the lists "Regions and Endpoints" of Huawei Cloud and
/// Open Telekom Cloud. The SDK also has eu-west-0, which is left out: it belongs to Flexible
/// Engine, whose registry has another address.
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

impl Region {
    /// Returns the host of the region's registry.
    pub fn host(&self) -> String {
        format!("swr.{}.{}", self.id, self.cloud)
    }

    /// Returns the texts that name the region: its ID and its name in the consoles.
    fn names(&self) -> impl Iterator<Item = String> {
        let place = self.place.split(" (").next().unwrap_or_default();
        [self.id, place]
            .map(squeezed)
            .into_iter()
            .filter(|name| !name.is_empty())
    }
}

/// Returns the listed region that `text` names, by ID or by name and in any case: `cn-north-4`,
/// `Beijing4`, `CN North-Beijing4`.
pub fn find(text: &str) -> Option<&'static Region> {
    // What Huawei's console puts before the name of a place.
    const AREAS: [&str; 11] = [
        "",
        "cnnorth",
        "cneast",
        "cnsouth",
        "cnsouthwest",
        "cn",
        "ap",
        "af",
        "me",
        "tr",
        "la",
    ];
    let text = squeezed(text);
    REGIONS.iter().find(|region| {
        let is_named = |name: String| {
            text.strip_suffix(&*name)
                .is_some_and(|area| AREAS.contains(&area))
        };
        region.names().any(is_named)
    })
}

/// Returns the registry host of the region `text`: a listed one by ID or name, or any region ID in
/// `cloud`.
///
/// # Errors
///
/// [`RegionError`] if `text` is not a region ID, or if it is not listed and no cloud is given.
pub fn host(text: &str, cloud: Option<&str>) -> Result<String, RegionError> {
    let listed = find(text);
    let id = listed.map_or(text, |region| region.id);
    if !is_region(id) {
        return Err(RegionError::Malformed {
            text: text.escape_debug().to_string(),
            meant: nearest(text),
        });
    }
    let own = listed.map(|region| region.cloud);
    match cloud.or(own) {
        // A cloud of somebody's own may have any region.
        Some(given) if own.is_some_and(|own| own != given) && CLOUDS.contains(&given) => {
            Err(RegionError::Elsewhere {
                id: id.to_owned(),
                cloud: own.unwrap_or_default(),
            })
        }
        Some(cloud) => Ok(format!("swr.{id}.{cloud}")),
        None => Err(RegionError::Unknown {
            id: id.to_owned(),
            meant: nearest(text),
        }),
    }
}

/// Whether `word` stands for every listed region.
pub fn is_all(word: &str) -> bool {
    word.eq_ignore_ascii_case("all")
}

/// Returns the registry hosts of the listed regions of `cloud`, by default of Huawei Cloud.
pub fn all(cloud: Option<&str>) -> Vec<String> {
    let cloud = cloud.unwrap_or(CLOUDS[0]);
    let of_cloud = REGIONS.iter().filter(|region| region.cloud == cloud);
    of_cloud.map(Region::host).collect()
}

/// Returns the registry hosts of the regions in a list, each as [`host`] does. The word `all`
/// stands for [`all`] of them.
///
/// # Errors
///
/// As [`host`].
pub fn hosts(words: &[String], cloud: Option<&str>) -> Result<Vec<String>, RegionError> {
    each(words, cloud, |word| host(word, cloud))
}

/// Returns the host that a person means: the registry of the region that `text` names, or else
/// `text` itself. An image may follow after a slash, and stays.
///
/// # Errors
///
/// [`RegionError`] for a single word that resembles a region ID, since no registry has such a name.
pub fn host_meant(text: &str) -> Result<String, RegionError> {
    let end = text.find('/').unwrap_or(text.len());
    let (name, image) = text.split_at(end);
    if let Some(region) = find(name) {
        return Ok(region.host() + image);
    }
    match nearest(name).filter(|_| !name.contains(['.', ':'])) {
        Some(_) => host(name, None),
        None => Ok(text.to_owned()),
    }
}

/// Does the same for each word of a list. The word `all` stands for [`all`] of Huawei Cloud.
///
/// # Errors
///
/// As [`host_meant`].
pub fn hosts_meant(words: &[String]) -> Result<Vec<String>, RegionError> {
    each(words, None, host_meant)
}

fn each(
    words: &[String],
    cloud: Option<&str>,
    host: impl Fn(&str) -> Result<String, RegionError>,
) -> Result<Vec<String>, RegionError> {
    let of = |word: &str| match is_all(word) {
        true => Ok(all(cloud)),
        false => host(word).map(|host| vec![host]),
    };
    let hosts: Result<Vec<_>, _> = named(words).into_iter().map(of).collect();
    Ok(hosts?.concat())
}

/// What separates the words of a list, also on a Chinese keyboard.
pub const COMMAS: [char; 3] = [',', '\u{ff0c}', '\u{3001}'];

/// Returns the words without the blank ones, which a comma too many leaves. A list of nothing else
/// stays as it is: it would mean something else to name nothing.
fn named(words: &[String]) -> Vec<&str> {
    let all = || {
        words
            .iter()
            .flat_map(|word| word.split(COMMAS))
            .map(str::trim)
    };
    let named: Vec<_> = all().filter(|word| !word.is_empty()).collect();
    match named.is_empty() {
        true => all().collect(),
        false => named,
    }
}

/// Returns the ID of the listed region whose ID or name differs from `text` by at most two letters.
fn nearest(text: &str) -> Option<&'static str> {
    const MOST: usize = 2;
    let text = squeezed(text);
    let names = REGIONS.iter().flat_map(|region| {
        let id = region.id;
        region.names().map(move |name| (id, name))
    });
    names
        .map(|(id, name)| (strsim::osa_distance(&text, &name), id))
        .filter(|(distance, _)| *distance <= MOST)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, id)| id)
}

/// Returns only the letters and digits, in lower case, so that `Hong Kong`, `hong-kong` and
/// `HongKong` are one name.
fn squeezed(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// A region, and the number to choose it by, if it has one.
pub type Choice = (Option<usize>, &'static Region);

/// Returns the listed regions of `cloud`, or of all clouds. Those that are open to everybody have a
/// number, from 1.
pub fn choices(cloud: Option<&str>) -> Vec<Choice> {
    let mut last = 0;
    let of_cloud = REGIONS
        .iter()
        .filter(|region| cloud.is_none_or(|cloud| region.cloud == cloud));
    of_cloud
        .map(|region| {
            let is_open = !region.place.is_empty();
            last += usize::from(is_open);
            (is_open.then_some(last), region)
        })
        .collect()
}

/// Returns the choices that `text` can mean: the one with that number or name, or else all whose ID
/// or place contains it.
pub fn meant(text: &str, choices: &[Choice]) -> Vec<Choice> {
    let with = |is_meant: &dyn Fn(&Choice) -> bool| -> Vec<Choice> {
        choices.iter().copied().filter(is_meant).collect()
    };
    if let Ok(number) = text.parse() {
        return with(&|(own, _)| *own == Some(number));
    }
    if let Some(named) = find(text) {
        return with(&|(_, region)| region.id == named.id);
    }
    let part = squeezed(text);
    if !part.contains(char::is_alphabetic) {
        return Vec::new();
    }
    with(&|(_, region)| region.names().any(|name| name.contains(&part)))
}

/// Returns the choices in columns, for a terminal with `screen` columns.
pub fn in_columns(choices: &[Choice], screen: usize) -> String {
    const WIDTH: usize = 39;
    let columns = (screen.min(120) / WIDTH).max(1);
    let cells: Vec<_> = choices
        .iter()
        .map(|(number, region)| {
            let number = number.map(|number| number.to_string()).unwrap_or_default();
            format!("  {number:>2}  {:<16} {}", region.id, region.place)
        })
        .collect();
    let rows = cells.len().div_ceil(columns);
    let row = |number: usize| {
        let cells = cells.iter().skip(number).step_by(rows.max(1));
        let line: String = cells.map(|cell| format!("{cell:<WIDTH$}")).collect();
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
        assert_eq!(host("BEIJING4", Some(CLOUDS[0])), host("cn-north-4", None));
        assert!(host("eu-de", Some(CLOUDS[0])).is_err());
        assert_eq!(
            host("hk-own-1", Some("hcs.example.org")).ok().as_deref(),
            Some("swr.hk-own-1.hcs.example.org")
        );
    }

    #[test]
    fn a_region_is_found_by_each_of_its_names() {
        for (text, id) in [
            ("cn-north-4", "cn-north-4"),
            ("CN-North-4", "cn-north-4"),
            ("Beijing4", "cn-north-4"),
            ("CN North-Beijing4", "cn-north-4"),
            ("hong kong", "ap-southeast-1"),
            ("CN-Hong Kong", "ap-southeast-1"),
            ("AP-Singapore", "ap-southeast-3"),
            ("germany", "eu-de"),
        ] {
            assert_eq!(find(text).map(|region| region.id), Some(id), "{text}");
        }
        for text in [
            "",
            "-",
            "cn",
            "Beijing",
            "cn-north",
            "notcn-north-4",
            "swr.cn-north-4",
        ] {
            assert_eq!(find(text).map(|region| region.id), None, "{text}");
        }
    }

    #[test]
    fn a_misspelt_region_is_no_host() {
        for (text, meant) in [
            ("cn-nroth-4", "cn-north-4"),
            ("Bejing4", "cn-north-4"),
            ("singapur", "ap-southeast-3"),
        ] {
            let found = host_meant(text);
            let Err(
                RegionError::Unknown { meant: told, .. }
                | RegionError::Malformed { meant: told, .. },
            ) = found
            else {
                panic!("{text}: {found:?}");
            };
            assert_eq!(told, Some(meant), "{text}");
        }
        for text in [
            "localhost",
            "localhost:5000",
            "registry.example",
            "cn-north-9.example",
        ] {
            assert_eq!(host_meant(text).as_deref(), Ok(text));
        }
        assert_eq!(host_meant("Beijing4"), host("cn-north-4", None));
        assert_eq!(
            host_meant("Beijing4/org/app:1").as_deref(),
            Ok("swr.cn-north-4.myhuaweicloud.com/org/app:1")
        );
        assert!(host_meant("cn-nroth-4/org/app").is_err());
        for image in [
            "library/cn-north-4",
            "localhost:5000/cn-north-4",
            "/cn-north-4",
        ] {
            assert_eq!(host_meant(image).as_deref(), Ok(image));
        }
    }

    #[test]
    fn a_list_may_end_with_a_comma_and_name_all() {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let [four, one] = ["cn-north-4", "cn-north-1"].map(|id| host(id, None).expect("listed"));
        for text in [
            "cn-north-4,cn-north-1",
            "Beijing4, Beijing1",
            ",cn-north-4,,cn-north-1,",
        ] {
            let expected = [four.clone(), one.clone()];
            assert_eq!(hosts(&list(text), None).expect(text), expected, "{text}");
            assert_eq!(hosts_meant(&list(text)).expect(text), expected, "{text}");
        }
        let of_huawei = REGIONS.iter().filter(|region| region.cloud == CLOUDS[0]);
        let of_huawei = of_huawei.count();
        assert_eq!(
            hosts(&list("all"), None).map(|all| all.len()),
            Ok(of_huawei)
        );
        assert_eq!(
            hosts(&list("all"), Some(CLOUDS[2])).map(|all| all.len()),
            Ok(2)
        );
        // An empty variable of a script names nothing, which is not the same as not to name.
        assert!(hosts(&list(""), None).is_err());
        assert_eq!(hosts_meant(&list(",")), Ok(list(",")));
        assert_eq!(hosts_meant(&list("ALL")), hosts(&list("all"), None));
    }

    #[test]
    fn a_part_of_a_name_stands_for_all_that_have_it() {
        let all = choices(None);
        let ids = |text: &str| -> Vec<_> {
            let meant = meant(text, &all);
            meant.iter().map(|(_, region)| region.id).collect()
        };
        for (text, expected) in [
            ("1", vec!["cn-north-4"]),
            ("11", vec!["ap-southeast-1"]),
            ("0", vec![]),
            ("99", vec![]),
            ("BEIJING", vec!["cn-north-4", "cn-north-1"]),
            ("shang", vec!["cn-east-3", "cn-east-2"]),
            ("sing", vec!["ap-southeast-3"]),
            ("mexico city", vec!["la-north-2", "na-mexico-1"]),
            ("moscow", vec!["ru-moscow-1"]),
            // The whole name of one is a part of others'.
            ("cn-north-1", vec!["cn-north-1"]),
            ("Bejing", vec![]),
            ("", vec![]),
            ("-", vec![]),
        ] {
            assert_eq!(ids(text), expected, "{text}");
        }
        let of_otc = choices(Some(CLOUDS[2]));
        assert_eq!(
            meant("1", &of_otc),
            [(Some(1), find("eu-de").expect("listed"))]
        );
        assert_eq!(meant("Beijing4", &of_otc), []);
    }

    #[test]
    fn columns_hold_each_choice_once_and_fit() {
        let all = choices(None);
        for screen in [60, 79, 80, 120, usize::MAX] {
            let columns = in_columns(&all, screen);
            for (_, region) in &all {
                let cell = format!("  {:<16} {}", region.id, region.place);
                assert_eq!(columns.matches(cell.trim_end()).count(), 1, "{columns}");
            }
            assert!(
                columns.lines().all(|line| line.len() <= screen),
                "{columns}"
            );
        }
        let of_eu = choices(Some(CLOUDS[1]));
        assert_eq!(in_columns(&of_eu, 80), "   1  eu-west-101      Dublin\n");
        assert_eq!(in_columns(&choices(Some("hcs.example.org")), 80), "");
    }
}
