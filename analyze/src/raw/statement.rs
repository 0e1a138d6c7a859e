//! The statement on a raw table: one pass over it, from records as delivered to groups of events.
//!
//! - `members`: what is read of a record, as text;
//! - `facts`, `records`: what of it decides which events are the same, whose copy of a call counts, and which group it is;
//! - `events`: each event once, however often it was delivered, as ingest tells events apart;
//! - `latest`: an amended event instead of what it amends;
//! - `counted`: whether an event is the copy of its call that counts (`copies.rs`).

use super::columns::{Columns, MEMBERS, Member};
use super::record::RECORD;
use crate::config::Config;
use crate::group::EVIDENCE;
use crate::raw::RawTable;
use crate::sql::{CANDIDATES, identifier, json_array, json_rows, names, one_of};

/// Members that are of a list's elements are read together.
const RESOURCES: &str = "resources";
/// Milliseconds of a day, and of the years that a time may have (`ingest`'s `time.rs`).
const DAY: i64 = 86_400_000;
const TIMES: (i64, i64) = (0, 253_402_300_799_999);

/// What makes an event what it is besides its id, as ingest has it (`encode.rs`).
const IDENTITY: [&str; 14] = [
    "millis",
    "event_source",
    "event_name",
    "recipient",
    "region",
    "error_code",
    "identity_type",
    "principal_id",
    "arn",
    "caller",
    "issuer_arn",
    "issuer_id",
    "request_id",
    "parameters",
];

/// A row per group of events that are alike to the resolver.
pub(crate) fn statement(table: &str, columns: &Columns, raw: &RawTable, config: &Config) -> String {
    format!(
        "WITH members AS (\n{}\n),\nfacts AS (\n{}\n),\nrecords AS (\n{}\n),\nevents AS (\n{EVENTS}\n),\n\
         latest AS (\n{LATEST}\n),\ncounted AS (\n{COUNTED}\n)\n{}",
        members(table, columns, raw.condition.as_deref()),
        facts(),
        records(config),
        groups()
    )
}

/// The members of a record, as text.
fn members(table: &str, columns: &Columns, condition: Option<&str>) -> String {
    let (listed, single): (Vec<&Member>, Vec<&Member>) = MEMBERS
        .iter()
        .partition(|member| member.path.contains("[]"));
    let text = |member: &Member| {
        let of = if columns.has(member) {
            dereference("e", member.path)
        } else {
            "NULL".to_owned()
        };
        format!("    CAST({of} AS varchar) AS {}", member.name)
    };
    let mut selected: Vec<String> = single.into_iter().map(text).collect();
    let element = |member: &&Member| match member.path.split_once("[].") {
        Some((_, name)) if columns.has(member) => {
            format!("CAST({} AS varchar)", dereference("r", name))
        }
        _ => "CAST(NULL AS varchar)".to_owned(),
    };
    let elements: Vec<String> = listed.iter().map(element).collect();
    selected.push(if listed.iter().any(|member| columns.has(member)) {
        let list = dereference("e", RESOURCES);
        format!(
            "    transform({list}, r -> ARRAY[{}]) AS {RESOURCES}",
            elements.join(", ")
        )
    } else {
        format!("    CAST(NULL AS array(array(varchar))) AS {RESOURCES}")
    });
    let condition = condition.map_or_else(String::new, |sql| format!("\n  WHERE (\n{sql}\n  )"));
    format!(
        "  SELECT\n{}\n  FROM {table} AS e{condition}",
        selected.join(",\n")
    )
}

fn dereference(of: &str, path: &str) -> String {
    let parts: Vec<String> = path.split('.').map(identifier).collect();
    format!("{of}.{}", parts.join("."))
}

/// What follows from the members: time, amendment, the account of the caller, whether it has an identity policy
/// (`ingest`'s `principal.rs`).
fn facts() -> String {
    let is_arn = |member: &str| format!("coalesce({member} LIKE 'arn:%', false)");
    let (own, issuer) = (is_arn("arn"), is_arn("issuer_arn"));
    let (first, last) = TIMES;
    let epoch = "from_iso8601_timestamp('1970-01-01T00:00:00Z')";
    format!(
        "  SELECT *, IF(since_epoch BETWEEN {first} AND {last}, since_epoch) AS millis
  FROM (
    SELECT *,
      IF(event_time LIKE '____-__-__T%', TRY(date_diff('millisecond', {epoch}, from_iso8601_timestamp(event_time)))) AS since_epoch,
      coalesce(amend_reason = 'UPDATED_DATA' AND amended_id <> '', false) AS amends,
      coalesce(nullif(caller, ''), IF({own}, nullif(split_part(arn, ':', 5), ''))) AS principal_account,
      CASE
        WHEN identity_type = 'AssumedRole' THEN {issuer} OR {own}
        WHEN identity_type = 'FederatedUser' THEN {issuer}
        WHEN identity_type IN ('IAMUser', 'Role', 'Root') THEN {own}
        ELSE false
      END AS has_principal
    FROM members
  )"
    )
}

/// Whether an event is an owner's copy of a cross-account call.
const IS_OWNERS: &str = "coalesce(recipient <> '' AND recipient <> principal_account, false)";

