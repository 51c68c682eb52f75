//! State folders whose files were cut, changed or removed: opened again they say so, or hold a state that once was there;
//! never one that never was.
//!
//! Changed bytes of a journal are left out: fjall 3.1 puts what a batch holds under its checksum, but not the number by
//! which the batch is ordered among the others, so that such a change can go unnoticed.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::FjallState;
use crate::state::{Batch, Command, Commands, KEPT, PartitionRow, StateError, StateStore, StreamRow};

const RECORDS: i64 = 600;
const STREAMS: i64 = 20;
const LOG: &str = "topic/1";

/// Stream, sequence and command of the record at an offset.
fn record(offset: i64) -> (String, u64, String) {
    (format!("s/{}", offset % STREAMS), u64::try_from(offset / STREAMS).unwrap() + 1, format!("c{offset}"))
}

/// A folder in which each keyspace has gone to a file of its own at another time, and the rest stands in the journal.
fn fill(folder: &Path) {
    let state = FjallState::open(folder, LOG).unwrap();
    let mut kept: HashMap<String, Commands> = HashMap::new();
    for offset in 0..RECORDS {
        let (stream, sequence, id) = record(offset);
        let commands = kept.entry(stream.clone()).or_default();
        let full = (commands.len() == KEPT).then(|| std::mem::take(commands));
        *commands = commands.and(&Command { id, sequence, events: 1, offset, fingerprint: None });
        let filed = sequence > KEPT as u64;
        let row =
            StreamRow { sequence, offset, snapshot_version: 1, snapshot: None, commands: commands.clone(), filed };
        let batch = Batch {
            partition: Some((0, PartitionRow { next: offset + 1, anchor: None })),
            streams: vec![(&stream, row)],
            filed: full.iter().map(|commands| (stream.as_str(), commands)).collect(),
        };
        state.write(&batch).unwrap();
        match offset {
            300 => state.filed.rotate_memtable_and_wait().unwrap(),
            400 => state.streams.rotate_memtable_and_wait().unwrap(),
            _ => {}
        }
    }
    state.sync().unwrap();
}

/// What stands in the folder up to where it says that it goes, or why it cannot be told.
fn look(state: &FjallState, row: Option<PartitionRow>) -> Result<bool, StateError> {
    let next = row.map_or(0, |row| row.next);
    let mut expected: BTreeMap<String, Vec<(String, u64, i64)>> = BTreeMap::new();
    for offset in 0..RECORDS {
        let (stream, sequence, id) = record(offset);
        let commands = expected.entry(stream).or_default();
        if offset < next {
            commands.push((id, sequence, offset));
        }
    }
    for (stream, expected) in expected {
        let (row, filed) = (state.stream(&stream)?, state.filed(&stream)?);
        let sequence = row.as_ref().map(|row| row.sequence);
        let commands = filed.iter().chain(row.as_ref().map(|row| &row.commands)).flat_map(Commands::in_order);
        let found: Vec<_> = commands.map(|command| (command.id, command.sequence, command.offset)).collect();
        if sequence != expected.last().map(|(_, sequence, _)| *sequence) || found != expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the folder is refused, right or wrong; `checked` compares the marks.
fn opened(folder: &Path, checked: bool) -> Option<bool> {
    let looked = catch_unwind(AssertUnwindSafe(|| {
        let state = FjallState::open(folder, LOG).ok()?;
        let row = if checked { state.partition(0) } else { state.partition_unchecked(0) };
        look(&state, row.ok()?).ok()
    }));
    looked.ok().flatten()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What was done to a folder, and what came of it: see [`opened`].
struct Damage {
    what: String,
    with_marks: Option<bool>,
    without_marks: Option<bool>,
}

/// Every file cut at some points, changed at some, and removed.
fn damages(folder: &Path) -> Vec<Damage> {
    let mut results = Vec::new();
    for file in files(folder) {
        let name = file.strip_prefix(folder).unwrap().to_owned();
        let bytes = fs::read(&file).unwrap();
        // A journal is allocated ahead: what counts are the bytes that were written.
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let mut tried: Vec<(String, Option<Vec<u8>>)> = vec![("removed".to_owned(), None)];
        for part in 0..8 {
            let at = used * part / 8;
            tried.push((format!("cut at {at}"), Some(bytes[..at].to_vec())));
            let mut changed = bytes.clone();
            if let Some(byte) = changed.get_mut(at).filter(|_| name.extension().is_none_or(|kind| kind != "jnl")) {
                *byte ^= 0xff;
                tried.push((format!("changed at {at}"), Some(changed)));
            }
        }
        for (what, content) in tried {
            let damaged = |checked| {
                let scratch = tempfile::tempdir().unwrap();
                copy(folder, scratch.path());
                match &content {
                    Some(content) => fs::write(scratch.path().join(&name), content).unwrap(),
                    None => fs::remove_file(scratch.path().join(&name)).unwrap(),
                }
                opened(scratch.path(), checked)
            };
            let what = format!("{} {what}", name.display());
            results.push(Damage { what, with_marks: damaged(true), without_marks: damaged(false) });
        }
    }
    results
}

#[test]
fn given_any_file_cut_changed_or_removed_when_opened_then_it_is_refused_or_holds_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    assert_eq!(opened(folder.path(), true), Some(true), "undamaged");
    let damages = damages(folder.path());
    let wrong = |outcome: fn(&Damage) -> Option<bool>| -> Vec<&str> {
        let seen = damages.iter().filter(|damage| outcome(damage) == Some(false));
        seen.map(|damage| damage.what.as_str()).collect()
    };
    assert_eq!(wrong(|damage| damage.with_marks), Vec::<&str>::new());
    assert_ne!(
        wrong(|damage| damage.without_marks),
        Vec::<&str>::new(),
        "without the marks some damage goes unnoticed"
    );
}
