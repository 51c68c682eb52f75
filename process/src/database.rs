//! The schema of the process managers in Postgres.

use platform::postgres::{MigrateError, Schema};
use sqlx::PgPool;

const SCHEMA: Schema = Schema {
    name: "tasklog_process",
    lock: 7_212_390_417_450_164,
    steps: &[
        (1, "process managers", include_str!("../migrations/0001_process.sql")),
        (2, "notification", include_str!("../migrations/0002_notification.sql")),
        (3, "tag renames", include_str!("../migrations/0003_tag_renames.sql")),
        (4, "leases", include_str!("../migrations/0004_leases.sql")),
        (5, "subtasks", include_str!("../migrations/0005_subtasks.sql")),
        (6, "reminders of successors", include_str!("../migrations/0006_reminders_of_successors.sql")),
        (7, "rings", include_str!("../migrations/0007_rings.sql")),
        (8, "troubled deliveries", include_str!("../migrations/0008_troubled_deliveries.sql")),
        (9, "delivery leases", include_str!("../migrations/0009_delivery_leases.sql")),
    ],
};

/// Brings the schema `tasklog_process` up to date. Any number of processes may call it at once.
///
/// # Errors
/// [`MigrateError`]; a step that failed has changed nothing.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    SCHEMA.migrate(pool).await
}
