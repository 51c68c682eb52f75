//! The fields of the index, and a task as a document.

use domain::task::Task;
use domain::text::fold;
use kafka_es::Position;
use serde::{Deserialize, Serialize};
use tantivy::schema::{
    BytesOptions, Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema, TextFieldIndexing,
    TextOptions,
};
use tantivy::{TantivyDocument, Term};
use uuid::Uuid;

use super::analyzer;
use crate::query::sort::title_key;

/// Version of fields, analyzer and stored state together: an index of another version serves until one of this version is filled
/// beside it (docs/decisions/0037-an-index-of-another-build.md). For that a name keeps its meaning: what is stored otherwise is another
/// field.
pub(super) const VERSION: u32 = 5;
/// What an index says that builds of two versions have written: no build takes it for its own.
pub(super) const MIXED: u32 = 0;

/// Most states as JSON are not longer.
const STATE_BYTES: usize = 512;
/// What a document takes besides its texts.
const FIELDS_BYTES: usize = 128;

/// Value of [`names::STATUS`] for documents that no search may show: deleted tasks, streams without a readable task.
pub(super) const STATUS_HIDDEN: u64 = 255;

/// Names of the fast fields, which are opened by name.
pub(super) mod names {
    /// [`super::status_code`], or [`super::STATUS_HIDDEN`].
    pub(in crate::search) const STATUS: &str = "status";
    /// Rank of the priority, 0 to 4.
    pub(in crate::search) const PRIORITY: &str = "priority";
    /// Microseconds since 1970.
    pub(in crate::search) const CREATED_AT: &str = "created_at";
    /// Microseconds since 1970.
    pub(in crate::search) const UPDATED_AT: &str = "updated_at";
    /// Microseconds since 1970, none without a due date.
    pub(in crate::search) const DUE_SORT: &str = "due_sort";
    /// Days since year 1, none without a due date.
    pub(in crate::search) const DUE_DAY: &str = "due_day";
    /// Folded title.
    pub(in crate::search) const TITLE_KEY: &str = "title_key";
    /// Words in the title.
    pub(in crate::search) const TITLE_WORDS: &str = "title_words";
    /// Upper 64 bits of the id.
    pub(in crate::search) const ID_HIGH: &str = "id_high";
    /// Lower 64 bits of the id.
    pub(in crate::search) const ID_LOW: &str = "id_low";
    /// Tenant.
    pub(in crate::search) const TENANT: &str = "tenant";
}

/// The fields, by handle.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    /// Four bytes of the stream's id, by which [`super::stream::Stream`] finds it.
    pub(super) stream: Field,
    /// Analyzed title.
    pub(super) title: Field,
    /// Analyzed description.
    pub(super) description: Field,
    /// Tags as they are, for the parameter `tag`.
    pub(super) tags: Field,
    /// Folded tags, for `tag:` in `q`.
    pub(super) tag_keys: Field,
    /// Analyzed tags: a word may stand there too.
    pub(super) tag_words: Field,
    /// [`StoredTask`] as JSON: answers and later events are served from it.
    pub(super) state: Field,
    blocked: Field,
    tenant: Field,
    status: Field,
    created_at: Field,
    title_words: Field,
    id_high: Field,
    id_low: Field,
    // Columns that not every search reads; one of another version may lack them.
    priority: Option<Field>,
    updated_at: Option<Field>,
    due_sort: Option<Field>,
    due_day: Option<Field>,
    title_key: Option<Field>,
}

/// What the index keeps of a stream: the last state that could be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredTask {
    /// The aggregate.
    pub task: Task,
    /// What the stream cannot get past: nothing behind it may be folded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Blocked>,
}

/// The first record of a stream that this build could not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Where it stands.
    pub at: Position,
    /// Its events as JSON, for a build that can.
    pub events: String,
}

/// The schema and its handles.
pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let analyzed = || {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(analyzer::NAME)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(false);
        TextOptions::default().set_indexing_options(indexing)
    };
    let number = || NumericOptions::default().set_fast();
    let fast_text = || TextOptions::default().set_fast("raw");
    let fields = Fields {
        stream: builder.add_bytes_field("stream", BytesOptions::default().set_indexed()),
        title: builder.add_text_field("title", analyzed()),
        description: builder.add_text_field("description", analyzed()),
        tags: builder.add_text_field("tags", STRING),
        tag_keys: builder.add_text_field("tag_keys", STRING),
        tag_words: builder.add_text_field("tag_words", analyzed()),
        state: builder.add_bytes_field("state", STORED),
        blocked: builder.add_bool_field("blocked", INDEXED),
        tenant: builder.add_text_field(names::TENANT, fast_text()),
        status: builder.add_u64_field(names::STATUS, number()),
        priority: Some(builder.add_u64_field(names::PRIORITY, number())),
        created_at: builder.add_i64_field(names::CREATED_AT, number()),
        updated_at: Some(builder.add_i64_field(names::UPDATED_AT, number())),
        due_sort: Some(builder.add_i64_field(names::DUE_SORT, number())),
        due_day: Some(builder.add_i64_field(names::DUE_DAY, number())),
        title_key: Some(builder.add_text_field(names::TITLE_KEY, fast_text())),
        title_words: builder.add_u64_field(names::TITLE_WORDS, number()),
        id_high: builder.add_u64_field(names::ID_HIGH, number()),
        id_low: builder.add_u64_field(names::ID_LOW, number()),
    };
    (builder.build(), fields)
}

