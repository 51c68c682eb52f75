//! The calendar that is imported by the command and by the API.

/// A task with two alarms, one that is due in no zone, and what is none.
pub(super) const CALENDAR: &str = "\
BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Example//Tasks//EN\r
BEGIN:VTODO\r
UID:4711@example.org\r
SUMMARY:Hand in the tax return\r
DESCRIPTION:Forms are in the blue folder.\\nAsk Ann.\r
CATEGORIES:Money\r
PRIORITY:1\r
DUE;TZID=Europe/Berlin:20901203T170000\r
RRULE:FREQ=YEARLY\r
GEO:52.52;13.405\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
TRIGGER;RELATED=END:-PT30M\r
END:VALARM\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
TRIGGER;VALUE=DATE-TIME:20901202T090000Z\r
END:VALARM\r
END:VTODO\r
BEGIN:VTODO\r
UID:4712@example.org\r
SUMMARY:Call back\r
DUE:20901204T080000\r
END:VTODO\r
BEGIN:VEVENT\r
UID:4713@example.org\r
DTSTAMP:20261101T080000Z\r
DTSTART:20901204T083000Z\r
SUMMARY:Dentist\r
END:VEVENT\r
END:VCALENDAR\r
";
