//! The index on disk: one folder a generation, files that name the one that serves, the one that served before and the one that is
//! being filled, and in each commit the log positions it holds. A folder that is damaged is dropped and filled again from the log; one of
//! another version serves until one of this version is filled.

mod naming;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use tantivy::indexer::IndexWriterOptions;
use tantivy::merge_policy::LogMergePolicy;
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError};

use self::naming::{BUILDING, CURRENT, KEPT};
use super::analyzer::{self, TasklogTokenizer};
use super::directory::{UnsyncedDirectory, sweep};
use super::error::SearchError;
use super::filling;
pub(super) use super::payload::{NextOffsets, Payload};
use super::schema::{self, Fields};
use super::sound::{damaged, readable};

/// One block of stored states is read and unpacked for each task shown; small blocks make that cheap.
const STORE_BLOCK_BYTES: usize = 4 * 1024;
/// Segments of one size that are merged into one. Each segment costs every query a walk through its dictionary.
const MERGE_SEGMENTS: usize = 5;
/// A segment is rewritten when more than this share of it is deleted.
const MERGE_DELETED_SHARE: f32 = 0.3;

/// One generation of the index, open for writing and reading.
pub(super) struct Generation {
    /// Its number.
    pub(super) number: u64,
    /// Handles of its fields.
    pub(super) fields: Fields,
    /// Sees what is committed, after `reload`.
    pub(super) reader: IndexReader,
    /// The only writer.
    pub(super) writer: IndexWriter,
    /// What the last commit holds of the log.
    pub(super) committed: NextOffsets,
    /// It is of another version: it serves only until one of this version is filled.
    pub(super) outdated: bool,
}

impl Generation {
    /// What a commit that holds the log up to `next` says of itself.
    pub(super) fn payload(&self, next: &NextOffsets) -> Payload {
        let payload = Payload::new(self.number, next);
        if self.outdated { Payload { schema: schema::MIXED, ..payload } } else { payload }
    }

    /// From the next commit on its segments are merged as queries want it.
    pub(super) fn merge_for_queries(&self) {
        let mut merges = LogMergePolicy::default();
        merges.set_min_num_segments(MERGE_SEGMENTS);
        merges.set_del_docs_ratio_before_merge(MERGE_DELETED_SHARE);
        self.writer.set_merge_policy(Box::new(merges));
    }

    /// Nobody reads it yet: its segments are merged [as it is filled](filling).
    pub(super) fn merge_for_filling(&self) {
        self.writer.set_merge_policy(Box::new(filling::merges()));
    }
}

/// Why a generation cannot be opened.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error("another process holds the search index")]
    Held,
    #[error("{0}")]
    Unusable(String),
}

impl From<TantivyError> for OpenError {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(..) => Self::Held,
            error => Self::Unusable(error.to_string()),
        }
    }
}

/// The folder with all generations.
#[derive(Debug, Clone)]
pub(super) struct Store {
    dir: PathBuf,
    heap_bytes: usize,
    /// One that [takes the place of one of another log](Self::create_anew): this process fills it, and no file names it before it is full. 0:
    /// there is none.
    unnamed: Arc<AtomicU64>,
}

impl Store {
    /// A store in `dir`; the threads of its writer share `heap_bytes` for documents in memory.
    pub(super) fn new(dir: PathBuf, heap_bytes: usize) -> Self {
        Self { dir, heap_bytes, unnamed: Arc::default() }
    }

    /// Opens the serving generation, or a new empty one where there is none that can be read.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when not even a new one can be made.
    pub(super) fn open(&self) -> Result<Generation, SearchError> {
        fs::create_dir_all(&self.dir).map_err(unavailable)?;
        self.unnamed.store(0, Relaxed);
        if let Some(number) = self.named(CURRENT) {
            match self.open_generation(number) {
                Ok(generation) => {
                    self.remove_unnamed();
                    return Ok(generation);
                }
                Err(OpenError::Held) => return Err(SearchError::Unavailable(OpenError::Held.to_string())),
                Err(OpenError::Unusable(reason)) => {
                    tracing::warn!(
                        generation = number,
                        reason,
                        "the search index is dropped and filled again from the log"
                    );
                }
            }
        }
        let generation = self.create()?;
        self.name(CURRENT, Some(generation.number))?;
        // They belong to what is dropped.
        self.name(KEPT, None)?;
        self.name(BUILDING, None)?;
        self.remove_unnamed();
        Ok(generation)
    }

