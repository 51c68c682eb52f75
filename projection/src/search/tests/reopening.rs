//! The first change to an index after it was opened, while segments that were there are merged.

use domain::tenant;
use tantivy::{Index, IndexWriter};
use tempfile::TempDir;

use super::given::{HEAP_BYTES, Library, created, id, renamed};
use crate::search::analyzer::{self, TasklogTokenizer};
use crate::search::schema::{self, StoredTask};
use crate::search::store::Store;
use crate::search::stream::{Segments, Stream};

/// One of the tasks in the segment that the last commit has deleted from.
const CHANGED: u128 = 11;

/// Six tasks in a segment without deletions, four in one of which the last commit has deleted one.
fn given_two_segments() -> TempDir {
    let mut library = Library::with(&[("task", ""); 6]);
    (11..=14).for_each(|n| library.create(created(n, "task", "")));
    library.writer.commit().unwrap();
    library.event(14, 2, &renamed("renamed", 1));
    library.writer.commit().unwrap();
    library.dir
}

/// Documents of the task that is changed first, when a merge of the two segments comes between the change and its commit.
fn documents_after_a_merge(writer: &mut IndexWriter) -> usize {
    let (_, fields) = schema::schema();
    let index = writer.index().clone();
    let metas = index.load_metas().unwrap();
    let mut segments = metas.segments.clone();
    segments.sort_by_key(|segment| std::cmp::Reverse(segment.max_doc()));
    assert_eq!(segments[..2].iter().map(|segment| segment.max_doc()).collect::<Vec<_>>(), [6, 4]);
    assert_eq!(segments[1].delete_opstamp(), Some(metas.opstamp), "the last commit has deleted from it");

    let stream = Stream::new(&fields, &Segments::default(), tenant::DEFAULT, id(CHANGED));
    writer.delete_query(Box::new(stream)).unwrap();
    writer.add_document(fields.document(tenant::DEFAULT, id(CHANGED), &StoredTask::default()).unwrap()).unwrap();
    writer.merge(&[segments[0].id(), segments[1].id()]).wait().unwrap();
    writer.commit().unwrap();

    let searcher = index.reader().unwrap().searcher();
    let query = Stream::new(&fields, &Segments::default(), tenant::DEFAULT, id(CHANGED));
    searcher.search(&query, &tantivy::collector::Count).unwrap()
}

#[test]
fn given_an_index_that_is_opened_when_a_task_changes_while_segments_are_merged_then_it_is_there_once() {
    let dir = given_two_segments();
    let mut generation = Store::new(dir.path().into(), HEAP_BYTES).open().unwrap();
    assert_eq!(documents_after_a_merge(&mut generation.writer), 1);
}

#[test]
fn given_a_writer_that_begins_with_the_stamp_of_the_last_commit_when_the_same_happens_then_the_old_document_is_back() {
    // The other half of the pair.
    let dir = given_two_segments();
    let index = Index::open_in_dir(dir.path().join("generation-1")).unwrap();
    index.tokenizers().register(analyzer::NAME, tantivy::tokenizer::TextAnalyzer::from(TasklogTokenizer::default()));
    assert_eq!(documents_after_a_merge(&mut index.writer_with_num_threads(1, HEAP_BYTES).unwrap()), 2);
}
