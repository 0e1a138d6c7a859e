//! Entries of the ledger: one commit each, by number.

use super::store::{STAGING, Store};
use crate::error::Error;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The folder of entries.
pub(crate) const LEDGER: &str = "_ledger/";
/// What stands for the number of its commit in the name of a staged file.
pub(crate) const NUMBER: &str = "NUMBER";

/// One commit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) schema_version: u32,
    pub(crate) catalogue_version: String,
    /// The source, as given.
    pub(crate) source: String,
    /// Where its files were staged, below `_staging`.
    #[serde(default)]
    pub(crate) batch: String,
    /// What it adds; names in the archive.
    pub(crate) files: Vec<String>,
    /// What it replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed: Vec<String>,
    pub(crate) objects: Vec<Taken>,
}

/// An object that was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) tag: String,
    /// What CloudTrail's digests say of it, when they were asked: `valid`, or the kind of finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
}

/// What an entry says of files.
#[derive(Debug, Deserialize)]
pub(crate) struct Outline {
    pub(crate) files: Vec<String>,
    #[serde(default)]
    pub(crate) removed: Vec<String>,
}

/// Entries read at once.
const AT_ONCE: usize = 16;

/// The entry of that number; `None` when there is none yet.
pub(crate) fn read<E: DeserializeOwned>(
    store: &dyn Store,
    number: u64,
) -> Result<Option<E>, Error> {
    let name = name(number);
    let content = store.read(&name)?;
    content
        .map(|content| parse(store, &name, &content))
        .transpose()
}

/// All entries, by number.
pub(crate) fn each<E: DeserializeOwned>(
    store: &dyn Store,
    mut take: impl FnMut(u64, E),
) -> Result<(), Error> {
    let listed = store.list(LEDGER, "")?.into_iter();
    let entries: Vec<(u64, String)> = listed
        .filter_map(|file| Some((number_of(&file.name)?, file.name)))
        .collect();
    for entries in entries.chunks(AT_ONCE) {
        let names: Vec<&str> = entries.iter().map(|(_, name)| name.as_str()).collect();
        for ((number, name), content) in entries.iter().zip(store.read_many(&names)?) {
            if let Some(content) = content {
                take(*number, parse(store, name, &content)?);
            }
        }
    }
    Ok(())
}

fn parse<E: DeserializeOwned>(store: &dyn Store, name: &str, content: &[u8]) -> Result<E, Error> {
    serde_json::from_slice(content).map_err(|source| Error::Ledger {
        path: store.place(name),
        source,
    })
}

fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_prefix(LEDGER)?.strip_suffix(".json")?;
    number.parse().ok()
}

/// The name of an entry.
pub(crate) fn name(number: u64) -> String {
    format!("{LEDGER}{number:06}.json")
}

/// The name of a staged file once its commit has a number.
pub(crate) fn numbered(staged: &str, number: u64) -> String {
    staged.replacen(NUMBER, &format!("{number:06}"), 1)
}

/// Where a file of a commit was staged.
pub(crate) fn staged_place(batch: &str, name: &str, number: u64) -> String {
    let staged = name.replacen(&format!("{number:06}"), NUMBER, 1);
    format!("{STAGING}/{batch}/{staged}")
}
