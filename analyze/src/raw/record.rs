//! A group's record: what its events have in common and resolving them depends on.

use ingest::{Event, EventResource, Raw, SessionContext, SessionIssuer, Text, UserIdentity};
use serde::Deserialize;

/// The members of [`Record`], in its order, in the words of the statement. A session's name is cut off: no usage depends
/// on it, and each session would be a group of its own.
pub(super) const RECORD: [&str; 17] = [
    "event_version",
    "event_type",
    "event_category",
    "event_source",
    "event_name",
    "region",
    "recipient",
    "read_only",
    "error_code",
    "error_message",
    "identity_type",
    "split_part(principal_id, ':', 1)",
    r"IF(identity_type = 'AssumedRole', regexp_replace(arn, '^([\s\S]*?:assumed-role/[^/]*)/[\s\S]*$', '$1/-'), arn)",
    "caller",
    "invoked_by",
    "issuer_arn",
    "issuer_id",
];

/// Member of a record that may be absent.
type Member<'r> = Option<Text<'r>>;

/// What the events of a group have in common; then the resources that the log names.
#[derive(Debug, Deserialize)]
pub(super) struct Record<'r>(
    #[serde(borrow)] [Member<'r>; RECORD.len()],
    #[serde(borrow)] Option<Vec<[Member<'r>; 3]>>,
);

impl<'r> Record<'r> {
    /// The record as one event, of a time that does not matter.
    pub(super) fn into_event(
        self,
        parameters: Option<Raw<'r>>,
        details: Option<Raw<'r>>,
    ) -> Event<'r> {
        let [version, kind, category, source, name, rest @ ..] = self.0;
        let [region, recipient, read_only, code, message, identity @ ..] = rest;
        let resources = self.1.unwrap_or_default();
        Event {
            event_version: version,
            event_time: Text::from("1970-01-01T00:00:00Z"),
            event_type: kind,
            event_category: category,
            event_source: source.unwrap_or_default(),
            event_name: name.unwrap_or_default(),
            aws_region: region,
            recipient_account_id: recipient,
            read_only: read_only.and_then(|text| text.to_ascii_lowercase().parse().ok()),
            error_code: code,
            error_message: message,
            user_identity: user_identity(identity),
            request_parameters: parameters,
            service_event_details: details,
            resources: resources.into_iter().map(resource).collect(),
            ..Event::default()
        }
    }
}

fn user_identity(members: [Member<'_>; 7]) -> UserIdentity<'_> {
    let [
        identity_type,
        principal_id,
        arn,
        account_id,
        invoked_by,
        issuer_arn,
        issuer_id,
    ] = members;
    let issuer = SessionIssuer {
        arn: issuer_arn,
        principal_id: issuer_id,
        ..SessionIssuer::default()
    };
    UserIdentity {
        identity_type,
        principal_id,
        arn,
        account_id,
        invoked_by,
        session_context: Some(SessionContext {
            session_issuer: Some(issuer),
            ..SessionContext::default()
        }),
        ..UserIdentity::default()
    }
}

fn resource([arn, account_id, resource_type]: [Member<'_>; 3]) -> EventResource<'_> {
    EventResource {
        arn,
        account_id,
        resource_type,
        ..EventResource::default()
    }
}
