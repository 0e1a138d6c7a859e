//! Trino's client protocol: a statement is posted, and its pages of rows follow one another by their `nextUri`
//! (Trino documentation, "Client REST API").

use super::Trino;
use crate::error::{At, Error};
use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use std::time::Duration;

/// Attempts to fetch one page, and the first of the pauses between them, each twice the one before.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(200);
/// Longest waits for a connection and for the beginning of an answer: Trino holds one back for about a second.
const CONNECT: Duration = Duration::from_secs(10);
const READ: Duration = Duration::from_secs(60);
/// Statuses that mean "ask again": too many requests, and gateways without their server.
const BUSY: [u16; 4] = [429, 502, 503, 504];

/// One page of a query's answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) next_uri: Option<String>,
    #[serde(default)]
    pub(super) data: Option<Vec<Vec<serde_json::Value>>>,
    pub(super) error: Option<QueryError>,
}

/// What Trino says of a query that failed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryError {
    pub(super) error_name: String,
    pub(super) message: String,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoPage {
    #[error("no answer")]
    Connection(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("HTTP status {status}: {text}")]
    Status { status: u16, text: String },
    #[error("{}: {}", .0.error_name, .0.message)]
    Query(QueryError),
    #[error("an answer that is not Trino's")]
    Json(#[from] serde_json::Error),
}

impl From<QueryError> for NoPage {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl NoPage {
    fn connection(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Connection(Box::new(source))
    }
}

/// The coordinator of a cluster.
pub(super) struct Coordinator {
    connector: Connector,
    url: String,
    headers: Vec<(&'static str, String)>,
}

impl Coordinator {
    pub(super) fn new(settings: &Trino) -> Result<Self, Error> {
        let mut trusted = TrustStore::default();
        if let Some(path) = &settings.ca {
            trusted = trusted.with_pem_certificate(std::fs::read(path).at(path)?);
        }
        let tls = TlsContext::builder().with_trust_store(trusted).build();
        let tls = tls.map_err(|error| super::fault::tls(error, settings))?;
        let timeouts = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT)
            .read_timeout(READ)
            .build();
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls)
            .connector_settings(timeouts)
            .build();
        let mut headers = vec![
            ("x-trino-user", settings.user.clone()),
            ("x-trino-source", "leastwise".to_owned()),
            ("x-trino-catalog", settings.catalog.clone()),
            ("x-trino-schema", settings.schema.clone()),
            ("x-trino-time-zone", "UTC".to_owned()),
            (
                "x-trino-client-capabilities",
                "PARAMETRIC_DATETIME".to_owned(),
            ),
            (
                "user-agent",
                concat!("leastwise/", env!("CARGO_PKG_VERSION")).to_owned(),
            ),
        ];
        headers.extend(authorization(settings)?.map(|value| ("authorization", value)));
        Ok(Self {
            connector,
            url: settings.url(),
            headers,
        })
    }

    /// Starts a query. It is not asked for twice, unless it surely was not heard.
    pub(super) async fn post(&self, statement: &str) -> Result<Page, NoPage> {
        let body = || SdkBody::from(statement);
        self.patiently(is_refused, || self.send("POST", "/v1/statement", body()))
            .await
    }

    /// The next page. Asking twice for the same is fine.
    pub(super) async fn get(&self, next: &str) -> Result<Page, NoPage> {
        self.patiently(is_transient, || {
            self.send("GET", path(next), SdkBody::empty())
        })
        .await
    }

    /// Ends the query.
    pub(super) async fn delete(&self, next: &str) -> Result<(), NoPage> {
        self.answer("DELETE", path(next), SdkBody::empty())
            .await
            .map(drop)
    }

    async fn patiently<F: Future<Output = Result<Page, NoPage>>>(
        &self,
        again: impl Fn(&NoPage) -> bool,
        ask: impl Fn() -> F,
    ) -> Result<Page, NoPage> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match ask().await {
                Err(error) if again(&error) => tokio::time::sleep(pause).await,
                answer => return answer,
            }
            pause *= 2;
        }
        ask().await
    }

    async fn send(&self, method: &str, path: &str, body: SdkBody) -> Result<Page, NoPage> {
        let answer = self.answer(method, path, body).await?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// Credentials go to the coordinator that the user named and nowhere else: of a `nextUri` only the path is used.
    async fn answer(&self, method: &str, path: &str, body: SdkBody) -> Result<Vec<u8>, NoPage> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request.body(body).map_err(NoPage::connection)?;
        let request = HttpRequest::try_from(request).map_err(NoPage::connection)?;
        let response = self
            .connector
            .call(request)
            .await
            .map_err(NoPage::connection)?;
        let status = response.status();
        let body = ByteStream::new(response.into_body()).collect().await;
        let body = body.map_err(NoPage::connection)?.to_vec();
        if status.is_success() {
            return Ok(body);
        }
        Err(NoPage::Status {
            status: status.as_u16(),
            text: String::from_utf8_lossy(&body).chars().take(300).collect(),
        })
    }
}

/// The path of a URL.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

fn authorization(settings: &Trino) -> Result<Option<String>, Error> {
    let value = match (&settings.token, &settings.password) {
        (Some(token), _) => format!("Bearer {token}"),
        (None, Some(password)) => {
            let both = format!("{}:{password}", settings.user);
            format!("Basic {}", BASE64_STANDARD.encode(both))
        }
        (None, None) => return Ok(None),
    };
    if settings.secure {
        Ok(Some(value))
    } else {
        Err(super::fault::in_the_clear(settings))
    }
}

/// Whether the request was surely not acted on.
fn is_refused(error: &NoPage) -> bool {
    matches!(
        error,
        NoPage::Status {
            status: 429 | 503,
            ..
        }
    )
}

/// Whether asking again may help.
fn is_transient(error: &NoPage) -> bool {
    match error {
        NoPage::Connection(_) => true,
        NoPage::Status { status, .. } => BUSY.contains(status),
        NoPage::Query(_) | NoPage::Json(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_next_uri_the_path_is_used() {
        assert_eq!(
            path("http://evil.example/v1/statement/x/1?a=b"),
            "/v1/statement/x/1?a=b"
        );
        assert_eq!(path("http://evil.example"), "/");
    }

    #[test]
    fn pages() {
        let page = r#"{"id":"q","infoUri":"x","nextUri":"http://t/v1/statement/q/1","data":[["a"],[null]],
            "stats":{"state":"RUNNING"},"warnings":[]}"#;
        let page: Page = serde_json::from_str(page).unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(page.next_uri.as_deref(), Some("http://t/v1/statement/q/1"));
        assert_eq!(page.data.map(|rows| rows.len()), Some(2));
    }
}
