//! A policy document as APIs hand it out.

use iam::policy::{ParseError, Policy};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The document's text, in whichever form.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Raw<'a>(#[serde(borrow)] &'a RawValue);

impl Raw<'_> {
    pub(super) fn policy(&self) -> Result<Policy, ParseError> {
        Policy::parse_encoded(self.0.get())
    }
}
