//! The index after every kind of crash: it holds what the log says, as if there had been none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use domain::topics;
use platform::page::Cursor;
use tempfile::TempDir;

use super::given::{self, query};
use super::growing::{Dice, Growing};
use crate::query::task_query::TaskQuery;
use crate::search::SearchError;
use crate::search::handle::{View, dump};
use crate::search::query::run;
use crate::search::scan::Reused;
use crate::search::store::{Generation, NextOffsets, Store};
use crate::search::writer::Writer;
use crate::source::Log as _;

/// How often the process dies, and after how many times the index is compared.
const CRASHES: u64 = 200;
const COMPARED_EVERY: u64 = 5;
/// How often the index is opened again, as its projector does, before what fails counts as failed for good.
const ATTEMPTS: usize = 4;

/// Two threads write what is filled; what is built undisturbed is written by one.
const HEAP_BYTES: usize = 2 * given::HEAP_BYTES;

/// Records that are applied at once: of a log that is followed, and of one that is read from the beginning.
const FEW: usize = 12;
const MANY: usize = 300;

const QUERIES: [&str; 10] = [
    "word",
    "wor",
    "werd games",
    "\"word games\"",
    "word -games",
    "report -\"word games\"",
    "tag:home",
    "word -tag:work",
    "status:open other",
    "-status:cancelled",
];
/// As many pages are compared of each.
const PAGES: usize = 2;
const SORTS: [&str; 3] = ["relevance", "-updated_at", "title"];

/// Where a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Crash {
    /// With records applied that are not committed.
    BeforeCommit,
    /// After a commit, before anyone hears of it.
    AfterCommit,
    /// In a commit: its files are there, and only the one that makes it count is not.
    InCommit,
    /// The power fails at a commit: one of its files is torn, or gone.
    Torn,
    /// In a rebuild.
    InRebuild,
    /// When a rebuild is complete and does not serve yet.
    BeforeSwitch,
    /// When the new generation is named as the one that serves, and the one before is not put aside yet.
    InSwitch,
}

const KINDS: [Crash; 7] = [
    Crash::BeforeCommit,
    Crash::AfterCommit,
    Crash::InCommit,
    Crash::Torn,
    Crash::InRebuild,
    Crash::BeforeSwitch,
    Crash::InSwitch,
];

/// Where the serving index takes its positions from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// From the commit that holds the documents.
    InTheCommit,
    /// From a place of their own, written before each commit.
    Beside,
}

struct Rounds {
    growing: Growing,
    dir: TempDir,
    kept: Kept,
    beside: Option<NextOffsets>,
    crashes: BTreeMap<Crash, u64>,
    /// Openings that went on with what an earlier process had committed.
    gone_on: u64,
}

impl Rounds {
    fn new(seed: u64, kept: Kept) -> Self {
        let (growing, dir) = (Growing::new(seed), TempDir::new().unwrap());
        Self { growing, dir, kept, beside: None, crashes: BTreeMap::new(), gone_on: 0 }
    }

    fn store(&self) -> Store {
        Store::new(self.dir.path().into(), HEAP_BYTES)
    }

    /// The serving generation and the one that is being filled, if there is one.
    fn open(&mut self) -> (Writer, Option<Writer>) {
        let mut generation = self.store().open().unwrap();
        self.gone_on += u64::from(!generation.committed.is_empty());
        if let (Kept::Beside, Some(positions)) = (self.kept, &self.beside) {
            generation.committed.clone_from(positions);
        }
        // One that cannot be read is given up.
        let building = self.store().resume_building().ok().flatten().map(filling);
        (Writer::new(generation), building)
    }

