//! Lines with their ids, grouped into requests.

use std::io;

use formats::Imported;
use formats::ids::{LineIds, id_of_other};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Refused;
use super::lines::{LINE_MAX_BYTES, Line, Source};

/// Lines in a request at most.
const BATCH_MAX_LINES: usize = 500;
/// Bytes in a request at most; the server takes 1 MiB.
const BATCH_MAX_BYTES: usize = 1024 * 1024;

/// A line as it is sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prepared {
    /// Its number in the file, from 1; of another program's file that of the task.
    pub(super) number: u64,
    /// Its content with its line end.
    pub(super) text: Vec<u8>,
    /// The id another program gave it, from which its own follows.
    pub(super) foreign_id: Option<String>,
    /// Bodies of `POST /tasks/{id}/reminders`, for when the task is there.
    pub(super) reminders: Vec<Map<String, Value>>,
}

/// Lines of one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) lines: Vec<Prepared>,
    bytes: usize,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn body(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| line.text.iter().copied()).collect()
    }

    pub(super) fn has_room_for(&self, line: &Prepared) -> bool {
        self.lines.len() < BATCH_MAX_LINES && self.bytes + line.text.len() <= BATCH_MAX_BYTES
    }

    pub(super) fn push(&mut self, line: Prepared) {
        self.bytes += line.text.len();
        self.lines.push(line);
    }
}

/// A request to send, and lines before its end that cannot be sent.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) batch: Batch,
    pub(super) refused: Vec<Refused>,
    /// See [`super::Answer::at`].
    pub(super) at: u64,
}

/// Reads the file to its end into `out`; stops early when nobody listens any more.
pub(super) fn read_all(mut source: Source, out: &mpsc::Sender<Read>) -> io::Result<()> {
    let mut requests = Requests::new(out);
    let mut number = 0;
    while let Some(line) = source.next_line()? {
        number += 1;
        if !requests.add(line, number, Vec::new(), source.read_bytes()) {
            return Ok(());
        }
    }
    requests.finish(source.read_bytes());
    Ok(())
}

/// The same for the tasks of another program's file.
pub(super) fn read_tasks(tasks: Vec<Imported>, out: &mpsc::Sender<Read>) {
    let mut requests = Requests::new(out);
    let mut number = 0;
    for Imported { line, reminders, .. } in tasks {
        number += 1;
        let line = Line::Read(Value::Object(line).to_string().into_bytes());
        if !requests.add(line, number, reminders, number) {
            return;
        }
    }
    requests.finish(number);
}

/// Requests being filled, one after the other.
struct Requests<'a> {
    out: &'a mpsc::Sender<Read>,
    read: Read,
    ids: LineIds,
}

impl<'a> Requests<'a> {
    fn new(out: &'a mpsc::Sender<Read>) -> Self {
        Self { out, read: Read::default(), ids: LineIds::default() }
    }

    /// Adds a line, and with it the reminders of its task; false when nobody listens any more.
    fn add(&mut self, line: Line, number: u64, reminders: Vec<Map<String, Value>>, at: u64) -> bool {
        match prepare(line, number, &mut self.ids) {
            Ok(None) => {}
            Ok(Some(line)) => {
                if !self.read.batch.has_room_for(&line) {
                    self.read.at = at;
                    if self.out.blocking_send(std::mem::take(&mut self.read)).is_err() {
                        return false;
                    }
                }
                self.read.batch.push(Prepared { reminders, ..line });
            }
            Err(why) => self.read.refused.push(Refused { line: number, field: String::new(), why }),
        }
        true
    }

    /// Sends what is left.
    fn finish(mut self, at: u64) {
        self.read.at = at;
        // Nobody listens when sending failed; that failure is reported.
        let _ = self.out.blocking_send(self.read);
    }
}

/// The line as it is sent, with its id; `None` for a blank one; else why it cannot be sent.
fn prepare(line: Line, number: u64, ids: &mut LineIds) -> Result<Option<Prepared>, String> {
    let Line::Read(line) = line else { return Err(format!("the line is over {LINE_MAX_BYTES} bytes")) };
    let text = str::from_utf8(&line).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Ok(None);
    }
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))?;
    let (text, foreign_id) = with_id(text, object, ids);
    let mut text = text.into_bytes();
    text.push(b'\n');
    Ok(Some(Prepared { number, text, foreign_id, reminders: Vec::new() }))
}

