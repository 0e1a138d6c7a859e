//! Templates by example, by their laws, and against a slow and obvious second implementation.

use super::super::escape::push_literal;
use super::*;
use iam::policy::{pattern_subsumes, resource_matches};
use proptest::prelude::*;

/// The template as a text of its own.
pub(crate) fn template(resource: &str) -> String {
    let mut out = String::new();
    match push(&mut out, resource) {
        true => out,
        false => resource.to_owned(),
    }
}

fn check(resource: &str, expect: &str) {
    assert_eq!(template(resource), expect);
}

#[test]
fn machine_made_parts_are_masked() {
    check(
        "arn:aws:s3:::b/logs/2023/07/10/part-00001.gz",
        "arn:aws:s3:::b/logs/*/*/*/part-*.gz",
    );
    check(
        "arn:aws:s3:::b/year=2023/month=7/x.csv",
        "arn:aws:s3:::b/year=*/month=*/x.csv",
    );
    check(
        "arn:aws:s3:::b/up/3f2504e0-4f89-11d3-9a0c-0305e82c3301.bin",
        "arn:aws:s3:::b/up/*.bin",
    );
    check(
        "arn:aws:s3:::b/run-20230710T120000Z-7/out",
        "arn:aws:s3:::b/run-*/out",
    );
    check(
        "arn:aws:s3:::b/users/42/profile.json",
        "arn:aws:s3:::b/users/*/profile.json",
    );
    check(
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0",
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-*",
    );
    check(
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:2023/07/10/[${$}LATEST]0123456789abcdef",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:*/*/*/[${$}LATEST]*",
    );
}

#[test]
fn names_stay() {
    for resource in [
        "*",
        "arn:aws:s3:::bucket-111122223333-eu-west-1",
        "arn:aws:s3:::bucket-2023/config/app-v2.json",
        "arn:aws:s3:::b/reports/us-east-1/Summary.csv",
        "arn:aws:s3:::b/report${*}.csv",
        "arn:aws:iam::111122223333:role/*deployer",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders-v2",
    ] {
        check(resource, resource);
    }
}

proptest! {
    #[test]
    fn is_its_own_template(tail in "([a-z]{1,5}|[0-9]{1,6}|[0-9a-f]{8}|[-/:=._*]|\\$\\{\\*\\}){0,12}") {
        let once = template(&format!("arn:aws:s3:::b/{tail}"));
        prop_assert_eq!(template(&once), once);
    }

    #[test]
    fn matches_the_resource_it_came_from(tail in "([a-z]{1,5}|[0-9]{1,6}|[0-9a-f]{8}|[-/:=._*?$]|é|日){0,12}") {
        let mut resource = "arn:aws:s3:::b/".to_owned();
        push_literal(&mut resource, &tail);
        let template = super::tests::template(&resource);
        let concrete = format!("arn:aws:s3:::b/{tail}");
        prop_assert!(resource_matches(&resource, &concrete));
        prop_assert!(resource_matches(&template, &concrete));
        prop_assert!(pattern_subsumes(&template, &resource));
    }

    #[test]
    fn both_roads_lead_to_the_same(tail in "([a-z]{1,5}|[0-9]{1,6}|[0-9a-fA-F]{8}|[A-Z0-9]{16,20}|[0-9]{8}T[0-9]{6}Z?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[-/:=._*?$T]|é|×|日){0,12}", s3: bool) {
        let head = match s3 {
            true => "arn:aws:s3:::bucket-1234/",
            false => "arn:aws:ec2:eu-west-1:111122223333:instance/",
        };
        for resource in [format!("{head}{tail}"), tail] {
            prop_assert_eq!(template(&resource), slow(&resource));
        }
    }

    #[test]
    fn any_text_has_a_template(resource: String) {
        let once = template(&resource);
        prop_assert_eq!(template(&once), once);
    }
}

