//! What a Trino cluster refuses or fails to do, and what to do about it.

use super::Trino;
use super::protocol::NoPage;
use crate::error::Error;
use crate::warehouse::Failed;

const FEWER: &str = "analyze fewer days or accounts at a time (--since, --until, --account), or raise the cluster's limit";
const STORAGE: &str =
    "let the cluster read the archive's bucket, and check the table's location (SHOW CREATE TABLE)";

/// Trino's names of errors, and what to do about them.
const ADVICE: [(&str, &str); 12] = [
    (
        "CATALOG_NOT_FOUND",
        "name a catalog of the cluster's Hive connector with --catalog (SHOW CATALOGS lists them)",
    ),
    (
        "SCHEMA_NOT_FOUND",
        "make the table with the statements that --dry-run prints, or name another one with --schema and --table",
    ),
    (
        "TABLE_NOT_FOUND",
        "make the table with the statements that --dry-run prints, or name another one with --schema and --table",
    ),
    (
        "PERMISSION_DENIED",
        "let the user read the table and, the first time, create it; or create it with what --dry-run prints",
    ),
    ("EXCEEDED_LOCAL_MEMORY_LIMIT", FEWER),
    ("EXCEEDED_GLOBAL_MEMORY_LIMIT", FEWER),
    ("EXCEEDED_TIME_LIMIT", FEWER),
    ("EXCEEDED_SCAN_LIMIT", FEWER),
    ("HIVE_FILESYSTEM_ERROR", STORAGE),
    ("HIVE_CANNOT_OPEN_SPLIT", STORAGE),
    ("HIVE_METASTORE_ERROR", STORAGE),
    (
        "USER_CANCELED",
        "somebody ended the query on the cluster: run again",
    ),
];

/// A statement that was not answered.
pub(super) fn failed(error: NoPage, statement: &str, settings: &Trino) -> Error {
    let advice = match &error {
        NoPage::Connection(_) | NoPage::Json(_) => format!(
            "is there a coordinator at {}? Give its URL with --trino (https:// for TLS, --trino-ca for a private CA)",
            settings.url()
        ),
        NoPage::Status {
            status: 401 | 403, ..
        } => "set TRINO_USER and TRINO_PASSWORD, or TRINO_TOKEN, to what the cluster accepts"
            .to_owned(),
        NoPage::Status { .. } => format!("is {} the coordinator, and is it up?", settings.url()),
        NoPage::Query(error) => {
            let known = ADVICE.iter().find(|(name, _)| *name == error.error_name);
            known
                .map_or("--dry-run prints the statements", |(_, advice)| advice)
                .to_owned()
        }
    };
    Error::Warehouse(Failed {
        what: "Trino did not run the statement".to_owned(),
        statement: statement.to_owned(),
        advice,
        source: Some(Box::new(error)),
    })
}

/// Certificates that cannot be used.
pub(super) fn tls(
    error: impl std::error::Error + Send + Sync + 'static,
    settings: &Trino,
) -> Error {
    Error::Warehouse(Failed {
        what: format!("cannot speak TLS with {}", settings.url()),
        statement: String::new(),
        advice: "give certificates as PEM with --trino-ca".to_owned(),
        source: Some(Box::new(error)),
    })
}

/// A secret that would be sent in the clear.
pub(super) fn in_the_clear(settings: &Trino) -> Error {
    Error::Warehouse(Failed {
        advice: "give an https:// URL with --trino, or unset TRINO_PASSWORD and TRINO_TOKEN"
            .to_owned(),
        ..Failed::new(format!(
            "a password or token is sent over TLS only, and {} is not",
            settings.url()
        ))
    })
}
