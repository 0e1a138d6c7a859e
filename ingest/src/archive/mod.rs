//! The archive: columns, rows, files, ledger.

#[allow(dead_code, reason = "the row builder reads the column table")]
pub(crate) mod schema;
