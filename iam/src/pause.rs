//! Pauses: how long a principal leaves a permission alone between two uses, counted over all principals.
//!
//! The rows are sums over distinct (principal, principal_id, action, UTC day) with at least one allowed access, so
//! every engine can give the same: of such days in order, each step to the next is a pause that *ended*, of as many
//! days as lie between the two dates; from the last one to the last day of the window, a pause that is still *open*.

use crate::catalogue::Catalogue;
use serde::{Deserialize, Serialize};

/// Pauses of one length, of one kind of principal, between uses of actions of one access level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// AWS's access level of the action; `Unknown` when the catalogue lacks the action.
    pub level: String,
    /// Kind of the principal ([`principal_kind`]).
    pub kind: String,
    /// Days from one day of use to the next, or to the last day of the window.
    pub days: u32,
    /// Pauses that a use ended after so many days.
    pub ended: u64,
    /// Pauses that the window's end found at so many days.
    pub open: u64,
}

/// What kinds of principals an ARN may name, by the first pattern that it contains, and the last resort.
/// Source: IAM User Guide, IAM identifiers; paths of service-linked roles and of IAM Identity Center.
const KINDS: [(&str, &str); 4] = [
    (":user/", "user"),
    (":role/aws-service-role/", "service-linked-role"),
    (":role/aws-reserved/", "identity-center-role"),
    (":root", "root"),
];

/// The kind of a principal: `user`, `service-linked-role`, `identity-center-role`, `root`, else `role`.
pub fn principal_kind(arn: &str) -> &'static str {
    let found = KINDS.iter().find(|(part, _)| arn.contains(part));
    found.map_or("role", |(_, kind)| kind)
}

/// The access level of an action in AWS's spelling, or `Unknown`.
pub fn access_level(catalogue: &Catalogue, action: &str) -> &'static str {
    let action = catalogue.action(action);
    action.map_or("Unknown", |action| action.level().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_principals() {
        let check = |arn, expect| assert_eq!(principal_kind(arn), expect, "{arn}");
        check("arn:aws:iam::111122223333:user/ops/ann", "user");
        check("arn:aws:iam::111122223333:root", "root");
        check("arn:aws:iam::111122223333:role/app/web", "role");
        check("arn:aws:sts::111122223333:assumed-role/web", "role");
        let linked = "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/X";
        check(linked, "service-linked-role");
        let reserved = "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1";
        check(reserved, "identity-center-role");
    }

    #[test]
    fn levels_of_actions() {
        let level = |action| access_level(Catalogue::embedded(), action);
        assert_eq!(level("s3:GetObject"), "Read");
        assert_eq!(level("iam:putrolepolicy"), "Permissions management");
        assert_eq!(level("nobody:Knows"), "Unknown");
    }
}
