//! A real Trino over a real S3 server, and Athena's API in front of that Trino: on loopback, started for one test,
//! stopped by their process handles.
//!
//! Trino is found in `LEASTWISE_TRINO` (an unpacked server), Java (24 or newer) in `LEASTWISE_JAVA`, Python with
//! `trino`, `sqlglot` and `boto3` in `LEASTWISE_PYTHON`, or each where `.ci/run` puts it.

use crate::server::Server;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time that a server may take to start.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) struct Bed {
    pub(crate) s3: Server,
    pub(crate) trino: String,
    pub(crate) athena: String,
    processes: Vec<Child>,
    runtime: tokio::runtime::Runtime,
}

impl Bed {
    /// Starts all three, Trino with so many gigabytes of memory; the name of what is not installed when something is not.
    pub(crate) fn start(work: &Path, gigabytes: u32) -> Result<Bed, &'static str> {
        let (trino, java, python) = (
            trino_home().ok_or("Trino")?,
            java_home().ok_or("Java 24")?,
            python().ok_or("Python with trino, sqlglot and boto3")?,
        );
        let data = work.join("s3");
        std::fs::create_dir_all(&data).unwrap();
        let s3 = Server::start(&data).ok_or("an S3 server")?;
        let [trino_port, athena_port] = [free_port(), free_port()];
        let [(_, access), (_, secret), ..] = s3.environment();
        let etc = configure(
            work,
            (trino_port, gigabytes),
            (&s3.url, access, secret),
            &trino,
        );
        let mut command = Command::new(trino.join("bin/launcher"));
        command.arg("run").arg("--etc-dir").arg(etc);
        command
            .env("JAVA_HOME", &java)
            .env("PATH", path_with(&java.join("bin")));
        let mut processes = vec![spawn(command, &work.join("trino.log"))];
        let mut command = Command::new(python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/athena.py"));
        command.args([
            &athena_port.to_string(),
            &trino_port.to_string(),
            &s3.url,
            access,
            secret,
        ]);
        processes.push(spawn(command, &work.join("athena.log")));
        let bed = Bed {
            s3,
            trino: format!("http://127.0.0.1:{trino_port}"),
            athena: format!("http://127.0.0.1:{athena_port}"),
            processes,
            runtime: tokio::runtime::Runtime::new().unwrap(),
        };
        Ok(bed.ready(&[trino_port, athena_port]))
    }

