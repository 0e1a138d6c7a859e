//! SQL: the analysis as three statements over the archive's columns, the same text for Trino and Athena (version 3).
//!
//! Each statement answers with one text column, a JSON array a row, which [`answer`] adds to a tally. So the engines
//! do what they are good at, reducing billions of rows to groups, and the file is made in one place. Whatever an engine
//! may do in any order (the order of rows, of groups, of a join) has no influence on what the rows say:
//!
//! - distinct resources are cut to those with the smallest `xxhash64` (seed 0, big-endian bytes, so that their order is
//!   the order of the number), of equal ones the smaller text;
//! - names are cut to the smallest in byte order, which is how both engines compare `varchar`;
//! - times are whole milliseconds, days whole days since 1970.

pub(crate) mod answer;
mod text;

use crate::config::Config;
use crate::group::{EVIDENCE, NAMES};
use chrono::NaiveDate;
pub(crate) use text::{identifier, literal, one_of};

/// Event ids an inner group keeps: more than [`EVIDENCE`], because two records may share an id.
pub(crate) const CANDIDATES: usize = 16;

/// The key of a usage line, in the columns of `accesses`.
const KEY: &str = "principal, principal_id, action, template, outcome, via";

/// The day of an event, as a number since 1970.
const DAY: &str = "date_diff('day', DATE '1970-01-01', CAST(event_time AS DATE))";

/// Whether an event is an owner's copy of a cross-account call (`copies.rs`).
const IS_OWNERS: &str =
    "(principal_account IS NOT NULL AND account IS DISTINCT FROM principal_account)";

/// The API call of an event, as usage lines name it.
const CALL: &str = "concat(coalesce(e.event_source, ''), ':', coalesce(e.event_name, ''))";

/// An ARN with an account; its groups are the two words that may name types (`coverage.rs`).
const WORDS: &str = r"^(?:[^:]*:){4}[^:]+:([^:/]*)(?:[:/][^:/]*[:/]([^:/]*))?[\s\S]*$";

/// Columns of `calls`, which two of the statements read.
const CALLS: &[&str] = &[
    "event_id",
    "account",
    "region",
    "principal",
    "principal_account",
    "shared_event_id",
];

/// What the statements scan, scan by scan.
pub(crate) const SCANS: [&[&str]; 5] = [
    &[
        "account",
        "region",
        "event_category",
        "read_only",
        "event_source",
        "event_name",
        "accesses",
        "no_access",
        "principal",
        "event_time",
    ],
    CALLS,
    &[
        "event_id",
        "event_time",
        "account",
        "region",
        "event_source",
        "event_name",
        "outcome",
        "error_code",
        "principal",
        "principal_id",
        "principal_account",
        "invoked_by",
        "vpc_endpoint_id",
        "mfa",
        "accesses",
        "shared_event_id",
    ],
    CALLS,
    &[
        "event_id",
        "account",
        "region",
        "outcome",
        "principal",
        "principal_id",
        "principal_account",
        "accesses",
        "shared_event_id",
    ],
];

/// The statements of one analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statements {
    /// A row per class of events: what the header says.
    pub(crate) events: String,
    /// A row per usage line: all of it but the resources.
    pub(crate) lines: String,
    /// A row per usage line with resources: the distinct ones with the smallest hashes.
    pub(crate) resources: String,
}

impl Statements {
    /// The statements on a table (a quoted name) for the events of these days that the configuration selects.
    pub(crate) fn of(table: &str, days: &[NaiveDate], config: &Config) -> Self {
        let filter = text::filter(days, config);
        let principals = text::one_of("principal", &config.principals);
        let accesses = accesses(table, &filter, &principals);
        Self {
            events: events(table, &filter, &principals),
            lines: lines(&accesses),
            resources: resources(&accesses, config.sample),
        }
    }
}

/// Columns as one JSON array in a text column.
pub(crate) fn json_rows(columns: &[&str]) -> String {
    format!("json_format({}) AS line", json_array(columns))
}

/// Columns as one JSON array.
pub(crate) fn json_array(columns: &[&str]) -> String {
    let casts: Vec<String> = columns
        .iter()
        .map(|column| format!("CAST({column} AS JSON)"))
        .collect();
    format!("CAST(ARRAY[{}] AS JSON)", casts.join(", "))
}

/// Milliseconds since 1970.
fn millis(time: &str) -> String {
    format!("date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00.000', {time})")
}

