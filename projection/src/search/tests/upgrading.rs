//! A build that finds the index of another one.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use domain::{tenant, topics};
use tantivy::schema::{INDEXED, Schema};
use tantivy::tokenizer::{SimpleTokenizer, TextAnalyzer};
use tantivy::{Index, IndexWriter, TantivyDocument};
use tempfile::TempDir;

use super::given::{HEAP_BYTES, query};
use super::running::{Fault, HeldLog, Running};
use crate::query::sort::{Sort, SortKey};
use crate::query::task_query::TaskQuery;
use crate::search::schema::{self, Fields, VERSION};
use crate::search::store::{NextOffsets, Payload, Store};
use crate::search::{Dumped, SearchError, StoredTask, analyzer};
use crate::source::Log as _;

/// Fields of a build that had one more and not all of ours, in another order.
fn schema_without(lacking: &str) -> Schema {
    let (ours, _) = schema::schema();
    let mut entries: Vec<_> = ours.fields().map(|(_, entry)| entry.clone()).collect();
    entries.retain(|entry| entry.name() != lacking);
    let mut builder = Schema::builder();
    builder.add_bool_field("colour", INDEXED);
    for entry in entries.into_iter().rev() {
        builder.add_field(entry);
    }
    builder.build()
}

/// Begins the first generation in `dir` as a build before this one would have, whose analyzer folds nothing.
fn begin_old(dir: &Path, schema: Schema) -> IndexWriter {
    let folder = dir.join("generation-1");
    fs::create_dir(&folder).unwrap();
    let index = Index::create_in_dir(&folder, schema).unwrap();
    index.tokenizers().register(analyzer::NAME, TextAnalyzer::from(SimpleTokenizer::default()));
    fs::write(dir.join("current"), "1\n").unwrap();
    index.writer_with_num_threads(1, HEAP_BYTES).unwrap()
}

fn commit_old(mut writer: IndexWriter, next: &NextOffsets) {
    let payload = Payload { schema: VERSION - 1, ..Payload::new(1, next) };
    let mut prepared = writer.prepare_commit().unwrap();
    prepared.set_payload(&serde_json::to_string(&payload).unwrap());
    prepared.commit().unwrap();
}

fn write_old(dir: &Path, documents: &[Dumped], next: &NextOffsets) {
    let schema = schema_without("priority");
    let fields = Fields::of(&schema).unwrap();
    let writer = begin_old(dir, schema);
    for Dumped { stream, state, .. } in documents {
        let (tenant, id) = tenant::parse_stream_id(stream).unwrap();
        writer.add_document(fields.document(tenant, id, state).unwrap()).unwrap();
    }
    commit_old(writer, next);
}

/// The log of `running`, and a folder in which a build before this one has left what `running` holds.
async fn left_by_an_old_build(running: Running) -> (HeldLog, Arc<TempDir>) {
    let documents = running.handle.dump().await.unwrap();
    let next = running.log.end_offsets(&[topics::TASKS]).await.unwrap();
    running.shutdown.request();
    running.task.await.unwrap();
    let dir = TempDir::new().unwrap();
    write_old(dir.path(), &documents, &next);
    (running.log, Arc::new(dir))
}

