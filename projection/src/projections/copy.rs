//! New rows on their way into a table by `COPY`, which costs Postgres far less than an `INSERT` of the same rows.
//!
//! sqlx encodes the values; the frame around them, which it leaves to its callers, is ours:
//! <https://www.postgresql.org/docs/15/sql-copy.html>, "Binary Format".

use sqlx::encode::{Encode, IsNull};
use sqlx::postgres::PgArgumentBuffer;
use sqlx::{PgConnection, Postgres};

use crate::projector::batch::MANY_NEW;
use crate::projector::failure::ApplyError;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
const FLAGS_AND_EXTENSION: [u8; 8] = [0; 8];
const NULL: i32 = -1;
const END: i16 = -1;

/// Fewer new rows go in with the others: three messages to Postgres cost more than they save.
pub(super) const WORTH_ROWS: usize = MANY_NEW;

/// Rows, encoded.
pub(super) struct CopyRows {
    buffer: PgArgumentBuffer,
}

impl CopyRows {
    /// None yet.
    pub(super) fn new() -> Self {
        let mut buffer = PgArgumentBuffer::default();
        buffer.extend_from_slice(SIGNATURE);
        buffer.extend_from_slice(&FLAGS_AND_EXTENSION);
        Self { buffer }
    }

    /// Begins a row of so many values.
    pub(super) fn begin(&mut self, columns: i16) {
        self.buffer.extend_from_slice(&columns.to_be_bytes());
    }

    /// The row's next value.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub(super) fn value<'v>(&mut self, value: impl Encode<'v, Postgres>) -> Result<(), ApplyError> {
        let at = self.buffer.len();
        self.buffer.extend_from_slice(&NULL.to_be_bytes());
        let encoded = value.encode(&mut self.buffer).map_err(sqlx::Error::Encode)?;
        if matches!(encoded, IsNull::No) {
            let length =
                i32::try_from(self.buffer.len() - at - 4).map_err(|error| sqlx::Error::Encode(error.into()))?;
            self.buffer[at..at + 4].copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }

    /// Writes the rows; `into` is the table with its columns in parentheses. None of them may be there already. Cut off in the middle, it
    /// leaves the connection in a state that nobody can use: who may be cut off must close it.
    ///
    /// # Errors
    /// When Postgres refuses.
    pub(super) async fn write(mut self, connection: &mut PgConnection, into: &str) -> Result<(), ApplyError> {
        self.buffer.extend_from_slice(&END.to_be_bytes());
        let mut copy = connection.copy_in_raw(&format!("COPY {into} FROM STDIN (FORMAT binary)")).await?;
        copy.send(self.buffer.as_slice()).await?;
        copy.finish().await?;
        Ok(())
    }
}
