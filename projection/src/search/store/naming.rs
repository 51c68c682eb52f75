//! Which generation serves, which one served before, and which one is being filled: files name them, over restarts too. The others are
//! removed.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use super::{Store, unavailable};
use crate::search::error::SearchError;
use crate::search::handle::Start;

/// Files with the number of the generation that serves, of the one that served before, and of the one that is being filled.
pub(super) const CURRENT: &str = "current";
pub(super) const KEPT: &str = "kept";
pub(super) const BUILDING: &str = "building";

impl Store {
    /// Whether a generation is being filled, by this process or one before it, and from what.
    pub(in crate::search) fn begun(&self) -> Option<Start> {
        let building = self.named(BUILDING).filter(|building| self.named(CURRENT) != Some(*building))?;
        Some(if self.named(KEPT) == Some(building) { Start::Kept } else { Start::Scratch })
    }

    /// Forgets what is being filled. One that served before is kept.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when that cannot be written down.
    pub(in crate::search) fn discard_building(&self) -> Result<(), SearchError> {
        self.name(BUILDING, None)?;
        self.remove_unnamed();
        Ok(())
    }

    /// Makes a generation the serving one, over restarts too, keeps the one that served, where it may serve again, and removes the others.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when that cannot be written down; then the old one stays.
    pub(in crate::search) fn promote(&self, number: u64, keep: bool) -> Result<(), SearchError> {
        self.name_serving(number, keep)?;
        self.remove_unnamed();
        Ok(())
    }

    /// The same, and removes none: the one that served may still be written.
    ///
    /// # Errors
    /// [`SearchError::Unavailable`] when that cannot be written down; then the old one stays.
    pub(in crate::search) fn name_serving(&self, number: u64, keep: bool) -> Result<(), SearchError> {
        let before = self.named(CURRENT);
        if before != Some(number) {
            self.name(KEPT, before.filter(|_| keep))?;
            self.name(CURRENT, Some(number))?;
        }
        self.unnamed.store(0, Relaxed);
        // Where that fails, the one that serves is named as the one that is being filled: as good as none.
        let _ = self.name(BUILDING, None);
        Ok(())
    }

    /// The number in one of the files.
    pub(super) fn named(&self, file: &str) -> Option<u64> {
        number_in(&fs::read_to_string(self.dir.join(file)).ok()?)
    }

    pub(super) fn name(&self, file: &str, number: Option<u64>) -> Result<(), SearchError> {
        let (fresh, path) = (self.dir.join(format!("{file}.new")), self.dir.join(file));
        let write = || {
            match number {
                None if !path.exists() => return Ok(()),
                None => fs::remove_file(&path)?,
                Some(number) => {
                    let mut file = fs::File::create(&fresh)?;
                    writeln!(file, "{number}")?;
                    file.sync_all()?;
                    fs::rename(&fresh, &path)?;
                }
            }
            fs::File::open(&self.dir)?.sync_all()
        };
        write().map_err(unavailable)
    }

    /// The generations that have a folder.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_string_lossy().strip_prefix("generation-")?.parse().ok())
    }

    /// Removes the generations that no file names and that are not filled here.
    pub(in crate::search) fn remove_unnamed(&self) {
        let read = [CURRENT, KEPT, BUILDING].map(|file| fs::read_to_string(self.dir.join(file)));
        if read.iter().any(|read| read.as_ref().is_err_and(|error| error.kind() != ErrorKind::NotFound)) {
            return; // what cannot be read now may name any of them
        }
        let named = read.map(|read| number_in(&read.ok()?));
        let filled = self.unnamed.load(Relaxed);
        for number in self.numbers().filter(|number| *number != filled && !named.contains(&Some(*number))) {
            remove(&self.folder(number));
        }
    }
}

fn number_in(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

fn remove(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir)
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!(dir = %dir.display(), %error, "an old search index cannot be removed");
    }
}
