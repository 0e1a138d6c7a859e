//! The archive's columns: the public contract that Athena, DuckDB, Spark, Polars and the analyze room read.

use super::column::Column;
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use std::sync::{Arc, LazyLock};

/// Version of the column set; raised when a reader of the old form would misread the new one.
pub const SCHEMA_VERSION: u32 = 1;
/// Parquet key-value metadata key of [`SCHEMA_VERSION`].
pub const SCHEMA_VERSION_KEY: &str = "leastwise.schema_version";
/// Parquet key-value metadata key of the catalogue version that resolved the accesses.
pub const CATALOGUE_VERSION_KEY: &str = "leastwise.catalogue_version";
/// Hive partition column: the UTC date of the event (`event_date=YYYY-MM-DD/`).
pub const PARTITION_COLUMN: &str = "event_date";

/// What a column holds, and where it comes from.
pub(crate) enum Kind {
    Text(Column),
    EventTime,
    ReadOnly,
    Mfa,
    Accesses,
}

/// How often the values of a column repeat, which says how they are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// Few in all: a dictionary, whose indices are next to nothing. To compress them takes a while for each file, and saves
    /// no more than its own header.
    Few,
    /// A dictionary, compressed.
    Some,
    /// As they are, compressed: nearly each row has its own.
    Many,
}

/// One column of the contract.
pub(crate) struct ColumnDef {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) values: Values,
    pub(crate) doc: &'static str,
}

const fn text(name: &'static str, column: Column, values: Values, doc: &'static str) -> ColumnDef {
    let nullable = !matches!(
        column,
        Column::EventId
            | Column::EventSource
            | Column::EventName
            | Column::Outcome
            | Column::SourceObject
    );
    other(name, Kind::Text(column), nullable, values, doc)
}

const fn other(
    name: &'static str,
    kind: Kind,
    nullable: bool,
    values: Values,
    doc: &'static str,
) -> ColumnDef {
    ColumnDef {
        name,
        kind,
        nullable,
        values,
        doc,
    }
}

const FEW: Values = Values::Few;
const SOME: Values = Values::Some;
const MANY: Values = Values::Many;

/// All columns in archive order.
#[rustfmt::skip]
pub(crate) static COLUMNS: &[ColumnDef] = &[
    text("event_id", Column::EventId, MANY, "eventID; for version 1.0 events a hash of the record; for an UPDATED_DATA record the id of the amended event"),
    other("event_time", Kind::EventTime, false, MANY, "eventTime: when the request completed"),
    text("event_version", Column::EventVersion, FEW, "eventVersion"),
    text("event_type", Column::EventType, FEW, "eventType"),
    text("event_category", Column::EventCategory, FEW, "eventCategory"),
    text("account", Column::Account, FEW, "recipientAccountId, else the caller's account"),
    text("region", Column::Region, FEW, "awsRegion, never from the object key"),
    text("event_source", Column::EventSource, FEW, "eventSource as logged"),
    text("event_name", Column::EventName, FEW, "eventName as logged"),
    text("api_version", Column::ApiVersion, FEW, "apiVersion"),
    other("read_only", Kind::ReadOnly, true, FEW, "readOnly"),
    text("outcome", Column::Outcome, FEW, "allowed, denied or failed"),
    text("error_code", Column::ErrorCode, SOME, "errorCode"),
    text("error_message", Column::ErrorMessage, MANY, "errorMessage"),
    text("principal", Column::Principal, SOME, "role or user ARN with path; the session ARN without session when the log names no role ARN; null for services"),
    text("principal_type", Column::PrincipalType, FEW, "userIdentity.type"),
    text("principal_id", Column::PrincipalId, SOME, "the AROA… or AIDA… id"),
    text("principal_account", Column::PrincipalAccount, FEW, "account of the caller"),
    text("session_name", Column::SessionName, SOME, "role session name"),
    text("source_identity", Column::SourceIdentity, FEW, "sessionContext.sourceIdentity"),
    text("access_key_id", Column::AccessKeyId, SOME, "userIdentity.accessKeyId"),
    text("invoked_by", Column::InvokedBy, FEW, "service that called in the principal's name, or `AWS Internal`"),
    text("on_behalf_of", Column::OnBehalfOf, FEW, "Identity Center user id"),
    text("in_scope_of", Column::InScopeOf, FEW, "workload the credentials were issued to"),
    other("mfa", Kind::Mfa, true, FEW, "sessionContext.attributes.mfaAuthenticated"),
    text("source_ip", Column::SourceIp, SOME, "sourceIPAddress"),
    text("vpc_endpoint_id", Column::VpcEndpointId, FEW, "vpcEndpointId"),
    text("user_agent", Column::UserAgent, SOME, "userAgent"),
    other("accesses", Kind::Accesses, false, SOME, "permissions the event exercised: action, resource, template, via"),
    text("no_access", Column::NoAccess, FEW, "why `accesses` is empty; null when it is not"),
    text("request_parameters", Column::RequestParameters, MANY, "requestParameters as logged, without insignificant white space, secrets redacted"),
    text("shared_event_id", Column::SharedEventId, MANY, "sharedEventID, common to the copies of one cross-account call"),
    text("request_id", Column::RequestId, MANY, "requestID"),
    text("source_object", Column::SourceObject, SOME, "key of the object the event came from, relative to the source"),
];

/// The Arrow schema of an archive file. Text is `Utf8`, dictionary-encoded on disk where cardinality is low.
pub fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> =
        LazyLock::new(|| Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>())));
    Arc::clone(&SCHEMA)
}

/// Each column's name and meaning, in archive order.
pub fn column_docs() -> impl Iterator<Item = (&'static str, &'static str)> {
    COLUMNS.iter().map(|column| (column.name, column.doc))
}

/// Fields of one element of `accesses`.
pub(crate) fn access_fields() -> Fields {
    Fields::from(vec![
        Field::new("action", DataType::Utf8, false),
        Field::new("resource", DataType::Utf8, true),
        Field::new("template", DataType::Utf8, true),
        Field::new("via", DataType::Utf8, false),
    ])
}

/// The list item of `accesses`.
pub(crate) fn access_item() -> Arc<Field> {
    Arc::new(Field::new(
        "element",
        DataType::Struct(access_fields()),
        false,
    ))
}

fn field(column: &ColumnDef) -> Field {
    let data_type = match column.kind {
        Kind::Text(_) => DataType::Utf8,
        Kind::EventTime => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        Kind::ReadOnly | Kind::Mfa => DataType::Boolean,
        Kind::Accesses => DataType::List(access_item()),
    };
    Field::new(column.name, data_type, column.nullable)
}
