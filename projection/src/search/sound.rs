//! Whether an index on disk can be believed: whole files, and states that this build reads.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use tantivy::{DocAddress, Index};

use super::error::SearchError;
use super::query::stored;
use super::store::Generation;

/// Bytes at the end of each file by which Tantivy finds its checksum. It fails, rather than says so, where there are not so many.
const CHECKSUM_PLACE_BYTES: u64 = 8;

/// A file of the last commit that is torn or gone, if there is one. Tantivy itself would check only those in its list of files,
/// and a power failure may leave an older list.
pub(super) fn damaged(index: &Index, folder: &Path, living: &HashSet<PathBuf>) -> tantivy::Result<Option<PathBuf>> {
    let listed = index.directory().list_managed_files();
    for file in living.iter().filter(|file| listed.contains(*file) || folder.join(file).exists()) {
        let length = fs::metadata(folder.join(file)).map_or(0, |metadata| metadata.len());
        if length < CHECKSUM_PLACE_BYTES || !index.directory().validate_checksum(file)? {
            return Ok(Some(file.clone()));
        }
    }
    Ok(None)
}

/// Reads the states that an index of another version holds: this build serves and folds them. Each of them, because one that it met only
/// when its task changes would stop it there again and again, before the index that is to take this one's place has come far.
///
/// # Errors
/// When one of them cannot be read.
pub(super) fn readable(generation: &Generation) -> Result<(), SearchError> {
    let searcher = generation.reader.searcher();
    for (segment, reader) in (0..).zip(searcher.segment_readers()) {
        for doc in reader.doc_ids_alive() {
            stored(&searcher, &generation.fields, DocAddress::new(segment, doc))?;
        }
    }
    Ok(())
}
