//! Formats: a proposal as the tools of others take it, and as commands.
//!
//! Policies hold text that comes from logs and accounts; each format writes it so that it stays text. Names of roles and
//! policies are used only when IAM could have given them.

mod cdk;
mod cloudformation;
mod script;
mod terraform;

use crate::config::Kind;
use crate::current::Role;
use crate::evidence::is_name;
use iam::policy::Policy;

/// What a proposal is written as, beside JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Policy documents alone, which are always written.
    Json,
    /// `proposal.tf`: `aws_iam_policy_document` and what attaches it.
    Terraform,
    /// `proposal.cfn.yaml`.
    CloudFormation,
    /// `proposal.cdk.ts`.
    Cdk,
    /// `apply.sh` and `rollback.sh` for the AWS CLI.
    Cli,
}

/// Names of the files that formats write.
pub(crate) const FILES: [&str; 5] = [
    "proposal.tf",
    "proposal.cfn.yaml",
    "proposal.cdk.ts",
    "apply.sh",
    "rollback.sh",
];

/// A proposal to be written.
pub(crate) struct Proposal<'a> {
    pub(crate) account: &'a str,
    /// The role's name, without path.
    pub(crate) role: &'a str,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub(crate) partition: &'a str,
    pub(crate) kind: Kind,
    pub(crate) documents: &'a [Policy],
    /// Names of the documents' files.
    pub(crate) files: Vec<String>,
    /// The documents of today, when they are known.
    pub(crate) current: Option<&'a Role>,
    /// One document that replaces inline ones only, and is inline itself.
    pub(crate) inline: bool,
}

/// A document of a proposal with the name that it gets.
struct Named<'a> {
    /// `leastwise-web`, `leastwise-web-2`.
    name: String,
    file: &'a str,
    policy: &'a Policy,
}

impl Proposal<'_> {
    /// The files of a format; why not, when a name is none that IAM could have given.
    pub(crate) fn files(&self, format: Format) -> Result<Vec<(String, String)>, String> {
        let names = self.current.iter().flat_map(|role| &role.documents);
        let mut names = std::iter::once(self.role).chain(names.map(|d| d.name.as_str()));
        if let Some(name) = names.find(|name| !is_name(name, 128)) {
            return Err(format!("`{name}` is no name that IAM gives"));
        }
        let file = |name: &str, text: String| (name.to_owned(), text);
        let nothing = self.documents.is_empty();
        Ok(match format {
            Format::Json => Vec::new(),
            // nothing to declare: what goes is removed where it is declared today
            Format::Terraform | Format::CloudFormation | Format::Cdk if nothing => Vec::new(),
            Format::Terraform => vec![file("proposal.tf", terraform::text(self))],
            Format::CloudFormation => {
                vec![file("proposal.cfn.yaml", cloudformation::text(self))]
            }
            Format::Cdk => vec![file("proposal.cdk.ts", cdk::text(self))],
            Format::Cli => script::files(self),
        })
    }

    fn named(&self) -> Vec<Named<'_>> {
        let documents = self.documents.iter().zip(&self.files).enumerate();
        let named = documents.map(|(at, (policy, file))| Named {
            name: self.name(at),
            file,
            policy,
        });
        named.collect()
    }

    /// Managed policies have names of up to 128 characters, so the role's 64 leave room.
    fn name(&self, at: usize) -> String {
        let what = match self.kind {
            Kind::Policy => "leastwise",
            Kind::Boundary => "leastwise-boundary",
        };
        match at {
            0 => format!("{what}-{}", self.role),
            at => format!("{what}-{}-{}", self.role, at + 1),
        }
    }
}

/// Letters and digits of a name as one word of an identifier: `web_front-end` as `WebFrontEnd`.
fn pascal(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let mut out = String::new();
    for word in words {
        let (head, tail) = word.split_at_checked(1).unwrap_or((word, ""));
        out.push_str(&head.to_ascii_uppercase());
        out.push_str(tail);
    }
    out
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
