"""Athena's JSON-1.1 API on loopback in front of a real Trino (bed.rs): queries run on Trino itself, Hive DDL is translated.

usage: athena.py PORT TRINO_PORT S3_ENDPOINT ACCESS_KEY SECRET_KEY      (SIM_CUTOFF=bytes: the workgroup's scan limit)
pip install trino sqlglot boto3
Covers Start/Stop/Get/BatchGet QueryExecution, GetQueryResults, GetWorkGroup, ListWorkGroups, GetTableMetadata; SELECT/WITH,
UNLOAD to Parquet, CREATE DATABASE, CREATE EXTERNAL TABLE (partition projection, Parquet and JSON), DROP TABLE, MSCK REPAIR TABLE.
Writes the result CSV, or UNLOAD's manifest, under ResultConfiguration.OutputLocation as Athena does.
"""
import csv, io, json, os, re, sys, threading, time, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import boto3, sqlglot, trino
from botocore.config import Config
from sqlglot import exp

PORT, TRINO, S3_URL, AK, SK = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]
CUTOFF = int(os.environ.get("SIM_CUTOFF", "0"))
CATALOG = "awsdatacatalog"
s3 = boto3.client("s3", endpoint_url=S3_URL, aws_access_key_id=AK, aws_secret_access_key=SK, region_name="us-east-1",
                  config=Config(s3={"addressing_style": "path"}))
EXECUTIONS, LOCK = {}, threading.Lock()
PROJECTION = {"type", "range", "format", "interval", "interval.unit", "values", "digits"}


def literal(s):
    return "'" + s.replace("'", "''") + "'"


def split_s3(url):
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def hive_table(sql, db):
    """A Hive CREATE EXTERNAL TABLE as Trino's CREATE TABLE: (statement, table name)."""
    tree = sqlglot.parse_one(sql, read="hive")
    if not isinstance(tree, exp.Create):
        raise ValueError("FAILED: ParseException cannot recognize input: " + sql[:60])
    props, location, parts, fmt = {}, None, [], "TEXTFILE"
    for p in tree.args["properties"].expressions:
        if isinstance(p, exp.LocationProperty): location = p.this.name
        elif isinstance(p, exp.PartitionedByProperty): parts = p.this.expressions
        elif isinstance(p, exp.FileFormatProperty): fmt = p.this.name.upper() if isinstance(p.this, exp.Var) else fmt
        elif isinstance(p, exp.RowFormatSerdeProperty): fmt = "JSON" if "json" in p.this.name.lower() else fmt
        elif type(p) is exp.Property: props[p.name] = p.args["value"].name
    if not location: raise ValueError("FAILED: location is required for an external table")
    projected = props.get("projection.enabled", "").lower() == "true"
    def column(c, partition=False):
        out = f'"{c.name}" {c.args["kind"].sql(dialect="trino")}'
        if partition and projected:
            keys = {k.removeprefix(f"projection.{c.name}."): v for k, v in props.items() if k.startswith(f"projection.{c.name}.")}
            if set(keys) - PROJECTION: raise ValueError(f"HIVE_METASTORE_ERROR: unknown projection keys {set(keys) - PROJECTION}")
            array = lambda v: "array[" + ", ".join(literal(x.strip()) for x in v.split(",")) + "]"
            sql_of = {"interval": str, "digits": str, "range": array, "values": array}
            out += " WITH (" + ", ".join(f"partition_projection_{k.replace('.', '_')} = {sql_of.get(k, literal)(v)}" for k, v in keys.items()) + ")"
        return out
    table = tree.this.this
    name = f'{CATALOG}."{table.db or db}"."{table.name}"'
    names = {p.name for p in parts}
    columns = [column(c) for c in tree.this.expressions if c.name not in names] + [column(c, True) for c in parts]
    withs = [f"external_location = {literal(location)}", f"format = {literal(fmt)}"]
    if parts: withs.append("partitioned_by = array[" + ", ".join(literal(p.name) for p in parts) + "]")
    if projected:
        withs.append("partition_projection_enabled = true")
        if t := props.get("storage.location.template"): withs.append(f"partition_projection_location_template = {literal(t)}")
    exists = "IF NOT EXISTS " if tree.args.get("exists") else ""
    return f"CREATE TABLE {exists}{name} ({', '.join(columns)}) WITH ({', '.join(withs)})", name


