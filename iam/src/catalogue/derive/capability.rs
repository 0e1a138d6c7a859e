//! Capabilities: which access an action gives, by the rules and exceptions of `risk.json`.

use super::facts::{ActionFact, Facts};
use super::hand::{Checker, Keys};
use super::{DeriveError, core::Ids};
use crate::catalogue::{AccessLevel, Capability};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = "risk.json";

/// The `capabilities` part of `risk.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Capabilities {
    word_lists: Words,
    /// Service → capability names joined by `+` → action names.
    overrides: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

#[derive(Debug, Deserialize)]
struct Words {
    config_nouns: BTreeSet<String>,
    data_nouns: BTreeSet<String>,
    credential_nouns: BTreeSet<String>,
    read_verbs: BTreeSet<String>,
    write_verbs: BTreeSet<String>,
    put_verbs: BTreeSet<String>,
    delete_verbs: BTreeSet<String>,
    use_verbs: BTreeSet<String>,
    start_verbs: BTreeSet<String>,
    work_nouns: BTreeSet<String>,
    container_types: BTreeSet<String>,
}

impl Capabilities {
    /// Bits of [`Capability`] per action id; none for retired actions.
    pub(crate) fn bits(&self, facts: &Facts, ids: &Ids<'_>) -> Result<Vec<u8>, DeriveError> {
        let by_rule = facts.actions.values().map(|action| match action.retired {
            true => 0,
            false => self.word_lists.classify(action),
        });
        let mut bits: Vec<u8> = by_rule.collect();
        let mut keys = Keys::new(FILE);
        for (service, rows) in &self.overrides {
            let check = Checker::new(FILE, service, ids);
            for (capabilities, names) in rows {
                let own = parse_bits(capabilities, &check)?;
                for name in names {
                    let name = format!("{service}:{name}");
                    keys.once(format!("capability of {}", name.to_ascii_lowercase()))?;
                    let id = check.action(&name)?;
                    if let Some(action) = bits.get_mut(id as usize) {
                        *action = own;
                    }
                }
            }
        }
        Ok(bits)
    }
}

fn parse_bits(joined: &str, check: &Checker<'_>) -> Result<u8, DeriveError> {
    joined.split('+').try_fold(0, |bits, name| {
        let known = Capability::ALL.into_iter().find(|c| c.as_str() == name);
        match known {
            Some(capability) => Ok(bits | capability.bit()),
            None => Err(check.refuse(format!("unknown capability `{name}`"))),
        }
    })
}

impl Words {
    fn classify(&self, action: &ActionFact) -> u8 {
        let words = words(action.name.split_once(':').map_or("", |(_, name)| name));
        let verb = words.first().copied().unwrap_or_default();
        let last = words.last().copied().unwrap_or_default();
        match action.level {
            AccessLevel::PermissionsManagement | AccessLevel::Tagging => {
                Capability::AdministerResource.bit()
            }
            AccessLevel::List => Capability::ReadConfig.bit(),
            AccessLevel::Read => self.read(verb, last).bit(),
            AccessLevel::Write if self.delete_verbs.contains(verb) => {
                self.delete(action, &words, verb, last)
            }
            AccessLevel::Write => self.write(verb, last).bit(),
        }
    }

    fn read(&self, verb: &str, last: &str) -> Capability {
        if self.use_verbs.contains(verb) {
            Capability::UseResource
        } else if self.read_verbs.contains(verb) && !self.config_nouns.contains(last)
            || self.data_nouns.contains(last) && verb != "Describe"
        {
            Capability::ReadData
        } else {
            Capability::ReadConfig
        }
    }

    /// Deleting a container of data deletes the data with it.
    fn delete(&self, action: &ActionFact, words: &[&str], verb: &str, last: &str) -> u8 {
        if self.data_nouns.contains(last) {
            return Capability::DeleteData.bit();
        }
        let rest = words.iter().skip(1).copied().collect::<String>();
        let rest = rest.to_ascii_lowercase();
        let rest = rest.strip_suffix('s').unwrap_or(&rest);
        let required = action.resources.iter().filter(|(_, required)| **required);
        let container = required
            .filter(|(name, _)| self.container_types.contains(*name))
            .any(|(name, _)| rest.ends_with(&name.replace('-', "")));
        match container && verb != "Remove" {
            true => Capability::AdministerResource.bit() | Capability::DeleteData.bit(),
            false => Capability::AdministerResource.bit(),
        }
    }

    fn write(&self, verb: &str, last: &str) -> Capability {
        let settings = self.config_nouns.contains(last) || self.credential_nouns.contains(last);
        if self.use_verbs.contains(verb)
            || self.start_verbs.contains(verb) && self.work_nouns.contains(last)
        {
            Capability::UseResource
        } else if self.write_verbs.contains(verb) && !settings {
            Capability::WriteData
        } else if self.read_verbs.contains(verb) {
            Capability::ReadData
        } else if self.put_verbs.contains(verb) && self.data_nouns.contains(last) {
            Capability::WriteData
        } else {
            Capability::AdministerResource
        }
    }
}

/// Camel-case words without a leading `Batch`, `Bulk` or `Multi`.
fn words(name: &str) -> Vec<&str> {
    let starts = name.char_indices().filter(|(_, c)| c.is_ascii_uppercase());
    let mut cuts: Vec<usize> = starts.map(|(at, _)| at).filter(|at| *at > 0).collect();
    cuts.push(name.len());
    let mut from = 0;
    let mut words: Vec<&str> = cuts
        .into_iter()
        .filter_map(|to| name.get(std::mem::replace(&mut from, to)..to))
        .collect();
    if words.len() > 1 && matches!(words.first(), Some(&("Batch" | "Bulk" | "Multi"))) {
        words.remove(0);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn camel_case() {
        assert_eq!(words("BatchGetItem"), ["Get", "Item"]);
        assert_eq!(words("Batch"), ["Batch"]);
        assert_eq!(words("GetDBData"), ["Get", "D", "B", "Data"]);
        assert_eq!(words("connect"), ["connect"]);
        assert_eq!(words(""), [""]);
    }
}
