//! Makes the database, and keeps its password and port.

use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::place::Place;
use super::{PostgresError, files};
use crate::data_dir::{DataDir, write_private};

/// The database's and its user's name.
pub(super) const NAME: &str = "tasklog";

/// The major version of the database in `pgdata`; `None` where there is none.
pub(super) fn major_version(pgdata: &Path) -> Option<u32> {
    fs::read_to_string(pgdata.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// Moves a database away that no program here can read. A new one is filled from the log.
pub(super) fn set_aside(place: &Place) -> Result<(), PostgresError> {
    let version = major_version(&place.pgdata).unwrap_or_default();
    let aside = place.pgdata.with_file_name(format!("postgres-{version}-{}", Uuid::now_v7()));
    fs::rename(&place.pgdata, &aside).map_err(files(&aside))?;
    fs::create_dir(&place.pgdata).map_err(files(&place.pgdata))?;
    fs::set_permissions(&place.pgdata, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .map_err(files(&place.pgdata))?;
    place.hand_over(&place.pgdata)?;
    tracing::warn!(version, aside = %aside.display(), "the read models were written by another Postgres version; they are moved aside and filled again from the log");
    Ok(())
}

/// The password, made on first use.
pub(super) fn password(data_dir: &DataDir) -> Result<String, PostgresError> {
    let path = data_dir.path().join("postgres.password");
    match fs::read_to_string(&path) {
        Ok(password) if !password.is_empty() => return Ok(password),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(files(&path)(error)),
        _ => {}
    }
    let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    write_private(&path, password.as_bytes()).map_err(files(&path))?;
    Ok(password)
}

/// The port, chosen on first use and kept while it is free.
pub(super) fn port(data_dir: &DataDir) -> Result<u16, PostgresError> {
    let path = data_dir.path().join("postgres.port");
    let kept = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse::<u16>().ok());
    if let Some(port) = kept
        && free_port(port).is_ok()
    {
        return Ok(port);
    }
    let port = free_port(0).map_err(files(&path))?;
    write_private(&path, port.to_string().as_bytes()).map_err(files(&path))?;
    Ok(port)
}

fn free_port(wanted: u16) -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))?.local_addr()?.port())
}

/// Runs `initdb` and creates the database [`NAME`]. What a killed attempt left is removed first:
/// without `PG_VERSION`, which `initdb` writes late, nothing in the folder is of use.
pub(super) async fn create(place: &Place, bin: &Path, password: &str) -> Result<(), PostgresError> {
    for entry in fs::read_dir(&place.pgdata).map_err(files(&place.pgdata))?.flatten() {
        let path = entry.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(files(&path))?;
    }
    let building = place.pgdata.join("new");
    let password_file = PasswordFile::write(place, password)?;
    let mut initdb = place.command(&bin.join("initdb"));
    initdb
        .args(["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-instructions", "--no-sync"])
        .arg(format!("--username={NAME}"))
        .arg(format!("--pwfile={}", password_file.0.display()))
        .arg(format!("--pgdata={}", building.display()));
    finished(initdb, "").await?;
    let mut single = place.command(&bin.join("postgres"));
    single.arg("--single").arg("-D").arg(&building).args(["-c", "fsync=off", "postgres"]);
    finished(single, &format!("CREATE DATABASE {NAME}\n")).await?;
    // Only a whole database gets its name: the move of PG_VERSION comes last.
    let mut parts: Vec<_> =
        fs::read_dir(&building).map_err(files(&building))?.flatten().map(|entry| entry.file_name()).collect();
    parts.sort_by_key(|name| name == "PG_VERSION");
    for name in parts {
        fs::rename(building.join(&name), place.pgdata.join(&name)).map_err(files(&building))?;
    }
    fs::remove_dir(&building).map_err(files(&building))
}

/// Runs `command` to its end with `input`; the error is the last line it wrote.
async fn finished(mut command: tokio::process::Command, input: &str) -> Result<(), PostgresError> {
    let setup = |cause: String| PostgresError::Setup { cause };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| setup(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends early does not read; its status tells more than this error would.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(|error| setup(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stderr, output.stdout].concat();
    Err(setup(last_line(&String::from_utf8_lossy(&text)).unwrap_or_else(|| output.status.to_string())))
}

/// The last line that says something.
pub(super) fn last_line(text: &str) -> Option<String> {
    let line =
        text.lines().rev().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("initdb: removing"))?;
    Some(line.to_owned())
}

/// The password for `initdb` to read as Postgres's user; removed when dropped.
struct PasswordFile(std::path::PathBuf);

impl PasswordFile {
    fn write(place: &Place, password: &str) -> Result<Self, PostgresError> {
        let path = place.pgdata.join("initdb-password");
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(files(&path))?;
        let file_of = Self(path);
        // The folder is closed to everyone else, so the password never shows.
        file.write_all(password.as_bytes()).map_err(files(&file_of.0))?;
        place.hand_over(&file_of.0)?;
        Ok(file_of)
    }
}

impl Drop for PasswordFile {
    fn drop(&mut self) {
        // If it stays, it stays in a folder that is closed to everyone else.
        let _ = fs::remove_file(&self.0);
    }
}