def statements(sql, db, unload_to):
    """What Trino runs for one Athena statement."""
    text = sql.strip().rstrip(";")
    if m := re.match(r"(?is)unload\s*\((.*)\)\s*to\s*'([^']+)'\s*with\s*\((.*)\)$", text):
        opts = dict(re.findall(r"(\w+)\s*=\s*'([^']*)'", m[3]))
        if opts.get("format", "").upper() != "PARQUET": raise ValueError("NOT_SUPPORTED here: UNLOAD in a format other than PARQUET")
        bucket, key = split_s3(m[2])
        if s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("KeyCount"):
            raise ValueError("HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: " + m[2])
        unload_to.append(m[2])
        codec = {"": "GZIP", "GZIP": "GZIP", "SNAPPY": "SNAPPY", "ZSTD": "ZSTD"}[opts.get("compression", "").upper()]
        tmp = f'{CATALOG}."{db}"."unload_{uuid.uuid4().hex[:8]}"'
        return [f"SET SESSION {CATALOG}.compression_codec = '{codec}'",
                f"CREATE TABLE {tmp} WITH (external_location = {literal(m[2])}, format = 'PARQUET') AS {m[1]}", f"DROP TABLE {tmp}"]
    if m := re.match(r"(?is)create\s+(?:database|schema)\s+(if\s+not\s+exists\s+)?[`\"]?(\w+)[`\"]?", text):
        return [f'CREATE SCHEMA {m[1] or ""}{CATALOG}."{m[2]}"']
    if re.match(r"(?is)create\s+external\s+table", text):
        return [hive_table(text, db)[0]]
    if m := re.match(r"(?is)msck\s+repair\s+table\s+(?:[`\"]?(\w+)[`\"]?\.)?[`\"]?(\w+)", text):
        return [f"CALL {CATALOG}.system.sync_partition_metadata('{m[1] or db}', '{m[2]}', 'ADD')"]
    return [text.replace("`", '"') if re.match(r"(?is)(drop|show|describe)\b", text) else text]


def run(e):
    started = time.time()
    e["Status"]["State"] = "RUNNING"
    try:
        db, unload_to = e["QueryExecutionContext"].get("Database", "default"), []
        conn = trino.dbapi.connect(host="127.0.0.1", port=TRINO, user="athena", catalog=CATALOG, schema=db, timezone="UTC")
        rows, cols = [], []
        for sql in statements(e["Query"], db, unload_to):
            cur = e["_cursor"] = conn.cursor()
            cur.execute(sql)
            rows, cols = [], cur.description or []
            for r in cur:
                rows.append(r)
                scanned = cur.stats.get("physicalInputBytes", 0)
                if CUTOFF and scanned > CUTOFF: cur.cancel(); raise ValueError("Query exhausted resources: Bytes scanned limit was exceeded")
            e["Statistics"]["DataScannedInBytes"] += cur.stats.get("physicalInputBytes", 0)
        if CUTOFF and e["Statistics"]["DataScannedInBytes"] > CUTOFF: raise ValueError("Bytes scanned limit was exceeded")
        show = lambda v: None if v is None else str(v).lower() if isinstance(v, bool) else str(v)
        e["_cols"] = [] if unload_to else [(c[0], c[1]) for c in cols]
        e["_rows"] = [] if unload_to else [[show(v) for v in r] for r in rows]
        output(e, unload_to)
        if e["Status"]["State"] != "CANCELLED": e["Status"]["State"] = "SUCCEEDED"
    except Exception as x:
        if e["Status"]["State"] != "CANCELLED":
            e["Status"].update(State="FAILED", StateChangeReason=(f"{x.error_name}: {x.message}" if hasattr(x, "error_name") else str(x))[:1000])
    e["Status"]["CompletionDateTime"] = time.time()
    e["Statistics"]["EngineExecutionTimeInMillis"] = int((time.time() - started) * 1000)


def output(e, unload_to):
    where = e["ResultConfiguration"].get("OutputLocation")
    if not where: return
    bucket, key = split_s3(where)
    if unload_to:
        ub, uk = split_s3(unload_to[0])
        keys = [o["Key"] for p in s3.get_paginator("list_objects_v2").paginate(Bucket=ub, Prefix=uk) for o in p.get("Contents", [])]
        s3.put_object(Bucket=bucket, Key=f"{key.rstrip('/')}/{e['QueryExecutionId']}-manifest.csv", Body="\n".join(f"s3://{ub}/{k}" for k in keys).encode())
        e["Statistics"]["DataManifestLocation"] = f"{where.rstrip('/')}/{e['QueryExecutionId']}-manifest.csv"
        return
    buf = io.StringIO(); w = csv.writer(buf, quoting=csv.QUOTE_ALL, lineterminator="\n")
    w.writerow([c for c, _ in e["_cols"]]); w.writerows(e["_rows"])
    s3.put_object(Bucket=bucket, Key=f"{key.rstrip('/')}/{e['QueryExecutionId']}.csv", Body=buf.getvalue().encode())
    e["ResultConfiguration"]["OutputLocation"] = f"{where.rstrip('/')}/{e['QueryExecutionId']}.csv"


class Refused(Exception):
    def __init__(self, message, kind="InvalidRequestException"): super().__init__(message); self.kind = kind


