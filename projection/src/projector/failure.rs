//! What went wrong in a transaction, sorted by what helps.

use super::batch::{FoldError, Gap};

/// Why a projection could not apply a batch.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A stream lost events.
    #[error(transparent)]
    Gap(#[from] Box<Gap>),
    /// Streams were taken for new, and what becomes of a record depends on whether they are.
    #[error("a stream that was taken for new may be there already")]
    Assumed,
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

impl From<FoldError> for ApplyError {
    fn from(error: FoldError) -> Self {
        match error {
            FoldError::Gap(gap) => Self::Gap(gap),
            FoldError::Assumed => Self::Assumed,
        }
    }
}

impl ApplyError {
    /// It may be for a stream that was taken for new and is not: the batch succeeds, or fails for another reason, with a look.
    pub fn may_be_of_an_assumption(&self) -> bool {
        match self {
            Self::Assumed => true,
            Self::Postgres(sqlx::Error::Database(error)) => error.is_unique_violation(),
            Self::Gap(_) | Self::Postgres(_) | Self::State { .. } => false,
        }
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
        sqlx::Error::Database(database) => of_database(&database.code().unwrap_or_default(), database.message()),
        _ => Remedy::Retry,
    }
}

fn of_database(code: &str, message: &str) -> Remedy {
    match (code.get(..2), code) {
        // data exception, integrity constraint, program limit exceeded
        (Some("22" | "23" | "54"), _) => Remedy::Isolate,
        // An internal error, which is how Postgres refuses a value of 1 GB; others of this code may pass.
        (_, "XX000") if message.starts_with("invalid memory alloc request size") => Remedy::Isolate,
        _ => Remedy::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_an_error_of_postgres_when_it_is_of_the_value_then_it_is_isolated_and_any_other_is_tried_again() {
        for (code, message) in [
            ("22P05", "unsupported Unicode escape sequence"),
            ("54000", "index row size 20016 exceeds maximum 2712"),
            ("XX000", "invalid memory alloc request size 1073741824"),
        ] {
            assert_eq!(of_database(code, message), Remedy::Isolate, "{code}");
        }
        for (code, message) in [
            ("XX000", "tuple concurrently updated"),
            ("40001", "could not serialize access"),
            ("53100", "disk full"),
            ("", ""),
        ] {
            assert_eq!(of_database(code, message), Remedy::Retry, "{code}");
        }
    }
}
