//! Usage of small archives, compared with straight loops over the rows they were made of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod rows;

use iam::usage::{Header, NAMES, Outcome, Usage, Via};
use leastwise_analyze::{Config, Error, Progress, Silent, analyze};
use rows::{Row, row, write_archive};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const CALLER: &str = "111122223333";
const OWNER: &str = "444455556666";
const THIRD: &str = "123456789012";

fn run(archive: &Path, change: impl FnOnce(&mut Config)) -> (Header, Vec<Usage>, String) {
    let out = archive.join("../usage.jsonl");
    let mut config = Config::new(archive.to_owned(), out.clone());
    change(&mut config);
    let summary = analyze(&config, &Silent, &AtomicBool::new(false)).unwrap();
    let text = std::fs::read_to_string(out).unwrap();
    let (header, lines) = iam::usage::read(text.as_bytes()).unwrap();
    let lines: Vec<Usage> = lines.map(Result::unwrap).collect();
    assert_eq!(summary.header, header);
    assert_eq!(summary.lines, lines.len() as u64);
    (header, lines, text)
}

/// Pseudo-random rows with every kind of repetition; the same for the same seed.
fn some_rows(number: u64, seed: u64) -> Vec<Row> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    (0..number)
        .map(|at| {
            let mut row = row(at);
            row.time = 1_767_225_600_000 + (next(5 * 86_400) * 1000) as i64;
            row.account = [CALLER, OWNER][next(2) as usize].to_owned();
            row.region = ["eu-west-1", "us-east-1"][next(2) as usize].to_owned();
            row.event_name = format!("Get{}", next(4));
            row.principal =
                (next(10) > 0).then(|| format!("arn:aws:iam::{CALLER}:role/app/r{}", next(3)));
            row.principal_id = (next(5) > 0).then(|| format!("AROAEXAMPLE{}", next(2)));
            row.principal_account = row.principal.is_some().then(|| CALLER.to_owned());
            row.outcome = ["allowed", "allowed", "denied", "failed"][next(4) as usize].to_owned();
            row.error_code = (row.outcome != "allowed").then(|| format!("Error{}", next(3)));
            row.mfa = [None, Some(false), Some(true)][next(3) as usize];
            row.invoked_by = (next(4) == 0).then(|| format!("s{}.amazonaws.com", next(70)));
            row.vpc_endpoint = (next(4) == 0).then(|| format!("vpce-{}", next(3)));
            row.shared_event_id = (next(3) > 0).then(|| format!("shared-{}", next(40)));
            row.accesses = (0..next(3))
                .map(|_| access(next(2), next(3), next(30), next(2)))
                .collect();
            row.no_access = row
                .accesses
                .is_empty()
                .then(|| ["no-permission", "unknown-action"][next(2) as usize].to_owned());
            row
        })
        .collect()
}

fn access(action: u64, bucket: u64, object: u64, via: u64) -> rows::Access {
    let template = format!("arn:aws:s3:::b{bucket}/*");
    rows::Access {
        action: ["s3:GetObject", "kms:Decrypt"][action as usize].to_owned(),
        resource: (bucket > 0).then(|| format!("arn:aws:s3:::b{bucket}/{object}")),
        template: (bucket > 0).then_some(template),
        via: ["direct", "forwarded"][via as usize].to_owned(),
    }
}

/// The rule on cross-account copies, said plainly.
fn counts(row: &Row, rows: &[Row]) -> bool {
    let is_owners = |row: &Row| {
        row.principal_account
            .as_ref()
            .is_some_and(|caller| *caller != row.account)
    };
    let (Some(shared), true) = (&row.shared_event_id, is_owners(row)) else {
        return true;
    };
    let mut copies = rows
        .iter()
        .filter(|other| other.principal.is_some() && other.day() == row.day())
        .filter(|other| other.shared_event_id.as_ref() == Some(shared));
    copies.all(|other| is_owners(other) && other.event_id >= row.event_id)
}

