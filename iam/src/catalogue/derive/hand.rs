//! Hand-written files: parsing, and the check that every action they name exists.

use super::{DeriveError, core::Ids};
use serde::de::DeserializeOwned;

/// Parses a hand-written file.
pub(crate) fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, DeriveError> {
    serde_json::from_str(text).map_err(|source| DeriveError::Hand { file, source })
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

    /// The id of an action that must be current or retired.
    pub(crate) fn action(&self, name: &str) -> Result<u32, DeriveError> {
        let id = self.ids.action(&name.to_ascii_lowercase());
        id.ok_or_else(|| DeriveError::UnknownAction {
            file: self.file,
            place: self.place.to_owned(),
            action: name.to_owned(),
        })
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
