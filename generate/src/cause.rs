//! Likely causes: why a call succeeded that no policy explains, or was denied although one would allow it.

use crate::rule::{Reach, Rule};
use iam::policy::Pattern;
use iam::usage::{Usage, Via};

/// Days before the end of the window from which on a call may have been made under other policies.
const LONG_AGO: i64 = 7;

/// Services whose resources can have policies of their own that let a role in. Source: IAM User Guide, AWS services that
/// work with IAM, column "Resource-based policies".
const WITH_POLICIES: [&str; 14] = [
    "backup",
    "ecr",
    "es",
    "events",
    "glacier",
    "glue",
    "kms",
    "lambda",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
];

/// What is known of a role beside the call.
pub(crate) struct Circumstances<'a> {
    /// The role's ARN.
    pub(crate) role: &'a str,
    /// End of the evidence, RFC 3339.
    pub(crate) window_end: Option<&'a str>,
    pub(crate) allows: &'a [Rule],
    /// What earlier roles of the same name did.
    pub(crate) former: &'a [&'a Usage],
}

impl Circumstances<'_> {
    /// Why a call may have succeeded that today's policies do not allow.
    pub(crate) fn of_gap(&self, row: &Usage, resource: Option<&str>, why: &str) -> String {
        let mut causes = Vec::new();
        if row.via == Via::Forwarded {
            let by = row.invoked_by.join(", ");
            causes.push(format!("a service's own access ({by} made the call)"));
        }
        let service = row.action.split(':').next().unwrap_or_default();
        let owner = resource.and_then(|text| text.split(':').nth(4));
        let own = self.role.split(':').nth(4);
        match owner.filter(|owner| !owner.is_empty() && Some(*owner) != own) {
            Some(owner) if owner.bytes().all(|b| b.is_ascii_digit()) => {
                causes.push(format!("a resource policy in account {owner}"));
            }
            _ if WITH_POLICIES.contains(&service) => causes.push("a resource policy".to_owned()),
            _ => {}
        }
        if self.is_long_ago(&row.last_seen) {
            causes.push(format!(
                "an earlier version of the policies (last seen {})",
                row.last_seen
            ));
        }
        if self.former.iter().any(|former| former.action == row.action) {
            causes.push("an earlier role of the same name".to_owned());
        }
        if causes.is_empty() {
            causes
                .push("a session policy's or a service's own access, or a change since".to_owned());
        }
        format!("{why}: {}", causes.join(", or "))
    }

    /// Why a call may have been denied.
    pub(crate) fn of_denial(&self, row: &Usage) -> &'static str {
        let piece = Pattern::new(row.template.as_deref().unwrap_or("*"));
        let reaches =
            |rule: &&Rule| rule.names(&row.action) && rule.scope.reach(&piece) != Reach::Nothing;
        let granting: Vec<&Rule> = self.allows.iter().filter(reaches).collect();
        if granting.is_empty() {
            "not granted today"
        } else if granting.iter().all(|rule| rule.conditional()) {
            "granted today: a condition, a Deny, the boundary, an SCP or a resource policy forbade it"
        } else {
            "granted today: a Deny, the boundary, an SCP or a resource policy forbade it"
        }
    }

    fn is_long_ago(&self, last_seen: &str) -> bool {
        let day = |time: &str| chrono::DateTime::parse_from_rfc3339(time).ok();
        match (self.window_end.and_then(day), day(last_seen)) {
            (Some(end), Some(seen)) => (end - seen).num_days() > LONG_AGO,
            _ => false,
        }
    }
}
