//! One part of an object: asked for until it is there, the server says no, or patience ends.

use super::pace::Pace;
use crate::config::Cancel;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Before a request is made again; doubled each time, up to the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Answers of a server that is busy, beside all of 500 and above.
const BUSY: [&str; 5] = [
    "SlowDown",
    "RequestTimeout",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Why a part is not there.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the object has changed since it was listed")]
    Changed,
    #[error("the object is gone since it was listed")]
    Gone,
    #[error("the run was interrupted")]
    Cancelled,
    #[error("no progress for {0:?}")]
    Patience(Duration, #[source] Box<Failure>),
    #[error("the body ends after {0} bytes of {1}")]
    Short(u64, u64),
    #[error(transparent)]
    Request(Box<SdkError<GetObjectError>>),
    #[error("the body breaks off")]
    Body(#[from] aws_sdk_s3::primitives::ByteStreamError),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) tag: String,
    /// Bytes of the object.
    pub(super) range: Range<u64>,
    /// The range is the whole object.
    pub(super) whole: bool,
}

/// How it is asked for.
#[derive(Clone)]
pub(super) struct Asking {
    /// A client that does not try again by itself.
    pub(super) client: Client,
    pub(super) pace: Arc<Mutex<Pace>>,
    /// Longest time without progress.
    pub(super) patience: Duration,
    pub(super) cancel: Cancel,
}

impl Asking {
    /// The bytes of a part, as the object was when it was listed.
    pub(super) async fn fetch(&self, part: &Part) -> Result<Vec<u8>, Failure> {
        let length = usize::try_from(part.range.end - part.range.start).unwrap_or(0);
        let mut bytes = Vec::with_capacity(length);
        let (mut progress, mut had, mut pause) = (Instant::now(), 0, PAUSE);
        loop {
            if self.cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            let failure = match self.ask(part, &mut bytes).await {
                Ok(()) => {
                    self.note(|pace| pace.answered());
                    return Ok(bytes);
                }
                Err(failure) => failure,
            };
            if !failure.may_pass() {
                return Err(failure);
            }
            if bytes.len() > had {
                (progress, had, pause) = (Instant::now(), bytes.len(), PAUSE);
            }
            self.note(|pace| pace.pushed_back(Instant::now()));
            if progress.elapsed() + pause > self.patience {
                return Err(Failure::Patience(self.patience, Box::new(failure)));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks once for what is missing.
    async fn ask(&self, part: &Part, bytes: &mut Vec<u8>) -> Result<(), Failure> {
        let from = part.range.start + bytes.len() as u64;
        let mut request = self.client.get_object().bucket(&part.bucket).key(&part.key);
        if !part.tag.is_empty() {
            request = request.if_match(format!("\"{}\"", part.tag));
        }
        if !part.whole || from > part.range.start {
            request = request.range(format!("bytes={from}-{}", part.range.end - 1));
        }
        let mut body: ByteStream = request.send().await.map_err(Failure::of)?.body;
        while let Some(more) = body.next().await {
            bytes.extend_from_slice(&more?);
            if self.cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
        }
        let (had, all) = (bytes.len() as u64, part.range.end - part.range.start);
        match had.cmp(&all) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => Err(Failure::Short(had, all)),
            std::cmp::Ordering::Greater => Err(Failure::Changed),
        }
    }

    fn note(&self, note: impl FnOnce(&mut Pace)) {
        if let Ok(mut pace) = self.pace.lock() {
            note(&mut pace);
        }
    }
}

impl Failure {
    fn of(error: SdkError<GetObjectError>) -> Self {
        let status = error
            .raw_response()
            .map(|response| response.status().as_u16());
        match (status, error.code()) {
            (Some(412 | 416), _) => Self::Changed,
            (Some(404), Some("NoSuchKey") | None) => Self::Gone,
            _ => Self::Request(Box::new(error)),
        }
    }

    /// Whether it may be another time.
    fn may_pass(&self) -> bool {
        match self {
            Self::Changed | Self::Gone | Self::Cancelled | Self::Patience(..) => false,
            Self::Short(..) | Self::Body(_) => true,
            Self::Request(error) => may_pass(error),
        }
    }
}

fn may_pass(error: &SdkError<GetObjectError>) -> bool {
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(_) => {
            let busy = error.code().is_some_and(|code| BUSY.contains(&code));
            busy || status.is_some_and(|status| status >= 500 || status == 429)
        }
        SdkError::DispatchFailure(failure) => !failure.is_user(),
        _ => true,
    }
}
