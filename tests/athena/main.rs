//! What Athena may refuse or fail to do, against a server with scripted answers: each failure says what to do about it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

#[path = "../harness/mod.rs"]
mod harness;
mod raw;
mod server;

use server::Server;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A small archive, made once.
fn archive() -> &'static Path {
    static ARCHIVE: OnceLock<PathBuf> = OnceLock::new();
    ARCHIVE.get_or_init(|| {
        let work = harness::fresh("athena");
        let scenarios = fixtures::Scenario::all().unwrap();
        let archive = work.join("archive");
        let mut ingest = harness::leastwise();
        ingest
            .arg("ingest")
            .arg("--quiet")
            .arg("--source")
            .arg(scenarios[0].events());
        let output = ingest.arg("--archive").arg(&archive).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        archive
    })
}

/// `leastwise analyze --engine athena` of the archive, against the server.
fn analyze(server: &Server, name: &str, more: &[&str]) -> Command {
    let mut command = asking(server, name);
    command
        .args(["--location", "s3://acme-archive/here"])
        .arg("--archive")
        .arg(archive())
        .args(more);
    command
}

/// `leastwise analyze --engine athena` against the server, of what is still to be said.
fn asking(server: &Server, name: &str) -> Command {
    let mut command = harness::leastwise();
    command
        .args(["analyze", "--engine", "athena"])
        .args([
            "--results",
            "s3://acme-results/athena",
            "--aws-region",
            "us-east-1",
        ])
        .args(["--endpoint-url", &server.url])
        .arg("--out")
        .arg(archive().join(format!("../{name}.jsonl")))
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "2");
    command
}

/// The table's metadata, as the DDL makes it.
fn table() -> (u16, String) {
    let ddl = harness::leastwise()
        .args([
            "analyze",
            "--engine",
            "athena",
            "--dry-run",
            "--location",
            "s3://b/c",
            "--archive",
        ])
        .arg(archive())
        .output()
        .unwrap();
    let ddl = String::from_utf8(ddl.stdout).unwrap();
    let columns: Vec<serde_json::Value> = ddl
        .lines()
        .filter_map(|line| {
            line.strip_prefix("  `")?
                .trim_end_matches(',')
                .split_once("` ")
        })
        .map(|(name, kind)| serde_json::json!({"Name": name, "Type": kind}))
        .collect();
    assert!(columns.len() > 30, "{ddl}");
    let table = serde_json::json!({"TableMetadata": {
        "Name": "leastwise", "Columns": columns, "PartitionKeys": [{"Name": "event_date", "Type": "string"}],
    }});
    (200, table.to_string())
}

/// A query in a state, with what Athena says of it.
fn query(state: &str, reason: &str, scanned: u64) -> (u16, String) {
    let query = serde_json::json!({"QueryExecution": {
        "QueryExecutionId": "q-1",
        "Status": {"State": state, "StateChangeReason": reason},
        "Statistics": {"DataScannedInBytes": scanned},
    }});
    (200, query.to_string())
}

fn refused(kind: &str, message: &str) -> (u16, String) {
    let body = serde_json::json!({"__type": kind, "message": message, "Message": message});
    (400, body.to_string())
}

const NO_OBJECTS: &str =
    "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated></ListBucketResult>";

