//! The `leastwise` binary under test, and its archive read back with the `parquet` crate alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]
#![allow(dead_code, reason = "each test binary uses its part")]

use arrow::array::{Array, AsArray, ListArray, RecordBatch, StringArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use fixtures::tree::{self, Tree};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What lies in the output folder but is compared by other means: Parquet data.
pub(crate) const NOT_GOLDEN: &[&str] = &["archive"];

/// A folder of this test binary's own, empty.
pub(crate) fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// `leastwise` with no environment that could change what it does.
pub(crate) fn leastwise() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    for (name, _) in std::env::vars()
        .filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("LEASTWISE_"))
    {
        command.env_remove(name);
    }
    command
}

/// `leastwise run --source … [--current …]… --out …`.
pub(crate) fn run(source: &str, currents: &[PathBuf], out: &Path) -> Output {
    let mut command = leastwise();
    command
        .arg("run")
        .arg("--source")
        .arg(source)
        .arg("--out")
        .arg(out);
    for current in currents {
        command.arg("--current").arg(current);
    }
    command.output().expect("leastwise starts")
}

/// The same, and it must succeed.
pub(crate) fn run_well(source: &str, currents: &[PathBuf], out: &Path) -> Output {
    let output = run(source, currents, out);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{source}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// The output folder but for the archive.
pub(crate) fn golden(out: &Path) -> Tree {
    tree::read(out, NOT_GOLDEN).unwrap()
}

/// One access of one event, from the archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Access {
    pub(crate) principal: String,
    pub(crate) principal_id: String,
    pub(crate) principal_type: String,
    pub(crate) outcome: String,
    pub(crate) action: String,
    pub(crate) resource: Option<String>,
    pub(crate) via: String,
}

/// The archive: number of events, and every access of a known principal.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    pub(crate) events: usize,
    pub(crate) accesses: Vec<Access>,
}

/// Reads all Parquet files under `folder`.
pub(crate) fn archive(folder: &Path) -> Archive {
    let mut archive = Archive::default();
    for path in tree::read(folder, &[])
        .unwrap()
        .keys()
        .filter(|path| path.ends_with(".parquet"))
    {
        let file = std::fs::File::open(folder.join(path)).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap()
        {
            read_batch(&batch.unwrap(), &mut archive);
        }
    }
    archive
}

fn text_column(array: &dyn Array) -> StringArray {
    cast(array, &DataType::Utf8)
        .unwrap()
        .as_string::<i32>()
        .clone()
}

fn read_batch(batch: &RecordBatch, archive: &mut Archive) {
    archive.events += batch.num_rows();
    let column = |name: &str| {
        text_column(
            batch
                .column_by_name(name)
                .unwrap_or_else(|| panic!("no column {name}")),
        )
    };
    let (principal, id, kind, outcome) = (
        column("principal"),
        column("principal_id"),
        column("principal_type"),
        column("outcome"),
    );
    let lists: &ListArray = batch.column_by_name("accesses").unwrap().as_list();
    for row in (0..batch.num_rows()).filter(|row| principal.is_valid(*row) && lists.is_valid(*row))
    {
        let items = lists.value(row);
        let items: &StructArray = items.as_struct();
        let field = |name: &str| text_column(items.column_by_name(name).unwrap());
        let (action, resource, via) = (field("action"), field("resource"), field("via"));
        let text = |column: &StringArray| {
            if column.is_valid(row) {
                column.value(row).to_owned()
            } else {
                String::new()
            }
        };
        archive.accesses.extend((0..items.len()).map(|i| Access {
            principal: text(&principal),
            principal_id: text(&id),
            principal_type: text(&kind),
            outcome: text(&outcome),
            action: action.value(i).to_owned(),
            resource: resource.is_valid(i).then(|| resource.value(i).to_owned()),
            via: via.value(i).to_owned(),
        }));
    }
}

/// A concrete resource in a policy pattern: escapes become letters, wildcards become a sample.
pub(crate) fn sample(pattern: &str) -> String {
    let marked = pattern
        .replace("${*}", "\u{1}")
        .replace("${?}", "\u{2}")
        .replace("${$}", "\u{3}");
    let filled = if marked == "*" {
        marked
    } else {
        marked.replace('*', "sample-0").replace('?', "x")
    };
    filled
        .replace('\u{1}', "*")
        .replace('\u{2}', "?")
        .replace('\u{3}', "$")
}

/// The policy documents of a proposal: `policy.json`, or `policy-1.json` and so on; no document when all can go; none
/// when it is withheld.
pub(crate) fn policies(tree: &Tree, role: &str) -> Option<Vec<serde_json::Value>> {
    let prefix = format!("{role}/policy");
    let documents: Vec<_> = tree
        .iter()
        .filter(|(path, _)| path.starts_with(&prefix) && path.ends_with(".json"))
        .map(|(path, text)| serde_json::from_slice(text).unwrap_or_else(|e| panic!("{path}: {e}")))
        .collect();
    let summary: serde_json::Value = serde_json::from_slice(&tree["summary.json"]).unwrap();
    let roles = summary["roles"].as_array().unwrap();
    let status = |wanted: &str| {
        let mut own = roles.iter().filter(|r| r["folder"] == role);
        own.any(|r| r["status"] == wanted)
    };
    assert_eq!(status("proposed"), !documents.is_empty(), "{role}");
    (!documents.is_empty() || status("remove-all")).then_some(documents)
}
