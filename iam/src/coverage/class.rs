//! Classes of management events, as `usage.jsonl` names them.

/// Read-only management events.
pub const MANAGEMENT_READ: &str = "management-read";
/// The other management events.
pub const MANAGEMENT_WRITE: &str = "management-write";
/// The service whose management events trails leave out most often, as an action prefix.
pub const KMS: &str = "kms";

/// Management events that a trail may leave out by source: event source, action prefix, read class, write class.
/// Source: CloudTrail API reference, EventSelector, ExcludeManagementEventSources.
const EXCLUDABLE: [(&str, &str, &str, &str); 2] = [
    (
        "kms.amazonaws.com",
        KMS,
        "management-read-kms",
        "management-write-kms",
    ),
    (
        "rdsdata.amazonaws.com",
        "rds-data",
        "management-read-rdsdata",
        "management-write-rdsdata",
    ),
];

/// The class of a management event.
pub fn management_class(event_source: &str, read: bool) -> &'static str {
    let own = EXCLUDABLE.iter().find(|row| row.0 == event_source);
    match (own, read) {
        (Some(row), true) => row.2,
        (Some(row), false) => row.3,
        (None, true) => MANAGEMENT_READ,
        (None, false) => MANAGEMENT_WRITE,
    }
}

/// The read and the write class of a service whose events a trail may leave out.
pub(super) fn excludable(service: &str) -> Option<(&'static str, &'static str)> {
    let own = EXCLUDABLE.iter().find(|row| row.1 == service);
    own.map(|row| (row.2, row.3))
}

/// The region where the events of global services are logged.
pub(super) const GLOBAL_REGION: &str = "us-east-1";

/// Global services whose management events are logged in [`GLOBAL_REGION`] wherever they are called, as action
/// prefixes. Source: CloudTrail User Guide, global service events (since 2021-11-22); Route 53 Developer Guide;
/// AWS Organizations User Guide.
const GLOBAL: [&str; 4] = ["cloudfront", "iam", "organizations", "route53"];

/// Whether all of the service's management events are logged in [`GLOBAL_REGION`].
pub(super) fn is_global(service: &str) -> bool {
    GLOBAL.contains(&service)
}
