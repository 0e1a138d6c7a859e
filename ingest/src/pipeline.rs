//! The road from a source to an archive: objects are read by several threads, and written by one in their order.

use crate::archive::ledger::Ledger;
use crate::archive::spare::Spare;
use crate::archive::store;
use crate::archive::writer::Writer;
use crate::config::{Cancel, Config, Progress};
use crate::digest::{Book, Judged, read_book};
use crate::encode::Encoder;
use crate::error::Error;
use crate::memory::{Memory, list_bytes};
use crate::reader::{Chunk, Limits, ObjectReader, SourceFailed};
use crate::report::{Report, Unreadable};
use crate::source::{Object, Objects, Opened, Source};
use iam::catalogue::Catalogue;
use std::collections::BTreeMap;
use std::io::Read;
use std::iter::Enumerate;
use std::slice::Iter;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Chunks of one object that may wait for the writer; one more is held back until it is known whether it is the last.
const WAITING_CHUNKS: usize = 1;

/// Reads what is new in the source into the archive.
///
/// Broken input is quarantined, objects that cannot be fetched are reported and left for the next run; neither is an
/// error.
///
/// # Errors
/// The source cannot be listed, the archive cannot be written, or another process writes to it.
pub fn ingest(config: &Config, progress: &dyn Progress, cancel: &Cancel) -> Result<Report, Error> {
    let source = Source::open(config)?;
    let store = store::open(&config.archive, &config.s3)?;
    let mut ledger = Ledger::open(store, &config.source.to_string())?;
    let listing = source.list(&config.days, cancel)?;
    let catalogue = Catalogue::embedded();
    let mut report = Report {
        catalogue_version: catalogue.version().to_owned(),
        ..Report::default()
    };
    report.objects.ignored = listing.ignored;
    for (prefix, error) in &listing.unlisted {
        report.objects.unreadable.push(Unreadable {
            object: format!("{prefix}*"),
            reason: reason(error),
        });
    }
    let mut new = wanted(config, listing.objects, &mut report);
    let listed = new.len();
    new.retain(|object| !ledger.has(object));
    new.shrink_to_fit();
    progress.listed(new.len() as u64, new.iter().map(|object| object.size).sum());
    let book = match &config.verify {
        Some(trust) if !new.is_empty() => {
            let (verification, book) = read_book(config, trust, &new, cancel)?;
            report.verification = Some(verification);
            Some(book)
        }
        _ => None,
    };
    let memory = Memory::divided(
        config.memory_bytes,
        config.threads.max(1),
        list_bytes(&new, config.commit_objects),
    );
    let road = Road {
        config,
        memory,
        source: source.as_ref(),
        catalogue,
        book: book.as_ref(),
        progress,
        cancel,
    };
    loop {
        let known = (listed - new.len()) as u64;
        report.objects.unchanged = known.saturating_sub(report.objects.read);
        report.objects.unreadable.truncate(listing.unlisted.len());
        let mut writer = Writer::new(config, memory, &mut ledger, &report)?;
        let Err(error) = road.take(&new, &mut writer, &mut report) else {
            return Ok(report);
        };
        report = writer.into_committed();
        // Others were faster with some of it: what is left is read again.
        let overtaken = matches!(error, Error::Overtaken | Error::Replaced { .. });
        let news = overtaken.then(|| ledger.catch_up()).transpose()?;
        if !matches!(error, Error::Overtaken) && news.is_none_or(|news| news.is_empty()) {
            return Err(error);
        }
        new.retain(|object| !ledger.has(object));
    }
}

/// Objects of this process's part that are not the archive's own.
fn wanted(config: &Config, mut listed: Vec<Object>, report: &mut Report) -> Vec<Object> {
    listed.retain(|object| !config.archive.holds(&config.source, &object.key));
    if let Some(shard) = config.shard {
        let all = listed.len();
        listed.retain(|object| shard.has(&object.key));
        let others = (all - listed.len()) as u64;
        let ignored = &mut report.objects.ignored;
        ignored.insert("other-shards".to_owned(), others);
    }
    listed
}

/// What is the same for all objects of a run.
struct Road<'r> {
    config: &'r Config,
    memory: Memory,
    source: &'r dyn Objects,
    catalogue: &'static Catalogue,
    book: Option<&'r Book>,
    progress: &'r dyn Progress,
    cancel: &'r Cancel,
}

impl Road<'_> {
    /// Reads objects and commits what came of them.
    fn take(
        &self,
        objects: &[Object],
        writer: &mut Writer<'_>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let threads = self.config.threads.max(1);
        let (announce, announced) = sync_channel(threads);
        let queue = Queue {
            open: Mutex::new(Some((objects.iter().enumerate(), announce))),
            cancel: self.cancel,
        };
        let ahead = self.memory.ahead;
        let opened = self.source.open_all(objects, ahead, self.cancel);
        let spare = Spare::default();
        let worker = Worker {
            config: self.config,
            memory: self.memory,
            spare: &spare,
            opened: opened.as_ref(),
            catalogue: self.catalogue,
            book: self.book,
            queue: &queue,
        };
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| worker.work());
            }
            let spare = (&spare, 2 * self.memory.chunk);
            write(announced, writer, (self.progress, spare), report)
        })?;
        report.cancelled = self.cancel.is_cancelled();
        writer.commit(report)
    }
}

/// What a worker sends about its object.
enum Message {
    Chunk(Box<Chunk>),
    /// The last chunk, with the verdict of CloudTrail's digests, when they are asked.
    End(Option<Box<Chunk>>, Result<Option<Judged>, SourceFailed>),
    /// The source did not give the object at all.
    Unreadable(Error),
}

