//! A raw CloudTrail table, made with the DDL that AWS documents, and our archive of the same logs: the same usage on Trino
//! and through Athena's API, but for what the README says is lost.

use crate::bed::Bed;
use crate::{BUCKET, analyzed, delivered, harness, ingested, records, same};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What an analysis writes and tells.
type Usage = (String, Value);

const DDL: &str = include_str!("cloudtrail.sql");
/// Columns that tables of older documentation lack, from here to the end.
const NEWER: &str = "  eventcategory STRING,";

/// Difficult records, the scenarios and what else there is.
pub(crate) fn same_usage(bed: &mut Bed, work: &Path, others: &[(&str, PathBuf, PathBuf)]) {
    let logs = work.join("raw-logs");
    records::write(&logs);
    let archive = ingested(&logs, work.join("raw-difficult"));
    deliver(bed, "raw_difficult", &logs);
    let lost = json!({"skipped": counts(&records::SKIPPED), "unreadable": counts(&records::UNREADABLE),
        "without_parameters": 0, "lacking": {}});
    let one = ["--account", "111122223333", "--region", "eu-west-1"];
    let few = ["--since", "2026-01-04", "--until", "2026-01-05"];
    let days = [
        &few[..],
        &["--principal", "arn:aws:iam::111122223333:role/app/web"],
    ]
    .concat();
    compare(
        bed,
        work,
        "raw_difficult",
        &archive,
        (&[], &[]),
        Some(&lost),
    );
    compare(bed, work, "raw_difficult", &archive, (&one, &[]), None);
    let partitions = [
        "--raw-where",
        "\"timestamp\" BETWEEN '2026/01/04' AND '2026/01/05' -- these",
    ];
    compare(
        bed,
        work,
        "raw_difficult",
        &archive,
        (&days, &partitions),
        None,
    );

    let scenarios = scenarios(work);
    let archive = ingested(&scenarios, work.join("raw-scenarios"));
    deliver(bed, "raw_scenarios", &scenarios);
    compare(bed, work, "raw_scenarios", &archive, (&[], &[]), None);
    older_table(bed, work, &archive);
    for (name, logs, archive) in others {
        let table = format!("raw_{}", name.replace('-', "_"));
        deliver(bed, &table, logs);
        compare(bed, work, &table, archive, (&[], &[]), None);
    }
}

fn counts(counts: &[(&str, u64)]) -> Value {
    counts
        .iter()
        .map(|(name, number)| ((*name).to_owned(), json!(number)))
        .collect()
}

