//! Asks which registries docker shall ask the helper for.

use super::options::Options;
use super::target::Target;
use crate::command::error::Result;
use crate::command::questions::{answer, complain};
use crate::config::settings::Settings;
use crate::console::person::Person;
use crate::model::regions::{self, Choice};

const QUESTION: &str =
    "regions (number, name or part of it; commas between), hosts, or `all` [none]:";

/// Shows the regions of the cloud and asks until the answer is clear. If a word can mean several
/// regions, those are shown.
pub(super) fn ask(
    person: &mut Person<'_>,
    options: &Options,
    settings: &Settings,
) -> Result<Target> {
    let all = regions::choices(options.cloud.as_deref());
    let open: Vec<_> = all
        .iter()
        .copied()
        .filter(|(number, _)| number.is_some())
        .collect();
    show("regions", &open, person);
    loop {
        let answer = answer(person, QUESTION)?;
        match words_of(&answer, &all) {
            Err(Several { word, meant }) => show(&format!("`{word}` could be"), &meant, person),
            Ok(words) => match Target::answered(&words, options, settings) {
                Err(error) => complain(person, &error),
                Ok(target) => return Ok(target),
            },
        }
    }
}

fn show(what: &str, choices: &[Choice], person: &mut Person<'_>) {
    let list = regions::in_columns(choices, person.screen().columns());
    person.tell(&format!("{what}:\n{list}"));
}

/// A word that can mean several regions.
struct Several<'a> {
    word: &'a str,
    meant: Vec<Choice>,
}

/// Splits an answer at commas and blanks, and replaces the number of a region or a part of its name
/// with its ID. A name may contain blanks.
fn words_of<'a>(answer: &'a str, all: &[Choice]) -> Result<Vec<String>, Several<'a>> {
    let mut words = Vec::new();
    for part in answer.split(regions::COMMAS).map(str::trim) {
        let whole = match regions::meant(part, all).is_empty() {
            true => part.split_whitespace().collect(),
            false => vec![part],
        };
        for word in whole {
            let meant = match word.contains(['.', ':', '/']) || regions::is_all(word) {
                true => Vec::new(),
                false => regions::meant(word, all),
            };
            match &meant[..] {
                // A host, all of them, or an unknown word.
                [] => words.push(word.to_owned()),
                [(_, region)] => words.push(region.id.to_owned()),
                _ => return Err(Several { word, meant }),
            }
        }
    }
    Ok(words)
}
