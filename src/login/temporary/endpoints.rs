//! Which hosts the calls go to.

use super::desk::Desk;
use crate::error::{Error, Result};
use crate::registry::Kind;
use crate::swr::endpoint::Endpoint;

impl Desk<'_> {
    /// Returns the endpoint of SWR's API: the settings', else the SDK's variable for the region, else
    /// the documented one.
    pub(super) fn swr(&self) -> Result<Endpoint> {
        let settings = self.request.settings;
        if let Some(api) = &settings.api {
            return endpoint("`api` in the settings", api);
        }
        let Some((region, cloud)) = self.place() else {
            return Err(Error::NoApi {
                address: self.request.registry.address().to_owned(),
            });
        };
        let variable = format!(
            "HUAWEICLOUD_SDK_REGION_SWR_{}",
            region.to_ascii_uppercase().replace('-', "_")
        );
        match self.request.environment.path(&variable) {
            // What is no text is no endpoint either, and says so.
            Some(value) => endpoint(&variable, &value.to_string_lossy()),
            None => endpoint("the registry", &format!("https://swr-api.{region}.{cloud}")),
        }
    }

    pub(super) fn iam(&self) -> Result<Endpoint> {
        const VARIABLE: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
        if let Some(iam) = &self.request.settings.iam {
            return endpoint("`iam` in the settings", iam);
        }
        if let Some(value) = self.request.environment.variable(VARIABLE)? {
            return endpoint(VARIABLE, value);
        }
        match self.place() {
            Some((region, cloud)) => {
                endpoint("the registry", &format!("https://iam.{region}.{cloud}"))
            }
            None => Err(Error::NoApi {
                address: self.request.registry.address().to_owned(),
            }),
        }
    }

    fn place(&self) -> Option<(&str, &str)> {
        match self.request.registry.kind() {
            Kind::Swr { region, cloud } => Some((region, cloud)),
            Kind::Enterprise { region, cloud } => Some((region.as_deref()?, cloud)),
            Kind::Other => None,
        }
    }
}

fn endpoint(place: &str, text: &str) -> Result<Endpoint> {
    Endpoint::parse(text).map_err(|why| Error::Endpoint {
        place: place.to_owned(),
        why: why.to_string(),
    })
}
