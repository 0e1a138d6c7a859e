//! Row buffers to be used again: growing one anew for each object costs more than filling it.

use super::row::RowBuffer;
use std::sync::Mutex;

/// Buffers kept.
const KEPT: usize = 16;

/// Empty buffers, shared by those who fill and those who empty them.
#[derive(Debug, Default)]
pub(crate) struct Spare(Mutex<Vec<RowBuffer>>);

impl Spare {
    /// An empty buffer.
    pub(crate) fn take(&self) -> RowBuffer {
        let buffer = self.0.lock().ok().and_then(|mut kept| kept.pop());
        buffer.unwrap_or_default()
    }

    /// Takes a buffer back; one that holds more than `most` bytes is dropped.
    pub(crate) fn put(&self, mut buffer: RowBuffer, most: usize) {
        if buffer.bytes() > most {
            return;
        }
        buffer.clear();
        if let Ok(mut kept) = self.0.lock()
            && kept.len() < KEPT
        {
            kept.push(buffer);
        }
    }
}
