//! CloudFormation: a YAML template. All text is in double quotes, as JSON has it, which YAML reads the same.

use super::{Proposal, pascal};
use crate::config::Kind;
use crate::markdown::visible;
use serde_json::Value;
use std::fmt::Write;

/// `proposal.cfn.yaml`.
pub(super) fn text(proposal: &Proposal<'_>) -> String {
    let mut out = String::from("AWSTemplateFormatVersion: \"2010-09-09\"\n");
    let _ = writeln!(
        out,
        "Description: {}\nResources:",
        quoted(&format!("What the role {} needs", proposal.role))
    );
    for named in proposal.named() {
        let id = pascal(&named.name);
        let _ = writeln!(
            out,
            "  {id}:\n    Type: {}\n    Properties:",
            kind(proposal)
        );
        let role = quoted(proposal.role);
        let _ = match (proposal.kind, proposal.inline) {
            (Kind::Policy, true) => writeln!(
                out,
                "      PolicyName: {}\n      RoleName: {role}",
                quoted(&named.name)
            ),
            (Kind::Policy, false) => writeln!(
                out,
                "      ManagedPolicyName: {}\n      Roles:\n        - {role}",
                quoted(&named.name)
            ),
            (Kind::Boundary, _) => {
                writeln!(out, "      ManagedPolicyName: {}", quoted(&named.name))
            }
        };
        out.push_str("      PolicyDocument:\n");
        let document = serde_json::to_value(named.policy).unwrap_or_default();
        mapping(&mut out, &document, 8);
    }
    out
}

fn kind(proposal: &Proposal<'_>) -> &'static str {
    match proposal.inline && proposal.kind == Kind::Policy {
        true => "AWS::IAM::RolePolicy",
        false => "AWS::IAM::ManagedPolicy",
    }
}

/// The order of elements in a document and a statement: AWS's usual one.
const ORDER: [&str; 9] = [
    "Version",
    "Statement",
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn mapping(out: &mut String, value: &Value, indent: usize) {
    let Some(map) = value.as_object() else {
        return;
    };
    let mut keys: Vec<&String> = map.keys().collect();
    keys.sort_by_key(|key| ORDER.iter().position(|own| own == key));
    for key in keys {
        let name = match ORDER.contains(&key.as_str()) {
            true => key.clone(),
            false => quoted(key),
        };
        let _ = write!(out, "{:indent$}{name}:", "");
        node(out, map.get(key).unwrap_or(&Value::Null), indent);
    }
}

fn node(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(_) => {
            out.push('\n');
            mapping(out, value, indent + 2);
        }
        Value::Array(items) => {
            out.push('\n');
            for item in items {
                item_of(out, item, indent + 2);
            }
        }
        Value::String(text) => drop(writeln!(out, " {}", quoted(text))),
        other => drop(writeln!(out, " {}", quoted(&other.to_string()))),
    }
}

/// An item of a list; a mapping begins on the line of its dash.
fn item_of(out: &mut String, item: &Value, indent: usize) {
    if !item.is_object() {
        let _ = write!(out, "{:indent$}-", "");
        return node(out, item, indent);
    }
    let mut inner = String::new();
    mapping(&mut inner, item, indent + 2);
    let body = inner.get(indent + 2..).unwrap_or_default();
    let _ = write!(out, "{:indent$}- {body}", "");
}

fn quoted(text: &str) -> String {
    visible(&serde_json::to_string(text).unwrap_or_default())
}
