//! The scan: row groups handed to threads, what each has seen put together.

use super::groups::State;
use super::queue::Queue;
use super::reader::{Reader, Scope};
use super::runs::{Sums, merged, on_disk};
use super::stored::Stored;
use crate::archive;
use crate::config::{Config, Progress};
use crate::error::{At, Error};
use crate::tally::Tally;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs that lie on disk before they become one.
const RUNS: usize = 32;

/// Scans the archive: the counts of events, and the sums of accesses in the order of their keys.
///
/// Memory: of each thread a few batches and the groups that fit into its share of [`Config::memory_bytes`], the rest on
/// disk in `scratch`; the cross-account copies of the days at hand.
pub(crate) fn scan<S>(
    config: &Config,
    (columns, scratch): (&'static [&'static str], &Path),
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<(Tally, Sums<S::Sum>), Error>
where
    S: State + 'static,
    S::Sum: Stored + 'static,
{
    let scan = Scan {
        config,
        columns,
        scratch,
        queue: Queue::new(archive::days(config)?, progress),
        progress,
        cancel,
    };
    let parts: Vec<Result<Part<S>, Error>> = std::thread::scope(|scope| {
        let work = || scan.drain();
        let spawned: Vec<_> = (1..config.threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let others = spawned.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        std::iter::once(own).chain(others).collect()
    });
    let mut tally = Tally::default();
    let mut sums = Vec::new();
    for part in parts {
        let mut part = part?;
        sums.append(&mut part.runs);
        sums.push(sorted(&mut part.reader));
        tally.merge(part.reader.tally, config.sample);
    }
    Ok((tally, merged(sums, config.sample)?))
}

/// What one thread has seen.
struct Part<S: State> {
    reader: Reader<S>,
    /// Groups for which there was no memory.
    runs: Vec<Sums<S::Sum>>,
}

fn sorted<S: State + 'static>(reader: &mut Reader<S>) -> Sums<S::Sum> {
    let (groups, symbols) = reader.take();
    Box::new(groups.into_sorted(symbols).map(Ok))
}

/// A scan under way.
struct Scan<'s> {
    config: &'s Config,
    columns: &'static [&'static str],
    scratch: &'s Path,
    queue: Queue,
    progress: &'s dyn Progress,
    cancel: &'s AtomicBool,
}

impl Scan<'_> {
    /// Counts row groups until none is left.
    fn drain<S>(&self) -> Result<Part<S>, Error>
    where
        S: State + 'static,
        S::Sum: Stored + 'static,
    {
        let mut part = Part {
            reader: Reader::default(),
            runs: Vec::new(),
        };
        let done = self.count(&mut part);
        done.inspect_err(|_| self.queue.close())?;
        Ok(part)
    }

    fn count<S>(&self, part: &mut Part<S>) -> Result<(), Error>
    where
        S: State + 'static,
        S::Sum: Stored + 'static,
    {
        let share = self.config.memory_bytes / 4 * 3 / self.config.threads.max(1);
        while let Some(task) = self.queue.next()? {
            part.reader.tally.add_footer(&task.footer);
            let Some(group) = task.group else {
                continue;
            };
            if !task.footer.may_count(group, self.config) {
                self.progress.advanced(task.bytes(), 0);
                continue;
            }
            let scope = Scope {
                config: self.config,
                columns: self.columns,
                day: &task.day,
                path: &task.footer.path,
            };
            for records in task.footer.rows(group, self.columns)? {
                self.go_on()?;
                part.reader.add(&records.at(scope.path)?, scope)?;
                if part.reader.bytes() > share {
                    self.put_aside(part)?;
                }
            }
            part.reader.end_group();
            self.progress.advanced(task.bytes(), task.rows());
        }
        self.go_on()
    }

    fn go_on(&self) -> Result<(), Error> {
        match self.cancel.load(Ordering::Relaxed) {
            true => Err(Error::Cancelled),
            false => Ok(()),
        }
    }

    /// Puts the groups on disk.
    fn put_aside<S>(&self, part: &mut Part<S>) -> Result<(), Error>
    where
        S: State + 'static,
        S::Sum: Stored + 'static,
    {
        let run = on_disk(sorted(&mut part.reader), self.scratch)?;
        part.runs.push(run);
        if part.runs.len() >= RUNS {
            let runs = std::mem::take(&mut part.runs);
            let all = merged(runs, self.config.sample)?;
            part.runs.push(on_disk(all, self.scratch)?);
        }
        Ok(())
    }
}
