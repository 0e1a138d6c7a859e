//! Denied and failed calls.

use super::*;

#[test]
fn t39_a_denial_is_what_its_message_names() {
    let denied = |source: &str, name: &str, message: &str| {
        let members = format!(
            r#""errorCode": "AccessDenied", "errorMessage": "User: arn:aws:iam::111122223333:user/u is not authorized to perform: {message}""#
        );
        lines(&record(source, name, &members), Outcome::Denied)
    };
    assert_eq!(
        denied(
            "lambda",
            "ListFunctions20150331",
            "lambda:ListFunctions on resource: * because no identity-based policy allows the lambda:ListFunctions action"
        ),
        ["lambda:ListFunctions *"]
    );
    assert_eq!(
        denied(
            "lambda",
            "CreateFunction20150331",
            "iam:PassRole on resource: arn:aws:iam::111122223333:role/x because no"
        ),
        ["iam:PassRole arn:aws:iam::111122223333:role/x (passed role)"]
    );
    assert_eq!(
        denied(
            "sns",
            "ListTopics",
            "SNS:ListTopics on resource: arn:aws:sns:eu-west-1:111122223333:*"
        ),
        ["sns:ListTopics arn:aws:sns:eu-west-1:111122223333:*"]
    );
    assert_eq!(
        denied(
            "s3",
            "GetObject",
            "s3:GetObject on resource: \\\"arn:aws:s3:::b/a*\\\" because no"
        ),
        ["s3:GetObject arn:aws:s3:::b/a${*}"]
    );
    assert_eq!(
        denied("glue", "GetJobs", "glue:GetJobs"),
        ["glue:GetJobs *"]
    );
    assert_eq!(denied("kms", "Decrypt", "kms:Decrypt"), ["kms:Decrypt ?"]);
}

#[test]
fn t37_a_denial_without_names_and_a_failure_go_by_the_plan() {
    let members = r#""errorCode": "Client.UnauthorizedOperation", "errorMessage": "Encoded authorization failure message: abc",
                     "requestParameters": {"instancesSet": {"items": [{"instanceId": "i-1"}]}}"#;
    for outcome in [Outcome::Denied, Outcome::Failed, Outcome::Allowed] {
        assert_eq!(
            lines(&record("ec2", "StopInstances", members), outcome),
            ["ec2:StopInstances arn:aws:ec2:eu-west-1:111122223333:instance/i-1"]
        );
    }
}

#[test]
fn t39_only_a_denial_is_read_from_the_message() {
    let members = r#""errorMessage": "User: u is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/x"#;
    let record = record("s3", "ListBuckets", &format!("{members}\""));
    assert_eq!(lines(&record, Outcome::Failed), ["s3:ListAllMyBuckets *"]);
}
