"""The rounds of analyze.sh: leastwise analyze and DuckDB over the same Parquet in turn, as processes of their own."""

import argparse
import os
import pathlib
import sys

from measure import measure

KEY = "principal, principal_id, action, template, outcome, via"
# What a usage line says, but for its resources: as analyze's statements for Trino and Athena say it.
LINES = f"""
SELECT {KEY}, count(*) AS count, count(*) FILTER (mfa) AS mfa_count, count(vpc_endpoint_id) AS endpoint_count,
  min(event_time) AS first_seen, max(event_time) AS last_seen, list_sort(list(DISTINCT event_time::DATE)) AS days,
  list_sort(list(DISTINCT region)) AS regions, min(event_id, 3) AS evidence,
  list_sort(list(DISTINCT error_code) FILTER (error_code IS NOT NULL AND outcome <> 'allowed')) AS error_codes,
  list_sort(list(DISTINCT invoked_by) FILTER (invoked_by IS NOT NULL)) AS invoked_by,
  list_sort(list(DISTINCT vpc_endpoint_id) FILTER (vpc_endpoint_id IS NOT NULL)) AS vpc_endpoints,
  list_sort(list(DISTINCT event_source || ':' || event_name)) AS calls
FROM accesses GROUP BY ALL ORDER BY {KEY}"""
# Its resources: how many, and the 64 with the smallest hashes.
RESOURCES = f"""
SELECT {KEY}, count(*) AS resources_total, arg_min(resource, hash(resource), 64) AS resources
FROM (SELECT DISTINCT {KEY}, resource FROM accesses WHERE resource IS NOT NULL) GROUP BY ALL ORDER BY {KEY}"""
# The least that could be called the same GROUP BY.
PLAIN = f"""
SELECT {KEY}, count(*) AS count, min(event_time) AS first_seen, max(event_time) AS last_seen,
  count(DISTINCT event_time::DATE) AS active_days, min(event_id) AS evidence
FROM accesses GROUP BY ALL ORDER BY {KEY}"""
COVERAGE = """
SELECT account, region, event_category, read_only, event_source, count(*), min(event_time), max(event_time)
FROM events GROUP BY ALL"""
# Of the copies of a cross-account call one counts.
TABLES = """
CREATE VIEW events AS SELECT *, coalesce(account <> principal_account, false) AS is_owners
  FROM read_parquet('{archive}/event_date=*/*.parquet', hive_partitioning = true);
CREATE VIEW calls AS SELECT event_date, shared_event_id, bool_or(NOT is_owners) AS has_callers,
    min(event_id) FILTER (is_owners) AS owners
  FROM events WHERE principal IS NOT NULL AND shared_event_id IS NOT NULL
  GROUP BY event_date, shared_event_id HAVING bool_or(is_owners);
CREATE VIEW accesses AS SELECT e.* REPLACE (coalesce(principal_id, '') AS principal_id), a.action, a.resource,
    a.template, a.via
  FROM (SELECT e.*, unnest(e.accesses) AS a FROM events e
    LEFT JOIN calls c ON e.is_owners AND c.event_date = e.event_date AND c.shared_event_id = e.shared_event_id
    WHERE principal IS NOT NULL AND (c.shared_event_id IS NULL OR (NOT c.has_callers AND c.owners = e.event_id))) e;
"""
DUCKDB = """
import duckdb, sys
archive, out, threads, tables, *statements = sys.argv[1:]
db = duckdb.connect()
db.execute(f"SET threads = {threads}")
db.execute(f"SET temp_directory = '{out}.scratch'")
db.execute(tables)
for number, statement in enumerate(statements):
    db.execute(f"COPY ({statement}) TO '{out}-{number}.jsonl' (FORMAT json)")
"""


def rows(arguments):
    """Name and command of each row."""
    archive, work = str(arguments.archive), arguments.work
    tables = TABLES.format(archive=archive)
    duckdb = lambda name, *statements: [sys.executable, "-c", DUCKDB, archive, str(work / name),
                                        str(os.cpu_count()), tables, *statements]
    yield "leastwise", [str(arguments.leastwise), "analyze", "--quiet", "--archive", archive, "--out",
                        str(work / "usage.jsonl")]
    yield "DuckDB, the same", duckdb("same", LINES, RESOURCES, COVERAGE)
    yield "DuckDB, plain", duckdb("plain", PLAIN)


def main():
    parser = argparse.ArgumentParser()
    for name in ["leastwise", "archive", "work"]:
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for _ in range(arguments.rounds):
        taken = {name: measure(command) for name, command in rows(arguments)}
        ours = taken["leastwise"]
        print("| | CPU s | wall s | peak MiB | leastwise's CPU, its = 1 | leastwise's wall, its = 1 |")
        print("|---|---:|---:|---:|---:|---:|")
        for name, (cpu, wall, peak) in taken.items():
            print(f"| {name} | {cpu:.2f} | {wall:.2f} | {peak:.0f} | {ours[0] / cpu:.2f} | {ours[1] / wall:.2f} |")
        ratio = ours[1] / taken["DuckDB, the same"][1]
        print(f"{'holds' if ratio <= 0.5 else 'FAILS'}: leastwise / DuckDB, the same <= 0.5: {ratio:.2f}")
        print(f"{'holds' if ours[2] <= 512 else 'FAILS'}: leastwise's peak <= 512 MiB: {ours[2]:.0f}", flush=True)


main()
