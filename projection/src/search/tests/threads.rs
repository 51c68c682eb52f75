//! An index that several threads write.

use domain::task::TaskEvent;
use domain::topics::TASKS;
use tempfile::TempDir;

use super::given::{HEAP_BYTES, Library, created, renamed};
use super::growing::Growing;
use crate::search::Dumped;
use crate::search::handle::{View, dump};
use crate::search::store::Store;
use crate::search::writer::Writer;
use crate::source::Log as _;

const RECORDS: u64 = 6_000;
/// Records that are applied at once, and batches from one commit to the next.
const BATCH: usize = 100;
const BATCHES: usize = 20;

/// What an index holds that is written from this log by as many threads as have room in `heap_bytes`.
async fn written(growing: &Growing, heap_bytes: usize, filling: bool) -> Vec<Dumped> {
    let dir = TempDir::new().unwrap();
    let mut writer = Writer::new(Store::new(dir.path().into(), heap_bytes).open().unwrap());
    if filling {
        writer.fill();
    }
    let ends = growing.log.end_offsets(&[TASKS]).await.unwrap();
    let mut source = growing.log.open(ends.keys().map(|partition| (partition.clone(), 0)).collect()).await.unwrap();
    let mut left: i64 = ends.values().sum();
    for batches in 1.. {
        if left == 0 {
            break;
        }
        let batch = source.next_batch(BATCH).await.unwrap();
        left -= i64::try_from(batch.len()).unwrap();
        writer.apply(&batch).unwrap();
        if batches % BATCHES == 0 {
            writer.commit().unwrap();
        }
    }
    writer.commit().unwrap();
    let (reader, fields) = writer.reader();
    dump(&View { number: writer.number(), reader: reader.clone(), fields: fields.clone() }).unwrap()
}

#[tokio::test]
async fn given_tasks_that_change_again_and_again_when_several_threads_write_them_then_each_is_there_once_as_it_is_now()
{
    let mut growing = Growing::new(3);
    growing.grow(RECORDS);
    let by_one = written(&growing, HEAP_BYTES, false).await;
    assert!(by_one.iter().filter(|document| document.version > 5).count() > 100, "they change");
    for filling in [true, false] {
        let by_several = written(&growing, 4 * HEAP_BYTES, filling).await;
        let bytes = |dumped: &[Dumped]| serde_json::to_vec(dumped).unwrap();
        assert!(bytes(&by_several) == bytes(&by_one), "filling: {filling}");
    }
}

#[test]
fn given_an_index_that_serves_when_a_task_changes_before_the_commit_then_one_document_is_written() {
    let mut library = Library::new();
    library.event(1, 1, &TaskEvent::Created(created(1, "task", "")));
    library.event(1, 2, &renamed("task renamed", 1));
    library.event(2, 1, &TaskEvent::Created(created(2, "task", "")));
    library.writer.commit().unwrap();
    let searcher = library.writer.reader().0.searcher();
    let written: Vec<u32> = searcher.segment_readers().iter().map(tantivy::SegmentReader::max_doc).collect();
    assert_eq!(written, [2]);
}