    /// Applies so many batches, or all there are, of at most so many records, and commits some of them.
    async fn read_on(&mut self, writer: &mut Writer, batches: usize, records: usize) -> Result<(), SearchError> {
        let ends = self.growing.log.end_offsets(&[topics::TASKS]).await.unwrap();
        let next_of = |partition| writer.next_offsets().get(partition).copied().unwrap_or(0);
        let from: NextOffsets = ends.keys().map(|partition| (partition.clone(), next_of(partition))).collect();
        let mut left: i64 = ends.values().sum::<i64>() - from.values().sum::<i64>();
        let mut source = self.growing.log.open(from).await.unwrap();
        for _ in 0..batches {
            if left == 0 {
                break;
            }
            let batch = source.next_batch(1 + self.growing.dice.index(records)).await.unwrap();
            left -= i64::try_from(batch.len()).unwrap();
            writer.apply(&batch)?;
            if self.growing.dice.chance(20) {
                self.commit(writer)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, writer: &mut Writer) -> Result<(), SearchError> {
        self.beside = Some(writer.next_offsets().clone());
        writer.commit()
    }

    /// A process that lives for a while and dies.
    async fn crash(&mut self) {
        let crash = KINDS[self.growing.dice.index(KINDS.len())];
        *self.crashes.entry(crash).or_default() += 1;
        let records = 5 + self.growing.dice.below(15);
        self.growing.grow(records);
        let (mut writer, building) = self.open();
        // What fails here is met again when the index must come to the end of the log.
        let _ = match crash {
            Crash::BeforeCommit => self.read_on(&mut writer, 3, FEW).await,
            Crash::AfterCommit => self.applied_and_committed(&mut writer).await,
            Crash::InCommit | Crash::Torn => self.in_commit(crash, writer).await,
            Crash::InRebuild | Crash::BeforeSwitch | Crash::InSwitch => self.in_rebuild(crash, writer, building).await,
        };
    }

    async fn applied_and_committed(&mut self, writer: &mut Writer) -> Result<(), SearchError> {
        self.read_on(writer, 2, FEW).await?;
        self.commit(writer)
    }

    async fn in_commit(&mut self, crash: Crash, mut writer: Writer) -> Result<(), SearchError> {
        let folder = self.dir.path().join(format!("generation-{}", writer.number()));
        self.read_on(&mut writer, 2, FEW).await?;
        let before = files(&folder);
        self.commit(&mut writer)?;
        drop(writer);
        match crash {
            Crash::Torn => tear(&mut self.growing.dice, self.dir.path(), &folder, &before),
            _ => put_back(self.dir.path(), &before),
        }
        Ok(())
    }

    async fn in_rebuild(
        &mut self,
        crash: Crash,
        mut writer: Writer,
        building: Option<Writer>,
    ) -> Result<(), SearchError> {
        self.read_on(&mut writer, 1, FEW).await?;
        let mut building = match building {
            Some(building) => building,
            None => filling(self.store().create_building()?),
        };
        let beside = self.beside.clone();
        let batches = if crash == Crash::InRebuild { 4 } else { usize::MAX };
        self.read_on(&mut building, batches, MANY).await?;
        if crash != Crash::InRebuild {
            building.commit()?;
        }
        self.beside = beside;
        if crash == Crash::InSwitch {
            fs::write(self.dir.path().join("current"), building.number().to_string()).unwrap();
        }
        Ok(())
    }

    /// The index as a process leaves it that comes to the end of the log, a rebuild that was begun with it.
    async fn caught_up(&mut self) -> Writer {
        let mut failures = Vec::new();
        for _ in 0..ATTEMPTS {
            match self.catch_up().await {
                Ok(writer) => return writer,
                Err(error) => failures.push(error.to_string()),
            }
        }
        panic!("the index cannot go on: {failures:?}");
    }

    async fn catch_up(&mut self) -> Result<Writer, SearchError> {
        let (mut writer, building) = self.open();
        self.read_on(&mut writer, usize::MAX, FEW).await?;
        self.commit(&mut writer)?;
        let Some(mut building) = building else { return Ok(writer) };
        let beside = self.beside.clone();
        self.read_on(&mut building, usize::MAX, MANY).await?;
        building.commit()?;
        self.beside = beside;
        self.store().promote(building.number(), true)?;
        Ok(building)
    }

    /// An index that was built from the beginning of the log, undisturbed.
    async fn undisturbed(&self) -> (Writer, TempDir) {
        let dir = TempDir::new().unwrap();
        let mut writer = Writer::new(Store::new(dir.path().into(), given::HEAP_BYTES).open().unwrap());
        let ends = self.growing.log.end_offsets(&[topics::TASKS]).await.unwrap();
        let mut source =
            self.growing.log.open(ends.keys().map(|partition| (partition.clone(), 0)).collect()).await.unwrap();
        let mut left: i64 = ends.values().sum();
        while left > 0 {
            let batch = source.next_batch(MANY).await.unwrap();
            left -= i64::try_from(batch.len()).unwrap();
            writer.apply(&batch).unwrap();
        }
        writer.commit().unwrap();
        (writer, dir)
    }

    /// Lives and dies again and again; the first number of crashes after which the index is not what the log says.
    async fn first_difference(&mut self) -> Option<(u64, String)> {
        for round in 1..=CRASHES {
            self.crash().await;
            if round % COMPARED_EVERY != 0 {
                continue;
            }
            let ours = answers(&self.caught_up().await);
            let (writer, _dir) = self.undisturbed().await;
            let differs = ours.into_iter().zip(answers(&writer)).find(|(ours, right)| ours != right);
            if let Some((ours, right)) = differs {
                return Some((round, format!("{ours}\nrather than\n{right}")));
            }
        }
        None
    }
}

fn filling(generation: Generation) -> Writer {
    let mut writer = Writer::new(generation);
    writer.fill();
    writer
}

/// Everything the index holds and answers, as text.
fn answers(writer: &Writer) -> Vec<String> {
    let (reader, fields) = writer.reader();
    let view = View { number: writer.number(), reader: reader.clone(), fields: fields.clone() };
    let mut answers: Vec<String> =
        dump(&view).unwrap().iter().map(|document| serde_json::to_string(document).unwrap()).collect();
    for q in QUERIES {
        for sort in SORTS {
            let mut asked = TaskQuery { sort: sort.parse().unwrap(), limit: 12, ..query(q) };
            for _ in 0..PAGES {
                let page = run(&reader.searcher(), fields, &Reused::default(), &asked).unwrap();
                answers.push(format!("{q} by {sort}: {}", serde_json::to_string(&page).unwrap()));
                let Some(next) = page.next_cursor else { break };
                asked.cursor = Some(Cursor::decode(&next, &asked.sort.to_string(), &asked.fingerprint()).unwrap());
            }
        }
    }
    answers.push("nothing more".to_owned());
    answers
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The files of a folder. One that a merge removes meanwhile is left out.
fn files(folder: &Path) -> Files {
    let paths = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    paths.filter_map(|path| fs::read(&path).ok().map(|bytes| (path, bytes))).collect()
}

/// Puts a file in the place of another: whoever has that one open keeps it.
fn replace(root: &Path, path: &Path, bytes: &[u8]) {
    let fresh = root.join("fresh");
    fs::write(&fresh, bytes).unwrap();
    fs::rename(fresh, path).unwrap();
}

/// Takes back the moment in which the commit began to count. What it has written otherwise stays.
fn put_back(root: &Path, before: &Files) {
    for (path, bytes) in before {
        if path.ends_with("meta.json") || !path.exists() {
            replace(root, path, bytes);
        }
    }
}

/// Damages one of the files that a commit has written.
fn tear(dice: &mut Dice, root: &Path, folder: &Path, before: &Files) {
    let written: Vec<(PathBuf, Vec<u8>)> = files(folder)
        .into_iter()
        .filter(|(path, bytes)| before.get(path) != Some(bytes) && !bytes.is_empty())
        .collect();
    let (path, mut bytes) = written[dice.index(written.len())].clone();
    let from = dice.index(bytes.len());
    match dice.below(3) {
        0 => {
            let _ = fs::remove_file(&path); // a merge may have been faster
            return;
        }
        1 => bytes.truncate(from),
        _ => bytes[from..].fill(0),
    }
    replace(root, &path, &bytes);
}

#[tokio::test]
async fn given_crashes_of_every_kind_when_the_index_goes_on_then_it_equals_one_built_from_the_log_byte_for_byte() {
    let mut rounds = Rounds::new(1, Kept::InTheCommit);
    let difference = rounds.first_difference().await;
    assert_eq!(difference, None);
    assert_eq!(rounds.crashes.len(), KINDS.len(), "{:?}", rounds.crashes);
    assert!(rounds.gone_on > CRASHES / 2, "most crashes cost no refill: {}", rounds.gone_on);
}

#[tokio::test]
async fn given_positions_that_are_not_in_the_commit_when_the_same_crashes_happen_then_the_index_differs() {
    // The other half of the pair: a crash between the two loses events, and the comparison above sees it.
    let mut rounds = Rounds::new(1, Kept::Beside);
    assert!(rounds.first_difference().await.is_some());
}
