//! Which `CredentialProviderConfig` a kubelet accepts. Source: `validateCredentialProviderConfig`
//! of Kubernetes 1.34, and the strict decoder before it.

use super::duration;
use super::types::{CONFIG_VERSIONS, KIND, PLUGIN_VERSIONS, Provider, Refused, TokenAttributes};
use super::yaml::{Node, Value};

/// Returns the providers in the configuration, if a kubelet would accept it.
pub(super) fn providers(root: &Node) -> Result<Vec<Provider>, Refused> {
    let fields = Fields::read(root, &["apiVersion", "kind", "providers"])?;
    let version = fields.text("apiVersion")?;
    if !CONFIG_VERSIONS.contains(&version) {
        return Err(fields.refused(
            "apiVersion",
            "`apiVersion` is not one of kubelet.config.k8s.io",
        ));
    }
    if fields.text("kind")? != KIND {
        return Err(fields.refused("kind", "`kind` is not CredentialProviderConfig"));
    }
    let items = fields.items("providers")?;
    if items.is_empty() {
        return Err(fields.refused(
            "providers",
            "there is no provider, and a kubelet requires one",
        ));
    }
    let mut providers: Vec<Provider> = Vec::new();
    for item in items {
        let provider = provider(item, version)?;
        if providers.iter().any(|other| other.name == provider.name) {
            return Err(Refused::at(item.line, "two providers have the same name"));
        }
        providers.push(provider);
    }
    Ok(providers)
}

fn provider(item: &Node, config_version: &str) -> Result<Provider, Refused> {
    let fields = Fields::read(
        item,
        &[
            "name",
            "matchImages",
            "defaultCacheDuration",
            "apiVersion",
            "args",
            "env",
            "tokenAttributes",
        ],
    )?;
    let name = fields.text("name")?;
    if name.contains(['/', ' ']) || matches!(name, "" | "." | "..") {
        return Err(fields.refused("name", "`name` is not the name of a file"));
    }
    let api_version = fields.text("apiVersion")?;
    if !PLUGIN_VERSIONS.contains(&api_version) {
        let why = "`apiVersion` is not one of credentialprovider.kubelet.k8s.io";
        return Err(fields.refused("apiVersion", why));
    }
    let match_images = fields.texts("matchImages")?;
    if match_images.is_empty() {
        return Err(fields.refused("matchImages", "`matchImages` names no image"));
    }
    if !match_images.iter().all(|pattern| is_pattern(pattern)) {
        return Err(fields.refused("matchImages", "`matchImages` has a malformed address"));
    }
    let default_cache_duration = fields.text("defaultCacheDuration")?;
    if duration::parse(default_cache_duration).is_none() {
        let why = "`defaultCacheDuration` is not a duration such as 10m";
        return Err(fields.refused("defaultCacheDuration", why));
    }
    let mut env = Vec::new();
    for variable in fields.items("env")? {
        let variable = Fields::read(variable, &["name", "value"])?;
        let text = |name| variable.text_or_nothing(name).map(str::to_owned);
        env.push((text("name")?, text("value")?));
    }
    let token = match fields.get("tokenAttributes") {
        None => None,
        Some(node) if matches!(node.value, Value::Null) => None,
        Some(node) if config_version != CONFIG_VERSIONS[0] => {
            let why =
                "`tokenAttributes` is only allowed in the configuration kubelet.config.k8s.io/v1";
            return Err(Refused::at(node.line, why));
        }
        Some(node) if api_version != PLUGIN_VERSIONS[0] => {
            let why = "`tokenAttributes` is only allowed with the apiVersion credentialprovider.kubelet.k8s.io/v1";
            return Err(Refused::at(node.line, why));
        }
        Some(node) => Some(token_attributes(node)?),
    };
    Ok(Provider {
        name: name.to_owned(),
        api_version: api_version.to_owned(),
        match_images,
        default_cache_duration: default_cache_duration.to_owned(),
        args: fields.texts("args")?,
        env,
        token,
    })
}

fn token_attributes(node: &Node) -> Result<TokenAttributes, Refused> {
    let fields = Fields::read(
        node,
        &[
            "serviceAccountTokenAudience",
            "cacheType",
            "requireServiceAccount",
            "requiredServiceAccountAnnotationKeys",
            "optionalServiceAccountAnnotationKeys",
        ],
    )?;
    let (required, optional) = (
        "requiredServiceAccountAnnotationKeys",
        "optionalServiceAccountAnnotationKeys",
    );
    let attributes = TokenAttributes {
        audience: fields.text("serviceAccountTokenAudience")?.to_owned(),
        cache_type: fields.text("cacheType")?.to_owned(),
        require_service_account: fields.bool("requireServiceAccount")?,
        required_keys: fields.texts(required)?,
        optional_keys: fields.texts(optional)?,
    };
    if attributes.audience.is_empty() {
        let why = "`serviceAccountTokenAudience` is empty";
        return Err(fields.refused("serviceAccountTokenAudience", why));
    }
    if !matches!(&*attributes.cache_type, "ServiceAccount" | "Token") {
        let why = "`cacheType` is neither ServiceAccount nor Token";
        return Err(fields.refused("cacheType", why));
    }
    if !attributes.require_service_account && !attributes.required_keys.is_empty() {
        let why = "`requiredServiceAccountAnnotationKeys` needs `requireServiceAccount: true`";
        return Err(fields.refused(required, why));
    }
    for (name, keys) in [
        (required, &attributes.required_keys),
        (optional, &attributes.optional_keys),
    ] {
        if !keys.iter().all(|key| is_qualified_name(key)) {
            return Err(fields.refused(name, "an annotation's key is malformed"));
        }
    }
    let mut keys: Vec<_> = attributes.required_keys.iter().collect();
    keys.extend(&attributes.optional_keys);
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < count {
        return Err(Refused::at(node.line, "an annotation's key occurs twice"));
    }
    Ok(attributes)
}

