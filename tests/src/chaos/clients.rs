//! Clients: each a thread of its own, one call at a time, at any writer.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kafka_es::conformance::{Answer, Call, Question};
use tokio::sync::Notify;

use super::clock::Clock;
use super::dice::Dice;
use super::history::{Attempt, Known, Operation};
use super::model::State;
use super::writers::{Connection, Lost};

/// Streams that are raced for at a time.
const STREAMS: u64 = 9;
/// After so long the clients go on to other streams, so that no history gets long.
const STREAMS_LAST: Duration = Duration::from_secs(30);
/// A command of unknown outcome is tried again so many times, in all.
const ATTEMPTS_MAX: usize = 3;
/// Longer than a writer takes at most (4 s).
const PATIENCE: Duration = Duration::from_secs(6);
/// A client that gives up early and asks elsewhere, while its command is under way.
const LITTLE_PATIENCE: Duration = Duration::from_millis(1_200);

/// How far the clients are, while they run.
#[derive(Debug, Default)]
pub struct Progress {
    /// Operations that were committed or read.
    pub done: AtomicU64,
    /// Operations that came to nothing, or nobody knows.
    pub failed: AtomicU64,
}

/// One client.
pub struct Client {
    name: String,
    dice: Dice,
    clock: Arc<Clock>,
    progress: Arc<Progress>,
    /// Port and connection of each writer.
    writers: Vec<(u16, Option<Connection>)>,
    seen: HashMap<String, State>,
    /// Number of the next call.
    next: u64,
}

impl Client {
    /// A client that has not asked anything yet.
    #[must_use]
    pub fn new(name: &str, seed: u64, ports: &[u16], clock: &Arc<Clock>, progress: &Arc<Progress>) -> Self {
        Self {
            name: name.to_owned(),
            dice: Dice::new(seed, name),
            clock: clock.clone(),
            progress: progress.clone(),
            writers: ports.iter().map(|port| (*port, None)).collect(),
            seen: HashMap::new(),
            next: 0,
        }
    }

    /// Asks until so long after the run's beginning; every operation.
    pub async fn run(mut self, until: Duration) -> Vec<Operation> {
        let mut operations = Vec::new();
        while self.clock.elapsed() < until {
            let operation = self.operate().await;
            let pause = match operation.known() {
                Known::Answered(..) => self.dice.time(5, 60),
                _ => self.dice.time(20, 200),
            };
            operations.push(operation);
            tokio::time::sleep(pause).await;
        }
        operations
    }

    /// Asks the last writer to read, each time a frozen broker is about to thaw, until so long after the run's beginning;
    /// every operation. A writer that nobody asks meanwhile still believes in the leader that was deposed, and the question
    /// reaches that leader before it knows.
    pub async fn watch(mut self, until: Duration, thaws: Arc<Notify>) -> Vec<Operation> {
        let mut operations = Vec::new();
        let last = self.writers.len() - 1;
        loop {
            let left = until.saturating_sub(self.clock.elapsed());
            if tokio::time::timeout(left, thaws.notified()).await.is_err() {
                return operations;
            }
            let question = self.dice.weighted(&[(1, Question::Look), (1, Question::Load)]);
            let stream = self.current_stream();
            let call = self.call(stream, None, question);
            let attempt = self.attempt(last, &call, PATIENCE).await;
            operations.push(Operation { call, attempts: vec![attempt] });
        }
    }

