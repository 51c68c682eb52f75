//! A file of calendars, of which the VTODOs are tasks.

use super::component::{Component, calendars};
use super::todo;
use super::tzid::Zones;
use crate::text::shown;
use crate::{Options, ReadError, Reading};

/// Reads all VTODOs; other components but VTIMEZONE are counted.
///
/// # Errors
/// The file is no iCalendar, or ends too early.
pub(crate) fn read(bytes: &[u8], options: &Options<'_>) -> Result<Reading, ReadError> {
    let calendars = calendars(bytes)?;
    let zones = Zones::of(&calendars, options.zone);
    let mut reading = Reading::default();
    for component in calendars.iter().flat_map(|calendar| &calendar.children) {
        match component.name.as_str() {
            "VTODO" => reading.tasks.push(todo::read(component, &zones, options.now)),
            "VTIMEZONE" => {}
            other => reading.skip(other),
        }
    }
    Ok(reading)
}

/// Its place in the file, for people.
pub(super) fn source(todo: &Component) -> String {
    let place = format!("VTODO at line {}", todo.line);
    match todo.get("UID") {
        Some(uid) => format!("{place} (UID {})", shown(&uid.value, 60)),
        None => place,
    }
}
