//! The emulator as a process of ours, on a port of ours, stopped when the test ends.

use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct Server {
    process: Child,
    program: PathBuf,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program that `LEASTWISE_MINISTACK` names, or the first on the PATH.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("LEASTWISE_MINISTACK") {
        let named = PathBuf::from(named);
        assert!(
            named.is_file(),
            "LEASTWISE_MINISTACK: no file {}",
            named.display()
        );
        return Some(named);
    }
    let path = std::env::var_os("PATH")?;
    let mut found = std::env::split_paths(&path).map(|folder| folder.join("ministack"));
    found.find(|program| program.is_file())
}

impl Server {
    /// Starts the emulator and waits until it listens; None, said loudly, when there is none.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = program() else {
            eprintln!(
                "skipped: no MiniStack (set LEASTWISE_MINISTACK, or have `ministack` on the PATH)"
            );
            return None;
        };
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = Command::new(&program)
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AUTH", "true")
            .env("IOT_MTLS_ENABLED", "0")
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            process,
            program,
            port,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let deadline = Instant::now() + Duration::from_secs(300);
        while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
            let gone = server.process.try_wait().unwrap();
            assert!(gone.is_none(), "the emulator ended: {gone:?}");
            assert!(Instant::now() < deadline, "the emulator does not listen");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(server)
    }

    /// What a driver that talks to the emulator writes down of its answers to `questions`.
    pub(crate) fn ask(&self, driver: &Path, questions: &Value) -> Value {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (asked, told) = (folder.join("asked.json"), folder.join("told.json"));
        std::fs::write(&asked, questions.to_string()).unwrap();
        let python = self.program.with_file_name("python3");
        let status = Command::new(if python.is_file() {
            python
        } else {
            "python3".into()
        })
        .arg(driver)
        .arg(format!("http://127.0.0.1:{}", self.port))
        .args([&asked, &told])
        .status()
        .unwrap();
        assert!(status.success(), "the driver failed: {status}");
        serde_json::from_slice(&std::fs::read(told).unwrap()).unwrap()
    }
}
