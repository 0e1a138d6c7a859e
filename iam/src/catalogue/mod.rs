//! The catalogue: what AWS publishes about its actions, derived from pinned packages and embedded.

pub mod event;

/// An action of the catalogue: dense, in name order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u32);

/// A resource type of the catalogue: dense, in (service, name) order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceTypeId(pub u32);
