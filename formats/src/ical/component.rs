//! The components of a file, one in the other.

use super::content::{Line, unfold};
use crate::ReadError;

/// No program nests more than an alarm in a task in a calendar.
const DEPTH_MAX: usize = 8;

/// What stands between BEGIN and END.
#[derive(Debug, Default)]
pub(super) struct Component {
    /// In upper case.
    pub(super) name: String,
    /// Of its BEGIN, from 1.
    pub(super) line: usize,
    pub(super) lines: Vec<Line>,
    /// What stands there and is no content line, with its number.
    pub(super) unreadable: Vec<(usize, String)>,
    pub(super) children: Vec<Component>,
}

impl Component {
    /// The first line of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }
}

/// The calendars of a file.
///
/// # Errors
/// It is no iCalendar, or another version, or a component does not end where it should.
pub(super) fn calendars(bytes: &[u8]) -> Result<Vec<Component>, ReadError> {
    // Around all is a component that no file names.
    let mut open = vec![Component::default()];
    let mut last = 1;
    for (number, text) in unfold(bytes)? {
        last = number;
        let parsed = Line::parse(&text);
        match parsed.as_ref().map(|line| (line.name.as_str(), line.value.trim().to_ascii_uppercase())) {
            Some(("BEGIN", name)) => {
                if open.len() > DEPTH_MAX {
                    return Err(ReadError::new(number, format!("BEGIN:{name} is nested too deeply")));
                }
                if open.len() == 1 && name != "VCALENDAR" {
                    return Err(ReadError::new(number, format!("BEGIN:VCALENDAR should stand here, not BEGIN:{name}")));
                }
                open.push(Component { name, line: number, ..Component::default() });
            }
            Some(("END", name)) => close(&mut open, &name, number)?,
            _ => add(&mut open, parsed, text, number)?,
        }
    }
    match <[Component; 1]>::try_from(open) {
        Ok([all]) if all.children.is_empty() => Err(ReadError::new(1, "BEGIN:VCALENDAR should stand here")),
        Ok([all]) => Ok(all.children),
        Err(open) => {
            let name = open.last().map_or("", |component| component.name.as_str());
            Err(ReadError::new(last, format!("the file ends before END:{name}; it may be cut off")))
        }
    }
}

fn close(open: &mut Vec<Component>, name: &str, number: usize) -> Result<(), ReadError> {
    match (open.pop(), open.last_mut()) {
        (Some(ended), Some(around)) if ended.name == name => {
            around.children.push(ended);
            Ok(())
        }
        (Some(ended), Some(_)) => {
            Err(ReadError::new(number, format!("END:{} should stand here, not END:{name}", ended.name)))
        }
        _ => Err(ReadError::new(number, format!("END:{name} has no BEGIN"))),
    }
}

fn add(open: &mut [Component], parsed: Option<Line>, text: String, number: usize) -> Result<(), ReadError> {
    let is_outside = open.len() == 1;
    let Some(inner) = open.last_mut() else { return Ok(()) };
    match parsed {
        _ if text.trim().is_empty() => {}
        _ if is_outside => return Err(ReadError::new(number, "BEGIN:VCALENDAR should stand here")),
        Some(line) if line.name == "VERSION" && inner.name == "VCALENDAR" && line.value.trim() == "1.0" => {
            return Err(ReadError::new(number, "is vCalendar 1.0; save the file as iCalendar, which is VERSION:2.0"));
        }
        Some(line) => inner.lines.push(line),
        None => inner.unreadable.push((number, text)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn given_calendars_when_read_then_each_component_holds_its_own() {
        let text = "\n\nBEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:a\n b\nwhat is this\nBEGIN:VALARM\nACTION:DISPLAY\nEND:VALARM\n\nUID:1\nEND:VTODO\nend:vcalendar\nBEGIN:VCALENDAR\nEND:VCALENDAR\n";
        let calendars = calendars(text.as_bytes()).unwrap();
        let todo = &calendars[0].children[0];
        assert_eq!((calendars.len(), todo.name.as_str(), todo.line, todo.lines.len()), (2, "VTODO", 4, 2));
        assert_eq!(todo.unreadable, [(7, "what is this".to_owned())]);
        assert_eq!((todo.children[0].name.as_str(), todo.children[0].lines.len()), ("VALARM", 1));
    }

    #[test]
    fn given_what_is_no_calendar_when_read_then_the_line_and_what_would_be_right() {
        let deep = format!("BEGIN:VCALENDAR\n{}", "BEGIN:X\n".repeat(100_000));
        for (text, line, says) in [
            ("", 1, "BEGIN:VCALENDAR"),
            ("title,due\n", 1, "BEGIN:VCALENDAR"),
            ("BEGIN:VTODO\n", 1, "BEGIN:VCALENDAR"),
            ("BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VCALENDAR\n", 3, "END:VTODO"),
            ("BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x", 3, "cut off"),
            ("BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n", 3, "no BEGIN"),
            ("BEGIN:VCALENDAR\nVERSION:1.0\n", 2, "2.0"),
            (&deep, 9, "deeply"),
        ] {
            let error = calendars(text.as_bytes()).unwrap_err();
            assert!(error.line == line && error.detail.contains(says), "{error}");
        }
    }

    proptest! {
        #[test]
        fn given_any_lines_when_read_then_never_a_panic(
            text in "((BEGIN|END|begin):(VCALENDAR|VTODO|VALARM)\r?\n|[A-Z:; ]{0,5}\n){0,12}", bytes in any::<Vec<u8>>()
        ) {
            let _answer = (calendars(text.as_bytes()).is_ok(), calendars(&bytes).is_ok());
        }
    }
}