/// `WITH` clauses up to `accesses`: a row per access that counts.
fn accesses(table: &str, filter: &str, principals: &str) -> String {
    format!(
        "WITH selected AS (
  SELECT *, {IS_OWNERS} AS is_owners
  FROM {table}
  WHERE {filter} AND principal IS NOT NULL
),
calls AS (
  SELECT event_date AS call_date, shared_event_id AS call_id,
    bool_or(NOT is_owners) AS has_callers, min(event_id) FILTER (WHERE is_owners) AS owners
  FROM selected
  WHERE shared_event_id IS NOT NULL
  GROUP BY event_date, shared_event_id
  HAVING bool_or(is_owners)
),
accesses AS (
  SELECT e.event_id, e.event_time, e.principal, coalesce(e.principal_id, '') AS principal_id,
    e.outcome, coalesce(e.region, '') AS region, IF(e.outcome <> 'allowed', e.error_code) AS error_code,
    e.invoked_by, e.vpc_endpoint_id, {CALL} AS api_call, e.mfa, a.action, a.resource, a.template, a.via, a.place,
    none_match(slice(e.accesses, 1, a.place - 1), b ->
      b.action = a.action AND b.via = a.via AND b.template IS NOT DISTINCT FROM a.template) AS is_first
  FROM selected e
  LEFT JOIN calls c ON e.is_owners AND c.call_date = e.event_date AND c.call_id = e.shared_event_id
  CROSS JOIN UNNEST(e.accesses) WITH ORDINALITY AS a (action, resource, template, via, place)
  WHERE {principals} AND (c.call_id IS NULL OR (NOT c.has_callers AND c.owners = e.event_id))
)"
    )
}

/// Inner groups of a day and its circumstances, added up to usage lines. An event has its id once a group, with the
/// first of its accesses.
fn lines(accesses: &str) -> String {
    let row = json_rows(&[
        &format!("ARRAY[{KEY}]"),
        "sum(accesses)",
        "sum(mfa)",
        "sum(endpoint)",
        "sum(events)",
        &millis("min(first_seen)"),
        &millis("max(last_seen)"),
        "array_sort(array_agg(DISTINCT day))",
        &names("region"),
        &format!("slice(array_sort(array_distinct(flatten(array_agg(ids)))), 1, {EVIDENCE})"),
        &names("error_code"),
        &names("invoked_by"),
        &names("vpc_endpoint_id"),
        &names("api_call"),
        &format!(
            "bool_or(cardinality(ids) = {CANDIDATES} AND cardinality(array_distinct(ids)) < {EVIDENCE})"
        ),
    ]);
    let circumstances = "region, error_code, invoked_by, vpc_endpoint_id, api_call";
    format!(
        "{accesses},
days AS (
  SELECT {KEY}, {DAY} AS day, {circumstances},
    count(*) AS accesses, count_if(mfa) AS mfa, count_if(vpc_endpoint_id IS NOT NULL) AS endpoint,
    count_if(place = 1) AS events,
    min(event_time) AS first_seen, max(event_time) AS last_seen,
    min(event_id, {CANDIDATES}) FILTER (WHERE is_first) AS ids
  FROM accesses
  GROUP BY {KEY}, {DAY}, {circumstances}
)
SELECT {row}
FROM days
GROUP BY {KEY}"
    )
}

/// The smallest distinct names of a column.
pub(crate) fn names(column: &str) -> String {
    format!(
        "coalesce(slice(array_sort(array_agg(DISTINCT {column}) FILTER (WHERE {column} IS NOT NULL)), 1, {NAMES}), ARRAY[])"
    )
}

/// The distinct resources of each usage line; one more than the sample tells that there are more.
fn resources(accesses: &str, sample: usize) -> String {
    let row = json_rows(&[&format!("ARRAY[{KEY}]"), "array_agg(resource)"]);
    let kept = sample.saturating_add(1);
    format!(
        "{accesses},
ranked AS (
  SELECT {KEY}, resource,
    row_number() OVER (PARTITION BY {KEY} ORDER BY xxhash64(to_utf8(resource)), resource) AS place
  FROM (SELECT DISTINCT {KEY}, resource FROM accesses WHERE resource IS NOT NULL)
)
SELECT {row}
FROM ranked
WHERE place <= {kept}
GROUP BY {KEY}"
    )
}

/// Events by what decides their class, and by why they gave no access. Of a resource's ARN the two words that may
/// name a type are kept, and these only where the class depends on them.
fn events(table: &str, filter: &str, principals: &str) -> String {
    let classes = "account, region, event_category, read_only, event_source, action, words, no_access, unknown_name";
    let row = json_rows(&[
        "account",
        "region",
        "event_category",
        "read_only",
        "event_source",
        "action",
        "words",
        "no_access",
        "unknown_name",
        "count(*)",
        "count_if(principal IS NULL)",
        "count_if(has_usage)",
        &millis("min(event_time)"),
        &millis("max(event_time)"),
        &format!("array_sort(array_agg(DISTINCT {DAY}))"),
    ]);
    format!(
        "WITH traits AS (
  SELECT coalesce(account, '') AS account, coalesce(region, '') AS region, event_category, read_only, event_source,
    element_at(accesses, 1).action AS action,
    IF(coalesce(event_category, 'Data') = 'Data' AND regexp_like(element_at(accesses, 1).resource, '{WORDS}'),
      regexp_replace(element_at(accesses, 1).resource, '{WORDS}', '::::-:$1/-/$2')) AS words,
    no_access, IF(no_access = 'unknown-action', event_name) AS unknown_name,
    principal, principal IS NOT NULL AND cardinality(accesses) > 0 AND {principals} AS has_usage, event_time
  FROM {table}
  WHERE {filter}
)
SELECT {row}
FROM traits
GROUP BY {classes}"
    )
}
