//! Which records are requests to an API: the `eventType` values (event-overrides.json, `event_types`).

use crate::access::EventKind;
use crate::event::Event;

/// Kinds that are no API call.
const KINDS: [(&str, EventKind); 7] = [
    ("AwsServiceEvent", EventKind::ServiceEvent),
    ("AwsConsoleAction", EventKind::ConsoleAction),
    ("AwsConsoleSignIn", EventKind::ConsoleSignIn),
    ("AwsVpceEvents", EventKind::VpcEndpoint),
    ("AwsVpceEvent", EventKind::VpcEndpoint),
    ("AwsCloudTrailInsight", EventKind::Insight),
    ("AwsAggregatedEvent", EventKind::Aggregated),
];

/// API calls under a type of their own, by event source.
const CALLS: [(&str, &str); 1] = [("Rds Data Service", "rdsdataapi.amazonaws.com")];

/// `None` for an API call. A record without type is of an old version and counts as a call.
pub(crate) fn kind(event: &Event<'_>) -> Option<EventKind> {
    let event_type = event
        .event_type
        .as_deref()
        .filter(|event_type| *event_type != "AwsApiCall")?;
    if CALLS
        .iter()
        .any(|(call, source)| *call == event_type && *source == &*event.event_source)
    {
        return None;
    }
    let known = KINDS.iter().find(|(name, _)| *name == event_type);
    Some(known.map_or(EventKind::Other, |(_, kind)| *kind))
}

/// Data events under the source of another service, told by the type of their first resource.
const SOURCES: [(&str, &str, &str); 1] = [(
    "s3.amazonaws.com",
    "AWS::S3Tables::",
    "s3tables.amazonaws.com",
)];

/// The event source whose actions the event exercised (event-overrides.json, notes of the `s3tables` rows).
pub(crate) fn source<'a>(event: &'a Event<'_>) -> &'a str {
    let logged = &*event.event_source;
    let first = event
        .resources
        .first()
        .and_then(|resource| resource.resource_type.as_deref())
        .unwrap_or_default();
    let other = SOURCES
        .iter()
        .find(|(source, prefix, _)| first.starts_with(prefix) && *source == logged);
    other.map_or(logged, |(_, _, source)| source)
}
