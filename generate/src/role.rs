//! A role's results: everything that is written about it.

use crate::capability::{ByService, abilities};
use crate::cause::Circumstances;
use crate::claim::Claim;
use crate::confidence::{Confidence, Odds, Record};
use crate::config::{Config, Kind};
use crate::count::Count;
use crate::cover::Covers;
use crate::current::Role;
use crate::diff::{Diff, Source, denied, former};
use crate::draft::{Item, items, stays};
use crate::evidence::RoleName;
use crate::format::Proposal;
use crate::grants::{Basis, Grant, Grants, Loaded};
use crate::greenfield;
use crate::intent::{Declared, Keep};
use crate::kinds::Kinds;
use crate::markdown::{json, visible};
use crate::narrow::{Lessons, narrowed};
use crate::need::Surroundings;
use crate::plan::{Plan, Room, fit};
use crate::proof::Proof;
use crate::review::Review;
use crate::rewrite;
use crate::rule::{Limits, Rule};
use crate::run::{Case, Seen};
use crate::shared::Share;
use crate::summary::{RoleSummary, Status};
use crate::width::{Wildcard, wildcards};
use iam::catalogue::Catalogue;
use iam::policy::{Policy, PolicySet};
use iam::usage::{Header, Usage};
use std::collections::BTreeSet;

/// What all roles share.
pub(crate) struct Context<'a> {
    pub(crate) header: &'a Header,
    pub(crate) config: &'a Config,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) kinds: &'a Kinds,
    pub(crate) covers: &'a Covers<'a>,
    pub(crate) surroundings: &'a Surroundings<'a>,
}

/// A role's results.
pub(crate) struct Results {
    pub(crate) summary: RoleSummary,
    /// File names and contents.
    pub(crate) files: Vec<(String, String)>,
    /// What stays of its managed policies.
    pub(crate) shares: Vec<Share>,
}

/// What decides whether a proposal is written.
pub(crate) struct Decided {
    pub(crate) documents: Vec<Policy>,
    pub(crate) proof: Proof,
    pub(crate) status: Status,
}

/// What is told of a role beside its diff.
struct Told<'a> {
    summary: RoleSummary,
    /// None: the policies of today are not known.
    role: Option<&'a Role>,
    plan: Option<&'a Plan>,
    /// Actions granted on `*` because the log does not name the resource.
    kept_unknown: Vec<String>,
}

