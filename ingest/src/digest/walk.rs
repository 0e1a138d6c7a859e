//! The walk through one account and region, day by day: digests, their chain, their log objects, and what is left.

use super::chain::{Chain, Seen, unhex_hash};
use super::coverage::Coverage;
use super::file::{ChainId, Name};
use super::load::{self, Loaded, Objection};
use super::logs::{self, Named};
use super::place::{Place, below, dates};
use super::report::{Finding, FindingKind, PlaceReport, Severity};
use super::{Book, Work, parallel};
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// Dates for which a log object may wait for a digest that names it.
const WAITING_DATES: usize = 3;
/// Digests in memory at once.
const DIGESTS: usize = 16;

/// What is found and counted on the way.
pub(super) struct Walk<'w> {
    pub(super) work: &'w Work<'w>,
    pub(super) place: &'w Place,
    pub(super) report: PlaceReport,
    pub(super) findings: Vec<Finding>,
    pub(super) chains: BTreeMap<ChainId, Chain>,
    pub(super) coverage: Coverage,
    /// Log objects that no digest has named yet, by date.
    pub(super) waiting: BTreeMap<String, BTreeSet<String>>,
    /// Named by valid digests, still to be read.
    named: Vec<Named>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(work: &'w Work<'w>, place: &'w Place) -> Self {
        Self {
            work,
            place,
            report: PlaceReport {
                account: place.account().to_owned(),
                region: place.region.clone(),
                ..PlaceReport::default()
            },
            findings: Vec::new(),
            chains: BTreeMap::new(),
            coverage: Coverage::default(),
            waiting: BTreeMap::new(),
            named: Vec::new(),
        }
    }

    /// Walks to the end.
    pub(super) fn run(mut self) -> (PlaceReport, Vec<Finding>) {
        if let Err(error) = self.days() {
            let folder = self.place.digests();
            self.find(FindingKind::Unreadable, &folder, load::chain(&error));
        }
        self.close_chains();
        self.read_logs();
        self.settle_waiting(0);
        self.find_holes();
        if let Some((from, to)) = self.coverage.ends() {
            (self.report.covered_from, self.report.covered_to) = (Some(from), Some(to));
        }
        (self.report, self.findings)
    }

    fn days(&mut self) -> Result<(), Error> {
        let browse = self.work.browse;
        let digests = dates(browse, &self.place.digests())?;
        let logs = dates(browse, &self.place.logs())?;
        self.wait(String::new(), logs.strays);
        let all: BTreeSet<String> = digests.folders.into_iter().chain(logs.folders).collect();
        for date in all {
            if self.work.cancel.is_cancelled() {
                break;
            }
            if self.work.window.has_logs(&date) {
                let objects = below(browse, &format!("{}{date}", self.place.logs()))?;
                self.wait(date.clone(), objects);
            }
            if self.work.window.has_digests(&date) {
                self.digests_of(&format!("{}{date}", self.place.digests()))?;
            }
            self.settle_waiting(WAITING_DATES);
        }
        Ok(())
    }

    fn wait(&mut self, date: String, objects: Vec<crate::source::Object>) {
        let logs = objects.into_iter().map(|object| object.key);
        let logs = logs.filter(|key| crate::source::is_log(key));
        self.waiting.entry(date).or_default().extend(logs);
    }

    /// Takes the digests of a date by time.
    fn digests_of(&mut self, folder: &str) -> Result<(), Error> {
        let objects = below(self.work.browse, folder)?.into_iter();
        let mut named: Vec<(Name, String)> = objects
            .filter_map(|object| Some((Name::parse(&object.key)?, object.key)))
            .filter(|(name, _)| self.work.window.has_digest(&name.time))
            .collect();
        named.sort_by(|(a, key), (b, other)| (&a.time, key).cmp(&(&b.time, other)));
        for batch in named.chunks(DIGESTS) {
            let (browse, origin) = (self.work.browse, &self.work.origin);
            let loaded = parallel(batch, self.work.threads, self.work.cancel, |(name, key)| {
                load::load(browse, origin, key, name)
            });
            for ((name, key), loaded) in batch.iter().zip(loaded) {
                match loaded {
                    Some(Ok(loaded)) => self.take(loaded),
                    Some(Err(objection)) => self.refuse(name, key, objection),
                    None => {}
                }
            }
            self.read_logs();
        }
        Ok(())
    }

    /// A digest that cannot be read still has its place in the chain.
    fn refuse(&mut self, name: &Name, key: &str, objection: Objection) {
        self.close(&name.chain);
        let seen = Seen {
            key: key.to_owned(),
            end: None,
            sha256: None,
            signature: None,
        };
        self.chain(&name.chain).push(seen);
        self.count_digest(key, objection);
    }

    fn take(&mut self, next: Loaded) {
        let id = next.name.chain.clone();
        let work = self.work;
        let link = self.chain(&id).link(&next, &work.origin);
        self.settle_open(&id, &link, &next);
        self.judge_link(&id, link, &next);
        let last_end = self.chain(&id).last().and_then(|last| last.end);
        if let Some(end) = last_end {
            self.coverage.hole(&id, end, next.start);
        }
        let signature = next.signature().map(|found| found.map(str::to_owned));
        self.chain(&id).push(Seen {
            key: next.key.clone(),
            end: Some(next.end),
            sha256: Some(next.sha256),
            signature: signature.clone().and_then(Result::ok),
        });
        match signature {
            None => self.chain(&id).open = Some(next),
            Some(signature) => {
                let verdict = signature.and_then(|text| next.verify(&text, self.work.keys));
                self.settle(&next, verdict);
            }
        }
    }

    /// The verdict on a digest, and so on what it names.
    pub(super) fn settle(&mut self, digest: &Loaded, verdict: Result<(), Objection>) {
        let valid = verdict.is_ok();
        match verdict {
            Ok(()) => {
                self.report.digests.count(None);
                self.coverage
                    .add(&digest.name.chain, (digest.start, digest.end));
            }
            Err(objection) => self.count_digest(&digest.key, objection),
        }
        for log in &digest.digest.log_files {
            let key = self
                .work
                .origin
                .key(&digest.prefix, &log.bucket, &log.object);
            let Some(key) = key.map(str::to_owned) else {
                self.report.logs.count(Some(Severity::Unchecked));
                let words = format!("s3://{}/{} is outside the source", log.bucket, log.object);
                self.find(FindingKind::Elsewhere, &digest.key, words);
                continue;
            };
            let listed = self.waiting.values_mut().any(|keys| keys.remove(&key));
            if valid {
                self.named.push(Named {
                    key,
                    bucket: log.bucket.clone(),
                    object: log.object.clone(),
                    sha256: unhex_hash(&log.hash_value),
                    listed,
                });
            } else {
                self.report.logs.count(Some(Severity::Unchecked));
                self.note(&key, FindingKind::LogsUndigested);
            }
        }
    }

    pub(super) fn read_logs(&mut self) {
        let named = std::mem::take(&mut self.named);
        if let Some(book) = &self.work.book {
            return self.enter(named, book);
        }
        let (browse, progress) = (self.work.browse, self.work.progress);
        let checked = parallel(&named, self.work.threads, self.work.cancel, |log| {
            let result = logs::check(browse, log);
            progress.advanced(*result.as_ref().unwrap_or(&0), 1);
            result
        });
        for (log, result) in named.iter().zip(checked) {
            match result {
                None => self.report.logs.count(Some(Severity::Unchecked)),
                Some(Ok(bytes)) => {
                    self.report.bytes += bytes;
                    self.report.logs.count(None);
                }
                Some(Err((kind, words))) => {
                    self.report.logs.count(Some(kind.severity()));
                    self.push(kind, Some(log.bucket.clone()), log.object.clone(), words);
                }
            }
        }
    }

    /// Enters log objects into the book instead of reading them.
    fn enter(&mut self, named: Vec<Named>, book: &Mutex<Book>) {
        for log in named {
            let date = log.key.strip_prefix(&self.place.logs());
            let date = date.and_then(|rest| rest.rsplit_once('/'));
            let expected = date.is_some_and(|(date, _)| self.work.window.has_logs(date));
            if expected && !log.listed {
                let words = "a digest names it, and it is not there".to_owned();
                let (bucket, object) = (log.bucket.clone(), log.object.clone());
                self.push(FindingKind::LogNotFound, Some(bucket), object, words);
            }
            if let Ok(mut book) = book.lock() {
                book.name(log);
            }
        }
    }

    /// Enters a log object that no valid digest names.
    pub(super) fn note(&self, key: &str, kind: FindingKind) {
        if let Some(Ok(mut book)) = self.work.book.as_ref().map(Mutex::lock) {
            book.other(key, kind);
        }
    }

    pub(super) fn chain(&mut self, id: &ChainId) -> &mut Chain {
        self.chains.entry(id.clone()).or_default()
    }
}