fn slow(resource: &str) -> String {
    let (head, tail) = resource
        .split_at_checked(slow_fixed(resource))
        .unwrap_or((resource, ""));
    let mut masked = Masked {
        out: String::with_capacity(resource.len()),
        end: None,
        volatile: false,
    };
    masked.out.push_str(head);
    let mut before = None;
    let mut rest = tail;
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest);
        let (piece, after) = rest
            .split_at_checked(length.max(first.len_utf8()))
            .unwrap_or((rest, ""));
        if length == 0 {
            masked.separator(first);
            before = Some(first);
        } else {
            let token = SlowToken {
                text: piece,
                before,
                after: after.chars().next(),
                follows_mask: masked.volatile,
            };
            masked.token(piece, token.is_volatile());
        }
        rest = after;
    }
    masked.out
}

/// Length of what stays as it is: up to the account; with S3 the bucket too.
fn slow_fixed(resource: &str) -> usize {
    let mut colons = resource
        .bytes()
        .enumerate()
        .filter(|(_, b)| *b == b':')
        .map(|(at, _)| at);
    let Some(colon) = colons.nth(4) else {
        return resource.len();
    };
    let tail = resource.get(colon + 1..).unwrap_or_default();
    let head = resource.get(..colon).unwrap_or_default();
    let bucket = head.ends_with(":s3::");
    colon
        + 1
        + if bucket {
            tail.bytes().position(|b| b == b'/').unwrap_or(tail.len())
        } else {
            0
        }
}

/// Length of the token at the beginning of `text`; 0 at a separator. A UUID is one token.
fn token_length(text: &str) -> usize {
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let may_be_uuid = text.as_bytes().get(8) == Some(&b'-');
    if may_be_uuid
        && text.get(..UUID).is_some_and(is_uuid)
        && !text
            .get(UUID..)
            .is_some_and(|after| after.starts_with(is_word))
    {
        return UUID;
    }
    end
}

fn is_word(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '*' | '?' | '$' | '{' | '}' | '!' | '~' => true,
        c => !c.is_ascii(),
    }
}

struct Masked {
    out: String,
    /// Where the last mask ended, while only separators of the same segment followed.
    end: Option<usize>,
    /// The last token was masked.
    volatile: bool,
}

impl Masked {
    fn separator(&mut self, c: char) {
        self.out.push(c);
        if c == '/' {
            self.end = None;
        }
    }

    fn token(&mut self, text: &str, volatile: bool) {
        self.volatile = volatile || text == "*";
        if !self.volatile {
            self.out.push_str(text);
            self.end = None;
            return;
        }
        match self.end {
            Some(end) => self.out.truncate(end),
            None => self.out.push('*'),
        }
        self.end = Some(self.out.len());
    }
}

struct SlowToken<'a> {
    text: &'a str,
    before: Option<char>,
    after: Option<char>,
    follows_mask: bool,
}

impl SlowToken<'_> {
    fn is_volatile(&self) -> bool {
        let bytes = self.text.as_bytes();
        if !bytes.iter().all(u8::is_ascii_alphanumeric) {
            return is_uuid(self.text);
        }
        if bytes.iter().all(u8::is_ascii_digit) {
            return self.is_volatile_number();
        }
        is_hash(bytes) || is_time(self.text) || is_random(bytes)
    }

    /// Long numbers, a number that is a whole segment, a partition value (`day=7`), a number after a masked one.
    fn is_volatile_number(&self) -> bool {
        let segment = matches!(self.before, None | Some('/' | ':'))
            && matches!(self.after, None | Some('/' | ':' | '.'));
        self.text.len() >= 4 || self.follows_mask || segment || self.before == Some('=')
    }
}

/// Hexadecimal, at least eight digits of which some are 0–9.
fn is_hash(bytes: &[u8]) -> bool {
    bytes.len() >= 8 && bytes.iter().all(u8::is_ascii_hexdigit) && digits(bytes) >= 2
}

/// Long, letters and digits often alternating.
fn is_random(bytes: &[u8]) -> bool {
    let turn = |pair: &&[u8]| matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit());
    bytes.len() >= 16 && digits(bytes) >= 2 && bytes.windows(2).filter(turn).count() >= 3
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| b.is_ascii_digit()).count()
}
