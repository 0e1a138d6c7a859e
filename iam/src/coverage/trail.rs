//! A trail: what it records, where, and of which resources. Classic and advanced event selectors in one form.

use crate::policy::{Pattern, covers};
use serde::{Deserialize, Serialize};

/// A trail, from `describe-trails` or `get-trail` and `get-event-selectors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Its ARN.
    pub arn: String,
    /// The account that owns it.
    pub account: String,
    /// Its home region.
    pub region: String,
    /// Records every region, not the home region alone.
    pub multi_region: bool,
    /// Records the events of global services such as IAM.
    pub global_events: bool,
    /// Records every account of the organization.
    pub organization: bool,
    /// What it records: an event that any of them selects.
    pub selectors: Vec<Selector>,
}

/// One event selector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// `Management`, `Data` or another event category.
    pub category: String,
    /// Only read-only events, or only the others; null: both.
    pub read_only: Option<bool>,
    /// Resource types of data events; empty: any.
    pub types: Vec<String>,
    /// Event sources.
    pub sources: Matches,
    /// ARNs of the resources of data events.
    pub resources: Matches,
    /// Further fields that it narrows by (`eventName`, `userIdentity.arn`, …): of what it selects, only a part.
    pub narrowed_by: Vec<String>,
}

/// Texts that a selector lets through, as policy patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matches {
    /// At least one of these; empty: all texts.
    pub any_of: Vec<String>,
    /// None of these.
    pub none_of: Vec<String>,
}

impl Matches {
    /// Whether every text of the pattern is let through.
    pub fn all_of(&self, pattern: &Pattern) -> bool {
        let none: Vec<Pattern> = self.none_of.iter().map(|text| Pattern::new(text)).collect();
        let any: Vec<Pattern> = self.any_of.iter().map(|text| Pattern::new(text)).collect();
        let in_any = any.is_empty() || covers(&any.iter().collect::<Vec<_>>(), pattern);
        in_any && !none.iter().any(|not| not.overlaps(pattern))
    }

    /// Whether everything is let through.
    pub fn is_everything(&self) -> bool {
        self.none_of.is_empty() && (self.any_of.is_empty() || self.any_of.iter().any(|p| p == "*"))
    }
}

impl Trail {
    /// Whether it records the account.
    pub fn records_account(&self, account: &str) -> bool {
        self.organization || self.account == account
    }
}

impl Selector {
    /// Whether it selects events of the kind, all of them but for their resources.
    pub(super) fn selects(&self, category: &str, read: bool) -> bool {
        self.category == category
            && self.read_only.is_none_or(|only| only == read)
            && self.narrowed_by.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(any_of: &[&str], none_of: &[&str], pattern: &str, expect: bool) {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let matches = Matches {
            any_of: owned(any_of),
            none_of: owned(none_of),
        };
        assert_eq!(matches.all_of(&Pattern::new(pattern)), expect, "{pattern}");
    }

    #[test]
    fn a_selection_covers_what_lies_inside_it() {
        check(&[], &[], "*", true);
        check(
            &["arn:aws:s3:::logs/*"],
            &[],
            "arn:aws:s3:::logs/2026/*",
            true,
        );
        check(&["arn:aws:s3:::logs/*"], &[], "arn:aws:s3:::*", false);
        check(
            &["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
            &[],
            "arn:aws:s3:::b/x",
            true,
        );
        check(&[], &["arn:aws:s3:::logs/*"], "arn:aws:s3:::logs/*", false);
        check(&[], &["arn:aws:s3:::logs/*"], "*", false);
        check(&[], &["arn:aws:s3:::logs/*"], "arn:aws:s3:::data/*", true);
    }
}
