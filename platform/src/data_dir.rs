//! The data folder: who may use it, which version wrote it, and where its servers listen.
//!
//! ```text
//! version        format of everything below, a number
//! id             names this folder for as long as it lives
//! lock           held by the running process, holds its pid
//! runtime.json   while it runs: where the embedded servers listen (mode 600, holds a password)
//! kafka/         the embedded broker: the system of record
//! postgres/      the embedded Postgres: read models, which can be rebuilt, and what people have set
//! ```
//! Every fault is one line that says what to do.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The format of data folders that this build writes and reads.
pub const FORMAT: u32 = 1;

const RUNTIME_FILE: &str = "runtime.json";

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// It cannot be created or written.
    #[error("the data folder {} cannot be written: {cause}; choose another with DATA_DIR", folder.display())]
    Unwritable {
        /// The folder.
        folder: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Another process holds its lock.
    #[error("another instance is running on the data folder {} (pid {pid}); stop it or choose another folder with DATA_DIR", folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// The holder's process id, or `unknown`.
        pid: String,
    },
    /// A later build wrote it.
    #[error("the data folder {} was written by a newer version (format {found}, this build reads up to {FORMAT}); update tasklog or choose another folder with DATA_DIR", folder.display())]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Its version file is not ours.
    #[error("the data folder {} holds no readable version file ({content:?}); it is not a tasklog data folder", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// What the version file holds.
        content: String,
    },
}

/// Where the servers of a running process listen, for commands in other terminals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// The process.
    pub pid: u32,
    /// Base URL of the HTTP API.
    pub api_url: Option<String>,
    /// Bootstrap address of the embedded broker.
    pub kafka_brokers: Option<String>,
    /// URL of the embedded Postgres, with its password.
    pub database_url: Option<String>,
}

impl Runtime {
    /// What the process that runs on `folder` wrote; `None` when none does. A file left behind by a
    /// killed process does not count: its lock is gone.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let lock = File::open(folder.join("lock")).ok()?;
        if flock(&lock, FlockOperation::NonBlockingLockShared).is_ok() {
            return None;
        }
        serde_json::from_slice(&fs::read(folder.join(RUNTIME_FILE)).ok()?).ok()
    }
}

/// A data folder that this process holds until it is dropped.
#[derive(Debug)]
pub struct DataDir {
    folder: PathBuf,
    id: Uuid,
    _lock: File,
}

impl DataDir {
    /// Creates the folder where needed, locks it and checks its format.
    ///
    /// # Errors
    /// See [`DataDirError`].
    pub fn open(folder: &Path) -> Result<Self, DataDirError> {
        let unwritable = |cause| DataDirError::Unwritable { folder: folder.to_owned(), cause };
        fs::create_dir_all(folder).map_err(unwritable)?;
        let folder = fs::canonicalize(folder).map_err(unwritable)?;
        let unwritable = |cause| DataDirError::Unwritable { folder: folder.clone(), cause };
        let lock = lock(&folder)?;
        check_format(&folder)?;
        let id = read_or_create_id(&folder).map_err(unwritable)?;
        Ok(Self { id, _lock: lock, folder })
    }

    /// Its absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Names this folder for as long as it lives, wherever it is moved.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The folder `name` inside, created where needed.
    ///
    /// # Errors
    /// [`DataDirError::Unwritable`].
    pub fn subfolder(&self, name: &str) -> Result<PathBuf, DataDirError> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).map_err(|cause| DataDirError::Unwritable { folder: folder.clone(), cause })?;
        Ok(folder)
    }

    /// Writes where the servers listen; the file goes when this is dropped.
    ///
    /// # Errors
    /// [`DataDirError::Unwritable`].
    pub fn write_runtime(&self, runtime: &Runtime) -> Result<(), DataDirError> {
        let json = serde_json::to_vec_pretty(runtime).expect("strings and a number always serialize");
        write_private(&self.folder.join(RUNTIME_FILE), &json)
            .map_err(|cause| DataDirError::Unwritable { folder: self.folder.clone(), cause })
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        // Left behind it does no harm: it counts only while the lock is held.
        let _ = fs::remove_file(self.folder.join(RUNTIME_FILE));
    }
}

