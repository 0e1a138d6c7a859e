//! Logs of three accounts and three days by two trails: most events are delivered twice, some a day late, and a few
//! objects are broken.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::path::Path;

const ACCOUNTS: [&str; 3] = ["111122223333", "222233334444", "333344445555"];
const DAYS: u32 = 3;
/// Objects of an account and day by one trail.
const OBJECTS: u32 = 4;
/// Events of an object.
const EVENTS: u32 = 25;

/// Writes them below a folder; what two trails deliver differs in nothing but the key.
pub(crate) fn write(folder: &Path) {
    for (account, day, object) in numbers() {
        let events: Vec<String> = (0..EVENTS)
            .map(|event| record(account, day, object * EVENTS + event))
            .collect();
        for trail in ["main", "org"] {
            // The second trail delivers the last object of a day on the next.
            let late = u32::from(trail == "org" && object + 1 == OBJECTS);
            let key = key(trail, account, day + late, day * OBJECTS + object);
            put(
                folder,
                &key,
                &format!("{{\"Records\":[{}]}}", events.join(",")),
            );
        }
    }
    put(
        folder,
        &key("main", ACCOUNTS[0], 1, 99),
        "{\"Records\":[{\"eventVersion\":",
    );
}

/// How many different events there are.
pub(crate) fn events() -> usize {
    numbers().count() * EVENTS as usize
}

fn numbers() -> impl Iterator<Item = (&'static str, u32, u32)> {
    let days = ACCOUNTS
        .into_iter()
        .flat_map(|account| (1..=DAYS).map(move |day| (account, day)));
    days.flat_map(|(account, day)| (0..OBJECTS).map(move |object| (account, day, object)))
}

fn key(trail: &str, account: &str, day: u32, number: u32) -> String {
    let name = format!("{account}_CloudTrail_eu-west-1_{trail}_{number}.json.gz");
    format!("{trail}/AWSLogs/{account}/CloudTrail/eu-west-1/2026/03/{day:02}/{name}")
}

fn put(folder: &Path, key: &str, text: &str) {
    let path = folder.join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    std::fs::write(path, encoder.finish().unwrap()).unwrap();
}

fn record(account: &str, day: u32, number: u32) -> String {
    let id = format!("{:08x}-{day:04}-4000-8000-{account}", number);
    serde_json::json!({
        "eventVersion": "1.08",
        "eventID": id,
        "eventTime": format!("2026-03-{day:02}T{:02}:{:02}:00Z", number % 24, number % 60),
        "eventSource": "s3.amazonaws.com",
        "eventName": if number.is_multiple_of(3) { "GetObject" } else { "HeadBucket" },
        "eventType": "AwsApiCall",
        "eventCategory": "Data",
        "awsRegion": "eu-west-1",
        "recipientAccountId": account,
        "userIdentity": {"type": "AssumedRole", "principalId": format!("AROA{account}:s"),
            "arn": format!("arn:aws:sts::{account}:assumed-role/app-{}/s", number % 5), "accountId": account,
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": format!("AROA{account}"),
                "arn": format!("arn:aws:iam::{account}:role/app-{}", number % 5), "accountId": account}}},
        "requestParameters": {"bucketName": format!("bucket-{}", number % 7), "key": format!("k/{number}")},
    })
    .to_string()
}
