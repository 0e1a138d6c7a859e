//! One CloudTrail record, borrowed from the JSON it was read from.
//!
//! Members are named as in `cloudtrail-and-iam.md` section 1. A member that is absent, `null` or of an unexpected
//! type is `None` (or empty for the three mandatory ones, which [`Event::parse`] then refuses); unknown members are
//! ignored; `responseElements` is never kept.

mod cursor;
mod lenient;
mod quick;
mod raw;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use quick::Quick;
pub use raw::Raw;
pub use text::Text;

use lenient::{flag, list, object, optional_object, text};
use serde::Deserialize;

/// A CloudTrail record of `eventVersion` 1.x.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event<'a> {
    /// `eventID`; absent in version 1.0.
    #[serde(borrow, rename = "eventID", deserialize_with = "text")]
    pub event_id: Option<Text<'a>>,
    /// `major.minor`, each part an integer.
    #[serde(borrow, deserialize_with = "text")]
    pub event_version: Option<Text<'a>>,
    /// When the request completed, `YYYY-MM-DDTHH:MM:SSZ`.
    #[serde(borrow, deserialize_with = "lenient::mandatory_text")]
    pub event_time: Text<'a>,
    /// `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleAction`, `AwsConsoleSignIn`, `AwsVpceEvents`.
    #[serde(borrow, deserialize_with = "text")]
    pub event_type: Option<Text<'a>>,
    /// `Management`, `Data`, `NetworkActivity`.
    #[serde(borrow, deserialize_with = "text")]
    pub event_category: Option<Text<'a>>,
    /// `s3.amazonaws.com`.
    #[serde(borrow, deserialize_with = "lenient::mandatory_text")]
    pub event_source: Text<'a>,
    /// `GetObject`.
    #[serde(borrow, deserialize_with = "lenient::mandatory_text")]
    pub event_name: Text<'a>,
    /// API version of the service.
    #[serde(borrow, deserialize_with = "text")]
    pub api_version: Option<Text<'a>>,
    /// Region of the call; the one that counts, never the object key's.
    #[serde(borrow, deserialize_with = "text")]
    pub aws_region: Option<Text<'a>>,
    /// Account that received the record.
    #[serde(borrow, deserialize_with = "text")]
    pub recipient_account_id: Option<Text<'a>>,
    /// Accepts `true`, `"true"`, `"false"`.
    #[serde(deserialize_with = "flag")]
    pub read_only: Option<bool>,
    /// False for data events.
    #[serde(deserialize_with = "flag")]
    pub management_event: Option<bool>,
    /// Service error code.
    #[serde(borrow, deserialize_with = "text")]
    pub error_code: Option<Text<'a>>,
    /// Service error message.
    #[serde(borrow, deserialize_with = "text")]
    pub error_message: Option<Text<'a>>,
    /// Who called.
    #[serde(borrow, deserialize_with = "object")]
    pub user_identity: UserIdentity<'a>,
    /// Address, service name or `AWS Internal`.
    #[serde(borrow, rename = "sourceIPAddress", deserialize_with = "text")]
    pub source_ip_address: Option<Text<'a>>,
    /// Client software.
    #[serde(borrow, deserialize_with = "text")]
    pub user_agent: Option<Text<'a>>,
    /// VPC endpoint the call went through.
    #[serde(borrow, deserialize_with = "text")]
    pub vpc_endpoint_id: Option<Text<'a>>,
    /// Request parameters as logged.
    #[serde(borrow)]
    pub request_parameters: Option<Raw<'a>>,
    /// Additional data as logged.
    #[serde(borrow)]
    pub additional_event_data: Option<Raw<'a>>,
    /// Details of a service event as logged.
    #[serde(borrow)]
    pub service_event_details: Option<Raw<'a>>,
    /// Resources the service named; most services name none.
    #[serde(borrow, deserialize_with = "list")]
    pub resources: Vec<EventResource<'a>>,
    /// Common to the copies of one cross-account call.
    #[serde(borrow, rename = "sharedEventID", deserialize_with = "text")]
    pub shared_event_id: Option<Text<'a>>,
    /// `requestID`.
    #[serde(borrow, rename = "requestID", deserialize_with = "text")]
    pub request_id: Option<Text<'a>>,
    /// Why the record is late or amends another.
    #[serde(borrow, deserialize_with = "optional_object")]
    pub addendum: Option<Addendum<'a>>,
}

