//! What the whole embedded catalogue, decoded, holds in memory.
#![allow(clippy::print_stderr, reason = "test code")]

use leastwise_iam::catalogue::Catalogue;

/// The most at any time while both tables are decoded, and what stays.
#[test]
fn the_catalogue_stays_small() {
    const MIB: u64 = 1 << 20;
    let made = allocation_counter::measure(|| {
        Catalogue::embedded().event("s3.amazonaws.com", "GetObject");
    });
    let (most, kept) = (made.bytes_max, made.bytes_current);
    eprintln!("{most} bytes at most, {kept} kept");
    assert!(most < 40 * MIB && kept < 20 * MIB as i64, "{made:?}");
    assert!(kept > MIB as i64, "nothing was decoded: {made:?}");
}
