//! What the clients asked and were told, and when.

use kafka_es::EventStore;
use kafka_es::conformance::{Answer, Attempt as Audited, Call, Counter, Question, Told, ask};
use serde::Serialize;

use super::clock::Clock;

/// One try of a call at one writer.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// Number of the writer.
    pub writer: usize,
    /// When it was sent, microseconds after the run's beginning.
    pub start_us: u64,
    /// When its answer was there or was given up.
    pub end_us: u64,
    /// What was told.
    pub answer: Answer,
}

/// One operation: a call, and its tries. A command of unknown outcome may be tried again at another writer under the
/// same id: that is still one operation, from the first start to the last end.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// What was asked.
    pub call: Call,
    /// Each try, in order; at least one.
    pub attempts: Vec<Attempt>,
}

/// What is known of an operation when its client is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known<'a> {
    /// The answer, good from the second time to the third, microseconds after the run's beginning.
    Answered(&'a Answer, u64, u64),
    /// Nothing was written and nothing was told.
    Nothing,
    /// It may be in the stream, or come to be in it at any time after this.
    Unknown(u64),
}

impl Operation {
    /// Asks a store of this process; `number` stands for it in the history.
    pub async fn ask(store: &EventStore<Counter>, number: usize, call: Call, clock: &Clock) -> Self {
        let start_us = clock.now_us();
        let answer = ask(store, call.clone()).await;
        let attempt = Attempt { writer: number, start_us, end_us: clock.now_us(), answer };
        Self { call, attempts: vec![attempt] }
    }

    /// What is known of it.
    ///
    /// An answer that the command is in the stream is good for all tries, since any of them may have written it. A refusal
    /// is the last try's alone: what the ones before it were up to is not known, but they cannot have written it, which
    /// the audit checks.
    ///
    /// # Panics
    /// When it was never tried.
    #[must_use]
    pub fn known(&self) -> Known<'_> {
        let (first, last) = (&self.attempts[0], self.attempts.last().unwrap());
        let in_doubt = self.attempts.iter().any(|attempt| matches!(attempt.answer, Answer::Unknown { .. }));
        match &last.answer {
            answer @ Answer::Committed { .. } => Known::Answered(answer, first.start_us, last.end_us),
            answer @ (Answer::Read { .. } | Answer::WrongVersion { .. } | Answer::Rejected { .. }) => {
                Known::Answered(answer, last.start_us, last.end_us)
            }
            _ if in_doubt => Known::Unknown(first.start_us),
            _ => Known::Nothing,
        }
    }

    /// Whether it only reads.
    #[must_use]
    pub fn is_read(&self) -> bool {
        matches!(self.call.question, Question::Look | Question::Load)
    }

    /// What the audit of the log compares; nothing for a read.
    #[must_use]
    pub fn audited(&self) -> Option<Audited> {
        let told = match self.known() {
            _ if self.is_read() => return None,
            Known::Answered(Answer::Committed { sequence, position, .. }, ..) => {
                Told::Acknowledged { sequence: *sequence, position: position.clone() }
            }
            Known::Answered(refusal, ..) => Told::Refused { reason: format!("{refusal:?}") },
            Known::Nothing => Told::Refused { reason: "not written".to_owned() },
            Known::Unknown(_) => Told::Unknown { reason: String::new() },
        };
        Some(Audited { stream: self.call.stream.clone(), command_id: self.call.command_id.clone(), told })
    }

    /// The kind of its outcome, for counting.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.known() {
            Known::Answered(Answer::Committed { .. }, ..) => "committed",
            Known::Answered(Answer::Read { .. }, ..) => "read",
            Known::Answered(Answer::WrongVersion { .. }, ..) => "refused for its version",
            Known::Answered(..) => "refused by the rule",
            Known::Nothing => "not available",
            Known::Unknown(_) => "unknown",
        }
    }

    /// Why a writer says that a partition is stopped, if one does.
    #[must_use]
    pub fn stopped(&self) -> Option<&str> {
        self.attempts.iter().find_map(|attempt| match &attempt.answer {
            Answer::Stopped { reason } => Some(reason.as_str()),
            _ => None,
        })
    }
}
