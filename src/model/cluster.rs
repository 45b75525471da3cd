//! Clusters of Cloud Container Engine.

use super::registry::is_region;
use super::text::is_id;

/// A cluster of Cloud Container Engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    region: String,
    project_id: String,
    cluster_id: String,
}

impl Cluster {
    /// Parses `<region>/<project ID>/<cluster ID>`. Returns `None` if a part is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(str::to_owned);
        let cluster = Self {
            region: parts.next()?,
            project_id: parts.next()?,
            cluster_id: parts.next()?,
        };
        let valid = is_region(&cluster.region)
            && is_id(&cluster.project_id)
            && is_id(&cluster.cluster_id)
            && parts.next().is_none();
        valid.then_some(cluster)
    }

    /// Returns its region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the ID of its project.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// Returns its ID.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_id_is_a_region_and_two_ids() {
        assert!(Cluster::parse("cn-north-4/0605767b/5a6e8d6e-7a3d").is_some());
        for wrong in [
            "",
            "0605767b/5a6e8d6e",
            "cn-north-4/0605767b",
            "cn-north-4/0605767b/",
            "cn-north-4/0605767b/5a6e/x",
            "cn-north-4/../5a6e",
            "north/0605767b/5a6e",
        ] {
            assert_eq!(Cluster::parse(wrong), None, "{wrong}");
        }
    }
}
