//! Listing a prefix: several parts of it at once, and of the parts that are ordered by day only the days wanted.
//!
//! CloudTrail's keys are `…AWSLogs/[o-id/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/…`. Folders of that shape are looked into down
//! to the region, whose keys lie in the order of their days; one that is asked for from the first day wanted and left
//! at the last costs no request for the other days. Any other folder is listed whole.

use super::Bucket;
use crate::config::Cancel;
use crate::error::Error;
use crate::source::days::DeliveryDays;
use crate::source::{Listing, Object, SIBLINGS, delivery_day};
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use std::collections::VecDeque;
use tokio::task::JoinSet;

/// Parts listed at once.
const LISTERS: usize = 16;
/// Folders of unknown shape beside each other that are listed one by one; more are listed together.
const MAX_UNKNOWN: usize = 32;

/// A part of the prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A folder to look into.
    Look(String),
    /// All that lies below; keys after the folder begin with a year when `by_day`.
    Take { prefix: String, by_day: bool },
}

impl Part {
    fn prefix(&self) -> &str {
        match self {
            Self::Look(prefix) | Self::Take { prefix, .. } => prefix,
        }
    }
}

/// What a part holds.
#[derive(Default)]
struct Found {
    objects: Vec<(String, Object)>,
    parts: Vec<Part>,
}

/// A request of one part, with all that it needs to run on its own.
#[derive(Clone)]
struct Lister {
    client: Client,
    bucket: String,
    days: DeliveryDays,
    cancel: Cancel,
}

impl Bucket {
    /// Lists all parts. One that cannot be listed is noted, unless it is the whole prefix.
    pub(super) async fn list_parts(
        &self,
        days: &DeliveryDays,
        cancel: &Cancel,
    ) -> Result<Listing, Error> {
        let lister = Lister {
            client: self.client.clone(),
            bucket: self.bucket.clone(),
            days: days.clone(),
            cancel: cancel.clone(),
        };
        let mut listing = Listing::default();
        let mut waiting = VecDeque::from([Part::Look(self.prefix.clone())]);
        let mut running = JoinSet::new();
        loop {
            while running.len() < LISTERS && !cancel.is_cancelled() {
                let Some(part) = waiting.pop_front() else {
                    break;
                };
                let lister = lister.clone();
                running.spawn(async move { (lister.list(&part).await, part) });
            }
            match running.join_next().await {
                None => break,
                Some(Err(stopped)) => return Err(self.error(&self.prefix, stopped)),
                Some(Ok((Ok(found), _))) => {
                    waiting.extend(found.parts);
                    self.keep(found.objects, days, &mut listing);
                }
                Some(Ok((Err(error), part))) if part.prefix() == self.prefix => return Err(error),
                Some(Ok((Err(error), part))) => {
                    listing.unlisted.push((part.prefix().to_owned(), error))
                }
            }
        }
        listing.unlisted.sort_by(|a, b| a.0.cmp(&b.0));
        listing.sort();
        Ok(listing)
    }

    fn keep(&self, objects: Vec<(String, Object)>, days: &DeliveryDays, listing: &mut Listing) {
        for (key, object) in objects {
            let relative = self.relative(&key).filter(|key| !key.ends_with('/'));
            if let Some(key) = relative {
                let key = key.to_owned();
                listing.add_delivered(Object { key, ..object }, days);
            }
        }
    }
}

impl Lister {
    async fn list(&self, part: &Part) -> Result<Found, Error> {
        match part {
            Part::Look(prefix) => self.look(prefix).await,
            Part::Take { prefix, by_day } => self.take(prefix, *by_day).await,
        }
    }

    /// The objects of a folder, and its folders as parts.
    async fn look(&self, prefix: &str) -> Result<Found, Error> {
        let request = self.client.list_objects_v2().bucket(&self.bucket);
        let request = request.prefix(prefix).delimiter("/");
        let mut pages = request.into_paginator().send();
        let (mut found, mut folders) = (Found::default(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.error(prefix, error))?;
            found.objects.extend(objects(&page));
            let below = page.common_prefixes().iter();
            folders.extend(below.filter_map(|folder| folder.prefix().map(str::to_owned)));
            if self.cancel.is_cancelled() {
                break;
            }
        }
        found.parts = parts(prefix, folders);
        if let [Part::Take { prefix: whole, .. }] = found.parts.as_slice()
            && whole == prefix
        {
            found.objects.clear();
        }
        Ok(found)
    }

