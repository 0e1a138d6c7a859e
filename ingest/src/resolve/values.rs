//! How a request parameter becomes part of an ARN: names with a prefix to cut, URLs, aliases, suffixes that only AWS
//! knows (catalogue.md, C3).

use std::borrow::Cow;

use super::escape::push_literal;

/// What a service puts where a value must not be logged.
const HIDDEN: [&str; 2] = ["HIDDEN_DUE_TO_SECURITY_REASONS", "***"];

/// How the value of a variable is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// As it is.
    Plain,
    /// A bucket name; not an access point's ARN or alias.
    Bucket,
    /// The access point of an ARN or alias in the place of a bucket.
    AccessPoint,
    /// The bucket of `bucket/key?versionId=…`, percent-encoded.
    SourceBucket,
    /// The key of the same.
    SourceKey,
    /// A key id; an alias is no key.
    KmsKey,
    /// `alias/name` without `alias/`.
    KmsAlias,
    /// A secret's name, to which AWS adds six random characters.
    Secret,
    /// A parameter's name without leading slash, version or label.
    Parameter,
    /// Behind the path of the request, or any path when the request has none.
    IamName,
    /// A queue's name, also as the end of its URL.
    Queue,
    /// `name`, `name:qualifier`, `account:function:name`.
    Function,
    /// What follows the last slash.
    LastSegment,
    /// `family` of `family:revision`.
    Family,
    /// `revision` of the same.
    Revision,
    /// A log group without the `:*` that its ARN is often written with.
    LogGroup,
    /// `REGIONAL` or `CLOUDFRONT`.
    WafScope,
    /// An event bus other than the default one, which its rules do not name.
    EventBus,
    /// A Bedrock model by its id.
    FoundationModel,
    /// A Bedrock inference profile by its id: a model id behind a geography.
    InferenceProfile,
    /// Only values that begin so.
    Starting(&'static str),
}

impl Rule {
    /// The part of `raw` that the variable is; `None` if the value says nothing of it.
    pub(crate) fn part<'v>(self, raw: &'v str) -> Option<Cow<'v, str>> {
        let raw = raw.trim_ascii();
        if raw.is_empty() || HIDDEN.iter().any(|hidden| raw.starts_with(hidden)) {
            return None;
        }
        match self {
            Rule::SourceBucket => copy_source(raw).map(|(bucket, _)| bucket),
            Rule::SourceKey => copy_source(raw).map(|(_, key)| key),
            _ => self
                .slice(raw)
                .filter(|part| !part.is_empty())
                .map(Cow::Borrowed),
        }
    }

    fn slice(self, raw: &str) -> Option<&str> {
        let arn = raw.starts_with("arn:");
        match self {
            Rule::Bucket if raw.ends_with("-s3alias") => None,
            Rule::Bucket if arn => raw
                .rsplit(':')
                .next()
                .filter(|bucket| !bucket.contains('/')),
            Rule::AccessPoint => access_point(raw),
            Rule::LastSegment => raw.rsplit('/').next(),
            Rule::EventBus => raw.rsplit('/').next().filter(|bus| *bus != "default"),
            Rule::Family if arn => raw.rsplit('/').next()?.split(':').next(),
            Rule::LogGroup if arn => log_group(raw),
            _ if arn => None,
            Rule::KmsKey => (!raw.starts_with("alias/")).then_some(raw),
            Rule::KmsAlias => Some(raw.strip_prefix("alias/").unwrap_or(raw)),
            Rule::Parameter => raw
                .split(':')
                .next()
                .map(|name| name.strip_prefix('/').unwrap_or(name)),
            Rule::Queue => raw.trim_end_matches('/').rsplit('/').next(),
            Rule::Function => function(raw),
            Rule::Family => raw.split(':').next(),
            Rule::Revision => raw.split_once(':').map(|(_, revision)| revision),
            Rule::LogGroup => Some(raw.strip_suffix(":*").unwrap_or(raw)),
            Rule::WafScope => waf_scope(raw),
            Rule::FoundationModel => (!is_profile(raw)).then_some(raw),
            Rule::InferenceProfile => is_profile(raw).then_some(raw),
            Rule::Starting(prefix) => raw.starts_with(prefix).then_some(raw),
            _ => Some(raw),
        }
    }

    /// Account and region that the value itself names.
    pub(crate) fn owner(self, raw: &str) -> (Option<&str>, Option<&str>) {
        let mut fields = raw.split(':');
        match self {
            Rule::AccessPoint | Rule::LastSegment | Rule::Family | Rule::LogGroup
                if raw.starts_with("arn:") =>
            {
                let region = fields.nth(3);
                (fields.next(), region)
            }
            Rule::Queue if raw.contains(':') => {
                (raw.trim_end_matches('/').rsplit('/').nth(1), None)
            }
            Rule::Function => {
                let account = fields.next();
                (account.filter(|_| fields.next() == Some("function")), None)
            }
            _ => (None, None),
        }
    }

    /// Appends a part as pattern text. `path` is the IAM path of the request.
    pub(crate) fn write(self, part: &str, path: Option<&str>, out: &mut String) {
        match (self, path) {
            (Rule::IamName, Some(path)) => {
                push_literal(out, path.strip_prefix('/').unwrap_or(path))
            }
            (Rule::IamName, None) => out.push('*'),
            _ => {}
        }
        push_literal(out, part);
        if self == Rule::Secret {
            out.push_str("-??????");
        }
    }
}

