//! Writes of saved filters: one after the other, each once.

use chrono::{DateTime, Utc};
use platform::postgres::keep;
use sqlx::types::Json;
use sqlx::{PgPool, Postgres, Transaction};

use super::{Filter, FilterName, SavedQuery, rows};
use crate::database;

/// By what a request is known when it is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its `Idempotency-Key`.
    pub key: String,
    /// A digest of what it asks for.
    pub fingerprint: String,
}

/// Why a write came to nothing, or may have.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The key came with another request before.
    #[error("the key was used for another request")]
    KeyReused,
    /// Nothing was written.
    #[error("postgres cannot be asked")]
    Postgres(#[from] sqlx::Error),
    /// It may be written or not.
    #[error("postgres did not say whether it is written")]
    Unknown(#[source] sqlx::Error),
}

/// What there is of a write when it begins.
pub enum Begun {
    /// It is to be done.
    New(Writing),
    /// It was done before, and answered with this filter.
    Before(Box<Filter>),
}

/// A write that has begun. Until it ends nobody else writes filters of the tenant: what it has found stays so. Dropped without
/// [`Self::commit`], it changes nothing.
pub struct Writing {
    transaction: Transaction<'static, Postgres>,
    tenant: String,
    request: Option<Request>,
}

impl Writing {
    /// Begins a write, or finds that the same request was done before.
    ///
    /// # Errors
    /// [`WriteError::KeyReused`]; and when Postgres cannot be asked.
    pub async fn begin(pool: &PgPool, tenant: &str, request: Option<Request>) -> Result<Begun, WriteError> {
        let mut transaction = database::begin(pool).await?;
        keep(&mut transaction).await?;
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('tasklog filters of ' || $1, 0))")
            .bind(tenant)
            .execute(&mut *transaction)
            .await?;
        let mut writing = Self { transaction, tenant: tenant.to_owned(), request };
        Ok(match writing.answered().await? {
            Some(answer) => Begun::Before(Box::new(answer)),
            None => Begun::New(writing),
        })
    }

    /// What the same request was answered before.
    async fn answered(&mut self) -> Result<Option<Filter>, WriteError> {
        let Some(Request { key, fingerprint }) = &self.request else { return Ok(None) };
        let known: Option<(String, Json<Filter>)> =
            sqlx::query_as("SELECT fingerprint, answer FROM tasklog_filters.requests WHERE tenant = $1 AND key = $2")
                .bind(&self.tenant)
                .bind(key)
                .fetch_optional(&mut *self.transaction)
                .await?;
        match known {
            Some((known, Json(answer))) if known == *fingerprint => Ok(Some(answer)),
            Some(_) => Err(WriteError::KeyReused),
            None => Ok(None),
        }
    }

    /// The filter of this name.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub async fn find(&mut self, name: &FilterName) -> Result<Option<Filter>, WriteError> {
        Ok(rows::find(&mut *self.transaction, &self.tenant, name).await?)
    }

    /// Saves a filter under a name that is free.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub async fn create(
        &mut self,
        name: FilterName,
        query: SavedQuery,
        now: DateTime<Utc>,
    ) -> Result<Filter, WriteError> {
        let filter = Filter { name, query, created_at: now, updated_at: now, version: 1 };
        sqlx::query(
            "INSERT INTO tasklog_filters.filters (tenant, name, query, version, created_at, updated_at)
             VALUES ($1, $2, $3, 1, $4, $4)",
        )
        .bind(&self.tenant)
        .bind(filter.name.as_str())
        .bind(Json(&filter.query))
        .bind(now)
        .execute(&mut *self.transaction)
        .await?;
        Ok(filter)
    }

    /// Gives a filter that was found a name, which is its own or free, and a query. One that has both already stays as it is.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub async fn change(
        &mut self,
        filter: Filter,
        name: FilterName,
        query: SavedQuery,
        now: DateTime<Utc>,
    ) -> Result<Filter, WriteError> {
        if filter.name == name && filter.query == query {
            return Ok(filter);
        }
        let changed =
            Filter { name, query, updated_at: now, version: filter.version + 1, created_at: filter.created_at };
        sqlx::query(
            "UPDATE tasklog_filters.filters SET name = $3, query = $4, updated_at = $5, version = version + 1
             WHERE tenant = $1 AND name = $2",
        )
        .bind(&self.tenant)
        .bind(filter.name.as_str())
        .bind(changed.name.as_str())
        .bind(Json(&changed.query))
        .bind(now)
        .execute(&mut *self.transaction)
        .await?;
        Ok(changed)
    }

    /// Deletes a filter that was found.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub async fn delete(&mut self, filter: &Filter) -> Result<(), WriteError> {
        sqlx::query("DELETE FROM tasklog_filters.filters WHERE tenant = $1 AND name = $2")
            .bind(&self.tenant)
            .bind(filter.name.as_str())
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Ends the write; repeated, its request is answered with `answer`.
    ///
    /// # Errors
    /// [`WriteError::Unknown`] where Postgres has not said that it is written; and when it cannot be asked.
    pub async fn commit(mut self, answer: &Filter) -> Result<(), WriteError> {
        if let Some(Request { key, fingerprint }) = &self.request {
            sqlx::query(
                "INSERT INTO tasklog_filters.requests (tenant, key, fingerprint, answer) VALUES ($1, $2, $3, $4)",
            )
            .bind(&self.tenant)
            .bind(key)
            .bind(fingerprint)
            .bind(Json(answer))
            .execute(&mut *self.transaction)
            .await?;
        }
        self.transaction.commit().await.map_err(|error| match error {
            sqlx::Error::Database(_) => WriteError::Postgres(error),
            error => WriteError::Unknown(error),
        })
    }
}
