//! Replay: every distinct access that the usage proves, asked of the policies of today and of the proposal.

use crate::kinds::Fits;
use crate::need::{Need, proven, speaks};
use crate::proof::{Access, Check, Holds};
use crate::relax::{about, relaxed, unconditional};
use iam::catalogue::Catalogue;
use iam::policy::{
    Decision, Effect, Evaluator, Pattern, Policy, PolicySet, Request, ResourceElement,
};
use iam::usage::Usage;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the replay of observed accesses needs.
pub(crate) struct Replay<'a> {
    pub(crate) rows: &'a [&'a Usage],
    /// None: greenfield.
    pub(crate) current: Option<Vec<&'a Policy>>,
    pub(crate) proposed: &'a [Policy],
    pub(crate) fits: Fits<'a>,
    pub(crate) catalogue: &'a Catalogue,
}

impl Replay<'_> {
    /// Replays every distinct access, and lists those that rest on a condition.
    pub(crate) fn run(&self) -> (Check, Vec<Access>) {
        let current = self
            .current
            .as_ref()
            .map(|policies| relaxed(policies.iter().copied()));
        let accesses = self.accesses(current.as_deref());
        let current = current.map(PolicySet::identity);
        let [proposed, strict] = [relaxed(self.proposed), unconditional(self.proposed)];
        let conditions = proposed != strict;
        let [proposed, strict] = [proposed, strict].map(PolicySet::identity);
        let current = current.as_ref().map(Evaluator::new);
        let [proposed, strict] = [&proposed, &strict].map(Evaluator::new);
        let allowed =
            |set: &Evaluator<'_>, request: &Request| set.decide(request) == Decision::Allowed;
        let mut check = Check::plain(Holds::Yes, None);
        let (mut replayed, mut conditional) = (0, BTreeSet::new());
        for (action, resources) in accesses {
            for resource in resources {
                for concrete in samples(&resource) {
                    let request = Request::new(action.clone(), concrete);
                    if current.as_ref().is_some_and(|set| !allowed(set, &request)) {
                        continue;
                    }
                    replayed += 1;
                    let access = || Access {
                        action: action.clone(),
                        resource: resource.clone(),
                    };
                    if !allowed(&proposed, &request) {
                        check.result = Holds::No;
                        check.witness.get_or_insert_with(access);
                    } else if conditions && !allowed(&strict, &request) {
                        conditional.insert(access());
                    }
                }
            }
        }
        check.replayed = Some(replayed);
        (check, conditional.into_iter().collect())
    }

    /// Actions and the resource patterns they were used on; where those are unknown, all that today's policies give.
    fn accesses(&self, current: Option<&[Policy]>) -> BTreeMap<String, BTreeSet<String>> {
        let mut accesses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| speaks(row)) {
            let resources = accesses.entry(row.action.clone()).or_default();
            match (proven(row), current) {
                (Need::Resources(texts), _) => resources.extend(texts),
                (Need::Unknown, None) => drop(resources.insert("*".to_owned())),
                (Need::Unknown, Some(current)) => {
                    resources.extend(self.granted(current, &row.action))
                }
            }
        }
        accesses
    }

    fn granted(&self, current: &[Policy], action: &str) -> BTreeSet<String> {
        let known = self.catalogue.action(action);
        let mut texts = BTreeSet::new();
        for statement in about(current, action)
            .iter()
            .flat_map(|policy| &policy.statements)
        {
            match &statement.resource {
                Some(ResourceElement::Resource(values)) if statement.effect == Effect::Allow => {
                    let fitting = values
                        .items
                        .iter()
                        .filter(|text| self.fits.fits(known, text));
                    texts.extend(fitting.cloned());
                }
                _ => drop(texts.insert("*".to_owned())),
            }
        }
        texts
    }
}

/// Concrete resources of a pattern: wildcards empty, and filled with text that no policy names.
fn samples(pattern: &str) -> Vec<String> {
    if !pattern.contains(['*', '?', '$']) {
        return vec![pattern.to_owned()];
    }
    let compiled = Pattern::new(pattern);
    if pattern == "*" {
        return vec![
            "*".to_owned(),
            "arn:aws:any:any:111111111111:~any~/~any~".to_owned(),
        ];
    }
    if compiled.is_literal() {
        return vec![compiled.sample("")];
    }
    vec![compiled.sample("~any~"), compiled.sample("")]
}