/// Writes a file that only its owner may read, replacing it as a whole.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn lock(folder: &Path) -> Result<File, DataDirError> {
    let unwritable = |cause| DataDirError::Unwritable { folder: folder.to_owned(), cause };
    let path = folder.join("lock");
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(unwritable)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let mut pid = String::new();
        let _ = file.read_to_string(&mut pid);
        let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
        return Err(DataDirError::Locked { folder: folder.to_owned(), pid });
    }
    file.set_len(0).map_err(unwritable)?;
    writeln!(file, "{}", std::process::id()).map_err(unwritable)?;
    Ok(file)
}

fn check_format(folder: &Path) -> Result<(), DataDirError> {
    let unwritable = |cause| DataDirError::Unwritable { folder: folder.to_owned(), cause };
    let path = folder.join("version");
    let content = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return write_private(&path, format!("{FORMAT}\n").as_bytes()).map_err(unwritable);
        }
        Err(error) => return Err(unwritable(error)),
    };
    match content.parse::<u32>() {
        Ok(found) if found > FORMAT => Err(DataDirError::Newer { folder: folder.to_owned(), found }),
        Ok(found) if found > 0 => Ok(()),
        _ => Err(DataDirError::Foreign { folder: folder.to_owned(), content }),
    }
}

fn read_or_create_id(folder: &Path) -> io::Result<Uuid> {
    let path = folder.join("id");
    if let Some(id) = fs::read_to_string(&path).ok().and_then(|text| Uuid::try_parse(text.trim()).ok()) {
        return Ok(id);
    }
    let id = Uuid::new_v4();
    write_private(&path, id.to_string().as_bytes())?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_new_folder_when_opened_twice_then_the_second_names_the_holder() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        let first = DataDir::open(&folder).unwrap();
        let error = DataDir::open(&folder).unwrap_err().to_string();
        assert!(error.contains(&format!("pid {}", std::process::id())) && error.lines().count() == 1, "{error}");
        let id = first.id();
        drop(first);
        assert_eq!(DataDir::open(&folder).unwrap().id(), id);
    }

    #[test]
    fn given_a_newer_or_foreign_version_when_opened_then_refused_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("version"), "2\n").unwrap();
        let error = DataDir::open(folder.path()).unwrap_err();
        assert!(matches!(error, DataDirError::Newer { found: 2, .. }));
        assert!(error.to_string().contains("was written by a newer version"));
        fs::write(folder.path().join("version"), "pg15").unwrap();
        assert!(matches!(DataDir::open(folder.path()).unwrap_err(), DataDirError::Foreign { .. }));
    }

    #[test]
    fn given_a_file_in_the_folders_place_when_opened_then_unwritable() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("data");
        fs::write(&file, "").unwrap();
        let error = DataDir::open(&file).unwrap_err();
        assert!(matches!(error, DataDirError::Unwritable { .. }));
        assert!(error.to_string().contains("cannot be written"));
    }

    #[test]
    fn given_runtime_facts_then_they_are_read_only_while_the_process_runs() {
        let folder = tempfile::tempdir().unwrap();
        let open = DataDir::open(folder.path()).unwrap();
        let runtime = Runtime { pid: 7, kafka_brokers: Some("127.0.0.1:9092".into()), ..Runtime::default() };
        open.write_runtime(&runtime).unwrap();
        assert_eq!(Runtime::read(folder.path()), Some(runtime.clone()));
        // Left behind by a killed process.
        let left = fs::read(folder.path().join(RUNTIME_FILE)).unwrap();
        drop(open);
        fs::write(folder.path().join(RUNTIME_FILE), left).unwrap();
        assert_eq!(Runtime::read(folder.path()), None);
    }
}