/// The caller of an event.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserIdentity<'a> {
    /// `type`: `AssumedRole`, `IAMUser`, `AWSService`, …; may be absent.
    #[serde(borrow, rename = "type", deserialize_with = "text")]
    pub identity_type: Option<Text<'a>>,
    /// `AROA…:session`, `AIDA…`, an account id, …
    #[serde(borrow, deserialize_with = "text")]
    pub principal_id: Option<Text<'a>>,
    /// For a session `arn:…:sts::ACCT:assumed-role/NAME/SESSION`, without the role's path.
    #[serde(borrow, deserialize_with = "text")]
    pub arn: Option<Text<'a>>,
    /// Account of the caller.
    #[serde(borrow, deserialize_with = "text")]
    pub account_id: Option<Text<'a>>,
    /// Access key used.
    #[serde(borrow, deserialize_with = "text")]
    pub access_key_id: Option<Text<'a>>,
    /// Name of an IAM user.
    #[serde(borrow, deserialize_with = "text")]
    pub user_name: Option<Text<'a>>,
    /// Service that made the request, or `AWS Internal`.
    #[serde(borrow, deserialize_with = "text")]
    pub invoked_by: Option<Text<'a>>,
    /// Session of temporary credentials.
    #[serde(borrow, deserialize_with = "optional_object")]
    pub session_context: Option<SessionContext<'a>>,
    /// Identity Center user behind the call.
    #[serde(borrow, deserialize_with = "optional_object")]
    pub on_behalf_of: Option<OnBehalfOf<'a>>,
    /// Workload the credentials were issued to.
    #[serde(borrow, deserialize_with = "optional_object")]
    pub in_scope_of: Option<InScopeOf<'a>>,
    /// Identity provider of web identity users.
    #[serde(borrow, deserialize_with = "text")]
    pub identity_provider: Option<Text<'a>>,
}

/// `userIdentity.sessionContext`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionContext<'a> {
    /// Who issued the session: the role, or the user of a federated session. May be `{}`.
    #[serde(borrow, deserialize_with = "optional_object")]
    pub session_issuer: Option<SessionIssuer<'a>>,
    /// MFA and creation date.
    #[serde(borrow, deserialize_with = "object")]
    pub attributes: SessionAttributes<'a>,
    /// Source identity set when the role was assumed.
    #[serde(borrow, deserialize_with = "text")]
    pub source_identity: Option<Text<'a>>,
}

/// `userIdentity.sessionContext.sessionIssuer`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionIssuer<'a> {
    /// `type`: `Role`, `IAMUser`, `Root`.
    #[serde(borrow, rename = "type", deserialize_with = "text")]
    pub issuer_type: Option<Text<'a>>,
    /// `AROA…`, `AIDA…`.
    #[serde(borrow, deserialize_with = "text")]
    pub principal_id: Option<Text<'a>>,
    /// Role or user ARN with its path.
    #[serde(borrow, deserialize_with = "text")]
    pub arn: Option<Text<'a>>,
    /// Account of the issuer.
    #[serde(borrow, deserialize_with = "text")]
    pub account_id: Option<Text<'a>>,
    /// Name without path.
    #[serde(borrow, deserialize_with = "text")]
    pub user_name: Option<Text<'a>>,
}

/// `userIdentity.sessionContext.attributes`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionAttributes<'a> {
    /// `mfaAuthenticated`, logged as a string.
    #[serde(deserialize_with = "flag")]
    pub mfa_authenticated: Option<bool>,
    /// `20131102T010628Z` or `2023-07-10T11:42:31Z`.
    #[serde(borrow, deserialize_with = "text")]
    pub creation_date: Option<Text<'a>>,
}

/// `userIdentity.onBehalfOf`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OnBehalfOf<'a> {
    /// Identity store user.
    #[serde(borrow, deserialize_with = "text")]
    pub user_id: Option<Text<'a>>,
    /// Identity store.
    #[serde(borrow, deserialize_with = "text")]
    pub identity_store_arn: Option<Text<'a>>,
}

/// `userIdentity.inScopeOf`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InScopeOf<'a> {
    /// ARN of the source.
    #[serde(borrow, deserialize_with = "text")]
    pub source_arn: Option<Text<'a>>,
    /// Function or instance that uses the role.
    #[serde(borrow, deserialize_with = "text")]
    pub credentials_issued_to: Option<Text<'a>>,
}

/// An entry of `resources`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventResource<'a> {
    /// `ARN` (`arn` in Athena exports).
    #[serde(borrow, rename = "ARN", alias = "arn", deserialize_with = "text")]
    pub arn: Option<Text<'a>>,
    /// `ARNPrefix`, for example `arn:aws:s3:::bucket/`.
    #[serde(
        borrow,
        rename = "ARNPrefix",
        alias = "arnPrefix",
        deserialize_with = "text"
    )]
    pub arn_prefix: Option<Text<'a>>,
    /// Owner; may differ from the caller.
    #[serde(borrow, deserialize_with = "text")]
    pub account_id: Option<Text<'a>>,
    /// `type`, for example `AWS::S3::Object`.
    #[serde(borrow, rename = "type", deserialize_with = "text")]
    pub resource_type: Option<Text<'a>>,
}

/// `addendum`: why a record came late, or which record it amends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Addendum<'a> {
    /// `DELIVERY_DELAY`, `UPDATED_DATA`, `SERVICE_OUTAGE`.
    #[serde(borrow, deserialize_with = "text")]
    pub reason: Option<Text<'a>>,
    /// Names of the amended fields.
    #[serde(borrow, deserialize_with = "text")]
    pub updated_fields: Option<Text<'a>>,
    /// Request id of the amended record.
    #[serde(borrow, rename = "originalRequestID", deserialize_with = "text")]
    pub original_request_id: Option<Text<'a>>,
    /// Event id of the amended record.
    #[serde(borrow, rename = "originalEventID", deserialize_with = "text")]
    pub original_event_id: Option<Text<'a>>,
}