/// Whether `text` is a valid pattern for `matchImages`: Go's `url.Parse` accepts it after
/// `https://`.
pub(super) fn is_pattern(text: &str) -> bool {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (text, query) = text.split_once('?').unwrap_or((text, ""));
    let (authority, path) = text.split_once('/').unwrap_or((text, ""));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_users = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    let parts = [user, host, path, query, fragment];
    !parts
        .iter()
        .any(|part| part.bytes().any(|b| b.is_ascii_control()))
        && is_host(host)
        && user.bytes().all(is_users)
        && [user, path, fragment].into_iter().all(has_whole_escapes)
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.starts_with('[') {
        true => match text.rsplit_once(']') {
            Some((host, behind)) => (host, behind),
            None => return false,
        },
        false => text.rfind(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    let is_hosts = |b: u8| {
        !b.is_ascii() || b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]<>\"".contains(&b)
    };
    is_port && host.bytes().all(is_hosts)
}

/// Whether two hexadecimal digits follow each `%`.
fn has_whole_escapes(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    parts.all(|part| {
        let digits = part.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.count() == 2
    })
}

/// Whether `key` is a valid name of an annotation: a name, or a DNS domain, `/` and a name.
fn is_qualified_name(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let is_edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let is_part = |part: &str, most: usize, others: &[u8]| {
        let bytes = part.as_bytes();
        (1..=most).contains(&bytes.len())
            && is_edge(bytes.first())
            && is_edge(bytes.last())
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || others.contains(b))
    };
    match key.split_once('/') {
        None => is_part(&key, 63, b"-_."),
        Some((domain, name)) => {
            domain.len() <= 253
                && domain.split('.').all(|label| is_part(label, 63, b"-"))
                && is_part(name, 63, b"-_.")
        }
    }
}

/// The fields of a mapping, all of which are known.
struct Fields<'a> {
    node: &'a Node,
    fields: &'a [(Node, Node)],
}

impl<'a> Fields<'a> {
    fn read(node: &'a Node, known: &[&str]) -> Result<Self, Refused> {
        let Value::Mapping(fields) = &node.value else {
            return Err(Refused::at(node.line, "this must be a mapping"));
        };
        for (key, _) in fields {
            if !matches!(&key.value, Value::Text(name) if known.contains(&&**name)) {
                return Err(Refused::at(key.line, "a kubelet does not know this field"));
            }
        }
        Ok(Self { node, fields })
    }

    fn get(&self, name: &str) -> Option<&'a Node> {
        field(self.fields, name).map(|(_, value)| value)
    }

    fn refused(&self, name: &str, why: &str) -> Refused {
        Refused::at(self.get(name).unwrap_or(self.node).line, why)
    }

    fn text(&self, name: &str) -> Result<&'a str, Refused> {
        match self.get(name).map(|node| &node.value) {
            Some(Value::Text(text)) => Ok(text),
            None | Some(Value::Null) => Err(self.refused(name, &format!("`{name}` is missing"))),
            Some(_) => {
                let why = format!("`{name}` is not a string; put it into quotes");
                Err(self.refused(name, &why))
            }
        }
    }

    fn text_or_nothing(&self, name: &str) -> Result<&'a str, Refused> {
        match self.get(name).map(|node| &node.value) {
            None | Some(Value::Null) => Ok(""),
            Some(_) => self.text(name),
        }
    }

    fn bool(&self, name: &str) -> Result<bool, Refused> {
        match self.get(name).map(|node| &node.value) {
            Some(Value::Bool(value)) => Ok(*value),
            _ => Err(self.refused(name, &format!("`{name}` is neither true nor false"))),
        }
    }

    fn items(&self, name: &str) -> Result<&'a [Node], Refused> {
        match self.get(name).map(|node| &node.value) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Sequence(items)) => Ok(items),
            Some(_) => Err(self.refused(name, &format!("`{name}` is not a list"))),
        }
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, Refused> {
        let mut texts = Vec::new();
        for item in self.items(name)? {
            texts.push(match &item.value {
                Value::Text(text) => text.clone(),
                Value::Null => String::new(),
                _ => {
                    let why = format!(
                        "`{name}` holds something that is not a string; put it into quotes"
                    );
                    return Err(Refused::at(item.line, &why));
                }
            });
        }
        Ok(texts)
    }
}

/// Returns the field called `name`, with its key.
pub(super) fn field<'a>(fields: &'a [(Node, Node)], name: &str) -> Option<&'a (Node, Node)> {
    fields
        .iter()
        .find(|(key, _)| matches!(&key.value, Value::Text(text) if text == name))
}