    /// Asks every writer to add to each of the streams, until all did or it is so long after the run's beginning. Every
    /// operation, and whether all did.
    pub async fn visit(&mut self, streams: &[String], until: Duration) -> (Vec<Operation>, bool) {
        let mut operations = Vec::new();
        for (writer, stream) in (0..self.writers.len()).flat_map(|writer| streams.iter().map(move |s| (writer, s))) {
            loop {
                let call = self.call(stream.clone(), None, Question::Add { by: 1 });
                let attempt = self.attempt(writer, &call, PATIENCE).await;
                let committed = matches!(attempt.answer, Answer::Committed { .. });
                operations.push(Operation { call, attempts: vec![attempt] });
                if committed {
                    break;
                }
                if self.clock.elapsed() > until {
                    return (operations, false);
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        (operations, true)
    }

    async fn operate(&mut self) -> Operation {
        let call = self.draw();
        let mut operation = Operation { call, attempts: Vec::new() };
        // The last writer is seldom asked, see `watch`.
        let last = self.writers.len() - 1;
        let mut writer = self.dice.index(last);
        loop {
            let patience = if self.dice.chance(15) { LITTLE_PATIENCE } else { PATIENCE };
            let attempt = self.attempt(writer, &operation.call, patience).await;
            let again = matches!(attempt.answer, Answer::Unknown { .. }) && !operation.is_read();
            operation.attempts.push(attempt);
            if !again || operation.attempts.len() == ATTEMPTS_MAX || self.dice.chance(30) {
                break;
            }
            writer = (writer + 1 + self.dice.index(last - 1)) % last;
            tokio::time::sleep(self.dice.time(1, 300)).await;
        }
        self.learn(&operation);
        operation
    }

    /// A stream of this time, and a question about it.
    fn draw(&mut self) -> Call {
        let stream = self.current_stream();
        let seen = self.seen.get(&stream).copied().unwrap_or_default();
        let near = i64::try_from(self.dice.below(6)).unwrap();
        let version = Some(seen.sequence);
        let (expected, question) = self.dice.weighted(&[
            (30, (None, Question::Add { by: 1 + near })),
            (20, (version, Question::Add { by: 1 })),
            (15, (None, Question::AddBelow { by: 1, limit: seen.value + near })),
            (5, (version, Question::AddBelow { by: 1, limit: seen.value + near })),
            (15, (None, Question::Look)),
            (15, (None, Question::Load)),
        ]);
        self.call(stream, expected, question)
    }

    fn current_stream(&mut self) -> String {
        let time = self.clock.elapsed().as_secs() / STREAMS_LAST.as_secs();
        stream(time, self.dice.below(STREAMS))
    }

    fn call(&mut self, stream: String, expected: Option<u64>, question: Question) -> Call {
        self.next += 1;
        Call { stream, command_id: format!("{}-{}", self.name, self.next), expected, question }
    }

    async fn attempt(&mut self, writer: usize, call: &Call, patience: Duration) -> Attempt {
        let start_us = self.clock.now_us();
        let exchanged = tokio::time::timeout(patience, self.exchange(writer, call)).await;
        let answer = exchanged.unwrap_or_else(|_| Answer::Unknown { reason: "no answer in time".to_owned() });
        let end_us = self.clock.now_us();
        Attempt { writer, start_us, end_us, answer }
    }

    async fn exchange(&mut self, writer: usize, call: &Call) -> Answer {
        let (port, kept) = &mut self.writers[writer];
        let lost = match kept.take() {
            Some(connection) => Ok(connection),
            None => Connection::open(*port).await,
        };
        let asked = match lost {
            Ok(mut connection) => connection.ask(call).await.map(|answer| (connection, answer)),
            Err(lost) => Err(lost),
        };
        match asked {
            Ok((connection, answer)) => {
                *kept = Some(connection);
                answer
            }
            Err(Lost::NotSent(reason)) => Answer::NotWritten { reason },
            Err(Lost::Sent(reason)) => Answer::Unknown { reason },
        }
    }

    fn learn(&mut self, operation: &Operation) {
        let known = match operation.known() {
            Known::Answered(answer, ..) => answer,
            _ => {
                self.progress.failed.fetch_add(1, Ordering::Relaxed);
                return;
            }
        };
        self.progress.done.fetch_add(1, Ordering::Relaxed);
        let seen = self.seen.entry(operation.call.stream.clone()).or_default();
        match known {
            Answer::Committed { sequence, value, .. } | Answer::Read { sequence, value } => {
                *seen = State { sequence: *sequence, value: *value };
            }
            Answer::WrongVersion { actual } => seen.sequence = *actual,
            Answer::Rejected { value } => seen.value = *value,
            _ => {}
        }
    }
}

fn stream(time: u64, number: u64) -> String {
    format!("chaos/{time}/{number}")
}

/// The streams that are raced for at a time.
#[must_use]
pub fn streams_at(time: Duration) -> Vec<String> {
    (0..STREAMS).map(|number| stream(time.as_secs() / STREAMS_LAST.as_secs(), number)).collect()
}
