//! Flags of the engines that read the archive where it lies: Trino and Athena.

use crate::error::Failure;
use analyze::{Athena, RawTable, Trino, Warehouse};
use std::path::PathBuf;
use std::time::Duration;

/// What counts the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Engine {
    /// This machine
    Local,
    /// A Trino cluster (also Starburst, EMR)
    Trino,
    /// Amazon Athena, engine version 3
    Athena,
}

/// Flags of Athena and Trino. Secrets come from the environment: TRINO_USER with TRINO_PASSWORD, or TRINO_TOKEN; AWS's
/// default chain for Athena.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Athena and Trino")]
pub(super) struct WarehouseArgs {
    /// What counts the events; all give the same bytes
    #[arg(long, value_enum, default_value_t = Engine::Local)]
    pub(super) engine: Engine,
    /// Print what would be sent (the table's DDL, the statements) and send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Where the engine finds the archive, when not where --archive says
    #[arg(long, value_name = "S3-URL")]
    location: Option<String>,
    /// Table of the archive; made when it is not there
    #[arg(long, default_value = "leastwise")]
    table: String,
    /// Count a raw CloudTrail table, as AWS documents it for Athena, instead of an archive: no ingest. Its request
    /// parameters are fetched (with Athena, by way of --results) as they were logged, secrets and all
    #[arg(long, value_name = "TABLE", conflicts_with_all = ["archive", "location", "table"])]
    raw_table: Option<String>,
    /// Read only the rows of the raw table for which this holds: a condition on its partition columns, such as
    /// "timestamp" >= '2026/01/01'. Without it the whole table is scanned, whatever --since says
    #[arg(long, value_name = "SQL")]
    raw_where: Option<String>,
    /// Schema of the table (Trino)
    #[arg(long, default_value = "default")]
    schema: String,
    /// Catalog [default: hive (Trino), AwsDataCatalog (Athena)]
    #[arg(long)]
    catalog: Option<String>,
    /// Longest time that a statement may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    deadline: u64,
    /// Coordinator of the Trino cluster, http://HOST:PORT or https://HOST:PORT
    #[arg(long, value_name = "URL")]
    trino: Option<String>,
    /// PEM file of certificates to trust besides the system's (Trino)
    #[arg(long, value_name = "FILE")]
    trino_ca: Option<PathBuf>,
    /// Database of the table (Athena)
    #[arg(long, default_value = "default")]
    database: String,
    /// Workgroup (Athena)
    #[arg(long, default_value = "primary")]
    workgroup: String,
    /// Where Athena puts results; what it put there is removed afterwards [default: the workgroup's]
    #[arg(long, value_name = "S3-URL")]
    results: Option<String>,
    /// Refuse, or stop, an analysis that scans more (Athena)
    #[arg(long, value_name = "BYTES")]
    max_scan_bytes: Option<u64>,
    /// S3 and Athena endpoint other than AWS's own (path-style addressing)
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Profile of the AWS configuration files
    #[arg(long)]
    profile: Option<String>,
    /// Region of Athena and of the archive's bucket
    #[arg(long, value_name = "REGION")]
    aws_region: Option<String>,
}

impl WarehouseArgs {
    /// The warehouse that is meant; none for this machine.
    pub(super) fn warehouse(&self) -> Result<Option<Warehouse>, Failure> {
        Ok(match self.engine {
            Engine::Local => None,
            Engine::Trino => Some(Warehouse::Trino(self.trino()?)),
            Engine::Athena => Some(Warehouse::Athena(self.athena())),
        })
    }

    /// The raw table that is meant, if one is.
    pub(super) fn raw(&self) -> Result<Option<RawTable>, Failure> {
        let condition = self.raw_where.clone();
        match (&self.raw_table, condition) {
            (Some(_), condition) => Ok(Some(RawTable { condition })),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Failure::new("--raw-where selects rows of a raw table")
                .hint("name the table with --raw-table, in place of --archive")),
        }
    }

    fn table(&self) -> String {
        self.raw_table.as_ref().unwrap_or(&self.table).clone()
    }

    /// How S3 is reached, for the archive.
    pub(super) fn s3(&self) -> ingest::S3Options {
        ingest::S3Options {
            endpoint_url: self.endpoint_url.clone(),
            profile: self.profile.clone(),
            region: self.aws_region.clone(),
            ..ingest::S3Options::default()
        }
    }

    fn trino(&self) -> Result<Trino, Failure> {
        let hint =
            "give the coordinator with --trino, such as --trino https://trino.example.com:8443";
        let url = self.trino.as_deref();
        let url = url.ok_or_else(|| Failure::new("which Trino cluster?").hint(hint))?;
        let (secure, host) = coordinator(url)
            .ok_or_else(|| Failure::new(format!("`{url}` is no coordinator's URL")).hint(hint))?;
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Ok(Trino {
            host,
            secure,
            ca: self.trino_ca.clone(),
            user: set("TRINO_USER")
                .or_else(|| set("USER"))
                .unwrap_or_else(|| "leastwise".to_owned()),
            password: set("TRINO_PASSWORD"),
            token: set("TRINO_TOKEN"),
            catalog: self.catalog.clone().unwrap_or_else(|| "hive".to_owned()),
            schema: self.schema.clone(),
            table: self.table(),
            location: self.location.clone(),
            deadline: Duration::from_secs(self.deadline),
        })
    }

    fn athena(&self) -> Athena {
        Athena {
            workgroup: self.workgroup.clone(),
            catalog: self
                .catalog
                .clone()
                .unwrap_or_else(|| "AwsDataCatalog".to_owned()),
            database: self.database.clone(),
            table: self.table(),
            results: self.results.clone(),
            location: self.location.clone(),
            max_scan_bytes: self.max_scan_bytes,
            deadline: Duration::from_secs(self.deadline),
            endpoint_url: self.endpoint_url.clone(),
            profile: self.profile.clone(),
            region: self.aws_region.clone(),
        }
    }
}

/// TLS, and host with port, of a URL.
fn coordinator(url: &str) -> Option<(bool, String)> {
    let (scheme, host) = url.trim_end_matches('/').split_once("://")?;
    let secure = match scheme {
        "http" => false,
        "https" => true,
        _ => return None,
    };
    let is_host = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
    is_host.then(|| (secure, host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::coordinator;

    #[test]
    fn coordinators() {
        let check = |url, expect: Option<(bool, &str)>| {
            let expect = expect.map(|(secure, host)| (secure, host.to_owned()));
            assert_eq!(coordinator(url), expect, "{url}");
        };
        check("http://localhost:8080", Some((false, "localhost:8080")));
        check("https://t.example.com/", Some((true, "t.example.com")));
        check("http://[::1]:8080", Some((false, "[::1]:8080")));
        check("t.example.com:8443", None);
        check("https://user:pw@t.example.com", None);
        check("https://t.example.com/ui", None);
        check("https://", None);
    }
}
