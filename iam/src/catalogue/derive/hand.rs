//! Hand-written files: parsing, and the check that every action they name exists.

use super::{DeriveError, core::Ids};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// Parses a hand-written file.
pub(crate) fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, DeriveError> {
    serde_json::from_str(text).map_err(|source| DeriveError::Hand { file, source })
}

/// Keys of the rows of a table, each of which may be there once.
pub(crate) struct Keys {
    file: &'static str,
    seen: BTreeSet<String>,
}

impl Keys {
    /// Of a table in `file`.
    pub(crate) fn new(file: &'static str) -> Self {
        Self {
            file,
            seen: BTreeSet::new(),
        }
    }

    /// Refuses a row whose key an earlier row has: one of them would never answer.
    pub(crate) fn once(&mut self, key: impl Into<String>) -> Result<(), DeriveError> {
        let key = key.into();
        match self.seen.insert(key.clone()) {
            true => Ok(()),
            false => Err(DeriveError::VainRow {
                file: self.file,
                place: key,
                why: "another row answers for the same".to_owned(),
            }),
        }
    }
}

/// Checks the actions of one row.
pub(crate) struct Checker<'c> {
    file: &'static str,
    place: &'c str,
    ids: &'c Ids<'c>,
}

impl<'c> Checker<'c> {
    /// A checker for the row at `place`.
    pub(crate) fn new(file: &'static str, place: &'c str, ids: &'c Ids<'c>) -> Self {
        Self { file, place, ids }
    }

    /// The id of an action that must be current.
    pub(crate) fn action(&self, name: &str) -> Result<u32, DeriveError> {
        let (file, place, action) = (self.file, self.place.to_owned(), name.to_owned());
        match self.ids.action(&name.to_ascii_lowercase()) {
            None => Err(DeriveError::UnknownAction {
                file,
                place,
                action,
            }),
            Some(id) if self.ids.is_retired(id) => Err(DeriveError::RetiredAction {
                file,
                place,
                action,
            }),
            Some(id) => Ok(id),
        }
    }

    /// The error for a row that never answers.
    pub(crate) fn vain(&self, place: String, why: String) -> DeriveError {
        DeriveError::VainRow {
            file: self.file,
            place,
            why,
        }
    }

    /// The error for a row that cannot be read.
    pub(crate) fn refuse(&self, why: String) -> DeriveError {
        DeriveError::HandRow {
            file: self.file,
            place: self.place.to_owned(),
            why,
        }
    }
}
