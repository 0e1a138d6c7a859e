//! Templates: how the request of an operation names the resources of its action (step C1).

use super::facts::{ActionFact, Facts};
use super::fill::{Fill, Filled};
use super::map_file::Entry;
use super::members::Members;
use super::overrides::Overrides;
use super::variable::variables;
use crate::catalogue::event::{Member, norm};

/// How to build the ARN of one resource type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypeTemplate {
    /// Prefix of the action's service.
    pub(crate) service: String,
    /// Lower-case type name.
    pub(crate) resource_type: String,
    pub(crate) arn_member: Option<Member>,
    pub(crate) fills: Vec<Filled>,
    pub(crate) arn: Option<String>,
    /// Some pattern of the type has all its variables filled.
    pub(crate) complete: bool,
}

impl TypeTemplate {
    /// Both are about the same resource type.
    pub(crate) fn names_same_type(&self, other: &Self) -> bool {
        self.service == other.service && self.resource_type == other.resource_type
    }
}

/// One operation and the action its request is about.
pub(crate) struct Request<'r> {
    pub(crate) facts: &'r Facts,
    pub(crate) overrides: &'r Overrides,
    pub(crate) action: &'r ActionFact,
    pub(crate) operation: &'r str,
    pub(crate) members: &'r Members,
    /// map.json's row of the operation.
    pub(crate) row: &'r [Entry],
}

impl Request<'_> {
    /// One template per resource type that the request can name.
    pub(crate) fn templates(&self) -> Vec<TypeTemplate> {
        let types = self.action.resources.keys();
        types.filter_map(|name| self.template(name)).collect()
    }

    fn template(&self, name: &str) -> Option<TypeTemplate> {
        let key = (self.action.service.clone(), name.to_owned());
        let fact = self.facts.types.get(&key)?;
        let own_name = norm(&fact.name);
        let own = self.action.resources.len() == 1 || is_about(&norm(self.operation), &own_name);
        let entries = self.entries();
        let mut fills: Vec<Filled> = Vec::new();
        let mut complete = false;
        for arn in &fact.arns {
            let variables = variables(arn);
            let fill = Fill {
                members: self.members,
                variables: &variables,
                resource_type: &own_name,
                own,
                entries: &entries,
            };
            let mut filled = fill.run();
            let service = &self.action.service;
            filled.retain(|one| !self.overrides.rejects_fill(service, name, one));
            complete |= filled.len() == variables.len();
            for one in filled {
                if !fills.iter().any(|(variable, _, _)| *variable == one.0) {
                    fills.push(one);
                }
            }
        }
        let arn_member = arn_member(self.members, &own_name);
        let arn = match arn_member.is_some() || complete {
            true => None,
            false => whole_arn(&entries, &fact.name, &fact.arns),
        };
        let found = arn_member.is_some() || complete || arn.is_some() || !fills.is_empty();
        found.then(|| TypeTemplate {
            service: self.action.service.clone(),
            resource_type: name.to_owned(),
            arn_member,
            fills,
            arn,
            complete,
        })
    }

    fn entries(&self) -> Vec<&Entry> {
        let name = &self.action.name;
        let entries = self.row.iter();
        entries
            .filter(|entry| entry.action.eq_ignore_ascii_case(name))
            .collect()
    }
}

/// The type's name, singular or plural, occurs in the operation's.
fn is_about(operation: &str, resource_type: &str) -> bool {
    let singular = resource_type.strip_suffix('s').unwrap_or(resource_type);
    let plural = resource_type
        .strip_suffix('y')
        .map(|stem| format!("{stem}ies"));
    operation.contains(resource_type)
        || operation.contains(singular)
        || plural.is_some_and(|plural| operation.contains(&plural))
}

fn arn_member(members: &Members, resource_type: &str) -> Option<Member> {
    let names = [
        format!("{resource_type}arn"),
        "arn".to_owned(),
        "resourcearn".to_owned(),
    ];
    let scalar = names.iter().find_map(|name| members.scalar(name));
    scalar.or_else(|| names.iter().find_map(|name| members.list_like(name).next()))
}

/// map.json's ARN for the type, or the one for all types if it has this type's service and first segment.
fn whole_arn(entries: &[&Entry], resource_type: &str, patterns: &[String]) -> Option<String> {
    let for_type = entries.iter().find_map(|entry| entry.arn(resource_type));
    let for_all = || {
        let mut overrides = entries.iter().filter_map(|entry| entry.arn_override());
        overrides.find(|template| {
            let head = arn_head(template);
            head.is_some() && patterns.iter().any(|pattern| arn_head(pattern) == head)
        })
    };
    for_type.or_else(for_all).map(str::to_owned)
}

/// Service and first resource segment of the ARN in a text.
fn arn_head(text: &str) -> Option<(&str, &str)> {
    let (_, arn) = text.split_once("arn:")?;
    let mut parts = arn.splitn(5, ':').skip(1);
    let service = parts.next()?;
    let resource = parts.nth(2)?;
    let segment = resource.split(['/', ':']).next()?;
    Some((service, segment))
}
