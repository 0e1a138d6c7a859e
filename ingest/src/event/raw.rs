//! A JSON value of a record, as it was logged.

use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;

/// Valid JSON that is looked at only when need be; without white space around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The value that the text is.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// `text` is known to be valid.
    pub(super) fn of_valid(text: &'a str) -> Self {
        Self(text)
    }

    /// The JSON text.
    pub fn get(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|value| Self(value.get()))
    }
}
