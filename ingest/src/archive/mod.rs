//! The archive: columns, rows, files, known ids, ledger.

mod amendment;
pub(crate) mod columns;
mod files;
mod ids;
pub(crate) mod ledger;
pub(crate) mod row;
pub(crate) mod schema;
pub(crate) mod writer;
