//! An S3 prefix looked at folder by folder.

use super::{Body, Bucket};
use crate::error::Error;
use crate::source::Object;
use crate::source::browse::{Browse, Children, Fetched, Location};
use std::io::Cursor;

impl Bucket {
    /// The prefix as a folder: empty, or ending in `/`.
    fn root(&self) -> String {
        match self.prefix.as_str() {
            "" => String::new(),
            prefix if prefix.ends_with('/') => prefix.to_owned(),
            prefix => format!("{prefix}/"),
        }
    }

    async fn children_of(&self, folder: &str) -> Result<Children, Error> {
        let root = self.root();
        let prefix = format!("{root}{folder}");
        let request = self.client.list_objects_v2().bucket(&self.bucket);
        let mut pages = request
            .prefix(&prefix)
            .delimiter("/")
            .into_paginator()
            .send();
        let mut children = Children::default();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.error(&prefix, error))?;
            let folders = page.common_prefixes().iter();
            children.folders.extend(folders.filter_map(|folder| {
                let name = folder.prefix()?.strip_prefix(&prefix)?;
                Some(name.trim_end_matches('/').to_owned())
            }));
            let objects = page.contents().iter();
            children.objects.extend(objects.filter_map(|object| {
                let key = object.key()?.strip_prefix(&root)?;
                (!key.ends_with('/') && !key.is_empty()).then(|| Object {
                    key: key.to_owned(),
                    size: object
                        .size()
                        .and_then(|size| size.try_into().ok())
                        .unwrap_or(0),
                    tag: String::new(),
                })
            }));
        }
        children.folders.sort();
        children.objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(children)
    }
}

impl Browse for Bucket {
    fn children(&self, folder: &str) -> Result<Children, Error> {
        self.runtime.block_on(self.children_of(folder))
    }

    fn fetch(&self, key: &str) -> Result<Option<Fetched<'_>>, Error> {
        let key = format!("{}{key}", self.root());
        let request = self.client.get_object().bucket(&self.bucket).key(&key);
        let response = match self.runtime.block_on(request.send()) {
            Ok(response) => response,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => {
                return Ok(None);
            }
            Err(error) => return Err(self.error(&key, error)),
        };
        let metadata = response.metadata.unwrap_or_default().into_iter();
        let metadata = metadata
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let tag = response.e_tag.unwrap_or_default();
        Ok(Some(Fetched {
            metadata: Some(metadata),
            bytes: Box::new(Body {
                bucket: self,
                key,
                tag: tag.trim_matches('"').to_owned(),
                stream: response.body,
                chunk: Cursor::new(Vec::new()),
                offset: 0,
                breaks: 0,
            }),
        }))
    }

    fn location(&self) -> Option<Location> {
        Some(Location {
            bucket: self.bucket.clone(),
            prefix: self.root(),
        })
    }

    /// Most objects are small, so that most of the time is spent waiting for them.
    fn readers(&self, threads: usize) -> usize {
        threads.saturating_mul(4).clamp(8, 64)
    }
}
