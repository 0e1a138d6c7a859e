//! Records with everything that a raw table and an archive could tell apart: copies, amendments, ids that repeat or are
//! missing, every kind of identity, denials, parameters of all forms, and rows that are no events.

use serde_json::{Value, json};
use std::path::Path;

const CALLER: &str = "111122223333";
const OWNER: &str = "444455556666";

/// Rows that are skipped, and those that are no events, as the summary counts them.
pub(crate) const SKIPPED: [(&str, u64); 1] = [("insight", 1)];
pub(crate) const UNREADABLE: [(&str, u64); 3] = [
    ("event-time", 1),
    ("event-version", 1),
    ("not-cloudtrail", 1),
];

/// Writes the logs: two trails, of which the second delivers much of the first again.
pub(crate) fn write(logs: &Path) {
    let all: Vec<Value> = records().into_iter().enumerate().map(numbered).collect();
    let again: Vec<&Value> = all
        .iter()
        .step_by(2)
        .filter(|record| !record["eventID"].is_null())
        .collect();
    for (name, records) in [("first.json", json!(all)), ("second.json", json!(again))] {
        let file = logs.join(name);
        std::fs::create_dir_all(logs).unwrap();
        std::fs::write(file, json!({ "Records": records }).to_string()).unwrap();
    }
}

/// What a record does not say: a session of the role `web` gets an object.
fn numbered((number, differs): (usize, Value)) -> Value {
    let time = format!(
        "2026-01-{:02}T{:02}:59:59Z",
        3 + number % 5,
        3 * (number % 8)
    );
    let mut record = json!({
        "eventVersion": "1.11", "eventID": format!("{number:08x}-5f9e-4ee1-bb48-e20fecb32403"), "eventTime": time,
        "eventType": "AwsApiCall", "eventCategory": "Data", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
        "awsRegion": "eu-west-1", "recipientAccountId": CALLER, "readOnly": true, "managementEvent": false,
        "requestID": format!("R{number}"), "userIdentity": role("app/web", &format!("s-{number}")),
        "requestParameters": {"bucketName": "site", "key": "a.html", "Host": "site.s3.amazonaws.com"},
    });
    for (name, value) in differs.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

fn role(path: &str, session: &str) -> Value {
    let name = path.rsplit('/').next().unwrap();
    let id = format!("AROAEXAMPLE{:A<10}", name.to_uppercase());
    json!({
        "type": "AssumedRole", "principalId": format!("{id}:{session}"), "accountId": CALLER,
        "arn": format!("arn:aws:sts::{CALLER}:assumed-role/{name}/{session}"),
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "principalId": id, "arn": format!("arn:aws:iam::{CALLER}:role/{path}"),
                "accountId": CALLER, "userName": name},
            "attributes": {"mfaAuthenticated": if session.len().is_multiple_of(2) { "true" } else { "false" }},
        },
    })
}

fn records() -> Vec<Value> {
    [
        requests(),
        calls(),
        identities(),
        outcomes(),
        cross_account(),
        twice(),
        kinds(),
    ]
    .concat()
}

/// Parameters and resources of all forms.
fn requests() -> Vec<Value> {
    let keys = [
        "a.html",
        "ä/\u{1f600}",
        "o'neil \"\\\n",
        "*?${x}",
        "2026/01/05/00000001.log",
    ];
    let mut records: Vec<Value> = (0..40)
        .map(|n| {
            json!({"requestParameters": {"bucketName": "site", "key": keys[n % keys.len()]},
            "vpcEndpointId": (n % 3 == 0).then(|| format!("vpce-{}", n % 7))})
        })
        .collect();
    let forms = [
        json!(null),
        json!({"omitted": true}),
        json!("text"),
        json!([1, {"bucketName": "b"}]),
        json!({"n": 12345678901234567890_u64, "f": 1e-7}),
    ];
    records.extend(forms.map(|parameters| json!({"requestParameters": parameters})));
    let named = |resources: Value| json!({"resources": resources, "requestParameters": {"bucketName": "site"}});
    let object = "arn:aws:s3:::elsewhere/k";
    records.extend([
        named(json!([])),
        named(json!([{"ARN": object, "type": "AWS::S3::Object"}, {"ARN": "arn:aws:s3:::elsewhere", "accountId": OWNER, "type": "AWS::S3::Bucket"}])),
        named(json!([{"ARNPrefix": "arn:aws:s3:::elsewhere/", "type": "AWS::S3::Object"}])),
        named(json!([{"ARN": "arn:aws:s3tables:eu-west-1:444455556666:bucket/b/table/1", "type": "AWS::S3Tables::Table"}])),
    ]);
    records
}

