//! An access: one permission that an event exercised, and on what; or the reason why an event shows none.

use std::fmt;

use iam::catalogue::ActionId;
use iam::usage::Via;

use crate::resolve::Accesses;

/// One permission that an event exercised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access<'r> {
    /// The action.
    pub action: ActionId,
    /// The resource as a policy pattern: literal `*`, `?` and `$` of the log are escaped (`${*}`, …), an id that only
    /// AWS knows is `*`, an action that takes no resource has `*`. `None`: the log does not say which resource.
    pub resource: Option<&'r str>,
    /// The resource with its volatile segments (UUIDs, hashes, dates, numbers) as `*`; it always matches `resource`.
    /// `None` when the resource is, but for one case: of a passed role that the log does not name, what carries it (the
    /// ARN pattern of an instance profile or task definition).
    pub template: Option<&'r str>,
    /// How the access was derived from the event.
    pub via: Via,
}

/// What one event exercised; borrowed from the resolver until it resolves the next one.
#[derive(Debug, Clone, Copy)]
pub enum Resolution<'r> {
    /// At least one access.
    Accesses(Accesses<'r>),
    /// No access, and why.
    None(NoAccess),
}

/// Why an event shows no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoAccess {
    /// The record is no request of a principal to an API.
    NotAnApiCall(EventKind),
    /// The call needs no permission.
    NoPermission,
    /// No source knows which action the event exercised.
    UnknownAction,
    /// The event may exercise actions, but the record shows none of the conditions under which it does.
    NoConditionMet,
}

/// Kind of a record that is not an API call, by `eventType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// `AwsServiceEvent`: a service did something, no principal asked for it.
    ServiceEvent,
    /// `AwsConsoleAction`: a console page without public API.
    ConsoleAction,
    /// `AwsConsoleSignIn`.
    ConsoleSignIn,
    /// `AwsVpceEvents`: the view of a VPC endpoint's owner.
    VpcEndpoint,
    /// `AwsCloudTrailInsight`.
    Insight,
    /// `AwsAggregatedEvent`.
    Aggregated,
    /// An `eventType` unknown to us.
    Other,
}

impl NoAccess {
    /// Stable name of the reason, as counted in the archive and in `usage.jsonl`.
    pub fn as_str(self) -> &'static str {
        match self {
            NoAccess::NotAnApiCall(kind) => kind.as_str(),
            NoAccess::NoPermission => "no-permission",
            NoAccess::UnknownAction => "unknown-action",
            NoAccess::NoConditionMet => "no-condition-met",
        }
    }
}

impl EventKind {
    fn as_str(self) -> &'static str {
        match self {
            EventKind::ServiceEvent => "not-an-api-call:service-event",
            EventKind::ConsoleAction => "not-an-api-call:console-action",
            EventKind::ConsoleSignIn => "not-an-api-call:console-sign-in",
            EventKind::VpcEndpoint => "not-an-api-call:vpc-endpoint",
            EventKind::Insight => "not-an-api-call:insight",
            EventKind::Aggregated => "not-an-api-call:aggregated",
            EventKind::Other => "not-an-api-call:other",
        }
    }
}

impl fmt::Display for NoAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
