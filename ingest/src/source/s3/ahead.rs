//! Objects fetched before they are asked for: whole when small, in parts when large, as many at once as the server bears
//! and as many bytes as memory allows.
//!
//! Parts are started in the order of the objects. When the readers fall behind, nothing more is asked for.

use super::Bucket;
use super::pace::Pace;
use super::part::{Asking, Failure, Part};
use crate::config::Cancel;
use crate::error::Error;
use crate::source::{Object, Opened};
use std::collections::HashMap;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Bytes of a part; smaller objects are fetched whole.
const PART: u64 = 8 << 20;

type Taken = Result<Vec<u8>, Failure>;

/// Index of an object, and of one of its parts.
type Place = (usize, u64);

/// The objects of a run.
pub(super) struct Ahead<'s> {
    bucket: &'s Bucket,
    objects: &'s [Object],
    asking: Asking,
    /// Bytes asked for and not yet taken.
    most: u64,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    next: Place,
    running: usize,
    reserved: u64,
    /// There was no room for the next part: no more are asked for until a quarter of it is free, since each time the thread
    /// that asks is woken.
    full: bool,
    here: HashMap<Place, Taken>,
}

impl Shared {
    fn arrive(&self, place: Place, taken: Taken) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.running -= 1;
        state.here.insert(place, taken);
        drop(state);
        self.arrived.notify_all();
    }
}

impl<'s> Ahead<'s> {
    pub(super) fn new(
        bucket: &'s Bucket,
        objects: &'s [Object],
        (most, cancel): (usize, &Cancel),
    ) -> Self {
        Self {
            asking: Asking {
                client: bucket.once.clone(),
                pace: Arc::new(Mutex::new(Pace::default())),
                patience: bucket.patience,
                cancel: cancel.clone(),
            },
            bucket,
            objects,
            most: most as u64,
            shared: Arc::default(),
        }
    }

    /// Waits for a part.
    fn take(&self, place: Place) -> Taken {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        loop {
            self.start(&mut state);
            if let Some(taken) = state.here.remove(&place) {
                let object = self.objects.get(place.0);
                state.reserved -= object.map_or(0, |object| length(object, place.1));
                self.start(&mut state);
                return taken;
            }
            let waited = self.shared.arrived.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Asks for no more parts of an object; those that have been asked for, unless all.
    fn leave(&self, index: usize) -> Option<u64> {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (next, started) = state.next;
        if next != index {
            return None;
        }
        state.next = (index + 1, 0);
        Some(started)
    }

    /// Asks for as many parts as may be.
    fn start(&self, state: &mut State) {
        if state.full && state.reserved > self.most / 4 * 3 {
            return;
        }
        let pace = self.asking.pace.lock().map_or(1, |pace| pace.allowed());
        while let Some(object) = self.objects.get(state.next.0) {
            let (index, part) = state.next;
            let bytes = length(object, part);
            let first = state.running == 0 && state.here.is_empty();
            let fits = state.running < pace && state.reserved + bytes <= self.most;
            state.full = state.reserved + bytes > self.most;
            if !first && !fits {
                return;
            }
            state.running += 1;
            state.reserved += bytes;
            state.next = if part + 1 < parts(object) {
                (index, part + 1)
            } else {
                (index + 1, 0)
            };
            self.spawn(object, (index, part));
        }
    }

    fn spawn(&self, object: &Object, place: Place) {
        let from = place.1 * PART;
        let part = Part {
            bucket: self.bucket.bucket.clone(),
            key: self.bucket.absolute(&object.key),
            tag: object.tag.clone(),
            range: from..from + length(object, place.1),
            whole: parts(object) == 1,
        };
        let (asking, shared) = (self.asking.clone(), Arc::clone(&self.shared));
        self.bucket.runtime.spawn(async move {
            shared.arrive(place, asking.fetch(&part).await);
        });
    }
}

fn parts(object: &Object) -> u64 {
    object.size.div_ceil(PART).max(1)
}

fn length(object: &Object, part: u64) -> u64 {
    object.size.saturating_sub(part * PART).min(PART)
}

impl Opened for Ahead<'_> {
    fn open(&self, index: usize) -> Result<Box<dyn Read + '_>, Error> {
        let Some(object) = self.objects.get(index) else {
            return Ok(Box::new(io::empty()));
        };
        let first = self.take((index, 0));
        let first = first.map_err(|failure| self.bucket.error(&object.key, failure))?;
        Ok(Box::new(Body {
            ahead: self,
            index,
            parts: 1..parts(object),
            bytes: Cursor::new(first),
        }))
    }
}

/// The bytes of an object, part by part.
struct Body<'a> {
    ahead: &'a Ahead<'a>,
    index: usize,
    parts: std::ops::Range<u64>,
    bytes: Cursor<Vec<u8>>,
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.bytes.position() >= self.bytes.get_ref().len() as u64 {
            let Some(part) = self.parts.next() else {
                return Ok(0);
            };
            let taken = self.ahead.take((self.index, part));
            self.bytes = Cursor::new(taken.map_err(io::Error::other)?);
        }
        self.bytes.read(buffer)
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        // What has been asked for counts against the memory of others until it is taken.
        let started = self.ahead.leave(self.index).unwrap_or(self.parts.end);
        for part in self.parts.start..started {
            let _ = self.ahead.take((self.index, part));
        }
    }
}
