//! CloudTrail objects to events to accesses to a Parquet archive.
//!
//! [`ingest`] does it all: it lists a [`Source`], reads what is new, and commits it to the archive, whose columns are
//! [`schema`]. [`Event`] is one record, [`Principal`] whose policy it exercised, [`outcome`] what became of it.

mod access;
mod archive;
mod config;
mod decode;
mod digest;
mod encode;
mod envelope;
mod error;
mod event;
mod gzip;
mod inflate;
mod memory;
mod outcome;
mod pipeline;
mod principal;
mod probe;
mod quarantine;
mod reader;
mod redact;
mod report;
mod resolve;
mod shard;
mod source;
mod splitter;
mod time;

pub use access::{Access, EventKind, NoAccess, Resolution};
pub use archive::compact::{CompactConfig, CompactReport, compact};
pub use archive::data::DataReader;
pub use archive::location::ArchiveLocation;
pub use archive::read::{Archive, DataFile};
pub use archive::schema::{
    CATALOGUE_VERSION_KEY, PARTITION_COLUMN, SCHEMA_VERSION, SCHEMA_VERSION_KEY, column_docs,
    schema,
};
pub use config::{Cancel, Config, Progress, S3Options, Silent};
pub use decode::{DecodeError, Decoded, Skip};
pub use digest::{
    Delivery, Finding, FindingKind, LISTED_FINDINGS, PlaceReport, Severity, Tally, Trust,
    Verification, VerifyConfig, Window, verify,
};
pub use error::Error;
pub use event::{
    Addendum, Event, EventResource, InScopeOf, OnBehalfOf, Raw, SessionAttributes, SessionContext,
    SessionIssuer, Text, UserIdentity,
};
pub use outcome::outcome;
pub use pipeline::ingest;
pub use principal::Principal;
pub use probe::Probe;
pub use quarantine::Quarantine;
pub use report::{LISTED_QUARANTINE, Objects, Quarantined, Report, Unreadable};
pub use resolve::{Accesses, Resolver};
pub use shard::Shard;
pub use source::{DeliveryDays, Source};
