//! Proof that logs are what CloudTrail delivered: its digest files, their signatures, their chain, and the hashes in
//! them. Follows `cloudtrail-and-iam.md` section 6.

mod api;
mod book;
mod chain;
mod coverage;
mod file;
mod judge;
mod keys;
mod load;
mod logs;
mod origin;
mod place;
mod report;
mod walk;
mod window;

pub(crate) use book::{Book, Judged};
pub use report::{
    Delivery, Finding, FindingKind, LISTED_FINDINGS, PlaceReport, Severity, Tally, Verification,
};
pub use window::Window;

use crate::config::{Cancel, Config, Progress, S3Options, Silent};
use crate::error::Error;
use crate::source::browse::{Browse, Location};
use crate::source::{Object, Source, delivery_day};
use chrono::NaiveDate;
use keys::Keys;
use origin::Origin;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Whose word counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Files of public keys, as `aws cloudtrail list-public-keys` prints them; CloudTrail is asked when there are none.
    pub keys: Vec<PathBuf>,
    /// CloudTrail's endpoint; that of S3 when absent.
    pub cloudtrail_endpoint: Option<String>,
    /// Where CloudTrail delivered to, when the source is a copy.
    pub delivered_to: Option<Source>,
}

impl Trust {
    fn keys(&self, s3: &S3Options) -> Result<Keys, Error> {
        if !self.keys.is_empty() {
            return Ok(Keys::Files(keys::read_files(&self.keys)?));
        }
        let mut options = s3.clone();
        options.endpoint_url = self.cloudtrail_endpoint.clone().or(options.endpoint_url);
        Ok(Keys::Api(Box::new(api::Api::new(&options)?)))
    }
}

/// Settings of one verification.
#[derive(Debug, Clone)]
pub struct VerifyConfig {
    /// Where logs and digests are: above the `CloudTrail` and `CloudTrail-Digest` folders.
    pub source: Source,
    /// How AWS is reached; for a folder, CloudTrail alone.
    pub s3: S3Options,
    /// Send S3 requests unsigned, for public buckets.
    pub unsigned: bool,
    /// Whose word counts.
    pub trust: Trust,
    /// Dates of delivery.
    pub window: Window,
    /// Threads that hash; an S3 source is read by more.
    pub threads: usize,
}

impl VerifyConfig {
    /// The whole source, keys from CloudTrail, all cores.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            s3: S3Options::default(),
            unsigned: false,
            trust: Trust::default(),
            window: Window::default(),
            threads: thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What the walks share.
struct Work<'w> {
    browse: &'w dyn Browse,
    keys: &'w Keys,
    origin: Origin,
    window: Window,
    /// Of one walk.
    threads: usize,
    /// Takes the hashes of log objects, which are then not read.
    book: Option<Mutex<Book>>,
    cancel: &'w Cancel,
    progress: &'w dyn Progress,
}

/// Verifies all digests below the source, and the log objects that they name, one date of an account and region in
/// memory at a time. `progress` hears of bytes hashed and log objects.
///
/// # Errors
/// The source cannot be listed, it has no digests, or a key file cannot be read. All else is a finding.
pub fn verify(
    config: &VerifyConfig,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Verification, Error> {
    let browse = config
        .source
        .browse(&config.s3, config.unsigned, Path::new(""))?;
    let (verification, _) = walk(config, browse.as_ref(), None, progress, cancel)?;
    Ok(verification)
}

/// Verifies the digests of the dates of delivery of `new` objects; what they say of these is in the book.
pub(crate) fn read_book(
    config: &Config,
    trust: &Trust,
    new: &[Object],
    cancel: &Cancel,
) -> Result<(Verification, Book), Error> {
    let days = || new.iter().filter_map(|object| delivery_day(&object.key));
    let date = |day: &str| NaiveDate::parse_from_str(day, "%Y/%m/%d").ok();
    let verify = VerifyConfig {
        s3: config.s3.clone(),
        unsigned: config.unsigned,
        trust: trust.clone(),
        window: Window {
            from: days().min().and_then(date),
            to: days().max().and_then(date),
        },
        threads: config.threads,
        ..VerifyConfig::new(config.source.clone())
    };
    let browse = config
        .source
        .browse(&config.s3, config.unsigned, config.archive_folder())?;
    let book = Book::with_room(config.memory_bytes as u64 / 4);
    let (mut verification, book) = walk(&verify, browse.as_ref(), Some(book), &Silent, cancel)?;
    // They are counted when they are read.
    verification.logs = Tally::default();
    Ok((verification, book.unwrap_or_default()))
}

fn walk(
    config: &VerifyConfig,
    browse: &dyn Browse,
    book: Option<Book>,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<(Verification, Option<Book>), Error> {
    let keys = config.trust.keys(&config.s3)?;
    let (places, digests) = place::find(browse, cancel)?;
    if !digests && !cancel.is_cancelled() {
        return Err(Error::NoDigests(config.source.to_string()));
    }
    let readers = browse.readers(config.threads);
    let walks = readers.min(places.len()).max(1);
    let delivered = config.trust.delivered_to.as_ref().and_then(location);
    let work = Work {
        origin: Origin::new(delivered.or(browse.location())),
        browse,
        keys: &keys,
        window: config.window.clone(),
        threads: (readers / walks).max(1),
        book: book.map(Mutex::new),
        cancel,
        progress,
    };
    let found = parallel(&places, walks, cancel, |place| {
        walk::Walk::new(&work, place).run()
    });
    let mut verification = Verification::default();
    for (place, findings) in found.into_iter().flatten() {
        verification.add(place, findings);
    }
    verification.cancelled = cancel.is_cancelled();
    let book = work.book.and_then(|book| book.into_inner().ok());
    Ok((verification, book))
}

fn location(source: &Source) -> Option<Location> {
    match source {
        Source::Folder(_) => None,
        Source::S3 { bucket, prefix } => Some(Location {
            bucket: bucket.clone(),
            prefix: match prefix.as_str() {
                "" => String::new(),
                prefix => format!("{}/", prefix.trim_end_matches('/')),
            },
        }),
    }
}

/// What `work` makes of each item, in their order, on so many threads; `None` for those not begun when cancelled.
fn parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    cancel: &Cancel,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let run = || {
        while !cancel.is_cancelled() {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(item), Some(place)) = (items.get(at), results.get(at)) else {
                break;
            };
            let result = work(item);
            if let Ok(mut place) = place.lock() {
                *place = Some(result);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    let results = results.into_iter();
    results
        .map(|result| result.into_inner().ok().flatten())
        .collect()
}
