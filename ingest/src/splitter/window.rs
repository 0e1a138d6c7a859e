//! A sliding window over a reader: bytes are dropped at the front and read at the back.

use super::scan::{Scan, Scanner, Verdict};
use std::io::{self, ErrorKind, Read};

/// Bytes read at once.
const READ: usize = 256 * 1024;

/// Positions are relative to the first byte not yet dropped.
pub(super) struct Window<R> {
    input: R,
    bytes: Vec<u8>,
    start: usize,
    offset: u64,
}

impl<R: Read> Window<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            bytes: Vec::new(),
            start: 0,
            offset: 0,
        }
    }

    pub(super) fn input(&self) -> &R {
        &self.input
    }

    /// Offset of the window's first byte in the input.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Drops bytes at the front.
    pub(super) fn drop_front(&mut self, count: usize) {
        let count = count.min(self.bytes.len() - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// The first bytes.
    pub(super) fn front(&self, count: usize) -> &[u8] {
        self.range(0, count)
    }

    /// The text at the front that has been read, cut to `most` bytes; it ends before the first that are not UTF-8.
    pub(super) fn text(&self, most: usize) -> &str {
        let bytes = self.bytes.get(self.start..).unwrap_or_default();
        let bytes = bytes.get(..most).unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                std::str::from_utf8(valid).unwrap_or_default()
            }
        }
    }

    /// The bytes of a range that has been read.
    pub(super) fn range(&self, from: usize, to: usize) -> &[u8] {
        self.bytes
            .get(self.start + from..self.start + to)
            .unwrap_or_default()
    }

    /// The byte at a position, read when need be; `None` behind the end.
    pub(super) fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        while self.start + at >= self.bytes.len() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(self.bytes.get(self.start + at).copied())
    }

    /// First position at or behind `at` that holds neither white space nor one of `also`; the limit when that is
    /// further off.
    pub(super) fn space_end(
        &mut self,
        mut at: usize,
        also: &[u8],
        limit: usize,
    ) -> io::Result<usize> {
        while at < limit
            && let Some(byte) = self.byte(at)?
        {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') && !also.contains(&byte) {
                break;
            }
            at += 1;
        }
        Ok(at)
    }

    /// Drops white space and `also`; the byte behind.
    pub(super) fn skip_space(&mut self, also: &[u8]) -> io::Result<Option<u8>> {
        loop {
            match self.byte(0)? {
                Some(byte)
                    if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') || also.contains(&byte) =>
                {
                    self.drop_front(1);
                }
                other => return Ok(other),
            }
        }
    }

    pub(super) fn skip_byte_order_mark(&mut self) -> io::Result<()> {
        if self.byte(2)?.is_some() && self.front(3) == b"\xEF\xBB\xBF" {
            self.drop_front(3);
        }
        Ok(())
    }

    /// Drops everything up to the next line feed.
    pub(super) fn drop_line(&mut self) -> io::Result<()> {
        while let Some(byte) = self.byte(0)? {
            if byte == b'\n' {
                break;
            }
            self.drop_front(1);
        }
        Ok(())
    }

    /// Looks for the end of the value at `from`.
    pub(super) fn scan(&mut self, from: usize, limit: usize, lines: bool) -> io::Result<Scan> {
        let mut scanner = Scanner::default();
        let mut at = from;
        loop {
            if at > limit {
                return Ok(Scan::TooLong);
            }
            if self.byte(at)?.is_none() {
                return Ok(Scan::End);
            }
            let unread = self.bytes.get(self.start + at..).unwrap_or_default();
            for byte in unread {
                if lines && *byte == b'\n' {
                    return Ok(Scan::BrokenLine(at));
                }
                match scanner.take(*byte) {
                    Verdict::Inside => at += 1,
                    Verdict::EndsWith => return Ok(within(limit, at + 1)),
                    Verdict::EndedBefore => return Ok(within(limit, at)),
                }
            }
        }
    }

    /// Drops the value at the front, however long; its length, and whether it ended.
    pub(super) fn discard(&mut self, scanner: &mut Scanner) -> io::Result<(u64, bool)> {
        let from = self.offset;
        loop {
            if self.byte(0)?.is_none() {
                return Ok((self.offset - from, false));
            }
            let (mut seen, mut ended) = (0, false);
            for byte in self.bytes.get(self.start..).unwrap_or_default() {
                match scanner.take(*byte) {
                    Verdict::Inside => seen += 1,
                    Verdict::EndsWith => (seen, ended) = (seen + 1, true),
                    Verdict::EndedBefore => ended = true,
                }
                if ended {
                    break;
                }
            }
            self.drop_front(seen);
            if ended {
                return Ok((self.offset - from, true));
            }
        }
    }

    /// Reads more at the back; false at the end of the input.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start > 0 && self.start >= self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        let length = self.bytes.len();
        self.bytes.resize(length + READ, 0);
        let room = self.bytes.get_mut(length..).unwrap_or_default();
        let result = loop {
            match self.input.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.bytes
            .truncate(length + result.as_ref().map_or(0, |read| *read));
        result.map(|read| read > 0)
    }
}

fn within(limit: usize, end: usize) -> Scan {
    if end > limit {
        Scan::TooLong
    } else {
        Scan::Value(end)
    }
}
