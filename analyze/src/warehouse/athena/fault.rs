//! What Athena refuses or fails to do, and what to do about it.

use super::Athena;
use crate::error::Error;
use crate::warehouse::Failed;
use aws_sdk_athena::error::{ProvideErrorMetadata, SdkError};

/// What Athena says (a part of its code or message, in lower case), and what to do about it. The first that fits.
const ADVICE: [(&str, &str); 17] = [
    ("expiredtoken", RENEW),
    ("token included in the request is expired", RENEW),
    ("unrecognizedclient", RENEW),
    ("invalidclienttokenid", RENEW),
    ("invalidsignature", RENEW),
    (
        "toomanyrequests",
        "Athena is at its limit of queries or requests: run again later, or in another workgroup (--workgroup)",
    ),
    (
        "throttl",
        "Athena is at its limit of queries or requests: run again later, or in another workgroup (--workgroup)",
    ),
    ("bytes scanned limit", LIMIT),
    (
        "exhausted resources",
        "analyze fewer days or accounts at a time (--since, --until, --account)",
    ),
    ("table_not_found", TABLE),
    ("schema_not_found", TABLE),
    ("entitynotfound", TABLE),
    (
        "path_already_exists",
        "empty the place of the results, or give another one with --results",
    ),
    ("access denied", WRITE),
    ("accessdenied", WRITE),
    ("permission_denied", WRITE),
    (
        "workgroup",
        "name a workgroup that is there and enabled with --workgroup",
    ),
];
const RENEW: &str = "the credentials are expired or not valid: log in again (aws sso login, or fresh keys), then run again";
const LIMIT: &str = "the workgroup's limit of scanned bytes is reached: analyze fewer days at a time (--since, --until), or raise the limit";
const TABLE: &str = "make the table with the statements that --dry-run prints, or name another one with --database and --table";
const WRITE: &str = "the credentials must be allowed to read the archive's bucket, to write, read and delete below the results' place \
                     (--results), and to run queries in the workgroup (athena:StartQueryExecution, glue:GetTable, glue:GetPartitions)";

fn advice(said: &str) -> String {
    let said = said.to_lowercase();
    let found = ADVICE.iter().find(|(part, _)| said.contains(part));
    found
        .map_or("--dry-run prints the statements", |(_, advice)| advice)
        .to_owned()
}

/// A request that Athena did not answer well.
pub(super) fn request<E>(name: &str, error: SdkError<E>, settings: &Athena) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let message = error.message().unwrap_or_default();
    let advice = match &error {
        SdkError::ServiceError(_) => advice(&format!("{code} {message}")),
        SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => {
            "check credentials, --profile, --region and --endpoint-url, and that the endpoint can be reached".to_owned()
        }
        _ => String::new(),
    };
    let said = [code, message].into_iter().filter(|text| !text.is_empty());
    let said = said.collect::<Vec<_>>().join(": ");
    let colon = if said.is_empty() { "" } else { ": " };
    Error::Warehouse(Failed {
        what: format!(
            "Athena did not do {name} in the workgroup `{}`{colon}{said}",
            settings.workgroup
        ),
        statement: String::new(),
        advice,
        source: Some(Box::new(error)),
    })
}

/// Whether the answer is that there is no such table or database.
pub(super) fn is_missing<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    let is_metadata = error.code() == Some("MetadataException");
    is_metadata
        && error
            .message()
            .unwrap_or_default()
            .contains("EntityNotFoundException")
}

/// A query that failed.
pub(super) fn query(reason: &str, id: &str, statement: &str, settings: &Athena) -> Error {
    Error::Warehouse(Failed {
        statement: statement.to_owned(),
        advice: advice(reason),
        ..Failed::new(format!(
            "the query {id} failed in the workgroup `{}`: {reason}",
            settings.workgroup
        ))
    })
}

/// A query that somebody else stopped.
pub(super) fn cancelled(reason: &str, id: &str, settings: &Athena) -> Error {
    let is_limit = reason.to_lowercase().contains("bytes scanned limit");
    let advice = if is_limit {
        LIMIT
    } else {
        "somebody stopped it: run again"
    };
    let colon = if reason.is_empty() { "" } else { ": " };
    Error::Warehouse(Failed {
        advice: advice.to_owned(),
        ..Failed::new(format!(
            "the query {id} was cancelled in the workgroup `{}`{colon}{reason}",
            settings.workgroup
        ))
    })
}

/// More bytes than the user wants to pay for.
pub(in crate::warehouse) fn limit(bytes: u64, limit: u64) -> Error {
    Error::Warehouse(Failed {
        advice: "raise --max-scan-bytes, or analyze fewer days at a time (--since, --until)"
            .to_owned(),
        ..Failed::new(format!(
            "{bytes} bytes to scan are more than the {limit} of --max-scan-bytes"
        ))
    })
}