fn by_priority() -> TaskQuery {
    TaskQuery { sort: Sort { key: SortKey::Priority, descending: true }, ..query("task") }
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_index_of_another_build_when_opened_then_it_follows_the_log_until_one_of_this_build_is_filled() {
    let running = Running::new().await;
    let token = running.history();
    running.found_after(&token).await;
    let (log, dir) = left_by_an_old_build(running).await;
    log.hold_fills();

    let running = Running::over(log, dir).await;
    assert_eq!(running.found_after(&token).await.len(), 30);
    running.until(|running| running.health.is_ready()).await;
    assert_eq!(running.handle.generation(), 1);
    let token = running.create(41, "task");
    assert_eq!(running.found_after(&token).await.len(), 31, "it is no older than a token");
    assert!(running.handle.progress().borrow().is_some(), "the other one is on its way");
    // What it lacks it says; an answer without it would be a wrong one.
    assert!(matches!(running.handle.query(&by_priority()).await, Err(SearchError::Unavailable(_))));

    let running = running.again().await;
    assert_eq!(running.found_after(&token).await.len(), 31, "over a restart in the middle of it too");
    assert_eq!(running.handle.generation(), 1);

    running.log.let_go();
    running.until(|running| running.handle.generation() == 2).await;
    assert_eq!(running.found_after(&token).await.len(), 31);
    assert_eq!(running.handle.query(&by_priority()).await.unwrap().items.len(), 31);
    assert!(!running.dir.path().join("generation-1").exists(), "two builds have written it");
    let running = running.again().await;
    assert_eq!((running.handle.generation(), *running.handle.progress().borrow()), (2, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_index_of_another_build_when_filling_is_cancelled_then_it_serves_on_and_the_next_start_begins_again() {
    let running = Running::new().await;
    let token = running.history();
    running.found_after(&token).await;
    let (log, dir) = left_by_an_old_build(running).await;
    log.hold_fills();
    let running = Running::over(log, dir).await;
    running.until(|running| running.handle.progress().borrow().is_some()).await;

    running.handle.cancel_rebuild().await.unwrap();
    assert_eq!((running.handle.generation(), *running.handle.progress().borrow()), (1, None));
    assert!(!running.dir.path().join("building").exists());
    let token = running.create(41, "task");
    assert_eq!(running.found_after(&token).await.len(), 31);

    running.log.let_go();
    let running = running.again().await;
    running.until(|running| running.handle.generation() == 2).await;
    assert_eq!(running.found_after(&token).await.len(), 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_index_of_another_build_when_filling_cannot_begin_then_it_is_tried_again_without_another_start() {
    let running = Running::new().await;
    let token = running.history();
    running.found_after(&token).await;
    let (log, dir) = left_by_an_old_build(running).await;
    log.fail_fills(Some(Fault::Opening));
    let running = Running::over(log, dir).await;
    running.until(|running| running.log.faults() > 2).await;
    assert!(running.handle.failure().unwrap().contains("a fault in Opening"));
    assert_eq!((running.handle.generation(), running.found_after(&token).await.len()), (1, 30));
    assert_eq!(running.log.followers(), 1, "the serving one was opened once");

    running.log.fail_fills(None);
    running.until(|running| running.handle.generation() == 2).await;
    running.until(|running| running.handle.failure().is_none()).await;
    assert_eq!(running.found_after(&token).await.len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_an_empty_index_of_another_build_when_opened_then_one_of_this_build_takes_its_place_without_a_record() {
    let (log, dir) = left_by_an_old_build(Running::new().await).await;
    let running = Running::over(log, dir).await;
    running.until(|running| running.handle.generation() == 2).await;
    let token = running.create(1, "task");
    assert_eq!(running.found_after(&token).await, [1]);
}

#[test]
fn given_an_index_without_a_field_that_every_search_needs_when_opened_then_a_new_one_is_begun() {
    assert!(Fields::of(&schema_without("priority")).is_ok());
    assert_eq!(Fields::of(&schema_without("title")).unwrap_err(), "it has no field title");
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("generation-1");
    fs::create_dir(&folder).unwrap();
    Index::create_in_dir(&folder, schema_without("title")).unwrap();
    fs::write(dir.path().join("current"), "1\n").unwrap();
    let generation = Store::new(dir.path().into(), HEAP_BYTES).open().unwrap();
    assert_eq!((generation.number, generation.outdated), (2, false));
}

#[test]
fn given_an_index_with_one_state_of_many_that_this_build_cannot_read_when_opened_then_a_new_one_is_begun() {
    let readable = serde_json::to_vec(&StoredTask::default()).unwrap();
    for (second, expected) in [(readable.as_slice(), (1, true)), (b"{}".as_slice(), (2, false))] {
        let dir = TempDir::new().unwrap();
        let (schema, fields) = schema::schema();
        let writer = begin_old(dir.path(), schema);
        for n in 1..=1_000 {
            let mut document = TantivyDocument::default();
            document.add_bytes(fields.state, if n == 2 { second } else { readable.as_slice() });
            writer.add_document(document).unwrap();
        }
        commit_old(writer, &NextOffsets::new());
        let generation = Store::new(dir.path().into(), HEAP_BYTES).open().unwrap();
        assert_eq!((generation.number, generation.outdated), expected);
    }
}
