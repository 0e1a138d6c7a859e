//! An archive in S3. Objects appear whole; the only write that others are raced for is that of a ledger entry.

mod request;
mod transfer;

use super::scratch::Scratch;
use super::{Hold, STAGING, Staged, Store, Stored, below};
use crate::archive::data::DataReader;
use crate::config::S3Options;
use crate::error::Error;
use crate::source::s3_client;
use aws_sdk_s3::Client;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Runtime;

/// A staged batch whose newest object is older by so many seconds, and that no entry names, was abandoned.
const ABANDONED: i64 = 24 * 60 * 60;

/// Where files are that were brought here.
const FETCHED: &str = "fetched";
const BELOW_STAGING: &str = "_staging/";

/// A prefix of a bucket.
pub(super) struct Bucket {
    remote: Remote,
    runtime: Runtime,
    scratch: OnceLock<Scratch>,
    /// The server's, in seconds, when this process began.
    clock: OnceLock<i64>,
}

/// What a request needs.
#[derive(Clone)]
struct Remote {
    client: Client,
    bucket: String,
    prefix: String,
}

impl Remote {
    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn error(&self, name: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::S3 {
            bucket: self.bucket.clone(),
            key: self.key(name),
            source: Box::new(source),
        }
    }
}

impl Bucket {
    pub(super) fn new(bucket: &str, prefix: &str, options: &S3Options) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let remote = Remote {
            client: runtime.block_on(s3_client(options, false)),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        };
        Ok(Self {
            remote,
            runtime,
            scratch: OnceLock::new(),
            clock: OnceLock::new(),
        })
    }

    /// What was last changed before this second is nobody's.
    fn abandoned(&self) -> i64 {
        self.clock.get().map_or(i64::MIN, |now| now - ABANDONED)
    }

    fn scratch(&self) -> PathBuf {
        let scratch = self.scratch.get().map(|scratch| scratch.path().to_owned());
        scratch.unwrap_or_else(std::env::temp_dir)
    }
}

impl Store for Bucket {
    fn place(&self, name: &str) -> PathBuf {
        let Remote { bucket, prefix, .. } = &self.remote;
        PathBuf::from(format!("s3://{bucket}/{prefix}{name}"))
    }

    fn list(&self, prefix: &str, after: &str) -> Result<Vec<Stored>, Error> {
        let found = self.runtime.block_on(self.remote.entries(prefix, after))?;
        Ok(found.into_iter().map(|(stored, _)| stored).collect())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.runtime.block_on(self.remote.read(name))
    }

    fn read_many(&self, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.runtime.block_on(self.remote.read_many(names))
    }

    fn open(self: Arc<Self>, name: &str) -> Result<Option<DataReader>, Error> {
        let Some(size) = self.runtime.block_on(self.remote.size(name))? else {
            return Ok(None);
        };
        let (name, store) = (name.to_owned(), self);
        let range = move |start, length| {
            let request = store.remote.range(&name, start, length);
            store.runtime.block_on(request).map_err(io::Error::other)
        };
        Ok(Some(DataReader::of_blocks(size, Box::new(range))))
    }

    fn fetch(&self, name: &str) -> Result<Option<PathBuf>, Error> {
        let path = below(&self.scratch().join(FETCHED), name);
        // What a name stands for never changes.
        if path.exists() {
            return Ok(Some(path));
        }
        let found = self.runtime.block_on(self.remote.download(name, &path))?;
        Ok(found.then_some(path))
    }

    fn forget(&self, names: &[String]) {
        for name in names {
            // What cannot be deleted now goes with the scratch folder.
            drop(fs::remove_file(below(&self.scratch().join(FETCHED), name)));
        }
    }

    fn prepare(&self) -> Result<(), Error> {
        if self.scratch.get().is_none() {
            let scratch = Scratch::new()?;
            let now = self.runtime.block_on(self.remote.probe())?;
            let _ = (self.scratch.set(scratch), self.clock.set(now));
        }
        Ok(())
    }

    fn is_exclusive(&self) -> bool {
        false
    }

    /// Nothing needs to be held: an entry is written by whoever is first.
    fn hold(&self) -> Result<Hold, Error> {
        Ok(Hold(None))
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<bool, Error> {
        self.runtime.block_on(self.remote.create(name, content))
    }

    /// A name is enough.
    fn claim(&self, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn release(&self, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn workplace(&self, batch: &str) -> PathBuf {
        self.scratch().join(batch)
    }

    fn stage(&self, batch: &str, names: &[String]) -> Result<(), Error> {
        let folder = self.workplace(batch);
        let uploads = names.iter().map(|name| {
            let to = format!("{STAGING}/{batch}/{name}");
            (below(&folder, name), to)
        });
        self.runtime.block_on(self.remote.upload(uploads.collect()))
    }

    fn staged(&self) -> Result<Vec<Staged>, Error> {
        let entries = self.remote.entries(BELOW_STAGING, "");
        let mut batches: BTreeMap<String, Staged> = BTreeMap::new();
        for (Stored { name, .. }, changed) in self.runtime.block_on(entries)? {
            let mut segments = name.splitn(4, '/').skip(1);
            let (Some(writer), Some(number)) = (segments.next(), segments.next()) else {
                continue;
            };
            let batch = batches
                .entry(format!("{writer}/{number}"))
                .or_insert(Staged {
                    abandoned: true,
                    ..Staged::default()
                });
            batch.abandoned &= changed < self.abandoned();
            batch.names.push(name);
        }
        let batches = batches.into_iter();
        Ok(batches
            .map(|(batch, staged)| Staged { batch, ..staged })
            .collect())
    }

    fn publish(&self, moves: &[(String, String)]) -> Result<Vec<String>, Error> {
        self.runtime.block_on(self.remote.copy(moves.to_vec()))
    }

    fn remove(&self, names: &[String]) -> Result<(), Error> {
        self.runtime.block_on(self.remote.remove(names.to_vec()))
    }

    fn discard(&self, staged: &Staged) -> Result<(), Error> {
        let folder = self.workplace(&staged.batch);
        if folder.exists() {
            // Lies in the scratch folder, which is deleted in any case.
            drop(fs::remove_dir_all(folder));
        }
        self.remove(&staged.names)
    }

    fn sweep(&self) -> Result<(), Error> {
        let aborting = self.remote.abort_uploads(BELOW_STAGING, self.abandoned());
        self.runtime.block_on(aborting);
        Ok(())
    }
}
