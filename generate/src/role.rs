//! A role's results: everything that is written about it.

use crate::config::Config;
use crate::current::Role;
use crate::diff::{Diff, Source, denied, former, risks};
use crate::draft::{items, kept};
use crate::evidence::OfRole;
use crate::grants::{Basis, Grants};
use crate::greenfield;
use crate::kinds::Kinds;
use crate::markdown::{json, visible};
use crate::need::Passable;
use crate::output::folder_name;
use crate::plan::{Plan, Room, fit};
use crate::proof::{Check, Holds, Proof, Replay, within_current};
use crate::review::Review;
use crate::rule::{Limits, Rule};
use crate::sight::Sight;
use crate::summary::{RoleSummary, Status};
use iam::catalogue::Catalogue;
use iam::policy::{Effect, Policy};
use iam::usage::Header;
use std::collections::BTreeMap;

/// What all roles share.
pub(crate) struct Context<'a> {
    pub(crate) header: &'a Header,
    pub(crate) config: &'a Config,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) kinds: &'a Kinds,
}

/// A role's results.
pub(crate) struct Results {
    pub(crate) summary: RoleSummary,
    /// File names and contents.
    pub(crate) files: Vec<(String, String)>,
}

/// What decides whether a proposal is written.
struct Decided {
    documents: Vec<Policy>,
    proof: Proof,
    status: Status,
}