    /// A new, empty generation, which does not serve yet.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when it cannot be written.
    pub(super) fn create(&self) -> Result<Generation, SearchError> {
        let number = self.numbers().max().unwrap_or(0) + 1;
        let dir = self.folder(number);
        fs::create_dir_all(&dir).map_err(unavailable)?;
        let (schema, _) = schema::schema();
        let settings = IndexSettings {
            docstore_blocksize: STORE_BLOCK_BYTES,
            // A thread of its own for each segment would be woken for every few documents, on processors that have other work.
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let index = Index::builder().schema(schema).settings(settings).open_or_create(directory(&dir)?)?;
        self.open_index(index, number, NextOffsets::new(), false).map_err(unavailable)
    }

    /// The same, of another log than all that are there: the one that is being filled is not gone on with.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when it cannot be written.
    pub(super) fn create_anew(&self) -> Result<Generation, SearchError> {
        self.discard_building()?;
        let generation = self.create()?;
        self.unnamed.store(generation.number, Relaxed);
        Ok(generation)
    }

    /// A new one, to be filled beside the one that serves, by a later process too.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when it cannot be written.
    pub(super) fn create_building(&self) -> Result<Generation, SearchError> {
        // What an attempt before this one has left.
        self.remove_unnamed();
        let generation = self.create()?;
        self.name(BUILDING, Some(generation.number))?;
        Ok(generation)
    }

    /// The generation that served before `serving`, to catch up beside it.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when there is none that can be read.
    pub(super) fn build_kept(&self, serving: u64) -> Result<Generation, SearchError> {
        let kept = self.named(KEPT).filter(|kept| *kept != serving);
        let kept =
            kept.ok_or_else(|| SearchError::Unavailable("no generation is kept that served before".to_owned()))?;
        let generation = self.open_own(kept).map_err(unavailable)?;
        self.name(BUILDING, Some(kept))?;
        Ok(generation)
    }

    /// The generation that was being filled when the process before this one ended, if any.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when it cannot be read; it is gone then.
    pub(super) fn resume_building(&self) -> Result<Option<Generation>, SearchError> {
        let Some(number) = self.named(BUILDING) else { return Ok(None) };
        match self.open_own(number) {
            Ok(generation) => Ok(Some(generation)),
            Err(error) => {
                self.discard_building()?;
                Err(unavailable(error))
            }
        }
    }

    /// The same, of this version alone: what is filled is to serve for long.
    fn open_own(&self, number: u64) -> Result<Generation, OpenError> {
        let generation = self.open_generation(number)?;
        if generation.outdated {
            return Err(OpenError::Unusable("it is of another version".to_owned()));
        }
        Ok(generation)
    }

    fn open_generation(&self, number: u64) -> Result<Generation, OpenError> {
        let index = Index::open(directory(&self.folder(number))?)?;
        let folder = self.folder(number);
        let metas = index.load_metas()?;
        if let Some(file) = damaged(&index, &folder, &metas.list_segment_files())? {
            return Err(OpenError::Unusable(format!("{} is damaged", file.display())));
        }
        let (next, version) = match metas.payload {
            None => (NextOffsets::new(), schema::VERSION), // nothing was ever committed
            Some(payload) => {
                let payload: Payload =
                    serde_json::from_str(&payload).map_err(|error| OpenError::Unusable(error.to_string()))?;
                (payload.next_offsets(), payload.schema)
            }
        };
        let outdated = version != schema::VERSION || index.schema() != schema::schema().0;
        let generation = self.open_index(index, number, next, outdated)?;
        if outdated {
            readable(&generation).map_err(|error| OpenError::Unusable(error.to_string()))?;
            tracing::warn!(
                generation = number,
                version,
                wanted = schema::VERSION,
                "the search index is of another version: it serves until one of this version is filled from the log"
            );
        }
        // Not before: until the writer holds the folder, another process may be at work there.
        sweep(&folder, &generation.writer.index().load_metas()?.list_segment_files());
        Ok(generation)
    }

    fn open_index(
        &self,
        index: Index,
        number: u64,
        committed: NextOffsets,
        outdated: bool,
    ) -> Result<Generation, OpenError> {
        let fields = Fields::of(&index.schema()).map_err(OpenError::Unusable)?;
        index.tokenizers().register(analyzer::NAME, TextAnalyzer::from(TasklogTokenizer::default()));
        let threads = filling::threads(self.heap_bytes);
        let options = IndexWriterOptions::builder()
            .num_worker_threads(threads)
            .num_merge_threads(1)
            .memory_budget_per_thread(self.heap_bytes / threads)
            .build();
        let writer = index.writer_with_options(options)?;
        pass_over_last_stamp(&writer)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let generation = Generation { number, fields, reader, writer, committed, outdated };
        generation.merge_for_queries();
        Ok(generation)
    }

    fn folder(&self, number: u64) -> PathBuf {
        self.dir.join(format!("generation-{number}"))
    }
}

/// Takes the first stamp of a writer, which Tantivy counts from that of the last commit on, that one included. A change with it would be
/// one of that commit to a merge: where the merge takes the segment of the old document for up to date and another one not, the old document
/// is there again after it, beside the new one.
fn pass_over_last_stamp(writer: &IndexWriter) -> tantivy::Result<()> {
    writer.run(Vec::new()).map(|_| ())
}

fn directory(dir: &Path) -> tantivy::Result<UnsyncedDirectory> {
    Ok(UnsyncedDirectory::open(dir)?)
}

fn unavailable(error: impl std::fmt::Display) -> SearchError {
    SearchError::Unavailable(error.to_string())
}