/// Answers of an Athena where all is well, but for one operation.
fn but_for(
    operation: &'static str,
    answer: impl Fn() -> (u16, String) + Send + Sync + 'static,
) -> impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static {
    let table = table();
    move |asked, _| match asked {
        asked if asked == operation => answer(),
        "GetTableMetadata" => table.clone(),
        "StartQueryExecution" => (200, r#"{"QueryExecutionId":"q-1"}"#.to_owned()),
        "GetQueryExecution" => query("SUCCEEDED", "", 10),
        "StopQueryExecution" => (200, "{}".to_owned()),
        _ => (200, NO_OBJECTS.to_owned()),
    }
}

/// What is told when it could not be done.
fn told(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    told
}

/// The failure names its cause and says what to do.
fn check(
    name: &str,
    operation: &'static str,
    answer: impl Fn() -> (u16, String) + Send + Sync + 'static,
    cause: &str,
    hint: &str,
) {
    let server = Server::start(but_for(operation, answer));
    let told = told(&analyze(&server, name, &[]).output().unwrap());
    let (error, advice) = told
        .split_once("hint: ")
        .unwrap_or_else(|| panic!("no hint: {told}"));
    assert!(error.contains(cause), "{name}: {told}");
    assert!(advice.contains(hint), "{name}: {told}");
    assert!(
        !archive().join(format!("../{name}.jsonl")).exists(),
        "{name}: a file was written"
    );
}

#[test]
fn each_failure_says_what_to_do() {
    let failed = |reason: &'static str| move || query("FAILED", reason, 0);
    let get = "GetQueryExecution";
    let syntax = "SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved";
    check("failed", get, failed(syntax), syntax, "--dry-run");
    let missing =
        "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.leastwise' does not exist";
    check("missing", get, failed(missing), missing, "--table");
    let denied = "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)";
    check(
        "unwritable",
        get,
        failed(denied),
        "Access Denied",
        "--results",
    );
    let limit = "Query exhausted resources: Bytes scanned limit was exceeded";
    check("limit", get, failed(limit), limit, "the workgroup's limit");
    let stopped = || query("CANCELLED", "", 0);
    check("cancelled", get, stopped, "was cancelled", "run again");
}

#[test]
fn each_refusal_says_what_to_do() {
    let start = "StartQueryExecution";
    let throttled = || refused("TooManyRequestsException", "You have exceeded the limit");
    check(
        "throttled",
        start,
        throttled,
        "TooManyRequestsException",
        "later",
    );
    let no_group = || refused("InvalidRequestException", "WorkGroup is not found.");
    check(
        "workgroup",
        start,
        no_group,
        "WorkGroup is not found",
        "--workgroup",
    );
    let expired = || {
        refused(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        )
    };
    check(
        "expired",
        "GetTableMetadata",
        expired,
        "ExpiredTokenException",
        "log in again",
    );
    let unreadable = || {
        (
            403,
            "<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_owned(),
        )
    };
    let list = "GET /acme-results?list-type=2";
    let server = Server::start(move |asked, body| {
        if asked.starts_with("GET /") {
            unreadable()
        } else {
            but_for("", || (200, String::new()))(asked, body)
        }
    });
    let told = told(&analyze(&server, "unreadable", &[]).output().unwrap());
    assert!(
        told.contains("AccessDenied") && told.contains("--results"),
        "{list} {told}"
    );
}

#[test]
fn a_table_of_something_else_is_refused() {
    let other =
        r#"{"TableMetadata":{"Name":"leastwise","Columns":[{"Name":"event_id","Type":"bigint"}]}}"#;
    check(
        "other",
        "GetTableMetadata",
        move || (200, other.to_owned()),
        "is not the archive's: it lacks event_id string, event_time timestamp,",
        "--table",
    );
}

#[test]
fn what_would_scan_too_much_is_not_started() {
    let server = Server::start(but_for("", || (200, String::new())));
    let told = told(
        &analyze(&server, "refused", &["--max-scan-bytes", "100"])
            .output()
            .unwrap(),
    );
    assert!(
        told.contains("more than the 100 of --max-scan-bytes"),
        "{told}"
    );
    assert_eq!(server.seen(), Vec::<String>::new());
}

#[test]
fn what_scans_too_much_is_stopped() {
    let server = Server::start(but_for("GetQueryExecution", || {
        query("RUNNING", "", 1 << 40)
    }));
    let told = told(
        &analyze(&server, "stopped", &["--max-scan-bytes", "1000000000"])
            .output()
            .unwrap(),
    );
    assert!(told.contains("raise --max-scan-bytes"), "{told}");
    assert!(
        server.seen().contains(&"StopQueryExecution".to_owned()),
        "{:?}",
        server.seen()
    );
}

#[test]
fn what_takes_too_long_is_stopped() {
    let server = Server::start(but_for("GetQueryExecution", || query("RUNNING", "", 0)));
    let told = told(
        &analyze(&server, "late", &["--deadline", "1"])
            .output()
            .unwrap(),
    );
    assert!(
        told.contains("longer than 1 s") && told.contains("--deadline"),
        "{told}"
    );
    assert!(
        server.seen().contains(&"StopQueryExecution".to_owned()),
        "{:?}",
        server.seen()
    );
}

/// A lost answer is asked for again, with the token that makes it the same query.
#[test]
fn a_start_is_repeated_with_its_token() {
    static TOKENS: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    static STARTS: AtomicUsize = AtomicUsize::new(0);
    let well = but_for("", || (200, String::new()));
    let server = Server::start(move |asked, body| {
        if asked != "StartQueryExecution" {
            return well(asked, body);
        }
        let request: serde_json::Value = serde_json::from_str(body).unwrap();
        TOKENS
            .lock()
            .unwrap()
            .push(request["ClientRequestToken"].as_str().unwrap().to_owned());
        match STARTS.fetch_add(1, Ordering::SeqCst) {
            0 => (500, r#"{"__type":"InternalServerException"}"#.to_owned()),
            _ => well(asked, body),
        }
    });
    let output = analyze(&server, "token", &[]).output().unwrap();
    // The scripted Athena finds no events; that the archive holds some is not overlooked.
    let told = told(&output);
    assert!(told.contains("the table shows 0 events"), "{told}");
    let tokens = TOKENS.lock().unwrap().clone();
    assert_eq!(tokens.len(), 4, "three statements, one of them twice");
    assert_eq!(tokens[0], tokens[1]);
    assert!(tokens[1] != tokens[2] && tokens[2] != tokens[3]);
    assert!(
        tokens.iter().all(|token| (32..=128).contains(&token.len())),
        "{tokens:?}"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_the_query() {
    let server = Server::start(but_for("GetQueryExecution", || query("RUNNING", "", 0)));
    let mut child = analyze(&server, "interrupted", &["--quiet"])
        .spawn()
        .unwrap();
    while !server.seen().contains(&"GetQueryExecution".to_owned()) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(
        server.seen().contains(&"StopQueryExecution".to_owned()),
        "{:?}",
        server.seen()
    );
}
