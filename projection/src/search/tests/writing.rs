//! The rule of the log as the index applies it, and what survives a crash.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use domain::task::TaskEvent;
use serde_json::value::RawValue;

use super::given::{HEAP_BYTES, Library, created, record, record_of, renamed};
use super::running::PATIENCE;
use crate::search::scan::Reused;
use crate::search::schema::{MIXED, VERSION};
use crate::search::store::Store;
use crate::search::writer::Writer;

fn opened_again(library: Library) -> (Writer, tempfile::TempDir) {
    let Library { writer, dir, .. } = library;
    drop(writer);
    (Writer::new(Store::new(dir.path().into(), HEAP_BYTES).open().unwrap()), dir)
}

fn title_words(writer: &Writer) -> Vec<String> {
    let (reader, fields) = writer.reader();
    let page = crate::search::query::run(&reader.searcher(), fields, &Reused::default(), &super::given::query("task"))
        .unwrap();
    page.items.into_iter().map(|item| item.task.title).collect()
}

fn created_event(n: u128, title: &str) -> TaskEvent {
    TaskEvent::Created(created(n, title, ""))
}

#[test]
fn given_two_records_of_one_sequence_then_the_first_wins() {
    let mut library = Library::new();
    library.event(1, 1, &created_event(1, "task first"));
    library.event(1, 1, &created_event(1, "task second"));
    library.event(1, 2, &renamed("task third", 1));
    library.event(1, 2, &renamed("task fourth", 1));
    library.writer.commit().unwrap();
    library.event(1, 2, &renamed("task fifth", 1));
    library.writer.commit().unwrap();
    assert_eq!(title_words(&library.writer), ["task third"]);
}

#[test]
fn given_a_gap_then_its_partition_stops_and_says_where() {
    let mut library = Library::new();
    library.event(1, 1, &created_event(1, "task one"));
    library.event(1, 3, &renamed("task broken", 1));
    library.event(2, 1, &created_event(2, "task after"));
    library.writer.commit().unwrap();
    let gap = library.writer.stopped().next().unwrap().clone();
    assert_eq!((gap.expected, gap.found, gap.position.offset), (2, 3, 1));
    assert!(gap.to_string().contains("docs/gaps.md"), "{gap}");
    assert_eq!(library.writer.committed().values().copied().collect::<Vec<_>>(), [1], "it does not move past the gap");
    assert_eq!(title_words(&library.writer), ["task one"]);
}

#[test]
fn given_an_unreadable_event_then_the_stream_keeps_its_last_good_state_over_restarts() {
    let mut library = Library::new();
    library.event(1, 1, &created_event(1, "task good"));
    let odd = record_of(1, 2, 1, "tasklog.task.painted.v9", RawValue::NULL.to_owned());
    let unborn = record_of(2, 1, 2, "tasklog.task.painted.v9", RawValue::NULL.to_owned());
    library.writer.apply(&[odd, unborn]).unwrap();
    library.writer.commit().unwrap();
    let (mut writer, _dir) = opened_again(library);
    let behind = [record(1, 3, 3, &renamed("task bad", 1)), record(2, 2, 4, &renamed("task bad", 1))];
    writer.apply(&behind).unwrap();
    writer.apply(&[record(3, 1, 5, &created_event(3, "task other"))]).unwrap();
    writer.commit().unwrap();
    assert_eq!(writer.stopped().count(), 0);
    assert_eq!(title_words(&writer), ["task other", "task good"]);
}

#[test]
fn given_events_that_do_not_belong_in_their_stream_then_they_are_not_shown() {
    let mut library = Library::new();
    library.event(1, 1, &renamed("task never created", 1));
    library.event(2, 1, &created_event(7, "task of another stream"));
    library.event(3, 1, &created_event(3, "task with \0 inside"));
    let created_at = chrono::DateTime::<chrono::Utc>::MIN_UTC;
    library.create(domain::task::TaskCreated { created_at, ..created(5, "task before time", "") });
    library.event(4, 1, &created_event(4, "task good"));
    library.event(4, 2, &created_event(4, "task created twice"));
    library.writer.commit().unwrap();
    assert_eq!(title_words(&library.writer), ["task good"]);
}

#[test]
fn given_foreign_records_then_they_are_passed_over() {
    let mut library = Library::new();
    let mut foreign = record(1, 1, 0, &created_event(1, "task foreign"));
    foreign.content = Err(kafka_es::EnvelopeError::Empty);
    let mut blank = record(1, 1, 1, &created_event(1, "task of a barrier"));
    blank.content = Err(kafka_es::EnvelopeError::Blank);
    library.writer.apply(&[foreign, blank, record(2, 1, 2, &created_event(2, "task ours"))]).unwrap();
    library.writer.commit().unwrap();
    assert_eq!(title_words(&library.writer), ["task ours"]);
    assert_eq!(library.writer.committed().values().copied().collect::<Vec<_>>(), [3]);
}

#[test]
fn given_a_crash_before_the_commit_then_the_positions_say_what_to_read_again() {
    let mut library = Library::new();
    library.event(1, 1, &created_event(1, "task kept"));
    library.writer.commit().unwrap();
    library.event(2, 1, &created_event(2, "task lost"));
    let (mut writer, _dir) = opened_again(library);
    assert_eq!(writer.committed().values().copied().collect::<Vec<_>>(), [1]);
    assert_eq!(title_words(&writer), ["task kept"]);
    writer.apply(&[record(2, 1, 1, &created_event(2, "task lost"))]).unwrap();
    writer.commit().unwrap();
    assert_eq!(title_words(&writer).len(), 2);
}

