//! The options of `configure`.

use std::path::PathBuf;

use clap::Args;

use crate::command::error::{OptionError, Result};
use crate::model::regions;
use crate::model::registry::Registry;

/// Options of `configure`.
#[derive(Args)]
pub struct Options {
    /// Add the helper for this registry, named by host or region; may be given more than once, or
    /// with commas
    #[arg(long = "registry", value_name = "HOST", value_delimiter = ',')]
    pub(crate) registries: Vec<String>,
    /// The same by region alone: `cn-north-4` or `Beijing4` for swr.cn-north-4.myhuaweicloud.com
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<String>,
    /// The same for every region of Huawei Cloud
    #[arg(long)]
    pub(crate) all_regions: bool,
    /// Remove the helper from these registries, or from all if none is named
    #[arg(long)]
    pub(crate) remove: bool,
    /// Also move plain-text logins to this helper: of these registries, or of all that it is
    /// configured for
    #[arg(long, conflicts_with = "remove")]
    pub(crate) import_auths: bool,
    /// Change podman's auth.json instead [default: $REGISTRY_AUTH_FILE or
    /// ~/.config/containers/auth.json]
    #[arg(long, conflicts_with = "docker_config")]
    pub(crate) podman: bool,
    /// Also add the helper under HOST:443, where nerdctl looks first [default: where nerdctl is on
    /// PATH]
    #[arg(long, conflicts_with_all = ["remove", "podman", "kubelet"])]
    pub(crate) nerdctl: bool,
    /// Change a kubelet's CredentialProviderConfig instead; without FILE, print one
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["podman", "docker_config", "import_auths"])]
    pub(crate) kubelet: Option<Option<PathBuf>>,
    /// Have the kubelet send a pod's service account token for AUDIENCE, so that pods pull as their
    /// own agencies
    #[arg(
        long,
        value_name = "AUDIENCE",
        requires = "kubelet",
        conflicts_with = "remove"
    )]
    pub(crate) token_audience: Option<String>,
    /// A variable that the kubelet sets for the helper, and no secret; may be given more than once
    #[arg(
        long,
        value_name = "NAME=VALUE",
        requires = "kubelet",
        conflicts_with = "remove"
    )]
    pub(crate) env: Vec<String>,
    /// How many nodes the cluster has, so that they do not all ask SWR's API at once [default:
    /// 1000]
    #[arg(
        long,
        value_name = "N",
        requires = "kubelet",
        conflicts_with = "remove"
    )]
    pub(crate) nodes: Option<u32>,
    /// Print what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The folder of docker's config.json [default: $DOCKER_CONFIG or ~/.docker]
    #[arg(long, value_name = "DIR")]
    pub(crate) docker_config: Option<PathBuf>,
}

impl Options {
    /// Returns the registries that are named, without repetition.
    pub(super) fn hosts(&self) -> Result<Vec<String>> {
        let hosts = self.named_hosts()?;
        if hosts.is_empty() && !self.remove && !self.import_auths {
            return Err(OptionError::NoneNamed.into());
        }
        Ok(hosts)
    }

    /// Does the same, and accepts that there are none.
    pub(super) fn named_hosts(&self) -> Result<Vec<String>> {
        let mut hosts: Vec<String> = Vec::new();
        let mut name = |host: String| {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        };
        for host in regions::hosts_meant(&self.registries)? {
            name(Registry::parse(&host, &[])?.address().to_owned());
        }
        regions::hosts(&self.regions, None)?
            .into_iter()
            .for_each(&mut name);
        if self.all_regions {
            regions::all(None).into_iter().for_each(&mut name);
        }
        Ok(hosts)
    }
}
