//! What carries a role that a call passes without naming it: an instance profile, a task definition.

use super::escape::push_literal;
use super::facts::Facts;
use super::found::Found;
use super::path::Path;
use super::place::Place;
use super::values::Rule;

/// A kind of carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// Named or by ARN; the account's inventory says which role it holds.
    InstanceProfile,
    /// A family, of whichever revision; its registration says which roles it has.
    TaskDefinition,
    /// A template that may name an instance profile; the request does not say.
    LaunchTemplate,
}

impl Carrier {
    /// Finds the carriers that the request names under `path`, as policy patterns.
    pub(crate) fn find(self, path: &Path, at: usize, facts: &Facts<'_>, found: &mut Found) {
        facts.params.path_values(path, &mut |value| match self {
            Carrier::InstanceProfile => {
                found.add_once(at, |out| push_profile(out, &value, *facts.event_place()))
            }
            Carrier::TaskDefinition => {
                if let Some(family) = Rule::Family.part(&value) {
                    let place = facts.event_place().owned_by(Rule::Family.owner(&value));
                    found.add_once(at, |out| push_family(out, &family, place));
                }
            }
            Carrier::LaunchTemplate => {}
        });
    }
}

/// By its ARN, or by its name behind whatever path.
fn push_profile(out: &mut String, value: &str, place: Place<'_>) {
    if value.starts_with("arn:") {
        return push_literal(out, value);
    }
    let Place {
        partition, account, ..
    } = place;
    for text in ["arn:", partition, ":iam::", account, ":instance-profile/*"] {
        out.push_str(text);
    }
    push_literal(out, value);
}

fn push_family(out: &mut String, family: &str, place: Place<'_>) {
    let Place {
        partition,
        region,
        account,
    } = place;
    for text in [
        "arn:",
        partition,
        ":ecs:",
        region,
        ":",
        account,
        ":task-definition/",
    ] {
        out.push_str(text);
    }
    push_literal(out, family);
    out.push_str(":*");
}
