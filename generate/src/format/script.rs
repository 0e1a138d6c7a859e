//! Commands of the AWS CLI: what applies a proposal, and what takes it back.
//!
//! New policies come before old ones go, in both directions, so that the role is never without what it needs.

use super::{Named, Proposal};
use crate::config::Kind;
use crate::current::Document;
use crate::markdown::visible;
use std::fmt::Write;

/// `apply.sh`, `rollback.sh`, and the inline documents of today that the latter restores.
pub(super) fn files(proposal: &Proposal<'_>) -> Vec<(String, String)> {
    let (mut apply, mut rollback) = (
        head("Applies the proposal"),
        head("Takes the proposal back"),
    );
    let named = proposal.named();
    match proposal.kind {
        Kind::Policy => policies(proposal, &named, &mut apply, &mut rollback),
        Kind::Boundary => boundary(proposal, &named, &mut apply, &mut rollback),
    }
    let mut files = vec![
        ("apply.sh".to_owned(), apply),
        ("rollback.sh".to_owned(), rollback),
    ];
    let inline = inline(proposal).filter(|_| proposal.kind == Kind::Policy);
    files.extend(inline.map(|(file, document)| (file, visible(&document.policy.to_json()))));
    files
}

fn head(what: &str) -> String {
    format!(
        "#!/usr/bin/env bash\n# {what}, with the credentials of the AWS CLI. Stops at the first failure.\n\
         set -euo pipefail\ncd \"$(dirname \"$0\")\"\n\n"
    )
}

/// The inline documents of today with the files that keep them.
fn inline<'a>(proposal: &'a Proposal<'_>) -> impl Iterator<Item = (String, &'a Document)> {
    let documents = proposal.current.iter().flat_map(|role| &role.documents);
    let inline = documents.filter(|document| document.arn.is_none());
    let numbered = inline.enumerate();
    numbered.map(|(at, document)| (format!("current-{}.json", at + 1), document))
}

fn policies(
    proposal: &Proposal<'_>,
    named: &[Named<'_>],
    apply: &mut String,
    rollback: &mut String,
) {
    let role = quoted(proposal.role);
    for named in named {
        match proposal.inline {
            true => put(apply, &role, &named.name, named.file),
            false => {
                create(apply, named);
                let arn = quoted(&arn(proposal, named));
                line(
                    apply,
                    &format!("attach-role-policy --role-name {role} --policy-arn {arn}"),
                );
            }
        }
    }
    for (file, document) in inline(proposal) {
        let name = quoted(&document.name);
        line(
            apply,
            &format!("delete-role-policy --role-name {role} --policy-name {name}"),
        );
        put(rollback, &role, &document.name, &file);
    }
    let documents = proposal.current.iter().flat_map(|role| &role.documents);
    for arn in documents.filter_map(|document| document.arn.as_ref()) {
        let arn = quoted(arn);
        line(
            apply,
            &format!("detach-role-policy --role-name {role} --policy-arn {arn}"),
        );
        line(
            rollback,
            &format!("attach-role-policy --role-name {role} --policy-arn {arn}"),
        );
    }
    for named in named {
        let (name, arn) = (quoted(&named.name), quoted(&arn(proposal, named)));
        if proposal.inline {
            line(
                rollback,
                &format!("delete-role-policy --role-name {role} --policy-name {name}"),
            );
        } else {
            line(
                rollback,
                &format!("detach-role-policy --role-name {role} --policy-arn {arn}"),
            );
            line(rollback, &format!("delete-policy --policy-arn {arn}"));
        }
    }
}

fn boundary(
    proposal: &Proposal<'_>,
    named: &[Named<'_>],
    apply: &mut String,
    rollback: &mut String,
) {
    let role = quoted(proposal.role);
    let set = |arn: &str| {
        let arn = quoted(arn);
        format!("put-role-permissions-boundary --role-name {role} --permissions-boundary {arn}")
    };
    let old = proposal.current.and_then(|role| role.boundary.as_ref());
    for named in named {
        create(apply, named);
        line(apply, &set(&arn(proposal, named)));
        match old {
            Some(old) => line(rollback, &set(&old.arn)),
            None => line(
                rollback,
                &format!("delete-role-permissions-boundary --role-name {role}"),
            ),
        }
        let arn = quoted(&arn(proposal, named));
        line(rollback, &format!("delete-policy --policy-arn {arn}"));
    }
}

fn create(out: &mut String, named: &Named<'_>) {
    let name = quoted(&named.name);
    line(
        out,
        &format!(
            "create-policy --policy-name {name} --policy-document file://{}",
            named.file
        ),
    );
}

fn put(out: &mut String, role: &str, name: &str, file: &str) {
    let name = quoted(name);
    line(
        out,
        &format!(
            "put-role-policy --role-name {role} --policy-name {name} --policy-document file://{file}"
        ),
    );
}

fn line(out: &mut String, command: &str) {
    let _ = writeln!(out, "aws iam {command}");
}

fn arn(proposal: &Proposal<'_>, named: &Named<'_>) -> String {
    let (partition, account) = (proposal.partition, proposal.account);
    format!("arn:{partition}:iam::{account}:policy/{}", named.name)
}

/// A word of a shell command in which nothing is special.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
