//! Cases out of AWS's documentation, one a line of `cases.json` with the page that tells: what evaluation must answer, and
//! that subsumption never says Yes against it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use leastwise_iam::catalogue::Catalogue;
use leastwise_iam::policy::{
    Answer, Decision, Policy, PolicySet, Request, ResourceSide, authorize, evaluate, subsumes,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The page of the IAM User Guide (of the Organizations User Guide for SCPs and RCPs).
    source: String,
    says: String,
    expect: String,
    action: String,
    resource: String,
    #[serde(default)]
    context: BTreeMap<String, Vec<String>>,
    #[serde(default = "current")]
    version: String,
    /// Statements of each policy.
    identity: Vec<Value>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
    #[serde(default)]
    scps: Vec<Vec<Value>>,
    /// Who calls, when the resource has a say.
    caller: Option<String>,
    #[serde(default)]
    policy: Vec<Value>,
    #[serde(default)]
    rcps: Vec<Vec<Value>>,
    owner: Option<String>,
}

fn current() -> String {
    "2012-10-17".to_owned()
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

impl Case {
    fn document(&self, statements: &[Value]) -> Policy {
        let text = json!({"Version": self.version, "Statement": statements}).to_string();
        Policy::parse(&text).unwrap_or_else(|error| panic!("{}: {error}: {text}", self.says))
    }

    fn levels(&self, levels: &[Vec<Value>]) -> Vec<Vec<Policy>> {
        let level = |statements: &Vec<Value>| {
            let some = !statements.is_empty();
            some.then(|| self.document(statements))
                .into_iter()
                .collect()
        };
        levels.iter().map(level).collect()
    }

    fn set(&self) -> PolicySet {
        PolicySet {
            identity: vec![self.document(&self.identity)],
            boundary: self
                .boundary
                .as_deref()
                .map(|statements| self.document(statements)),
            session: self
                .session
                .iter()
                .map(|statements| self.document(statements))
                .collect(),
            scps: self.levels(&self.scps),
        }
    }

    fn request(&self) -> Request {
        let context = self.context.iter();
        let context = context.map(|(key, values)| (key.to_ascii_lowercase(), values.clone()));
        Request {
            action: self.action.clone(),
            resource: self.resource.clone(),
            context: context.collect(),
            principal: self.caller.clone(),
        }
    }

    fn decision(&self) -> Decision {
        let (request, set) = (self.request(), self.set());
        if self.caller.is_none() {
            return evaluate(&request, &set).decision;
        }
        let side = ResourceSide {
            account: self.owner.clone(),
            policy: (!self.policy.is_empty()).then(|| self.document(&self.policy)),
            rcps: self.levels(&self.rcps),
        };
        authorize(&request, &set, &side).decision
    }
}

#[test]
fn evaluation_answers_as_documented() {
    let cases = cases();
    assert!(cases.len() > 100, "{} cases", cases.len());
    for case in &cases {
        let told = match case.decision() {
            Decision::Allowed => "allowed",
            Decision::ImplicitDeny => "implicit-deny",
            Decision::ExplicitDeny => "explicit-deny",
            Decision::Unknown(_) => "unknown",
        };
        assert_eq!(told, case.expect, "{} ({})", case.says, case.source);
    }
}

/// A policy that allows exactly the request of the case, with exactly its context.
fn exactly(case: &Case) -> PolicySet {
    let mut statement =
        json!({"Effect": "Allow", "Action": case.action, "Resource": case.resource});
    let mut keys = BTreeMap::new();
    for (key, values) in &case.context {
        keys.insert(key.clone(), json!(values));
    }
    if !keys.is_empty() {
        statement["Condition"] = json!({"StringEquals": keys});
    }
    // plain text: nothing in the case's resource is a variable
    let text = json!({"Version": "2008-10-17", "Statement": statement}).to_string();
    PolicySet::identity(vec![Policy::parse(&text).unwrap()])
}

#[test]
fn no_proof_contradicts_the_documentation() {
    let (mut proofs, mut witnesses) = (0, 0);
    for case in cases().iter().filter(|case| case.caller.is_none()) {
        let set = case.set();
        assert_eq!(
            subsumes(&set, &set, Catalogue::embedded()),
            Answer::Yes,
            "{}",
            case.says
        );
        match subsumes(&set, &exactly(case), Catalogue::embedded()) {
            Answer::Yes => {
                proofs += 1;
                assert_eq!(case.expect, "allowed", "{} ({})", case.says, case.source);
            }
            Answer::No(witness) => {
                witnesses += 1;
                assert_ne!(evaluate(&witness.request, &set).decision, Decision::Allowed);
            }
            Answer::Unknown(_) => {}
        }
    }
    assert!(
        proofs > 10 && witnesses > 20,
        "{proofs} proofs, {witnesses} witnesses"
    );
}
