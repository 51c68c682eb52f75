//! Folds records of the log into documents. What it has folded and not committed is lost with the process and read again:
//! positions and documents are one commit.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use domain::task::{Task, evolve};
use domain::{tenant, topics};
use kafka_es::rule::{Verdict, judge};
use kafka_es::{Envelope, EnvelopeError, LogRecord, Position};
use tantivy::SegmentReader;
use tantivy::indexer::UserOperation;
use uuid::Uuid;

use super::error::SearchError;
use super::gap::Gap;
use super::metrics_definitions as metric;
use super::query::stored;
use super::recent::Recent;
use super::schema::{Fields, StoredTask};
use super::seen::Seen;
use super::store::{Generation, NextOffsets};
use super::stream::{Segments, Stream};
use super::waiting::{self, Dropped, Freed};

/// Changed documents of an index that serves that are handed over before the commit, to be analyzed while more come.
const TOGETHER: usize = 512;
/// The same of an index that is filled: its threads write more than comes, so that each document handed over alone would wake one.
const FILLED_TOGETHER: usize = 64;

/// The writing side of one generation.
pub(super) struct Writer {
    generation: Generation,
    next: NextOffsets,
    /// How far it had come before it last went back.
    reached: NextOffsets,
    dropped: Dropped,
    /// Streams changed since the last commit.
    changed: HashMap<Arc<str>, Entry>,
    /// Those of them that changed since they were handed to the index.
    fresh: Vec<Arc<str>>,
    recent: Recent,
    stopped: BTreeMap<(String, i32), Gap>,
    segments: Segments,
    /// While an index is filled that was empty.
    seen: Option<Seen>,
    filling: bool,
    dirty: bool,
}

struct Entry {
    tenant: String,
    id: Uuid,
    stored: Arc<StoredTask>,
    /// A document of it may be in the index, so it is deleted before a new one is added.
    indexed: bool,
    /// Among the fresh ones.
    fresh: bool,
}

impl Writer {
    /// Goes on where the generation's last commit ended.
    pub(super) fn new(generation: Generation) -> Self {
        let next = generation.committed.clone();
        let (reached, dropped, changed, fresh, recent, stopped, segments) = Default::default();
        let seen = (generation.reader.searcher().num_docs() == 0).then(Seen::default);
        let (filling, dirty) = (false, false);
        Self { generation, next, reached, dropped, changed, fresh, recent, stopped, segments, seen, filling, dirty }
    }

    /// The generation's number.
    pub(super) fn number(&self) -> u64 {
        self.generation.number
    }

    /// It is of another version, and one of this version is to take its place.
    pub(super) fn is_outdated(&self) -> bool {
        self.generation.outdated
    }

    /// The reading side.
    pub(super) fn reader(&self) -> (&tantivy::IndexReader, &Fields) {
        (&self.generation.reader, &self.generation.fields)
    }

    /// Nobody asks it yet: until it [serves](Self::serves) all threads of the index write, and it is merged rarely.
    pub(super) fn fill(&mut self) {
        self.filling = true;
        self.generation.merge_for_filling();
    }

    /// It is filled, and from now on is merged for who asks it.
    pub(super) fn serves(&mut self) {
        self.filling = false;
        self.seen = None;
        self.generation.merge_for_queries();
    }

    /// The next record of each partition to apply, committed or not.
    pub(super) fn next_offsets(&self) -> &NextOffsets {
        &self.next
    }

    /// The next record that it has not seen: further than [`Self::next_offsets`] while it reads again what is behind a stream that
    /// [goes on](Self::go_on).
    pub(super) fn reached(&self) -> NextOffsets {
        let mut reached = self.reached.clone();
        for (partition, next) in &self.next {
            let known = reached.entry(partition.clone()).or_insert(*next);
            *known = *next.max(known);
        }
        reached
    }

    /// What the last commit holds.
    pub(super) fn committed(&self) -> &NextOffsets {
        &self.generation.committed
    }

    /// Something was applied and not committed.
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Documents changed since the last commit.
    pub(super) fn changed(&self) -> usize {
        self.changed.len()
    }

    /// Partitions stopped at a gap.
    pub(super) fn stopped(&self) -> impl Iterator<Item = &Gap> {
        self.stopped.values()
    }

