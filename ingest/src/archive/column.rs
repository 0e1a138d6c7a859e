//! The text columns of a row, before any reader of Parquet is needed.

use iam::usage::Outcome;

/// Text columns in the order of the encoded row: the first four are the sort key (with `event_time` before `event_id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub(crate) enum Column {
    Principal,
    EventSource,
    EventName,
    EventId,
    EventVersion,
    EventType,
    EventCategory,
    Account,
    Region,
    ApiVersion,
    Outcome,
    ErrorCode,
    ErrorMessage,
    PrincipalType,
    PrincipalId,
    PrincipalAccount,
    SessionName,
    SourceIdentity,
    AccessKeyId,
    InvokedBy,
    OnBehalfOf,
    InScopeOf,
    SourceIp,
    VpcEndpointId,
    UserAgent,
    NoAccess,
    RequestParameters,
    SharedEventId,
    RequestId,
    SourceObject,
}

impl Column {
    /// Number of text columns.
    pub(crate) const COUNT: usize = Column::SourceObject as usize + 1;
}

/// The name of the contract.
pub(crate) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Denied => "denied",
        Outcome::Failed => "failed",
    }
}
