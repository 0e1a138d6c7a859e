//! The JSON values of an object, one at a time, in bounded memory.
//!
//! Knows just enough syntax to find where a value ends (strings and nesting), so that one broken record does not
//! take its neighbours with it. Steps into a top-level array, and into the `Records`, `Events` or `logEvents` array of
//! a top-level object; any other top-level object is one value. Values may follow each other (JSON Lines).

mod scan;
#[cfg(test)]
mod tests;
mod window;

use scan::{Scan, Scanner};
use std::io::{self, Read};
use window::Window;

/// Members of an envelope whose array holds the records.
const STREAMED: [&[u8]; 3] = [b"Records", b"Events", b"logEvents"];

/// Bytes of elements looked at together.
const ELEMENTS: usize = 64 << 10;
/// Bytes below which more are read first, so that few elements are cut.
const LEAST_ELEMENTS: usize = 16 << 10;

/// A piece of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'b> {
    /// Byte offset in the inflated object.
    pub(crate) offset: u64,
    /// What was found there.
    pub(crate) found: Found<'b>,
}

/// A value, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'b> {
    /// The beginning of an array, whose elements [`Splitter::elements`] may give.
    Array,
    /// One value; only its end is known to be right.
    Value(&'b [u8]),
    /// A value longer than the limit; its length.
    TooLong(u64),
    /// The input ends inside a value or an array.
    Truncated,
    /// The input, or the line, does not start like JSON.
    NotJson,
}

/// Where the splitter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a top-level value.
    Top,
    /// In a top-level array, or in a streamed array of a top-level object.
    Array {
        in_object: bool,
    },
    /// Behind the streamed array of a top-level object.
    Tail,
    Done,
}

/// What the last step found, relative to the window's start.
enum Step {
    Value(usize),
    Bad(Found<'static>),
    Again,
    End,
}

/// Splits a reader's JSON into values.
pub(crate) struct Splitter<R> {
    window: Window<R>,
    limit: usize,
    /// A raw line feed ends a value.
    lines: bool,
    state: State,
    /// Bytes of the last value, dropped by the next call.
    given: usize,
}

impl<R: Read> Splitter<R> {
    /// `limit`: longest value in bytes. `lines`: the input is known to hold one value a line. `room`: for the bytes at hand.
    pub(crate) fn new(input: R, limit: usize, lines: bool, room: Vec<u8>) -> Self {
        Self {
            window: Window::new(input, room),
            limit,
            lines,
            state: State::Top,
            given: 0,
        }
    }

    /// The room, unless it has become large.
    pub(crate) fn into_window(self) -> Vec<u8> {
        self.window.into_room()
    }

    /// What it reads from.
    pub(crate) fn input(&self) -> &R {
        self.window.input()
    }

    /// Text at hand that begins between two elements of an array, and where; it may end anywhere. Empty elsewhere.
    pub(crate) fn elements(&mut self) -> (u64, &str) {
        self.window.drop_front(std::mem::take(&mut self.given));
        let text = match self.state {
            State::Array { .. } => {
                self.window.read_ahead(LEAST_ELEMENTS);
                self.window.text(ELEMENTS)
            }
            _ => "",
        };
        (self.window.offset(), text)
    }

    /// Passes over elements that the caller has taken from [`Self::elements`].
    pub(crate) fn drop_elements(&mut self, length: usize) {
        self.window.drop_front(length);
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The reader's.
    pub(crate) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.window.drop_front(std::mem::take(&mut self.given));
        loop {
            let (offset_before, outside) = (self.window.offset(), self.state == State::Top);
            let step = match self.state {
                State::Top => self.top()?,
                State::Array { in_object } => self.element(in_object)?,
                State::Tail => self.tail()?,
                State::Done => Step::End,
            };
            match step {
                Step::Again if outside && matches!(self.state, State::Array { .. }) => {
                    let (offset, found) = (self.window.offset(), Found::Array);
                    return Ok(Some(Piece { offset, found }));
                }
                Step::Again => {}
                Step::End => return Ok(None),
                Step::Bad(found) => {
                    let offset = match found {
                        Found::TooLong(length) => self.window.offset() - length,
                        _ => offset_before,
                    };
                    return Ok(Some(Piece { offset, found }));
                }
                Step::Value(length) => {
                    self.given = length;
                    let offset = self.window.offset();
                    return Ok(Some(Piece {
                        offset,
                        found: Found::Value(self.window.front(length)),
                    }));
                }
            }
        }
    }

