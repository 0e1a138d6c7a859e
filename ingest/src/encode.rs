//! An event as a row of the archive.

use crate::access::Resolution;
use crate::archive::column::{Column, outcome_name};
use crate::archive::row::{AccessRow, RowBuffer, RowHead, Texts};
use crate::decode::DecodeError;
use crate::event::{Event, Raw, UserIdentity};
use crate::outcome::outcome;
use crate::principal::{Principal, filled};
use crate::redact::Redactor;
use crate::resolve::{Accesses, Resolver};
use crate::time::parse_time;
use iam::catalogue::Catalogue;
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128};

/// Columns that make an event what it is, besides its time and parameters. The rest may differ between two
/// deliveries of one event.
const IDENTITY: [Column; 9] = [
    Column::Principal,
    Column::EventSource,
    Column::EventName,
    Column::Account,
    Column::Region,
    Column::ErrorCode,
    Column::PrincipalId,
    Column::PrincipalAccount,
    Column::RequestId,
];

/// Turns events into rows; keeps its buffers from one to the next.
pub(crate) struct Encoder {
    catalogue: &'static Catalogue,
    resolver: Resolver,
    redactor: Redactor,
    parameters: String,
    identity: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new(catalogue: &'static Catalogue) -> Self {
        Self {
            catalogue,
            resolver: Resolver::new(catalogue),
            redactor: Redactor::default(),
            parameters: String::new(),
            identity: Vec::new(),
        }
    }

    /// Appends the row of an event.
    ///
    /// # Errors
    /// `eventTime` is not a time.
    pub(crate) fn encode(
        &mut self,
        event: &Event<'_>,
        source_object: &str,
        rows: &mut RowBuffer,
    ) -> Result<(), DecodeError> {
        let time = parse_time(&event.event_time)
            .ok_or_else(|| DecodeError::Time(event.event_time.to_string()))?;
        self.parameters.clear();
        let redact = |raw: Raw<'_>| self.redactor.redact(raw.get(), &mut self.parameters);
        let digest = event.request_parameters.map_or(0, redact);
        let principal = Principal::of(&event.user_identity);
        let mut texts = event_texts(event);
        identity_texts(&event.user_identity, &principal, &mut texts);
        set(
            &mut texts,
            Column::RequestParameters,
            event.request_parameters.map(|_| self.parameters.as_str()),
        );
        set(&mut texts, Column::SourceObject, Some(source_object));
        let outcome = outcome(event);
        set(&mut texts, Column::Outcome, Some(outcome_name(outcome)));

        let (accesses, no_access) = match self.resolver.resolve(event, outcome) {
            Resolution::Accesses(accesses) => (Some(accesses), None),
            Resolution::None(reason) => (None, Some(reason.as_str())),
        };
        set(&mut texts, Column::NoAccess, no_access);
        let fingerprint = fingerprint(&texts, (time, digest), &mut self.identity);
        let original = amended_id(event);
        let made_up = made_up_id(event, &texts, fingerprint);
        let id = original
            .or(filled(&event.event_id))
            .or(made_up.as_deref())
            .unwrap_or_default();
        set(&mut texts, Column::EventId, Some(id));
        let head = RowHead {
            time,
            read_only: event.read_only,
            mfa: event
                .user_identity
                .session_context
                .as_ref()
                .and_then(|context| context.attributes.mfa_authenticated),
            id: numeric_id(id),
            fingerprint,
            amends: original.is_some(),
        };
        let accesses = accesses.into_iter().flat_map(Accesses::iter);
        let catalogue = self.catalogue;
        rows.push(
            head,
            &texts,
            accesses.filter_map(|access| AccessRow::of(access, catalogue)),
        );
        Ok(())
    }
}

fn set<'t>(texts: &mut Texts<'t>, column: Column, text: Option<&'t str>) {
    if let Some(slot) = texts.get_mut(column as usize) {
        *slot = text;
    }
}

/// The columns that are members of the record.
fn event_texts<'t>(event: &'t Event<'_>) -> Texts<'t> {
    let mut texts = [None; Column::COUNT];
    for (column, member) in [
        (Column::EventVersion, &event.event_version),
        (Column::EventType, &event.event_type),
        (Column::EventCategory, &event.event_category),
        (Column::Account, &event.recipient_account_id),
        (Column::Region, &event.aws_region),
        (Column::ApiVersion, &event.api_version),
        (Column::ErrorCode, &event.error_code),
        (Column::ErrorMessage, &event.error_message),
        (Column::SourceIp, &event.source_ip_address),
        (Column::VpcEndpointId, &event.vpc_endpoint_id),
        (Column::UserAgent, &event.user_agent),
        (Column::SharedEventId, &event.shared_event_id),
        (Column::RequestId, &event.request_id),
    ] {
        set(&mut texts, column, filled(member));
    }
    set(&mut texts, Column::EventSource, Some(&event.event_source));
    set(&mut texts, Column::EventName, Some(&event.event_name));
    texts
}

