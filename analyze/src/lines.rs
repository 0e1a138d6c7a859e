//! The lines of a `usage.jsonl`, on their way to the file: the header before them tells of all of them.

use crate::error::{At, Error};
use crate::group::{Group, Key};
use crate::pauses::Pauses;
use iam::usage::{Header, Usage};
use std::fs::{self, File};
use std::io::{BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// Groups that are handed on together, and such hands in flight.
const TOGETHER: usize = 256;
const IN_FLIGHT: usize = 4;

/// Lines in a file without a name.
pub(crate) struct Lines {
    body: File,
    folder: PathBuf,
    pub(crate) pauses: Pauses,
    /// Lines so far.
    pub(crate) number: u64,
    /// Principals so far.
    pub(crate) principals: u64,
    last: Option<Arc<str>>,
}

impl Lines {
    /// No lines yet; they will lie in the folder. `end`: the window's last moment.
    pub(crate) fn new(folder: &Path, end: Option<i64>) -> Result<Self, Error> {
        Ok(Self {
            body: tempfile::tempfile_in(folder).at(folder)?,
            folder: folder.to_owned(),
            pauses: end.map(Pauses::until).unwrap_or_default(),
            number: 0,
            principals: 0,
            last: None,
        })
    }

    /// Adds groups, which come in the order of their keys: one thread gets them, another writes them.
    pub(crate) fn add_all(
        &mut self,
        groups: impl Iterator<Item = Result<(Key, Group), Error>> + Send,
    ) -> Result<(), Error> {
        let mut groups = groups.fuse();
        let (send, receive) = sync_channel(IN_FLIGHT);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                loop {
                    let some: Vec<_> = groups.by_ref().take(TOGETHER).collect();
                    if some.is_empty() || send.send(some).is_err() {
                        return;
                    }
                }
            });
            self.write(receive)
        })
    }

    fn write(&mut self, groups: Receiver<Vec<Result<(Key, Group), Error>>>) -> Result<(), Error> {
        let mut writer = BufWriter::with_capacity(1 << 20, self.body.try_clone().at(&self.folder)?);
        for some in groups {
            for group in some {
                let (key, group) = group?;
                self.count(&key, &group);
                let line: Usage = group.into_usage(key);
                serde_json::to_writer(&mut writer, &line)
                    .map_err(std::io::Error::from)
                    .and_then(|()| writer.write_all(b"\n"))
                    .at(&self.folder)?;
            }
        }
        writer.flush().at(&self.folder)
    }

    fn count(&mut self, key: &Key, group: &Group) {
        self.number += 1;
        if self.last.as_deref() != Some(key.principal.as_ref()) {
            self.principals += 1;
            self.last = Some(Arc::clone(&key.principal));
        }
        self.pauses.add(key, group);
    }

    /// Puts the header and the lines into a file, which appears whole or not at all.
    pub(crate) fn finish(mut self, header: &Header, out: &Path) -> Result<(), Error> {
        let unfinished = unfinished(out);
        let none: [Usage; 0] = [];
        let written = File::create(&unfinished).and_then(|mut file| {
            iam::usage::write(&mut file, header, none)?;
            self.body.rewind()?;
            std::io::copy(&mut self.body, &mut file)?;
            file.sync_all()?;
            fs::rename(&unfinished, out)
        });
        written
            .inspect_err(|_| drop(fs::remove_file(&unfinished)))
            .at(out)
    }
}

/// A name beside the file, of this process alone.
fn unfinished(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.unfinished", std::process::id()));
    out.with_file_name(name)
}
