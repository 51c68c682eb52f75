//! Logs and indexes for tests.

use chrono::{DateTime, TimeDelta, Utc};
use domain::task::{Priority, Status, TaskChanges, TaskCreated, TaskDeleted, TaskEvent, TaskUpdated};
use domain::{tenant, topics};
use kafka_es::{AdjacentlyTagged, Envelope, EventCodec as _, LogRecord, Position};
use serde_json::value::RawValue;
use tempfile::TempDir;
use uuid::Uuid;

use crate::query::sort::Sort;
use crate::query::task_query::{TaskFilter, TaskPage, TaskQuery};
use crate::search::SearchError;
use crate::search::query::run;
use crate::search::scan::Reused;
use crate::search::store::Store;
use crate::search::writer::Writer;

pub(super) const HEAP_BYTES: usize = 15_000_000;

pub(super) fn time(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A created task; its number decides the id and the creation time.
pub(super) fn created(n: u128, title: &str, description: &str) -> TaskCreated {
    let at = time(i64::try_from(n).unwrap());
    TaskCreated {
        id: id(n),
        title: title.into(),
        description: description.into(),
        status: Status::Pending,
        priority: Priority::None,
        tags: Vec::new(),
        due: None,
        recurrence_pattern: None,
        series_id: None,
        occurrence: None,
        follows: None,
        parent_id: None,
        rank: None,
        created_at: at,
        updated_at: at,
        completed_at: None,
    }
}

pub(super) fn renamed(title: &str, at: i64) -> TaskEvent {
    let changes = TaskChanges { title: Some(title.into()), ..TaskChanges::default() };
    TaskEvent::Updated(TaskUpdated { changes, updated_at: time(at) })
}

pub(super) fn deleted(at: i64) -> TaskEvent {
    TaskEvent::Deleted(TaskDeleted { deleted_at: time(at) })
}

/// The record of one event, at an offset of partition 0.
pub(super) fn record(n: u128, sequence: u64, offset: i64, event: &TaskEvent) -> LogRecord {
    let (event_type, data) = AdjacentlyTagged::encode(event).unwrap();
    record_of(n, sequence, offset, &event_type, data)
}

pub(super) fn record_of(n: u128, sequence: u64, offset: i64, event_type: &str, data: Box<RawValue>) -> LogRecord {
    let stream = tenant::stream_id(tenant::DEFAULT, id(n));
    let envelope = Envelope {
        specversion: "1.0".into(),
        id: format!("{stream}@{sequence}"),
        source: "/tenants/default".into(),
        event_type: event_type.into(),
        subject: id(n).to_string(),
        time: time(0),
        datacontenttype: "application/json".into(),
        partitionkey: stream.clone(),
        sequence,
        tenant: tenant::DEFAULT.into(),
        commandid: format!("c{offset}"),
        commandhash: None,
        causationid: None,
        correlationid: None,
        actor: "test".into(),
        traceparent: None,
        metadata: None,
        data,
    };
    LogRecord {
        position: Position { topic: topics::TASKS.into(), partition: 0, offset },
        key: Some(stream.into_bytes()),
        timestamp_ms: None,
        traceparent: None,
        raw: Vec::new(),
        content: Ok(vec![envelope]),
    }
}

/// An index that is written to and asked directly.
pub(super) struct Library {
    pub writer: Writer,
    pub dir: TempDir,
    offset: i64,
    reused: Reused,
}

impl Library {
    pub(super) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let writer = Writer::new(Store::new(dir.path().into(), HEAP_BYTES).open().unwrap());
        Self { writer, dir, offset: 0, reused: Reused::default() }
    }

    /// Tasks with these titles and descriptions, the first one the oldest.
    pub(super) fn with(tasks: &[(&str, &str)]) -> Self {
        let mut library = Self::new();
        for (n, (title, description)) in (1..).zip(tasks) {
            library.create(created(n, title, description));
        }
        library.writer.commit().unwrap();
        library
    }

    pub(super) fn create(&mut self, created: TaskCreated) {
        let n = created.id.as_u128();
        self.event(n, 1, &TaskEvent::Created(created));
    }

    pub(super) fn event(&mut self, n: u128, sequence: u64, event: &TaskEvent) {
        self.writer.apply(&[record(n, sequence, self.offset, event)]).unwrap();
        self.offset += 1;
    }

    pub(super) fn ask(&self, query: &TaskQuery) -> Result<TaskPage, SearchError> {
        let (reader, fields) = self.writer.reader();
        run(&reader.searcher(), fields, &self.reused, query)
    }

    /// Numbers of the tasks found, best first.
    pub(super) fn found(&self, q: &str) -> Vec<u128> {
        numbers(&self.ask(&query(q)).unwrap())
    }
}

pub(super) fn query(q: &str) -> TaskQuery {
    TaskQuery {
        tenant: tenant::DEFAULT.into(),
        q: Some(q.into()),
        filter: TaskFilter::default(),
        sort: Sort::BEST,
        limit: 50,
        cursor: None,
        total: true,
        now: time(0),
    }
}

pub(super) fn numbers(page: &TaskPage) -> Vec<u128> {
    page.items.iter().map(|item| item.task.id.as_u128()).collect()
}
