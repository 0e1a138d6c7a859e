//! Roles: the request members through which an operation hands a role to a service (step C2).

use super::facts::{ActionFact, Facts};
use super::map_file::Entry;
use super::model::{Model, OperationModel, Reference, Shape};
use crate::catalogue::event::{RoleParameter, norm};

/// `iam:PassRole` in lower case.
const PASS_ROLE: &str = "iam:passrole";

/// Models whose role members name a role to work on, not one to pass.
const NEVER_POSSIBLE: [&str; 8] = [
    "iam",
    "sts",
    "auditmanager",
    "chime",
    "cloud9",
    "account-access",
    "accessanalyzer",
    "cognito",
];

/// Whether an operation passes a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    Certain,
    Possible,
    No,
}

/// An operation and what the sources say of it.
pub(crate) struct Call<'c> {
    pub(crate) facts: &'c Facts,
    pub(crate) model: &'c Model,
    pub(crate) operation: &'c OperationModel,
    /// The first action it resolves to.
    pub(crate) action: Option<&'c ActionFact>,
    pub(crate) row: &'c [Entry],
}

impl Call<'_> {
    /// Whether it passes a role, and the members that carry one.
    pub(crate) fn roles(&self) -> (Passing, Vec<RoleParameter>) {
        let mut paths = Vec::new();
        if let Some(input) = self.model.input(self.operation) {
            Walk::new(self.model, &mut paths).structure(input, "", 0, 0);
        }
        if self.certain() {
            return (Passing::Certain, parameters(paths, true));
        }
        paths.retain(|path| {
            let lower = path.to_ascii_lowercase();
            lower.contains("role") && lower.contains("arn")
        });
        if paths.is_empty() || self.excluded() {
            return (Passing::No, Vec::new());
        }
        (Passing::Possible, parameters(paths, false))
    }

    fn certain(&self) -> bool {
        if self.model.name == "sts" {
            return false;
        }
        let mentioned =
            || super::documentation::mentioned(&self.operation.documentation, self.facts);
        self.action
            .is_some_and(|action| action.dependents.contains(PASS_ROLE))
            || self
                .row
                .iter()
                .any(|entry| entry.action.eq_ignore_ascii_case(PASS_ROLE))
            || mentioned()
                .iter()
                .any(|action| action.name.eq_ignore_ascii_case(PASS_ROLE))
    }

    fn excluded(&self) -> bool {
        let name = self.model.name.as_str();
        NEVER_POSSIBLE.contains(&name) || name.starts_with("cognito")
    }
}

fn parameters(paths: Vec<String>, certain: bool) -> Vec<RoleParameter> {
    let parameters = paths.into_iter();
    parameters
        .map(|path| RoleParameter { path, certain })
        .collect()
}

/// A walk over an input structure, at most two structures and one list deep.
struct Walk<'w> {
    model: &'w Model,
    found: &'w mut Vec<String>,
}

impl<'w> Walk<'w> {
    fn new(model: &'w Model, found: &'w mut Vec<String>) -> Self {
        Self { model, found }
    }

    fn structure(&mut self, structure: &Shape, path: &str, depth: usize, lists: usize) {
        for (name, reference) in &structure.members {
            let path = match path {
                "" => name.clone(),
                _ => format!("{path}.{name}"),
            };
            self.member(name, reference, &path, depth, lists);
        }
    }

    fn member(
        &mut self,
        name: &str,
        reference: &Reference,
        path: &str,
        depth: usize,
        lists: usize,
    ) {
        let Some(shape) = self.model.shape(reference) else {
            return;
        };
        match shape.kind.as_str() {
            "string" if self.is_role(name, reference, shape) => self.found.push(path.to_owned()),
            "structure" if depth < 2 => self.structure(shape, path, depth + 1, lists),
            "list" if lists < 1 => {
                if let Some(element) = &shape.member {
                    self.member(name, element, &format!("{path}[]"), depth, lists + 1);
                }
            }
            _ => {}
        }
    }

    fn is_role(&self, name: &str, reference: &Reference, shape: &Shape) -> bool {
        let pattern = &shape.pattern;
        let name = norm(name);
        pattern.contains("role") && (pattern.contains("iam") || pattern.contains("arn"))
            || name.contains("rolearn")
            || [
                "role",
                "instanceprofile",
                "instanceprofilearn",
                "instanceprofilename",
            ]
            .iter()
            .any(|end| name.ends_with(end))
            || name.ends_with("rolename") && self.model.name != "iam"
            || matches!(
                name.as_str(),
                "roles" | "iamrole" | "servicerole" | "executionrole"
            )
            || norm(&reference.shape).ends_with("rolearn")
    }
}
