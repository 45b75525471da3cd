//! The agencies to assume, from the settings or from a variable.

use toml_edit::{Array, InlineTable, Item, TableLike, Value};

use crate::model::agency::{Agency, Parts, Terms};

/// Parses the value of `agency`: a name (with `agency_domain` or `agency_domain_id` in the same
/// `table`), a URN, a table, or a list of tables to assume in order.
///
/// # Errors
///
/// What is wrong, worded to follow the name of the setting.
pub(super) fn read(item: &Item, table: &dyn TableLike) -> Result<Vec<Agency>, String> {
    let beside = |name| table.get(name).and_then(Item::as_str).map(str::to_owned);
    let (domain, domain_id) = (beside("agency_domain"), beside("agency_domain_id"));
    if let Some(name) = item.as_str() {
        let parts = Parts {
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            domain,
            domain_id,
            terms: Terms::default(),
        };
        return Ok(vec![Agency::from_parts(parts)?]);
    }
    if domain.is_some() || domain_id.is_some() {
        return Err("must name its account in its own table".to_owned());
    }
    if let Some(one) = item.as_table_like() {
        return Ok(vec![of_table(one)?]);
    }
    if let Some(several) = item.as_array_of_tables() {
        return several.iter().map(|one| of_table(one)).collect();
    }
    match item.as_array().and_then(tables) {
        Some(several) if !several.is_empty() => {
            several.into_iter().map(|one| of_table(one)).collect()
        }
        _ => Err("must be a name, a URN, a table, or a list of tables".to_owned()),
    }
}

fn tables(list: &Array) -> Option<Vec<&InlineTable>> {
    list.iter().map(Value::as_inline_table).collect()
}

fn of_table(table: &dyn TableLike) -> Result<Agency, String> {
    let mut parts = Parts::default();
    for (key, item) in table.iter() {
        let text = || {
            let text = item.as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
                .ok_or_else(|| format!("has a `{key}` that is not a string"))
        };
        match key {
            "name" | "urn" if parts.name.is_some() => {
                return Err("has a `name` and a `urn`".to_owned());
            }
            "name" | "urn" => parts.name = Some(text()?),
            "domain" => parts.domain = Some(text()?),
            "domain_id" => parts.domain_id = Some(text()?),
            "session" => parts.terms.session = Some(text()?),
            "policy" => parts.terms.policy = Some(text()?),
            "external_id" => parts.terms.external_id = Some(text()?),
            "duration" => {
                let seconds = item.as_integer().and_then(|n| u32::try_from(n).ok());
                let seconds = seconds.ok_or("has a `duration` that is not a number of seconds")?;
                parts.terms.seconds = Some(seconds);
            }
            "policy_ids" => {
                let ids = item.as_array().map(|ids| ids.iter().map(Value::as_str));
                let ids = ids.and_then(|ids| ids.collect::<Option<Vec<_>>>());
                let ids = ids.ok_or("has `policy_ids` that are not a list of strings")?;
                parts.terms.policy_ids = ids.into_iter().map(str::to_owned).collect();
            }
            other => {
                return Err(format!(
                    "has a `{}`, which is not a setting",
                    other.escape_debug()
                ));
            }
        }
    }
    Ok(Agency::from_parts(parts)?)
}

/// Parses the same from the text of a variable.
///
/// # Errors
///
/// What is wrong.
pub fn of_text(text: &str) -> Result<Vec<Agency>, String> {
    // A URN needs no quotes.
    let value = match text.trim_start().starts_with(['{', '[']) {
        true => text.parse::<Value>(),
        false => Ok(Value::from(text)),
    };
    let value = value.map_err(|_| "is not TOML".to_owned())?;
    read(&Item::Value(value), &toml_edit::Table::new())
}
