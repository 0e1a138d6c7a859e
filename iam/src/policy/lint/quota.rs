//! Quotas on the length of documents. Source: IAM User Guide, "IAM and AWS STS quotas"; AWS Organizations User Guide,
//! "Quotas and service limits". Accounts can raise some of them, so the default only warns.

use super::Kind;
use super::subject::{Found, Subject};

/// How many characters, white space not counted, documents of a kind may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// In an account that asked for nothing.
    pub default: usize,
    /// In any account.
    pub most: usize,
    /// All documents of the role, user or group together, not each.
    pub together: bool,
}

/// The quota of a kind; None: it depends on the resource.
pub fn quota(kind: Kind) -> Option<Quota> {
    let (default, most, together) = match kind {
        Kind::Managed => (6_144, 6_144, false),
        Kind::Role => (10_240, 10_240, true),
        Kind::User => (2_048, 2_048, true),
        Kind::Group => (5_120, 5_120, true),
        Kind::Session => (2_048, 2_048, false),
        Kind::Trust => (2_048, 8_192, false),
        Kind::Scp => (5_120, 10_240, false),
        Kind::Rcp => (5_120, 5_120, false),
        Kind::Resource => return None,
    };
    Some(Quota {
        default,
        most,
        together,
    })
}

pub(super) fn size(subject: &Subject<'_>) -> Vec<Found> {
    over(subject, |quota| (quota.most, usize::MAX))
}

pub(super) fn default_size(subject: &Subject<'_>) -> Vec<Found> {
    over(subject, |quota| (quota.default, quota.most))
}

/// A finding when the size is over the first bound and not over the second.
fn over(subject: &Subject<'_>, bounds: impl Fn(Quota) -> (usize, usize)) -> Vec<Found> {
    let Some((from, to)) = quota(subject.kind).map(bounds) else {
        return Vec::new();
    };
    let size = subject.policy.size();
    let found = || {
        Found::new(
            "",
            format!("{size} characters without white space, the quota is {from}"),
        )
    };
    (size > from && size <= to)
        .then(found)
        .into_iter()
        .collect()
}
