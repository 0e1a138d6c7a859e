//! Raw CloudTrail tables that are not there, are something else, or lack what older documentation lacks.

use crate::server::Server;
use crate::{asking, but_for, query, refused, told};

/// Columns without which there is no usage.
const ENOUGH: [(&str, &str); 8] = [
    ("eventid", "string"),
    ("eventtime", "string"),
    ("eventsource", "string"),
    ("eventname", "string"),
    ("awsregion", "string"),
    ("errorcode", "string"),
    ("requestparameters", "string"),
    (
        "useridentity",
        "struct<type:string,principalid:string,arn:string,accountid:string,\
         sessioncontext:struct<sessionissuer:struct<arn:string,principalid:string>>>",
    ),
];

fn table(columns: &[(&str, &str)]) -> (u16, String) {
    let columns: Vec<serde_json::Value> = columns
        .iter()
        .map(|(name, kind)| serde_json::json!({"Name": name, "Type": kind}))
        .collect();
    let table = serde_json::json!({"TableMetadata": {"Name": "trail", "Columns": columns}});
    (200, table.to_string())
}

#[test]
fn another_table_is_refused_before_anything_is_scanned() {
    let check = |name: &str, metadata: fn() -> (u16, String), cause: &str| {
        let server = Server::start(but_for("GetTableMetadata", metadata));
        let output = asking(&server, name)
            .args(["--raw-table", "trail"])
            .output();
        let told = told(&output.unwrap());
        assert!(told.contains(cause), "{told}");
        assert!(
            told.contains("hint: name a table as AWS documents it"),
            "{told}"
        );
        assert_eq!(server.seen(), ["GetTableMetadata"]);
    };
    check(
        "raw-missing",
        || {
            refused(
                "MetadataException",
                "EntityNotFoundException: no such table",
            )
        },
        "there is no table \"default\".\"trail\"",
    );
    check(
        "raw-other",
        || {
            table(
                &[
                    &ENOUGH[..6],
                    &[("requestparameters", "map<string,string>"), ENOUGH[7]],
                ]
                .concat(),
            )
        },
        "no CloudTrail table: it lacks requestparameters, or has it with another type",
    );
}

#[test]
fn an_old_table_is_read_and_told_about() {
    let server = Server::start(but_for("GetTableMetadata", || table(&ENOUGH)));
    let output = asking(&server, "raw-old")
        .args(["--raw-table", "trail"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(told.contains("0 events"), "{told}");
    assert!(told.contains("scanned 10"), "{told}");
    assert!(
        told.contains("the table has no sharedeventid: an owner's copy"),
        "{told}"
    );
}

#[test]
fn a_scan_that_costs_too_much_is_stopped() {
    let answers = but_for("GetQueryExecution", || query("RUNNING", "", 1 << 40));
    let server = Server::start(move |asked, body| match asked {
        "GetTableMetadata" => table(&ENOUGH),
        _ => answers(asked, body),
    });
    let mut command = asking(&server, "raw-costly");
    let command = command.args(["--raw-table", "trail", "--max-scan-bytes", "1000000000"]);
    let told = told(&command.output().unwrap());
    assert!(told.contains("raise --max-scan-bytes"), "{told}");
    assert!(server.seen().contains(&"StopQueryExecution".to_owned()));
}

#[test]
fn what_does_not_go_together() {
    let server = Server::start(but_for("", || (200, String::new())));
    let check = |arguments: &[&str], expect: &str| {
        let mut command = crate::harness::leastwise();
        let told = told(&command.arg("analyze").args(arguments).output().unwrap());
        assert!(told.contains(expect), "{told}");
    };
    check(
        &["--raw-table", "trail"],
        "hint: give --engine trino or --engine athena with --raw-table",
    );
    let engine = ["--engine", "athena", "--raw-table", "trail"];
    for other in ["--archive", "--location", "--table"] {
        let both = [&engine[..], &[other, "x"]].concat();
        check(&both, "cannot be used with");
    }
    check(&["--engine", "athena"], "--archive");
    check(
        &["--archive", "x", "--raw-where", "true"],
        "hint: name the table with --raw-table",
    );
    let mut command = asking(&server, "raw-dry");
    let output = command
        .args([
            "--raw-table",
            "trail",
            "--dry-run",
            "--raw-where",
            "day > '5'",
        ])
        .output();
    let statement = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(
        statement.contains("FROM \"default\".\"trail\" AS e\n  WHERE (\nday > '5'\n  )"),
        "{statement}"
    );
    assert_eq!(server.seen(), Vec::<String>::new());
}