impl Context<'_> {
    /// What a role's rows load onto its statements, and what its grants did in both halves of the window, to learn from.
    pub(crate) fn load(&self, case: &Case<'_>, odds: &Odds) -> (Loaded, Record) {
        let rules = Rule::all(case.role.policies());
        let (allows, limits) = Limits::split(&rules, case.role.boundary.as_ref());
        let basis = self.basis(case, (&allows, &limits), &[]);
        let loaded = basis.load(self.config.granularity);
        let record = odds.record(&case.role.arn, &basis, &loaded);
        (loaded, record)
    }

    fn basis<'c>(
        &'c self,
        case: &'c Case<'c>,
        (allows, limits): (&'c [Rule], &'c Limits),
        intent: &'c [&'c Keep],
    ) -> Basis<'c> {
        Basis {
            allows,
            limits,
            rows: &case.evidence.own,
            sight: &case.sight,
            fits: self.kinds.fits(),
            catalogue: self.catalogue,
            surroundings: self.surroundings,
            intent,
        }
    }

    /// A role whose policies of today are known.
    pub(crate) fn brownfield(
        &self,
        case: &Case<'_>,
        loaded: &Loaded,
        (odds, record): (&Odds, &Record),
    ) -> Results {
        let (role, evidence) = (case.role, &case.evidence);
        let rules = Rule::all(role.policies());
        let (allows, limits) = Limits::split(&rules, role.boundary.as_ref());
        let intent = self.config.intent.of(&role.arn);
        let end = self.header.window_end.as_deref();
        let in_force: Vec<_> = intent
            .iter()
            .copied()
            .filter(|keep| !keep.is_expired(end))
            .collect();
        let basis = self.basis(case, (&allows, &limits), &in_force);
        let (mut grants, plan) = fit(self.room(role), self.covers, |granularity| {
            let grants = match granularity == loaded.granularity {
                true => basis.judge(loaded),
                false => basis.judge(&basis.load(granularity)),
            };
            let lessons = self.lessons(&evidence.own).within(&grants);
            let items = self.shaped(items(&rules, &grants), &lessons);
            (grants, items)
        });
        odds.mark(record, &basis, &mut grants);
        let seen = (evidence.own.as_slice(), case.sight.account.missing());
        let confidence = odds.confidence(record, seen, &grants, self.catalogue);
        let claim = self.claim(&role.arn, &evidence.own, Some(role));
        let decided = self.decide(&claim, role.report_only(), plan.as_ref());
        let source = Source {
            role: &role.arn,
            window_end: end,
            documents: &role.documents,
            allows: &allows,
            grants: &grants,
            rows: &evidence.own,
            former: &evidence.former,
            covers: self.covers,
        };
        let mut diff = source.diff(decided.status, confidence);
        diff.wildcards = self.widths(&decided, &evidence.own, &allows);
        diff.intent = self.declared(role, &intent);
        diff.capabilities = abilities(&allows, &grants);
        let count = Count::of(&grants);
        let told = Told {
            summary: count.summary(role, &decided, &diff),
            role: Some(role),
            plan: plan.as_ref().ok(),
            kept_unknown: Vec::new(),
        };
        let mut results = self.results(told, &decided, &diff);
        results.shares = shares(role, &allows, &grants);
        results
    }

    /// The wildcards of a proposal; `allows` are the statements of today.
    fn widths(&self, decided: &Decided, rows: &[&Usage], allows: &[Rule]) -> Vec<Wildcard> {
        let today = allows.iter().flat_map(|rule| &rule.scope.texts);
        let today: BTreeSet<&str> = today.map(String::as_str).collect();
        wildcards(&decided.documents, rows, &today, self.surroundings)
    }

    /// Everything that is written of a role.
    fn results(&self, told: Told<'_>, decided: &Decided, diff: &Diff) -> Results {
        let summary = told.summary;
        let seen = || RoleName::parse(&summary.role).map(|found| found.name);
        let known = told.role.map(|role| role.name.as_str());
        let name = known.or_else(seen).unwrap_or_default();
        let (formats, unwritten) = self.formats(&summary.account, name, told.role, decided);
        let review = Review {
            header: self.header,
            summary: &summary,
            role: told.role,
            diff,
            proof: &decided.proof,
            plan: told.plan,
            kept_unknown: told.kept_unknown,
            unwritten,
            learned: !self.config.learned.is_empty(),
        };
        let mut files = files(decided, diff, review.markdown());
        files.extend(formats);
        Results {
            summary,
            files,
            shares: Vec::new(),
        }
    }

    fn declared(&self, role: &Role, intent: &[&Keep]) -> Vec<Declared> {
        let today = PolicySet::identity(role.policies().cloned().collect());
        let end = self.header.window_end.as_deref();
        let declared = intent
            .iter()
            .map(|keep| keep.declared(&today, end, self.catalogue));
        declared.collect()
    }

    fn room(&self, role: &Role) -> Room<'_> {
        let boundary = self.config.kind == Kind::Boundary;
        let inline = role.documents.iter().all(|document| document.arn.is_none());
        Room {
            quotas: &self.config.quotas,
            finest: self.config.granularity,
            today: if boundary { 1 } else { role.documents.len() },
            most: if boundary {
                1
            } else {
                self.config.quotas.documents
            },
            inline: inline && !boundary,
        }
    }

    fn lessons<'c>(&'c self, rows: &[&'c Usage]) -> Lessons<'c> {
        Lessons::new(rows, &self.config.learned, self.catalogue)
    }

    /// The items as they are to be written.
    fn shaped(&self, items: Vec<Item>, lessons: &Lessons<'_>) -> Vec<Item> {
        let items = match self.config.kind {
            Kind::Policy => narrowed(items, lessons),
            Kind::Boundary => items,
        };
        match (self.config.kind, self.config.rewrite) {
            (Kind::Boundary, _) => rewrite::boundary(items, self.catalogue),
            (Kind::Policy, true) => rewrite::fresh(items, self.catalogue),
            (Kind::Policy, false) => items,
        }
    }

    fn claim<'c>(
        &'c self,
        arn: &'c str,
        rows: &'c [&'c Usage],
        current: Option<&'c Role>,
    ) -> Claim<'c> {
        Claim {
            arn,
            rows,
            current,
            kind: self.config.kind,
            kinds: self.kinds,
            catalogue: self.catalogue,
        }
    }

    /// Proves, and says what becomes of the role.
    fn decide(
        &self,
        claim: &Claim<'_>,
        only: Option<&str>,
        plan: Result<&Plan, &String>,
    ) -> Decided {
        let documents = plan.map(|plan| plan.documents.clone()).unwrap_or_default();
        let mut proof = match plan {
            Ok(plan) => claim.prove(plan, &policy_files(&documents, self.config.kind)),
            Err(why) => claim.unproven(why),
        };
        let missing = claim.current.map_or(&[][..], |role| &role.missing);
        let missing = (!missing.is_empty()).then(|| {
            let list = missing.join(", ");
            format!("the account dump lacks the text of {list}: what the role may do today is not fully known")
        });
        let greenfield = claim.current.is_none();
        let nothing = greenfield && documents.is_empty();
        proof.withheld = only
            .map(str::to_owned)
            .or(missing)
            .or_else(|| plan.err().cloned())
            .or_else(|| nothing.then(|| "no call succeeded: there is nothing to allow".to_owned()))
            .or_else(|| proof.objection());
        let status = match (only, &proof.withheld) {
            (Some(_), _) => Status::ReportOnly,
            (None, Some(_)) => Status::Withheld,
            (None, None) if documents.is_empty() => Status::RemoveAll,
            (None, None) => Status::Proposed,
        };
        Decided {
            documents,
            proof,
            status,
        }
    }

    /// A role of which only the usage is known.
    pub(crate) fn greenfield(&self, seen: &Seen<'_>, confidence: Confidence) -> Results {
        let rows = &seen.rows;
        let room = Room {
            quotas: &self.config.quotas,
            finest: self.config.granularity,
            today: 1,
            most: self.config.quotas.documents,
            inline: false,
        };
        let ((), plan) = fit(room, self.covers, |granularity| {
            let items = greenfield::items(rows, granularity, self.surroundings, self.catalogue);
            ((), narrowed(items, &self.lessons(rows)))
        });
        let claim = self.claim(&seen.arn, rows, None);
        let decided = self.decide(&claim, seen.report_only(), plan.as_ref());
        let circumstances = Circumstances {
            role: &seen.arn,
            window_end: self.header.window_end.as_deref(),
            allows: &[],
            former: &seen.former,
        };
        let diff = Diff {
            role: seen.arn.clone(),
            status: decided.status,
            statements: Vec::new(),
            confidence,
            capabilities: ByService::new(),
            wildcards: self.widths(&decided, rows, &[]),
            intent: Vec::new(),
            gaps: Vec::new(),
            denied: denied(rows, &circumstances),
            previous_incarnations: former(&seen.former),
        };
        let summary = Count::of_usage(rows, self.catalogue).summary_of_usage(seen, &decided, &diff);
        let told = Told {
            summary,
            role: None,
            plan: plan.as_ref().ok(),
            kept_unknown: greenfield::unknown(rows),
        };
        self.results(told, &decided, &diff)
    }

    /// The proposal in the formats that were asked for, or why it is not written in them.
    fn formats(
        &self,
        account: &str,
        name: &str,
        current: Option<&Role>,
        decided: &Decided,
    ) -> (Vec<(String, String)>, Option<String>) {
        if !matches!(decided.status, Status::Proposed | Status::RemoveAll) {
            return (Vec::new(), None);
        }
        let inline = |role: &Role| role.documents.iter().all(|document| document.arn.is_none());
        let kind = self.config.kind;
        let files = policy_files(&decided.documents, kind).into_iter();
        let proposal = Proposal {
            account,
            role: name,
            partition: decided.proof.role.split(':').nth(1).unwrap_or("aws"),
            kind,
            documents: &decided.documents,
            files: files.map(|(file, _)| file).collect(),
            current,
            inline: decided.documents.len() == 1 && current.is_some_and(inline),
        };
        let mut written = Vec::new();
        for format in &self.config.formats {
            match proposal.files(*format) {
                Ok(files) => written.extend(files),
                Err(why) => return (Vec::new(), Some(why)),
            }
        }
        (written, None)
    }
}

