//! The same logs from a folder and from a real S3 server give the same bytes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "test code"
)]

#[path = "../harness/mod.rs"]
mod harness;
mod server;

use fixtures::Scenario;
use fixtures::tree::{self, Tree};
use server::Server;
use std::io::Write as _;
use std::path::Path;
use std::process::Output;

const BUCKET: &str = "acme-trail-logs";
const PREFIX: &str = "some prefix/with+signs";

#[test]
fn a_bucket_and_a_folder_give_the_same_bytes() {
    let work = harness::fresh("s3");
    let data = work.join("server");
    std::fs::create_dir_all(&data).unwrap();
    let Some(mut server) = Server::start(&data) else {
        eprintln!(
            "skipped: no S3 server is installed (`.ci/run` installs MinIO, or: pip install 'moto[server]')"
        );
        return;
    };
    let folder = work.join("folder");
    let logs = logs();
    tree::write(&folder, &logs).unwrap();
    upload(&mut server, &logs);

    let scenarios = ["brownfield-web-role", "two-trail-duplicates"]
        .map(|name| scenario(name).currents().unwrap());
    let currents = scenarios.concat();
    let (by_folder, by_bucket) = (work.join("by-folder"), work.join("by-bucket"));
    harness::run_well(folder.to_str().unwrap(), &currents, &by_folder);
    let output = run_on_bucket(
        &server,
        &format!("s3://{BUCKET}/{PREFIX}"),
        &currents,
        &by_bucket,
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let (expected, actual) = (whole(&by_folder), whole(&by_bucket));
    assert!(
        expected.keys().any(|path| path.ends_with(".parquet"))
            && expected.contains_key("summary.json")
    );
    let explained = tree::explain(&expected, &actual);
    assert!(
        explained.is_empty(),
        "{} differs from the folder:\n{explained}",
        server.name
    );
    missing_bucket(&server, &work);
}

/// A bucket that is not there cannot be read: exit code 2, and a hint.
fn missing_bucket(server: &Server, work: &Path) {
    let output = run_on_bucket(
        server,
        "s3://no-such-bucket-here/",
        &[],
        &work.join("nothing"),
    );
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("no-such-bucket-here") && told.contains("hint: "),
        "{told}"
    );
}

fn scenario(name: &str) -> Scenario {
    Scenario::all()
        .unwrap()
        .into_iter()
        .find(|scenario| scenario.name == name)
        .unwrap()
}

/// The logs of two scenarios: every third object compressed, and two under keys that need care in URLs.
fn logs() -> Tree {
    let mut logs = Tree::new();
    for name in ["brownfield-web-role", "two-trail-duplicates"] {
        for (key, content) in tree::read(&scenario(name).events(), &[]).unwrap() {
            let number = logs.len();
            let key = match number {
                3 => key.replace("CloudTrail_", "Cloud Trail+%2B_"),
                5 => key.replace("CloudTrail_", "Wölkchen&?#_"),
                _ => key,
            };
            match number % 3 {
                0 => logs.insert(format!("{key}.gz"), gzip(&content)),
                _ => logs.insert(key, content),
            };
        }
    }
    logs
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn upload(server: &mut Server, logs: &Tree) {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let client = server.client().await;
        client.create_bucket().bucket(BUCKET).send().await.unwrap();
        for (key, content) in logs {
            let put = client
                .put_object()
                .bucket(BUCKET)
                .key(format!("{PREFIX}/{key}"))
                .body(content.clone().into());
            let put = if key.ends_with(".gz") {
                put.content_encoding("gzip")
            } else {
                put
            };
            put.send()
                .await
                .unwrap_or_else(|error| panic!("put {key}: {error:?}"));
        }
    });
}

fn run_on_bucket(
    server: &Server,
    source: &str,
    currents: &[std::path::PathBuf],
    out: &Path,
) -> Output {
    let mut command = harness::leastwise();
    command
        .args([
            "run",
            "--source",
            source,
            "--endpoint-url",
            &server.url,
            "--region",
            "us-east-1",
            "--out",
        ])
        .arg(out);
    for current in currents {
        command.arg("--current").arg(current);
    }
    command.envs(server.environment()).output().unwrap()
}

/// Everything a run wrote but the ledger, which names the source.
fn whole(out: &Path) -> Tree {
    let mut whole = tree::read(out, harness::NOT_GOLDEN).unwrap();
    for (path, content) in tree::read(&out.join("archive"), &["_ledger"]).unwrap() {
        whole.insert(format!("archive/{path}"), content);
    }
    whole
}
