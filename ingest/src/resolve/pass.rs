//! `iam:PassRole`: never logged, inferred from every parameter that carries a role (catalogue.md, C2).

use iam::catalogue::event::EventRule;
use iam::usage::Via;

use super::escape::push_literal;
use super::facts::Facts;
use super::path::Path;
use super::place::is_account;

/// Calls that pass a role named without ARN, beyond the catalogue's rows: (event source, event name, parameter).
const BY_NAME: [(&str, &str, &str); 1] =
    [("iam.amazonaws.com", "AddRoleToInstanceProfile", "roleName")];
/// Parameters behind which a role may hide when a call names none itself.
const TEMPLATES: [&str; 3] = [
    "launchTemplate",
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
    /// Parameters that name something that carries the role, and how certainly it carries one.
    carriers: Vec<(Path, Via)>,
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
            .map(|name| (Path::new(name), Via::Inferred));
        match role_from {
            "parameter" => self.names.extend(paths),
            "instance-profile" => {
                self.carriers
                    .extend(paths.into_iter().map(|path| (path, Via::PassedRole)));
                self.carriers.extend(templates);
            }
            "task-definition" => self
                .carriers
                .push((Path::new("taskDefinition"), Via::Inferred)),
            _ => self.carriers.extend(templates),
        }
    }

    /// The roles passed: the resource (`None`: one that the record does not name) and how sure that is.
    pub(crate) fn passed(&self, facts: &Facts<'_>) -> Vec<(Option<String>, Via)> {
        let mut passed: Vec<(Option<String>, Via)> = Vec::new();
        for (path, via) in &self.roles {
            facts.params.path_values(path, &mut |value| {
                if is_role(&value) {
                    add(&mut passed, Some(literal(&value)), *via);
                }
            });
        }
        for path in &self.names {
            facts.params.path_values(path, &mut |value| {
                if let Some(resource) = named_role(&value, facts) {
                    add(&mut passed, Some(resource), Via::PassedRole);
                }
            });
        }
        let carrier = self
            .carriers
            .iter()
            .filter(|(path, _)| facts.params.has(path))
            .map(|(_, via)| *via);
        if let Some(via) = carrier
            .min_by_key(|via| *via != Via::PassedRole)
            .filter(|_| passed.is_empty())
        {
            passed.push((None, via));
        }
        passed
    }
}

/// Certain beats possible.
fn add(passed: &mut Vec<(Option<String>, Via)>, resource: Option<String>, via: Via) {
    match passed.iter_mut().find(|(known, _)| *known == resource) {
        Some((_, known)) if via == Via::PassedRole => *known = via,
        Some(_) => {}
        None => passed.push((resource, via)),
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

/// A role given by its name, perhaps with its path; which path is otherwise unknown.
fn named_role(value: &str, facts: &Facts<'_>) -> Option<String> {
    let name = value.strip_prefix('/').unwrap_or(value);
    let valid = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
    if name.is_empty() || !name.chars().all(valid) || value.starts_with("arn:") {
        return None;
    }
    let any_path = if name.contains('/') { "" } else { "*" };
    Some(format!(
        "arn:{}:iam::{}:role/{any_path}{name}",
        facts.place.partition, facts.place.account
    ))
}

fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_literal(&mut out, text);
    out
}
