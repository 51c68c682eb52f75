//! Content lines (RFC 5545 section 3.1): escaped, and folded after 75 bytes.
//!
//! `icalendar` could write them itself, but its folding (0.17) takes the number of a byte for that of a character: emoji and later
//! white space in one text make it fold in the wrong place, or panic.

use icalendar::{Component as _, Property, Todo, ValueType};

/// Bytes of a line, its end not counted.
const LINE_MAX_BYTES: usize = 75;
/// Its value is a list whose items are escaped already.
const LIST: &str = "CATEGORIES";

/// Writes a component.
pub(super) fn write(todo: &Todo, out: &mut String) {
    let kind = todo.component_kind();
    fold(&format!("BEGIN:{kind}"), out);
    for property in todo.properties().values().chain(todo.multi_properties().values().flatten()) {
        fold(&line(property), out);
    }
    fold(&format!("END:{kind}"), out);
}

fn line(property: &Property) -> String {
    let mut line = property.key().to_owned();
    // Ours are VALUE and TZID, whose values need no quotes.
    for parameter in property.params().values() {
        line.extend([";", parameter.key(), "=", parameter.value()]);
    }
    line.push(':');
    if property.value_type() == Some(ValueType::Text) && property.key() != LIST {
        escape(property.value(), &mut line);
    } else {
        line.push_str(property.value());
    }
    line
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}

/// Writes a line, cut between characters so that no part is too long. Parts after the first begin with a space, which readers
/// take away.
pub(super) fn fold(line: &str, out: &mut String) {
    let (mut rest, mut room) = (line, LINE_MAX_BYTES);
    while rest.len() > room {
        let (part, later) = rest.split_at(rest.floor_char_boundary(room));
        out.extend([part, "\r\n "]);
        (rest, room) = (later, LINE_MAX_BYTES - 1);
    }
    out.extend([rest, "\r\n"]);
}
