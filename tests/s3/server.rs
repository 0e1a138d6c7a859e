//! A real S3 server on loopback, started for one test and stopped by its process handle.
//!
//! MinIO (`LEASTWISE_MINIO`, `minio` on the path, or where `.ci/run` puts it), else moto's server.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const ACCESS_KEY: &str = "leastwise-test";
const SECRET_KEY: &str = "leastwise-test-only";

pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    pub(crate) name: &'static str,
}

impl Server {
    /// Starts the first server that is installed; `None` when there is none.
    pub(crate) fn start(data: &Path) -> Option<Server> {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let (name, mut command) = match (minio(), found("moto_server")) {
            (Some(program), _) => ("MinIO", minio_command(&program, data, port)),
            (None, Some(program)) => ("moto", moto_command(&program, port)),
            (None, None) => return None,
        };
        command
            .current_dir(data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = command.spawn().unwrap();
        Some(Server {
            process,
            url: format!("http://127.0.0.1:{port}"),
            name,
        })
    }

    /// What a client finds in its environment.
    pub(crate) fn environment(&self) -> [(&'static str, &'static str); 4] {
        [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }

    /// A client, once the server answers.
    pub(crate) async fn client(&mut self) -> aws_sdk_s3::Client {
        use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.url)
            .force_path_style(true)
            .build();
        let client = aws_sdk_s3::Client::from_conf(config);
        for _ in 0..300 {
            if client.list_buckets().send().await.is_ok() {
                return client;
            }
            assert!(
                self.process.try_wait().unwrap().is_none(),
                "{} ended at once",
                self.name
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} does not answer at {}", self.name, self.url);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn minio() -> Option<PathBuf> {
    let named = std::env::var_os("LEASTWISE_MINIO").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let cached = cache.map(|cache| cache.join("leastwise-minio/minio"));
    [named, found("minio"), cached]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

fn minio_command(program: &Path, data: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .arg("server")
        .arg(data)
        .args(["--quiet", "--address", &format!("127.0.0.1:{port}")]);
    command
        .env("MINIO_ROOT_USER", ACCESS_KEY)
        .env("MINIO_ROOT_PASSWORD", SECRET_KEY)
        .env("MINIO_BROWSER", "off");
    command
}

fn moto_command(program: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    command
}