    /// Applies records in order. Positions advance over every record but those of a stopped partition.
    ///
    /// # Errors
    /// When the index cannot be read or written; the writer must then be dropped and opened anew.
    pub(super) fn apply(&mut self, records: &[LogRecord]) -> Result<(), SearchError> {
        for record in records {
            let partition = (record.position.topic.clone(), record.position.partition);
            if self.stopped.contains_key(&partition) {
                continue;
            }
            let next = self.next.entry(partition.clone()).or_insert(0);
            if record.position.offset < *next {
                continue; // applied before: the source was opened again behind the position
            }
            *next = record.position.offset + 1;
            self.dirty = true;
            if let Err(gap) = self.apply_record(record)? {
                tracing::error!(
                    stream = gap.stream, position = %gap.position, expected = gap.expected, found = gap.found,
                    "the log has a gap: search stops this partition"
                );
                self.next.insert(partition.clone(), record.position.offset);
                self.stopped.insert(partition, gap);
            }
        }
        if self.filling || self.fresh.len() >= TOGETHER { self.hand_over() } else { Ok(()) }
    }

    fn apply_record(&mut self, record: &LogRecord) -> Result<Result<(), Gap>, SearchError> {
        if record.position.topic != topics::TASKS {
            return Ok(Ok(()));
        }
        let envelopes = match &record.content {
            Ok(envelopes) => envelopes,
            Err(error) => {
                metric::skipped(if *error == EnvelopeError::Blank { "void" } else { "foreign" }, 1);
                return Ok(Ok(()));
            }
        };
        let named = envelopes.first().and_then(|first| Some((first, tenant::parse_stream_id(&first.partitionkey)?)));
        let Some((first, (tenant, id))) = named else {
            metric::skipped("foreign", 1);
            return Ok(Ok(()));
        };
        let stream = &first.partitionkey;
        let (before, indexed) = self.state_of(stream, tenant, id)?;
        match judge(before.task.version, first.sequence) {
            _ if before.blocked.is_some() => metric::skipped("blocked", envelopes.len()),
            Verdict::Void => metric::skipped("void", envelopes.len()),
            Verdict::Gap { expected } => {
                let position = record.position.clone();
                return Ok(Err(Gap { stream: stream.clone(), position, expected, found: first.sequence }));
            }
            Verdict::Accepted => {
                let stored = Arc::new(fold(&before, envelopes, &record.position, &self.dropped));
                self.change(stream, tenant, id, stored, indexed);
            }
        }
        Ok(Ok(()))
    }

    fn change(&mut self, stream: &str, tenant: &str, id: Uuid, stored: Arc<StoredTask>, indexed: bool) {
        if let Some(entry) = self.changed.get_mut(stream) {
            entry.stored = stored;
            if !std::mem::replace(&mut entry.fresh, true) {
                self.fresh.push(stream.into());
            }
            return;
        }
        if let Some(seen) = &mut self.seen {
            seen.add(id);
        }
        let stream: Arc<str> = stream.into();
        self.fresh.push(stream.clone());
        self.changed.insert(stream, Entry { tenant: tenant.to_owned(), id, stored, indexed, fresh: true });
    }

    /// The stream's state with everything applied so far, and whether the index may hold a document of it.
    fn state_of(&self, stream: &str, tenant: &str, id: Uuid) -> Result<(Arc<StoredTask>, bool), SearchError> {
        if self.seen.as_ref().is_some_and(|seen| !seen.may_hold(id)) {
            return Ok((Arc::new(StoredTask::default()), false));
        }
        if let Some(entry) = self.changed.get(stream) {
            return Ok((entry.stored.clone(), entry.indexed));
        }
        if let Some(stored) = self.recent.get(stream) {
            return Ok((stored.clone(), true));
        }
        let searcher = self.generation.reader.searcher();
        let fields = &self.generation.fields;
        match Stream::new(fields, &self.segments, tenant, id).find(&searcher)? {
            Some(address) => Ok((Arc::new(stored(&searcher, fields, address)?), true)),
            None => Ok((Arc::new(StoredTask::default()), false)),
        }
    }

