//! One event as one line.

use std::collections::HashMap;
use std::fmt::Write;

use chrono::SecondsFormat;
use kafka_es::rule::{Verdict, judge};
use kafka_es::{Envelope, EnvelopeError, LogRecord};

/// Turns records into lines, judging which of them are events.
pub(super) struct Printer {
    stream: Option<String>,
    width: usize,
    /// The last sequence of each stream, by topic.
    heads: HashMap<(String, String), u64>,
}

impl Printer {
    /// Prints `stream` or everything, lines cut to `width` characters unless that is 0.
    pub(super) fn new(stream: Option<String>, width: usize) -> Self {
        Self { stream, width, heads: HashMap::new() }
    }

    /// The lines of a record with their ends; none for a record that lost, or of another stream.
    pub(super) fn lines(&mut self, record: &LogRecord) -> String {
        let stream = record.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        if self.stream.as_deref().is_some_and(|wanted| wanted != stream) {
            return String::new();
        }
        let envelopes = match &record.content {
            Ok(envelopes) => envelopes,
            Err(EnvelopeError::Blank) => return String::new(),
            Err(error) => return self.cut(&format!("{} no event: {error} (key {stream:?})", record.position)),
        };
        let (Some(first), Some(last)) = (envelopes.first(), envelopes.last()) else { return String::new() };
        let head = self.heads.entry((record.position.topic.clone(), stream.into_owned())).or_default();
        match judge(*head, first.sequence) {
            Verdict::Accepted => *head = last.sequence,
            Verdict::Void => return String::new(),
            Verdict::Gap { expected } => {
                let gap = format!(
                    "{} no event: sequence {} of {} comes before {expected}",
                    record.position, first.sequence, first.partitionkey
                );
                return self.cut(&gap);
            }
        }
        envelopes.iter().map(|envelope| self.cut(&line(envelope))).collect()
    }

    fn cut(&self, line: &str) -> String {
        let mut cut: String = match line.char_indices().nth(self.width) {
            Some((at, _)) if self.width > 0 => format!("{}…", &line[..at]),
            _ => line.to_owned(),
        };
        cut.push('\n');
        cut
    }
}

fn line(envelope: &Envelope) -> String {
    let time = envelope.time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut line = format!("{time} {} {} {}", envelope.event_type, envelope.partitionkey, envelope.sequence);
    // Control characters inside of JSON strings are escaped, so this stays one line; a record may be laid out over several.
    let data = serde_json::from_str::<serde_json::Value>(envelope.data.get())
        .map_or_else(|_| String::new(), |data| data.to_string());
    // Writing to a string never fails.
    let _ = write!(line, " {data}");
    line
}

#[cfg(test)]
mod tests {
    use kafka_es::Position;
    use serde_json::json;

    use super::*;

    fn record(offset: i64, stream: &str, sequence: u64, title: &str) -> LogRecord {
        let envelope = json!({
            "specversion": "1.0", "id": format!("{stream}@{sequence}"), "source": "/tenants/default",
            "type": "tasklog.task.created.v1", "subject": "x", "time": "2026-11-23T19:00:00Z",
            "datacontenttype": "application/json", "partitionkey": stream, "sequence": sequence,
            "tenant": "default", "commandid": "c", "actor": "a", "data": {"title": title},
        });
        LogRecord {
            position: Position { topic: "task-events".into(), partition: 0, offset },
            key: Some(stream.as_bytes().to_vec()),
            timestamp_ms: None,
            traceparent: None,
            content: Ok(vec![serde_json::from_value(envelope).unwrap()]),
            raw: Vec::new(),
        }
    }

    #[test]
    fn given_two_records_of_one_sequence_when_printed_then_only_the_first_is_an_event() {
        let mut printer = Printer::new(None, 0);
        let won = printer.lines(&record(0, "default/a", 1, "won"));
        assert_eq!(won, "2026-11-23T19:00:00.000Z tasklog.task.created.v1 default/a 1 {\"title\":\"won\"}\n");
        assert_eq!(printer.lines(&record(1, "default/a", 1, "lost")), "");
        assert!(printer.lines(&record(2, "default/a", 3, "gap")).contains("comes before 2"));
        assert!(printer.lines(&record(3, "default/a", 2, "next")).contains("next"));
        let blank = LogRecord { content: Err(EnvelopeError::Blank), ..record(4, "kafka-es.barrier/0", 0, "") };
        assert_eq!(printer.lines(&blank), "");
    }

    #[test]
    fn given_a_stream_and_a_width_when_printed_then_others_are_left_out_and_lines_are_cut() {
        let mut printer = Printer::new(Some("default/a".into()), 10);
        assert_eq!(printer.lines(&record(0, "default/b", 1, "other")), "");
        assert_eq!(printer.lines(&record(1, "default/a", 1, "long")), "2026-11-23…\n");
    }
}
