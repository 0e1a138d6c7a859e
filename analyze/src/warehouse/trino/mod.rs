//! Trino over its own protocol: statements in, rows out, page by page.

mod fault;
mod protocol;

use super::{Failed, Interrupted, Rows};
use crate::error::Error;
use crate::sql::{identifier, literal};
use crate::table::{self, Dialect};
use protocol::{Coordinator, Page};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Longest time that a query that is no longer wanted is told so.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a Trino cluster is reached, and which of its tables is the archive.
#[derive(Clone)]
pub struct Trino {
    /// Host name of the coordinator, with its port: `HOST:PORT`.
    pub host: String,
    /// TLS.
    pub secure: bool,
    /// Certificates to trust besides the system's, as PEM.
    pub ca: Option<PathBuf>,
    /// User that runs the statements.
    pub user: String,
    /// Password of the user. Sent over TLS only.
    pub password: Option<String>,
    /// Bearer token (JWT), instead of a password. Sent over TLS only.
    pub token: Option<String>,
    /// Catalog of the Hive connector.
    pub catalog: String,
    /// Schema of the table.
    pub schema: String,
    /// Table; made when it is not there.
    pub table: String,
    /// The archive's location as Trino names it, when that is not the archive's own name.
    pub location: Option<String>,
    /// Longest time that a statement may take.
    pub deadline: Duration,
}

impl std::fmt::Debug for Trino {
    /// Without secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.url(), self.name())
    }
}

impl Trino {
    /// The coordinator's URL, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.host)
    }

    /// The table's quoted name.
    pub(crate) fn name(&self) -> String {
        [&self.catalog, &self.schema, &self.table]
            .map(|name| identifier(name))
            .join(".")
    }

    /// What makes the table.
    pub(crate) fn ddl(&self, location: &str) -> Vec<String> {
        let schema = [&self.catalog, &self.schema].map(|name| identifier(name));
        vec![
            format!("CREATE SCHEMA IF NOT EXISTS {}", schema.join(".")),
            table::trino(&self.name(), location),
        ]
    }
}

/// A connection to the cluster.
pub(crate) struct Connection<'t> {
    settings: &'t Trino,
    coordinator: Coordinator,
}

impl<'t> Connection<'t> {
    pub(crate) fn new(settings: &'t Trino) -> Result<Self, Error> {
        let coordinator = Coordinator::new(settings)?;
        Ok(Self {
            settings,
            coordinator,
        })
    }

    /// Makes the table unless it is there, and checks that it is the archive's.
    pub(crate) async fn prepare(
        &self,
        location: &str,
        interrupted: Interrupted<'_>,
    ) -> Result<(), Error> {
        let mut found = self.columns(interrupted).await?;
        if found.is_empty() {
            for statement in self.settings.ddl(location) {
                self.run(&statement, interrupted, &mut |_| Ok(())).await?;
            }
            found = self.columns(interrupted).await?;
        }
        super::check(&self.settings.name(), &found, Dialect::Trino)
    }

    /// Names and types of the table's columns; none when there is no such table.
    pub(crate) async fn columns(
        &self,
        interrupted: Interrupted<'_>,
    ) -> Result<BTreeMap<String, String>, Error> {
        let Trino {
            catalog,
            schema,
            table,
            ..
        } = self.settings;
        let statement = format!(
            "SELECT column_name || ' ' || data_type FROM {}.information_schema.columns \
             WHERE table_schema = {} AND table_name = {}",
            identifier(catalog),
            literal(schema),
            literal(table)
        );
        let mut found = BTreeMap::new();
        self.run(&statement, interrupted, &mut |row| {
            if let Some((name, type_name)) = row.split_once(' ') {
                found.insert(name.to_owned(), type_name.to_owned());
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// Runs a statement; `rows` gets the first column of each row. On a cancel, the deadline or an error of `rows`
    /// the query is cancelled on the cluster.
    pub(crate) async fn run(
        &self,
        statement: &str,
        interrupted: Interrupted<'_>,
        rows: Rows<'_>,
    ) -> Result<(), Error> {
        let failed = |error| fault::failed(error, statement, self.settings);
        let deadline = tokio::time::Instant::now() + self.settings.deadline;
        let mut page = self.coordinator.post(statement).await.map_err(failed)?;
        loop {
            if let Some(error) = page.error.take() {
                return Err(failed(error.into()));
            }
            let next = page.next_uri.take();
            let step = match each_row(page, rows) {
                Err(error) => Err(error),
                Ok(()) => {
                    let Some(next) = &next else { return Ok(()) };
                    tokio::select! {
                        fetched = self.coordinator.get(next) => fetched.map_err(failed),
                        () = interrupted.wait() => Err(Error::Cancelled),
                        () = tokio::time::sleep_until(deadline) => {
                            Err(Error::Warehouse(Failed::deadline(self.settings.deadline)))
                        }
                    }
                }
            };
            page = match (step, next) {
                (Ok(page), _) => page,
                (Err(error), next) => {
                    self.cancel(next.as_deref()).await;
                    return Err(error);
                }
            };
        }
    }

    /// Frees what the query holds on the cluster; of clients that do not come back it frees it by itself, later.
    async fn cancel(&self, next: Option<&str>) {
        if let Some(next) = next {
            drop(tokio::time::timeout(PATIENCE, self.coordinator.delete(next)).await);
        }
    }
}

fn each_row(page: Page, rows: Rows<'_>) -> Result<(), Error> {
    for row in page.data.unwrap_or_default() {
        if let Some(serde_json::Value::String(text)) = row.first() {
            rows(text)?;
        }
    }
    Ok(())
}
