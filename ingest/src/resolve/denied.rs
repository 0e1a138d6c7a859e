//! AWS's own words on a denial: `… is not authorized to perform: ACTION on resource: RESOURCE because …`.

/// What a denial message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Denial<'a> {
    /// `lambda:ListFunctions`; the case is the service's own (`SNS:ListTopics`).
    pub(crate) action: &'a str,
    /// ARN, possibly with wildcards, or `*`.
    pub(crate) resource: Option<&'a str>,
}

const ACTION: &str = "not authorized to perform: ";
const RESOURCE: &str = " on resource: ";
/// What may follow the resource.
const AFTER: [&str; 3] = [" because ", " with an explicit deny", " (Service: "];

/// The denial of an error message, if it is in AWS's common format.
pub(crate) fn denial(message: &str) -> Option<Denial<'_>> {
    let (_, rest) = message.split_once(ACTION)?;
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_')))
        .unwrap_or(rest.len());
    let (action, rest) = rest.split_at_checked(end)?;
    let (service, name) = action.split_once(':')?;
    if service.is_empty() || name.is_empty() {
        return None;
    }
    Some(Denial {
        action,
        resource: rest.strip_prefix(RESOURCE).and_then(resource),
    })
}

/// The resource up to what follows it; S3 puts it in quotation marks. A message cut at 1 KB in the middle of the
/// resource still ends with it, which is then a wrong literal: refused.
fn resource(text: &str) -> Option<&str> {
    const CAP: usize = 900;
    let quoted = text
        .strip_prefix('"')
        .and_then(|text| text.split_once('"'))
        .map(|(resource, _)| resource);
    let end = AFTER.iter().filter_map(|after| text.find(after)).min();
    let plain = match end {
        Some(end) => text.get(..end)?,
        None if text.len() < CAP => text,
        None => return None,
    };
    let resource = quoted.unwrap_or(plain).trim_end();
    (resource == "*" || resource.starts_with("arn:")).then_some(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expect: Option<(&str, Option<&str>)>) {
        let expect = expect.map(|(action, resource)| Denial { action, resource });
        assert_eq!(denial(message), expect, "{message}");
    }

    #[test]
    fn t39_the_message_names_action_and_resource() {
        let user = "User: arn:aws:iam::111122223333:user/u is not authorized to perform:";
        check(
            &format!(
                "{user} lambda:ListFunctions on resource: * because no identity-based policy allows the lambda:ListFunctions action"
            ),
            Some(("lambda:ListFunctions", Some("*"))),
        );
        check(
            &format!(
                "{user} iam:PassRole on resource: arn:aws:iam::111122223333:role/app with an explicit deny in a service control policy"
            ),
            Some(("iam:PassRole", Some("arn:aws:iam::111122223333:role/app"))),
        );
        check(
            &format!(
                "{user} s3:GetObject on resource: \"arn:aws:s3:::b/my key because\" because no identity-based policy allows it"
            ),
            Some(("s3:GetObject", Some("arn:aws:s3:::b/my key because"))),
        );
        check(
            &format!("{user} glue:GetJobs"),
            Some(("glue:GetJobs", None)),
        );
        check(
            &format!(
                "You are not authorized to perform this operation. {user} ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* because no"
            ),
            Some((
                "ec2:RunInstances",
                Some("arn:aws:ec2:eu-west-1:111122223333:instance/*"),
            )),
        );
    }

    #[test]
    fn other_messages_name_nothing() {
        check(
            "You are not authorized to perform this operation. Encoded authorization failure message: abc",
            None,
        );
        check("IAM user access not activated", None);
        check("not authorized to perform: nonsense", None);
        check(
            "not authorized to perform: a:b on resource: whatever",
            Some(("a:b", None)),
        );
    }
}