    async fn take(&self, prefix: &str, by_day: bool) -> Result<Found, Error> {
        let mut request = self.client.list_objects_v2().bucket(&self.bucket);
        if let Some(first) = self.days.first.as_ref().filter(|_| by_day) {
            request = request.start_after(format!("{prefix}{first}"));
        }
        let mut pages = request.prefix(prefix).into_paginator().send();
        let mut found = Found::default();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.error(prefix, error))?;
            found.objects.extend(objects(&page));
            let last = found.objects.last().and_then(|(key, _)| delivery_day(key));
            let past = last.is_some_and(|day| self.days.is_past(day));
            if (by_day && past) || self.cancel.is_cancelled() {
                break;
            }
        }
        Ok(found)
    }

    fn error(&self, key: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::S3 {
            bucket: self.bucket.clone(),
            key: key.to_owned(),
            source: Box::new(source),
        }
    }
}

/// The objects of a page, with their whole keys.
fn objects(page: &ListObjectsV2Output) -> impl Iterator<Item = (String, Object)> {
    page.contents().iter().filter_map(|object| {
        let size = object.size().and_then(|size| u64::try_from(size).ok());
        let tag = object.e_tag().unwrap_or_default().trim_matches('"');
        let found = Object {
            key: String::new(),
            size: size.unwrap_or(0),
            tag: tag.to_owned(),
        };
        Some((object.key()?.to_owned(), found))
    })
}

/// How the folders of a folder are to be listed.
fn parts(prefix: &str, folders: Vec<String>) -> Vec<Part> {
    let take = |prefix: String, by_day| Part::Take { prefix, by_day };
    if folders.iter().any(|folder| is_year(last_of(folder))) {
        return vec![take(prefix.to_owned(), true)];
    }
    let known = |folder: &&String| is_structure(last_of(folder));
    if folders.len() - folders.iter().filter(known).count() > MAX_UNKNOWN {
        return vec![take(prefix.to_owned(), false)];
    }
    let part = |folder: String| {
        let itself = folder.strip_suffix('/') == Some(prefix);
        if itself || is_structure(last_of(&folder)) {
            Part::Look(folder)
        } else {
            let by_day = is_logs(last_of(prefix));
            take(folder, by_day)
        }
    };
    folders.into_iter().map(part).collect()
}

/// The last segment of a folder's prefix.
fn last_of(folder: &str) -> &str {
    let name = folder.trim_end_matches('/');
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether a folder of that name has regions in it.
fn is_logs(name: &str) -> bool {
    name == "CloudTrail" || SIBLINGS.contains(&name)
}

/// Whether a folder of that name is part of CloudTrail's structure above the region.
fn is_structure(name: &str) -> bool {
    let account = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    let organization = name.len() > 2 && name.starts_with("o-");
    name == "AWSLogs" || is_logs(name) || account || organization
}

fn is_year(name: &str) -> bool {
    name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prefix: &str, folders: &[&str], expect: &[Part]) {
        let folders = folders.iter().map(|name| format!("{prefix}{name}/"));
        assert_eq!(parts(prefix, folders.collect()), expect, "{prefix}");
    }

    fn look(prefix: &str) -> Part {
        Part::Look(prefix.to_owned())
    }

    fn take(prefix: &str, by_day: bool) -> Part {
        let prefix = prefix.to_owned();
        Part::Take { prefix, by_day }
    }

    #[test]
    fn cloudtrails_structure_is_looked_into_down_to_the_region() {
        check(
            "",
            &["AWSLogs", "other"],
            &[look("AWSLogs/"), take("other/", false)],
        );
        check(
            "AWSLogs/",
            &["111122223333", "o-abcdefghij"],
            &[look("AWSLogs/111122223333/"), look("AWSLogs/o-abcdefghij/")],
        );
        check(
            "AWSLogs/111122223333/",
            &["CloudTrail", "CloudTrail-Digest", "Config"],
            &[
                look("AWSLogs/111122223333/CloudTrail/"),
                look("AWSLogs/111122223333/CloudTrail-Digest/"),
                take("AWSLogs/111122223333/Config/", false),
            ],
        );
        check(
            "x/CloudTrail/",
            &["eu-west-1"],
            &[take("x/CloudTrail/eu-west-1/", true)],
        );
        check("x/eu-west-1/", &["2026"], &[take("x/eu-west-1/", true)]);
        let beside = ["x/eu-west-1/", "x/eu-west-10/"]
            .map(str::to_owned)
            .to_vec();
        let expect = [look("x/eu-west-1/"), take("x/eu-west-10/", false)];
        assert_eq!(parts("x/eu-west-1", beside), expect);
    }

    #[test]
    fn many_other_folders_are_listed_together() {
        let names: Vec<String> = (0..100).map(|n| format!("run-{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        check("logs/", &names, &[take("logs/", false)]);
    }
}
