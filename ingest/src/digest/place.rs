//! Accounts and regions of a source, and the days of each.

use crate::config::Cancel;
use crate::error::Error;
use crate::source::Object;
use crate::source::browse::Browse;

/// Folders that lie above `CloudTrail` at most: a prefix, `AWSLogs`, the organization, the account.
const DEPTH: usize = 10;
/// Folders in which places are looked for.
const FOLDERS: usize = 100_000;
/// Year, month, day.
const DATE: usize = 3;

const DIGESTS: &str = "CloudTrail-Digest";
const LOGS: &str = "CloudTrail";

/// One account and region: a pair of folders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Above `CloudTrail`; empty or ending in `/`.
    base: String,
    pub(super) region: String,
}

impl Place {
    pub(super) fn account(&self) -> &str {
        let mut segments = self.base.trim_end_matches('/').rsplit('/');
        segments.next().unwrap_or_default()
    }

    pub(super) fn digests(&self) -> String {
        format!("{}{DIGESTS}/{}/", self.base, self.region)
    }

    pub(super) fn logs(&self) -> String {
        format!("{}{LOGS}/{}/", self.base, self.region)
    }
}

/// All places below a source, sorted, and whether any has digests.
pub(super) fn find(browse: &dyn Browse, cancel: &Cancel) -> Result<(Vec<Place>, bool), Error> {
    let mut places = Vec::new();
    let mut digests = false;
    let mut pending = vec![(String::new(), 0)];
    let mut seen = 0;
    while let Some((base, depth)) = pending.pop() {
        seen += 1;
        if cancel.is_cancelled() || seen > FOLDERS {
            break;
        }
        let folders = browse.children(&base)?.folders;
        let here = |name| folders.iter().any(|folder| folder == name);
        if !here(DIGESTS) && !here(LOGS) {
            if depth < DEPTH {
                let below = folders
                    .iter()
                    .map(|name| (format!("{base}{name}/"), depth + 1));
                pending.extend(below);
            }
            continue;
        }
        digests |= here(DIGESTS);
        let mut regions = Vec::new();
        for kind in [DIGESTS, LOGS].into_iter().filter(|kind| here(kind)) {
            regions.extend(browse.children(&format!("{base}{kind}/"))?.folders);
        }
        places.extend(regions.into_iter().map(|region| Place {
            base: base.clone(),
            region,
        }));
    }
    places.sort();
    places.dedup();
    Ok((places, digests))
}

/// A folder of one date, relative to the region's folder, and objects that lie above such folders.
#[derive(Debug, Default)]
pub(super) struct Dates {
    /// `YYYY/MM/DD/`, whatever is written there, sorted.
    pub(super) folders: Vec<String>,
    pub(super) strays: Vec<Object>,
}

/// The dates of a region's folder.
pub(super) fn dates(browse: &dyn Browse, region: &str) -> Result<Dates, Error> {
    let mut dates = Dates::default();
    let mut pending = vec![(String::new(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        if depth == DATE {
            dates.folders.push(folder);
            continue;
        }
        let children = browse.children(&format!("{region}{folder}"))?;
        dates.strays.extend(children.objects);
        let below = children.folders.into_iter();
        pending.extend(below.map(|name| (format!("{folder}{name}/"), depth + 1)));
    }
    dates.folders.sort();
    Ok(dates)
}

/// All objects below a folder, at most some levels deep.
pub(super) fn below(browse: &dyn Browse, folder: &str) -> Result<Vec<Object>, Error> {
    let mut objects = Vec::new();
    let mut pending = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        let children = browse.children(&folder)?;
        objects.extend(children.objects);
        if depth < DEPTH {
            let below = children.folders.into_iter();
            pending.extend(below.map(|name| (format!("{folder}{name}/"), depth + 1)));
        }
    }
    Ok(objects)
}
