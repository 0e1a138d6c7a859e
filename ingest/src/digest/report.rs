//! What a verification found: counts per account and region, and each thing that is not as delivered.

use super::book::Judged;
use serde::Serialize;
use std::collections::BTreeMap;

/// Findings listed for one account and region; all are counted.
pub const LISTED_FINDINGS: usize = 1_000;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Could not be checked.
    Unchecked,
    /// Not as CloudTrail delivered it.
    Invalid,
}

/// Kinds of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "&'static str")]
pub enum FindingKind {
    /// The chain begins here: validation was switched on, or on again.
    ChainStart,
    /// Log objects newer than the newest digest: the next digest will name them.
    LogsPending,
    /// Hours that no digest covers.
    HoursMissing,
    /// Log objects of hours that no digest covers.
    LogsUndigested,
    /// The signature lies in metadata that the copy does not have.
    SignatureNotSaved,
    /// The public key could not be had.
    KeyUnavailable,
    /// An object could not be read.
    Unreadable,
    /// An object in another bucket or above the source, or where CloudTrail does not deliver to.
    Elsewhere,
    /// The digest lies elsewhere than where it was delivered.
    DigestMoved,
    /// The digest is not one.
    DigestFormat,
    /// The digest carries no signature.
    DigestUnsigned,
    /// CloudTrail has no such public key.
    DigestKeyUnknown,
    /// The signature is not of this digest.
    DigestSignature,
    /// A digest that its successor names is not there.
    DigestNotFound,
    /// A digest's hash or signature is not what its successor says.
    DigestLink,
    /// No later digest of the chain names this one.
    DigestOrphan,
    /// A log object that a digest names is not there.
    LogNotFound,
    /// A log object's content is not what was delivered.
    LogModified,
    /// Bytes follow the first gzip member of a log object.
    LogTrailing,
    /// A log object's gzip is damaged.
    LogCorrupt,
    /// No digest names this log object, though its hour is covered.
    LogUnreferenced,
}

impl From<FindingKind> for &'static str {
    fn from(kind: FindingKind) -> Self {
        kind.as_str()
    }
}

impl FindingKind {
    /// Stable name, as reported.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChainStart => "chain-start",
            Self::LogsPending => "logs-pending",
            Self::HoursMissing => "hours-missing",
            Self::LogsUndigested => "logs-undigested",
            Self::SignatureNotSaved => "signature-not-saved",
            Self::KeyUnavailable => "key-unavailable",
            Self::Unreadable => "unreadable",
            Self::Elsewhere => "elsewhere",
            Self::DigestMoved => "digest-moved",
            Self::DigestFormat => "digest-format",
            Self::DigestUnsigned => "digest-unsigned",
            Self::DigestKeyUnknown => "digest-key-unknown",
            Self::DigestSignature => "digest-signature",
            Self::DigestNotFound => "digest-not-found",
            Self::DigestLink => "digest-link",
            Self::DigestOrphan => "digest-orphan",
            Self::LogNotFound => "log-not-found",
            Self::LogModified => "log-modified",
            Self::LogTrailing => "log-trailing",
            Self::LogCorrupt => "log-corrupt",
            Self::LogUnreferenced => "log-unreferenced",
        }
    }

    /// Whether the walk through the digests cannot tell.
    fn is_of_ingest(self) -> bool {
        matches!(
            self,
            Self::LogModified
                | Self::LogTrailing
                | Self::LogCorrupt
                | Self::Unreadable
                | Self::Elsewhere
        )
    }

    /// How much findings of this kind weigh.
    pub fn severity(self) -> Severity {
        match self {
            Self::ChainStart | Self::LogsPending => Severity::Note,
            Self::HoursMissing
            | Self::LogsUndigested
            | Self::SignatureNotSaved
            | Self::KeyUnavailable
            | Self::Unreadable
            | Self::Elsewhere => Severity::Unchecked,
            _ => Severity::Invalid,
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// How much it weighs.
    pub severity: Severity,
    /// Account of the logs.
    pub account: String,
    /// Region of the logs.
    pub region: String,
    /// Bucket, where known.
    pub bucket: Option<String>,
    /// Key of the object or folder: as delivered where known, else relative to the source.
    pub key: String,
    /// In words.
    pub detail: String,
}

/// Objects by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// As delivered.
    pub valid: u64,
    /// Not as delivered, or missing.
    pub invalid: u64,
    /// Could not be checked.
    pub unchecked: u64,
}