/// Bucket and key of the header `x-amz-copy-source`.
fn copy_source(raw: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let path = raw.split_once("?versionId=").map_or(raw, |(path, _)| path);
    let (bucket, key) = path
        .strip_prefix('/')
        .unwrap_or(path)
        .split_once('/')
        .or_else(|| split_encoded(path))?;
    Some((decode(bucket), decode(key)))
}

/// Some clients encode the slash between bucket and key too.
fn split_encoded(path: &str) -> Option<(&str, &str)> {
    path.split_once("%2F").or_else(|| path.split_once("%2f"))
}

/// Percent-decoded text; as it is, if that gives no UTF-8.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .unwrap_or(Cow::Borrowed(text))
}

/// `arn:…:accesspoint/NAME[/object/…]` or `NAME-<random>-s3alias`.
fn access_point(raw: &str) -> Option<&str> {
    match raw.strip_suffix("-s3alias") {
        Some(alias) => alias.rsplit_once('-').map(|(name, _)| name),
        None => {
            let resource = raw.splitn(6, ':').nth(5)?;
            resource.strip_prefix("accesspoint/")?.split('/').next()
        }
    }
}

/// `name`, also of `account:function:name` and of `function:name`.
fn function(raw: &str) -> Option<&str> {
    let mut fields = raw.split(':');
    let first = fields.next()?;
    match (first, fields.next()) {
        ("function", Some(name)) => Some(name),
        (_, Some("function")) => fields.next(),
        _ => Some(first),
    }
}

fn log_group(arn: &str) -> Option<&str> {
    arn.split_once(":log-group:")
        .and_then(|(_, group)| group.split(':').next())
}

/// `eu.anthropic.claude…`: a geography of Bedrock's cross-region inference before provider and model.
fn is_profile(model: &str) -> bool {
    const GEOGRAPHIES: [&str; 8] = ["us", "eu", "apac", "jp", "au", "ca", "us-gov", "global"];
    model
        .split_once('.')
        .is_some_and(|(geography, _)| GEOGRAPHIES.contains(&geography))
}

fn waf_scope(raw: &str) -> Option<&'static str> {
    [("REGIONAL", "regional"), ("CLOUDFRONT", "global")]
        .iter()
        .find(|(scope, _)| raw.eq_ignore_ascii_case(scope))
        .map(|(_, segment)| *segment)
}