/// An object in work, and where its messages come from. Announced in the order of the objects.
struct Announced<'q> {
    object: &'q Object,
    messages: Receiver<Message>,
}

/// Objects with their indices, and where to announce them.
type Waiting<'q> = (Enumerate<Iter<'q, Object>>, SyncSender<Announced<'q>>);

/// Objects still to be read.
struct Queue<'q> {
    open: Mutex<Option<Waiting<'q>>>,
    cancel: &'q Cancel,
}

impl<'q> Queue<'q> {
    /// The next object, announced to the writer; `None` at the end, when cancelled or when the writer is gone.
    fn next(&self) -> Option<(usize, &'q Object, SyncSender<Message>)> {
        let mut open = self.open.lock().ok()?;
        let next = open
            .as_mut()
            .filter(|_| !self.cancel.is_cancelled())
            .and_then(|(objects, _)| objects.next());
        let (Some((index, object)), Some((_, announce))) = (next, open.as_ref()) else {
            *open = None;
            return None;
        };
        let (send, messages) = sync_channel(WAITING_CHUNKS);
        announce.send(Announced { object, messages }).ok()?;
        Some((index, object, send))
    }
}

/// What the reading threads share.
struct Worker<'w, 'q> {
    config: &'w Config,
    memory: Memory,
    spare: &'w Spare,
    opened: &'w dyn Opened,
    catalogue: &'static Catalogue,
    book: Option<&'w Book>,
    queue: &'w Queue<'q>,
}

impl Worker<'_, '_> {
    fn work(&self) {
        let mut scratch = (Encoder::new(self.catalogue), Vec::new());
        while let Some((index, object, messages)) = self.queue.next() {
            let last = match self.opened.open(index) {
                Err(error) => Message::Unreadable(error),
                Ok(stored) => {
                    let mut last = None;
                    let mut give = |chunk| match last.replace(Box::new(chunk)) {
                        None => true,
                        Some(before) => messages.send(Message::Chunk(before)).is_ok(),
                    };
                    let read = self.read(object, stored, &mut scratch, &mut give);
                    Message::End(last, read)
                }
            };
            if messages.send(last).is_err() {
                return;
            }
        }
    }

    /// Reads an object; one that digests are asked about is judged first, and not read when it is not as delivered.
    fn read(
        &self,
        object: &Object,
        stored: impl Read,
        (encoder, window): &mut (Encoder, Vec<u8>),
        give: &mut dyn FnMut(Chunk) -> bool,
    ) -> Result<Option<Judged>, SourceFailed> {
        let reader = ObjectReader {
            key: &object.key,
            limits: Limits {
                record_bytes: self.config.record_bytes.min(self.memory.record),
                object_bytes: self.config.object_bytes,
                chunk_bytes: self.memory.chunk,
            },
            encoder,
            window,
            spare: self.spare,
            give,
        };
        let Some(book) = self.book else {
            return reader.read(stored).map(|()| None);
        };
        let read = book.judge(&object.key, object.size, stored, |bytes, judged| {
            match judged.is_refused() {
                true => reader.refuse(&judged.detail),
                false => reader.read(bytes)?,
            }
            Ok(Some(judged))
        });
        read.map_err(SourceFailed)?
    }
}

/// Takes the objects in their order.
fn write(
    announced: Receiver<Announced<'_>>,
    writer: &mut Writer<'_>,
    (progress, (spare, most)): (&dyn Progress, (&Spare, usize)),
    report: &mut Report,
) -> Result<(), Error> {
    for Announced { object, messages } in announced {
        let before = report.events;
        let end = loop {
            let (chunk, end) = match messages.recv().map_err(|_| Error::Worker)? {
                Message::Chunk(chunk) => (Some(chunk), None),
                Message::End(chunk, Ok(judged)) => (chunk, Some(Ok(judged))),
                Message::End(chunk, Err(SourceFailed(error))) => (chunk, Some(Err(reason(&error)))),
                Message::Unreadable(error) => (None, Some(Err(reason(&error)))),
            };
            if let Some(chunk) = chunk {
                take(&chunk, writer, report)?;
                spare.put(chunk.rows, most);
            }
            if let Some(end) = end {
                break end;
            }
        };
        match end {
            Ok(judged) => {
                report.objects.read += 1;
                report.bytes += object.size;
                if let (Some(judged), Some(found)) = (&judged, &mut report.verification) {
                    found.add_log(&object.key, judged);
                }
                let verdict = judged.as_ref().map(Judged::as_str);
                writer.take(object, verdict, report)?;
            }
            Err(reason) => {
                report.objects.unreadable.push(Unreadable {
                    object: object.key.clone(),
                    reason,
                });
            }
        }
        progress.advanced(object.size, report.events - before);
    }
    Ok(())
}

fn take(chunk: &Chunk, writer: &mut Writer<'_>, report: &mut Report) -> Result<(), Error> {
    report.events += chunk.rows.len() as u64;
    report.inflated_bytes += chunk.inflated;
    add_counts(&chunk.skipped, &mut report.skipped);
    for entry in &chunk.quarantine {
        report.quarantine(entry);
        writer.quarantine(entry)?;
    }
    writer.add(&chunk.rows, report)
}

fn add_counts(from: &BTreeMap<&'static str, u64>, to: &mut BTreeMap<String, u64>) {
    for (name, count) in from {
        *to.entry((*name).to_owned()).or_default() += count;
    }
}

/// The error and its causes, in one line.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
