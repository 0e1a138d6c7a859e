//! The catalogue: what AWS publishes about its actions, derived from pinned packages and embedded.
//!
//! ```
//! use leastwise_iam::catalogue::{AccessLevel, Catalogue};
//!
//! let action = Catalogue::embedded().action("S3:getobject").expect("a current action");
//! assert_eq!(action.name(), "s3:GetObject");
//! assert_eq!(action.level(), AccessLevel::Read);
//! ```

mod action;
mod changes;
mod columns;
mod coverage;
mod forwards;
mod meaning;
mod operations;
pub(crate) mod pattern;
mod receivers;
mod source;
mod store;
mod tables;
#[cfg(test)]
mod tests;

pub mod derive;
pub mod event;

pub use action::{AccessLevel, Action, Capability, Observability, ResourceType, Risk};
pub use changes::Changes;
pub use coverage::Coverage;
pub use store::LoadError;

use serde::{Deserialize, Serialize};
use std::sync::{LazyLock, OnceLock};

/// An action of the catalogue: dense, in name order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActionId(pub u32);

/// A resource type of the catalogue: dense, in (service, name) order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceTypeId(pub u32);

/// How well a hand-written row is supported.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Inference: must not widen a policy without a warning.
    #[default]
    Unverified,
    /// One source.
    FromDocs,
    /// Two sources or a real record.
    Verified,
}

/// The catalogue: immutable.
#[derive(Debug)]
pub struct Catalogue {
    core: tables::Core,
    operations: OnceLock<tables::Operations>,
}

impl Catalogue {
    /// The catalogue this program was built with, decoded on first use.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(store::embedded);
        &EMBEDDED
    }

    /// Version, e.g. `2026-10-27.1`; stamped into archives and proposals.
    pub fn version(&self) -> &str {
        &self.core.version
    }

    /// The action of that name (`s3:getobject`, any case), retired ones too.
    pub fn action(&self, name: &str) -> Option<Action<'_>> {
        let index = self.core.actions.names.find_ignoring_case(name)?;
        self.get(ActionId(u32::try_from(index).ok()?))
    }

    /// The action with that id.
    pub fn get(&self, id: ActionId) -> Option<Action<'_>> {
        let known = (id.0 as usize) < self.core.actions.names.len();
        known.then(|| Action::new(self, id))
    }

    /// Current actions in name order; retired ones are left out.
    pub fn actions(&self) -> impl Iterator<Item = Action<'_>> {
        self.all()
            .filter(|id| !self.is_retired(*id))
            .map(|id| Action::new(self, id))
    }

    /// Service prefixes with a current action, sorted.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        let services = self.core.services.iter();
        services.filter(|service| self.under(service).any(|id| !self.is_retired(id)))
    }

    /// The resource type with that id.
    pub fn resource_type(&self, id: ResourceTypeId) -> Option<ResourceType<'_>> {
        let known = (id.0 as usize) < self.core.resource_types.names.len();
        known.then(|| ResourceType::new(self, id))
    }

    /// Resource types in (service, name) order.
    pub fn resource_types(&self) -> impl Iterator<Item = ResourceType<'_>> {
        let count = u32::try_from(self.core.resource_types.names.len()).unwrap_or(u32::MAX);
        (0..count).map(|id| ResourceType::new(self, ResourceTypeId(id)))
    }

    /// Sets of actions that together let a principal raise its own permissions (`risk.json`).
    pub fn escalations(&self) -> impl Iterator<Item = &[ActionId]> {
        self.core.escalations.iter().map(Vec::as_slice)
    }
}