/// The records that the configuration selects, each with its event's id and hash, its day, and the text of its group.
fn records(config: &Config) -> String {
    let record = json_array(&[&json_array(&RECORD), RESOURCES]);
    format!(
        "  SELECT IF(amends, amended_id, nullif(event_id, '')) AS id, amends, millis, millis / {DAY} AS day, has_principal,
    {IS_OWNERS} AS is_owners, nullif(shared_id, '') AS shared_id, nullif(vpc_endpoint, '') AS vpc_endpoint,
    coalesce(lower(mfa) = 'true', false) AS mfa, parameters, details,
    IF(amends, NULL, xxhash64(to_utf8(json_format({})))) AS fingerprint,
    json_format({record}) AS record
  FROM facts
  WHERE {}",
        json_array(&IDENTITY),
        filter(config)
    )
}

/// Days, accounts and regions that count. What has no time is told apart later.
fn filter(config: &Config) -> String {
    let day = |day: chrono::NaiveDate| {
        day.signed_duration_since(chrono::NaiveDate::default())
            .num_days()
    };
    let since = config
        .since
        .map(|since| format!("millis >= {}", day(since).saturating_mul(DAY)));
    let until = config.until.map(|until| {
        format!(
            "millis < {}",
            day(until).saturating_add(1).saturating_mul(DAY)
        )
    });
    let mut filters: Vec<String> = since
        .into_iter()
        .chain(until)
        .map(|bound| format!("coalesce({bound}, true)"))
        .collect();
    filters.push(one_of(
        "coalesce(nullif(recipient, ''), principal_account, '')",
        &config.accounts,
    ));
    filters.push(one_of("coalesce(region, '')", &config.regions));
    filters.join(" AND ")
}

/// An event once. Where deliveries differ in what does not make it another event, the smaller counts.
const EVENTS: &str = "  SELECT coalesce(id, to_hex(fingerprint)) AS event, id, amends, day, min(millis) AS millis,
    bool_or(has_principal) AS has_principal, bool_or(is_owners) AS is_owners, min(shared_id) AS shared_id,
    min(vpc_endpoint) AS vpc_endpoint, bool_or(mfa) AS mfa, min(parameters) AS parameters, min(details) AS details,
    min(record) AS record
  FROM records
  GROUP BY id, amends, day, fingerprint";

const LATEST: &str = "  SELECT *
  FROM (SELECT *, bool_or(amends) OVER (PARTITION BY day, event) AS is_amended FROM events)
  WHERE amends OR NOT is_amended";

/// An owner's copy counts only without the caller's, and of several the one with the smallest id. What has no shared id is
/// a call of its own.
const COUNTED: &str = "  SELECT *, shared_id IS NULL OR NOT is_owners OR (
    NOT bool_or(has_principal AND NOT is_owners) OVER (PARTITION BY day, shared_id, IF(shared_id IS NULL, event))
    AND event = min(IF(is_owners AND has_principal, event)) OVER (PARTITION BY day, shared_id, IF(shared_id IS NULL, event))
  ) AS counts
  FROM latest";

/// Groups of events, added up.
fn groups() -> String {
    let ids = format!("min(id, {CANDIDATES})");
    let sums = json_array(&[
        "counts",
        "count(*)",
        "count_if(mfa)",
        "count_if(vpc_endpoint IS NOT NULL)",
        "min(millis)",
        "max(millis)",
        "coalesce(array_sort(array_agg(DISTINCT day) FILTER (WHERE day IS NOT NULL)), ARRAY[])",
        &format!("coalesce(slice(array_distinct({ids}), 1, {EVIDENCE}), ARRAY[])"),
        &names("vpc_endpoint"),
        &format!(
            "coalesce(cardinality({ids}) = {CANDIDATES} AND cardinality(array_distinct({ids})) < {EVIDENCE}, false)"
        ),
    ]);
    let row = json_rows(&["json_parse(record)", "parameters", "details", &sums]);
    format!(
        "SELECT {row}\nFROM counted\nGROUP BY counts, record, parameters, details, millis IS NULL"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn check(columns: &Columns, condition: Option<&str>, config: &Config) -> String {
        let raw = RawTable {
            condition: condition.map(str::to_owned),
        };
        statement("\"logs\".\"cloudtrail\"", columns, &raw, config)
    }

    #[test]
    fn of_the_documented_table() {
        let mut config = Config::new("".into(), "".into());
        config.since = "2026-01-02".parse().ok();
        config.until = "2026-01-03".parse().ok();
        config.accounts.insert("111122223333".to_owned());
        config.regions.insert("o'neil".to_owned());
        let condition = Some("\"timestamp\" >= '2026/01/02' -- a comment");
        insta::assert_snapshot!(check(&Columns::documented(), condition, &config));
    }

    #[test]
    fn what_a_table_lacks_is_null() {
        let config = Config::new("".into(), "".into());
        let text = check(&Columns::of(&BTreeMap::new()), None, &config);
        assert!(text.contains("CAST(NULL AS varchar) AS invoked_by,"));
        assert!(text.contains("CAST(NULL AS array(array(varchar))) AS resources"));
        assert!(!text.contains("e.\""));
    }
}
