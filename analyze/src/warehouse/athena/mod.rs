//! Athena: statements started, watched and, where need be, stopped through its API; results unloaded to S3 as Parquet
//! and read from there.

mod fault;
mod results;

use super::{Failed, Interrupted, Rows};
use crate::error::Error;
use crate::sql::literal;
use crate::table::{self, Dialect};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_athena::Client;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, QueryExecutionState, ResultConfiguration,
};
pub(super) use fault::limit as over_limit;
use results::{Place, Results};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_128;

/// Attempts of one request; the SDK waits ever longer between them.
const ATTEMPTS: u32 = 6;
/// Pauses between two looks at a running statement.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Which Athena runs the statements, and which of its tables is the archive. Credentials are those of the AWS SDK's
/// default chain.
#[derive(Debug, Clone)]
pub struct Athena {
    /// Workgroup.
    pub workgroup: String,
    /// Data catalog, `AwsDataCatalog` for Glue.
    pub catalog: String,
    /// Database of the table.
    pub database: String,
    /// Table; made when it is not there.
    pub table: String,
    /// Where results go, `s3://bucket/prefix`; by default where the workgroup puts them.
    pub results: Option<String>,
    /// The archive's location as Athena names it, when that is not the archive's own name.
    pub location: Option<String>,
    /// Bytes that the analysis may scan; more is refused beforehand, or stopped.
    pub max_scan_bytes: Option<u64>,
    /// Longest time that a statement may take.
    pub deadline: Duration,
    /// Another endpoint than AWS's, for Athena and S3.
    pub endpoint_url: Option<String>,
    /// Profile of the AWS configuration.
    pub profile: Option<String>,
    /// Region.
    pub region: Option<String>,
}

impl Athena {
    /// The table's name, quoted for a query.
    pub(crate) fn name(&self) -> String {
        [&self.database, &self.table]
            .map(|name| crate::sql::identifier(name))
            .join(".")
    }

    /// What makes the table.
    pub(crate) fn ddl(&self, location: &str) -> Vec<String> {
        let quoted = |name: &str| format!("`{}`", name.replace('`', "``"));
        let name = format!("{}.{}", quoted(&self.database), quoted(&self.table));
        vec![
            format!("CREATE DATABASE IF NOT EXISTS {}", quoted(&self.database)),
            table::hive(&name, location),
        ]
    }
}

/// The API, and where results go.
pub(crate) struct Connection<'a> {
    settings: &'a Athena,
    client: Client,
    results: Results,
    scanned: AtomicU64,
}

