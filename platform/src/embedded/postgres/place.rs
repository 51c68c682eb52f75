//! Where Postgres's files are and as whom it runs.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::{PostgresError, files};
use crate::data_dir::DataDir;

/// Where Postgres lives when its user cannot reach the data folder.
const ELSEWHERE: &str = "/var/lib/tasklog";
/// Says which data folder a folder in [`ELSEWHERE`] belongs to.
const OWNER_FILE: &str = "data-folder";

/// Whom Postgres runs as when we are root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The paths of one embedded Postgres.
#[derive(Debug)]
pub(super) struct Place {
    /// `None`: as ourselves.
    pub(super) user: Option<User>,
    /// The database.
    pub(super) pgdata: PathBuf,
    /// Fetched programs.
    pub(super) cache: PathBuf,
    /// What the server writes; in the data folder, where people look for it.
    pub(super) log: PathBuf,
}

impl Place {
    /// Decides it and makes the folders that Postgres does not make itself.
    pub(super) fn find(data_dir: &DataDir) -> Result<Self, PostgresError> {
        let user = geteuid().is_root().then(unprivileged_user);
        let base = match user {
            Some(user) if !reachable(data_dir.path(), user) => elsewhere(Path::new(ELSEWHERE), data_dir)?,
            _ => data_dir.path().to_owned(),
        };
        let place = Self {
            user,
            pgdata: base.join("postgres"),
            cache: base.join("postgres-programs"),
            log: data_dir.path().join("postgres.log"),
        };
        fs::create_dir_all(&place.pgdata).map_err(files(&place.pgdata))?;
        // Postgres insists on a folder nobody else can read.
        fs::set_permissions(&place.pgdata, fs::Permissions::from_mode(0o700)).map_err(files(&place.pgdata))?;
        place.hand_over(&place.pgdata)?;
        Ok(place)
    }

    /// Makes `path` the property of Postgres's user.
    pub(super) fn hand_over(&self, path: &Path) -> Result<(), PostgresError> {
        match self.user {
            Some(user) => chown(path, Some(user.uid), Some(user.gid)).map_err(files(path)),
            None => Ok(()),
        }
    }

    /// A command that runs as Postgres's user, with an environment of its own and without our terminal.
    pub(super) fn command(&self, program: &Path) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir("/")
            .process_group(0);
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// The server's log, to append to.
    pub(super) fn open_log(&self) -> Result<File, PostgresError> {
        OpenOptions::new().create(true).append(true).open(&self.log).map_err(files(&self.log))
    }
}

fn unprivileged_user() -> User {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    // 65534 is `nobody` wherever there is a passwd file, and unprivileged where there is none.
    ["postgres", "nobody"].iter().find_map(|name| user_named(&passwd, name)).unwrap_or(User { uid: 65534, gid: 65534 })
}

fn user_named(passwd: &str, name: &str) -> Option<User> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(User { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
}

/// True when `user` may pass through `folder` and all folders above it.
fn reachable(folder: &Path, user: User) -> bool {
    folder.ancestors().all(|folder| {
        fs::metadata(folder).is_ok_and(|metadata| {
            let execute = if metadata.uid() == user.uid {
                0o100
            } else if metadata.gid() == user.gid {
                0o010
            } else {
                0o001
            };
            metadata.mode() & execute != 0
        })
    })
}

/// The folder of this data folder in `base`. It is named by the data folder's id: a data folder
/// that was deleted and made anew gets a new one, never rows of the old log. The old one is removed.
fn elsewhere(base: &Path, data_dir: &DataDir) -> Result<PathBuf, PostgresError> {
    let own = base.join(data_dir.id().to_string());
    remove_predecessors(base, data_dir);
    if !own.exists() {
        fs::create_dir_all(&own).map_err(files(&own))?;
        for folder in [base, own.as_path()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(files(folder))?;
        }
        fs::write(own.join(OWNER_FILE), data_dir.path().as_os_str().as_encoded_bytes()).map_err(files(&own))?;
        tracing::info!(folder = %own.display(), "Postgres cannot run as root and its user cannot reach the data folder, so its files are here");
    }
    Ok(own)
}

/// Removes the folders of earlier data folders at the same path.
fn remove_predecessors(base: &Path, data_dir: &DataDir) {
    for folder in fs::read_dir(base).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let ours = folder.file_name().is_some_and(|name| name == data_dir.id().to_string().as_str());
        let owner = fs::read(folder.join(OWNER_FILE)).unwrap_or_default();
        if !ours && owner == data_dir.path().as_os_str().as_encoded_bytes() {
            match fs::remove_dir_all(&folder) {
                Ok(()) => {
                    tracing::info!(folder = %folder.display(), "removed the Postgres folder of a data folder that is gone")
                }
                Err(error) => {
                    tracing::warn!(folder = %folder.display(), %error, "the Postgres folder of a data folder that is gone stays behind")
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_passwd_file_then_the_users_ids_are_found() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:7::/:\npostgres:x:104:107:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(user_named(passwd, "postgres"), Some(User { uid: 104, gid: 107 }));
        assert_eq!(user_named(passwd, "nobody"), None);
    }

    #[test]
    fn given_a_data_folder_that_was_made_anew_when_elsewhere_then_the_old_files_go_and_those_of_others_stay() {
        let (base, parent) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folder = |name: &str| parent.path().join(name);
        let made = |name: &str| elsewhere(base.path(), &DataDir::open(&folder(name)).unwrap()).unwrap();
        let (old, others) = (made("data"), made("other"));
        assert_eq!(made("data"), old, "the same as long as the data folder lives");
        fs::write(old.join("rows"), "of the old log").unwrap();
        fs::remove_dir_all(folder("data")).unwrap();
        let new = made("data");
        assert_ne!(new, old);
        assert!(new.is_dir() && others.is_dir() && !old.exists());
        let mode = fs::metadata(&new).unwrap().mode();
        assert_eq!(mode & 0o777, 0o755, "another user can pass through");
    }

    #[test]
    fn given_a_closed_folder_above_then_a_stranger_cannot_reach_below() {
        let top = tempfile::tempdir().unwrap();
        let below = top.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        let stranger = User { uid: 54321, gid: 54321 };
        fs::set_permissions(top.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let open = reachable(&below, stranger);
        fs::set_permissions(top.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!reachable(&below, stranger));
        // The folders above a temporary folder are open on every usual machine.
        assert!(open);
    }
}
