//! Requests of an archive in S3 that move content: large objects in parts, several at once, memory bounded.

use super::Remote;
use super::request::is_absent;
use crate::error::{Error, IoContext};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fs::{self, File};
use std::future::Future;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::task::{JoinError, JoinSet};

/// Uploads at once, each with one part in memory.
const UPLOADS: usize = 4;
/// Bytes of a part; a smaller object is one request. S3 wants 5 MiB at least, and 10,000 parts at most.
const PART: usize = 8 << 20;
/// Copies and deletions at once.
const REQUESTS: usize = 16;
/// What a copy's source is spelled in.
const COPY_SOURCE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

impl Remote {
    /// Brings an object here, whole; false when there is none.
    pub(super) async fn download(&self, name: &str, path: &Path) -> Result<bool, Error> {
        let request = self.client.get_object().bucket(&self.bucket);
        let mut body = match request.key(self.key(name)).send().await {
            Err(error) if is_absent(&error) => return Ok(false),
            Err(error) => return Err(self.error(name, error)),
            Ok(response) => response.body,
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).at(parent)?;
        }
        let partial = path.with_extension("partial");
        let mut file = File::create(&partial).at(&partial)?;
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|error| self.error(name, error))?;
            file.write_all(&bytes).at(&partial)?;
        }
        fs::rename(&partial, path).at(path)?;
        Ok(true)
    }

    /// Uploads files from this machine, `(path, name)`.
    pub(super) async fn upload(&self, files: Vec<(PathBuf, String)>) -> Result<(), Error> {
        self.each(files, UPLOADS, |remote, (path, name)| async move {
            remote.upload_one(&path, &name).await
        })
        .await
    }

    async fn upload_one(&self, path: &Path, name: &str) -> Result<(), Error> {
        let mut file = File::open(path).at(path)?;
        let first = part(&mut file, path)?;
        if first.len() < PART {
            let request = self.client.put_object().bucket(&self.bucket);
            let sent = request.key(self.key(name)).body(first.into()).send().await;
            return sent.map(drop).map_err(|error| self.error(name, error));
        }
        let request = self.client.create_multipart_upload().bucket(&self.bucket);
        let upload = request.key(self.key(name)).send().await;
        let upload = upload.map_err(|error| self.error(name, error))?;
        let id = upload.upload_id().unwrap_or_default();
        let sent = self.upload_parts(name, id, first, (file, path)).await;
        if sent.is_err() {
            let request = self.client.abort_multipart_upload().bucket(&self.bucket);
            let request = request.key(self.key(name)).upload_id(id);
            // Why the upload failed is what is reported.
            drop(request.send().await);
        }
        sent
    }

    async fn upload_parts(
        &self,
        name: &str,
        id: &str,
        first: Vec<u8>,
        (mut file, path): (File, &Path),
    ) -> Result<(), Error> {
        let (mut parts, mut bytes, mut number) = (Vec::new(), first, 1);
        while !bytes.is_empty() {
            let request = self.client.upload_part().bucket(&self.bucket);
            let request = request.key(self.key(name)).upload_id(id);
            let sent = request.part_number(number).body(bytes.into()).send().await;
            let tag = sent.map_err(|error| self.error(name, error))?.e_tag;
            let sent_part = CompletedPart::builder().set_e_tag(tag);
            parts.push(sent_part.part_number(number).build());
            number += 1;
            bytes = part(&mut file, path)?;
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        let request = self.client.complete_multipart_upload().bucket(&self.bucket);
        let request = request.key(self.key(name)).upload_id(id);
        let done = request.multipart_upload(parts.build()).send().await;
        done.map(drop).map_err(|error| self.error(name, error))
    }

    /// Copies objects, `(from, to)`; those (`to`) whose source is not there.
    pub(super) async fn copy(&self, moves: Vec<(String, String)>) -> Result<Vec<String>, Error> {
        let absent = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&absent);
        self.each(moves, REQUESTS, move |remote, (from, to)| {
            let noted = Arc::clone(&noted);
            async move {
                let source = format!("{}/{}", remote.bucket, remote.key(&from));
                let source = utf8_percent_encode(&source, COPY_SOURCE).to_string();
                let request = remote.client.copy_object().bucket(&remote.bucket);
                match request
                    .copy_source(source)
                    .key(remote.key(&to))
                    .send()
                    .await
                {
                    Ok(_) => {}
                    Err(error) if is_absent(&error) => {
                        noted.lock().map_err(|_| Error::Worker)?.push(to);
                    }
                    Err(error) => return Err(remote.error(&to, error)),
                }
                Ok(())
            }
        })
        .await?;
        let mut absent = absent.lock().map_err(|_| Error::Worker)?;
        Ok(std::mem::take(&mut *absent))
    }

    /// Deletes objects; those that are not there are passed over.
    pub(super) async fn remove(&self, names: Vec<String>) -> Result<(), Error> {
        self.each(names, REQUESTS, |remote, name| async move {
            let request = remote.client.delete_object().bucket(&remote.bucket);
            let sent = request.key(remote.key(&name)).send().await;
            sent.map(drop).map_err(|error| remote.error(&name, error))
        })
        .await
    }

    /// Does something with each item, several at once. The first error ends it.
    async fn each<T, F>(
        &self,
        items: Vec<T>,
        at_once: usize,
        action: impl Fn(Self, T) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let mut running = JoinSet::new();
        for item in items {
            if running.len() >= at_once {
                joined(running.join_next().await)?;
            }
            running.spawn(action(self.clone(), item));
        }
        while !running.is_empty() {
            joined(running.join_next().await)?;
        }
        Ok(())
    }
}

fn joined(done: Option<Result<Result<(), Error>, JoinError>>) -> Result<(), Error> {
    match done {
        None | Some(Ok(Ok(()))) => Ok(()),
        Some(Ok(Err(error))) => Err(error),
        Some(Err(_)) => Err(Error::Worker),
    }
}

/// The next part of a file; empty at its end.
fn part(file: &mut File, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut limited = file.take(PART as u64);
    limited.read_to_end(&mut bytes).at(path)?;
    Ok(bytes)
}
