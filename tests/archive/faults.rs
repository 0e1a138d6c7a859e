//! A full disk, a target that cannot be written, SIGTERM and Ctrl-C: exit code 2, and the same command goes on later.

use crate::kill::{trace, well};
use crate::place::Place;
use crate::{check_part, check_whole, ingest, world};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a run said and how it ended.
fn told(command: &mut Command) -> (Option<i32>, String) {
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), told)
}

/// No file may grow beyond 8 KiB, as if the disk were full.
#[test]
fn a_full_disk_stops_a_run_that_goes_on_later() {
    let (work, source) = world("archive-full");
    let place = Place::Folder(work.join("archive"));
    let run = ingest(&source, &place, None);
    let mut limited = Command::new("bash");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
    limited.arg(run.get_program()).args(run.get_args());
    let (code, said) = told(&mut limited);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("archive") && said.contains("hint: "),
        "{said}"
    );
    check_part(&place);
    well(&mut ingest(&source, &place, None));
    check_whole(&place);
}

#[test]
fn a_target_that_cannot_be_written_is_an_error() {
    let (work, source) = world("archive-read-only");
    let file = work.join("file");
    std::fs::write(&file, b"").unwrap();
    let (code, said) = told(&mut ingest(
        &source,
        &Place::Folder(file.join("archive")),
        None,
    ));
    assert_eq!(code, Some(2));
    assert!(
        said.contains("file/archive") && said.contains("hint: "),
        "{said}"
    );

    let place = Place::Folder(work.join("archive"));
    let run = ingest(&source, &place, None);
    for fault in [
        "?mkdir,?mkdirat:error=EROFS",
        "write:error=ENOSPC:when=3+",
        "fsync:error=EIO:when=3",
    ] {
        let mut traced = trace(fault, &run);
        let Ok(status) = traced.status() else {
            return eprintln!("skipped: strace is not installed (`.ci/run` installs it)");
        };
        assert_eq!(status.code(), Some(2), "{fault}");
        check_part(&place);
    }
    well(&mut ingest(&source, &place, None));
    check_whole(&place);
}

/// Signals at many moments: the run ends by itself, or says that it was interrupted, or was not yet listening.
#[test]
fn signals_stop_a_run_that_goes_on_later() {
    let (work, source) = world("archive-signals");
    for signal in ["TERM", "INT"] {
        let place = Place::Folder(work.join(signal));
        let mut interrupted = 0;
        for moment in 0..12 {
            let mut command = ingest(&source, &place, None);
            command.args(["--threads", "1"]);
            let process = command.stderr(Stdio::piped()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(12 * moment));
            let id = process.id().to_string();
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap();
            let output = process.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            match output.status.code() {
                Some(2) => {
                    assert!(
                        said.contains("interrupted") && said.contains("hint: "),
                        "{said}"
                    );
                    interrupted += 1;
                }
                Some(0) => break,
                None => {}
                Some(code) => panic!("{code}: {said}"),
            }
            check_part(&place);
        }
        well(&mut ingest(&source, &place, None));
        check_whole(&place);
        eprintln!("SIG{signal}: {interrupted} runs were interrupted");
    }
}

/// A server that says yes to everything, whatever the conditions of a write.
fn yes_man() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            drop(stream.read(&mut request));
            let xml = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length:";
            drop(write!(stream, "{head} {}\r\n\r\n{xml}", xml.len()));
        }
    });
    url
}

#[test]
fn a_server_that_ignores_conditions_is_refused() {
    let (_, source) = world("archive-unconditional");
    let mut command = crate::harness::leastwise();
    command.arg("ingest").arg("--source").arg(&source);
    command.args(["--archive", "s3://b/archive", "--endpoint-url", &yes_man()]);
    command
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", "x");
    let (code, said) = told(command.stdout(Stdio::null()));
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("If-None-Match") && said.contains("hint: "),
        "{said}"
    );
}
