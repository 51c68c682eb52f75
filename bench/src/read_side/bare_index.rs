//! The peer of the search index: a bare Tantivy writer on the same documents.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use domain::task::Status;
use tantivy::schema::{FAST, Field, STORED, Schema, TEXT};
use tantivy::{Index, IndexWriter, TantivyDocument};

use crate::http::twin::Task;

/// As Tasklog's own index has them: two threads where there are two processors, which share the memory.
const THREADS_MAX: usize = 2;
const HEAP_BYTES: usize = 32_000_000;

/// The kinds of fields that Tasklog's index has: what is searched, what is filtered and sorted by, what is answered.
pub struct BareIndex {
    schema: Schema,
    title: Field,
    description: Field,
    tags: Field,
    status: Field,
    priority: Field,
    created_at: Field,
    updated_at: Field,
    due: Field,
    state: Field,
}

impl BareIndex {
    /// The fields; nothing is written yet.
    pub fn new() -> Self {
        let mut schema = Schema::builder();
        let [title, description, tags] = ["title", "description", "tags"].map(|name| schema.add_text_field(name, TEXT));
        let [status, priority] = ["status", "priority"].map(|name| schema.add_u64_field(name, FAST));
        let times = ["created_at", "updated_at", "due"];
        let [created_at, updated_at, due] = times.map(|name| schema.add_i64_field(name, FAST));
        let state = schema.add_bytes_field("state", STORED);
        let schema = schema.build();
        Self { schema, title, description, tags, status, priority, created_at, updated_at, due, state }
    }

    /// A task as it is handed to the writer.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn document(&self, task: &Task) -> serde_json::Result<TantivyDocument> {
        let mut document = TantivyDocument::new();
        document.add_text(self.title, &task.title);
        document.add_text(self.description, &task.description);
        for tag in &task.tags {
            document.add_text(self.tags, tag);
        }
        document.add_u64(self.status, (0..).zip(Status::ALL).find(|(_, it)| **it == task.status).map_or(0, |(n, _)| n));
        document.add_u64(self.priority, u64::from(task.priority.rank().unsigned_abs()));
        document.add_i64(self.created_at, task.created_at.timestamp_micros());
        document.add_i64(self.updated_at, task.updated_at.timestamp_micros());
        if let Some(due) = task.due().sort {
            document.add_i64(self.due, due.timestamp_micros());
        }
        document.add_bytes(self.state, &serde_json::to_vec(task)?);
        // Tantivy reserves more than most tasks need.
        document.shrink_to_fit();
        Ok(document)
    }

    /// From the first document to the end of the one commit, in an empty folder.
    ///
    /// # Errors
    /// When Tantivy cannot write there.
    pub fn write(&self, documents: Vec<TantivyDocument>, folder: &Path) -> tantivy::Result<Duration> {
        let index = Index::create_in_dir(folder, self.schema.clone())?;
        let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let started = Instant::now();
        let mut writer: IndexWriter = index.writer_with_num_threads(threads, HEAP_BYTES)?;
        for document in documents {
            writer.add_document(document)?;
        }
        writer.commit()?;
        let took = started.elapsed();
        // What still merges must not take its part of what is measured next.
        writer.wait_merging_threads()?;
        Ok(took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn given_tasks_when_written_then_each_is_a_document() {
        let task = json!({
            "id": "00000000-0000-4000-8000-000000000001", "title": "Fix the login page", "description": "", "status": "completed",
            "priority": "high", "tags": ["home"], "due_date": "2026-12-01", "due_at": null, "time_zone": null, "due_utc": null,
            "recurrence_pattern": null, "series_id": null, "created_at": "2026-01-01T10:00:00Z", "updated_at": "2026-01-01T10:00:00Z",
            "completed_at": "2026-01-01T10:00:00Z", "version": 1,
        });
        let (bare, folder) = (BareIndex::new(), tempfile::tempdir().unwrap());
        let document = bare.document(&serde_json::from_value(task).unwrap()).unwrap();
        bare.write(vec![document; 3], folder.path()).unwrap();
        let searcher = Index::open_in_dir(folder.path()).unwrap().reader().unwrap().searcher();
        assert_eq!(searcher.num_docs(), 3);
        assert_eq!(searcher.segment_reader(0).fast_fields().u64("status").unwrap().first(0), Some(2));
    }
}
