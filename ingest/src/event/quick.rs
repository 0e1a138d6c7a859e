//! The quick road to an event: one pass over a record of the common form, which is nearly all of them.
//!
//! A record that is not of that form (a member of an unexpected type, twice, or with a name in escapes, anything that
//! is not JSON) is not taken, and the slow road, [`Event::parse`], says what it is. Both give the same event.

use super::cursor::Cursor;
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

    /// Reads the next event into a default one; where it begins and ends. Nothing is taken yet.
    pub(crate) fn peek(&self, event: &mut Event<'a>) -> Option<std::ops::Range<usize>> {
        let mut json = Cursor::new(self.text, self.at);
        while json.peek()? == b',' {
            json.take(b',')?;
        }
        let from = json.at();
        read(&mut json, event)?;
        let short = json.at() - from <= self.limit;
        (short && is_event(event)).then(|| from..json.at())
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

/// Reads the members of a structure into a value, each at most once. In the order of CloudTrail, which is that of the list,
/// it costs one comparison with a known text to find a member; any other order costs a search.
macro_rules! members {
    ($json:ident into $value:ident: $($name:literal $(or $alias:literal)? => $field:ident: $read:expr,)+) => {{
        #[expect(non_camel_case_types, reason = "named as the fields they number")]
        enum Place {
            $($field,)+
        }
        let mut seen = 0_u64;
        let mut once = |place: Place| {
            let bit = 1 << place as u32;
            let first = seen & bit == 0;
            seen |= bit;
            first.then_some(())
        };
        let mut more = $json.open()?;
        while more {
            $(if more && $json.is_named(concat!("\"", $name, "\":")) {
                once(Place::$field)?;
                $read($json, &mut $value.$field)?;
                more = $json.more()?;
            })+
            if !more {
                break;
            }
            match $json.name()? {
                $($name $(| $alias)? => {
                    once(Place::$field)?;
                    $read($json, &mut $value.$field)?;
                })+
                _ => $json.skip()?,
            }
            more = $json.more()?;
        }
        Some(())
    }};
}

fn read<'a>(json: &mut Cursor<'a>, event: &mut Event<'a>) -> Option<()> {
    members!(json into event:
        "eventVersion" => event_version: text,
        "userIdentity" => user_identity: |json, slot| or_null(json, slot, identity),
        "eventTime" => event_time: some_text,
        "eventSource" => event_source: some_text,
        "eventName" => event_name: some_text,
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
        "resources" => resources: |json, slot| or_null(json, slot, resources),
        "eventType" => event_type: text,
        "apiVersion" => api_version: text,
        "managementEvent" => management_event: flag,
        "recipientAccountId" => recipient_account_id: text,
        "sharedEventID" => shared_event_id: text,
        "serviceEventDetails" => service_event_details: raw,
        "vpcEndpointId" => vpc_endpoint_id: text,
        "eventCategory" => event_category: text,
        "addendum" => addendum: |json, slot| option(json, slot, addendum),
    )
}

fn identity<'a>(json: &mut Cursor<'a>, identity: &mut UserIdentity<'a>) -> Option<()> {
    members!(json into identity:
        "type" => identity_type: text,
        "principalId" => principal_id: text,
        "arn" => arn: text,
        "accountId" => account_id: text,
        "accessKeyId" => access_key_id: text,
        "userName" => user_name: text,
        "invokedBy" => invoked_by: text,
        "sessionContext" => session_context: |json, slot| option(json, slot, session_context),
        "onBehalfOf" => on_behalf_of: |json, slot| option(json, slot, on_behalf_of),
        "inScopeOf" => in_scope_of: |json, slot| option(json, slot, in_scope_of),
        "identityProvider" => identity_provider: text,
    )
}

fn session_context<'a>(json: &mut Cursor<'a>, context: &mut SessionContext<'a>) -> Option<()> {
    members!(json into context:
        "sessionIssuer" => session_issuer: |json, slot| option(json, slot, issuer),
        "attributes" => attributes: |json, slot| or_null(json, slot, attributes),
        "sourceIdentity" => source_identity: text,
    )
}

