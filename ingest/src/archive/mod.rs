//! The archive: columns, rows, files, known ids, ledger, and where they lie.

mod amendment;
pub(crate) mod column;
mod columns;
pub(crate) mod compact;
pub(crate) mod data;
mod date_ids;
mod entry;
mod files;
mod id_file;
mod ids;
pub(crate) mod ledger;
pub(crate) mod location;
mod merge;
pub(crate) mod read;
mod reconcile;
mod rewrite;
pub(crate) mod row;
mod run;
pub(crate) mod schema;
mod shelf;
pub(crate) mod spare;
pub(crate) mod store;
mod waiting;
pub(crate) mod writer;
