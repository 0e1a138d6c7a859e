//! Counts: how many grants a role had and keeps, for its line of the summary.

use crate::current::Role;
use crate::diff::{Diff, risks};
use crate::draft::stays;
use crate::grants::Grants;
use crate::greenfield;
use crate::output::folder_name;
use crate::role::Decided;
use crate::run::Seen;
use crate::summary::RoleSummary;
use crate::verdict::Verdict;
use iam::catalogue::Catalogue;
use iam::usage::Usage;
use std::collections::BTreeMap;

/// Grants, and those with a risk label.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    all: usize,
    risky: usize,
}

/// The grants of a role.
#[derive(Debug, Default)]
pub(crate) struct Count {
    before: Option<Tally>,
    after: Tally,
    verdicts: BTreeMap<Verdict, usize>,
}

impl Tally {
    fn add(&mut self, risky: bool) {
        self.all += 1;
        self.risky += usize::from(risky);
    }
}

impl Count {
    /// Of a role whose policies of today are known.
    pub(crate) fn of(grants: &Grants) -> Self {
        let (mut count, mut before) = (Self::default(), Tally::default());
        for grant in grants.of_rule.iter().flatten() {
            *count.verdicts.entry(grant.verdict).or_default() += 1;
            let risky = !grant.risks.is_empty();
            before.add(risky);
            if stays(grant) {
                count.after.add(risky);
            }
        }
        count.before = Some(before);
        count
    }

    /// Of a role of which only the usage is known.
    pub(crate) fn of_usage(rows: &[&Usage], catalogue: &Catalogue) -> Self {
        let mut count = Self::default();
        for action in greenfield::actions(rows) {
            count.after.add(!risks(catalogue, action).is_empty());
        }
        count
    }

    pub(crate) fn summary(self, role: &Role, decided: &Decided, diff: &Diff) -> RoleSummary {
        self.line((&role.account, &role.name, &role.arn), decided, diff)
    }

    pub(crate) fn summary_of_usage(
        self,
        seen: &Seen<'_>,
        decided: &Decided,
        diff: &Diff,
    ) -> RoleSummary {
        self.line((&seen.account, &seen.name, &seen.arn), decided, diff)
    }

    fn line(
        self,
        (account, name, arn): (&str, &str, &str),
        decided: &Decided,
        diff: &Diff,
    ) -> RoleSummary {
        let withheld = decided.proof.withheld.is_some();
        let after = match withheld {
            true => self.before.unwrap_or_default(),
            false => self.after,
        };
        let former = diff.previous_incarnations.iter();
        RoleSummary {
            account: account.to_owned(),
            role: arn.to_owned(),
            folder: format!("{}/{}", folder_name(account), folder_name(name)),
            status: decided.status,
            reason: decided.proof.withheld.clone(),
            documents: if withheld { 0 } else { decided.documents.len() },
            grants_before: self.before.map(|tally| tally.all),
            grants_after: after.all,
            risky_before: self.before.map(|tally| tally.risky),
            risky_after: after.risky,
            gaps: diff.gaps.len(),
            verdicts: self.verdicts,
            expected_needs: diff.confidence.expected_needs,
            former_accesses: former.map(|former| former.accesses).sum(),
        }
    }
}
