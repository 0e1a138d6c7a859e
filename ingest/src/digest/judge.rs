//! What the walk through an account and region makes of what it met.

use super::chain::Link;
use super::coverage::Covered;
use super::file::{ChainId, Name};
use super::load::{self, Loaded, Objection};
use super::logs;
use super::report::{Finding, FindingKind, LISTED_FINDINGS, Severity};
use super::walk::Walk;
use super::window::Window;
use crate::time::rfc3339;

impl Walk<'_> {
    /// The predecessor's signature, kept by its successor, where the copy has no metadata.
    pub(super) fn settle_open(&mut self, id: &ChainId, link: &Link, next: &Loaded) {
        let Some(open) = self.chain(id).open.take() else {
            return;
        };
        let kept = next.digest.previous_digest_signature.as_deref();
        match (link, kept) {
            (Link::Follows | Link::Differs(_), Some(signature)) => {
                let verdict = open.verify(signature, self.work.keys);
                self.settle(&open, verdict);
            }
            _ => self.settle(&open, Err(not_saved())),
        }
    }

    pub(super) fn judge_link(&mut self, id: &ChainId, link: Link, next: &Loaded) {
        let first = self.chain(id).last().is_none();
        match link {
            Link::Follows => {}
            Link::Start => {
                let words = format!("the chain of trail `{}` starts here", id.trail);
                self.find(FindingKind::ChainStart, &next.key, words);
            }
            Link::Elsewhere => {
                let words = "the digest before it lies outside the source".to_owned();
                self.find(FindingKind::Elsewhere, &next.key, words);
            }
            Link::Differs(why) => self.find(FindingKind::DigestLink, &next.key, why),
            Link::Skips(between) => {
                for key in between {
                    let words = format!("`{}` names an older digest instead", next.key);
                    self.find(FindingKind::DigestOrphan, &key, words);
                }
            }
            Link::Unmet(key) if first && self.work.window.is_before(&key) => {}
            Link::Unmet(key) => self.judge_unmet(&key, next),
        }
    }

    pub(super) fn judge_unmet(&mut self, key: &str, next: &Loaded) {
        match self.work.browse.fetch(key) {
            Ok(None) => {
                let words = format!("`{}` names it as the digest before", next.key);
                self.find(FindingKind::DigestNotFound, key, words);
            }
            Ok(Some(_)) => {
                let words = format!("it names `{key}`, which is not the digest before it");
                self.find(FindingKind::DigestLink, &next.key, words);
            }
            Err(error) => self.find(FindingKind::Unreadable, key, load::chain(&error)),
        }
    }

    /// Judges the log objects that no digest named, but for those of the last dates.
    pub(super) fn settle_waiting(&mut self, keep: usize) {
        while self.waiting.len() > keep {
            let Some((date, keys)) = self.waiting.pop_first() else {
                return;
            };
            let (mut pending, mut undigested) = (0, 0);
            for key in keys {
                let kind = match logs::delivered_at(&key).map(|at| self.coverage.of(at)) {
                    Some(Covered::No) => FindingKind::LogsUndigested,
                    Some(Covered::Soon) => FindingKind::LogsPending,
                    Some(Covered::Yes) | None => FindingKind::LogUnreferenced,
                };
                self.note(&key, kind);
                match kind {
                    FindingKind::LogsUndigested => undigested += 1,
                    FindingKind::LogsPending => pending += 1,
                    _ => {
                        self.report.logs.count(Some(Severity::Invalid));
                        self.find(kind, &key, "no digest names it".to_owned());
                    }
                }
            }
            let folder = format!("{}{date}", self.place.logs());
            self.report.logs.unchecked += undigested;
            if undigested > 0 {
                let words = format!("{undigested} log objects of hours that no digest covers");
                self.find(FindingKind::LogsUndigested, &folder, words);
            }
            if pending > 0 {
                let words = format!("{pending} log objects newer than the newest digest");
                self.find(FindingKind::LogsPending, &folder, words);
            }
        }
    }

    pub(super) fn find_holes(&mut self) {
        let holes = self.coverage.holes().map(|(chain, span)| {
            let trail = &chain.trail;
            (format!("no digest of trail `{trail}`"), *span)
        });
        let (first, last) = (self.coverage.first(), self.coverage.last());
        // What is ingested may well begin and end in the middle of a day.
        let whole = self.work.book.is_none();
        let edges = self.work.window.edges(first, last).filter(|_| whole);
        let edges = edges.map(|span| ("no digest at all".to_owned(), span));
        let holes: Vec<_> = holes.chain(edges).collect();
        for (what, (from, to)) in holes {
            let words = format!("{what} from {} to {}", rfc3339(from), rfc3339(to));
            let folder = self.place.digests();
            self.find(FindingKind::HoursMissing, &folder, words);
        }
    }

    pub(super) fn close_chains(&mut self) {
        let ids: Vec<ChainId> = self.chains.keys().cloned().collect();
        for id in ids {
            self.close(&id);
        }
    }

    pub(super) fn close(&mut self, id: &ChainId) {
        if let Some(open) = self.chain(id).open.take() {
            self.settle(&open, Err(not_saved()));
        }
    }

    pub(super) fn count_digest(&mut self, key: &str, (kind, words): Objection) {
        self.report.digests.count(Some(kind.severity()));
        self.find(kind, key, words);
    }

    pub(super) fn find(&mut self, kind: FindingKind, key: &str, words: String) {
        let origin = &self.work.origin;
        let (bucket, key) = (origin.bucket(), origin.full_key(key));
        self.push(kind, bucket, key, words);
    }

    pub(super) fn push(
        &mut self,
        kind: FindingKind,
        bucket: Option<String>,
        key: String,
        detail: String,
    ) {
        *self.report.by_kind.entry(kind).or_default() += 1;
        if self.findings.len() < LISTED_FINDINGS {
            self.findings.push(Finding {
                kind,
                severity: kind.severity(),
                account: self.report.account.clone(),
                region: self.report.region.clone(),
                bucket,
                key,
                detail,
            });
        }
    }
}

fn not_saved() -> Objection {
    let why = "its signature is in the object's metadata, which this copy does not have, and no later digest repeats it";
    (FindingKind::SignatureNotSaved, why.to_owned())
}

impl Window {
    /// Whether a digest's key is of before the window.
    fn is_before(&self, key: &str) -> bool {
        let from = self.from.map(|date| date.format("%Y%m%dT").to_string());
        let time = Name::parse(key).map(|name| name.time);
        from.zip(time).is_some_and(|(from, time)| time < from)
    }
}
