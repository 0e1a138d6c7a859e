//! An S3 server of a folder on loopback: ListObjectsV2 with small pages, ranged GetObject, and faults.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use crate::common::all_files;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Keys of a page.
const PAGE: usize = 7;

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    None,
    /// Every other of the first requests is answered with 503.
    SlowDown,
    /// The first body of each object ends in the middle.
    CutBodies,
    /// Objects whose key ends so are forbidden.
    Forbid(&'static str),
}

struct State {
    objects: BTreeMap<String, Vec<u8>>,
    fault: Fault,
    requests: AtomicUsize,
    cut: Mutex<Vec<String>>,
}

pub(crate) struct Server {
    port: u16,
}

impl Server {
    /// Serves the files of a folder under a prefix, in any bucket, until the process ends.
    pub(crate) fn start(folder: &Path, prefix: &str, fault: Fault) -> Self {
        let objects = all_files(folder).into_iter().map(|path| {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            (format!("{prefix}{name}"), fs::read(&path).unwrap())
        });
        let state = State {
            objects: objects.collect(),
            fault,
            requests: AtomicUsize::new(0),
            cut: Mutex::default(),
        };
        let state = Arc::new(state);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(move || serve(&state, stream));
            }
        });
        Self { port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// One request a connection.
fn serve(state: &State, stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let target = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let mut from = 0;
    for line in lines {
        let line = line.ok()?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok()?;
        }
    }
    let busy = matches!(state.fault, Fault::SlowDown) && {
        let number = state.requests.fetch_add(1, Ordering::Relaxed);
        number < 10 && number.is_multiple_of(2)
    };
    if busy {
        return error(stream, "503 Slow Down", "SlowDown");
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if query.contains("list-type=2") {
        list(state, stream, query)
    } else {
        get(state, stream, path, from)
    }
}

fn list(state: &State, stream: TcpStream, query: &str) -> Option<()> {
    let parameter = |name: &str| {
        let value = query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().replace("%2F", "/")
    };
    let (prefix, token) = (parameter("prefix"), parameter("continuation-token"));
    let keys = state
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix) && **key > token);
    let page: Vec<_> = keys.take(PAGE + 1).collect();
    let mut xml = String::from("<?xml version=\"1.0\"?><ListBucketResult>");
    for (key, bytes) in page.iter().take(PAGE) {
        xml += &format!(
            "<Contents><Key>{key}</Key><Size>{}</Size><ETag>&quot;{:x}&quot;</ETag></Contents>",
            bytes.len(),
            bytes.len()
        );
    }
    let more = page.len() > PAGE;
    xml += &format!("<IsTruncated>{more}</IsTruncated>");
    if more {
        xml += &format!(
            "<NextContinuationToken>{}</NextContinuationToken>",
            page[PAGE - 1].0
        );
    }
    xml += "</ListBucketResult>";
    respond(stream, "200 OK", xml.as_bytes(), xml.len())
}

fn get(state: &State, stream: TcpStream, path: &str, from: usize) -> Option<()> {
    let key = path.splitn(3, '/').nth(2)?;
    if matches!(state.fault, Fault::Forbid(end) if key.ends_with(end)) {
        return error(stream, "403 Forbidden", "AccessDenied");
    }
    let Some(bytes) = state.objects.get(key) else {
        return error(stream, "404 Not Found", "NoSuchKey");
    };
    let rest = &bytes[from..];
    let first = matches!(state.fault, Fault::CutBodies) && {
        let mut cut = state.cut.lock().ok()?;
        let first = !cut.iter().any(|seen| seen == key);
        cut.push(key.to_owned());
        first
    };
    let given = if first { &rest[..rest.len() / 2] } else { rest };
    let status = if from > 0 {
        "206 Partial Content"
    } else {
        "200 OK"
    };
    respond(stream, status, given, rest.len())
}

fn error(stream: TcpStream, status: &str, code: &str) -> Option<()> {
    let xml = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>"
    );
    respond(stream, status, xml.as_bytes(), xml.len())
}

fn respond(mut stream: TcpStream, status: &str, body: &[u8], length: usize) -> Option<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    stream.write_all(body).ok()
}
