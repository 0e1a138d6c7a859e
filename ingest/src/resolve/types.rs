//! A resource type of an action, compiled: its ARN formats, and where in the request their variables are.

use iam::catalogue::ResourceType;
use iam::catalogue::event::{ArnTemplate, Member, norm};

use super::arn::Arn;
use super::arn_rule::ArnRule;
use super::pattern::{ArnPattern, Fit};
use super::source::Source;
use super::special::{default_value, special, superseded_by};
use super::values::Rule;

/// Variable names that say nothing without their type; the table or the model must place them.
const GENERIC: [&str; 8] = [
    "id",
    "name",
    "identifier",
    "arn",
    "resource",
    "resourceid",
    "resourcename",
    "resourceidentifier",
];

/// One resource type of an action.
#[derive(Debug, Clone)]
pub(crate) struct TypePlan {
    pub(crate) service: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) required: bool,
    /// Named like the event: the thing that the call is about.
    pub(crate) own: bool,
    /// A more specific type that makes this one wrong when the call names both.
    pub(crate) superseded_by: Option<&'static str>,
    pub(crate) arn_rule: ArnRule,
    /// Parameters that hold the whole ARN.
    pub(crate) arns: Vec<Source>,
    pub(crate) formats: Vec<Format>,
}

/// One ARN format and its variables.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    pub(crate) pattern: ArnPattern,
    pub(crate) variables: Vec<Variable>,
}

/// A variable of a format.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// Tried in order.
    pub(crate) sources: Vec<Source>,
    pub(crate) rule: Rule,
    pub(crate) default: Option<&'static str>,
}

/// What a type is compiled for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'c> {
    pub(crate) event_name: &'c str,
    pub(crate) action: &'c str,
    pub(crate) templates: &'c [ArnTemplate],
    /// The parameter that names the resource, in place of the model's.
    pub(crate) only: Option<&'c str>,
    pub(crate) ec2: bool,
}

impl TypePlan {
    pub(crate) fn new(resource_type: ResourceType<'_>, required: bool, call: Call<'_>) -> Self {
        let template = call
            .templates
            .iter()
            .find(|template| template.resource_type == resource_type.id());
        let arn = template.and_then(|template| template.arn_member.as_ref());
        let mut plan = TypePlan {
            service: resource_type.service().into(),
            name: resource_type.name().into(),
            required,
            arn_rule: ArnRule::of(resource_type.service(), resource_type.name(), call.action),
            own: is_own(call.event_name, resource_type.name()),
            superseded_by: superseded_by(resource_type.service(), resource_type.name()),
            arns: arn
                .map(|member| Source::new(&member.name, call.ec2))
                .into_iter()
                .collect(),
            formats: Vec::new(),
        };
        let mapped = template
            .and_then(|template| template.arn.as_deref())
            .and_then(sole_path);
        plan.arns
            .extend(mapped.map(|path| Source::new(path, call.ec2)));
        if let Some(only) = call.only {
            plan.arns = vec![Source::new(only, false)];
        }
        let fills = template.map_or(&[][..], |template| &template.fills);
        plan.formats = resource_type
            .arns()
            .map(|arn| plan.format(arn, fills, call))
            .collect();
        plan
    }

    fn format(&self, format: &str, fills: &[(String, Member)], call: Call<'_>) -> Format {
        let (pattern, variables) = ArnPattern::parse(format);
        let variables = variables
            .iter()
            .map(|name| self.variable(name, fills, call))
            .collect();
        Format { pattern, variables }
    }

    fn variable(&self, name: &str, fills: &[(String, Member)], call: Call<'_>) -> Variable {
        let special = special(&self.service, &self.name, name);
        let member = fills
            .iter()
            .find(|(variable, _)| variable == name)
            .map(|(_, member)| member.name.as_str());
        let same = (!GENERIC.contains(&norm(name).as_str()) && !name.is_empty()).then_some(name);
        let listed = special.map_or(&[][..], |row| row.members).iter().copied();
        let mut names: Vec<&str> = member.into_iter().chain(listed).chain(same).collect();
        if let Some(only) = call.only {
            names = vec![only];
        }
        names.dedup_by(|a, b| norm(a) == norm(b));
        let rule = match (call.only, name) {
            (Some("x-amz-copy-source"), "BucketName") => Rule::SourceBucket,
            (Some("x-amz-copy-source"), "ObjectName") => Rule::SourceKey,
            _ => special.map_or(Rule::Plain, |row| row.rule),
        };
        Variable {
            sources: names
                .iter()
                .map(|name| Source::new(name, call.ec2))
                .collect(),
            rule,
            default: default_value(&self.service, &self.name, name),
        }
    }

    /// Whether a concrete ARN is of this type.
    pub(crate) fn matches(&self, arn: Arn<'_>, fit: Fit) -> bool {
        let arn = arn.trimmed(self.arn_rule.trim(arn.text));
        let mut formats = self.formats.iter();
        formats.any(|format| format.pattern.matches(arn, fit))
    }

    /// Whether it matters how closely an ARN must fit.
    pub(crate) fn can_be_loose(&self) -> bool {
        let mut formats = self.formats.iter();
        formats.any(|format| format.pattern.can_be_loose())
    }
}

/// The parameter of a map.json template that is nothing but that parameter, `${A.b[]}`, perhaps only when it is an ARN
/// of the type, `%%iftemplatematch%${A}%%`. Other templates are left to the last resorts.
fn sole_path(template: &str) -> Option<&str> {
    let inner = template
        .strip_prefix("%%iftemplatematch%")
        .and_then(|rest| rest.strip_suffix("%%"))
        .unwrap_or(template);
    let path = inner.strip_prefix("${")?.strip_suffix('}')?;
    (!path.contains('$')).then_some(path)
}

/// `CreateDBSnapshot` is about a `snapshot`.
fn is_own(event_name: &str, resource_type: &str) -> bool {
    let name = norm(resource_type);
    !name.is_empty() && norm(event_name).contains(name.strip_suffix('s').unwrap_or(&name))
}
