//! Files of the index without syncing each to disk: a sync costs milliseconds, a commit would need ten.
//!
//! Nothing is lost by it. The log is the record; the index follows from it. After `kill -9` the operating system still has
//! every write. After a power failure files may be torn: checksums and the commit's own syntax show that when the index is
//! opened, and it is filled again from the log.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tantivy::directory::error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, TerminatingWrite, WatchCallback,
    WatchHandle, WritePtr,
};

/// Counts the files that were written to take another's place.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// Between a file's name and a number: what will take the file's place.
const FRESH: &str = ".new-";

/// A folder of memory-mapped files that are not synced.
#[derive(Debug, Clone)]
pub(super) struct UnsyncedDirectory {
    files: MmapDirectory,
    root: PathBuf,
}

impl UnsyncedDirectory {
    /// Of an existing folder.
    pub(super) fn open(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { files: MmapDirectory::open(root)?, root: root.to_owned() })
    }
}

/// Removes from a folder whatever is not `living`: what an interrupted commit or merge has left behind. A commit that is made
/// again gives its files the same names as before, and fails where one of them is there.
pub(super) fn sweep(root: &Path, living: &HashSet<PathBuf>) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = PathBuf::from(entry.file_name());
        let text = name.to_string_lossy();
        // Tantivy's list of files and its locks begin with a dot.
        let own = text == "meta.json" || text.starts_with('.') && !text.contains(FRESH);
        if own || living.contains(&name) {
            continue;
        }
        if let Err(error) = fs::remove_file(entry.path()) {
            tracing::warn!(file = %entry.path().display(), %error, "what is left of an interrupted commit cannot be removed");
        }
    }
}

impl Directory for UnsyncedDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.files.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.files.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.files.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let created = OpenOptions::new().write(true).create_new(true).open(self.root.join(path));
        let file = created.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenWriteError::FileAlreadyExists(path.to_owned()),
            _ => OpenWriteError::wrap_io_error(error, path.to_owned()),
        })?;
        Ok(BufWriter::new(Box::new(PlainFile(file))))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.files.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        // A writer that was dropped may still merge while the next one works: they must not share a file.
        let mut fresh = self.root.join(path).into_os_string();
        fresh.push(format!("{FRESH}{}", WRITES.fetch_add(1, Ordering::Relaxed)));
        fs::write(&fresh, data)?;
        fs::rename(&fresh, self.root.join(path))
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.files.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(callback)
    }
}

struct PlainFile(File);

impl Write for PlainFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl TerminatingWrite for PlainFile {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_two_writers_of_the_same_file_when_they_write_at_once_then_neither_fails_and_one_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new(".managed.json");
        std::thread::scope(|scope| {
            for text in ["first", "second"] {
                let directory = UnsyncedDirectory::open(folder.path()).unwrap();
                scope.spawn(move || (0..2_000).for_each(|_| directory.atomic_write(path, text.as_bytes()).unwrap()));
            }
        });
        let read = UnsyncedDirectory::open(folder.path()).unwrap().atomic_read(path).unwrap();
        assert!(read == b"first" || read == b"second", "{read:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
    }
}
