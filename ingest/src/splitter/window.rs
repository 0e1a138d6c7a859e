//! A sliding window over a reader: bytes are dropped at the front and read at the back.

use super::scan::{Scan, Scanner, Verdict};
use std::io::{self, ErrorKind, Read};

/// Bytes read at once.
const READ: usize = 256 * 1024;

/// Positions are relative to the first byte not yet dropped.
pub(super) struct Window<R> {
    input: R,
    /// Read up to `end`; behind it is room.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    /// The end of the input, or the error that it ends with, once met ahead of time.
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: Read> Window<R> {
    pub(super) fn new(input: R, room: Vec<u8>) -> Self {
        Self {
            input,
            bytes: room,
            start: 0,
            end: 0,
            offset: 0,
            ended: false,
            failed: None,
        }
    }

    /// Sees to it that so many bytes have been read, when the input has them. Its errors are told when what lies before
    /// is used up.
    pub(super) fn read_ahead(&mut self, count: usize) {
        while self.end - self.start < count && !self.ended && self.failed.is_none() {
            match self.fill() {
                Ok(more) => self.ended = !more,
                Err(error) => self.failed = Some(error),
            }
        }
    }

    pub(super) fn into_room(self) -> Vec<u8> {
        if self.bytes.capacity() > 8 * READ {
            return Vec::new();
        }
        self.bytes
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
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// The first bytes.
    pub(super) fn front(&self, count: usize) -> &[u8] {
        self.range(0, count)
    }

    /// The text at the front that has been read, cut to `most` bytes; it ends before the first that are not UTF-8.
    pub(super) fn text(&self, most: usize) -> &str {
        let bytes = self.unread(0);
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
        self.unread(0).get(from..to).unwrap_or_default()
    }

    /// The bytes at a position and behind it that have been read.
    fn unread(&self, at: usize) -> &[u8] {
        self.bytes
            .get(self.start + at..self.end)
            .unwrap_or_default()
    }

    /// The byte at a position, read when need be; `None` behind the end.
    pub(super) fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        while self.start + at >= self.end {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(self.unread(at).first().copied())
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
            for byte in self.unread(at) {
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
            for byte in self.unread(0) {
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
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.start > 0 && self.start >= self.end / 2 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let wanted = self.end + READ;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        let room = self.bytes.get_mut(self.end..wanted).unwrap_or_default();
        let read = loop {
            match self.input.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.end += read;
        Ok(read > 0)
    }
}

fn within(limit: usize, end: usize) -> Scan {
    if end > limit {
        Scan::TooLong
    } else {
        Scan::Value(end)
    }
}