/// A line of the usage, but for its key.
#[derive(Debug, Default)]
struct Line {
    count: u64,
    days: BTreeSet<i64>,
    resources: BTreeSet<String>,
    evidence: BTreeSet<String>,
    mfa: u64,
    error_codes: BTreeSet<String>,
    invoked_by: BTreeSet<String>,
    through_endpoints: u64,
    endpoints: BTreeSet<String>,
    calls: BTreeSet<String>,
}

/// What lines have in common, in sorting order.
type Key = (String, String, String, Option<String>, Outcome, Via);

fn slowly(rows: &[Row]) -> BTreeMap<Key, Line> {
    let mut lines = BTreeMap::new();
    for row in rows {
        let (Some(principal), true) = (&row.principal, counts(row, rows)) else {
            continue;
        };
        let outcome = match row.outcome.as_str() {
            "allowed" => Outcome::Allowed,
            "denied" => Outcome::Denied,
            _ => Outcome::Failed,
        };
        for access in &row.accesses {
            let via = if access.via == "direct" {
                Via::Direct
            } else {
                Via::Forwarded
            };
            let id = row.principal_id.clone().unwrap_or_default();
            let template = access.template.clone();
            let key = (
                principal.clone(),
                id,
                access.action.clone(),
                template,
                outcome,
                via,
            );
            let line: &mut Line = lines.entry(key).or_default();
            line.count += 1;
            line.days.insert(row.day());
            line.resources.extend(access.resource.clone());
            line.evidence.insert(row.event_id.clone());
            line.mfa += u64::from(row.mfa == Some(true));
            line.error_codes.extend(row.error_code.clone());
            line.invoked_by.extend(row.invoked_by.clone());
            line.through_endpoints += u64::from(row.vpc_endpoint.is_some());
            line.endpoints.extend(row.vpc_endpoint.clone());
            line.calls
                .insert(format!("{}:{}", row.event_source, row.event_name));
        }
    }
    lines
}

#[test]
fn usage_is_what_straight_loops_find() {
    let rows = some_rows(3000, 7);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    write_archive(&archive, &rows, 500, 200);
    let (header, lines, _) = run(&archive, |_| {});
    let expect = slowly(&rows);
    let keys: Vec<_> = lines
        .iter()
        .map(|u| {
            let names = (
                u.principal.clone(),
                u.principal_id.clone(),
                u.action.clone(),
            );
            (
                names.0,
                names.1,
                names.2,
                u.template.clone(),
                u.outcome,
                u.via,
            )
        })
        .collect();
    assert_eq!(
        keys,
        expect.keys().cloned().collect::<Vec<_>>(),
        "same lines, sorted"
    );
    let first = |texts: &BTreeSet<String>, most: usize| {
        texts.iter().take(most).cloned().collect::<Vec<String>>()
    };
    for (usage, line) in lines.iter().zip(expect.values()) {
        assert_eq!(usage.count, line.count);
        assert_eq!(u64::from(usage.active_days), line.days.len() as u64);
        assert_eq!(usage.resources, first(&line.resources, usize::MAX));
        assert_eq!(usage.resources_total, line.resources.len() as u64);
        assert_eq!(usage.evidence, first(&line.evidence, 3));
        assert_eq!(usage.mfa_count, line.mfa);
        assert_eq!(usage.endpoint_count, line.through_endpoints);
        assert_eq!(usage.error_codes, first(&line.error_codes, NAMES));
        assert_eq!(usage.invoked_by, first(&line.invoked_by, NAMES));
        assert_eq!(usage.vpc_endpoints, first(&line.endpoints, NAMES));
        assert_eq!(usage.calls, first(&line.calls, NAMES));
    }
    assert_eq!(header.events, 3000);
    let without = rows.iter().filter(|row| row.no_access.is_some()).count() as u64;
    assert_eq!(header.without_access.values().sum::<u64>(), without);
    let unknown = header.without_access["unknown-action"];
    assert_eq!(header.unknown_events.values().sum::<u64>(), unknown);
    assert_eq!(
        header.coverage.iter().map(|row| row.events).sum::<u64>(),
        3000
    );
}

