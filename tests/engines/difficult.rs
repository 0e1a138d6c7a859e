//! Rows with everything that could make engines disagree: nulls, quotes, characters outside ASCII, copies of calls,
//! more names and resources than a line lists, accesses that repeat within an event, event ids that repeat.

use crate::rows::{Access, Row, row, write_archive};
use std::path::Path;

const CALLER: &str = "111122223333";
const OWNER: &str = "444455556666";
const ROWS: u64 = 4000;
/// Roots of resources: the order of bytes is neither that of letters nor that of UTF-16.
const ROOTS: [&str; 6] = ["b", "B", "ä/", "\u{1f600}", "\u{fffd}", "o'neil\\\"\n\t"];

pub(crate) fn write(archive: &Path) {
    let mut random = Random(7);
    let rows: Vec<Row> = (0..ROWS).map(|at| difficult_row(at, &mut random)).collect();
    write_archive(archive, &rows, 900, 300);
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

fn difficult_row(at: u64, random: &mut Random) -> Row {
    let mut row = row(at);
    if random.one_in(50) {
        // Two records of one id, which the archive keeps, and ids that are no UUIDs.
        row.event_id =
            ["Z", "é", "00000001-5f9e-4ee1-bb48-e20fecb32403"][random.below(3) as usize].to_owned();
    }
    row.time = 1_767_225_600_000 + (random.below(5 * 86_400_000)) as i64;
    if random.one_in(100) {
        row.time -= row.time % 86_400_000;
    }
    row.account = [CALLER, OWNER, OWNER, ""][random.below(4) as usize].to_owned();
    row.region = ["eu-west-1", "us-east-1", ""][random.below(3) as usize].to_owned();
    row.principal = (!random.one_in(10))
        .then(|| format!("arn:aws:iam::{CALLER}:role/app/r{}", random.below(3)));
    if random.one_in(20) {
        row.principal = Some("arn:aws:sts::111122223333:assumed-role/O'Neil 'x".to_owned());
    }
    row.principal_id = (!random.one_in(5)).then(|| format!("AROAEXAMPLE{}", random.below(2)));
    row.principal_account = (!random.one_in(8)).then(|| CALLER.to_owned());
    row.outcome = ["allowed", "allowed", "denied", "failed"][random.below(4) as usize].to_owned();
    row.error_code = (!random.one_in(3)).then(|| format!("Error{}", random.below(90)));
    row.mfa = [None, Some(false), Some(true)][random.below(3) as usize];
    row.invoked_by = random
        .one_in(2)
        .then(|| format!("s{}.amazonaws.com", random.below(70)));
    row.vpc_endpoint = random
        .one_in(4)
        .then(|| format!("vpce-{}", random.below(100)));
    row.event_source = ["s3.amazonaws.com", "ä.amazonaws.com"][random.below(2) as usize].to_owned();
    row.event_name = call(random);
    row.shared_event_id = (!random.one_in(3)).then(|| format!("shared-{}", random.below(900)));
    let number = if random.one_in(40) {
        40
    } else {
        random.below(4)
    };
    row.accesses = (0..number).map(|_| access(random)).collect();
    let reasons = ["no-permission", "unknown-action"];
    row.no_access = row
        .accesses
        .is_empty()
        .then(|| reasons[random.below(2) as usize].to_owned());
    row
}

/// Few names and, now and then, more than a line lists.
fn call(random: &mut Random) -> String {
    if random.one_in(3) {
        return format!("Get{}", random.below(90));
    }
    [
        "GetObject",
        "getObject",
        "o'Neil \"\\",
        "\u{1f600}",
        "\u{fffd}",
        "",
    ][random.below(6) as usize]
        .to_owned()
}

fn access(random: &mut Random) -> Access {
    let root = ROOTS[random.below(ROOTS.len() as u64) as usize];
    let is_known = !random.one_in(9);
    Access {
        action: ["s3:GetObject", "kms:Decrypt", "dynamodb:GetItem"][random.below(3) as usize]
            .to_owned(),
        resource: is_known.then(|| format!("arn:aws:s3:::{root}/{}", random.below(400))),
        template: (is_known && !random.one_in(6)).then(|| format!("arn:aws:s3:::{root}/*")),
        via: ["direct", "passed-role", "forwarded", "inferred"][random.below(4) as usize]
            .to_owned(),
    }
}