def start(d):
    if not d.get("QueryString"): raise Refused("QueryString is required")
    token = d.get("ClientRequestToken")
    with LOCK:
        for q, old in EXECUTIONS.items():
            if token and old["_token"] == token:
                if old["Query"] != d["QueryString"]: raise Refused("Idempotent parameters do not match")
                return {"QueryExecutionId": q}
        if not d.get("ResultConfiguration", {}).get("OutputLocation"): raise Refused("No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.")
        q = str(uuid.uuid4())
        kind = "DDL" if re.match(r"(?is)\s*(create|drop|msck|show|alter)", d["QueryString"]) else "DML"
        EXECUTIONS[q] = e = {
            "QueryExecutionId": q, "Query": d["QueryString"], "StatementType": kind, "WorkGroup": d.get("WorkGroup", "primary"),
            "QueryExecutionContext": d.get("QueryExecutionContext", {}), "ResultConfiguration": dict(d["ResultConfiguration"]),
            "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()}, "Statistics": {"DataScannedInBytes": 0},
            "EngineVersion": {"EffectiveEngineVersion": "Athena engine version 3"}, "_token": token}
    threading.Thread(target=run, args=(e,), daemon=True).start()
    return {"QueryExecutionId": q}


def one(d):
    if (e := EXECUTIONS.get(d.get("QueryExecutionId", ""))) is None: raise Refused(f"QueryExecution {d.get('QueryExecutionId')} was not found")
    return e


def public(e): return {k: v for k, v in e.items() if not k.startswith("_")}


def stop(d):
    e = one(d)
    if e["Status"]["State"] in ("QUEUED", "RUNNING"):
        e["Status"]["State"] = "CANCELLED"
        if c := e.get("_cursor"): c.cancel()
    return {}


def results(d):
    e = one(d)
    if e["Status"]["State"] != "SUCCEEDED": raise Refused("Query has not yet finished. Current state: " + e["Status"]["State"])
    rows = [[c for c, _ in e["_cols"]]] + e["_rows"] if e["_cols"] else e["_rows"]
    at, n = int(d.get("NextToken") or 0), int(d.get("MaxResults") or 1000)
    if n > 1000: raise Refused("MaxResults is more than maximum allowed length 1000")
    info = [{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": c, "Label": c, "Type": t.split("(")[0], "Precision": 0, "Scale": 0,
             "Nullable": "UNKNOWN", "CaseSensitive": t.startswith("varchar")} for c, t in e["_cols"]]
    page = [{"Data": [{} if v is None else {"VarCharValue": v} for v in r]} for r in rows[at:at + n]]
    out = {"ResultSet": {"Rows": page, "ResultSetMetadata": {"ColumnInfo": info}}, "UpdateCount": 0}
    if at + n < len(rows): out["NextToken"] = str(at + n)
    return out


def hive_type(t):
    """A Trino type in Hive's words, as Athena's catalog has it."""
    t = re.sub(r"timestamp\(\d+\)", "timestamp", t.replace("varchar", "string")).replace('"', "")
    t = re.sub(r"(?<=[(,])\s*(\w+) (?=\w)", r"\1:", t).replace(", ", ",")
    return t.replace("row(", "struct<").replace("array(", "array<").replace("map(", "map<").replace(")", ">")


def table_metadata(d):
    cur = trino.dbapi.connect(host="127.0.0.1", port=TRINO, user="athena", catalog=CATALOG, schema=d["DatabaseName"]).cursor()
    try: cur.execute(f'DESCRIBE "{d["TableName"]}"'); cols = cur.fetchall()
    except trino.exceptions.TrinoUserError: raise Refused(f"EntityNotFoundException: Table {d['TableName']} not found", "MetadataException")
    split = lambda part: [{"Name": c[0], "Type": hive_type(c[1])} for c in cols if (c[2] == "partition key") == part]
    return {"TableMetadata": {"Name": d["TableName"], "TableType": "EXTERNAL_TABLE", "Columns": split(False), "PartitionKeys": split(True)}}


WORKGROUP = {"Name": "primary", "State": "ENABLED", "Configuration": {"EnforceWorkGroupConfiguration": False, **({"BytesScannedCutoffPerQuery": CUTOFF} if CUTOFF else {})}}
OPS = {
    "StartQueryExecution": start, "StopQueryExecution": stop, "GetQueryResults": results, "GetTableMetadata": table_metadata,
    "GetQueryExecution": lambda d: {"QueryExecution": public(one(d))},
    "BatchGetQueryExecution": lambda d: {"QueryExecutions": [public(EXECUTIONS[q]) for q in d["QueryExecutionIds"] if q in EXECUTIONS]},
    "ListWorkGroups": lambda d: {"WorkGroups": [{"Name": "primary", "State": "ENABLED"}]},
    "GetWorkGroup": lambda d: {"WorkGroup": WORKGROUP},
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *a): pass
    def answer(self, body, code=200, kind=None):
        b = json.dumps(body).encode()
        self.send_response(code)
        for k, v in {"content-type": "application/x-amz-json-1.1", "content-length": str(len(b)), "x-amzn-RequestId": str(uuid.uuid4()), **({"x-amzn-ErrorType": kind} if kind else {})}.items():
            self.send_header(k, v)
        self.end_headers(); self.wfile.write(b)
    def do_POST(self):
        d = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        op = OPS.get(self.headers.get("X-Amz-Target", "").split(".")[-1])
        try:
            if op is None: raise Refused("unsupported operation " + str(self.headers.get("X-Amz-Target")))
            self.answer(op(d))
        except Refused as x:
            self.answer({"__type": x.kind, "Message": str(x), "message": str(x)}, 400, x.kind)


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
