//! Conditions on the request under which an event needs one more action, or another one.

use iam::catalogue::event::When;

use super::facts::Facts;
use super::params::Params;
use super::path::Path;

/// A compiled condition.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    AnyPresent(Vec<Path>),
    Contains(Path, Box<str>),
    SqlVerb(Path, Vec<String>),
    ServiceDetail(Path),
    /// The record cannot show it.
    Invisible,
}

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Yes,
    No,
    /// The record cannot show it.
    Perhaps,
}

impl Condition {
    pub(crate) fn new(when: &When) -> Self {
        match when {
            When::AnyPresent(paths) => {
                Condition::AnyPresent(paths.iter().map(|path| Path::new(path)).collect())
            }
            When::Contains(path, text) => {
                Condition::Contains(Path::new(path), text.as_str().into())
            }
            When::SqlVerb(path, verbs) => Condition::SqlVerb(Path::new(path), verbs.clone()),
            When::ServiceDetail(path) => Condition::ServiceDetail(Path::new(path)),
            When::Text(_) => Condition::Invisible,
        }
    }

    pub(crate) fn holds(&self, facts: &Facts<'_>) -> Holds {
        let holds = match self {
            Condition::AnyPresent(paths) => paths.iter().any(|path| facts.params.has(path)),
            Condition::Contains(path, text) => {
                any_value(&facts.params, path, |value| value.contains(&**text))
            }
            Condition::SqlVerb(path, verbs) => {
                any_value(&facts.params, path, |value| starts_with_verb(value, verbs))
            }
            Condition::ServiceDetail(path) => {
                let details = facts
                    .event
                    .service_event_details
                    .map(|details| details.get());
                Params::new(details, Vec::new()).is_true(path)
            }
            Condition::Invisible => return Holds::Perhaps,
        };
        if holds { Holds::Yes } else { Holds::No }
    }

    /// Depends on parameters that may be hidden or left out.
    pub(crate) fn reads_parameters(&self) -> bool {
        !matches!(self, Condition::ServiceDetail(_) | Condition::Invisible)
    }

    pub(crate) fn reads_service_details(&self) -> bool {
        matches!(self, Condition::ServiceDetail(_))
    }
}

fn any_value(params: &Params<'_>, path: &Path, test: impl Fn(&str) -> bool) -> bool {
    let mut found = false;
    params.path_values(path, &mut |value| found |= test(&value));
    found
}

fn starts_with_verb(sql: &str, verbs: &[String]) -> bool {
    let first = sql.split_ascii_whitespace().next().unwrap_or_default();
    verbs.iter().any(|verb| verb.eq_ignore_ascii_case(first))
}
