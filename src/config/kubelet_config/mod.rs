//! A kubelet's `CredentialProviderConfig` as text: which programs it asks for logins, and edits that
//! touch nothing else.
//!
//! What a kubelet would refuse is refused: with a file that it does not take it does not start.

mod accept;
pub mod duration;
pub mod images;
mod splice;
mod yaml;

use yaml::Node;

/// The kind of the file.
const KIND: &str = "CredentialProviderConfig";

/// The versions of the file, the present one first.
const CONFIG_VERSIONS: [&str; 3] = [
    "kubelet.config.k8s.io/v1",
    "kubelet.config.k8s.io/v1beta1",
    "kubelet.config.k8s.io/v1alpha1",
];

/// The versions in which a kubelet and a program speak, the present one first.
pub const PLUGIN_VERSIONS: [&str; 3] = [
    "credentialprovider.kubelet.k8s.io/v1",
    "credentialprovider.kubelet.k8s.io/v1beta1",
    "credentialprovider.kubelet.k8s.io/v1alpha1",
];

/// A file that a kubelet would not take, or that is not to be changed. It repeats nothing of what
/// stands there, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Refused {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

impl Refused {
    fn at(line: usize, why: &str) -> Self {
        Self {
            line: line.max(1),
            why: why.to_owned(),
        }
    }
}

/// One program that a kubelet asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The name of its file in the folder `--image-credential-provider-bin-dir`.
    pub name: String,
    /// The version in which it is asked.
    pub api_version: String,
    /// The images for which it is asked.
    pub match_images: Vec<String>,
    /// How long a kubelet keeps an answer that does not say.
    pub default_cache_duration: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its variables, beside those of the kubelet.
    pub env: Vec<(String, String)>,
    /// Which service account token it is given.
    pub token: Option<TokenAttributes>,
}

/// Which service account token a program is given: Kubernetes 1.33 and newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAttributes {
    /// Who the token is for.
    pub audience: String,
    /// `ServiceAccount` or `Token`: whose answers the kubelet keeps apart.
    pub cache_type: String,
    /// Whether the program is asked for pods with a service account only.
    pub require_service_account: bool,
    /// Annotations of the account that must be there.
    pub required_keys: Vec<String>,
    /// Annotations of the account that are handed on where they are there.
    pub optional_keys: Vec<String>,
}

/// What [`KubeletConfig::add`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The program was not named before.
    New,
    /// It was, with less or something else.
    Changed,
    /// It was, with all that is wanted.
    Already,
}

/// The file, or the lack of one.
#[derive(Debug)]
pub struct KubeletConfig {
    text: Option<String>,
    providers: Vec<Provider>,
}

impl KubeletConfig {
    /// Reads the text of a configuration; `None` where there is no such file.
    ///
    /// # Errors
    ///
    /// What a kubelet would complain of.
    pub fn parse(text: Option<String>) -> Result<Self, Refused> {
        let providers = match &text {
            Some(text) => accept::providers(&Node::parse(text)?)?,
            None => Vec::new(),
        };
        Ok(Self { text, providers })
    }

    /// Returns the text; `None` where there is no file.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Returns the programs in the order in which they are asked.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// Names a program, or adds to what is said of it: images and variables that are there stay.
    ///
    /// # Errors
    ///
    /// If a kubelet would not take the result, or it is written in a way that this program does not
    /// change; then it is as it was.
    pub fn add(&mut self, wanted: &Provider) -> Result<Added, Refused> {
        let Some(text) = &self.text else {
            let created = splice::created(wanted);
            *self = Self::parse(Some(created))?;
            return Ok(Added::New);
        };
        let mut expected = self.providers.clone();
        let place = expected.iter().position(|there| there.name == wanted.name);
        let (changed, added) = match place {
            Some(place) => {
                let merged = merged(&expected[place], wanted);
                if merged == expected[place] {
                    return Ok(Added::Already);
                }
                let text = splice::changed(text, place, &expected[place], &merged)?;
                expected[place] = merged;
                (text, Added::Changed)
            }
            None => {
                expected.push(wanted.clone());
                (splice::added(text, wanted)?, Added::New)
            }
        };
        self.take(changed, &expected)?;
        Ok(added)
    }

    /// Takes the program called `name` out, and returns whether it was there.
    ///
    /// # Errors
    ///
    /// As [`KubeletConfig::add`]; and if it is the only one, as a kubelet does not start without any.
    pub fn remove(&mut self, name: &str) -> Result<bool, Refused> {
        let place = self.providers.iter().position(|there| there.name == name);
        let (Some(place), Some(text)) = (place, &self.text) else {
            return Ok(false);
        };
        if self.providers.len() == 1 {
            let why = "it names no other provider, and a kubelet does not start with none";
            return Err(Refused::at(1, why));
        }
        let mut expected = self.providers.clone();
        expected.remove(place);
        let changed = splice::removed(text, place)?;
        self.take(changed, &expected)?;
        Ok(true)
    }

    /// Takes the new text if it says just what it should: no edit is better than a wrong one.
    fn take(&mut self, text: String, expected: &[Provider]) -> Result<(), Refused> {
        let changed = Self::parse(Some(text))?;
        if changed.providers != expected {
            let why = "it is written in a way that this program does not change";
            return Err(Refused::at(1, why));
        }
        *self = changed;
        Ok(())
    }
}

/// Returns what is said of a program once `wanted` is added to what is there.
fn merged(there: &Provider, wanted: &Provider) -> Provider {
    let mut merged = there.clone();
    merged.args.clone_from(&wanted.args);
    for pattern in &wanted.match_images {
        if !merged.match_images.contains(pattern) {
            merged.match_images.push(pattern.clone());
        }
    }
    for (name, value) in &wanted.env {
        match merged.env.iter_mut().find(|(other, _)| other == name) {
            Some((_, there)) => there.clone_from(value),
            None => merged.env.push((name.clone(), value.clone())),
        }
    }
    if wanted.token.is_some() {
        merged.token.clone_from(&wanted.token);
        merged.api_version.clone_from(&wanted.api_version);
    }
    merged
}

#[cfg(test)]
mod tests;