fn issuer<'a>(json: &mut Cursor<'a>, issuer: &mut SessionIssuer<'a>) -> Option<()> {
    members!(json into issuer:
        "type" => issuer_type: text,
        "principalId" => principal_id: text,
        "arn" => arn: text,
        "accountId" => account_id: text,
        "userName" => user_name: text,
    )
}

fn attributes<'a>(json: &mut Cursor<'a>, attributes: &mut SessionAttributes<'a>) -> Option<()> {
    members!(json into attributes:
        "mfaAuthenticated" => mfa_authenticated: flag,
        "creationDate" => creation_date: text,
    )
}

fn on_behalf_of<'a>(json: &mut Cursor<'a>, user: &mut OnBehalfOf<'a>) -> Option<()> {
    members!(json into user:
        "userId" => user_id: text,
        "identityStoreArn" => identity_store_arn: text,
    )
}

fn in_scope_of<'a>(json: &mut Cursor<'a>, scope: &mut InScopeOf<'a>) -> Option<()> {
    members!(json into scope:
        "sourceArn" => source_arn: text,
        "credentialsIssuedTo" => credentials_issued_to: text,
    )
}

fn resources<'a>(json: &mut Cursor<'a>, resources: &mut Vec<EventResource<'a>>) -> Option<()> {
    json.elements(|json| {
        let mut resource = EventResource::default();
        resource_members(json, &mut resource)?;
        resources.push(resource);
        Some(())
    })
}

fn resource_members<'a>(json: &mut Cursor<'a>, resource: &mut EventResource<'a>) -> Option<()> {
    members!(json into resource:
        "ARN" or "arn" => arn: text,
        "ARNPrefix" or "arnPrefix" => arn_prefix: text,
        "accountId" => account_id: text,
        "type" => resource_type: text,
    )
}

fn addendum<'a>(json: &mut Cursor<'a>, addendum: &mut Addendum<'a>) -> Option<()> {
    members!(json into addendum:
        "reason" => reason: text,
        "updatedFields" => updated_fields: text,
        "originalRequestID" => original_request_id: text,
        "originalEventID" => original_event_id: text,
    )
}

/// Reads into a value what stands there, or leaves it when that is null.
fn or_null<'a, T>(
    json: &mut Cursor<'a>,
    slot: &mut T,
    read: impl FnOnce(&mut Cursor<'a>, &mut T) -> Option<()>,
) -> Option<()> {
    match json.peek()? {
        b'n' => json.word("null"),
        _ => read(json, slot),
    }
}

/// Reads what stands there into a new value, unless it is null.
fn option<'a, T: Default>(
    json: &mut Cursor<'a>,
    slot: &mut Option<T>,
    read: impl FnOnce(&mut Cursor<'a>, &mut T) -> Option<()>,
) -> Option<()> {
    or_null(json, slot, |json, slot| {
        read(json, slot.insert(T::default()))
    })
}

fn text<'a>(json: &mut Cursor<'a>, slot: &mut Option<Text<'a>>) -> Option<()> {
    if json.peek()? == b'n' {
        return json.word("null");
    }
    *slot = Some(string(json)?);
    Some(())
}

fn some_text<'a>(json: &mut Cursor<'a>, slot: &mut Text<'a>) -> Option<()> {
    *slot = string(json)?;
    Some(())
}

#[inline]
fn string<'a>(json: &mut Cursor<'a>) -> Option<Text<'a>> {
    let from = json.at();
    let literal = json.string()?;
    match literal.escaped {
        false => Some(Text::from(literal.text)),
        true => serde_json::from_str(json.since(from)?).ok(),
    }
}

fn flag(json: &mut Cursor<'_>, slot: &mut Option<bool>) -> Option<()> {
    or_null(json, slot, |json, slot| {
        *slot = Some(match json.peek()? {
            b't' => json.word("true").map(|()| true)?,
            b'f' => json.word("false").map(|()| false)?,
            _ => json.string()?.text.parse().ok()?,
        });
        Some(())
    })
}

fn raw<'a>(json: &mut Cursor<'a>, slot: &mut Option<Raw<'a>>) -> Option<()> {
    or_null(json, slot, |json, slot| {
        let from = json.at();
        json.skip()?;
        *slot = json.since(from).map(Raw::of_valid);
        Some(())
    })
}

#[cfg(test)]
#[path = "quick_tests.rs"]
mod tests;
