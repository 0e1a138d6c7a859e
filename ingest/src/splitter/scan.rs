//! A scanner that follows strings and nesting through a value until it ends.

/// Where a value ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// Just before this position.
    Value(usize),
    /// At a line feed inside the value, in a file of one value a line.
    BrokenLine(usize),
    /// The input ends first.
    End,
    /// Not within the limit.
    TooLong,
}

/// The state of a scan; fed byte by byte, across refills.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    depth: usize,
    kind: Kind,
    escaped: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Nothing read yet.
    #[default]
    Start,
    /// In an object or array.
    Nested,
    /// In a string.
    Text,
    /// In a number or word at the outside.
    Scalar,
}

/// What a byte means for the scan.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The value goes on.
    Inside,
    /// The value ends with this byte.
    EndsWith,
    /// The value ended before this byte.
    EndedBefore,
}

impl Scanner {
    /// A scan that starts inside an object and ends with its `}`.
    pub(super) fn inside_object() -> Self {
        Self {
            depth: 1,
            kind: Kind::Nested,
            escaped: false,
        }
    }

    /// Takes the next byte. A raw line feed ends a string: JSON forbids it there, and a missing quotation mark
    /// should not swallow the records behind.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> Verdict {
        match self.kind {
            Kind::Text => self.take_text(byte),
            Kind::Scalar => match byte {
                b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t' | b':' => Verdict::EndedBefore,
                _ => Verdict::Inside,
            },
            Kind::Nested | Kind::Start => self.take_outside(byte),
        }
    }

    fn take_text(&mut self, byte: u8) -> Verdict {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' | b'\n' => return self.leave(),
            _ => {}
        }
        Verdict::Inside
    }

    fn take_outside(&mut self, byte: u8) -> Verdict {
        match byte {
            b'"' => self.kind = Kind::Text,
            b'{' | b'[' => {
                self.depth += 1;
                self.kind = Kind::Nested;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.leave();
            }
            _ if self.kind == Kind::Start => self.kind = Kind::Scalar,
            _ => {}
        }
        Verdict::Inside
    }

    fn leave(&mut self) -> Verdict {
        self.kind = Kind::Nested;
        if self.depth == 0 {
            Verdict::EndsWith
        } else {
            Verdict::Inside
        }
    }
}
