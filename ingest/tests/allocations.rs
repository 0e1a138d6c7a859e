//! What resolving an event of a common shape allocates, once the resolver has met its kind: nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use iam::catalogue::Catalogue;
use leastwise_ingest::{Decoded, Event, Resolution, Resolver, outcome};

/// Event source, event name, request parameters, `resources`, accesses.
#[rustfmt::skip]
const SHAPES: &[(&str, &str, &str, &str, usize)] = &[
    ("s3", "GetObject", r#"{"bucketName": "b", "Host": "b.s3.amazonaws.com", "key": "in/2026/11/01/part-00001.gz"}"#,
        r#"[{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/in/2026/11/01/part-00001.gz"}, {"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}]"#, 1),
    ("s3", "PutObject", r#"{"bucketName": "b", "key": "out/3f2504e0-4f89-11d3-9a0c-0305e82c3301.json", "x-amz-server-side-encryption": "aws:kms"}"#,
        r#"[{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/out/3f2504e0-4f89-11d3-9a0c-0305e82c3301.json"}, {"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}]"#, 1),
    ("s3", "ListObjects", r#"{"bucketName": "b", "prefix": "in/", "list-type": "2"}"#,
        r#"[{"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b/"}, {"accountId": "111122223333", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}]"#, 1),
    ("dynamodb", "GetItem", r#"{"tableName": "orders-v2", "key": {"id": "1"}}"#,
        r#"[{"accountId": "111122223333", "type": "AWS::DynamoDB::Table", "ARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-v2"}]"#, 1),
    ("dynamodb", "DescribeTable", r#"{"tableName": "orders-v2"}"#, "[]", 1),
    ("kms", "Decrypt", r#"{"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {"aws:s3:arn": "arn:aws:s3:::b"}}"#,
        r#"[{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": "arn:aws:kms:eu-west-1:111122223333:key/3f2504e0-4f89-11d3-9a0c-0305e82c3301"}]"#, 1),
    ("sts", "AssumeRole", r#"{"roleArn": "arn:aws:iam::111122223333:role/app/deployer", "roleSessionName": "ci-1234", "durationSeconds": 3600}"#,
        r#"[{"accountId": "111122223333", "type": "AWS::IAM::Role", "ARN": "arn:aws:iam::111122223333:role/app/deployer"}]"#, 1),
    ("ec2", "DescribeInstances", r#"{"instancesSet": {}, "filterSet": {}}"#, "[]", 1),
    ("ec2", "StartInstances", r#"{"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}, {"instanceId": "i-0123456789abcdef1"}]}}"#, "[]", 2),
    ("logs", "CreateLogStream", r#"{"logGroupName": "/aws/lambda/resize", "logStreamName": "2026/11/01/[$LATEST]0123456789abcdef0123456789abcdef"}"#, "[]", 1),
    ("lambda", "Invoke", r#"{"functionName": "resize", "invocationType": "RequestResponse"}"#,
        r#"[{"accountId": "111122223333", "type": "AWS::Lambda::Function", "ARN": "arn:aws:lambda:eu-west-1:111122223333:function:resize"}]"#, 1),
    ("secretsmanager", "GetSecretValue", r#"{"secretId": "prod/db"}"#, "[]", 1),
    ("ssm", "GetParameter", r#"{"name": "/app/url", "withDecryption": true}"#, "[]", 1),
    ("sqs", "SendMessage", r#"{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"}"#, "[]", 1),
    ("sns", "Publish", r#"{"topicArn": "arn:aws:sns:eu-west-1:111122223333:alerts"}"#, "[]", 1),
    ("iam", "GetRole", r#"{"roleName": "app"}"#, "[]", 1),
    ("ecs", "UpdateService", r#"{"cluster": "prod", "service": "web", "desiredCount": 2}"#, "[]", 1),
    ("sts", "GetCallerIdentity", "null", "[]", 0),
];

fn record((source, name, parameters, resources, _): &(&str, &str, &str, &str, usize)) -> String {
    format!(
        r#"{{"eventVersion": "1.09", "eventTime": "2026-11-01T10:00:00Z", "eventID": "e-1", "eventType": "AwsApiCall",
            "eventSource": "{source}.amazonaws.com", "eventName": "{name}", "awsRegion": "eu-west-1",
            "recipientAccountId": "111122223333", "requestParameters": {parameters}, "resources": {resources},
            "userIdentity": {{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/app/s",
                              "accountId": "111122223333"}}}}"#
    )
}

/// Number of accesses; all of them looked at.
fn resolve(resolver: &mut Resolver, event: &Event<'_>) -> usize {
    match resolver.resolve(event, outcome(event)) {
        Resolution::Accesses(accesses) => accesses.iter().filter(|a| a.resource.is_some()).count(),
        Resolution::None(_) => 0,
    }
}

#[test]
fn the_commonest_shapes_allocate_nothing() {
    let records: Vec<String> = SHAPES.iter().map(record).collect();
    let mut resolver = Resolver::new(Catalogue::embedded());
    for (shape, record) in SHAPES.iter().zip(&records) {
        let Decoded::Event(event) = Event::parse(record).unwrap() else {
            panic!("{record}")
        };
        assert_eq!(resolve(&mut resolver, &event), shape.4, "{record}");
        let made = allocation_counter::measure(|| {
            resolve(&mut resolver, &event);
        });
        assert_eq!(made.count_total, 0, "{record}");
    }
}

/// The counter sees what is allocated: the first event of a kind compiles its plan.
#[test]
fn the_first_event_of_a_kind_does_allocate() {
    let record = record(SHAPES.first().unwrap());
    let Decoded::Event(event) = Event::parse(&record).unwrap() else {
        panic!("{record}")
    };
    let mut resolver = Resolver::new(Catalogue::embedded());
    let made = allocation_counter::measure(|| {
        resolve(&mut resolver, &event);
    });
    assert!(made.count_total > 10, "{made:?}");
}
