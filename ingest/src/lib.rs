//! CloudTrail objects to events to accesses to a Parquet archive.

mod access;
mod archive;
mod decode;
mod envelope;
mod event;
mod outcome;
mod principal;
mod redact;
mod splitter;
mod time;

pub use access::{Access, EventKind, NoAccess, Resolution};
pub use archive::schema::{
    CATALOGUE_VERSION_KEY, PARTITION_COLUMN, SCHEMA_VERSION, SCHEMA_VERSION_KEY, column_docs,
    schema,
};
pub use decode::{DecodeError, Decoded, Skip};
pub use event::{
    Addendum, Event, EventResource, InScopeOf, OnBehalfOf, SessionAttributes, SessionContext,
    SessionIssuer, Text, UserIdentity,
};
pub use outcome::outcome;
pub use principal::Principal;
