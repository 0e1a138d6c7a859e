//! Single requests of an archive in S3.

use super::super::{Stored, unique};
use super::Remote;
use crate::error::Error;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use std::time::Duration;

/// Attempts while the server says that another write of the same key is under way.
const CONFLICTS: u32 = 8;

impl Remote {
    /// What lies below a prefix, with the second of its last change by the server's clock.
    pub(super) async fn entries(
        &self,
        prefix: &str,
        after: &str,
    ) -> Result<Vec<(Stored, i64)>, Error> {
        let mut request = self.client.list_objects_v2().bucket(&self.bucket);
        request = request.prefix(self.key(prefix));
        if !after.is_empty() {
            request = request.start_after(self.key(after));
        }
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.error(prefix, error))?;
            found.extend(page.contents().iter().filter_map(|object| {
                let name = object.key()?.strip_prefix(&self.prefix)?.to_owned();
                let size = object.size().and_then(|size| u64::try_from(size).ok());
                let changed = object.last_modified().map_or(0, |time| time.secs());
                let size = size.unwrap_or(0);
                Some((Stored { name, size }, changed))
            }));
        }
        Ok(found)
    }

    pub(super) async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let request = self.client.get_object().bucket(&self.bucket);
        match request.key(self.key(name)).send().await {
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.error(name, error)),
            Ok(response) => {
                let body = response.body.collect().await;
                let body = body.map_err(|error| self.error(name, error))?;
                Ok(Some(body.to_vec()))
            }
        }
    }

    /// The contents of several objects, asked for at once.
    pub(super) async fn read_many(&self, names: &[&str]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let mut running = Vec::new();
        for name in names {
            let (remote, name) = (self.clone(), (*name).to_owned());
            running.push(tokio::spawn(async move { remote.read(&name).await }));
        }
        let mut contents = Vec::new();
        for running in running {
            contents.push(running.await.map_err(|_| Error::Worker)??);
        }
        Ok(contents)
    }

    /// Bytes of an object; `None` when there is none.
    pub(super) async fn size(&self, name: &str) -> Result<Option<u64>, Error> {
        let request = self.client.head_object().bucket(&self.bucket);
        match request.key(self.key(name)).send().await {
            Ok(head) => {
                let size = head.content_length().unwrap_or(0);
                Ok(Some(u64::try_from(size).unwrap_or(0)))
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.error(name, error)),
        }
    }

    /// Bytes of a part of an object.
    pub(super) async fn range(
        &self,
        name: &str,
        start: u64,
        length: u64,
    ) -> Result<Vec<u8>, Error> {
        let request = self.client.get_object().bucket(&self.bucket);
        let range = format!("bytes={start}-{}", start + length.max(1) - 1);
        let response = request.key(self.key(name)).range(range).send().await;
        let body = response.map_err(|error| self.error(name, error))?.body;
        let body = body.collect().await;
        Ok(body.map_err(|error| self.error(name, error))?.to_vec())
    }

    /// Writes an object unless there is one: false then. When the answer to a write got lost, the write is repeated and
    /// refused for the sake of the first, whose content is this very content.
    pub(super) async fn create(&self, name: &str, content: &[u8]) -> Result<bool, Error> {
        let mut conflicts = 0;
        loop {
            let request = self.client.put_object().bucket(&self.bucket);
            let request = request.key(self.key(name)).if_none_match("*");
            let body = ByteStream::from(content.to_vec());
            match request.body(body).send().await {
                Ok(_) => return Ok(true),
                Err(error) if status(&error) == Some(412) => {
                    let there = self.read(name).await?;
                    return Ok(there.as_deref() == Some(content));
                }
                Err(error) if status(&error) == Some(409) && conflicts < CONFLICTS => {
                    tokio::time::sleep(Duration::from_millis(50) * 2_u32.pow(conflicts)).await;
                    conflicts += 1;
                }
                Err(error) => return Err(self.error(name, error)),
            }
        }
    }

    /// Refuses a server that would let two writers write the same entry; else its clock, in seconds.
    pub(super) async fn probe(&self) -> Result<i64, Error> {
        let name = format!("_probe/{}", unique());
        let atomic = self.create(&name, b"1").await? && !self.create(&name, b"2").await?;
        let now = self.entries(&name, "").await?;
        self.remove(vec![name]).await?;
        if !atomic {
            let bucket = self.bucket.clone();
            return Err(Error::Unconditional { bucket });
        }
        Ok(now.first().map_or(0, |(_, changed)| *changed))
    }

    /// Ends uploads in parts that were begun before that second and never completed. A server that does not list them, or not
    /// to us, ends them by its own rules.
    pub(super) async fn abort_uploads(&self, folder: &str, before: i64) {
        let request = self.client.list_multipart_uploads().bucket(&self.bucket);
        let Ok(listed) = request.prefix(self.key(folder)).send().await else {
            return;
        };
        for upload in listed.uploads() {
            let begun = upload.initiated().map(|time| time.secs());
            if begun.is_none_or(|begun| begun >= before) {
                continue;
            }
            let request = self.client.abort_multipart_upload().bucket(&self.bucket);
            let request = request.set_key(upload.key().map(str::to_owned));
            let request = request.set_upload_id(upload.upload_id().map(str::to_owned));
            // Somebody else may have ended it by now.
            drop(request.send().await);
        }
    }
}

/// Whether the server says that there is no such object.
pub(super) fn is_absent<E>(error: &SdkError<E>) -> bool {
    status(error) == Some(404)
}

/// The status of an answer.
pub(super) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    let response = error.raw_response();
    response.map(|response| response.status().as_u16())
}
