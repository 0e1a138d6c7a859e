//! The leastwise command line.
fn main() {}
