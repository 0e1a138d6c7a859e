//! What stays although no use was seen: the unobservable, and declared intent; and why the rest goes.

use super::{Basis, Grant, Keep, Load, label};
use crate::rule::{Reach, Rule};
use crate::verdict::Verdict;
use iam::policy::Pattern;
use std::collections::{BTreeMap, BTreeSet};

impl Basis<'_> {
    /// What cannot be seen stays, but for what a Deny or the boundary forbids anyway.
    pub(super) fn keep_hidden(&self, rule: &Rule, grant: &mut Grant, why: String) {
        if rule.scope.all_but {
            let everything = Pattern::new("*");
            if self.limits.bounded(&grant.action, &everything)
                || self.limits.deny(&grant.action, &everything)
            {
                grant.why = Some("forbidden by the permissions boundary or a Deny".to_owned());
                return;
            }
            grant.keep = Keep::Whole;
        } else {
            let mut possible = BTreeSet::new();
            for text in &grant.own {
                let piece = Pattern::new(text);
                if !self.limits.deny(&grant.action, &piece)
                    && !self.limits.bounded(&grant.action, &piece)
                {
                    possible.insert(text.clone());
                }
            }
            if possible.is_empty() {
                if grant.keep == Keep::Nothing {
                    let ineffective =
                        "the action cannot be granted on any of the statement's resources";
                    let forbidden = "forbidden by the permissions boundary or a Deny";
                    let why = if grant.own.is_empty() {
                        ineffective
                    } else {
                        forbidden
                    };
                    grant.why = Some(why.to_owned());
                }
                return;
            }
            match &mut grant.keep {
                Keep::Whole => {}
                Keep::Only(resources) => resources.extend(possible),
                Keep::Nothing => grant.keep = Keep::Only(possible),
            }
        }
        grant.why = Some(why);
        if matches!(grant.verdict, Verdict::Unused | Verdict::DeniedOnly) {
            grant.verdict = Verdict::Unobservable;
        }
    }

    /// Resources in regions that the archive knows nothing of stay.
    pub(super) fn keep_blind_regions(&self, rule: &Rule, grant: &mut Grant) {
        if rule.scope.all_but || grant.keep == Keep::Whole {
            return;
        }
        let blind = grant
            .own
            .iter()
            .filter_map(|text| Some((text, self.sight.blind_region(text)?)));
        let (texts, regions): (BTreeSet<String>, BTreeSet<&str>) =
            blind.map(|(text, region)| (text.clone(), region)).unzip();
        if texts.is_empty() {
            return;
        }
        let regions = regions.into_iter().collect::<Vec<_>>().join(", ");
        grant.why = Some(format!("the archive holds no events of {regions}"));
        match &mut grant.keep {
            Keep::Only(resources) => resources.extend(texts),
            keep => *keep = Keep::Only(texts),
        }
        if matches!(grant.verdict, Verdict::Unused | Verdict::DeniedOnly) {
            grant.verdict = Verdict::Unobservable;
        }
    }

    /// What is declared to stay does, as far as it is granted today.
    pub(super) fn keep_intended(&self, rule: &Rule, grant: &mut Grant) {
        let intents = self.intent.iter().filter(|keep| keep.names(&grant.action));
        for keep in intents.copied().collect::<Vec<_>>() {
            let mut only = BTreeSet::new();
            for text in &keep.resources {
                let piece = Pattern::new(text);
                let forbidden = self.limits.deny(&grant.action, &piece)
                    || self.limits.bounded(&grant.action, &piece);
                if forbidden || rule.scope.reach(&piece) == Reach::Nothing {
                    continue;
                }
                match rule.scope.narrow(text, &piece) {
                    Some(texts) => only.extend(texts),
                    None => grant.keep = Keep::Whole,
                }
            }
            match &mut grant.keep {
                Keep::Whole => {}
                _ if only.is_empty() => continue,
                Keep::Only(resources) => resources.extend(only),
                Keep::Nothing => grant.keep = Keep::Only(only),
            }
            if matches!(grant.verdict, Verdict::Unused | Verdict::DeniedOnly) {
                grant.verdict = Verdict::Kept;
                grant.why = Some(keep.why());
            }
        }
    }

    pub(super) fn why_nothing(
        &self,
        index: usize,
        grant: &Grant,
        loads: &BTreeMap<usize, Load>,
    ) -> Option<String> {
        let elsewhere = loads
            .iter()
            .filter(|(at, load)| **at != index && !load.rows.is_empty());
        let names: Vec<String> = elsewhere
            .filter_map(|(at, _)| Some(label(self.allows.get(*at)?)))
            .collect();
        match (grant.verdict, names.is_empty()) {
            (Verdict::Used | Verdict::FailedOnly, _) => Some(format!(
                "also allowed by {}, which keeps it",
                names.join(", ")
            )),
            (Verdict::Unused, false) => {
                Some("used, but not on the resources of this statement".to_owned())
            }
            _ => None,
        }
    }
}
