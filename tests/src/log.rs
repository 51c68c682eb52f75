//! What the log has in the end, folded by the rule that the first record wins.

use std::collections::{BTreeMap, HashMap};

use kafka_es::conformance::read_all;
use kafka_es::rule::{Verdict, judge};
use kafka_es::{EnvelopeError, KafkaSettings};

const TOPICS: [&str; 2] = ["task-events", "reminders"];

/// Both topics.
#[derive(Debug, Default)]
pub struct Log {
    /// The last version of each task and reminder.
    pub heads: BTreeMap<String, u64>,
    /// The subjects in which a command was accepted.
    pub commands: HashMap<String, Vec<String>>,
    /// The types of the events of each task and reminder.
    pub types: BTreeMap<String, Vec<String>>,
    /// How many records came second.
    pub void: usize,
}

impl Log {
    /// Reads all there is.
    ///
    /// # Panics
    /// When it cannot be read, a stream has a gap, or a record is none of ours.
    pub async fn read(brokers: &str) -> Self {
        let mut log = Self::default();
        for topic in TOPICS {
            log.fold(brokers, topic).await;
        }
        log
    }

    async fn fold(&mut self, brokers: &str, topic: &str) {
        for record in read_all(&KafkaSettings::new(brokers), topic).await {
            let events = match record.content {
                Ok(events) => events,
                // A writer leaves one to learn where a partition ends.
                Err(EnvelopeError::Blank) => continue,
                Err(error) => panic!("{}: {error}", record.position),
            };
            let (first, last) = (&events[0], &events[events.len() - 1]);
            let head = self.heads.entry(first.subject.clone()).or_default();
            match judge(*head, first.sequence) {
                Verdict::Accepted => {
                    *head = last.sequence;
                    self.commands.entry(last.commandid.clone()).or_default().push(last.subject.clone());
                    let types = events.iter().map(|event| event.event_type.clone());
                    self.types.entry(first.subject.clone()).or_default().extend(types);
                }
                Verdict::Void => self.void += 1,
                Verdict::Gap { expected } => panic!("{} instead of {expected} at {}", first.sequence, record.position),
            }
        }
    }

    /// How often a subject has an event of this type.
    #[must_use]
    pub fn count(&self, subject: &str, event_type: &str) -> usize {
        self.types.get(subject).map_or(0, |types| types.iter().filter(|it| *it == event_type).count())
    }
}
