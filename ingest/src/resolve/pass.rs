//! `iam:PassRole`: never logged, inferred from every parameter that carries a role (catalogue.md, C2).

use iam::catalogue::event::EventRule;
use iam::usage::Via;

use super::carrier::Carrier;
use super::escape::push_literal;
use super::facts::Facts;
use super::found::Found;
use super::path::Path;
use super::place::{Place, is_account};

/// Calls that pass a role named without ARN, beyond the catalogue's rows: (event source, event name, parameter).
const BY_NAME: [(&str, &str, &str); 1] =
    [("iam.amazonaws.com", "AddRoleToInstanceProfile", "roleName")];
/// Parameters behind which a role may hide when a call names none itself.
const TEMPLATES: [&str; 4] = [
    "launchTemplate",
    "launchTemplateConfig",
    "launchTemplateConfigs",
    "mixedInstancesPolicy",
];

/// The roles that an event may pass.
#[derive(Debug, Clone, Default)]
pub(crate) struct PassPlan {
    /// Parameters with role ARNs.
    roles: Vec<(Path, Via)>,
    /// Parameters with role names or ARNs.
    names: Vec<Path>,
    /// Parameters that name something that carries the role, of which kind, and how certainly it carries one.
    carriers: Vec<(Path, Carrier, Via)>,
}

impl PassPlan {
    pub(crate) fn new(rule: &EventRule, event_source: &str, event_name: &str) -> Self {
        let mut plan = PassPlan::default();
        for role in rule.operation.iter().flat_map(|operation| &operation.roles) {
            plan.roles.push((
                Path::new(&role.path),
                if role.certain {
                    Via::PassedRole
                } else {
                    Via::Inferred
                },
            ));
        }
        for row in &rule.pass_roles {
            plan.row(&row.role_from, row.paths.iter().map(|path| Path::new(path)));
        }
        let by_name = BY_NAME
            .iter()
            .filter(|(source, name, _)| *source == event_source && *name == event_name);
        plan.names
            .extend(by_name.map(|(_, _, parameter)| Path::new(parameter)));
        plan
    }

    fn row(&mut self, role_from: &str, paths: impl Iterator<Item = Path>) {
        let paths: Vec<Path> = paths.collect();
        self.roles
            .extend(paths.iter().map(|path| (path.clone(), Via::PassedRole)));
        let templates = TEMPLATES
            .iter()
            .map(|name| (Path::new(name), Carrier::LaunchTemplate, Via::Inferred));
        match role_from {
            "parameter" => self.names.extend(paths),
            "instance-profile" => {
                let profiles = paths.into_iter();
                self.carriers
                    .extend(profiles.map(|path| (path, Carrier::InstanceProfile, Via::PassedRole)));
                self.carriers.extend(templates);
            }
            "task-definition" => self.carriers.push((
                Path::new("taskDefinition"),
                Carrier::TaskDefinition,
                Via::Inferred,
            )),
            _ => self.carriers.extend(templates),
        }
    }

    /// Finds the roles passed; if there are none, what carries them. Each has its certainty ([`via`]) as position.
    /// Gives how sure it is that the call passes a role of which the record names not even the carrier.
    pub(crate) fn find(&self, facts: &Facts<'_>, found: &mut Found) -> Passed {
        found.next_action();
        for (path, via) in &self.roles {
            facts.params.path_values(path, &mut |value| {
                if is_role(&value) {
                    found.add_once(certainty(*via), |out| push_literal(out, &value));
                }
            });
        }
        for path in &self.names {
            facts.params.path_values(path, &mut |value| {
                if is_role_name(&value) {
                    found.add_once(CERTAIN, |out| push_role(out, &value, facts));
                }
            });
        }
        if !found.is_empty() {
            return Passed::Roles;
        }
        let present = self.carriers.iter();
        let present = present.filter(|(path, _, _)| facts.params.has(path));
        let sure = present
            .map(|(_, _, via)| *via)
            .min_by_key(|via| certainty(*via));
        for (path, carrier, via) in &self.carriers {
            carrier.find(path, certainty(*via), facts, found);
        }
        match sure {
            Some(_) if !found.is_empty() => Passed::Carriers,
            Some(via) => Passed::Unnamed(via),
            None => Passed::Nothing,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.names.is_empty() && self.carriers.is_empty()
    }
}

/// What a call shows of the roles that it passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// The roles themselves.
    Roles,
    /// What carries them.
    Carriers,
    /// That there is one.
    Unnamed(Via),
    /// Nothing.
    Nothing,
}

/// Position of a role that is certainly passed.
const CERTAIN: usize = 0;

/// Certain beats possible.
fn certainty(via: Via) -> usize {
    usize::from(via != Via::PassedRole)
}

/// How a role found came about, by its position.
pub(crate) fn via(certainty: usize) -> Via {
    match certainty {
        CERTAIN => Via::PassedRole,
        _ => Via::Inferred,
    }
}

/// `arn:aws…:iam::123456789012:role/…`.
pub(crate) fn is_role(value: &str) -> bool {
    let mut fields = value.splitn(6, ':');
    fields.next() == Some("arn")
        && fields
            .next()
            .is_some_and(|partition| partition.starts_with("aws"))
        && fields.next() == Some("iam")
        && fields.next() == Some("")
        && fields.next().is_some_and(is_account)
        && fields.next().is_some_and(|name| {
            name.strip_prefix("role/")
                .is_some_and(|name| !name.is_empty())
        })
}

/// A role given by its name, perhaps with its path.
fn is_role_name(value: &str) -> bool {
    let name = value.strip_prefix('/').unwrap_or(value);
    let valid = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
    !name.is_empty() && name.chars().all(valid)
}

/// Its ARN; a name alone leaves the path unknown.
fn push_role(out: &mut String, value: &str, facts: &Facts<'_>) {
    let name = value.strip_prefix('/').unwrap_or(value);
    let any_path = if name.contains('/') { "" } else { "*" };
    let Place {
        partition, account, ..
    } = *facts.event_place();
    for text in [
        "arn:", partition, ":iam::", account, ":role/", any_path, name,
    ] {
        out.push_str(text);
    }
}
