//! How the memory of a run is divided, so that the process stays within it however much there is to read.

use crate::source::Object;

/// Objects between a decoding thread and the writer, and chunks of each: one in work, two waiting.
const OBJECTS: usize = 3;
const CHUNKS: usize = 3;
/// Bytes of a chunk, at least and at most.
const LEAST_CHUNK: usize = 64 << 10;
const MOST_CHUNK: usize = 2 << 20;

/// Records of CloudTrail have up to 1 MiB.
const LEAST_RECORD: usize = 1 << 20;

/// Shares of the memory, in bytes. Half is left: a quarter for the program, its catalogue and decoders, another for sorting
/// and writing what is buffered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Rows that wait to be written.
    pub(crate) rows: usize,
    /// Ids of the dates in use.
    pub(crate) ids: usize,
    /// Stored bytes fetched before they are asked for.
    pub(crate) ahead: usize,
    /// Rows of one object that are handed on together.
    pub(crate) chunk: usize,
    /// Longest record: each decoder holds one, and each chunk ends with one.
    pub(crate) record: usize,
}

impl Memory {
    /// Divides `total` among `threads` that decode and one that writes; `listed`: what the list of objects takes.
    pub(crate) fn divided(total: usize, threads: usize, listed: usize) -> Self {
        // Rows and ids make room for the list, but keep a part each without which nothing goes on well.
        let beside_list = |share: usize| share.saturating_sub(listed / 2).max(total / 16);
        let chunks = threads.max(1) * OBJECTS * CHUNKS;
        Self {
            rows: beside_list(total / 8),
            ids: beside_list(total / 4),
            ahead: total / 16,
            record: (total / 64).max(LEAST_RECORD),
            chunk: (total / 16 / chunks).clamp(LEAST_CHUNK, MOST_CHUNK),
        }
    }
}

/// What a list of objects takes, and what the ledger notes of those of a batch, once more as text when it is committed.
pub(crate) fn list_bytes(objects: &[Object], batch: usize) -> usize {
    let bytes = |objects: &[Object]| -> usize {
        let texts = objects.iter();
        let texts = texts.map(|object| object.key.len() + object.tag.len());
        texts.sum::<usize>() + objects.len() * (size_of::<Object>() + 32)
    };
    let first = objects.get(..batch).unwrap_or(objects);
    bytes(objects) + 2 * bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fit() {
        for megabytes in [8, 64, 256, 4096] {
            let total = megabytes << 20;
            for threads in [1, 2, 16] {
                for listed in [0, total / 8, total] {
                    let memory = Memory::divided(total, threads, listed);
                    let all = memory.rows + memory.ids + memory.ahead + listed.min(total / 4);
                    assert!(all <= total / 2, "{megabytes} {listed}: {memory:?}");
                    assert!(memory.rows >= total / 16);
                }
            }
        }
        assert_eq!(Memory::divided(256 << 20, 64, 0).chunk, LEAST_CHUNK);
    }
}
