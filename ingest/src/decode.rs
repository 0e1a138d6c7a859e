//! Whether a record is an event: version and kind checks around [`Event`].

use crate::event::Event;

/// What one JSON value turned out to be.
#[derive(Debug)]
pub enum Decoded<'a> {
    /// An event.
    Event(Box<Event<'a>>),
    /// A record of a kind that says nothing about permissions.
    Skipped(Skip),
}

/// Kinds of record that are skipped with a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// `eventCategory` `Aggregated`.
    Aggregated,
    /// `eventCategory` `Insight`.
    Insight,
    /// A digest file.
    Digest,
    /// An EventBridge event that is no CloudTrail record.
    OtherEvent,
    /// A health check of a CloudWatch Logs subscription.
    ControlMessage,
}

impl Skip {
    /// Stable name, as counted.
    pub fn as_str(self) -> &'static str {
        match self {
            Skip::Aggregated => "aggregated",
            Skip::Insight => "insight",
            Skip::Digest => "digest",
            Skip::OtherEvent => "other-event",
            Skip::ControlMessage => "control-message",
        }
    }
}

/// Why a record is no event.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not JSON, or not an object.
    #[error("not a JSON record")]
    Json(#[source] serde_json::Error),
    /// A mandatory member is missing.
    #[error("not a CloudTrail record: `{0}` is missing")]
    Missing(&'static str),
    /// A version that this program does not know how to read.
    #[error("event version `{0}` is not 1.x")]
    Version(String),
    /// `eventTime` is not a time.
    #[error("event time `{0}` is not a time")]
    Time(String),
}

impl DecodeError {
    /// Stable name of the reason, as counted.
    pub fn as_str(&self) -> &'static str {
        match self {
            DecodeError::Json(_) => "not-json",
            DecodeError::Missing(_) => "not-cloudtrail",
            DecodeError::Version(_) => "event-version",
            DecodeError::Time(_) => "event-time",
        }
    }
}

impl<'a> Event<'a> {
    /// Reads one record.
    ///
    /// # Errors
    /// The JSON is broken, a mandatory member is missing, or the major version is not 1.
    pub fn parse(json: &'a str) -> Result<Decoded<'a>, DecodeError> {
        let event: Event<'a> = serde_json::from_str(json).map_err(DecodeError::Json)?;
        event.decoded()
    }

    /// The same for a record that was put together from its members.
    ///
    /// # Errors
    /// A mandatory member is missing, or the major version is not 1.
    pub fn decoded(self) -> Result<Decoded<'a>, DecodeError> {
        if let Some(skip) = skip_kind(&self) {
            return Ok(Decoded::Skipped(skip));
        }
        if let Some(name) = missing(&self) {
            return Err(DecodeError::Missing(name));
        }
        if let Some(version) = &self.event_version
            && !version_is_readable(version)
        {
            return Err(DecodeError::Version(version.to_string()));
        }
        Ok(Decoded::Event(Box::new(self)))
    }
}

/// Whether a record is an event: [`Event::parse`] without the reason.
pub(crate) fn is_event(event: &Event<'_>) -> bool {
    let version = event.event_version.as_deref();
    skip_kind(event).is_none()
        && missing(event).is_none()
        && version.is_none_or(version_is_readable)
}

/// A mandatory member that is missing.
fn missing(event: &Event<'_>) -> Option<&'static str> {
    let mandatory = [
        ("eventSource", &event.event_source),
        ("eventName", &event.event_name),
        ("eventTime", &event.event_time),
    ];
    let missing = mandatory.iter().find(|(_, value)| value.is_empty());
    missing.map(|(name, _)| *name)
}

fn skip_kind(event: &Event<'_>) -> Option<Skip> {
    match (event.event_category.as_deref(), event.event_type.as_deref()) {
        (Some("Insight"), _) | (_, Some("AwsCloudTrailInsight")) => Some(Skip::Insight),
        (Some("Aggregated"), _) | (_, Some("AwsAggregatedEvent")) => Some(Skip::Aggregated),
        _ => None,
    }
}

/// `major.minor` with major 1; a missing minor part is taken for 0.
fn version_is_readable(version: &str) -> bool {
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    major.parse::<u32>() == Ok(1) && minor.parse::<u32>().is_ok()
}
