#!/usr/bin/env bash
# leastwise beside the floor (gunzip, JSON scan), DuckDB and trailscraper, on one generated archive: CPU time, wall time
# and peak memory of each process, as a Markdown table. Needs Rust, a C compiler, python3 with venv; for the S3 rows
# also Go (MinIO is built from its module) or LEASTWISE_MINIO.
#
#   benches/compare.sh            # a million events, three rounds, ten minutes
#   EVENTS=200000 ROUNDS=1 benches/compare.sh
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
work=${COMPARE_DIR:-$target/compare}
events=${EVENTS:-1000000}
minio=v0.0.0-20260212201848-7aac2a2c5b7c
mkdir -p "$work"

if [ ! -x "$work/venv/bin/trailscraper" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet 'duckdb==2.0.1' 'trailscraper==0.10.0' 'boto3==1.38.3'
fi

cargo build --locked --release --workspace --bins --example floor

archive=$work/archive-$events
if [ ! -f "$archive/truth.json" ]; then
    "$target/release/fixtures" archive --events "$events" --out "$archive"
fi

if [ -z "${LEASTWISE_MINIO:-}" ]; then
    LEASTWISE_MINIO=${XDG_CACHE_HOME:-$HOME/.cache}/leastwise-minio/minio
    if [ ! -x "$LEASTWISE_MINIO" ] && command -v go >/dev/null; then
        GOBIN=$(dirname "$LEASTWISE_MINIO") go install "github.com/minio/minio@$minio" || true
    fi
fi
export LEASTWISE_MINIO

exec "$work/venv/bin/python" benches/compare.py --bin "$target/release" --archive "$archive" --work "$work" \
    --rounds "${ROUNDS:-3}"
