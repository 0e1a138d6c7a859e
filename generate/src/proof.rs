//! Proofs: that a proposal keeps what was observed, and gives nothing that today's policies do not.

use crate::kinds::Kinds;
use crate::need::{Need, Passable, proven, speaks};
use crate::relax::{about, relaxed, unconditional};
use iam::catalogue::Catalogue;
use iam::policy::{
    Answer, Decision, Effect, Pattern, Policy, PolicySet, Request, ResourceElement, evaluate,
    subsumes,
};
use iam::usage::Usage;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Both proofs of a role, as `proof.json` has them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Proof {
    pub(crate) role: String,
    pub(crate) catalogue_version: String,
    /// Every observed access that today's policies explain is allowed by the proposal.
    pub(crate) observed_within_proposed: Check,
    /// Every request that the proposal allows is allowed today.
    pub(crate) proposed_within_current: Check,
    /// Accesses that stay allowed only under a condition or through a variable, which the log cannot confirm.
    pub(crate) rest_on_conditions: Vec<Access>,
    /// Why the proposal is withheld.
    pub(crate) withheld: Option<String>,
}

/// One proof.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Check {
    pub(crate) result: Holds,
    /// Accesses replayed, where that is how it was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replayed: Option<usize>,
    /// A request that disproves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) witness: Option<Access>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

/// How a proof ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Holds {
    Yes,
    No,
    Unknown,
    /// There are no policies of today to compare with.
    NotApplicable,
}

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Access {
    pub(crate) action: String,
    pub(crate) resource: String,
}

impl Check {
    pub(crate) fn plain(result: Holds, why: Option<String>) -> Self {
        Self {
            result,
            replayed: None,
            witness: None,
            why,
        }
    }
}

impl Proof {
    /// Why the proposal must not be written, if so.
    pub(crate) fn objection(&self) -> Option<String> {
        let told = |name: &str, check: &Check| {
            let at = check
                .witness
                .as_ref()
                .map(|w| format!("`{}` on `{}`", w.action, w.resource));
            let why = at.or_else(|| check.why.clone()).unwrap_or_default();
            match check.result {
                Holds::Yes | Holds::NotApplicable => None,
                Holds::No => Some(format!("not proven: {name} is false: {why}")),
                Holds::Unknown => Some(format!("not proven: {name} is undecided: {why}")),
            }
        };
        told("observed ⊆ proposed", &self.observed_within_proposed)
            .or_else(|| told("proposed ⊆ current", &self.proposed_within_current))
    }
}

/// Everything that the replay of observed accesses needs.
pub(crate) struct Replay<'a> {
    pub(crate) rows: &'a [&'a Usage],
    /// None: greenfield.
    pub(crate) current: Option<Vec<&'a Policy>>,
    pub(crate) proposed: &'a [Policy],
    pub(crate) kinds: &'a Kinds,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) passable: &'a Passable,
}

impl Replay<'_> {
    /// Replays every distinct access, and lists those that rest on a condition.
    pub(crate) fn run(&self) -> (Check, Vec<Access>) {
        let current = self
            .current
            .as_ref()
            .map(|policies| relaxed(policies.iter().copied()));
        let (proposed, strict) = (relaxed(self.proposed), unconditional(self.proposed));
        let mut check = Check::plain(Holds::Yes, None);
        let (mut replayed, mut conditional) = (0, BTreeSet::new());
        for (action, resources) in self.accesses(current.as_deref()) {
            let sets = [Some(&proposed), Some(&strict), current.as_ref()];
            let [proposed, strict, current] =
                sets.map(|set| set.map(|set| PolicySet::identity(about(set, &action))));
            let allowed = |set: &Option<PolicySet>, request: &Request| {
                set.as_ref()
                    .is_none_or(|set| evaluate(request, set).decision == Decision::Allowed)
            };
            for resource in resources {
                for concrete in samples(&resource) {
                    let request = Request::new(action.clone(), concrete);
                    if !allowed(&current, &request) {
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
                    } else if !allowed(&strict, &request) {
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
            match (proven(row, self.passable), current) {
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
                        .filter(|text| self.kinds.fits(known, text));
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

/// Compares the proposal with the policies of today.
pub(crate) fn within_current(
    current: Vec<Policy>,
    proposed: &[Policy],
    catalogue: &Catalogue,
) -> Check {
    let (outer, inner) = (
        PolicySet::identity(current),
        PolicySet::identity(proposed.to_vec()),
    );
    match subsumes(&outer, &inner, catalogue) {
        Answer::Yes => Check::plain(Holds::Yes, None),
        Answer::Unknown(why) => Check::plain(Holds::Unknown, Some(why)),
        Answer::No(witness) => Check {
            witness: Some(Access {
                action: witness.request.action,
                resource: witness.request.resource,
            }),
            ..Check::plain(Holds::No, Some(witness.why))
        },
    }
}