/// The columns that come from the user identity.
fn identity_texts<'t>(
    identity: &'t UserIdentity<'_>,
    principal: &'t Principal<'_>,
    texts: &mut Texts<'t>,
) {
    let context = identity.session_context.as_ref();
    let scope = identity.in_scope_of.as_ref();
    for (column, text) in [
        (Column::Principal, principal.arn.as_deref()),
        (Column::PrincipalType, filled(&identity.identity_type)),
        (Column::PrincipalId, principal.id),
        (Column::PrincipalAccount, principal.account),
        (Column::SessionName, principal.session_name),
        (
            Column::SourceIdentity,
            context.and_then(|context| filled(&context.source_identity)),
        ),
        (Column::AccessKeyId, filled(&identity.access_key_id)),
        (Column::InvokedBy, filled(&identity.invoked_by)),
        (
            Column::OnBehalfOf,
            identity
                .on_behalf_of
                .as_ref()
                .and_then(|user| filled(&user.user_id)),
        ),
        (
            Column::InScopeOf,
            scope.and_then(|scope| {
                filled(&scope.credentials_issued_to).or(filled(&scope.source_arn))
            }),
        ),
    ] {
        set(texts, column, text);
    }
    let account = texts.get(Column::Account as usize).copied().flatten();
    // Version 1.0 names no recipient; its trails record the caller's account.
    set(texts, Column::Account, account.or(principal.account));
}

/// Hash of what makes the event what it is; `bytes` is for use here.
fn fingerprint(texts: &Texts<'_>, (time, parameters): (i64, u64), bytes: &mut Vec<u8>) -> u64 {
    bytes.clear();
    bytes.extend_from_slice(&time.to_le_bytes());
    bytes.extend_from_slice(&parameters.to_le_bytes());
    for column in IDENTITY {
        let text = texts
            .get(column as usize)
            .copied()
            .flatten()
            .unwrap_or_default();
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    xxh3_64(bytes)
}

/// The id of the event that an `UPDATED_DATA` record amends.
fn amended_id<'t>(event: &'t Event<'_>) -> Option<&'t str> {
    let addendum = event
        .addendum
        .as_ref()
        .filter(|addendum| filled(&addendum.reason) == Some("UPDATED_DATA"))?;
    filled(&addendum.original_event_id)
}

/// Version 1.0 has no event id: a hash of the record, the same for each copy.
fn made_up_id(event: &Event<'_>, texts: &Texts<'_>, fingerprint: u64) -> Option<String> {
    if filled(&event.event_id).is_some() {
        return None;
    }
    let mut hasher = Xxh3::new();
    hasher.update(&fingerprint.to_le_bytes());
    let delivered = texts.iter().enumerate().filter(|(column, _)| {
        ![
            Column::SourceObject as usize,
            Column::NoAccess as usize,
            Column::RequestParameters as usize,
        ]
        .contains(column)
    });
    for text in delivered.map(|(_, text)| text.unwrap_or_default()) {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    Some(format!("{:032x}", hasher.digest128()))
}

/// The value of each byte as a hexadecimal digit; 16 for any other.
#[expect(
    clippy::indexing_slicing,
    reason = "a constant: what is out of bounds does not compile"
)]
const DIGITS: [u8; 256] = {
    let mut digits = [16; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

/// A UUID's own number, the hash of any other id.
pub(crate) fn numeric_id(id: &str) -> u128 {
    let (mut high, mut low, mut count, mut all) = (0_u64, 0_u64, 0, 0);
    for byte in id.bytes().filter(|byte| *byte != b'-') {
        if count == 16 {
            high = low;
        }
        let digit = DIGITS.get(usize::from(byte)).copied().unwrap_or(16);
        low = low << 4 | u64::from(digit & 15);
        all |= digit;
        count += 1;
    }
    match (count, all) {
        (32, ..16) => u128::from(high) << 64 | u128::from(low),
        _ => xxh3_128(id.as_bytes()),
    }
}
