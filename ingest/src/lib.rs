//! CloudTrail objects to events to accesses to a Parquet archive.

mod access;
mod archive;
mod decode;
mod event;

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