/// `text`, whose members are `object`, with a UUID as its `id` that is the same whenever the file is imported, and the id that stood in
/// its place.
fn with_id(text: &str, mut object: Map<String, Value>, ids: &mut LineIds) -> (String, Option<String>) {
    let foreign = match object.get("id") {
        // An export's own id: the line goes as it is, and a wrong one is the server's to refuse.
        Some(Value::String(own)) if Uuid::try_parse(own).is_ok() => return (text.to_owned(), None),
        // The id of another program.
        Some(own @ (Value::String(_) | Value::Number(_))) => own.to_string(),
        Some(_) => return (text.to_owned(), None),
        None => {
            let id = ids.next(&object);
            // Written into the text, so that the server judges the line itself, doubled members included.
            let members = text[1..].trim_start();
            let comma = if members.starts_with('}') { "" } else { "," };
            return (format!("{{\"id\":\"{id}\"{comma}{members}"), None);
        }
    };
    object.insert("id".to_owned(), id_of_other(&foreign).to_string().into());
    (Value::Object(object).to_string(), Some(foreign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(ids: &mut LineIds, line: &str) -> Map<String, Value> {
        let line = prepare(Line::Read(line.as_bytes().to_vec()), 1, ids).unwrap().unwrap();
        serde_json::from_slice(&line.text).unwrap()
    }

    #[test]
    fn given_the_same_lines_twice_when_prepared_then_they_get_the_same_ids() {
        let lines = [
            "{\"title\":\"a\",\"tags\":[1]}",
            "{ \"tags\": [1], \"title\": \"a\" }",
            "{\"title\":\"b\"}",
            "{\"id\":17,\"title\":\"c\"}",
            "{}",
        ];
        let run = || {
            let mut ids = LineIds::default();
            lines.map(|line| prepared(&mut ids, line)["id"].as_str().unwrap().to_owned())
        };
        let ids = run();
        assert_eq!(ids, run());
        assert!(ids.iter().all(|id| Uuid::try_parse(id).is_ok()));
        assert_ne!(ids[0], ids[1], "equal lines are two tasks");
    }

    #[test]
    fn given_equal_content_in_another_order_when_first_then_it_has_the_same_id() {
        let one = prepared(&mut LineIds::default(), "{\"title\":\"a\",\"tags\":[]}");
        let other = prepared(&mut LineIds::default(), " {\"tags\" : [], \"title\":\"a\"}");
        assert_eq!(one["id"], other["id"]);
    }

    #[test]
    fn given_an_exported_line_when_prepared_then_it_goes_as_it_is() {
        let line = "{\"id\":\"01234567-89ab-7def-8123-456789abcdef\",\"title\":\"a\",\"title\":\"b\"}";
        let sent = prepare(Line::Read(line.into()), 7, &mut LineIds::default()).unwrap().unwrap();
        assert_eq!(sent, Prepared { number: 7, text: format!("{line}\n").into_bytes(), ..Prepared::default() });
    }

    #[test]
    fn given_the_id_of_another_program_when_prepared_then_the_own_id_follows_from_it_whatever_the_rest_says() {
        let line = |text: &str| prepare(Line::Read(text.into()), 1, &mut LineIds::default()).unwrap().unwrap();
        let (one, other) = (line("{\"id\":1,\"title\":\"a\"}"), line("{\"title\":\"b\",\"id\":1}"));
        assert_eq!((one.foreign_id.as_deref(), other.foreign_id.as_deref()), (Some("1"), Some("1")));
        let id = |line: &Prepared| serde_json::from_slice::<Value>(&line.text).unwrap()["id"].clone();
        assert_eq!(id(&one), id(&other));
        assert_ne!(id(&one), id(&line("{\"id\":\"1\",\"title\":\"a\"}")), "a text is not a number");
    }

    #[test]
    fn given_lines_that_cannot_be_sent_then_each_says_why() {
        let mut ids = LineIds::default();
        for (line, why) in
            [("[1]", "not a JSON object"), ("{\"a\":", "not a JSON object"), ("{\"a\":1}}", "not a JSON object")]
        {
            let said = prepare(Line::Read(line.into()), 1, &mut ids).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        assert!(prepare(Line::Read(vec![b'"', 0xff]), 1, &mut ids).unwrap_err().contains("UTF-8"));
        assert!(prepare(Line::TooLong, 1, &mut ids).is_err());
        assert_eq!(prepare(Line::Read(b"  ".to_vec()), 1, &mut ids), Ok(None));
    }

    #[tokio::test]
    async fn given_more_lines_than_a_request_takes_when_read_then_numbers_go_on_and_nothing_is_lost() {
        let text: String =
            (0..1234).map(|n| if n == 700 { "oops\n".to_owned() } else { format!("{{\"n\":{n}}}\n") }).collect();
        let source = Source::new(io::Cursor::new(text), None).unwrap();
        let (out, mut input) = mpsc::channel(10);
        tokio::task::spawn_blocking(move || read_all(source, &out)).await.unwrap().unwrap();
        let mut numbers = Vec::new();
        let mut refused = Vec::new();
        while let Some(read) = input.recv().await {
            assert!(read.batch.lines.len() <= BATCH_MAX_LINES);
            numbers.extend(read.batch.lines.iter().map(|line| line.number));
            refused.extend(read.refused.iter().map(|refused| refused.line));
        }
        assert_eq!((numbers.len(), refused), (1233, vec![701]));
        assert_eq!(numbers, (1..=1234).filter(|number| *number != 701).collect::<Vec<_>>());
    }
}
