//! The hosts that the calls go to.

use super::session::ApiSession;
use crate::login::error::LoginError;
use crate::model::cluster::Cluster;
use crate::model::identity::Place;
use crate::model::regions::REGIONS;
use crate::model::registry::{CLOUDS, Kind};
use crate::swr::api::sts;
use crate::swr::endpoint::Endpoint;

impl ApiSession<'_> {
    /// Returns the endpoint of SWR's API: from the settings, else from the SDK's variable for the
    /// region, else the documented one.
    pub(super) fn swr(&self, from: &Place) -> Result<Endpoint, LoginError> {
        let settings = self.request.settings;
        if let Some(api) = &settings.api {
            return endpoint("`api` in the settings", api);
        }
        let Some((region, cloud)) = self.place() else {
            return Err(LoginError::NoApi {
                address: self.request.registry.address().to_owned(),
            });
        };
        match self.of_region("SWR", region, from) {
            Some((variable, value)) => endpoint(&variable, &value),
            None => endpoint("the registry", &format!("https://swr-api.{region}.{cloud}")),
        }
    }

    /// Returns the endpoint of IAM: from the settings, else from the identity's place, else from
    /// the SDK's variable, else the documented one.
    pub(super) fn iam(&self, from: &Place) -> Result<Endpoint, LoginError> {
        const VARIABLE: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
        if let Some(iam) = &self.request.settings.iam {
            return endpoint("`iam` in the settings", iam);
        }
        if let Some(iam) = &from.iam {
            return endpoint("`iam_endpoint` in the profile", iam);
        }
        if let Some(value) = self.endpoint_variable(VARIABLE, from) {
            return endpoint(VARIABLE, &value);
        }
        match self.place() {
            Some((region, cloud)) => {
                endpoint("the registry", &format!("https://iam.{region}.{cloud}"))
            }
            None => Err(LoginError::NoApi {
                address: self.request.registry.address().to_owned(),
            }),
        }
    }

    /// Returns the endpoint of STS: from the SDK's variable, else the one in the registry's region.
    pub(super) fn sts(&self, from: &Place) -> Result<Endpoint, LoginError> {
        const VARIABLE: &str = "HUAWEICLOUD_SDK_STS_ENDPOINT";
        if let Some(value) = self.endpoint_variable(VARIABLE, from) {
            return endpoint(VARIABLE, &value);
        }
        match self.place() {
            Some((region, cloud)) if cloud == CLOUDS[0] => {
                endpoint("the registry", &sts::url(region))
            }
            Some((region, cloud)) => {
                endpoint("the registry", &format!("https://sts.{region}.{cloud}"))
            }
            None => Err(LoginError::NoApi {
                address: self.request.registry.address().to_owned(),
            }),
        }
    }

    /// Returns the endpoint of CCE in the cluster's region: from the SDK's variable, else the
    /// documented one in the registry's cloud.
    pub(super) fn cce(&self, cluster: &Cluster, from: &Place) -> Result<Endpoint, LoginError> {
        let region = cluster.region();
        if let Some((variable, value)) = self.of_region("CCE", region, from) {
            return endpoint(&variable, &value);
        }
        let cloud = self.place().map_or(CLOUDS[0], |(_, cloud)| cloud);
        endpoint("the cluster", &format!("https://cce.{region}.{cloud}"))
    }

    /// Returns name and value of the SDK's variable for a service in a region.
    fn of_region(&self, service: &str, region: &str, from: &Place) -> Option<(String, String)> {
        let region = region.to_ascii_uppercase().replace('-', "_");
        let variable = format!("HUAWEICLOUD_SDK_REGION_{service}_{region}");
        let value = self.endpoint_variable(&variable, from)?;
        Some((variable, value))
    }

    fn place(&self) -> Option<(&str, &str)> {
        match self.request.registry.kind() {
            Kind::Swr { region, cloud } => Some((region, cloud)),
            Kind::Enterprise { region, cloud } => {
                let region = self.request.settings.region.as_ref().or(region.as_ref());
                Some((region?, cloud))
            }
            // The cloud of an unlisted region is never guessed.
            Kind::Other => {
                let region = self.request.settings.region.as_deref()?;
                let listed = REGIONS.iter().find(|listed| listed.id == region)?;
                Some((listed.id, listed.cloud))
            }
        }
    }
}

pub(super) fn endpoint(place: &str, text: &str) -> Result<Endpoint, LoginError> {
    Endpoint::parse(text).map_err(|why| LoginError::Endpoint {
        place: place.to_owned(),
        why: why.to_string(),
    })
}
