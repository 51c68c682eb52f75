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
