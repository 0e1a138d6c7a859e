//! Sight: why a use of a role's grant would not be in the archive.

use crate::last_accessed::LastAccessed;
use iam::catalogue::Action;
use iam::coverage::{self, Place};
use iam::usage::Usage;
use std::collections::BTreeSet;

/// What could have been seen of one role.
#[derive(Debug)]
pub(crate) struct Sight<'a> {
    /// What the archive could have shown of its account.
    pub(crate) account: &'a coverage::Sight,
    /// The day since 1970 on which the role was created, where known.
    pub(crate) created: Option<i64>,
    role: &'a str,
    reports: &'a LastAccessed,
    /// Actions in the archive, in lower case, and their services.
    actions: BTreeSet<String>,
    services: BTreeSet<String>,
}

impl<'a> Sight<'a> {
    /// The sight of a role whose rows in the archive are these.
    pub(crate) fn new(
        account: &'a coverage::Sight,
        role: &'a str,
        created: Option<i64>,
        reports: &'a LastAccessed,
        rows: &[&Usage],
    ) -> Self {
        let actions: BTreeSet<String> = rows
            .iter()
            .map(|row| row.action.to_ascii_lowercase())
            .collect();
        let service = |action: &String| action.split(':').next().map(str::to_owned);
        Self {
            account,
            created,
            role,
            reports,
            services: actions.iter().filter_map(service).collect(),
            actions,
        }
    }

    /// Why a use of the action on the resource would not be in the archive; none when it would.
    pub(crate) fn hides(&self, action: Option<Action<'_>>, resource: &str) -> Option<String> {
        let place = Place {
            resource,
            since: self.created,
        };
        self.account.hides(action, place)
    }

    /// A last-accessed report that knows of a use which the archive does not hold: a veto on "unused". The report
    /// tracks single actions of some services; else the service as a whole must be silent in the archive.
    pub(crate) fn contradicted(&self, action: &str) -> Option<String> {
        let action = action.to_ascii_lowercase();
        let (service, name) = action.split_once(':')?;
        let accessed = self.reports.service(self.role, service)?;
        if self.actions.contains(&action) {
            return None;
        }
        let told = |what: &str, when: &str| {
            format!(
                "the last-accessed report has {what} used at {when}, and the archive holds no use of it"
            )
        };
        match accessed.actions.get(name) {
            Some(when) => Some(told(&action, when.as_deref()?)),
            None if self.services.contains(service) => None,
            None => Some(told(service, accessed.last.as_deref()?)),
        }
    }
}
