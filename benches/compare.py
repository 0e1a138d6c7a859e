"""The rounds of compare.sh: runs each tool as a process of its own and prints what it took.

Each process has one processor to itself, where its threads do not slow each other (two processors of a virtual machine are
often two threads of one core), and the S3 server another. Times are the least of some runs, since neighbours disturb
others; peak memory is the most."""

import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from measure import measure

COLUMNS = {
    "eventID": "VARCHAR", "eventTime": "TIMESTAMP", "eventVersion": "VARCHAR", "eventType": "VARCHAR",
    "eventCategory": "VARCHAR", "recipientAccountId": "VARCHAR", "awsRegion": "VARCHAR", "eventSource": "VARCHAR",
    "eventName": "VARCHAR", "apiVersion": "VARCHAR", "readOnly": "BOOLEAN", "errorCode": "VARCHAR",
    "errorMessage": "VARCHAR", "sourceIPAddress": "VARCHAR", "vpcEndpointId": "VARCHAR", "userAgent": "VARCHAR",
    "requestParameters": "JSON", "sharedEventID": "VARCHAR", "requestID": "VARCHAR",
    "userIdentity": "STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, accessKeyId VARCHAR, "
    "invokedBy VARCHAR, sessionContext STRUCT(sessionIssuer STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, "
    "accountId VARCHAR, userName VARCHAR), attributes STRUCT(creationDate VARCHAR, mfaAuthenticated VARCHAR)))",
}
DUCKDB = """
import duckdb, sys
logs, out, how, types = sys.argv[1:]
db = duckdb.connect()
db.execute("SET threads = 1")
columns = ", columns = {Records: 'STRUCT(" + types + ")[]'}" if how == "typed" else ""
read = f"read_json('{logs}/**/*.json.gz', maximum_object_size = 268435456{columns})"
db.execute(f"COPY (SELECT unnest(Records, max_depth := 2) FROM {read}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
print(db.execute(f"SELECT count(*) FROM '{out}'").fetchone()[0], "rows")
"""


# Runs of each row in a round.
REPEATS = 2
# What is measured has the last processor, since interrupts mostly go to the first; the server has the others.
ALL = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
ONE = ALL and {max(ALL)}
OTHERS = ALL and (ALL - ONE or ALL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Minio:
    """MinIO on loopback with the logs in the bucket `logs`; stopped at the end."""

    def __init__(self, program, logs, data):
        import boto3  # of the virtual environment

        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.env = {**os.environ, "AWS_ACCESS_KEY_ID": "compare", "AWS_SECRET_ACCESS_KEY": "compare-only",
                    "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        shutil.rmtree(data, ignore_errors=True)
        env = {**os.environ, "MINIO_ROOT_USER": "compare", "MINIO_ROOT_PASSWORD": "compare-only", "MINIO_BROWSER": "off"}
        self.process = subprocess.Popen([program, "server", str(data), "--address", f"127.0.0.1:{port}"], env=env,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        preexec_fn=OTHERS and (lambda: os.sched_setaffinity(0, OTHERS)))
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{self.url}/minio/health/ready", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        s3 = boto3.client("s3", endpoint_url=self.url, aws_access_key_id="compare",
                          aws_secret_access_key="compare-only", region_name="us-east-1")
        s3.create_bucket(Bucket="logs")
        for path in sorted(logs.rglob("*.gz")):
            s3.upload_file(str(path), "logs", str(path.relative_to(logs)))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def rows(arguments, minio):
    """Name, command and environment of each row."""
    binaries, logs, work = arguments.bin, arguments.archive / "logs", arguments.work
    truth = json.loads((arguments.archive / "truth.json").read_text())
    role = max(truth["roles"].items(), key=lambda item: item[1]["events"])[0]
    types = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    duckdb = lambda how: [sys.executable, "-c", DUCKDB, str(logs), str(work / f"{how}.parquet"), how, types]
    ingest = lambda source, archive, *more: [str(binaries / "leastwise"), "ingest", "--quiet", "--source", source,
                                             "--archive", str(work / archive), *more]
    yield "gunzip alone", [str(binaries / "examples/floor"), "gunzip", str(logs)], None
    yield "gunzip + borrowed JSON scan", [str(binaries / "examples/floor"), "scan", str(logs)], None
    yield "leastwise ingest, folder", ingest(str(logs), "by-folder"), None
    if minio:
        yield "leastwise ingest, S3", ingest("s3://logs/", "by-s3", "--endpoint-url", minio.url), minio.env
    yield "DuckDB, columns given", duckdb("typed"), None
    yield "DuckDB, columns inferred", duckdb("inferred"), None
    yield "trailscraper select, one role", [str(pathlib.Path(sys.executable).parent / "trailscraper"), "select",
                                            "--log-dir", str(logs), "--filter-assumed-role-arn", role, "--from",
                                            "2025-12-01", "--to", "2027-01-01"], None


def show(taken):
    floor, folder = taken["gunzip + borrowed JSON scan"], taken["leastwise ingest, folder"]
    print("| | CPU s | wall s | peak MiB | CPU, floor = 1 | CPU, leastwise = 1 |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, (cpu, wall, peak) in taken.items():
        print(f"| {name} | {cpu:.2f} | {wall:.2f} | {peak:.0f} | {cpu / floor[0]:.2f} | {cpu / folder[0]:.2f} |")
    goals = [("ingest / floor <= 1.8", folder[0] / floor[0], lambda it: it <= 1.8)]
    # None for inferred columns: a tenth of that is about what gunzip alone takes.
    for name, least in [("DuckDB, columns given", 10), ("trailscraper select, one role", 5)]:
        goals.append((f"{name} / ingest >= {least}", taken[name][0] / folder[0], lambda it, least=least: it >= least))
    if "leastwise ingest, S3" in taken:
        speed = folder[1] / taken["leastwise ingest, S3"][1]
        goals.append(("S3 throughput / folder >= 0.8", speed, lambda it: it >= 0.8))
    for name, value, holds in goals:
        print(f"{'holds' if holds(value) else 'FAILS'}: {name}: {value:.2f}")
    print(flush=True)


def one_round(arguments, minio):
    """What each row takes: CPU seconds, wall seconds, peak MiB."""
    runs = {}
    for _ in range(REPEATS):
        # In turns, so that a slow spell of the machine meets all of them.
        for name, command, env in rows(arguments, minio):
            for archive in ["by-folder", "by-s3"]:
                shutil.rmtree(arguments.work / archive, ignore_errors=True)
            runs.setdefault(name, []).append(measure(command, env, ONE))
    least = lambda taken, at: min(run[at] for run in taken)
    return {name: (least(taken, 0), least(taken, 1), max(run[2] for run in taken)) for name, taken in runs.items()}


def main():
    parser = argparse.ArgumentParser()
    for name in ["bin", "archive", "work"]:
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    program = os.environ.get("LEASTWISE_MINIO", "")
    minio = None
    if os.access(program, os.X_OK):
        minio = Minio(program, arguments.archive / "logs", arguments.work / "minio")
    else:
        print("skipped: no MinIO, so no row from S3 (set LEASTWISE_MINIO or install Go)", file=sys.stderr)
    try:
        for _ in range(arguments.rounds):
            show(one_round(arguments, minio))
    finally:
        if minio:
            minio.stop()


main()
