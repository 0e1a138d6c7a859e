//! Terraform: an `aws_iam_policy_document` for each document, and what attaches it. Written as `terraform fmt` would.

use super::{Named, Proposal};
use crate::config::Kind;
use iam::policy::{ActionElement, Effect, ResourceElement, Statement};
use std::fmt::Write;

/// `proposal.tf`.
pub(super) fn text(proposal: &Proposal<'_>) -> String {
    let mut out = String::new();
    for named in proposal.named() {
        if !out.is_empty() {
            out.push('\n');
        }
        document(&mut out, &named);
        out.push('\n');
        attachment(&mut out, proposal, &named);
    }
    out
}

fn document(out: &mut String, named: &Named<'_>) {
    let label = label(&named.name);
    let _ = writeln!(
        out,
        "data \"aws_iam_policy_document\" {} {{",
        quoted(&label)
    );
    let _ = writeln!(out, "  version = \"2012-10-17\"");
    for statement in &named.policy.statements {
        out.push('\n');
        self::statement(out, statement);
    }
    out.push_str("}\n");
}

fn statement(out: &mut String, statement: &Statement) {
    out.push_str("  statement {\n");
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    match statement.sid.as_ref().filter(|sid| !sid.is_empty()) {
        Some(sid) => {
            let _ = writeln!(out, "    sid    = {}", quoted(sid));
            let _ = writeln!(out, "    effect = \"{effect}\"");
        }
        None => drop(writeln!(out, "    effect = \"{effect}\"")),
    }
    match &statement.action {
        ActionElement::Action(values) => list(out, "actions", &values.items),
        ActionElement::NotAction(values) => list(out, "not_actions", &values.items),
    }
    match &statement.resource {
        Some(ResourceElement::Resource(values)) => list(out, "resources", &values.items),
        Some(ResourceElement::NotResource(values)) => list(out, "not_resources", &values.items),
        None => {}
    }
    for (operator, keys) in &statement.condition.0 {
        for (key, values) in keys {
            let texts: Vec<String> = values.items.iter().map(|v| v.text().to_owned()).collect();
            let _ = writeln!(
                out,
                "\n    condition {{\n      test     = {}",
                quoted(operator)
            );
            let _ = writeln!(out, "      variable = {}", quoted(key));
            let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            let _ = writeln!(out, "      values   = [{}]\n    }}", texts.join(", "));
        }
    }
    out.push_str("  }\n");
}

fn list(out: &mut String, name: &str, items: &[String]) {
    let _ = writeln!(out, "    {name} = [");
    for item in items {
        let _ = writeln!(out, "      {},", quoted(item));
    }
    out.push_str("    ]\n");
}

fn attachment(out: &mut String, proposal: &Proposal<'_>, named: &Named<'_>) {
    let label = label(&named.name);
    let (name, role) = (quoted(&named.name), quoted(proposal.role));
    let json = format!("data.aws_iam_policy_document.{label}.json");
    let _ = match (proposal.kind, proposal.inline) {
        (Kind::Policy, true) => writeln!(
            out,
            "resource \"aws_iam_role_policy\" \"{label}\" {{\n  name   = {name}\n  role   = {role}\n  policy = {json}\n}}"
        ),
        (Kind::Policy, false) => writeln!(
            out,
            "resource \"aws_iam_policy\" \"{label}\" {{\n  name   = {name}\n  policy = {json}\n}}\n\n\
             resource \"aws_iam_role_policy_attachment\" \"{label}\" {{\n  role       = {role}\n  policy_arn = aws_iam_policy.{label}.arn\n}}"
        ),
        (Kind::Boundary, _) => writeln!(
            out,
            "# set permissions_boundary = aws_iam_policy.{label}.arn on the role\nresource \"aws_iam_policy\" \"{label}\" {{\n  name   = {name}\n  policy = {json}\n}}"
        ),
    };
}

/// An identifier; the character after the first may be a digit or `-`.
fn label(name: &str) -> String {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name.chars()
        .map(|c| if fine(c) { c } else { '_' })
        .collect()
}

/// A quoted template without template sequences. Source: HCL native syntax specification, "Template Literals".
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if crate::markdown::is_hidden(c) => drop(write!(out, "\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}
