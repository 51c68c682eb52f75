//! The commands that move tasks in and out of a running system, in one place: how they are called is theirs to change.

use std::process::Output;

use tests::system::System;

fn url(system: &System) -> String {
    format!("http://{}", system.tasklog.address())
}

/// `tasklog import`.
pub(crate) fn try_import(system: &System, file: &str) -> Output {
    system.tasklog.run(&["import", file, "--url", &url(system)])
}

/// `tasklog import` of a file in which every line is right.
pub(crate) fn import(system: &System, file: &str) {
    let output = try_import(system, file);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "tasklog import: {}\n{said}", output.status);
}

/// All tasks as JSON Lines.
pub(crate) fn export(system: &System) -> String {
    system.tasklog.run_well(&["export", "--url", &url(system)])
}

/// Every row of every view as text, after the projections have caught up.
pub(crate) fn views(system: &System) -> String {
    system.tasklog.run_well(&["dump", "--url", &url(system)])
}

/// Throws all views away and builds them from the log.
pub(crate) async fn rebuild_all(system: &mut System) {
    system.tasklog.stop().await;
    system.tasklog.run_well(&["rebuild", "--all"]);
    system.tasklog.start().await;
}
