//! One gzip member (RFC 1952) as a reader. [`flate2`] inflates; the frame is read here for the sake of the checksum,
//! which takes flate2's fastest backend as long as inflating does.

use crc32fast::Hasher;
use flate2::bufread::DeflateDecoder;
use std::io::{self, BufRead, Read};

/// What gzip begins with.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The only compression method there is.
const DEFLATE: u8 = 8;
/// Flags of the members that a header may have.
const HEADER_CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const TEXTS: [u8; 2] = [1 << 3, 1 << 4];
/// Flags without a meaning: there may be members that nobody knows.
const RESERVED: u8 = 0b1110_0000;

/// The content of a gzip member; what follows it is not read.
pub(crate) struct Gzip<B> {
    inflate: DeflateDecoder<B>,
    checksum: Hasher,
    /// Bytes given, modulo 2³².
    length: u32,
    next: Part,
}

/// What is to be read next.
#[derive(PartialEq, Eq)]
enum Part {
    Header,
    Content,
    Nothing,
}

impl<B: BufRead> Gzip<B> {
    pub(crate) fn new(stored: B) -> Self {
        Self {
            inflate: DeflateDecoder::new(stored),
            checksum: Hasher::new(),
            length: 0,
            next: Part::Header,
        }
    }

    /// What it reads from.
    pub(crate) fn get_mut(&mut self) -> &mut B {
        self.inflate.get_mut()
    }

    fn read_trailer(&mut self) -> io::Result<()> {
        let (mut checksum, mut length) = ([0; 4], [0; 4]);
        self.get_mut().read_exact(&mut checksum)?;
        self.get_mut().read_exact(&mut length)?;
        let given = (self.checksum.clone().finalize(), self.length);
        match given == (u32::from_le_bytes(checksum), u32::from_le_bytes(length)) {
            true => Ok(()),
            false => Err(corrupt("the checksum of its content is another")),
        }
    }
}

impl<B: BufRead> Read for Gzip<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.next == Part::Nothing || buffer.is_empty() {
            return Ok(0);
        }
        if self.next == Part::Header {
            read_header(self.get_mut())?;
            self.next = Part::Content;
        }
        let read = self.inflate.read(buffer)?;
        let given = buffer.get(..read).unwrap_or_default();
        self.checksum.update(given);
        // Only the lowest bits count.
        self.length = self.length.wrapping_add(read as u32);
        if read == 0 {
            self.read_trailer()?;
            self.next = Part::Nothing;
        }
        Ok(read)
    }
}

/// Passes over a header, of whatever length.
fn read_header(stored: &mut impl BufRead) -> io::Result<()> {
    let mut header = Header {
        stored,
        checksum: Hasher::new(),
    };
    let [first, second, method, flags, ..] = header.take::<10>()?;
    if [first, second] != MAGIC || method != DEFLATE || flags & RESERVED != 0 {
        return Err(corrupt("its header is not one"));
    }
    if flags & EXTRA != 0 {
        let length = u16::from_le_bytes(header.take()?);
        for _ in 0..length {
            header.take::<1>()?;
        }
    }
    for _ in TEXTS.iter().filter(|text| flags & **text != 0) {
        while header.take()? != [0] {}
    }
    if flags & HEADER_CHECKSUM != 0 {
        let [low, high, ..] = header.checksum.clone().finalize().to_le_bytes();
        if header.take()? != [low, high] {
            return Err(corrupt("the checksum of its header is another"));
        }
    }
    Ok(())
}

/// The bytes of a header, and their checksum.
struct Header<'r, B> {
    stored: &'r mut B,
    checksum: Hasher,
}

impl<B: BufRead> Header<'_, B> {
    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.stored.read_exact(&mut bytes)?;
        self.checksum.update(&bytes);
        Ok(bytes)
    }
}

fn corrupt(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("corrupt gzip: {why}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::*;
    use flate2::bufread::GzDecoder;
    use flate2::{Compression, GzBuilder};
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(builder: GzBuilder, content: &[u8]) -> Vec<u8> {
        let mut encoder = builder.write(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// All content, or what there is before the error; and what is left behind it.
    fn all(mut reader: impl Read) -> (Vec<u8>, bool) {
        let mut content = Vec::new();
        let whole = reader.read_to_end(&mut content).is_ok();
        (content, whole)
    }

    fn slow(stored: &[u8]) -> (Vec<u8>, bool, usize) {
        let mut decoder = GzDecoder::new(stored);
        let (content, whole) = all(&mut decoder);
        (content, whole, decoder.get_ref().len())
    }

    fn quick(stored: &[u8]) -> (Vec<u8>, bool, usize) {
        let mut gzip = Gzip::new(stored);
        let (content, whole) = all(&mut gzip);
        (content, whole, gzip.get_mut().len())
    }

    /// Both give the same, and leave the same when nothing is broken.
    fn check(stored: &[u8]) -> bool {
        let ((content, whole, left), expect) = (quick(stored), slow(stored));
        assert_eq!((&content, whole), (&expect.0, expect.1), "{stored:?}");
        assert!(!whole || left == expect.2);
        whole
    }

    #[test]
    fn headers_of_all_kinds() {
        let text = b"[1,2,3]".repeat(50);
        assert!(check(&gzip(GzBuilder::new(), &text)));
        assert!(check(&gzip(GzBuilder::new(), b"")));
        let full = GzBuilder::new()
            .extra(vec![7; 300])
            .filename("a.json")
            .comment("c");
        let full = gzip(full, &text);
        assert!(check(&full));
        for end in 0..full.len() {
            assert!(!check(full.get(..end).unwrap()), "{end}");
        }
        let mut with_checksum = vec![0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 255];
        let [low, high, ..] = crc32fast::hash(&with_checksum).to_le_bytes();
        with_checksum.extend([low, high]);
        with_checksum.extend(gzip(GzBuilder::new(), &text).get(10..).unwrap());
        assert!(check(&with_checksum));
        *with_checksum.get_mut(10).unwrap() ^= 1;
        assert!(!check(&with_checksum));
        for flag in 0..8 {
            let mut flagged = gzip(GzBuilder::new(), &text);
            *flagged.get_mut(3).unwrap() |= 1 << flag;
            assert!(flag == 0 || !check(&flagged), "{flag}");
        }
    }

    #[test]
    fn another_member_is_left() {
        let two = [
            gzip(GzBuilder::new(), b"one"),
            gzip(GzBuilder::new(), b"two"),
        ]
        .concat();
        assert_eq!(quick(&two), (b"one".to_vec(), true, two.len() / 2));
    }

    proptest! {
        /// The slow obvious version: flate2's own.
        #[test]
        fn reads_what_flate2_reads(content in prop::collection::vec(0_u8..4, 0..2000), at: prop::sample::Index, bit in 0_u8..8) {
            let mut stored = gzip(GzBuilder::new().filename("f"), &content);
            prop_assert!(check(&stored));
            let at = at.index(stored.len());
            *stored.get_mut(at).unwrap() ^= 1 << bit;
            check(&stored);
        }
    }
}
