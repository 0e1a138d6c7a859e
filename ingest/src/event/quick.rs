//! The quick road to an event: one pass over a record of the common form, which is nearly all of them.
//!
//! A record that is not of that form (a member of an unexpected type, twice, or with a name in escapes, anything that
//! is not JSON) is not taken, and the slow road, [`Event::parse`], says what it is. Both give the same event.

use super::cursor::{Cursor, Name};
use super::{
    Addendum, Event, EventResource, InScopeOf, OnBehalfOf, Raw, SessionAttributes, SessionContext,
    SessionIssuer, Text, UserIdentity,
};
use crate::decode::is_event;

/// Takes the records that follow each other in a list, as long as they are of the common form.
pub(crate) struct Quick<'a> {
    text: &'a str,
    at: usize,
    /// Longest record in bytes.
    limit: usize,
}

impl<'a> Quick<'a> {
    /// `text` begins between two elements of a list and may end anywhere.
    pub(crate) fn new(text: &'a str, limit: usize) -> Self {
        Self { text, at: 0, limit }
    }

    /// The next event, and where it begins and ends; nothing is taken yet.
    pub(crate) fn peek(&self) -> Option<(Event<'a>, std::ops::Range<usize>)> {
        let mut json = Cursor::new(self.text, self.at);
        while json.peek()? == b',' {
            json.take(b',')?;
        }
        let from = json.at();
        let event = event(&mut json)?;
        let short = json.at() - from <= self.limit;
        (short && is_event(&event)).then(|| (event, from..json.at()))
    }

    /// Takes what ends here.
    pub(crate) fn take(&mut self, end: usize) {
        self.at = end;
    }

    /// Bytes taken.
    pub(crate) fn taken(&self) -> usize {
        self.at
    }
}

/// A name and how it is written.
macro_rules! written {
    ($name:literal) => {
        Name {
            bare: $name,
            written: concat!("\"", $name, "\":"),
        }
    };
}

/// Reads the members of a structure into a value, each at most once; first come those that CloudTrail writes first.
macro_rules! members {
    ($json:ident into $value:ident: $($name:literal $(or $alias:literal as $other:ident)? => $field:ident: $read:expr,)+) => {{
        #[expect(non_camel_case_types, reason = "named as the fields they number")]
        enum Place {
            $($field, $($other,)?)+
        }
        const NAMES: &[Name] = &[$(written!($name), $(written!($alias),)?)+];
        let mut seen = 0_u64;
        $json.members(NAMES, |json, place| {
            let field = $(if place == Place::$field as usize $(|| place == Place::$other as usize)? {
                $value.$field = $read(json)?;
                Place::$field
            } else)+ {
                return None;
            };
            let bit = 1 << field as u32;
            let again = seen & bit != 0;
            seen |= bit;
            (!again).then_some(())
        })?;
    }};
}

fn event<'a>(json: &mut Cursor<'a>) -> Option<Event<'a>> {
    let mut event = Event::default();
    members!(json into event:
        "eventVersion" => event_version: text,
        "userIdentity" => user_identity: |json| or_null(json, identity).map(Option::unwrap_or_default),
        "eventTime" => event_time: mandatory_text,
        "eventSource" => event_source: mandatory_text,
        "eventName" => event_name: mandatory_text,
        "awsRegion" => aws_region: text,
        "sourceIPAddress" => source_ip_address: text,
        "userAgent" => user_agent: text,
        "errorCode" => error_code: text,
        "errorMessage" => error_message: text,
        "requestParameters" => request_parameters: raw,
        "additionalEventData" => additional_event_data: raw,
        "requestID" => request_id: text,
        "eventID" => event_id: text,
        "readOnly" => read_only: flag,
        "resources" => resources: |json| or_null(json, resources).map(Option::unwrap_or_default),
        "eventType" => event_type: text,
        "apiVersion" => api_version: text,
        "managementEvent" => management_event: flag,
        "recipientAccountId" => recipient_account_id: text,
        "sharedEventID" => shared_event_id: text,
        "serviceEventDetails" => service_event_details: raw,
        "vpcEndpointId" => vpc_endpoint_id: text,
        "eventCategory" => event_category: text,
        "addendum" => addendum: |json| or_null(json, addendum),
    );
    Some(event)
}

fn identity<'a>(json: &mut Cursor<'a>) -> Option<UserIdentity<'a>> {
    let mut identity = UserIdentity::default();
    members!(json into identity:
        "type" => identity_type: text,
        "principalId" => principal_id: text,
        "arn" => arn: text,
        "accountId" => account_id: text,
        "accessKeyId" => access_key_id: text,
        "userName" => user_name: text,
        "invokedBy" => invoked_by: text,
        "sessionContext" => session_context: |json| or_null(json, session_context),
        "onBehalfOf" => on_behalf_of: |json| or_null(json, on_behalf_of),
        "inScopeOf" => in_scope_of: |json| or_null(json, in_scope_of),
        "identityProvider" => identity_provider: text,
    );
    Some(identity)
}