impl Tally {
    pub(super) fn count(&mut self, severity: Option<Severity>) {
        match severity {
            None | Some(Severity::Note) => self.valid += 1,
            Some(Severity::Unchecked) => self.unchecked += 1,
            Some(Severity::Invalid) => self.invalid += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.valid += other.valid;
        self.invalid += other.invalid;
        self.unchecked += other.unchecked;
    }
}

/// One account and region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PlaceReport {
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Start of the first valid digest's hour.
    pub covered_from: Option<String>,
    /// End of the last valid digest's hour.
    pub covered_to: Option<String>,
    /// Digests.
    pub digests: Tally,
    /// Log objects.
    pub logs: Tally,
    /// Bytes of logs hashed.
    pub bytes: u64,
    /// Findings by kind, listed or not.
    pub by_kind: BTreeMap<FindingKind, u64>,
}

/// The verdict on an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Everything is as CloudTrail delivered it.
    AsDelivered,
    /// Something could not be checked.
    Unchecked,
    /// Something is not as delivered.
    NotAsDelivered,
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Digests of all places.
    pub digests: Tally,
    /// Log objects of all places.
    pub logs: Tally,
    /// Each account and region, sorted.
    pub places: Vec<PlaceReport>,
    /// The findings, place by place; at most [`LISTED_FINDINGS`] of each.
    pub findings: Vec<Finding>,
    /// Findings by kind, listed or not.
    pub by_kind: BTreeMap<FindingKind, u64>,
    /// Findings counted but not listed.
    pub unlisted: u64,
    /// Asked to stop before the end.
    pub cancelled: bool,
}

impl Verification {
    /// The verdict. Nothing is proven where there is no valid digest.
    pub fn delivery(&self) -> Delivery {
        match self.by_kind.keys().map(|kind| kind.severity()).max() {
            Some(Severity::Invalid) => Delivery::NotAsDelivered,
            Some(Severity::Unchecked) => Delivery::Unchecked,
            _ if self.cancelled || self.digests.valid == 0 => Delivery::Unchecked,
            _ => Delivery::AsDelivered,
        }
    }

    pub(super) fn add(&mut self, place: PlaceReport, findings: Vec<Finding>) {
        let counted: u64 = place.by_kind.values().sum();
        self.unlisted += counted - findings.len() as u64;
        self.digests.add(place.digests);
        self.logs.add(place.logs);
        for (kind, count) in &place.by_kind {
            *self.by_kind.entry(*kind).or_default() += count;
        }
        self.places.push(place);
        self.findings.extend(findings);
    }

    /// Counts a log object that was judged when it was ingested. What the walk has not found already is a finding.
    pub(crate) fn add_log(&mut self, key: &str, judged: &Judged) {
        self.logs.count(judged.severity());
        let known = |kind: &FindingKind| kind.is_of_ingest();
        let Some(kind) = judged.kind.filter(known) else {
            return;
        };
        *self.by_kind.entry(kind).or_default() += 1;
        if self.findings.len() >= LISTED_FINDINGS {
            self.unlisted += 1;
            return;
        }
        self.findings.push(Finding {
            kind,
            severity: kind.severity(),
            account: String::new(),
            region: String::new(),
            bucket: None,
            key: key.to_owned(),
            detail: judged.detail.clone(),
        });
    }
}