    /// Gives changed documents to the index, whose own threads analyze them while the next records are folded. While it is filled some go
    /// to whichever is free; then all that are given at once go to one, so that a small commit makes one segment. Whichever has a
    /// document, a deletion takes only what was added before it.
    fn hand_over(&mut self) -> Result<(), SearchError> {
        let Generation { fields, writer, .. } = &mut self.generation;
        let mut together = Vec::new();
        for stream in self.fresh.drain(..) {
            let Some(entry) = self.changed.get_mut(&stream) else { continue };
            if entry.indexed {
                writer.delete_query(Box::new(Stream::new(fields, &self.segments, &entry.tenant, entry.id)))?;
            }
            let document = fields
                .document(&entry.tenant, entry.id, &entry.stored)
                .map_err(|error| SearchError::Unavailable(format!("a state cannot be written: {error}")))?;
            together.push(UserOperation::Add(document));
            entry.indexed = true;
            entry.fresh = false;
            if self.filling && together.len() == FILLED_TOGETHER {
                writer.run(std::mem::take(&mut together))?;
            }
        }
        if !together.is_empty() {
            writer.run(together)?;
        }
        Ok(())
    }

    /// Lets the committed streams go on that can, now that these records are dropped or this build reads them. Where there are any
    /// it goes back to the first record that held one of them up: read on from [`Self::next_offsets`] then. What others have behind
    /// it comes again and is void.
    ///
    /// # Errors
    /// When the index cannot be read or written; the writer must then be dropped and opened anew.
    pub(super) fn go_on(&mut self, dropped: Dropped) -> Result<bool, SearchError> {
        self.dropped = dropped;
        let freed = waiting::freed(&self.generation.reader.searcher(), &self.generation.fields, &self.dropped)?;
        if freed.is_empty() {
            return Ok(false);
        }
        self.reached = self.reached();
        for Freed { stream, before, at } in freed {
            let Some((tenant, id)) = tenant::parse_stream_id(&stream) else { continue };
            tracing::info!(stream, position = %at, "search goes on with a stream that has waited");
            let partition = (at.topic, at.partition);
            self.stopped.remove(&partition);
            let next = self.next.entry(partition).or_insert(at.offset);
            *next = at.offset.min(*next);
            self.change(&stream, tenant, id, Arc::new(before), true);
        }
        self.dirty = true;
        Ok(true)
    }

    /// Makes everything applied so far durable and visible.
    ///
    /// # Errors
    /// When the index cannot be written; the writer must then be dropped and opened anew.
    pub(super) fn commit(&mut self) -> Result<(), SearchError> {
        let started = Instant::now();
        self.hand_over()?;
        let payload = serde_json::to_string(&self.generation.payload(&self.next))
            .map_err(|error| SearchError::Unavailable(format!("positions cannot be written: {error}")))?;
        let mut prepared = self.generation.writer.prepare_commit()?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        self.generation.reader.reload()?;
        self.generation.committed.clone_from(&self.next);
        let documents = self.changed.len();
        self.remember();
        self.segments.keep(&self.generation.reader.searcher());
        self.dirty = false;
        metric::committed(documents, self.generation.reader.searcher().num_docs(), started.elapsed());
        Ok(())
    }

    /// Lets queries see the segments that merges have put in the place of others since the last commit.
    ///
    /// # Errors
    /// When the index cannot be read; the writer must then be dropped and opened anew.
    pub(super) fn see_merged(&mut self) -> Result<(), SearchError> {
        let reader = &self.generation.reader;
        let there: HashSet<_> = self.generation.writer.index().searchable_segment_ids()?.into_iter().collect();
        let seen: HashSet<_> = reader.searcher().segment_readers().iter().map(SegmentReader::segment_id).collect();
        if there != seen {
            reader.reload()?;
            self.segments.keep(&reader.searcher());
        }
        Ok(())
    }

    fn remember(&mut self) {
        for (stream, entry) in self.changed.drain() {
            self.recent.put(stream, entry.stored);
        }
    }
}

/// The state after the record's events. Where one of them cannot be read, the last good state stays, marked: nothing behind
/// an unreadable event may be folded, unless it is dropped.
fn fold(before: &StoredTask, envelopes: &[Envelope], position: &Position, dropped: &Dropped) -> StoredTask {
    let mut task: Task = before.task.clone();
    match waiting::read(envelopes) {
        Ok(events) => {
            for event in &events {
                evolve(&mut task, event);
            }
        }
        Err(_) if waiting::passes(before, position, dropped) => {
            metric::skipped("dropped", envelopes.len());
            task.version += envelopes.len() as u64;
        }
        Err(error) => {
            tracing::warn!(%position, error, "search keeps the last readable state of a stream");
            metric::skipped("undecodable", envelopes.len());
            return StoredTask { task, blocked: Some(waiting::block(envelopes, position)) };
        }
    }
    StoredTask { task, blocked: None }
}
