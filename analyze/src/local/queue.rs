//! The queue: what is left of the archive to count.

use crate::archive::{Day, Footer};
use crate::config::Progress;
use crate::error::Error;
use ingest::DataFile;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// A row group to count, or a file without any.
pub(super) struct Task {
    pub(super) day: Arc<Day>,
    pub(super) footer: Footer,
    pub(super) group: Option<usize>,
}

impl Task {
    pub(super) fn bytes(&self) -> u64 {
        let group = self
            .group
            .and_then(|group| self.footer.metadata.metadata().row_groups().get(group));
        group.map_or(0, |group| {
            u64::try_from(group.compressed_size()).unwrap_or(0)
        })
    }

    pub(super) fn rows(&self) -> u64 {
        let group = self
            .group
            .and_then(|group| self.footer.metadata.metadata().row_groups().get(group));
        group.map_or(0, |group| u64::try_from(group.num_rows()).unwrap_or(0))
    }
}

/// What is left to do: row groups of the file at hand, then files. A day, and its copies, live while work on it does.
pub(super) struct Queue(Mutex<Left>);

struct Left {
    files: VecDeque<(Arc<Day>, DataFile)>,
    tasks: VecDeque<Task>,
}

impl Queue {
    pub(super) fn new(days: Vec<Day>, progress: &dyn Progress) -> Self {
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

    pub(super) fn next(&self) -> Result<Option<Task>, Error> {
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
    pub(super) fn close(&self) {
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