#[test]
fn given_records_that_come_again_then_nothing_changes() {
    let mut library = Library::new();
    let log = [record(1, 1, 0, &created_event(1, "task one")), record(1, 2, 1, &renamed("task two", 1))];
    library.writer.apply(&log).unwrap();
    library.writer.commit().unwrap();
    library.writer.apply(&log).unwrap();
    assert!(!library.writer.is_dirty());
    assert_eq!(title_words(&library.writer), ["task two"]);
}

#[test]
fn given_a_crash_within_a_commit_when_the_same_records_come_again_then_they_are_committed() {
    // What the commit had written is there, and only the file that makes it count is not: the new commit must give its files
    // the same names.
    let mut library = Library::new();
    (1..=9).for_each(|n| library.event(n, 1, &created_event(n, "task")));
    library.writer.commit().unwrap();
    let generation = library.dir.path().join("generation-1");
    let before = fs::read(generation.join("meta.json")).unwrap();
    library.event(1, 2, &renamed("task renamed", 1));
    library.writer.commit().unwrap();
    let Library { writer, dir, .. } = library;
    drop(writer);
    fs::write(generation.join("meta.json"), before).unwrap();
    fs::write(generation.join("meta.json.new-7"), "half of one").unwrap();
    let mut writer = Writer::new(Store::new(dir.path().into(), HEAP_BYTES).open().unwrap());
    assert_eq!((writer.number(), writer.committed().values().sum::<i64>()), (1, 9));
    assert!(!generation.join("meta.json.new-7").exists());
    writer.apply(&[record(1, 2, 9, &renamed("task renamed", 1))]).unwrap();
    writer.commit().unwrap();
    assert!(title_words(&writer).contains(&"task renamed".to_owned()));
}

#[test]
fn given_a_list_of_files_older_than_the_commit_when_one_of_its_files_is_torn_then_a_new_index_is_begun() {
    let mut library = Library::with(&[("task one", "")]);
    let generation = library.dir.path().join("generation-1");
    let (list, before) = (fs::read(generation.join(".managed.json")).unwrap(), stores(&generation));
    library.create(created(2, "task two", ""));
    library.writer.commit().unwrap();
    let Library { writer, dir, .. } = library;
    drop(writer);
    let newer = stores(&generation).into_iter().find(|path| !before.contains(path)).unwrap();
    let mut bytes = fs::read(&newer).unwrap();
    bytes[0] ^= 0xff;
    fs::write(&newer, bytes).unwrap();
    fs::write(generation.join(".managed.json"), list).unwrap();
    let writer = Writer::new(Store::new(dir.path().into(), HEAP_BYTES).open().unwrap());
    assert_eq!((writer.number(), writer.committed().len()), (2, 0));
}

/// The files of stored states.
fn stores(generation: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(generation).unwrap().flatten().map(|file| file.path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "store")).collect()
}

#[test]
fn given_a_damaged_folder_then_a_new_index_is_begun() {
    for left in [None, Some(0), Some(5), Some(40)] {
        let mut library = Library::new();
        library.event(1, 1, &created_event(1, "task one"));
        library.writer.commit().unwrap();
        let Library { writer, dir, .. } = library;
        drop(writer);
        let generation = dir.path().join("generation-1");
        let path = stores(&generation).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        match left {
            None => bytes[0] ^= 0xff,
            Some(left) => bytes.truncate(left),
        }
        fs::write(&path, bytes).unwrap();
        let writer = Writer::new(Store::new(dir.path().into(), HEAP_BYTES).open().unwrap());
        assert_eq!((writer.number(), writer.committed().len()), (2, 0));
        assert!(!generation.exists());
    }
}

#[test]
fn given_an_index_of_another_version_when_opened_then_it_answers_and_its_next_commit_is_of_no_builds_version() {
    let mut library = Library::new();
    library.event(1, 1, &created_event(1, "task one"));
    library.writer.commit().unwrap();
    let Library { writer, dir, .. } = library;
    drop(writer);
    let meta = dir.path().join("generation-1/meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    let of_version = |version: u32| format!("{{\\\"schema\\\":{version},");
    let other = text.replace(&of_version(VERSION), &of_version(VERSION - 1));
    assert_ne!(text, other);
    fs::write(&meta, other).unwrap();
    let mut writer = Writer::new(Store::new(dir.path().into(), HEAP_BYTES).open().unwrap());
    assert_eq!((writer.number(), writer.committed().len(), writer.is_outdated()), (1, 1, true));
    assert_eq!(title_words(&writer), ["task one"]);
    writer.commit().unwrap();
    assert!(fs::read_to_string(&meta).unwrap().contains(&of_version(MIXED)));
}

#[test]
fn given_an_index_that_is_in_use_then_it_is_not_dropped() {
    let library = Library::with(&[("task one", "")]);
    assert!(Store::new(library.dir.path().into(), HEAP_BYTES).open().is_err());
    assert_eq!(title_words(&library.writer), ["task one"]);
}

#[test]
fn given_segments_that_were_merged_and_no_commit_after_when_looked_for_then_queries_see_the_one() {
    let mut library = Library::new();
    for n in 1..=5 {
        library.create(created(n, "task", ""));
        library.writer.commit().unwrap();
    }
    let started = Instant::now();
    while library.writer.reader().0.searcher().segment_readers().len() > 1 {
        assert!(started.elapsed() < PATIENCE, "they are not merged");
        library.writer.see_merged().unwrap();
    }
    assert_eq!(library.found("task"), [5, 4, 3, 2, 1]);
}
