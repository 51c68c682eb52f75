//! What a command acts on, said in its first line: it may be another folder or server than was meant.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sqlx::PgPool;

/// Says it on standard error; what a command answers goes to standard output.
pub fn say(command: &str, place: impl Display) {
    // Where nobody can be told, that is no reason not to do it.
    let _ = writeln!(io::stderr(), "tasklog {command}: on {place}");
}

/// The folder as it is meant from anywhere.
pub fn absolute(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

/// A data folder on which this command starts what it needs.
pub fn resting(folder: &Path) -> String {
    format!("the data folder {}, where no `tasklog up` runs", absolute(folder).display())
}

/// The Postgres that a pool leads to: not its URL, which may hold a password.
pub fn postgres(pool: &PgPool) -> String {
    let options = pool.connect_options();
    format!("Postgres at {}:{}", options.get_host(), options.get_port())
}

/// Servers of the `tasklog up` that runs on a data folder.
pub fn running(servers: &str, folder: &Path) -> String {
    format!("{servers}, of the `tasklog up` that runs on the data folder {}", absolute(folder).display())
}
