//! CloudTrail objects to events to accesses to Parquet.

mod access;

pub use access::{Access, EventKind, NoAccess, Resolution};
