//! A file of another program, which is read to its end before anything is sent.

use chrono::Utc;
use chrono_tz::Tz;
use formats::{Format, Options, Reading};

use super::lines::Source;

/// The largest file of another program that is read, decompressed, in bytes: it and its tasks are in memory.
const FILE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The tasks of a file, whose times that name no zone are in `zone`.
///
/// # Errors
/// It cannot be read, is too large or is not of this format.
pub(super) fn read(source: Source, format: Format, zone: Tz) -> anyhow::Result<Reading> {
    let bytes = source.read_whole(FILE_MAX_BYTES)?;
    let now = Utc::now();
    let read_date = |text: &str, zone: Tz| formats::read_date(text, zone, now);
    Ok(formats::read(format, &bytes, &Options { zone, now, read_date: &read_date })?)
}
