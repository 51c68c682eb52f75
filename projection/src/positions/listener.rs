//! Hears from Postgres what projectors in other processes have committed.

use std::convert::Infallible;
use std::time::Duration;

use platform::health::Component;
use platform::lifecycle::Shutdown;
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgNotification};

use super::notice::{CHANNEL, Moved, Notice};
use super::{Offsets, Positions};
use crate::database::in_time;

/// Pause before the next attempt to reach Postgres.
const RETRY: Duration = Duration::from_millis(250);
/// After so long without a word the connection is asked whether it still is one: a peer that vanished says nothing either.
const QUIET: Duration = Duration::from_secs(15);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

impl Positions {
    /// Keeps the registry in step with the positions in Postgres until `shutdown`. Says in `health` whether it hears them.
    ///
    /// # Errors
    /// None: while Postgres is away it tries again.
    pub async fn listen(self, pool: PgPool, health: Component, shutdown: Shutdown) -> Result<(), Infallible> {
        let mut told = false;
        while !shutdown.is_requested() {
            tokio::select! {
                () = shutdown.requested() => break,
                lost = self.listen_once(&pool, &health) => if let Err(error) = lost {
                    self.tell_anything();
                    health.not_ready(format!("postgres cannot be reached: {error}"));
                    if !told {
                        tracing::warn!(%error, "postgres cannot be reached, trying again");
                    }
                    told = true;
                } else {
                    told = false;
                },
            }
            tokio::select! {
                () = shutdown.requested() => {}
                () = tokio::time::sleep(RETRY) => {}
            }
        }
        Ok(())
    }

    /// Listens until the connection is lost (Ok) or cannot be made (Err).
    async fn listen_once(&self, pool: &PgPool, health: &Component) -> Result<(), sqlx::Error> {
        let mut listener = in_time(ANSWER, PgListener::connect_with(pool)).await?;
        listener.eager_reconnect(false);
        in_time(ANSWER, listener.listen(CHANNEL)).await?;
        // In this order: what is committed after the table was read is heard.
        self.tell_anything();
        self.load(pool).await?;
        health.ready();
        while let Some(notification) = hear(&mut listener).await? {
            let Some(notice) = Notice::parse(notification.payload()) else { continue };
            self.heard(pool, &notice).await?;
            // After it: whoever is told finds the generation that serves.
            self.tell_change(notice);
        }
        self.tell_anything();
        health.not_ready("the connection to postgres was lost");
        tracing::warn!("the connection to postgres was lost, connecting again");
        Ok(())
    }

    async fn heard(&self, pool: &PgPool, notice: &Notice) -> Result<(), sqlx::Error> {
        match &notice.moved {
            Moved::To(topic, offsets) => {
                let moves = offsets.iter().map(|(partition, offset)| ((topic.clone(), *partition), *offset));
                self.advance_of(&notice.projection, notice.generation, moves);
            }
            Moved::Rows(()) => {}
            Moved::Reload(()) => self.load_one(pool, &notice.projection).await?,
            Moved::Reset(()) => {
                self.load_one(pool, &notice.projection).await?;
                self.announce_reset();
            }
        }
        Ok(())
    }

    /// Reads from Postgres where every projection is, and what is being built.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub async fn load(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        for name in self.0.versions.keys() {
            self.load_one(pool, name).await?;
        }
        Ok(())
    }

    async fn load_one(&self, pool: &PgPool, name: &str) -> Result<(), sqlx::Error> {
        // What another build calls by a name that this one does not know is none of its business.
        let Some(version) = self.0.versions.get(name) else { return Ok(()) };
        let rows = sqlx::query_as::<_, Row>(
            "SELECT g.generation, g.role = 'building', p.topic, p.partition, coalesce(p.position, -1), coalesce(p.goal, -1)
             FROM tasklog.generations g LEFT JOIN tasklog.positions p USING (projection, generation)
             WHERE g.projection = $1 AND g.version = $2 AND g.role <> 'kept'",
        )
        .bind(name)
        .bind(version)
        .fetch_all(pool);
        let rows = in_time(ANSWER, rows).await?;
        let (mut serving, mut building) = (None, None);
        for (number, is_building, topic, partition, position, goal) in rows {
            let which = if is_building { &mut building } else { &mut serving };
            let (_, offsets, goals) = which.get_or_insert_with(|| (number, Offsets::new(), Offsets::new()));
            if let (Some(topic), Some(partition)) = (topic, partition) {
                offsets.insert((topic.clone(), partition), position);
                goals.insert((topic, partition), goal);
            }
        }
        if let Some((number, offsets, goals)) = serving {
            self.begin(name, number, offsets, goals);
        }
        self.set_building(name, building.map(|(number, offsets, _)| (number, offsets)));
        Ok(())
    }
}

/// A generation's number, whether it is being built, and one of its partitions, if it has any, with position and goal.
type Row = (i32, bool, Option<String>, Option<i32>, i64, i64);

/// The next notification; `None` when the connection was closed.
///
/// # Errors
/// When the connection is broken, or open at our end alone.
async fn hear(listener: &mut PgListener) -> Result<Option<PgNotification>, sqlx::Error> {
    loop {
        if let Ok(heard) = tokio::time::timeout(QUIET, listener.try_recv()).await {
            return heard;
        }
        in_time(ANSWER, sqlx::query("SELECT 1").execute(&mut *listener)).await?;
    }
}
