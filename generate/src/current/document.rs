//! A policy document as APIs hand it out: a JSON object, JSON in a string, or percent-encoded JSON in a string.

use iam::policy::{ParseError, Policy};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The document's text, in whichever form.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Raw<'a>(#[serde(borrow)] &'a RawValue);

impl Raw<'_> {
    /// The policy. Encoding is RFC 3986: a `+` is a plus, not a space.
    pub(super) fn policy(&self) -> Result<Policy, ParseError> {
        let json = self.0.get();
        let Ok(text) = serde_json::from_str::<String>(json) else {
            return Policy::parse(json);
        };
        if text.trim_start().starts_with('{') {
            return Policy::parse(&text);
        }
        Policy::parse(&percent_decode_str(&text).decode_utf8_lossy())
    }
}
