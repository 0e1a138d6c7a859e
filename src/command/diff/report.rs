//! The report of a comparison, as `--json` prints it.

use super::super::policies::{Pair, Source, Subject, within};
use super::words::says;
use iam::catalogue::Catalogue;
use iam::policy::{Answer, Change, Changed, ResourceElement, Row, Tally, Witness, difference};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The whole comparison.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) old: String,
    pub(super) new: String,
    pub(super) catalogue_version: String,
    pub(super) subjects: Vec<SubjectReport>,
}

/// A document, or a principal of an account.
#[derive(Debug, Serialize)]
pub(super) struct SubjectReport {
    /// The principal's ARN; none for a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) principal: Option<String>,
    pub(super) new_within_old: Proof,
    pub(super) old_within_new: Proof,
    pub(super) changes: Vec<ChangeReport>,
    pub(super) granted_before: Tally,
    pub(super) granted_after: Tally,
    /// The unified diff of the documents.
    pub(super) text: String,
}

/// The answer to a question of inclusion.
#[derive(Debug, Serialize)]
pub(in crate::command) struct Proof {
    /// `yes`, `no` or `unknown`.
    pub(in crate::command) answer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::command) why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::command) witness: Option<RequestReport>,
}

/// One class of actions.
#[derive(Debug, Serialize)]
pub(super) struct ChangeReport {
    pub(super) change: &'static str,
    pub(super) says: String,
    pub(super) actions: Vec<String>,
    /// Patterns that also stand for actions which the catalogue does not list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unlisted: Vec<String>,
    pub(super) access_levels: BTreeMap<&'static str, usize>,
    pub(super) capabilities: BTreeMap<&'static str, usize>,
    pub(super) risks: BTreeMap<&'static str, usize>,
    pub(super) from: Vec<RowReport>,
    pub(super) to: Vec<RowReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lost: Option<RequestReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gained: Option<RequestReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
}

/// A statement's part.
#[derive(Debug, Serialize)]
pub(super) struct RowReport {
    pub(super) policy: String,
    /// From 1.
    pub(super) statement: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resources: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) not_resources: Vec<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(super) condition: Value,
}

/// A request that shows something.
#[derive(Debug, Serialize)]
pub(in crate::command) struct RequestReport {
    pub(in crate::command) action: String,
    pub(in crate::command) resource: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::command) context: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::command) principal: Option<String>,
    pub(in crate::command) why: String,
}

impl Report {
    pub(super) fn new(old: &Source, new: &Source, pairs: Vec<Pair<'_>>) -> Self {
        Self {
            old: old.file.clone(),
            new: new.file.clone(),
            catalogue_version: Catalogue::embedded().version().to_owned(),
            subjects: pairs.into_iter().map(SubjectReport::new).collect(),
        }
    }
}

impl SubjectReport {
    fn new((name, old, new): Pair<'_>) -> Self {
        let nothing = Subject::default();
        let (before, after) = (old.unwrap_or(&nothing), new.unwrap_or(&nothing));
        let difference = difference(&before.set, &after.set, Catalogue::embedded());
        let change = |changed| ChangeReport::new(changed, &before.names, &after.names);
        Self {
            principal: (!name.is_empty()).then(|| name.to_owned()),
            new_within_old: within(new, old).into(),
            old_within_new: within(old, new).into(),
            changes: difference.changes.into_iter().map(change).collect(),
            granted_before: difference.old,
            granted_after: difference.new,
            text: unified(before, after),
        }
    }

    /// Whether the two are equal in what they allow.
    pub(super) fn is_unchanged(&self) -> bool {
        let unchanged = |change: &ChangeReport| change.change == Change::Unchanged.as_str();
        self.changes.iter().all(unchanged)
            && self.new_within_old.answer == "yes"
            && self.old_within_new.answer == "yes"
    }
}

impl ChangeReport {
    fn new(changed: Changed, old: &[String], new: &[String]) -> Self {
        let tally = Tally::of(changed.class.actions.iter(), Catalogue::embedded());
        let rows = |rows: &[Row], names: &[String]| -> Vec<RowReport> {
            rows.iter().map(|row| RowReport::new(row, names)).collect()
        };
        Self {
            change: changed.change.as_str(),
            says: says(&changed),
            access_levels: tally.levels,
            capabilities: tally.capabilities,
            risks: tally.risks,
            from: rows(&changed.from, old),
            to: rows(&changed.to, new),
            actions: changed.class.actions,
            unlisted: changed.class.unlisted,
            lost: changed.lost.map(RequestReport::from),
            gained: changed.gained.map(RequestReport::from),
            why: changed.why,
        }
    }
}

impl RowReport {
    fn new(row: &Row, names: &[String]) -> Self {
        let (mut resources, mut not_resources) = (Vec::new(), Vec::new());
        match &row.resource {
            Some(ResourceElement::Resource(values)) => resources.clone_from(&values.items),
            Some(ResourceElement::NotResource(values)) => not_resources.clone_from(&values.items),
            None => {}
        }
        let condition = if row.condition.is_empty() {
            Value::Null
        } else {
            serde_json::to_value(&row.condition).unwrap_or_default()
        };
        Self {
            policy: names.get(row.policy).cloned().unwrap_or_default(),
            statement: row.statement + 1,
            sid: row.sid.clone(),
            resources,
            not_resources,
            condition,
        }
    }
}

impl From<Answer> for Proof {
    fn from(answer: Answer) -> Self {
        let (answer, why, witness) = match answer {
            Answer::Yes => ("yes", None, None),
            Answer::No(witness) => ("no", None, Some(witness.into())),
            Answer::Unknown(why) => ("unknown", Some(why), None),
        };
        Self {
            answer,
            why,
            witness,
        }
    }
}

impl From<Witness> for RequestReport {
    fn from(witness: Witness) -> Self {
        Self {
            action: witness.request.action,
            resource: witness.request.resource,
            context: witness.request.context,
            principal: witness.request.principal,
            why: witness.why,
        }
    }
}

/// The unified diff of all documents, each in the tool's own print, so that layout does not count.
fn unified(old: &Subject, new: &Subject) -> String {
    let printed = |subject: &Subject, named: bool| {
        let mut text = String::new();
        for (name, policy) in subject.names.iter().zip(&subject.set.identity) {
            if named {
                text.push_str(&format!("# {name}\n"));
            }
            text.push_str(&policy.to_json());
        }
        text
    };
    let named = [old, new].iter().any(|subject| subject.names.len() > 1);
    let (old, new) = (printed(old, named), printed(new, named));
    similar::TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(3)
        .header("old", "new")
        .to_string()
}
