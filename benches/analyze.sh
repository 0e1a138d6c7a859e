#!/usr/bin/env bash
# leastwise analyze beside DuckDB on the same Parquet archive, in turn: CPU time, wall time, peak memory and their ratio.
# DuckDB groups by the same key: "the same" makes what a usage line says (its resources sampled, of the copies of a
# call one), "plain" counts only. Needs Rust, python3 with venv.
#
#   benches/analyze.sh                                    # 200,000 events, three rounds
#   EVENTS=20000000 ROLES=10000 DAYS=90 ROUNDS=1 benches/analyze.sh
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
work=${COMPARE_DIR:-$target/compare}
events=${EVENTS:-200000}
roles=${ROLES:-40}
days=${DAYS:-30}
mkdir -p "$work"

if [ ! -x "$work/duckdb/bin/python" ]; then
    python3 -m venv "$work/duckdb"
    "$work/duckdb/bin/pip" install --quiet 'duckdb==2.0.1'
fi

cargo build --locked --release --workspace --bins

made=$work/archive-$events-$roles-$days
if [ ! -f "$made/truth.json" ]; then
    "$target/release/fixtures" archive --events "$events" --roles "$roles" --days "$days" --out "$made"
fi
if [ ! -d "$made/parquet" ]; then
    "$target/release/leastwise" ingest --quiet --source "$made/logs" --archive "$made/unfinished"
    mv "$made/unfinished" "$made/parquet"
fi

exec "$work/duckdb/bin/python" benches/analyze.py --leastwise "$target/release/leastwise" --archive "$made/parquet" \
    --work "$work" --rounds "${ROUNDS:-3}"