/// What stays of the managed policies of a role.
fn shares(role: &Role, allows: &[Rule], grants: &Grants) -> Vec<Share> {
    let documents = role.documents.iter().enumerate();
    let managed = documents.filter_map(|(at, document)| Some((at, document.arn.as_ref()?)));
    let share = |(at, arn): (usize, &String)| {
        let own = allows
            .iter()
            .zip(&grants.of_rule)
            .filter(|(rule, _)| rule.document == at);
        let own: Vec<&Grant> = own.flat_map(|(_, grants)| grants).collect();
        let kept = own.iter().filter(|grant| stays(grant));
        Share {
            policy: arn.clone(),
            role: role.arn.clone(),
            before: own.len(),
            kept: kept.map(|grant| grant.action.clone()).collect(),
        }
    };
    managed.map(share).collect()
}

/// The files of a role; policies only when nothing speaks against them.
fn files(decided: &Decided, diff: &Diff, review: String) -> Vec<(String, String)> {
    let mut files = vec![
        ("proof.json".to_owned(), json(&decided.proof)),
        ("diff.json".to_owned(), json(diff)),
        ("review.md".to_owned(), review),
    ];
    if decided.proof.withheld.is_none() {
        files.extend(policy_files(&decided.documents, decided.proof.kind));
    }
    files
}

/// The documents of a proposal as files, in order.
fn policy_files(documents: &[Policy], kind: Kind) -> Vec<(String, String)> {
    let single = documents.len() == 1;
    let named = documents.iter().enumerate().map(|(at, document)| {
        let name = match kind {
            Kind::Boundary => "boundary.json".to_owned(),
            Kind::Policy if single => "policy.json".to_owned(),
            Kind::Policy => format!("policy-{}.json", at + 1),
        };
        (name, visible(&document.to_json()))
    });
    named.collect()
}
