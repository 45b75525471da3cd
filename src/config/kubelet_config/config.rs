//! The file as a whole.

use super::types::{Provider, Refused};
use super::yaml::Node;
use super::{accept, splice};

/// The result of [`KubeletConfig::add`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The program was not in the file.
    New,
    /// The program was in the file, and its entry was changed.
    Changed,
    /// The program was in the file, with everything that is wanted.
    Already,
}

/// A kubelet's configuration, which may be missing.
#[derive(Debug)]
pub struct KubeletConfig {
    text: Option<String>,
    providers: Vec<Provider>,
}

impl KubeletConfig {
    /// Parses the text of a configuration; `None` if there is no file.
    ///
    /// # Errors
    ///
    /// What a kubelet would complain about.
    pub fn parse(text: Option<String>) -> Result<Self, Refused> {
        let providers = match &text {
            Some(text) => accept::providers(&Node::parse(text)?)?,
            None => Vec::new(),
        };
        Ok(Self { text, providers })
    }

    /// Returns the text; `None` if there is no file.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Returns the programs, in the order in which a kubelet asks them.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// Adds a program, or extends its entry. Its existing images and variables stay.
    ///
    /// # Errors
    ///
    /// A kubelet would refuse the result, or the file is written in a way that cannot be edited
    /// here. The contents are then unchanged.
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

    /// Removes the program called `name`. Returns whether it was there.
    ///
    /// # Errors
    ///
    /// As [`KubeletConfig::add`]; also if it is the only program, because a kubelet does not start
    /// without one.
    pub fn remove(&mut self, name: &str) -> Result<bool, Refused> {
        let place = self.providers.iter().position(|there| there.name == name);
        let (Some(place), Some(text)) = (place, &self.text) else {
            return Ok(false);
        };
        if self.providers.len() == 1 {
            let why = "it has no other provider, and a kubelet does not start without one";
            return Err(Refused::at(1, why));
        }
        let mut expected = self.providers.clone();
        expected.remove(place);
        let changed = splice::removed(text, place)?;
        self.take(changed, &expected)?;
        Ok(true)
    }

    /// Accepts the new text if it means exactly what it should, because no edit is better than a
    /// wrong one.
    fn take(&mut self, text: String, expected: &[Provider]) -> Result<(), Refused> {
        let changed = Self::parse(Some(text))?;
        if changed.providers != expected {
            let why = "it is written in a form that this program does not edit";
            return Err(Refused::here(1, why));
        }
        *self = changed;
        Ok(())
    }
}

/// Returns the entry of a program with `wanted` added to it.
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
