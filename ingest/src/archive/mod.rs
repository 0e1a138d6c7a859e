//! The archive: columns, rows, files, known ids, ledger, and where they lie.

mod amendment;
pub(crate) mod column;
mod columns;
pub(crate) mod compact;
pub(crate) mod data;
mod entry;
mod files;
mod ids;
pub(crate) mod ledger;
pub(crate) mod location;
mod merge;
pub(crate) mod read;
mod reconcile;
mod rewrite;
pub(crate) mod row;
pub(crate) mod schema;
mod shelf;
pub(crate) mod spare;
pub(crate) mod store;
pub(crate) mod writer;
