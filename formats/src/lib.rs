//! Tasks in the files of other programs: read into what an import sends, and written from what the API shows.
//!
//! Read are iCalendar's VTODOs, CSV of Todoist, JSON of Taskwarrior, and [CSV of our own](sheet). Written are [iCalendar](ical), as a
//! file and as the feed that calendar programs subscribe to, and CSV of our own. What a task here has no place for is told with the
//! task it belongs to, as [`Lost`]; nothing is dropped in silence but what a program keeps for itself (a sort order, say), and which
//! that is each reader says.
//!
//! Pure text: this crate knows no server, no file and no clock. Tasks are in the API's JSON, which [`domain`] checks.

mod imported;
pub use imported::{Imported, Lost, Options, ReadDate, ReadError, Reading};
mod format;
pub use format::Format;
mod input;
pub use input::{Input, read_date, time_zone};
mod draft;
mod export;
pub mod ids;
pub use export::{ExportFile, ExportFormat};
mod parents;
mod text;

pub mod ical;
pub mod sheet;
mod table;
mod taskwarrior;
mod todoist;

#[cfg(test)]
mod given;
#[cfg(test)]
mod round_trips;

/// Reads a whole file of another program.
///
/// What is wrong with one value costs that value, which is then [`Lost`]; every line that is given back is one that an import
/// takes.
///
/// # Errors
/// The file is not of this format, or ends too early; with the line.
pub fn read(format: Format, bytes: &[u8], options: &Options<'_>) -> Result<Reading, ReadError> {
    let mut reading = match format {
        Format::ICalendar => ical::read(bytes, options),
        Format::TodoistCsv => todoist::read(bytes, options),
        Format::TaskwarriorJson => taskwarrior::read(bytes, options),
        Format::Csv => sheet::read(bytes, options),
    }?;
    reading.skip_repeated_ids();
    parents::settle(&mut reading, format);
    Ok(reading)
}