impl Context<'_> {
    /// A role whose policies of today are known.
    pub(crate) fn brownfield(
        &self,
        role: &Role,
        evidence: &OfRole<'_>,
        sight: &Sight,
        passable: &Passable,
    ) -> Results {
        let rules = Rule::all(role.documents.iter().map(|document| &document.policy));
        let (allows, denies): (Vec<Rule>, Vec<Rule>) = rules
            .iter()
            .cloned()
            .partition(|rule| rule.statement.effect == Effect::Allow);
        let boundary = role
            .boundary
            .as_ref()
            .and_then(|boundary| boundary.policy.as_ref());
        let limits = Limits {
            denies,
            boundary: boundary.map(|policy| Rule::all(std::iter::once(policy))),
        };
        let basis = Basis {
            allows: &allows,
            limits: &limits,
            rows: &evidence.own,
            sight,
            kinds: self.kinds,
            catalogue: self.catalogue,
            passable,
        };
        let room = Room {
            quotas: &self.config.quotas,
            today: role.documents.len(),
            inline: role.documents.iter().all(|document| document.arn.is_none()),
        };
        let (grants, plan) = fit(room, self.catalogue, |granularity| {
            let grants = basis.judge(granularity);
            let items = items(&rules, &grants);
            (grants, items)
        });
        let decided = self.decide(role, &basis, plan.as_ref());
        let names: Vec<String> = role
            .documents
            .iter()
            .map(|document| document.name.clone())
            .collect();
        let source = Source {
            role: &role.arn,
            policies: &names,
            allows: &allows,
            grants: &grants,
            rows: &evidence.own,
            former: &evidence.former,
            catalogue: self.catalogue,
        };
        let diff = source.diff();
        let summary = self.summary(role, &allows, &grants, &decided, &diff);
        let review = Review {
            header: self.header,
            summary: &summary,
            role: Some(role),
            diff: &diff,
            proof: &decided.proof,
            plan: plan.as_ref().ok(),
            kept_unknown: Vec::new(),
        };
        let files = files(&decided, &diff, review.markdown());
        Results { summary, files }
    }

    fn decide(&self, role: &Role, basis: &Basis<'_>, plan: Result<&Plan, &String>) -> Decided {
        let current: Vec<&Policy> = role
            .documents
            .iter()
            .map(|document| &document.policy)
            .collect();
        let documents = plan.map(|plan| plan.documents.clone()).unwrap_or_default();
        let mut proof = match plan {
            Ok(plan) => self.prove(&role.arn, basis, current, &plan.documents),
            Err(why) => self.unproven(&role.arn, why),
        };
        let only = role.report_only();
        let missing = (!role.missing.is_empty()).then(|| {
            let list = role.missing.join(", ");
            format!("the account dump lacks the text of {list}: what the role may do today is not fully known")
        });
        proof.withheld = only
            .map(str::to_owned)
            .or(missing)
            .or_else(|| plan.err().cloned())
            .or_else(|| proof.objection());
        let nothing = documents
            .iter()
            .all(|document| document.statements.is_empty());
        let status = match (only, &proof.withheld) {
            (Some(_), _) => Status::ReportOnly,
            (None, Some(_)) => Status::Withheld,
            (None, None) if nothing => Status::RemoveAll,
            (None, None) => Status::Proposed,
        };
        Decided {
            documents,
            proof,
            status,
        }
    }

    fn prove(
        &self,
        role: &str,
        basis: &Basis<'_>,
        current: Vec<&Policy>,
        proposed: &[Policy],
    ) -> Proof {
        let owned: Vec<Policy> = current.iter().map(|policy| (*policy).clone()).collect();
        let replay = Replay {
            rows: basis.rows,
            current: Some(current),
            proposed,
            kinds: self.kinds,
            catalogue: self.catalogue,
            passable: basis.passable,
        };
        let (observed, rest_on_conditions) = replay.run();
        Proof {
            role: role.to_owned(),
            catalogue_version: self.catalogue.version().to_owned(),
            observed_within_proposed: observed,
            proposed_within_current: within_current(owned, proposed, self.catalogue),
            rest_on_conditions,
            withheld: None,
        }
    }

    fn unproven(&self, role: &str, why: &str) -> Proof {
        Proof {
            role: role.to_owned(),
            catalogue_version: self.catalogue.version().to_owned(),
            observed_within_proposed: Check::plain(Holds::Unknown, Some(why.to_owned())),
            proposed_within_current: Check::plain(Holds::Unknown, Some(why.to_owned())),
            rest_on_conditions: Vec::new(),
            withheld: Some(why.to_owned()),
        }
    }

    fn summary(
        &self,
        role: &Role,
        allows: &[Rule],
        grants: &Grants,
        decided: &Decided,
        diff: &Diff,
    ) -> RoleSummary {
        let mut verdicts = BTreeMap::new();
        let (mut before, mut after) = ((0, 0), (0, 0));
        for (rule, grants) in allows.iter().zip(&grants.of_rule) {
            for grant in grants {
                *verdicts.entry(grant.verdict).or_default() += 1;
                let risky = usize::from(!risks(self.catalogue, &grant.action).is_empty());
                before = (before.0 + 1, before.1 + risky);
                if kept(rule, grant).is_some() {
                    after = (after.0 + 1, after.1 + risky);
                }
            }
        }
        if decided.proof.withheld.is_some() {
            after = before;
        }
        RoleSummary {
            account: role.account.clone(),
            role: role.arn.clone(),
            folder: format!("{}/{}", folder_name(&role.account), folder_name(&role.name)),
            status: decided.status,
            reason: decided.proof.withheld.clone(),
            documents: if decided.proof.withheld.is_some() {
                0
            } else {
                decided.documents.len()
            },
            grants_before: Some(before.0),
            grants_after: after.0,
            risky_before: Some(before.1),
            risky_after: after.1,
            gaps: diff.gaps.len(),
            verdicts,
            former_accesses: diff
                .previous_incarnations
                .iter()
                .map(|former| former.accesses)
                .sum(),
        }
    }

    /// A role of which only the usage is known. None: it did nothing that a policy must allow, or AWS owns its policy.
    pub(crate) fn greenfield(&self, name: &crate::run::Seen<'_>) -> Results {
        let rows = &name.rows;
        let room = Room {
            quotas: &self.config.quotas,
            today: 1,
            inline: false,
        };
        let ((), plan) = fit(room, self.catalogue, |granularity| {
            ((), greenfield::items(rows, granularity))
        });
        let documents = plan
            .as_ref()
            .map(|plan| plan.documents.clone())
            .unwrap_or_default();
        let passable = Passable::new();
        let mut proof = match &plan {
            Ok(plan) => self.prove_greenfield(&name.arn, rows, &plan.documents, &passable),
            Err(why) => self.unproven(&name.arn, why),
        };
        let nothing = documents
            .iter()
            .all(|document| document.statements.is_empty());
        let only = name.report_only();
        proof.withheld = only
            .map(str::to_owned)
            .or_else(|| plan.as_ref().err().cloned())
            .or_else(|| nothing.then(|| "no call succeeded: there is nothing to allow".to_owned()))
            .or_else(|| proof.objection());
        let status = match (only, &proof.withheld) {
            (Some(_), _) => Status::ReportOnly,
            (None, Some(_)) => Status::Withheld,
            (None, None) => Status::Proposed,
        };
        let decided = Decided {
            documents,
            proof,
            status,
        };
        let diff = Diff {
            role: name.arn.clone(),
            statements: Vec::new(),
            gaps: Vec::new(),
            denied: denied(rows),
            previous_incarnations: former(&name.former),
        };
        let summary = self.greenfield_summary(name, &decided, &diff);
        let review = Review {
            header: self.header,
            summary: &summary,
            role: None,
            diff: &diff,
            proof: &decided.proof,
            plan: plan.as_ref().ok(),
            kept_unknown: greenfield::unknown(rows),
        };
        let files = files(&decided, &diff, review.markdown());
        Results { summary, files }
    }

    fn prove_greenfield(
        &self,
        role: &str,
        rows: &[&iam::usage::Usage],
        proposed: &[Policy],
        passable: &Passable,
    ) -> Proof {
        let replay = Replay {
            rows,
            current: None,
            proposed,
            kinds: self.kinds,
            catalogue: self.catalogue,
            passable,
        };
        let (observed, rest_on_conditions) = replay.run();
        Proof {
            role: role.to_owned(),
            catalogue_version: self.catalogue.version().to_owned(),
            observed_within_proposed: observed,
            proposed_within_current: Check::plain(
                Holds::NotApplicable,
                Some("no policies of today were given".to_owned()),
            ),
            rest_on_conditions,
            withheld: None,
        }
    }

    fn greenfield_summary(
        &self,
        name: &crate::run::Seen<'_>,
        decided: &Decided,
        diff: &Diff,
    ) -> RoleSummary {
        let withheld = decided.proof.withheld.is_some();
        let actions = greenfield::actions(&name.rows);
        let risky = actions
            .iter()
            .filter(|action| !risks(self.catalogue, action).is_empty());
        RoleSummary {
            account: name.account.clone(),
            role: name.arn.clone(),
            folder: format!("{}/{}", folder_name(&name.account), folder_name(&name.name)),
            status: decided.status,
            reason: decided.proof.withheld.clone(),
            documents: if withheld { 0 } else { decided.documents.len() },
            grants_before: None,
            grants_after: if withheld { 0 } else { actions.len() },
            risky_before: None,
            risky_after: if withheld { 0 } else { risky.count() },
            gaps: 0,
            verdicts: BTreeMap::new(),
            former_accesses: diff
                .previous_incarnations
                .iter()
                .map(|former| former.accesses)
                .sum(),
        }
    }
}

/// The files of a role; policies only when nothing speaks against them.
fn files(decided: &Decided, diff: &Diff, review: String) -> Vec<(String, String)> {
    let mut files = vec![
        ("proof.json".to_owned(), json(&decided.proof)),
        ("diff.json".to_owned(), json(diff)),
        ("review.md".to_owned(), review),
    ];
    if decided.proof.withheld.is_some() {
        return files;
    }
    let single = decided.documents.len() == 1;
    for (at, document) in decided.documents.iter().enumerate() {
        let name = if single {
            "policy.json".to_owned()
        } else {
            format!("policy-{}.json", at + 1)
        };
        files.push((name, visible(&document.to_json())));
    }
    files
}
