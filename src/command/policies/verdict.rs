//! The comparison of two subjects, with what is missing from the input taken into account.

use super::Subject;
use iam::catalogue::Catalogue;
use iam::policy::{Answer, subsumes};

/// Whether `outer` allows all that `inner` allows. A principal that is not there allows nothing.
pub(in crate::command) fn within(inner: Option<&Subject>, outer: Option<&Subject>) -> Answer {
    let nothing = Subject::default();
    let (inner, outer) = (inner.unwrap_or(&nothing), outer.unwrap_or(&nothing));
    match subsumes(&outer.set, &inner.set, Catalogue::embedded()) {
        Answer::Yes => match unread(inner, outer) {
            Some(missing) => Answer::Unknown(missing),
            None => Answer::Yes,
        },
        Answer::No(_) if !outer.missing.is_empty() => Answer::Unknown(not_there(outer)),
        other => other,
    }
}

/// Why a proof does not hold: something attached is not in the input, and the two are not the same.
fn unread(inner: &Subject, outer: &Subject) -> Option<String> {
    let same = inner.set == outer.set && inner.missing == outer.missing;
    let lacking = [inner, outer].into_iter().find(|s| !s.missing.is_empty());
    lacking.filter(|_| !same).map(not_there)
}

fn not_there(subject: &Subject) -> String {
    format!(
        "attached but not in the input: {}",
        subject.missing.join(", ")
    )
}

/// Whether the subject allows nothing that the assertion forbids.
pub(in crate::command) fn without(subject: &Subject, forbidden: &super::Forbidden) -> Answer {
    let rest = forbidden.allowing_the_rest();
    match subsumes(&rest, &subject.set, Catalogue::embedded()) {
        Answer::Yes if !subject.missing.is_empty() => Answer::Unknown(not_there(subject)),
        other => other,
    }
}
