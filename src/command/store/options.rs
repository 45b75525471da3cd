//! The options of `store` for people.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::command::credential::IdentitySource;
use crate::store::Backend;

/// Options of `store` for people.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pub(crate) identity: IdentitySource,
    /// Set up docker for the registry of this region, by ID or name; may be given more than once,
    /// or with commas
    #[arg(
        long = "region",
        value_name = "REGION",
        value_delimiter = ',',
        conflicts_with = "registries"
    )]
    pub(crate) regions: Vec<String>,
    /// Set up docker for the registries of all regions of the cloud
    #[arg(long, conflicts_with_all = ["regions", "registries"])]
    pub(crate) all_regions: bool,
    /// Store the key for this registry alone, and set up docker for it; may be given more than
    /// once, or with commas
    #[arg(long = "registry", value_name = "HOST", value_delimiter = ',', conflicts_with_all = ["account", "cloud"])]
    pub(crate) registries: Vec<String>,
    /// Store the key under this name; `default` serves every registry of its cloud
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// The cloud that the account serves [default: the region's own, else myhuaweicloud.com]
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) cloud: Option<String>,
    /// The project to log in to, if it is not the region's own
    #[arg(long)]
    pub(crate) project: Option<String>,
    /// Replace another access key that is already there
    #[arg(long)]
    pub(crate) replace: bool,
    /// Where to store it, now and from now on: the file holds the login key and no SK
    #[arg(long, value_enum)]
    pub(crate) backend: Option<Backend>,
    /// Do not change docker's config.json
    #[arg(long)]
    pub(crate) no_configure: bool,
    /// Keep the key without trying it at the registry
    #[arg(long)]
    pub(crate) offline: bool,
}

impl ValueEnum for Backend {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Keyring, Self::File]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(self.name().into())
    }
}
