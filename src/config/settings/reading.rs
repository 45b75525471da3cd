//! Reads the parsed file, and records each mistake with its line.

use std::path::Path;

use toml_edit::{Item, TableLike, Value};

use super::agencies;
use super::values::{Common, Problem, RegistrySettings, Settings, Touches};
use crate::model::chain::{self, Provider};
use crate::model::registry::{self, Registry};
use crate::store::Backend;

/// Returns `settings` with the values in `table`. `line_at` returns the line of an offset.
pub(super) fn read(
    table: &dyn TableLike,
    line_at: &dyn Fn(usize) -> usize,
    settings: Settings,
) -> Settings {
    let mut reading = Reading { line_at, settings };
    reading.top(table);
    reading.settings
}

struct Reading<'a> {
    line_at: &'a dyn Fn(usize) -> usize,
    settings: Settings,
}

impl Reading<'_> {
    fn top(&mut self, table: &dyn TableLike) {
        let mut common = Common::default();
        for (name, item) in table.iter() {
            match name {
                "backend" => match item.as_str().map(Backend::of_name) {
                    Some(Some(backend)) => self.settings.backend = Some(backend),
                    _ => self.wrong(
                        item,
                        Touches::Everything,
                        "`backend` must be \"keyring\" or \"file\"",
                    ),
                },
                "clouds" => match strings(item) {
                    Some(names) if names.iter().all(|name| registry::is_cloud(name)) => {
                        self.settings.clouds = names.into_iter().map(str::to_owned).collect();
                    }
                    _ => self.wrong(
                        item,
                        Touches::Everything,
                        "`clouds` must be a list of domains in lower case",
                    ),
                },
                "providers" => match strings(item).and_then(Provider::of_names) {
                    Some(chain) => self.settings.providers = Some(chain),
                    None => {
                        let why = format!("`providers` must be a list of {}", chain::NAMES);
                        self.wrong(item, Touches::Everything, &why);
                    }
                },
                "registry" => match item.as_table_like() {
                    Some(registries) => self.registries(registries),
                    None => self.wrong(item, Touches::Everything, "`registry` must be a table"),
                },
                _ if self.common(&mut common, table, name, item, &Touches::Everything) => {}
                _ => self.unknown(table, name, Touches::Everything),
            }
        }
        self.settings.common = common;
    }

    fn registries(&mut self, registries: &dyn TableLike) {
        for (host, item) in registries.iter() {
            // The address of a registry does not depend on whether it is an SWR host.
            match (Registry::parse(host, &[]), item.as_table_like()) {
                (Ok(registry), Some(table)) => self.registry(registry.address().to_owned(), table),
                (Ok(registry), None) => {
                    let touches = Touches::Registry(registry.address().to_owned());
                    self.wrong(item, touches, "the settings of a registry must be a table");
                }
                (Err(refusal), _) => {
                    let why = format!("this is not a registry: {refusal}");
                    self.wrong(item, Touches::Everything, &why);
                }
            }
        }
    }

    fn registry(&mut self, address: String, table: &dyn TableLike) {
        let touches = Touches::Registry(address.clone());
        let mut common = Common::default();
        let mut settings = RegistrySettings::default();
        let (mut project_id, mut instance_id) = (None, None);
        for (name, item) in table.iter() {
            let (place, is_right, what): (_, fn(&str) -> bool, _) = match name {
                "account" => (&mut settings.account, registry::is_project, NAME),
                "project" => (&mut settings.project, registry::is_project, NAME),
                "region" => (&mut settings.region, registry::is_region, REGION),
                "project_id" => (&mut project_id, registry::is_project, NAME),
                "instance_id" => (&mut instance_id, registry::is_project, NAME),
                "api" => (&mut settings.api, is_url, URL),
                "iam" => (&mut settings.iam, is_url, URL),
                "alias" => (&mut settings.alias, is_host, "the host of a registry"),
                _ if self.common(&mut common, table, name, item, &touches) => continue,
                _ => {
                    self.unknown(table, name, touches.clone());
                    continue;
                }
            };
            match item.as_str() {
                Some(text) if is_right(text) => *place = Some(text.to_owned()),
                _ => self.wrong(item, touches.clone(), &format!("`{name}` must be {what}")),
            }
        }
        if project_id.is_some() != instance_id.is_some() {
            let given = if project_id.is_some() {
                "project_id"
            } else {
                "instance_id"
            };
            let why = "`project_id` and `instance_id` must be set together".to_owned();
            self.at_key(table, given, touches, why);
        }
        settings.instance = project_id.zip(instance_id);
        self.settings.registries.push((address, settings, common));
    }

    /// Reads what can be set both for all registries and for one. Returns whether `name` is such a
    /// setting.
    fn common(
        &mut self,
        common: &mut Common,
        table: &dyn TableLike,
        name: &str,
        item: &Item,
        touches: &Touches,
    ) -> bool {
        let text = item.as_str();
        match (name, text) {
            ("login", Some("temporary")) => common.temporary = Some(true),
            ("login", Some("enhanced")) => {
                common.temporary = Some(true);
                common.enhanced = true;
            }
            ("login", Some("long-term")) => common.temporary = Some(false),
            ("login", _) => {
                self.wrong(
                    item,
                    touches.clone(),
                    "`login` must be \"long-term\", \"temporary\" or \"enhanced\"",
                );
            }
            ("agency", _) => match agencies::read(item, table) {
                Ok(agencies) => common.agencies = Some(agencies),
                Err(why) => self.wrong(item, touches.clone(), &format!("`agency` {why}")),
            },
            ("agency_domain" | "agency_domain_id", Some(text)) if !text.is_empty() => {
                if table.get("agency").is_none() {
                    let why = format!("`{name}` is set, but `agency` is not");
                    self.at_key(table, name, touches.clone(), why);
                }
            }
            ("profile", Some(text)) if !text.is_empty() => common.profile = Some(text.to_owned()),
            ("ca_file", Some(text)) if Path::new(text).is_absolute() => {
                common.ca_file = Some(text.into());
            }
            ("ca_file", _) => {
                let why = "`ca_file` must be the path of a file, from the root on";
                self.wrong(item, touches.clone(), why);
            }
            ("agency_domain" | "agency_domain_id" | "profile", _) => {
                self.wrong(item, touches.clone(), &format!("`{name}` must be a name"));
            }
            _ => return false,
        }
        true
    }

    fn unknown(&mut self, table: &dyn TableLike, name: &str, touches: Touches) {
        let why = format!("`{}` is not a setting", name.escape_debug());
        self.at_key(table, name, touches, why);
    }

    fn at_key(&mut self, table: &dyn TableLike, name: &str, touches: Touches, why: String) {
        let span = table.get_key_value(name).and_then(|(key, _)| key.span());
        self.note(span, touches, why);
    }

    fn wrong(&mut self, item: &Item, touches: Touches, why: &str) {
        self.note(item.span(), touches, why.to_owned());
    }

    fn note(&mut self, span: Option<std::ops::Range<usize>>, touches: Touches, why: String) {
        let line = span.map_or(1, |span| (self.line_at)(span.start));
        self.settings.problems.push(Problem { line, why, touches });
    }
}

const NAME: &str = "at most 64 letters, digits, `-` and `_`";
const REGION: &str = "the ID of a region, such as \"cn-north-4\"";
const URL: &str = "a URL such as \"https://swr-api.example.org\"";

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn is_host(text: &str) -> bool {
    Registry::parse(text, &[]).is_ok_and(|registry| registry.address() == text)
}

fn strings(item: &Item) -> Option<Vec<&str>> {
    item.as_array()?.iter().map(Value::as_str).collect()
}