/// All scenarios' logs in one folder.
fn scenarios(work: &Path) -> PathBuf {
    let all = work.join("scenario-logs");
    for scenario in fixtures::Scenario::all().unwrap() {
        for (path, content) in fixtures::tree::read(&scenario.events(), &[]).unwrap() {
            let path = all.join(&scenario.name).join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
    }
    all
}

/// Puts the logs' records into the bucket, and makes a table of them for each engine.
fn deliver(bed: &mut Bed, table: &str, logs: &Path) {
    let rows = delivered::rows(logs);
    let days: Vec<String> = rows.keys().cloned().collect();
    let key = |day: &str| format!("{table}/{day}/rows.json");
    let files = rows
        .iter()
        .map(|(day, rows)| (key(day), rows.clone().into_bytes()));
    bed.put(files.collect());
    define(bed, DDL, table, table, &days);
}

/// Makes a table of the rows at a place, for each engine. Trino wants a range of two days at least.
fn define(bed: &Bed, ddl: &str, table: &str, place: &str, days: &[String]) {
    let last = chrono::NaiveDate::parse_from_str(&days[days.len() - 1], "%Y/%m/%d").unwrap();
    let after = last.succ_opt().unwrap().format("%Y/%m/%d").to_string();
    let ddl = ddl
        .replace("{location}", &format!("s3://{BUCKET}/{place}"))
        .replace("{first}", &days[0])
        .replace("{last}", &after);
    for database in ["trino", "athena"] {
        bed.define(database, &ddl.replace("{table}", table));
    }
}

/// The archive counted here, and the raw table by each engine.
fn compare(
    bed: &mut Bed,
    work: &Path,
    table: &str,
    archive: &Path,
    (filter, more): (&[&str], &[&str]),
    lost: Option<&Value>,
) {
    let expected = local(work, archive, filter);
    assert!(expected.0.lines().count() > 1, "{table}: no usage");
    for engine in ["trino", "athena"] {
        let what = format!("{table} {engine} {filter:?}");
        let mut found = raw(bed, work, table, engine, &[filter, more].concat());
        let told = found.1.as_object_mut().unwrap().remove("raw").unwrap();
        if let Some(lost) = lost {
            assert_eq!(told, *lost, "{what}");
        }
        same(&expected, &found, &what);
        eprintln!("{what}: {} lines", found.0.lines().count());
    }
    assert_eq!(
        bed.keys("results"),
        Vec::<String>::new(),
        "results are removed"
    );
}

/// The archive counted on this machine, without the ids that ingest makes up for events without one.
fn local(work: &Path, archive: &Path, filter: &[&str]) -> Usage {
    let out = work.join("raw-expected.jsonl");
    let mut command = harness::leastwise();
    command
        .args(["analyze", "--json", "--archive"])
        .arg(archive);
    let told = analyzed(command.arg("--out").arg(&out).args(filter), "local", "raw");
    let text = std::fs::read_to_string(&out).unwrap();
    (text.lines().map(without_made_up_ids).collect(), told)
}

fn without_made_up_ids(line: &str) -> String {
    let Some((head, rest)) = line.split_once(r#""evidence":["#) else {
        return format!("{line}\n");
    };
    let (ids, tail) = rest.split_once(']').unwrap();
    let is_logged = |id: &&str| {
        id.contains('-') || !id.trim_matches('"').bytes().all(|b| b.is_ascii_hexdigit())
    };
    let ids: Vec<&str> = ids.split(',').filter(is_logged).collect();
    format!("{head}\"evidence\":[{}]{tail}\n", ids.join(","))
}

fn raw(bed: &Bed, work: &Path, table: &str, engine: &str, more: &[&str]) -> Usage {
    let out = work.join(format!("{table}-{engine}.jsonl"));
    let mut command = harness::leastwise();
    command.args([
        "analyze",
        "--json",
        "--engine",
        engine,
        "--raw-table",
        table,
    ]);
    command
        .arg("--out")
        .arg(&out)
        .args(bed.flags())
        .args(more)
        .envs(bed.environment());
    let told = analyzed(&mut command, engine, table);
    (std::fs::read_to_string(&out).unwrap(), told)
}

/// A table that lacks what older documentation lacks gives the same lines, but for the amended event, which counts twice;
/// and it is told what is lost.
fn older_table(bed: &Bed, work: &Path, archive: &Path) {
    let (head, tail) = DDL.split_once(NEWER).unwrap();
    let tail = tail.split_once("\n)\n").unwrap().1;
    let ddl = format!("{}\n)\n{tail}", head.trim_end().trim_end_matches(','));
    let days = ["2026/08/01", "2026/10/31"].map(str::to_owned);
    define(bed, &ddl, "raw_older", "raw_scenarios", &days);
    let expected = local(work, archive, &[]).0;
    for engine in ["trino", "athena"] {
        let (found, told) = raw(bed, work, "raw_older", engine, &[]);
        assert_eq!(expected.lines().count(), found.lines().count(), "{engine}");
        let pairs = expected.lines().zip(found.lines()).skip(1);
        let differing: Vec<_> = pairs.filter(|(one, other)| one != other).collect();
        let [(once, twice)] = differing[..] else {
            panic!("{engine}: {differing:?}")
        };
        assert_eq!(
            once.replace("\"count\":11,", "\"count\":12,"),
            twice,
            "{engine}"
        );
        let lacking = told["raw"]["lacking"].as_object().unwrap();
        let lacking: Vec<&String> = lacking.keys().collect();
        assert_eq!(
            lacking,
            [
                "addendum.originaleventid",
                "addendum.reason",
                "eventcategory"
            ]
        );
    }
}
