//! Operations: every model read once, resolved, and packed into the tables (parts B and C).

use super::facts::{ActionFact, Facts};
use super::map_file::{Entry, MapFile};
use super::members::Members;
use super::model::{self, Model, OperationModel};
use super::overrides::Overrides;
use super::resolution::{Context, Resolution, Rule};
use super::roles::{Call, Passing};
use super::templates::{Request, TypeTemplate};
use super::{DeriveError, Package, prefix};
use crate::catalogue::event::RoleParameter;
use std::collections::BTreeMap;

/// One API model, derived.
#[derive(Debug)]
pub(crate) struct DerivedModel {
    pub(crate) name: String,
    pub(crate) prefix: Option<String>,
    pub(crate) labels: Vec<String>,
    /// By lower-case name.
    pub(crate) operations: BTreeMap<String, DerivedOperation>,
}

/// One operation, derived.
#[derive(Debug)]
pub(crate) struct DerivedOperation {
    pub(crate) name: String,
    pub(crate) resolution: Option<Resolution>,
    pub(crate) templates: Vec<TypeTemplate>,
    pub(crate) passing: Passing,
    pub(crate) roles: Vec<RoleParameter>,
    pub(crate) uri: Option<String>,
    /// The action that its documentation names and a hand-written row rejects.
    pub(crate) rejected: Option<String>,
    /// Why it needs no permission, if the model says so and no action is known.
    pub(crate) free: Option<&'static str>,
}

/// Derives every model of the package, in order of directory.
pub(crate) fn derive(
    package: &Package,
    facts: &Facts,
    map: &MapFile,
    overrides: &Overrides,
) -> Result<Vec<DerivedModel>, DeriveError> {
    let paths = model::paths(package).into_iter();
    paths
        .map(|(name, path)| {
            let model = model::read(package, name, path)?;
            Ok(derive_model(&model, facts, map, overrides))
        })
        .collect()
}

fn derive_model(
    model: &Model,
    facts: &Facts,
    map: &MapFile,
    overrides: &Overrides,
) -> DerivedModel {
    let candidates = prefix::candidates(model, map, facts);
    let context = Context {
        facts,
        map,
        overrides,
        model,
        candidates: &candidates,
        prefix: prefix::prefix(model, &candidates, facts),
    };
    let operations = model.operations.iter().map(|(name, operation)| {
        let derived = derive_operation(&context, name, operation);
        (name.to_ascii_lowercase(), derived)
    });
    DerivedModel {
        name: model.name.clone(),
        prefix: context.prefix.map(str::to_owned),
        labels: prefix::labels(model),
        operations: operations.collect(),
    }
}

fn derive_operation(
    context: &Context<'_>,
    name: &str,
    operation: &OperationModel,
) -> DerivedOperation {
    let resolution = context.resolve(operation);
    let first = resolution.as_ref().and_then(|found| found.actions.first());
    let action = first.and_then(|name| context.facts.action(name));
    let row = context.map.row(context.model, name);
    let gateway = matches!(&resolution, Some(found) if found.rule == Rule::ApiGateway);
    let templates = match gateway {
        true => Vec::new(),
        false => templates(context, operation, action, row),
    };
    let call = Call {
        facts: context.facts,
        model: context.model,
        operation,
        action,
        row,
    };
    let (passing, roles) = call.roles();
    let rejected = match resolution {
        Some(_) => None,
        None => context
            .rejected(operation)
            .map(|action| action.name.clone()),
    };
    DerivedOperation {
        name: name.to_owned(),
        templates,
        passing,
        roles,
        rejected,
        free: match resolution {
            Some(_) => None,
            None => free(context.model, operation),
        },
        uri: gateway.then(|| uri(context.model, operation)).flatten(),
        resolution,
    }
}

/// Templates for the operation's first action; a hand-written row replaces it by all its required actions.
fn templates(
    context: &Context<'_>,
    operation: &OperationModel,
    first: Option<&ActionFact>,
    row: &[Entry],
) -> Vec<TypeTemplate> {
    let labels = prefix::labels(context.model);
    let by_hand = context.overrides.required(&labels, &operation.name);
    let mut actions: Vec<&ActionFact> = by_hand
        .iter()
        .filter_map(|name| context.facts.action(name))
        .collect();
    if actions.is_empty() {
        actions.extend(first);
    }
    let members = Members::of(context.model, operation);
    let mut templates: Vec<TypeTemplate> = Vec::new();
    for action in actions {
        let request = Request {
            facts: context.facts,
            overrides: context.overrides,
            action,
            operation: &operation.name,
            members: &members,
            row,
        };
        for template in request.templates() {
            if !templates
                .iter()
                .any(|known| known.names_same_type(&template))
            {
                templates.push(template);
            }
        }
    }
    templates
}

/// Calls that are not signed with an identity's keys: no identity policy is asked.
fn free(model: &Model, operation: &OperationModel) -> Option<&'static str> {
    let bearer = model.metadata.signature_version == "bearer";
    match operation.auth_type.as_str() {
        "none" => Some("Unsigned call (API model)."),
        "bearer" => Some("Call with a bearer token (API model)."),
        _ if bearer => Some("Call with a bearer token (API model)."),
        _ => None,
    }
}

/// The URI path of an API Gateway operation with the members' names in its placeholders (step C4).
fn uri(model: &Model, operation: &OperationModel) -> Option<String> {
    let path = operation.http.request_uri.split('?').next()?;
    let path = match model.name.as_str() {
        "apigatewayv2" => path.strip_prefix("/v2").unwrap_or(path),
        _ => path,
    };
    let mut uri = path.to_owned();
    let members = model
        .input(operation)
        .into_iter()
        .flat_map(|input| &input.members);
    for (name, reference) in members.filter(|(_, member)| member.location == "uri") {
        let placeholder = format!("{{{}}}", reference.location_name);
        let greedy = format!("{{{}+}}", reference.location_name);
        uri = uri
            .replace(&greedy, &placeholder)
            .replace(&placeholder, &format!("{{{name}}}"));
    }
    (!uri.is_empty()).then_some(uri)
}
