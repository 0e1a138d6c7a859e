//! `floor gunzip FOLDER` and `floor scan FOLDER`: what no ingest of the folder's objects can do without. For
//! `benches/compare.sh`, which measures the process.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench talks to its developer"
)]

#[path = "mod.rs"]
mod floor;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (what, folder) = (arguments.next().unwrap(), arguments.next().unwrap());
    let objects = floor::objects(folder.as_ref());
    let bytes = match what.as_str() {
        "gunzip" => floor::gunzip(&objects),
        _ => floor::scan(&objects),
    };
    println!("{} objects, {bytes} bytes", objects.len());
}
