//! Usage: the accesses of an archive, aggregated. The plain-data contract between analyze and generate.
//!
//! A `usage.jsonl` file is one [`Header`] line, then one [`Usage`] line per distinct
//! (principal, principal_id, action, template, outcome, via), sorted by that tuple so that two runs diff cleanly.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the `usage.jsonl` format; raised when a reader of the old form would misread the new one.
pub const SCHEMA_VERSION: u32 = 1;

/// The first line of `usage.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// First event time of the window, RFC 3339 UTC; null for an empty archive.
    pub window_start: Option<String>,
    /// Last event time of the window, RFC 3339 UTC; null for an empty archive.
    pub window_end: Option<String>,
    /// Catalogue version that resolved the accesses.
    pub catalogue_version: String,
    /// Events in the archive.
    pub events: u64,
    /// Events that gave no access, by reason (`no-permission`, `unknown-action`, `not-an-api-call`, …).
    pub without_access: BTreeMap<String, u64>,
    /// Events whose action is unknown, by `event_source:event_name` (bounded to the 1,000 most frequent).
    pub unknown_events: BTreeMap<String, u64>,
    /// What the archive could have shown, one row per account × region × event class.
    pub coverage: Vec<Coverage>,
}

/// What the archive shows of one event class in one account and region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Account id (recipient).
    pub account: String,
    /// Region of the events.
    pub region: String,
    /// `management-read`, `management-write`, or a data-event resource type such as `AWS::S3::Object`.
    pub class: String,
    /// Events seen.
    pub events: u64,
    /// First event seen, RFC 3339 UTC.
    pub first: String,
    /// Last event seen, RFC 3339 UTC.
    pub last: String,
}

/// Whether the call succeeded. Only `Allowed` proves a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// No error, or `Client.DryRunOperation`.
    Allowed,
    /// An access-denied error: an attempt, never a grant.
    Denied,
    /// Any other error: probably authorised, not certainly.
    Failed,
}

/// How an access was derived from its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// The event's own action.
    Direct,
    /// `iam:PassRole` on a role that the call handed over.
    PassedRole,
    /// The event was made by a service in the caller's name.
    Forwarded,
    /// Probably needed too; the log cannot show it for certain.
    Inferred,
}

/// One aggregated access.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Role or user ARN with path. An `arn:…:sts::…:assumed-role/NAME` without session when the log gave no
    /// role ARN: join by `principal_id` first, by name last.
    pub principal: String,
    /// The `AROA…`/`AIDA…` id, empty when unknown.
    pub principal_id: String,
    /// `prefix:Name` in the catalogue's spelling.
    pub action: String,
    /// The resource with volatile segments masked, as a policy resource pattern; null: the log does not say which.
    pub template: Option<String>,
    /// What became of the calls.
    pub outcome: Outcome,
    /// How the access was derived.
    pub via: Via,
    /// Number of accesses.
    pub count: u64,
    /// Distinct UTC days with an access.
    pub active_days: u32,
    /// First access, RFC 3339 UTC.
    pub first_seen: String,
    /// Last access, RFC 3339 UTC.
    pub last_seen: String,
    /// Regions, sorted.
    pub regions: Vec<String>,
    /// Distinct resources (policy patterns, literals escaped): all of them when `resources_total` equals its
    /// length, else the bottom-k by xxhash64. Sorted.
    pub resources: Vec<String>,
    /// Distinct resources, exact up to the sample size, estimated (bottom-k) beyond.
    pub resources_total: u64,
    /// Up to three event ids (the smallest), sorted.
    pub evidence: Vec<String>,
    /// Error codes, sorted (failed and denied only).
    pub error_codes: Vec<String>,
    /// Services that called in the principal's name, sorted.
    pub invoked_by: Vec<String>,
    /// VPC endpoints used, sorted.
    pub vpc_endpoints: Vec<String>,
    /// Accesses in sessions with MFA.
    pub mfa_count: u64,
}