    fn top(&mut self) -> io::Result<Step> {
        let first = self.window.offset() == 0;
        if first {
            self.window.skip_byte_order_mark()?;
        }
        let Some(byte) = self.window.skip_space(b"")? else {
            self.state = State::Done;
            return Ok(Step::End);
        };
        match byte {
            b'[' => {
                self.window.drop_front(1);
                self.state = State::Array { in_object: false };
                Ok(Step::Again)
            }
            b'{' => self.object(),
            _ if first => {
                self.state = State::Done;
                Ok(Step::Bad(Found::NotJson))
            }
            _ => {
                self.window.drop_line()?;
                Ok(Step::Bad(Found::NotJson))
            }
        }
    }

    /// A top-level object: steps into its streamed array, or takes it whole.
    fn object(&mut self) -> io::Result<Step> {
        match self.find_streamed()? {
            Some(length) => {
                self.window.drop_front(length);
                self.state = State::Array { in_object: true };
                Ok(Step::Again)
            }
            None => self.value(),
        }
    }

    /// Bytes up to and with the `[` of a streamed array; `None` when there is none before the object ends, breaks or
    /// gets too long.
    fn find_streamed(&mut self) -> io::Result<Option<usize>> {
        let mut at = 1;
        loop {
            at = self.window.space_end(at, b",", self.limit)?;
            if self.window.byte(at)? != Some(b'"') {
                return Ok(None);
            }
            let Scan::Value(key_end) = self.scan(at)? else {
                return Ok(None);
            };
            let colon = self.window.space_end(key_end, b"", self.limit)?;
            if self.window.byte(colon)? != Some(b':') {
                return Ok(None);
            }
            let value = self.window.space_end(colon + 1, b"", self.limit)?;
            let streamed = STREAMED.contains(&self.window.range(at + 1, key_end.saturating_sub(1)));
            if streamed && self.window.byte(value)? == Some(b'[') {
                return Ok(Some(value + 1));
            }
            let Scan::Value(end) = self.scan(value)? else {
                return Ok(None);
            };
            at = end;
        }
    }

    fn element(&mut self, in_object: bool) -> io::Result<Step> {
        match self.window.skip_space(b",")? {
            None => {
                self.state = State::Done;
                Ok(Step::Bad(Found::Truncated))
            }
            Some(b']') => {
                self.window.drop_front(1);
                self.state = if in_object { State::Tail } else { State::Top };
                Ok(Step::Again)
            }
            Some(_) => self.value(),
        }
    }

    /// The rest of an envelope is of no interest.
    fn tail(&mut self) -> io::Result<Step> {
        let mut scanner = Scanner::inside_object();
        let (_, complete) = self.window.discard(&mut scanner)?;
        self.state = if complete { State::Top } else { State::Done };
        Ok(if complete {
            Step::Again
        } else {
            Step::Bad(Found::Truncated)
        })
    }

    /// The value at the window's start.
    fn value(&mut self) -> io::Result<Step> {
        match self.scan(0)? {
            Scan::Value(end) => {
                if self.state == State::Top && !self.lines {
                    let one_line = !self.window.range(0, end).contains(&b'\n');
                    self.lines = one_line && self.window.byte(end)? == Some(b'\n');
                }
                Ok(Step::Value(end.max(1)))
            }
            Scan::BrokenLine(end) => Ok(Step::Value(end.max(1))),
            Scan::End => {
                self.state = State::Done;
                Ok(Step::Bad(Found::Truncated))
            }
            Scan::TooLong => {
                let (length, complete) = self.window.discard(&mut Scanner::default())?;
                if !complete {
                    self.state = State::Done;
                }
                Ok(Step::Bad(Found::TooLong(length)))
            }
        }
    }

    fn scan(&mut self, from: usize) -> io::Result<Scan> {
        // Inside an array a line feed is mere space; between values it may end a broken one.
        let lines = self.lines && self.state == State::Top;
        self.window.scan(from, self.limit, lines)
    }
}
