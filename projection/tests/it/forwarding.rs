//! The tasks again, with something about them that is not as it should be or not as it is yet.

use std::sync::Arc;

use async_trait::async_trait;
use projection::projections::{self, Description, Projection, tasks::Tasks};
use projection::projector::batch::Batch;
use projection::projector::failure::ApplyError;
use sqlx::PgConnection;

/// The tasks under another description: it hands every batch on.
pub(crate) struct Forwarding(pub(crate) Description);

impl Forwarding {
    /// With one more statement for the tables, and nothing for queries.
    pub(crate) fn with(statement: &str) -> Self {
        let tasks = Tasks.describe();
        Self(Description { create: format!("{} {statement}", tasks.create).leak(), index: "", ..*tasks })
    }
}

#[async_trait]
impl Projection for Forwarding {
    fn describe(&self) -> &Description {
        &self.0
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &mut Batch<'_>) -> Result<(), ApplyError> {
        Tasks.apply(connection, batch).await
    }
}

/// Every projection, with this one in the place of the tasks.
pub(crate) fn in_place_of_the_tasks(tasks: impl Projection) -> Vec<Arc<dyn Projection>> {
    let name = Tasks.describe().name;
    let others = projections::all().into_iter().filter(|projection| projection.describe().name != name);
    others.chain([Arc::new(tasks) as Arc<dyn Projection>]).collect()
}