fn session_context<'a>(json: &mut Cursor<'a>) -> Option<SessionContext<'a>> {
    let mut context = SessionContext::default();
    members!(json into context:
        "sessionIssuer" => session_issuer: |json| or_null(json, issuer),
        "attributes" => attributes: |json| or_null(json, attributes).map(Option::unwrap_or_default),
        "sourceIdentity" => source_identity: text,
    );
    Some(context)
}

fn issuer<'a>(json: &mut Cursor<'a>) -> Option<SessionIssuer<'a>> {
    let mut issuer = SessionIssuer::default();
    members!(json into issuer:
        "type" => issuer_type: text,
        "principalId" => principal_id: text,
        "arn" => arn: text,
        "accountId" => account_id: text,
        "userName" => user_name: text,
    );
    Some(issuer)
}

fn attributes<'a>(json: &mut Cursor<'a>) -> Option<SessionAttributes<'a>> {
    let mut attributes = SessionAttributes::default();
    members!(json into attributes:
        "mfaAuthenticated" => mfa_authenticated: flag,
        "creationDate" => creation_date: text,
    );
    Some(attributes)
}

fn on_behalf_of<'a>(json: &mut Cursor<'a>) -> Option<OnBehalfOf<'a>> {
    let mut user = OnBehalfOf::default();
    members!(json into user:
        "userId" => user_id: text,
        "identityStoreArn" => identity_store_arn: text,
    );
    Some(user)
}

fn in_scope_of<'a>(json: &mut Cursor<'a>) -> Option<InScopeOf<'a>> {
    let mut scope = InScopeOf::default();
    members!(json into scope:
        "sourceArn" => source_arn: text,
        "credentialsIssuedTo" => credentials_issued_to: text,
    );
    Some(scope)
}

fn resources<'a>(json: &mut Cursor<'a>) -> Option<Vec<EventResource<'a>>> {
    let mut resources = Vec::new();
    json.elements(|json| {
        let mut resource = EventResource::default();
        members!(json into resource:
            "ARN" or "arn" as arn_alias => arn: text,
            "ARNPrefix" or "arnPrefix" as arn_prefix_alias => arn_prefix: text,
            "accountId" => account_id: text,
            "type" => resource_type: text,
        );
        resources.push(resource);
        Some(())
    })?;
    Some(resources)
}

fn addendum<'a>(json: &mut Cursor<'a>) -> Option<Addendum<'a>> {
    let mut addendum = Addendum::default();
    members!(json into addendum:
        "reason" => reason: text,
        "updatedFields" => updated_fields: text,
        "originalRequestID" => original_request_id: text,
        "originalEventID" => original_event_id: text,
    );
    Some(addendum)
}

/// Null, or what `read` takes.
fn or_null<'a, T>(
    json: &mut Cursor<'a>,
    read: impl FnOnce(&mut Cursor<'a>) -> Option<T>,
) -> Option<Option<T>> {
    match json.peek()? {
        b'n' => json.word("null").map(|()| None),
        _ => read(json).map(Some),
    }
}

fn text<'a>(json: &mut Cursor<'a>) -> Option<Option<Text<'a>>> {
    or_null(json, some_text)
}

fn mandatory_text<'a>(json: &mut Cursor<'a>) -> Option<Text<'a>> {
    some_text(json)
}

fn some_text<'a>(json: &mut Cursor<'a>) -> Option<Text<'a>> {
    let from = json.at();
    let literal = json.string()?;
    if !literal.escaped {
        return Some(Text::from(literal.text));
    }
    serde_json::from_str(json.since(from)?).ok()
}

fn flag(json: &mut Cursor<'_>) -> Option<Option<bool>> {
    match json.peek()? {
        b't' => json.word("true").map(|()| Some(true)),
        b'f' => json.word("false").map(|()| Some(false)),
        b'n' => json.word("null").map(|()| None),
        _ => match json.string()?.text {
            "true" => Some(Some(true)),
            "false" => Some(Some(false)),
            _ => None,
        },
    }
}

fn raw<'a>(json: &mut Cursor<'a>) -> Option<Option<Raw<'a>>> {
    or_null(json, |json| {
        let from = json.at();
        json.skip()?;
        json.since(from).map(Raw::of_valid)
    })
}

#[cfg(test)]
#[path = "quick_tests.rs"]
mod tests;
