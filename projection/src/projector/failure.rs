//! What went wrong in a transaction, sorted by what helps.

use super::batch::Gap;

/// Why a projection could not apply a batch.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A stream lost events.
    #[error(transparent)]
    Gap(#[from] Box<Gap>),
    /// Postgres refused or did not answer.
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    /// A stored state cannot be read: the tables are not of this build.
    #[error("the stored state of {stream} cannot be read: {reason}; rebuild the projection")]
    State {
        /// The stream.
        stream: String,
        /// What the reader said.
        reason: String,
    },
}

impl From<Gap> for ApplyError {
    fn from(gap: Gap) -> Self {
        Self::Gap(Box::new(gap))
    }
}

/// What to do about an error of Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Some value cannot be stored: find it and park it.
    Isolate,
    /// Try the same again later.
    Retry,
}

/// Data errors are of the value; everything else is of the server, the connection or the schema, and passes or is repaired.
pub fn remedy(error: &sqlx::Error) -> Remedy {
    match error {
        sqlx::Error::Encode(_) => Remedy::Isolate,
        sqlx::Error::Database(database) => match database.code().as_deref().and_then(|code| code.get(..2)) {
            // data exception, integrity constraint, program limit exceeded
            Some("22" | "23" | "54") => Remedy::Isolate,
            _ => Remedy::Retry,
        },
        _ => Remedy::Retry,
    }
}
