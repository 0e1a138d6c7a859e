//! Claims: what must hold of a role's proposal, and the proofs of it.

use crate::config::Kind;
use crate::current::Role;
use crate::digest::{self, Digest};
use crate::kinds::Kinds;
use crate::plan::Plan;
use crate::proof::{
    Access, Check, FileDigest, Holds, Inputs, Proof, compact_equals_explicit, within_current,
};
use crate::replay::Replay;
use iam::catalogue::Catalogue;
use iam::policy::{Effect, Policy, PolicySet, Statement};
use iam::usage::Usage;

/// A role, what it did and what it may do.
pub(crate) struct Claim<'a> {
    pub(crate) arn: &'a str,
    pub(crate) rows: &'a [&'a Usage],
    /// None: the policies of today are not known.
    pub(crate) current: Option<&'a Role>,
    pub(crate) kind: Kind,
    pub(crate) kinds: &'a Kinds,
    pub(crate) catalogue: &'a Catalogue,
}

impl Claim<'_> {
    /// Proves a plan.
    pub(crate) fn prove(&self, plan: &Plan, files: &[(String, String)]) -> Proof {
        let (observed, rest_on_conditions) = self.observed(&plan.documents);
        let mut inputs = self.inputs(&plan.documents);
        let digests = files.iter().map(|(file, text)| FileDigest {
            file: file.clone(),
            sha256: digest::of_text(text),
        });
        inputs.proposal = digests.collect();
        Proof {
            role: self.arn.to_owned(),
            catalogue_version: self.catalogue.version().to_owned(),
            kind: self.kind,
            inputs,
            observed_within_proposed: observed,
            proposed_within_current: self.within(&plan.documents),
            compact_equals_explicit: match &plan.explicit {
                Some((compact, explicit)) => {
                    compact_equals_explicit(compact, explicit, self.catalogue)
                }
                None => Check::plain(
                    Holds::NotApplicable,
                    Some("actions are written by name".to_owned()),
                ),
            },
            rest_on_conditions,
            withheld: None,
        }
    }

    /// No plan: nothing is proven, and why.
    pub(crate) fn unproven(&self, why: &str) -> Proof {
        let unknown = || Check::plain(Holds::Unknown, Some(why.to_owned()));
        Proof {
            role: self.arn.to_owned(),
            catalogue_version: self.catalogue.version().to_owned(),
            kind: self.kind,
            inputs: self.inputs(&[]),
            observed_within_proposed: unknown(),
            proposed_within_current: unknown(),
            compact_equals_explicit: unknown(),
            rest_on_conditions: Vec::new(),
            withheld: Some(why.to_owned()),
        }
    }

    /// What the proof rests on, but for the files.
    pub(crate) fn inputs(&self, documents: &[Policy]) -> Inputs {
        let allows = documents.iter().flat_map(|document| &document.statements);
        let allows = allows.filter(|statement| statement.effect == Effect::Allow);
        let allows: Vec<Statement> = allows.cloned().collect();
        Inputs {
            usage: Digest::of_usage(self.rows.iter().copied()),
            current: self.current.map(|role| {
                let boundary = role.boundary.iter().filter_map(|b| b.policy.as_ref());
                Digest::of_policies(role.policies().chain(boundary))
            }),
            proposal: Vec::new(),
            actions: Some(Digest::of_actions(&allows, self.catalogue)),
        }
    }

    /// Whether all that was observed and is granted today stays allowed; and what of it only under conditions.
    pub(crate) fn observed(&self, documents: &[Policy]) -> (Check, Vec<Access>) {
        let replay = Replay {
            rows: self.rows,
            current: self.current.map(|role| role.policies().collect()),
            proposed: documents,
            fits: self.kinds.fits(),
            catalogue: self.catalogue,
        };
        replay.run()
    }

    /// Whether nothing is allowed that is not allowed today.
    pub(crate) fn within(&self, documents: &[Policy]) -> Check {
        let Some(role) = self.current else {
            let why = "no policies of today were given".to_owned();
            return Check::plain(Holds::NotApplicable, Some(why));
        };
        let current = PolicySet::identity(role.policies().cloned().collect());
        match self.kind {
            Kind::Policy => {
                let proposed = PolicySet::identity(documents.to_vec());
                within_current(&current, &proposed, self.catalogue)
            }
            Kind::Boundary => self.within_boundary(role, current, documents),
        }
    }

    /// A boundary takes the place of the one of today: what both sets of policies allow is compared.
    fn within_boundary(&self, role: &Role, current: PolicySet, documents: &[Policy]) -> Check {
        let mut outer = current.clone();
        if let Some(boundary) = &role.boundary {
            let Some(policy) = &boundary.policy else {
                let why = "the account dump lacks the text of today's permissions boundary";
                return Check::plain(Holds::Unknown, Some(why.to_owned()));
            };
            outer.boundary = Some(policy.clone());
        }
        let inner = PolicySet {
            boundary: documents.first().cloned(),
            ..current
        };
        within_current(&outer, &inner, self.catalogue)
    }
}
