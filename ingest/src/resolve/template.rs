//! A resource with what changes from call to call masked, so that a thousand objects become one pattern.
//!
//! Looked at is what follows the account in the ARN, for S3 what follows the bucket. Masked as `*` are the tokens
//! that a machine made: UUIDs, hashes, dates, times, numbers, session-like words. Masks next to each other in one
//! path segment become one. `${*}`, `${?}`, `${$}` are literals; a `*` that is there already counts as a mask.

use super::arn::behind_account;

/// Appends the template of a resource pattern, if it is not the resource itself; it matches all that the resource
/// matches, and is its own template.
pub(crate) fn push(out: &mut String, resource: &str) -> bool {
    let fixed = fixed(resource);
    if is_stable(resource.as_bytes().get(fixed..).unwrap_or_default()) {
        return false;
    }
    let mut masks = Masks {
        resource,
        out,
        copied: 0,
        open: false,
    };
    let mut before = None;
    let mut after_mask = false;
    let mut at = fixed;
    while let Some(&first) = resource.as_bytes().get(at) {
        if class(first) == 0 {
            masks.open &= first != b'/';
            before = Some(first);
            at += 1;
            continue;
        }
        let token = Token::at(resource, at);
        after_mask = token.is_volatile(before, after_mask);
        if after_mask {
            masks.mask(at, token.end);
        }
        masks.open = after_mask;
        at = token.end;
    }
    masks.finish()
}

/// Whether there is clearly nothing to mask: no digit, no `*` next to which a mask could come, no UUID.
fn is_stable(tail: &[u8]) -> bool {
    let short = tail.len() < UUID;
    let plain = |b: u8| !b.is_ascii_digit() & (b != b'*') & (short | (b != b'-'));
    tail.iter().fold(true, |stable, b| stable & plain(*b))
}

/// Length of what stays as it is: up to the account; with S3 the bucket too.
fn fixed(resource: &str) -> usize {
    let Some(account) = behind_account(resource) else {
        return resource.len();
    };
    match resource.split_at_checked(account) {
        Some((head, tail)) if head.ends_with(":s3:::") => {
            let key = tail.bytes().position(|b| b == b'/');
            key.map_or(resource.len(), |at| account + at)
        }
        _ => account,
    }
}

/// The masks of one resource. What lies between them is copied when the next one comes.
struct Masks<'a> {
    resource: &'a str,
    out: &'a mut String,
    /// Up to where the resource is copied or masked; 0: no mask yet.
    copied: usize,
    /// Only separators of the same segment since the last mask: the next one joins it.
    open: bool,
}

impl Masks<'_> {
    fn mask(&mut self, start: usize, end: usize) {
        if !self.open {
            self.copy(start);
            self.out.push('*');
        }
        self.copied = end;
    }

    fn copy(&mut self, end: usize) {
        let kept = self.resource.get(self.copied..end);
        self.out.push_str(kept.unwrap_or_default());
    }

    fn finish(mut self) -> bool {
        let masked = self.copied > 0;
        if masked {
            self.copy(self.resource.len());
        }
        masked
    }
}

const WORD: u8 = 1;
const ALPHANUMERIC: u8 = 2;
const DIGIT: u8 = 4;
const HEX: u8 = 8;

/// What each byte of ASCII is; characters outside it are parts of words.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let byte = at as u8;
        let class = match byte {
            b'0'..=b'9' => WORD | ALPHANUMERIC | DIGIT | HEX,
            b'a'..=b'f' | b'A'..=b'F' => WORD | ALPHANUMERIC | HEX,
            b'a'..=b'z' | b'A'..=b'Z' => WORD | ALPHANUMERIC,
            b'*' | b'?' | b'$' | b'{' | b'}' | b'!' | b'~' => WORD,
            128.. => WORD,
            _ => 0,
        };
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            classes[at] = class;
        }
        at += 1;
    }
    classes
}

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// A word of a resource, or a UUID.
struct Token<'a> {
    text: &'a str,
    end: usize,
    /// What all its bytes are.
    all: u8,
    /// What some are; 0 for a UUID.
    any: u8,
    after: Option<u8>,
}

impl<'a> Token<'a> {
    fn at(resource: &'a str, start: usize) -> Self {
        let bytes = resource.as_bytes();
        let (mut all, mut any, mut end) = (u8::MAX, 0, start);
        for byte in bytes.get(start..).unwrap_or_default() {
            let class = class(*byte);
            if class == 0 {
                break;
            }
            (all, any, end) = (all & class, any | class, end + 1);
        }
        let first_of_uuid = all & HEX != 0 && end == start + 8 && bytes.get(end) == Some(&b'-');
        if first_of_uuid && is_uuid_at(resource, start) {
            (end, all, any) = (start + UUID, 0, 0);
        }
        Token {
            text: resource.get(start..end).unwrap_or_default(),
            end,
            all,
            any,
            after: bytes.get(end).copied(),
        }
    }

    fn is_volatile(&self, before: Option<u8>, follows_mask: bool) -> bool {
        if self.any & DIGIT == 0 {
            return self.any == 0 || self.text == "*";
        }
        if self.all & DIGIT != 0 {
            return self.is_volatile_number(before, follows_mask);
        }
        self.all & ALPHANUMERIC != 0 && (self.is_hash() || is_time(self.text) || self.is_random())
    }

    /// How many of its bytes are 0–9.
    fn digits(&self) -> usize {
        let bytes = self.text.bytes();
        bytes.filter(u8::is_ascii_digit).count()
    }

    /// Hexadecimal, at least eight digits of which some are 0–9.
    fn is_hash(&self) -> bool {
        self.all & HEX != 0 && self.text.len() >= 8 && self.digits() >= 2
    }

    /// Long, letters and digits often alternating: generated, not chosen.
    fn is_random(&self) -> bool {
        if self.text.len() < 16 || self.digits() < 2 {
            return false;
        }
        let pairs = self.text.as_bytes().windows(2);
        let turn =
            |pair: &&[u8]| matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit());
        pairs.filter(turn).count() >= 3
    }

    /// Long numbers, a number that is a whole segment, a partition value (`day=7`), a number after a masked one.
    fn is_volatile_number(&self, before: Option<u8>, follows_mask: bool) -> bool {
        let segment = matches!(before, None | Some(b'/' | b':'))
            && matches!(self.after, None | Some(b'/' | b':' | b'.'));
        self.text.len() >= 4 || follows_mask || segment || before == Some(b'=')
    }
}

/// Length of a UUID.
const UUID: usize = 36;

/// Whether a UUID begins there, and ends with the word.
fn is_uuid_at(resource: &str, start: usize) -> bool {
    let end = start + UUID;
    let after = resource.as_bytes().get(end);
    after.is_none_or(|b| class(*b) == 0) && resource.get(start..end).is_some_and(is_uuid)
}

fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    let dashes = [8, 13, 18, 23]
        .iter()
        .all(|at| bytes.get(*at) == Some(&b'-'));
    let hexadecimal = |bytes: &[u8]| bytes.iter().filter(|b| class(**b) & HEX != 0).count();
    bytes.len() == UUID && dashes && hexadecimal(bytes) == UUID - 4
}

/// `20230710T120000Z`.
fn is_time(text: &str) -> bool {
    let number = |part: &str| part.len() >= 4 && part.bytes().all(|b| b.is_ascii_digit());
    text.trim_end_matches('Z')
        .split_once('T')
        .is_some_and(|(date, time)| number(date) && number(time))
}

#[cfg(test)]
#[path = "template_tests.rs"]
pub(super) mod tests;