/// Calls of other services.
fn calls() -> Vec<Value> {
    let calls = [
        (
            "lambda",
            "CreateFunction20150331v2",
            json!({"functionName": "f", "role": format!("arn:aws:iam::{CALLER}:role/x")}),
        ),
        (
            "ec2",
            "DescribeInstances",
            json!({"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}}),
        ),
        (
            "ec2",
            "RunInstances",
            json!({"iamInstanceProfile": {"name": "p"}, "instancesSet": {"items": [{"imageId": "ami-1"}]}}),
        ),
        (
            "dynamodb",
            "GetItem",
            json!({"tableName": "t", "key": {"id": {"s": "1"}}}),
        ),
        ("kms", "Decrypt", json!({"keyId": "alias/k"})),
        (
            "sts",
            "AssumeRole",
            json!({"roleArn": format!("arn:aws:iam::{OWNER}:role/y"), "tags": [{"key": "k"}]}),
        ),
        ("nobody", "DoThings", json!({})),
        ("sts", "GetCallerIdentity", json!(null)),
    ];
    let call = |(source, name, parameters): (&str, &str, Value)| {
        json!({"eventSource": format!("{source}.amazonaws.com"), "eventName": name, "requestParameters": parameters,
            "eventCategory": "Management", "readOnly": null})
    };
    calls.map(call).to_vec()
}

/// Whoever may call.
fn identities() -> Vec<Value> {
    let user = format!("arn:aws:iam::{CALLER}:user/dev/o'neil");
    let mut forwarded = role("web", "f");
    forwarded["invokedBy"] = "AWS Internal".into();
    let mut nameless = role("web", "n");
    nameless["sessionContext"] = json!({});
    let mut other = role("web", "again");
    other["sessionContext"]["sessionIssuer"]["principalId"] = "AROAOTHERINCARNATION1".into();
    let mut odd = role("web", "odd");
    odd["arn"] = format!("arn:aws-cn:iam::{CALLER}:role/plain").into();
    odd["sessionContext"]["sessionIssuer"] = json!({});
    let mut federated = role("web", "x");
    federated["type"] = "FederatedUser".into();
    federated["arn"] = format!("arn:aws:sts::{CALLER}:federated-user/alice").into();
    let identities = [
        forwarded,
        nameless,
        other,
        odd,
        federated,
        json!({"type": "IAMUser", "principalId": "AIDAEXAMPLEEXAMPLE01", "arn": user, "userName": "o'neil"}),
        json!({"type": "IAMUser", "arn": "", "accountId": ""}),
        json!({"type": "Root", "principalId": CALLER, "arn": format!("arn:aws:iam::{CALLER}:root"), "accountId": CALLER}),
        json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"}),
        json!({"type": "AWSAccount", "principalId": "AROAEXAMPLEEXAMPLE01", "accountId": OWNER}),
        json!({"accountId": CALLER, "invokedBy": "AWS Internal"}),
        json!(null),
    ];
    let get_user = json!({"eventSource": "iam.amazonaws.com", "eventName": "GetUser", "requestParameters": null, "eventCategory": null});
    let calls = identities.iter().flat_map(|identity| {
        let mut call = get_user.clone();
        call["userIdentity"] = identity.clone();
        [json!({"userIdentity": identity}), call]
    });
    calls.collect()
}

fn outcomes() -> Vec<Value> {
    let denial = format!(
        "User: arn:aws:sts::{CALLER}:assumed-role/web/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:{CALLER}:key/1 because no identity-based policy allows the kms:Decrypt action"
    );
    vec![
        json!({"errorCode": "AccessDenied", "errorMessage": denial}),
        json!({"errorCode": "AccessDenied", "errorMessage": "Access Denied"}),
        json!({"errorCode": "NoSuchKey", "errorMessage": "The specified key does not exist."}),
        json!({"errorCode": ""}),
        json!({"eventSource": "ec2.amazonaws.com", "eventName": "StopInstances", "errorCode": "Client.DryRunOperation"}),
        json!({"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventType": "AwsConsoleSignIn", "errorMessage": "Failed authentication"}),
    ]
}

/// A caller's copy with an owner's, owners' copies alone, and an owner that sees no role.
fn cross_account() -> Vec<Value> {
    let call = |shared: &str, recipient: &str| json!({"sharedEventID": shared, "recipientAccountId": recipient, "eventTime": "2026-01-04T12:00:00Z", "eventName": "HeadObject"});
    let mut blind = call("shared-3", OWNER);
    blind["userIdentity"] = json!({"type": "AWSAccount", "accountId": CALLER});
    vec![
        call("shared-1", CALLER),
        call("shared-1", OWNER),
        call("shared-1", OWNER),
        call("shared-2", OWNER),
        call("shared-2", OWNER),
        call("shared-2", "777788889999"),
        blind,
        call("shared-3", OWNER),
        call("", OWNER),
        // The id of a call that has nothing to do with it.
        call("00000001-5f9e-4ee1-bb48-e20fecb32403", OWNER),
    ]
}

/// An amended event, two events of one id, and events without id.
fn twice() -> Vec<Value> {
    let tagging = |more: Value| {
        let mut record =
            json!({"eventName": "GetObjectTagging", "eventTime": "2026-01-06T01:02:03Z"});
        for (name, value) in more.as_object().unwrap() {
            record[name] = value.clone();
        }
        record
    };
    let amends = json!({"reason": "UPDATED_DATA", "originalEventID": "amended", "updatedFields": "requestParameters"});
    let old = json!({"eventVersion": "1.0", "eventID": null, "eventType": null, "recipientAccountId": null, "eventSource": "iam.amazonaws.com",
        "eventName": "ListUsers", "eventCategory": null, "requestParameters": {}});
    vec![
        tagging(json!({"eventID": "amended"})),
        tagging(
            json!({"eventID": "amendment", "addendum": amends, "requestParameters": {"bucketName": "site", "key": "b.html"}}),
        ),
        tagging(json!({"eventID": "late", "addendum": {"reason": "DELIVERY_DELAY"}})),
        tagging(json!({"eventID": "twin", "requestID": "one"})),
        tagging(json!({"eventID": "twin", "requestID": "other"})),
        old.clone(),
        old,
    ]
}

/// What services do, and rows that are no events.
fn kinds() -> Vec<Value> {
    let service = json!({"eventType": "AwsServiceEvent", "eventSource": "kms.amazonaws.com", "eventName": "RotateKey",
        "serviceEventDetails": {"keyId": "1"}, "userIdentity": {"accountId": CALLER, "invokedBy": "AWS Internal"}});
    vec![
        service,
        json!({"eventType": "AwsConsoleAction"}),
        json!({"eventType": "AwsCloudTrailInsight", "eventID": null}),
        json!({"eventVersion": "2.0", "eventID": null}),
        json!({"eventTime": "yesterday", "eventID": null}),
        json!({"eventName": "", "eventID": null}),
        json!({"eventTime": "2026-01-07T23:59:59.999Z"}),
        json!({"eventTime": "2026-01-05T00:30:00+01:00", "awsRegion": "cn-north-1"}),
    ]
}