    /// What a client finds in its environment.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let own = self
            .s3
            .environment()
            .map(|(name, value)| (name, value.to_owned()));
        let endpoints = [
            ("AWS_ENDPOINT_URL_S3", self.s3.url.clone()),
            ("AWS_ENDPOINT_URL_ATHENA", self.athena.clone()),
        ];
        own.into_iter().chain(endpoints).collect()
    }

    /// How `analyze` finds the engines.
    pub(crate) fn flags(&self) -> [&str; 12] {
        [
            "--trino",
            &self.trino,
            "--catalog",
            "awsdatacatalog",
            "--schema",
            "trino",
            "--database",
            "athena",
            "--results",
            "s3://acme-archive/results",
            "--aws-region",
            "us-east-1",
        ]
    }

    /// Puts the archive's files below a prefix of the bucket.
    pub(crate) fn upload(&mut self, prefix: &str, archive: &Path) {
        let files = fixtures::tree::read(archive, &["_ledger", "_quarantine", "_lock"]).unwrap();
        let key = |path| format!("{prefix}/{path}");
        let files = files
            .into_iter()
            .map(|(path, content)| (key(path), content));
        self.put(files.collect());
    }

    /// Puts objects into the bucket.
    pub(crate) fn put(&mut self, files: fixtures::tree::Tree) {
        self.runtime.block_on(async {
            let client = self.s3.client().await;
            let _ = client.create_bucket().bucket(crate::BUCKET).send().await;
            for (key, content) in files {
                let put = client.put_object().bucket(crate::BUCKET).key(key);
                put.body(content.into()).send().await.unwrap();
            }
        });
    }

    /// Runs a statement through Athena's API.
    pub(crate) fn define(&self, database: &str, ddl: &str) {
        let mut command = Command::new(python().unwrap());
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/define.py"));
        let output = format!("s3://{}/definitions", crate::BUCKET);
        let mut child = command
            .args([&self.athena, database, &output])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut input, ddl.as_bytes()).unwrap();
        drop(input);
        assert!(child.wait().unwrap().success(), "{ddl}");
    }

    /// The keys below a prefix of the bucket.
    pub(crate) fn keys(&mut self, prefix: &str) -> Vec<String> {
        self.runtime.block_on(async {
            let client = self.s3.client().await;
            let list = client
                .list_objects_v2()
                .bucket(crate::BUCKET)
                .prefix(format!("{prefix}/leastwise-"));
            let objects = list.send().await.unwrap().contents.unwrap_or_default();
            objects
                .into_iter()
                .filter_map(|object| object.key)
                .collect()
        })
    }

    fn ready(mut self, ports: &[u16]) -> Bed {
        let start = Instant::now();
        for port in ports {
            while !answers(*port) {
                for process in &mut self.processes {
                    assert!(
                        process.try_wait().unwrap().is_none(),
                        "a server ended at once: see its log"
                    );
                }
                assert!(
                    start.elapsed() < PATIENCE,
                    "the server at port {port} does not answer"
                );
                std::thread::sleep(Duration::from_millis(500));
            }
        }
        self
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Whether a server is there; of Trino also whether it has started.
fn answers(port: u16) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let request = "GET /v1/info HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut answer = String::new();
    let asked = stream.write_all(request.as_bytes());
    let _ = asked.and_then(|()| stream.read_to_string(&mut answer));
    !answer.is_empty() && !answer.contains("\"starting\":true")
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn spawn(mut command: Command, log: &Path) -> Child {
    let log = std::fs::File::create(log).unwrap();
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Configuration of a single node: a metastore in files, data on S3.
fn configure(
    work: &Path,
    (port, gigabytes): (u16, u32),
    (s3, access, secret): (&str, &str, &str),
    home: &Path,
) -> PathBuf {
    let etc = work.join("etc");
    std::fs::create_dir_all(etc.join("catalog")).unwrap();
    std::fs::create_dir_all(work.join("metastore")).unwrap();
    let work = work.display();
    let files = [
        (
            "node.properties",
            format!(
                "node.environment=test\nnode.id=one\nnode.bind-ip=127.0.0.1\nnode.internal-address=127.0.0.1\nnode.data-dir={work}/trino\n"
            ),
        ),
        (
            "jvm.config",
            format!(
                "-server\n-Xmx{gigabytes}G\n-XX:+ExitOnOutOfMemoryError\n-Djdk.attach.allowAttachSelf=true\n"
            ),
        ),
        (
            "config.properties",
            format!(
                "coordinator=true\nnode-scheduler.include-coordinator=true\nhttp-server.http.port={port}\n\
                 discovery.uri=http://127.0.0.1:{port}\nquery.max-memory-per-node={}MB\nplugin.dir={}/plugin\n",
                gigabytes * 512,
                home.display()
            ),
        ),
        (
            "catalog/awsdatacatalog.properties",
            format!(
                "connector.name=hive\nhive.metastore=file\nhive.metastore.catalog.dir=local:///\nfs.native-local.enabled=true\n\
                 local.location={work}/metastore\nfs.native-s3.enabled=true\ns3.endpoint={s3}\ns3.region=us-east-1\n\
                 s3.path-style-access=true\ns3.aws-access-key={access}\ns3.aws-secret-key={secret}\n\
                 hive.non-managed-table-writes-enabled=true\nhive.recursive-directories=true\n"
            ),
        ),
    ];
    for (name, text) in files {
        std::fs::write(etc.join(name), text).unwrap();
    }
    etc
}

fn cache() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
}

/// What the variable names, else what is in the cache.
fn found(variable: &str, cached: &str, has: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let cached = cache().map(|cache| cache.join(cached));
    let mut places = [named, cached].into_iter().flatten();
    places.find(|place| place.join(has).is_file())
}

fn trino_home() -> Option<PathBuf> {
    found("LEASTWISE_TRINO", "leastwise-trino-476", "bin/launcher")
}

fn python() -> Option<PathBuf> {
    let python = found("LEASTWISE_PYTHON", "leastwise-engines", "bin/python")?.join("bin/python");
    let has_all = Command::new(&python)
        .args(["-c", "import boto3, sqlglot, trino"])
        .output();
    has_all
        .is_ok_and(|output| output.status.success())
        .then_some(python)
}

fn java_home() -> Option<PathBuf> {
    let named = std::env::var_os("LEASTWISE_JAVA").map(PathBuf::from);
    let packaged = cache().map(|cache| cache.join("leastwise-engines/java"));
    let installed = std::fs::read_dir("/usr/lib/jvm")
        .into_iter()
        .flatten()
        .flatten();
    let installed = installed.map(|entry| entry.path());
    let mut homes = [named, packaged].into_iter().flatten().chain(installed);
    homes.find(|home| java_version(home).is_some_and(|version| version >= 24))
}

fn java_version(home: &Path) -> Option<u32> {
    let output = Command::new(home.join("bin/java"))
        .arg("-version")
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    told.split('"').nth(1)?.split('.').next()?.parse().ok()
}

fn path_with(folder: &Path) -> std::ffi::OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&old));
    std::env::join_paths(folders).unwrap()
}
