//! What stays although no use was seen: the unobservable, and declared intent; and why the rest goes.

use super::load::Load;
use super::{Basis, Grant, Keep, label};
use crate::rule::{Reach, Rule};
use crate::verdict::Verdict;
use iam::catalogue::Action;
use iam::policy::Pattern;
use std::collections::{BTreeMap, BTreeSet};

impl Basis<'_> {
    /// The resources of the statement on which a use of the action would not be in the archive, each with the reason.
    pub(super) fn hidden<'r>(
        &self,
        rule: &'r Rule,
        (action, known): (&str, Option<Action<'_>>),
        verdict: Verdict,
    ) -> BTreeMap<&'r str, String> {
        let contradicted = match verdict {
            Verdict::Unused => self.sight.contradicted(action),
            _ => None,
        };
        let texts: Vec<&str> = match rule.scope.all_but {
            true => vec!["*"],
            false => rule.scope.texts.iter().map(String::as_str).collect(),
        };
        let why = |text| {
            let why = self.sight.hides(known, text);
            Some((text, why.or_else(|| contradicted.clone())?))
        };
        texts.into_iter().filter_map(why).collect()
    }

    /// What cannot be seen stays, but for what a Deny or the boundary forbids anyway.
    pub(super) fn keep_hidden(
        &self,
        rule: &Rule,
        grant: &mut Grant,
        hidden: &BTreeMap<&str, String>,
    ) {
        let forbidden = |text: &str| {
            let piece = Pattern::new(text);
            self.limits.bounded(&grant.action, &piece) || self.limits.deny(&grant.action, &piece)
        };
        let own = grant.own.iter().map(String::as_str);
        let own: Vec<&str> = match rule.scope.all_but {
            true => vec!["*"],
            false => own.filter(|text| hidden.contains_key(text)).collect(),
        };
        let possible: BTreeSet<&str> = own
            .iter()
            .copied()
            .filter(|text| !forbidden(text))
            .collect();
        if possible.is_empty() {
            let why = match own.is_empty() {
                true => "the action cannot be granted on any of the statement's resources",
                false => "forbidden by the permissions boundary or a Deny",
            };
            if grant.keep == Keep::Nothing && hidden.len() >= rule.scope.texts.len() {
                grant.why = Some(why.to_owned());
            }
            return;
        }
        let reasons: BTreeSet<&str> = possible
            .iter()
            .filter_map(|text| hidden.get(text).map(String::as_str))
            .collect();
        let reasons = reasons.into_iter().collect::<Vec<_>>().join("; ");
        let possible = possible.into_iter().map(str::to_owned);
        match &mut grant.keep {
            Keep::Whole => {}
            keep if rule.scope.all_but => *keep = Keep::Whole,
            Keep::Only(resources) => resources.extend(possible),
            keep => *keep = Keep::Only(possible.collect()),
        }
        grant.why = Some(reasons);
        grant.unseen = true;
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
                let reach = rule.scope.reach(&piece);
                if forbidden || reach == Reach::Nothing {
                    continue;
                }
                match rule.scope.narrow(text, &piece, reach) {
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
            grant.unseen = true;
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
