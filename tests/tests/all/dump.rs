//! The commands that move tasks in and out of a running system and build its views anew.

use std::process::Output;

use tests::system::System;

/// `tasklog import`.
pub(crate) fn try_import(system: &System, file: &str) -> Output {
    system.tasklog.run(&["import", file])
}

/// `tasklog import` of a file in which every line is right.
pub(crate) fn import(system: &System, file: &str) {
    let output = try_import(system, file);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "tasklog import: {}\n{said}", output.status);
}

/// All tasks as JSON Lines.
pub(crate) fn export(system: &System) -> String {
    system.tasklog.run_well(&["export"])
}

/// Every row of every view in Postgres as text.
pub(crate) fn views(system: &System) -> String {
    ["tasks", "history", "reminders", "completed"].map(|name| system.tasklog.run_well(&["dump", name])).join("\n")
}

/// Builds all views from the log again while the system runs.
pub(crate) fn rebuild_online(system: &System) {
    system.tasklog.run_well(&["rebuild", "--all"]);
}

/// The same while it does not run.
pub(crate) async fn rebuild_offline(system: &mut System) {
    system.tasklog.stop().await;
    system.tasklog.run_well(&["rebuild", "--all"]);
    system.tasklog.start().await;
}
