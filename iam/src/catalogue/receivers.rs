//! Receivers: the services that a call passes roles to.

use super::Catalogue;
use super::event::{EventMeaning, norm};
use std::collections::BTreeSet;

impl Catalogue {
    /// The services that a call may pass roles to, as `iam:PassedToService` names them, sorted; none unless the
    /// hand-written rows tell it for every parameter of the call that may carry a role (`event-overrides.json`).
    pub fn passed_to(&self, event_source: &str, event_name: &str) -> Option<Vec<String>> {
        let EventMeaning::Permissions(rule) = self.event(event_source, event_name) else {
            return None;
        };
        let told = |parameter: &str| {
            let paths = rule.pass_roles.iter().flat_map(|row| &row.paths);
            paths.into_iter().any(|path| covers(path, parameter))
        };
        let mut parameters = rule.operation.iter().flat_map(|found| &found.roles);
        if !parameters.all(|role| told(&role.path)) {
            return None;
        }
        let services = rule.pass_roles.iter().flat_map(|row| &row.passed_to);
        let services: BTreeSet<String> = services.cloned().collect();
        (!services.is_empty()).then(|| services.into_iter().collect())
    }
}

/// Whether a path of a row (`*.x`: at any depth, `x.*`: any member of `x`) leads to the parameter.
fn covers(path: &str, parameter: &str) -> bool {
    let steps = |path: &str| path.split('.').map(norm).collect::<Vec<String>>();
    let (path, parameter) = (steps(path), steps(parameter));
    match path.as_slice() {
        [any, rest @ ..] if any.is_empty() => parameter.ends_with(rest),
        [rest @ .., any] if any.is_empty() => {
            parameter.len() > rest.len() && parameter.starts_with(rest)
        }
        all => parameter == all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_that_calls_pass_roles_to() {
        let check = |source: &str, name: &str, expect: Option<&[&str]>| {
            let found = Catalogue::embedded().passed_to(&format!("{source}.amazonaws.com"), name);
            let found: Option<Vec<&str>> = found
                .as_ref()
                .map(|services| services.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expect, "{source} {name}");
        };
        check("ec2", "RunInstances", Some(&["ec2.amazonaws.com"]));
        check(
            "lambda",
            "CreateFunction20150331",
            Some(&["lambda.amazonaws.com"]),
        );
        check(
            "cloudformation",
            "CreateStack",
            Some(&["cloudformation.amazonaws.com"]),
        );
        check(
            "ec2",
            "CreateFleet",
            Some(&["ec2.amazonaws.com", "spotfleet.amazonaws.com"]),
        );
        // parameters that no row speaks of: a service's own role, roles of volumes
        check("ecs", "CreateService", None);
        check("ecs", "RunTask", None);
        // no row at all, no role, no such call
        check("iam", "AddRoleToInstanceProfile", None);
        check("s3", "GetObject", None);
        check("no-such", "Call", None);
    }

    #[test]
    fn paths_lead_to_parameters() {
        let check = |path, parameter, expect| assert_eq!(covers(path, parameter), expect, "{path}");
        check("targets[].roleArn", "Targets[].RoleArn", true);
        check("*.roleARN", "S3DestinationConfiguration.RoleARN", true);
        check("*.roleARN", "Snowflake.SnowflakeRole", false);
        check("launchSpecification.*", "LaunchSpecification.Arn", true);
        check("launchSpecification.*", "LaunchSpecification", false);
        check("role", "overrides.role", false);
    }
}
