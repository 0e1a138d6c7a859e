//! CloudTrail objects to events to accesses to a Parquet archive.

mod access;
mod decode;
mod event;

pub use access::{Access, EventKind, NoAccess, Resolution};
pub use decode::{DecodeError, Decoded, Skip};
pub use event::{
    Addendum, Event, EventResource, InScopeOf, OnBehalfOf, SessionAttributes, SessionContext,
    SessionIssuer, Text, UserIdentity,
};
