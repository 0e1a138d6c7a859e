//! `event-overrides.json` as its readers see it.

use crate::vector::Vector;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;

#[derive(Debug, Deserialize)]
pub(crate) struct Overrides {
    pub(crate) source_aliases: Vec<Alias>,
    pub(crate) events: Vec<Event>,
    pub(crate) no_permission: Vec<Free>,
    pub(crate) event_types: Vec<Type>,
    pub(crate) unmapped_events: Vec<Unmapped>,
    pub(crate) pass_role: Vec<PassRole>,
}

impl Overrides {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("../../../iam/data/event-overrides.json")).unwrap()
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Alias {
    pub(crate) event_source: String,
    pub(crate) prefixes: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    event_source: String,
    event_name: String,
    pub(crate) required: Vec<Need>,
    #[serde(default)]
    pub(crate) conditional: Vec<Conditional>,
    #[serde(default)]
    pub(crate) note: String,
}

impl Event {
    pub(crate) fn answers(&self, vector: &Vector) -> bool {
        vector.is(&self.event_source, &self.event_name)
    }

    pub(crate) fn is_free(&self) -> bool {
        self.required.is_empty() && self.conditional.is_empty()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.event_source, self.event_name)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Need {
    pub(crate) action: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Conditional {
    pub(crate) action: String,
    pub(crate) when: Value,
}

impl Conditional {
    /// Not one of those that no record shows.
    pub(crate) fn can_be_read(&self) -> bool {
        self.when.get("text").is_none()
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Free {
    event_source: String,
    event_name: String,
    #[serde(default)]
    pub(crate) note: String,
}

impl Free {
    pub(crate) fn answers(&self, vector: &Vector) -> bool {
        vector.is(&self.event_source, &self.event_name)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Unmapped {
    event_source: String,
    event_name: String,
    pub(crate) candidate: Option<String>,
}

impl Unmapped {
    pub(crate) fn answers(&self, vector: &Vector) -> bool {
        vector.is(&self.event_source, &self.event_name)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct PassRole {
    pub(crate) event_source: String,
    pub(crate) event_names: Vec<String>,
    pub(crate) paths: Vec<String>,
}

impl PassRole {
    pub(crate) fn answers(&self, vector: &Vector) -> bool {
        let mut names = self.event_names.iter();
        names.any(|name| vector.is(&self.event_source, name))
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Type {
    #[serde(rename = "eventType")]
    pub(crate) event_type: Option<String>,
    pub(crate) also_seen: Option<String>,
    r#use: String,
}

impl Type {
    /// Treated as a request to an API.
    pub(crate) fn is_a_call(&self) -> bool {
        self.r#use.contains("permission evidence") || self.r#use.contains("treat as AwsApiCall")
    }
}
