//! The bytes of an object, inflated when they are gzip, whatever its name says; limited in size.

use crate::gzip::{Gzip, MAGIC};
use std::io::{self, BufRead, BufReader, Read};

/// Stored bytes read at once.
const READ: usize = 64 * 1024;

/// Why the bytes of an object end early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The source failed: not the object's fault.
    #[error("the object cannot be read")]
    Source(#[source] io::Error),
    /// More bytes than allowed.
    #[error("inflates to more than {0} bytes")]
    TooLarge(u64),
    /// Bytes behind the first gzip member, which no digest covers.
    #[error("bytes follow the first gzip member")]
    Trailing,
}

/// Reads an object's content.
pub(crate) struct Inflate<R: Read> {
    content: Content<BufReader<Source<R>>>,
    left: u64,
    limit: u64,
}

enum Content<B: BufRead> {
    Plain(B),
    Gzip(Box<Gzip<B>>),
}

impl<R: Read> Inflate<R> {
    /// Looks at the first bytes; `limit` is the largest content in bytes.
    ///
    /// # Errors
    /// The reader's, as [`Broken::Source`].
    pub(crate) fn new(stored: R, limit: u64) -> io::Result<Self> {
        let mut stored = BufReader::with_capacity(READ, Source(stored));
        let content = if stored.fill_buf()?.starts_with(&MAGIC) {
            Content::Gzip(Box::new(Gzip::new(stored)))
        } else {
            Content::Plain(stored)
        };
        Ok(Self {
            content,
            left: limit,
            limit,
        })
    }

    /// Bytes given so far.
    pub(crate) fn given(&self) -> u64 {
        self.limit - self.left
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.content {
            Content::Plain(stored) => stored.read(buffer)?,
            Content::Gzip(decoder) => match decoder.read(buffer)? {
                0 if !buffer.is_empty() && !decoder.get_mut().fill_buf()?.is_empty() => {
                    return Err(io::Error::other(Broken::Trailing));
                }
                read => read,
            },
        };
        match self.left.checked_sub(read as u64) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => Err(io::Error::other(Broken::TooLarge(self.limit))),
        }
    }
}

/// Marks the errors of the underlying reader, so that they are not taken for broken content.
struct Source<R>(R);

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => io::Error::other(Broken::Source(error)),
        })
    }
}

/// What broke, when it was one of ours.
pub(crate) fn broken(error: &io::Error) -> Option<&Broken> {
    error.get_ref()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn check(stored: &[u8], limit: u64, text: &str, error: Option<&str>) {
        let mut inflate = Inflate::new(stored, limit).unwrap();
        let mut bytes = Vec::new();
        let result = inflate.read_to_end(&mut bytes);
        assert_eq!(String::from_utf8(bytes).unwrap(), text);
        assert_eq!(
            result.err().map(|error| error.to_string()).as_deref(),
            error
        );
    }

    #[test]
    fn t30_the_bytes_tell_not_the_name() {
        check(b"{}", 10, "{}", None);
        check(&gzip("{}"), 10, "{}", None);
        check(b"", 10, "", None);
        check(b"\x1f", 10, "\x1f", None);
    }

    #[test]
    fn t34_a_second_member_is_not_read() {
        let stored = [gzip("[1]"), gzip("[2]")].concat();
        check(
            &stored,
            10,
            "[1]",
            Some("bytes follow the first gzip member"),
        );
    }

    #[test]
    fn a_limit_ends_it() {
        check(
            &gzip(&"x".repeat(1000)),
            10,
            "",
            Some("inflates to more than 10 bytes"),
        );
    }

    #[test]
    fn truncated_gzip_is_an_error() {
        let stored = gzip(&"[1,2,3]".repeat(100));
        let half = stored.get(..stored.len() - 9).unwrap();
        let mut bytes = Vec::new();
        assert!(
            Inflate::new(half, 10_000)
                .unwrap()
                .read_to_end(&mut bytes)
                .is_err()
        );
    }
}
