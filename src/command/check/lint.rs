//! The linter on a file: each document in it, what it is attached to, and where in the file its elements stand.

use super::finding::Finding;
use crate::command::policies::{Attached, Documents};
use crate::error::Failure;
use iam::catalogue::Catalogue;
use iam::policy::lint::{Kind, Severity, lint, quota};
use iam::policy::{Lines, Places, Policy};

/// What the linter says about every document of a file. `kind` is what a document alone is attached to, when it is said.
pub(super) fn findings(
    file: &str,
    text: &str,
    kind: Option<Kind>,
) -> Result<Vec<Finding>, Failure> {
    let documents = Documents::of(text, file)?;
    let lines = Lines::of(text);
    let at = |offset| lines.place(offset);
    let report = |rule, severity, place, principal: &Option<String>, message| Finding {
        rule,
        severity,
        file: file.to_owned(),
        place: Some(place),
        principal: principal.clone(),
        message,
        witness: None,
    };
    let mut found = Vec::new();
    for document in &documents.all {
        let offset = document.offset;
        match document.read() {
            Err((inside, message)) => {
                let place = at(offset + inside);
                let rule = "not-a-policy";
                found.push(report(
                    rule,
                    Severity::Error,
                    place,
                    &document.owner,
                    message,
                ));
            }
            Ok(policy) => {
                let kind = kind.or(document.kind).unwrap_or_else(|| Kind::of(&policy));
                let places = Places::of(document.json);
                for finding in lint(&policy, kind, Catalogue::embedded()) {
                    let place = at(offset + places.value(document.pointer(&finding.pointer)));
                    let (rule, severity) = (finding.rule, finding.severity);
                    found.push(report(
                        rule,
                        severity,
                        place,
                        &document.owner,
                        finding.message,
                    ));
                }
            }
        }
    }
    for attached in &documents.attached {
        for (rule, severity, message) in together(attached) {
            let owner = Some(attached.owner.clone());
            found.push(report(rule, severity, at(attached.offset), &owner, message));
        }
    }
    Ok(found)
}

/// Quotas on all that is attached to one principal.
fn together(attached: &Attached<'_>) -> Vec<(&'static str, Severity, String)> {
    let mut found = Vec::new();
    let sizes = attached.inline.iter().filter_map(|json| {
        let policy = Policy::parse_encoded(json).ok()?;
        Some(policy.size())
    });
    let size: usize = sizes.sum();
    let most = quota(attached.kind).map_or(usize::MAX, |quota| quota.most);
    if attached.inline.len() > 1 && size > most {
        let what = "characters without white space in all inline policies together";
        let message = format!("{size} {what}, the quota is {most}");
        found.push(("quota", Severity::Error, message));
    }
    let (default, most) = match attached.kind {
        Kind::Role => (20, 25),
        Kind::User => (10, 20),
        _ => (10, 10),
    };
    let message = |quota| {
        let count = attached.managed;
        format!("{count} managed policies are attached, the quota is {quota}")
    };
    if attached.managed > most {
        found.push(("quota", Severity::Error, message(most)));
    } else if attached.managed > default {
        found.push(("quota-default", Severity::Warning, message(default)));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;
    use iam::policy::Place;

    fn told(text: &str) -> Vec<String> {
        let found = findings("f", text, None).unwrap();
        let line = |f: &Finding| {
            let Place { line, column } = f.place.unwrap();
            format!(
                "{line}:{column} {} {}",
                f.rule,
                f.principal.as_deref().unwrap_or("-")
            )
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn places_are_those_of_the_file() {
        let document = "{\"Version\": \"2012-10-17\",\n \"Statement\": {\"Effect\": \"Allow\",\n  \"Action\": [\"s3:GetObject\",\n   \"s3:Fly\"], \"Resource\": \"*\"}}";
        assert_eq!(told(document), ["4:4 action-unknown -"]);
        let wrapped = format!("{{\"RoleName\": \"r\",\n\"PolicyDocument\": {document}}}");
        assert_eq!(told(&wrapped), ["5:4 action-unknown -"]);
        let quoted = format!("{{\"RoleName\": \"r\",\n\"PolicyDocument\": {document:?}}}");
        assert_eq!(told(&quoted), ["2:19 action-unknown -"]);
        assert_eq!(
            told("{\"Statement\": [\n {\"Efect\": 1}]}"),
            ["2:9 not-a-policy -"]
        );
    }

    #[test]
    fn quotas_of_a_principal_are_over_all_of_its_documents() {
        let statement = |at: usize| {
            let resource = format!("arn:aws:s3:::b/{}", "x".repeat(1_900));
            format!(
                r#"{{"PolicyName":"p{at}","PolicyDocument":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{resource}"}}]}}}}"#
            )
        };
        let inline: Vec<String> = (0..2).map(statement).collect();
        let managed: Vec<String> = (0..21)
            .map(|at| {
                format!(r#"{{"PolicyArn":"arn:aws:iam::aws:policy/{at}","PolicyName":"{at}"}}"#)
            })
            .collect();
        let (inline, managed) = (inline.join(","), managed.join(","));
        let dump = format!(
            r#"{{"RoleDetailList":[],"UserDetailList":[{{"Arn":"arn:aws:iam::111122223333:user/u","UserPolicyList":[{inline}],"AttachedManagedPolicies":[{managed}]}}],"GroupDetailList":[],"Policies":[]}}"#
        );
        let user = "arn:aws:iam::111122223333:user/u";
        let start = dump.find(r#"{"Arn""#).unwrap() + 1;
        assert_eq!(
            told(&dump),
            [
                format!("1:{start} quota {user}"),
                format!("1:{start} quota {user}")
            ]
        );
    }
}
