//! The channels over real sockets: webhooks to servers on this machine, mails to real mail servers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod certificate;
mod maildev;
mod odd_servers;
mod receiver;
mod smtp_server;

mod attempts;
mod guard;
mod hostile;
mod mail_security;
mod mails;
mod refused_mails;

use std::path::PathBuf;
use std::process::Command;

use chrono::{DateTime, Utc};

/// The project's folder, as Cargo tells it to the running test.
fn root() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("..")
}

/// The folder with the mail servers that `scripts/maildev/fetch.sh` has filled.
fn mail_servers() -> PathBuf {
    let fetched = Command::new(root().join("scripts/maildev/fetch.sh")).output().unwrap();
    assert!(fetched.status.success(), "no mail servers: {}", String::from_utf8_lossy(&fetched.stderr));
    PathBuf::from(String::from_utf8(fetched.stdout).unwrap().trim())
}

/// The time of every attempt.
fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}