/// A status as the index holds it.
pub(super) fn status_code(status: domain::task::Status) -> u64 {
    use domain::task::Status;
    match status {
        Status::Pending => 0,
        Status::InProgress => 1,
        Status::Completed => 2,
        Status::Cancelled => 3,
    }
}

impl Fields {
    /// Those of an index, by their names. One of another version may have them in another order, others besides, and no column for what
    /// is sorted and filtered by.
    ///
    /// # Errors
    /// Which field it lacks that every search needs, or has of another type.
    pub(super) fn of(index: &Schema) -> Result<Self, String> {
        let (ours, fields) = schema();
        let column = |field: Option<Field>| {
            let entry = field.map(|field| ours.get_field_entry(field));
            let Some(entry) = entry else { return Ok(None) };
            let Ok(found) = index.get_field(entry.name()) else { return Ok(None) };
            if index.get_field_entry(found).field_type() != entry.field_type() {
                return Err(format!("its field {} is of another type", entry.name()));
            }
            Ok(Some(found))
        };
        let needed = |field: Field| {
            let found = column(Some(field))?;
            found.ok_or_else(|| format!("it has no field {}", ours.get_field_name(field)))
        };
        Ok(Self {
            stream: needed(fields.stream)?,
            title: needed(fields.title)?,
            description: needed(fields.description)?,
            tags: needed(fields.tags)?,
            tag_keys: needed(fields.tag_keys)?,
            tag_words: needed(fields.tag_words)?,
            state: needed(fields.state)?,
            blocked: needed(fields.blocked)?,
            tenant: needed(fields.tenant)?,
            status: needed(fields.status)?,
            created_at: needed(fields.created_at)?,
            title_words: needed(fields.title_words)?,
            id_high: needed(fields.id_high)?,
            id_low: needed(fields.id_low)?,
            priority: column(fields.priority)?,
            updated_at: column(fields.updated_at)?,
            due_sort: column(fields.due_sort)?,
            due_day: column(fields.due_day)?,
            title_key: column(fields.title_key)?,
        })
    }

    /// The term of one stream's document, and of few others.
    pub(super) fn stream_term(&self, id: Uuid) -> Term {
        Term::from_field_bytes(self.stream, &stream_key(id))
    }

    /// The term of the streams that are [`Blocked`].
    pub(super) fn blocked_term(&self) -> Term {
        Term::from_field_bool(self.blocked, true)
    }

    /// A stream's document. A task that no search may show keeps its state, for the events that may follow.
    pub(super) fn document(
        &self,
        tenant: &str,
        id: Uuid,
        stored: &StoredTask,
    ) -> Result<TantivyDocument, serde_json::Error> {
        let task = &stored.task;
        let mut state = Vec::with_capacity(STATE_BYTES);
        serde_json::to_writer(&mut state, stored)?;
        // The state once more in its fields, and what all have.
        let mut document = TantivyDocument::with_capacity(2 * state.len() + FIELDS_BYTES);
        document.add_bytes(self.stream, &stream_key(id));
        document.add_bytes(self.state, &state);
        if stored.blocked.is_some() {
            document.add_bool(self.blocked, true);
        }
        document.add_text(self.tenant, tenant);
        let (high, low) = id.as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_u64(self.status, if task.exists() { status_code(task.status) } else { STATUS_HIDDEN });
        if !task.exists() {
            return Ok(document);
        }
        document.add_text(self.title, &task.title);
        document.add_text(self.description, &task.description);
        for tag in &task.tags {
            document.add_text(self.tags, tag);
            document.add_text(self.tag_keys, fold(tag));
            document.add_text(self.tag_words, tag);
        }
        document.add_i64(self.created_at, task.created_at.timestamp_micros());
        document.add_u64(self.title_words, analyzer::count(&task.title));
        self.add_columns(&mut document, task);
        Ok(document)
    }

    fn add_columns(&self, document: &mut TantivyDocument, task: &Task) {
        if let Some(priority) = self.priority {
            document.add_u64(priority, u64::from(task.priority.rank().unsigned_abs()));
        }
        if let Some(updated_at) = self.updated_at {
            document.add_i64(updated_at, task.updated_at.timestamp_micros());
        }
        if let (Some(due_sort), Some(due)) = (self.due_sort, &task.due) {
            document.add_i64(due_sort, due.sort_key().timestamp_micros());
        }
        if let (Some(due_day), Some(due)) = (self.due_day, &task.due) {
            document.add_i64(due_day, day_number(due.day()));
        }
        if let Some(title_key_field) = self.title_key {
            document.add_text(title_key_field, title_key(&task.title));
        }
    }
}

/// Four bytes into which all of an id goes, whether it is random, begins with a time or ends with a number.
fn stream_key(id: Uuid) -> [u8; 4] {
    let (high, low) = id.as_u64_pair();
    let [a, b, c, d, e, f, g, h] = (high ^ low).to_be_bytes();
    [a ^ e, b ^ f, c ^ g, d ^ h]
}

/// A date as the index holds it.
pub(super) fn day_number(day: chrono::NaiveDate) -> i64 {
    i64::from(chrono::Datelike::num_days_from_ce(&day))
}