impl<'a> Connection<'a> {
    pub(crate) async fn new(settings: &'a Athena) -> Result<Self, Error> {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(10))
            .operation_attempt_timeout(Duration::from_secs(60))
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts);
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = &settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config = loader.load().await;
        let client = Client::new(&config);
        let results = match &settings.results {
            Some(results) => results.clone(),
            None => results_of_workgroup(&client, settings).await?,
        };
        Ok(Self {
            settings,
            client,
            results: Results::new(&config, Place::parse(&results)?),
            scanned: AtomicU64::new(0),
        })
    }

    /// Bytes that the statements have scanned so far.
    pub(crate) fn scanned(&self) -> u64 {
        self.scanned.load(Ordering::Relaxed)
    }

    /// Makes the table unless it is there, and checks that it is the archive's.
    pub(crate) async fn prepare(
        &self,
        location: &str,
        interrupted: Interrupted<'_>,
    ) -> Result<(), Error> {
        let mut found = self.columns().await?;
        if found.is_empty() {
            for statement in self.settings.ddl(location) {
                self.execute(&statement, interrupted).await?;
            }
            found = self.columns().await?;
        }
        super::check(&self.settings.name(), &found, Dialect::Hive)
    }

    /// Names and types of the table's columns; none when there is no such table.
    pub(crate) async fn columns(&self) -> Result<BTreeMap<String, String>, Error> {
        let request = self
            .client
            .get_table_metadata()
            .catalog_name(&self.settings.catalog)
            .database_name(&self.settings.database)
            .table_name(&self.settings.table)
            .work_group(&self.settings.workgroup);
        let table = match request.send().await {
            Ok(answer) => answer.table_metadata,
            Err(error) if fault::is_missing(&error) => None,
            Err(error) => return Err(fault::request("GetTableMetadata", error, self.settings)),
        };
        let Some(table) = table else {
            return Ok(BTreeMap::new());
        };
        let columns = table.columns.unwrap_or_default().into_iter();
        let columns = columns.chain(table.partition_keys.unwrap_or_default());
        Ok(columns
            .map(|column| (column.name, column.r#type.unwrap_or_default()))
            .collect())
    }

    /// Runs a query; `rows` gets the only column of each row.
    pub(crate) async fn run(
        &self,
        statement: &str,
        interrupted: Interrupted<'_>,
        rows: Rows<'_>,
    ) -> Result<(), Error> {
        let place = self.results.fresh(statement);
        let unload = format!(
            "UNLOAD (\n{statement}\n)\nTO {}\nWITH (format = 'PARQUET', compression = 'ZSTD')",
            literal(&place.url())
        );
        let answered = match self.execute(&unload, interrupted).await {
            Ok(()) => self.results.read(&place, interrupted, rows).await,
            Err(error) => Err(error),
        };
        self.results.remove(&place).await;
        answered
    }

    /// Runs a statement to its end. On a cancel, the deadline or the scan limit it is stopped.
    async fn execute(&self, statement: &str, interrupted: Interrupted<'_>) -> Result<(), Error> {
        let id = self.start(statement).await?;
        let deadline = tokio::time::Instant::now() + self.settings.deadline;
        let (mut pause, longest) = PAUSES;
        let before = self.scanned();
        loop {
            let stop = tokio::select! {
                state = self.look(&id, statement, before) => match state {
                    Ok(true) => return Ok(()),
                    Ok(false) => self.over_limit(),
                    Err(error) => return Err(error),
                },
                () = interrupted.wait() => Some(Error::Cancelled),
            };
            if let Some(error) = stop {
                return Err(self.stop(&id, error).await);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(longest),
                () = interrupted.wait() => return Err(self.stop(&id, Error::Cancelled).await),
                () = tokio::time::sleep_until(deadline) => {
                    let late = Error::Warehouse(Failed::deadline(self.settings.deadline));
                    return Err(self.stop(&id, late).await);
                }
            }
        }
    }

    /// Starts a statement. The token makes a repeated request, after an answer that was lost, the same query.
    async fn start(&self, statement: &str) -> Result<String, Error> {
        let output = ResultConfiguration::builder()
            .output_location(self.results.root().url())
            .build();
        let context = QueryExecutionContext::builder()
            .catalog(&self.settings.catalog)
            .database(&self.settings.database)
            .build();
        let token = format!(
            "leastwise-{:032x}",
            xxh3_128(format!("{}{statement}", self.results.run()).as_bytes())
        );
        let started = self
            .client
            .start_query_execution()
            .query_string(statement)
            .client_request_token(token)
            .work_group(&self.settings.workgroup)
            .query_execution_context(context)
            .result_configuration(output)
            .send()
            .await;
        let started =
            started.map_err(|error| fault::request("StartQueryExecution", error, self.settings))?;
        started
            .query_execution_id
            .ok_or_else(|| Error::Warehouse(Failed::new("Athena started a query without an id")))
    }

    /// Whether the query has succeeded; an error when it never will.
    async fn look(&self, id: &str, statement: &str, before: u64) -> Result<bool, Error> {
        let answer = self
            .client
            .get_query_execution()
            .query_execution_id(id)
            .send()
            .await;
        let answer =
            answer.map_err(|error| fault::request("GetQueryExecution", error, self.settings))?;
        let query = answer
            .query_execution
            .unwrap_or_else(|| QueryExecution::builder().build());
        let scanned = query
            .statistics()
            .and_then(|numbers| numbers.data_scanned_in_bytes());
        let scanned = scanned.and_then(|bytes| u64::try_from(bytes).ok());
        self.scanned
            .store(before + scanned.unwrap_or(0), Ordering::Relaxed);
        let status = query.status();
        let reason = status
            .and_then(|status| status.state_change_reason())
            .unwrap_or_default();
        match status.and_then(|status| status.state()) {
            Some(QueryExecutionState::Succeeded) => Ok(true),
            Some(QueryExecutionState::Failed) => {
                Err(fault::query(reason, id, statement, self.settings))
            }
            Some(QueryExecutionState::Cancelled) => {
                Err(fault::cancelled(reason, id, self.settings))
            }
            _ => Ok(false),
        }
    }

    fn over_limit(&self) -> Option<Error> {
        let limit = self.settings.max_scan_bytes?;
        (self.scanned() > limit).then(|| fault::limit(self.scanned(), limit))
    }

    /// Stops a query, and says why.
    async fn stop(&self, id: &str, error: Error) -> Error {
        let request = self.client.stop_query_execution().query_execution_id(id);
        drop(tokio::time::timeout(Duration::from_secs(10), request.send()).await);
        error
    }
}

/// Where the workgroup puts its results.
async fn results_of_workgroup(client: &Client, settings: &Athena) -> Result<String, Error> {
    let answer = client
        .get_work_group()
        .work_group(&settings.workgroup)
        .send()
        .await;
    let answer = answer.map_err(|error| fault::request("GetWorkGroup", error, settings))?;
    let location = answer
        .work_group
        .and_then(|group| group.configuration?.result_configuration?.output_location);
    location.ok_or_else(|| {
        Error::Warehouse(Failed {
            advice: "give one with --results s3://bucket/prefix".to_owned(),
            ..Failed::new(format!(
                "the workgroup `{}` has no place for results",
                settings.workgroup
            ))
        })
    })
}
