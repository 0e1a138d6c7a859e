//! What is found: one line of the gate's answer.

use super::super::diff::RequestReport;
use crate::output;
use iam::policy::Place;
use iam::policy::lint::{RULES, Severity};
use serde::Serialize;

/// What the gate objects to.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// `new-access`, `forbidden-access`, `undecided`, `not-a-policy`, or a rule of the linter.
    pub(super) rule: &'static str,
    /// `error` or `warning`.
    #[serde(serialize_with = "name")]
    pub(super) severity: Severity,
    pub(super) file: String,
    /// Where it stands, as far as that is known.
    #[serde(flatten)]
    pub(super) place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) principal: Option<String>,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) witness: Option<RequestReport>,
}

fn name<S: serde::Serializer>(severity: &Severity, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(severity)
}

/// The rules of the comparison, with what each means. Those of the linter are its own.
const OWN: [(&str, &str); 4] = [
    (
        "new-access",
        "The new policies allow a request that the baseline does not",
    ),
    (
        "forbidden-access",
        "The new policies allow a request that is forbidden",
    ),
    (
        "undecided",
        "It could not be decided whether the new policies allow more",
    ),
    (
        "not-a-policy",
        "The grammar of policies has no such document",
    ),
];

/// Every rule: its id and what it means.
pub(super) fn rules() -> impl Iterator<Item = (&'static str, String)> {
    let own = OWN.iter().map(|(id, says)| (*id, (*says).to_owned()));
    let lint = RULES.iter();
    own.chain(lint.map(|rule| (rule.id, format!("{} ({})", rule.says, rule.source))))
}

impl Finding {
    /// Whether the gate says no because of it.
    pub(super) fn fails(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The message as a sentence of its own.
    pub(super) fn sentence(&self) -> String {
        let compared = matches!(self.rule, "new-access" | "forbidden-access" | "undecided");
        match &self.principal {
            Some(principal) if compared => format!("{principal} {}", self.message),
            None if compared => format!("the policy {}", self.message),
            Some(principal) => format!("{} (in {principal})", self.message),
            None => self.message.clone(),
        }
    }

    /// The line for a terminal, without control characters.
    pub(super) fn line(&self) -> String {
        let Self { file, rule, .. } = self;
        let place = self.place.map(|at| format!(":{}:{}", at.line, at.column));
        let weight = if self.fails() { "" } else { "warning: " };
        let place = place.unwrap_or_default();
        let told = format!("{file}{place}: {weight}{rule}: {}", self.sentence());
        output::plain(&told).replace('\n', " ") + "\n"
    }
}
