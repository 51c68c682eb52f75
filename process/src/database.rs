//! The schema of the process managers in Postgres.

use platform::postgres::{MigrateError, Schema, Step};
use sqlx::PgPool;

static SCHEMA: Schema = Schema::new("tasklog_process", 7_212_390_417_450_164, STEPS);

const STEPS: &[Step] = &[
    Step::new(1, "process managers", include_str!("../migrations/0001_process.sql")),
    Step::new(2, "notification", include_str!("../migrations/0002_notification.sql")),
    Step::new(3, "tag renames", include_str!("../migrations/0003_tag_renames.sql")),
    Step::new(4, "leases", include_str!("../migrations/0004_leases.sql")),
    Step::new(5, "subtasks", include_str!("../migrations/0005_subtasks.sql")),
    Step::new(6, "reminders of successors", include_str!("../migrations/0006_reminders_of_successors.sql")),
    Step::new(7, "rings", include_str!("../migrations/0007_rings.sql")),
    Step::new(8, "troubled deliveries", include_str!("../migrations/0008_troubled_deliveries.sql")),
    Step::new(9, "delivery leases", include_str!("../migrations/0009_delivery_leases.sql")),
];

/// Brings the schema `tasklog_process` up to date. Any number of processes may call it at once.
///
/// # Errors
/// [`MigrateError`]; a step that failed has changed nothing.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    SCHEMA.migrate(pool).await
}
