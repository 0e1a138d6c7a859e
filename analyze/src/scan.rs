//! The scan: row groups handed to threads, their tallies merged.

use crate::archive::{self, Day, Footer};
use crate::config::{Config, Progress};
use crate::error::{At, Error};
use crate::output::{self, Summary};
use crate::tally::{COLUMNS, Scope, Tally};
use ingest::DataFile;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Aggregates the archive to `usage.jsonl`.
///
/// Memory: a few batches a thread, the cross-account copies of the days at hand, and per usage line up to
/// [`Config::sample`] resources and its active days.
pub fn analyze(
    config: &Config,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Summary, Error> {
    let config = &config.checked();
    let queue = Queue::new(archive::days(config)?, progress);
    let work = || drain(&queue, config, progress, cancel);
    let tallies: Vec<Result<Tally, Error>> = std::thread::scope(|scope| {
        let spawned: Vec<_> = (1..config.threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let others = spawned.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        std::iter::once(own).chain(others).collect()
    });
    let mut total = Tally::default();
    for tally in tallies {
        total.merge(tally?, config.sample);
    }
    output::write(total, config)
}

/// Counts row groups until none is left.
fn drain(
    queue: &Queue,
    config: &Config,
    progress: &dyn Progress,
    cancel: &AtomicBool,
) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    while let Some(task) = queue.next()? {
        let path = &task.footer.path;
        tally.add_footer(&task.footer);
        let Some(group) = task.group else {
            continue;
        };
        if !task.footer.may_count(group, config) {
            progress.advanced(task.bytes(), 0);
            continue;
        }
        let scope = Scope {
            config,
            day: &task.day,
            path,
        };
        for records in task
            .footer
            .rows(group, &COLUMNS)
            .inspect_err(|_| queue.close())?
        {
            if cancel.load(Ordering::Relaxed) {
                queue.close();
                return Err(Error::Cancelled);
            }
            let counted = records
                .at(path)
                .and_then(|records| tally.add(&records, scope));
            counted.inspect_err(|_| queue.close())?;
        }
        progress.advanced(task.bytes(), task.rows());
    }
    if cancel.load(Ordering::Relaxed) {
        Err(Error::Cancelled)
    } else {
        Ok(tally)
    }
}

/// A row group to count, or a file without any.
struct Task {
    day: Arc<Day>,
    footer: Footer,
    group: Option<usize>,
}

impl Task {
    fn bytes(&self) -> u64 {
        let group = self
            .group
            .and_then(|group| self.footer.metadata.metadata().row_groups().get(group));
        group.map_or(0, |group| {
            u64::try_from(group.compressed_size()).unwrap_or(0)
        })
    }

    fn rows(&self) -> u64 {
        let group = self
            .group
            .and_then(|group| self.footer.metadata.metadata().row_groups().get(group));
        group.map_or(0, |group| u64::try_from(group.num_rows()).unwrap_or(0))
    }
}

/// What is left to do: row groups of the file at hand, then files. A day, and its copies, live while work on it does.
struct Queue(Mutex<Left>);

struct Left {
    files: VecDeque<(Arc<Day>, DataFile)>,
    tasks: VecDeque<Task>,
}

impl Queue {
    fn new(days: Vec<Day>, progress: &dyn Progress) -> Self {
        let mut bytes = 0;
        let mut files = VecDeque::new();
        for day in days {
            let day = Arc::new(day);
            for file in &day.files {
                bytes += file.size;
                files.push_back((Arc::clone(&day), file.clone()));
            }
        }
        progress.total(bytes);
        Self(Mutex::new(Left {
            files,
            tasks: VecDeque::new(),
        }))
    }

    fn next(&self) -> Result<Option<Task>, Error> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if left.tasks.is_empty()
            && let Some((day, file)) = left.files.pop_front()
        {
            let footer = day.open(&file).inspect_err(|_| left.clear())?;
            let groups = footer.metadata.metadata().num_row_groups();
            let task = |group| Task {
                day: Arc::clone(&day),
                footer: footer.clone(),
                group,
            };
            left.tasks
                .extend((0..groups).map(|group| task(Some(group))));
            if groups == 0 {
                left.tasks.push_back(task(None));
            }
        }
        Ok(left.tasks.pop_front())
    }

    /// Drops what is left.
    fn close(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Left {
    fn clear(&mut self) {
        self.files.clear();
        self.tasks.clear();
    }
}
