//! A proxy before an S3 server that kills its client at a chosen change: before the server hears of it, or after it was done
//! and before the client hears of that.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// When the client dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<State>,
}

struct State {
    server: String,
    changes: AtomicUsize,
    fatal: Mutex<(usize, When)>,
    client: Mutex<Option<Child>>,
}

impl Proxy {
    /// A proxy before the server at that URL.
    pub(crate) fn start(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            server: server.strip_prefix("http://").unwrap().to_owned(),
            changes: AtomicUsize::new(0),
            fatal: Mutex::new((usize::MAX, When::Before)),
            client: Mutex::default(),
        });
        let own = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&own);
                thread::spawn(move || state.serve(stream));
            }
        });
        Self { url, state }
    }

    /// Lets the client run until it ends or makes its so manieth change: whether it ended by itself, and well.
    pub(crate) fn run(
        &self,
        client: &mut std::process::Command,
        change: usize,
        when: When,
    ) -> bool {
        self.state.changes.store(0, Ordering::SeqCst);
        *self.state.fatal.lock().unwrap() = (change, when);
        *self.state.client.lock().unwrap() = Some(client.spawn().unwrap());
        loop {
            if let Some(status) = self
                .state
                .client
                .lock()
                .unwrap()
                .as_mut()
                .unwrap()
                .try_wait()
                .unwrap()
            {
                return status.success();
            }
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

impl State {
    /// One request a connection.
    fn serve(&self, mut client: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(client.try_clone().ok()?);
        let (mut head, mut length, mut waits) = (String::new(), 0, false);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            match lower.as_str() {
                "" => return None,
                "\r\n" => break,
                _ if lower.starts_with("expect:") => waits = true,
                _ if lower.starts_with("connection:") => {}
                _ => head += &line,
            }
        }
        head += "Connection: close\r\n\r\n";
        if waits {
            client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        self.pass_on(&head, &body, &mut client)
    }

    fn pass_on(&self, head: &str, body: &[u8], client: &mut TcpStream) -> Option<()> {
        let is_change = !head.starts_with("GET ") && !head.starts_with("HEAD ");
        let number = match is_change {
            true => self.changes.fetch_add(1, Ordering::SeqCst) + 1,
            false => 0,
        };
        let (fatal, when) = *self.fatal.lock().ok()?;
        // The dead change nothing more, however many of their requests were under way.
        if (number, when) == (fatal, When::Before) || (is_change && number > fatal) {
            return self.kill();
        }
        let mut server = TcpStream::connect(&self.server).ok()?;
        server.write_all(head.as_bytes()).ok()?;
        server.write_all(body).ok()?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).ok()?;
        if number == fatal {
            return self.kill();
        }
        client.write_all(&answer).ok()
    }

    fn kill(&self) -> Option<()> {
        self.client.lock().ok()?.as_mut()?.kill().ok()
    }
}