#[test]
fn calls_are_cut_to_the_smallest() {
    let rows: Vec<Row> = (0..100)
        .map(|at| {
            let mut row = row(at);
            row.principal = Some(format!("arn:aws:iam::{CALLER}:role/caller"));
            row.event_name = format!("Get{:02}", 99 - at);
            row.vpc_endpoint = (at % 4 == 0).then(|| "vpce-1".to_owned());
            row.accesses = vec![access(0, 1, 1, 0)];
            row
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    write_archive(&archive, &rows, 10, 10);
    let (_, lines, _) = run(&archive, |_| {});
    let names = (0..NAMES).map(|at| format!("s3.amazonaws.com:Get{at:02}"));
    assert_eq!(lines[0].calls, names.collect::<Vec<_>>());
    assert_eq!((lines[0].count, lines[0].endpoint_count), (100, 25));
}

#[test]
fn threads_layout_and_memory_leave_no_trace() {
    let rows = some_rows(2000, 3);
    let plenty = 256 << 20;
    let ways = [
        (1, 10_000, 10_000, plenty),
        (2, 300, 100, plenty),
        (8, 57, 13, 1 << 16),
        (1, 57, 13, 0),
    ];
    let texts = ways.map(|(threads, file, group, memory)| {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("archive");
        write_archive(&archive, &rows, file, group);
        run(&archive, |config| {
            config.threads = threads;
            config.sample = 4;
            config.memory_bytes = memory;
        })
        .2
    });
    assert!(texts.iter().all(|text| *text == texts[0]));
}

/// One call by `CALLER`, logged in these accounts; the event ids that count.
fn check_copies(logged_in: &[&str], accounts: &[&str], expect: &[&str]) {
    let rows: Vec<Row> = logged_in
        .iter()
        .enumerate()
        .map(|(at, account)| {
            let mut row = row(at as u64);
            row.event_id = format!("id-of-{account}");
            (row.account, row.time) = ((*account).to_owned(), 1_767_225_600_000);
            row.principal = Some(format!("arn:aws:iam::{CALLER}:role/reader"));
            row.principal_account = Some(CALLER.to_owned());
            row.shared_event_id = Some("shared".to_owned());
            row.accesses = vec![access(0, 1, 1, 0)];
            row
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    write_archive(&archive, &rows, 1, 1);
    let filter = accounts
        .iter()
        .map(|account| (*account).to_owned())
        .collect();
    let (header, lines, _) = run(&archive, |config| config.accounts = filter);
    let evidence: Vec<&str> = lines
        .iter()
        .flat_map(|usage| &usage.evidence)
        .map(String::as_str)
        .collect();
    assert_eq!(evidence, expect, "{logged_in:?}");
    assert_eq!(
        lines.iter().map(|usage| usage.count).sum::<u64>(),
        expect.len() as u64
    );
    if accounts.is_empty() {
        assert_eq!(
            header.events,
            logged_in.len() as u64,
            "every copy is an event of its account"
        );
    }
}

#[test]
fn of_two_cross_account_copies_the_callers_counts() {
    check_copies(&[CALLER, OWNER], &[], &["id-of-111122223333"]);
    check_copies(&[CALLER], &[], &["id-of-111122223333"]);
    check_copies(&[OWNER], &[], &["id-of-444455556666"]);
    check_copies(&[OWNER, CALLER], &[OWNER], &["id-of-444455556666"]);
    check_copies(&[OWNER, THIRD, CALLER], &[], &["id-of-111122223333"]);
}

#[test]
fn of_two_owners_copies_one_counts() {
    let rows: Vec<Row> = [OWNER, THIRD]
        .iter()
        .enumerate()
        .map(|(at, account)| {
            let mut row = row(at as u64);
            row.account = (*account).to_owned();
            row.principal = Some(format!("arn:aws:iam::{CALLER}:role/reader"));
            row.principal_account = Some(CALLER.to_owned());
            row.shared_event_id = Some("shared".to_owned());
            row.accesses = vec![access(0, 1, 1, 0)];
            row
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    write_archive(&archive, &rows, 10, 10);
    let (_, lines, _) = run(&archive, |_| {});
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].evidence, [rows[0].event_id.as_str()]);
}

#[test]
fn filters() {
    let rows = some_rows(1000, 5);
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    write_archive(&archive, &rows, 500, 200);
    let (day, role) = ("2026-01-02", format!("arn:aws:iam::{CALLER}:role/app/r1"));
    let (header, lines, _) = run(&archive, |config| {
        config.since = Some(day.parse().unwrap());
        config.until = Some(day.parse().unwrap());
        config.regions = BTreeSet::from(["us-east-1".to_owned()]);
        config.principals = BTreeSet::from([role.clone()]);
    });
    let kept: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.region == "us-east-1" && row.date() == day)
        .collect();
    assert_eq!(header.events, kept.len() as u64);
    let expect = slowly(&kept).into_iter().filter(|(key, _)| key.0 == role);
    let expect: Vec<u64> = expect.map(|(_, line)| line.count).collect();
    assert!(!expect.is_empty());
    assert_eq!(
        lines.iter().map(|usage| usage.count).collect::<Vec<_>>(),
        expect
    );
}

/// Remembers how many rows were decoded.
#[derive(Default)]
struct Decoded(AtomicU64);

impl Progress for Decoded {
    fn total(&self, _: u64) {}

    fn advanced(&self, _: u64, events: u64) {
        self.0.fetch_add(events, Ordering::Relaxed);
    }
}

#[test]
fn row_groups_of_other_accounts_are_not_decoded() {
    let mut rows = some_rows(1000, 5);
    rows.iter_mut().for_each(|row| row.time = 1_767_225_600_000);
    rows.sort_by(|one, other| one.account.cmp(&other.account));
    let own = rows.iter().filter(|row| row.account == OWNER).count() as u64;
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    write_archive(&archive, &rows, 1000, 100);
    let mut config = Config::new(archive, folder.path().join("usage.jsonl"));
    config.accounts = BTreeSet::from([OWNER.to_owned()]);
    let decoded = Decoded::default();
    let summary = analyze(&config, &decoded, &AtomicBool::new(false)).unwrap();
    assert_eq!(summary.header.events, own);
    let decoded = decoded.0.into_inner();
    assert!(
        (own..own + 100).contains(&decoded),
        "{decoded} of 1000 rows decoded for {own}"
    );
}

#[test]
fn staging_ledger_and_quarantine_are_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    write_archive(&archive, &some_rows(10, 1), 100, 100);
    for hidden in [
        "_staging/event_date=2026-01-01",
        "_ledger",
        "_quarantine",
        "event_date=2026-01-01/.part",
    ] {
        std::fs::create_dir_all(archive.join(hidden)).unwrap();
        std::fs::write(archive.join(hidden).join("x.parquet"), "broken").unwrap();
    }
    assert_eq!(run(&archive, |_| {}).0.events, 10);
}

#[test]
fn an_empty_archive_has_an_empty_window() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    std::fs::create_dir(&archive).unwrap();
    let (header, lines, _) = run(&archive, |_| {});
    assert_eq!(
        (header.events, header.window_start, lines.len()),
        (0, None, 0)
    );
}

#[test]
fn what_cannot_be_read_stops_with_its_place_and_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let (archive, out) = (
        folder.path().join("archive"),
        folder.path().join("usage.jsonl"),
    );
    write_archive(&archive, &some_rows(10, 1), 100, 100);
    std::fs::write(
        archive.join("event_date=2026-01-01/broken.parquet"),
        "broken",
    )
    .unwrap();
    std::fs::write(&out, "old").unwrap();
    let config = Config::new(archive, out.clone());
    let error = analyze(&config, &Silent, &AtomicBool::new(false)).unwrap_err();
    assert!(
        matches!(&error, Error::Parquet { path, .. } if path.ends_with("broken.parquet")),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "old");
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        2,
        "no unfinished file"
    );
}

#[test]
fn cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    write_archive(&archive, &some_rows(10, 1), 100, 100);
    let config = Config::new(archive, folder.path().join("usage.jsonl"));
    let result = analyze(&config, &Silent, &AtomicBool::new(true));
    assert!(matches!(result, Err(Error::Cancelled)));
    assert!(!config.out.exists());
}
