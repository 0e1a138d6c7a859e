//! An S3 server of a folder on loopback: ListObjectsV2 with small pages, ranged GetObject, and faults.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code, and each test file uses a part of it"
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
use std::time::Duration;

/// Keys of a page.
const PAGE: usize = 7;
/// Behind an object's name: its metadata, which is served with it.
const METADATA: &str = ".metadata.json";

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
    /// Prefixes that hold this cannot be listed.
    ForbidListing(&'static str),
    /// The first request of each object whose key ends so gets no answer.
    Silence(&'static str),
    /// The first request of each object whose key ends so is answered by a closed connection.
    Reset(&'static str),
    /// Objects whose key ends so have changed since they were listed.
    Changed(&'static str),
    /// Objects whose key ends so are gone since they were listed.
    Gone(&'static str),
    /// Objects whose key ends so are answered with 503, whenever they are asked for.
    Busy(&'static str),
    /// The client's clock is off.
    Skew,
}

struct State {
    objects: BTreeMap<String, Vec<u8>>,
    fault: Fault,
    requests: AtomicUsize,
    listings: AtomicUsize,
    met: Mutex<Vec<String>>,
    /// Requests in work, and the most at once.
    working: AtomicUsize,
    most: AtomicUsize,
}

impl State {
    /// Whether this is the first request of an object.
    fn first(&self, key: &str) -> bool {
        let mut met = self.met.lock().unwrap();
        let first = !met.iter().any(|seen| seen == key);
        met.push(key.to_owned());
        first
    }
}

pub(crate) struct Server {
    port: u16,
    state: Arc<State>,
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
            listings: AtomicUsize::new(0),
            met: Mutex::default(),
            working: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        };
        let state = Arc::new(state);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&own);
                thread::spawn(move || {
                    let working = state.working.fetch_add(1, Ordering::Relaxed) + 1;
                    state.most.fetch_max(working, Ordering::Relaxed);
                    serve(&state, stream);
                    state.working.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Self { port, state }
    }

    /// List requests answered so far.
    pub(crate) fn listings(&self) -> usize {
        self.state.listings.load(Ordering::Relaxed)
    }

    /// Most requests that were in work at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.state.most.load(Ordering::Relaxed)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// One request a connection.
fn serve(state: &State, stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let target = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let (mut range, mut region) = (None, None);
    for line in lines {
        let line = line.ok()?.to_ascii_lowercase();
        if let Some((scope, _)) = line.split_once("/cloudtrail/aws4_request") {
            region = scope.rsplit('/').next().map(str::to_owned);
        }
        if line.is_empty() {
            break;
        }
        if let Some((from, to)) = line
            .strip_prefix("range: bytes=")
            .and_then(|it| it.split_once('-'))
        {
            range = Some((from.parse().ok()?, to.parse().unwrap_or(usize::MAX)));
        }
    }
    if let Some(region) = region {
        return list_public_keys(state, stream, &region);
    }
    let busy = matches!(state.fault, Fault::SlowDown) && {
        let number = state.requests.fetch_add(1, Ordering::Relaxed);
        number < 10 && number.is_multiple_of(2)
    };
    if matches!(state.fault, Fault::Skew) {
        return error(stream, "403 Forbidden", "RequestTimeTooSkewed");
    }
    if busy {
        return error(stream, "503 Slow Down", "SlowDown");
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if query.contains("list-type=2") {
        list(state, stream, query)
    } else {
        get(state, stream, path, range)
    }
}

/// What CloudTrail answers in a region: the object `list-public-keys/{region}.json`, wherever it lies.
fn list_public_keys(state: &State, stream: TcpStream, region: &str) -> Option<()> {
    let name = format!("list-public-keys/{region}.json");
    let keys = state.objects.iter().find(|(key, _)| key.ends_with(&name));
    match keys {
        Some((_, body)) => respond(stream, "200 OK", body, body.len()),
        None => {
            let body = br#"{"__type":"AccessDeniedException","message":"no"}"#;
            respond(stream, "400 Bad Request", body, body.len())
        }
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
    if matches!(state.fault, Fault::ForbidListing(part) if prefix.contains(part)) {
        return error(stream, "403 Forbidden", "AccessDenied");
    }
    state.listings.fetch_add(1, Ordering::Relaxed);
    let token = token.max(parameter("start-after"));
    let folders = !parameter("delimiter").is_empty();
    // Each item with the last key it stands for.
    let mut items: Vec<(String, &str)> = Vec::new();
    for (key, bytes) in &state.objects {
        if !key.starts_with(&prefix) || *key <= token || key.ends_with(METADATA) {
            continue;
        }
        let folder = key[prefix.len()..].find('/').filter(|_| folders);
        let item = match folder {
            Some(end) => format!(
                "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>",
                &key[..prefix.len() + end + 1]
            ),
            None => format!(
                "<Contents><Key>{key}</Key><Size>{}</Size><ETag>&quot;{:x}&quot;</ETag></Contents>",
                bytes.len(),
                bytes.len()
            ),
        };
        match items.last_mut().filter(|last| last.0 == item) {
            Some(last) => last.1 = key,
            None => items.push((item, key)),
        }
    }
    let mut xml = String::from("<?xml version=\"1.0\"?><ListBucketResult>");
    xml.extend(items.iter().take(PAGE).map(|(item, _)| item.as_str()));
    let more = items.len() > PAGE;
    xml += &format!("<IsTruncated>{more}</IsTruncated>");
    if more {
        xml += &format!(
            "<NextContinuationToken>{}</NextContinuationToken>",
            items[PAGE - 1].1
        );
    }
    xml += "</ListBucketResult>";
    respond(stream, "200 OK", xml.as_bytes(), xml.len())
}

/// Headers of the metadata saved beside an object.
fn metadata(state: &State, key: &str) -> String {
    let Some(saved) = state.objects.get(&format!("{key}{METADATA}")) else {
        return String::new();
    };
    let head: serde_json::Value = serde_json::from_slice(saved).unwrap();
    let members = head["Metadata"].as_object().unwrap().iter();
    members
        .map(|(name, value)| format!("x-amz-meta-{name}: {}\r\n", value.as_str().unwrap()))
        .collect()
}

fn get(state: &State, stream: TcpStream, path: &str, range: Option<(usize, usize)>) -> Option<()> {
    let key = path.splitn(3, '/').nth(2)?;
    match state.fault {
        Fault::Forbid(end) if key.ends_with(end) => {
            return error(stream, "403 Forbidden", "AccessDenied");
        }
        Fault::Changed(end) if key.ends_with(end) => {
            return error(stream, "412 Precondition Failed", "PreconditionFailed");
        }
        Fault::Gone(end) if key.ends_with(end) => {
            return error(stream, "404 Not Found", "NoSuchKey");
        }
        Fault::Busy(end) if key.ends_with(end) => {
            return error(stream, "503 Slow Down", "SlowDown");
        }
        Fault::Silence(end) if key.ends_with(end) && state.first(key) => {
            thread::sleep(Duration::from_secs(5));
            return None;
        }
        Fault::Reset(end) if key.ends_with(end) && state.first(key) => return None,
        _ => {}
    }
    let Some(bytes) = state.objects.get(key) else {
        return error(stream, "404 Not Found", "NoSuchKey");
    };
    let (from, to) = range.unwrap_or((0, usize::MAX));
    let asked = &bytes[from..to.saturating_add(1).min(bytes.len())];
    let cut = matches!(state.fault, Fault::CutBodies) && state.first(key);
    let given = if cut {
        &asked[..asked.len() / 2]
    } else {
        asked
    };
    let status = match range {
        Some(_) => "206 Partial Content",
        None => "200 OK",
    };
    respond_with(stream, status, &metadata(state, key), given, asked.len())
}

fn error(stream: TcpStream, status: &str, code: &str) -> Option<()> {
    let xml = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>"
    );
    respond(stream, status, xml.as_bytes(), xml.len())
}

fn respond(stream: TcpStream, status: &str, body: &[u8], length: usize) -> Option<()> {
    respond_with(stream, status, "", body, length)
}

fn respond_with(
    mut stream: TcpStream,
    status: &str,
    headers: &str,
    body: &[u8],
    length: usize,
) -> Option<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    stream.write_all(body).ok()
}
