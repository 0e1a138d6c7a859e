//! The AWS CDK: a TypeScript snippet for the stack that holds the role.

use super::{Proposal, pascal};
use crate::config::Kind;
use crate::markdown::visible;
use std::fmt::Write;

/// `proposal.cdk.ts`.
pub(super) fn text(proposal: &Proposal<'_>) -> String {
    let mut out = String::from(
        "import * as iam from \"aws-cdk-lib/aws-iam\";\nimport { Construct } from \"constructs\";\n",
    );
    let _ = writeln!(
        out,
        "\nexport function {}(scope: Construct): void {{",
        function(proposal)
    );
    let role = quoted(proposal.role);
    if proposal.kind == Kind::Policy {
        let _ = writeln!(
            out,
            "  const role = iam.Role.fromRoleName(scope, \"Role\", {role});"
        );
    }
    for named in proposal.named() {
        let json = visible(named.policy.to_json().trim_end()).replace('\n', "\n    ");
        let (id, name) = (quoted(&pascal(&named.name)), quoted(&named.name));
        let _ = match (proposal.kind, proposal.inline) {
            (Kind::Policy, true) => writeln!(
                out,
                "  new iam.Policy(scope, {id}, {{\n    policyName: {name},\n    roles: [role],\n    document: iam.PolicyDocument.fromJson({json}),\n  }});"
            ),
            (Kind::Policy, false) => writeln!(
                out,
                "  new iam.ManagedPolicy(scope, {id}, {{\n    managedPolicyName: {name},\n    roles: [role],\n    document: iam.PolicyDocument.fromJson({json}),\n  }});"
            ),
            (Kind::Boundary, _) => writeln!(
                out,
                "  // iam.PermissionsBoundary.of(role).apply(boundary) where the role is defined\n  const boundary = new iam.ManagedPolicy(scope, {id}, {{\n    managedPolicyName: {name},\n    document: iam.PolicyDocument.fromJson({json}),\n  }});\n  void boundary;"
            ),
        };
    }
    out.push_str("}\n");
    out
}

fn function(proposal: &Proposal<'_>) -> String {
    format!("leastwise{}", pascal(proposal.role))
}

fn quoted(text: &str) -> String {
    visible(&serde_json::to_string(text).unwrap_or_default())
}
