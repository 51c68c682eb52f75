//! Postgres's programs: those of the system, else fetched ones.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::place::Place;
use super::{PostgresError, VERSION_MIN, archive};

/// Where the programs may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The system's where there are any, else fetched.
    SystemFirst,
    /// Fetched, whatever the system has.
    Fetched,
}

/// The folder that holds `postgres` and `initdb`: preferably of version `existing`, else the newest.
pub(super) async fn find(place: &Place, origin: Origin, existing: Option<u32>) -> Result<PathBuf, PostgresError> {
    let mut found = Vec::new();
    if origin == Origin::SystemFirst {
        for folder in system_folders().await {
            if let Some(version) = major_version(&folder).await.filter(|version| *version >= VERSION_MIN) {
                found.push((version, folder));
            }
        }
    }
    let fetched = archive::present(&place.cache);
    if let Some(folder) = fetched.as_ref()
        && let Some(version) = major_version(folder).await
    {
        found.push((version, folder.clone()));
    }
    found.sort_by_key(|(version, _)| (Some(*version) == existing, *version));
    match found.pop() {
        Some((_, folder)) => Ok(folder),
        None => archive::fetch(place).await,
    }
}

/// The major version of the programs in `folder`; `None` where they are not complete or do not run.
pub(super) async fn major_version(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let output = tokio::process::Command::new(folder.join("postgres")).arg("--version").output().await.ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15.
fn parse_version(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

async fn system_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("PATH").iter().flat_map(env::split_paths).collect();
    if let Ok(output) = tokio::process::Command::new("pg_config").arg("--bindir").output().await {
        folders.push(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    for (parent, below) in
        [("/usr/lib/postgresql", "bin"), ("/usr", "bin"), ("/opt/homebrew/opt", "bin"), ("/usr/local/opt", "bin")]
    {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path());
        folders.extend(entries.map(|entry| entry.join(below)));
    }
    folders.push("/usr/local/pgsql/bin".into());
    // A link in PATH leads to the folder that has all of them.
    let mut real: Vec<PathBuf> = folders
        .into_iter()
        .filter_map(|folder| fs::canonicalize(folder.join("postgres")).ok())
        .filter_map(|program| program.parent().map(Path::to_owned))
        .collect();
    real.sort();
    real.dedup();
    real
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_what_postgres_says_of_itself_then_its_major_version_is_read() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18devel"), Some(18));
        assert_eq!(parse_version("something else"), None);
    }
}
