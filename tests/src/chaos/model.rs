//! A stream as it must look from outside: a counter with a version. Every answer of the event store has a state of this
//! in which it is right, and [`linearizability`](crate::linearizability) looks for an order that goes through them.

use std::collections::{BTreeMap, HashMap};

use kafka_es::LogRecord;
use kafka_es::conformance::{Answer, Call, Counter, Question};
use kafka_es::rule::{Verdict, judge};
use serde::Deserialize;

use super::history::{Known, Operation};
use crate::linearizability::{self, Failure};

/// A stream's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// Sequence of its last event.
    pub sequence: u64,
    /// The counter's value.
    pub value: i64,
}

/// A call and its answer.
#[derive(Clone, Debug)]
pub struct Done<'a> {
    /// What was asked.
    pub call: &'a Call,
    /// What was told; `Unknown` where an effect is possible and not known.
    pub answer: Answer,
}

/// The state after a call, or nothing when its answer is not right in this state.
#[must_use]
pub fn step(state: &State, done: &Done<'_>) -> Option<State> {
    let Call { expected, question, .. } = done.call;
    let version_fits = expected.is_none_or(|version| version == state.sequence);
    let adds = match question {
        Question::Add { by } => Some(*by),
        Question::AddBelow { by, limit } if state.value < *limit => Some(*by),
        _ => None,
    };
    let after = adds.map(|by| State { sequence: state.sequence + 1, value: state.value + by });
    let after = after.filter(|_| version_fits);
    match &done.answer {
        Answer::Committed { sequence, value, .. } => {
            after.filter(|after| (after.sequence, after.value) == (*sequence, *value))
        }
        Answer::Read { sequence, value } => (*state == State { sequence: *sequence, value: *value }).then_some(*state),
        Answer::WrongVersion { actual } => (!version_fits && state.sequence == *actual).then_some(*state),
        Answer::Rejected { value } => {
            (version_fits && adds.is_none() && state.value == *value && !is_read(question)).then_some(*state)
        }
        Answer::Unknown { .. } => after,
        Answer::NotWritten { .. } | Answer::Stopped { .. } => Some(*state),
    }
}

fn is_read(question: &Question) -> bool {
    matches!(question, Question::Look | Question::Load)
}

/// What the log says of the commands in it: the answer that each must have got, by stream and command id.
#[derive(Debug, Default)]
pub struct Log(HashMap<(String, String), Answer>);

impl Log {
    /// Applies the rule to the records, which ascend in each partition.
    ///
    /// # Panics
    /// When an event is not a counter's.
    #[must_use]
    pub fn read(records: &[LogRecord]) -> Self {
        #[derive(Deserialize)]
        struct Added {
            by: i64,
        }
        let mut streams: HashMap<&str, Counter> = HashMap::new();
        let mut answers = HashMap::new();
        for record in records {
            let Ok(events) = &record.content else { continue };
            let (Some(first), Some(last)) = (events.first(), events.last()) else { continue };
            let counter = streams.entry(&first.partitionkey).or_default();
            if judge(counter.events, first.sequence) != Verdict::Accepted {
                continue;
            }
            for event in events {
                counter.value += serde_json::from_str::<Added>(event.data.get()).unwrap().by;
                counter.events = event.sequence;
            }
            let answer =
                Answer::Committed { sequence: counter.events, value: counter.value, position: record.position.clone() };
            answers.insert((last.partitionkey.clone(), last.commandid.clone()), answer);
        }
        Self(answers)
    }

    fn answer(&self, call: &Call) -> Option<&Answer> {
        self.0.get(&(call.stream.clone(), call.command_id.clone()))
    }
}

/// The history of each stream. A command of unknown outcome took effect at some time when the log holds it, and never
/// when it does not: that leaves the search nothing to guess. The log must have been read after the last call.
#[must_use]
pub fn histories<'a>(
    operations: &'a [Operation],
    log: &Log,
) -> BTreeMap<&'a str, Vec<linearizability::Call<Done<'a>>>> {
    let mut streams: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for operation in operations {
        let call = &operation.call;
        let (answer, start, end) = match operation.known() {
            Known::Answered(answer, start, end) => (answer, start, Some(end)),
            Known::Unknown(start) => match log.answer(call) {
                Some(answer) => (answer, start, None),
                None => continue,
            },
            Known::Nothing => continue,
        };
        let done = Done { call, answer: answer.clone() };
        streams.entry(&call.stream).or_default().push(linearizability::Call { operation: done, start, end });
    }
    streams
}

/// Looks for an order of one stream's history; a stream without one is told with the place where every order ends.
///
/// # Errors
/// What is wrong, for people.
pub fn check(stream: &str, history: &[linearizability::Call<Done<'_>>]) -> Result<(), String> {
    match linearizability::check(State::default(), history, step) {
        Ok(()) => Ok(()),
        Err(Failure::TooHard) => Err(format!("{stream}: no order of {} operations was found in time", history.len())),
        Err(Failure::NotLinearizable { placed, stuck, state }) => {
            let call = &history[stuck];
            Err(format!(
                "{stream}: not linearizable: {placed} of {} operations have an order, after which the stream is at sequence {}, value {}; there is no place for {:?} {:?} from {} to {} µs, which was told {:?}",
                history.len(),
                state.sequence,
                state.value,
                call.operation.call.command_id,
                (&call.operation.call.question, call.operation.call.expected),
                call.start,
                call.end.unwrap_or(u64::MAX),
                call.operation.answer
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use kafka_es::Position;
    use proptest::prelude::*;

    use super::*;
    use crate::linearizability::Call as Timed;

    fn call(question: Question, expected: Option<u64>) -> Call {
        Call { stream: "s".to_owned(), command_id: "c".to_owned(), expected, question }
    }

    fn committed(sequence: u64, value: i64) -> Answer {
        Answer::Committed { sequence, value, position: Position { topic: "t".to_owned(), partition: 0, offset: 0 } }
    }

    #[test]
    fn given_a_state_when_answers_are_judged_then_only_the_right_ones_fit() {
        let at = State { sequence: 2, value: 5 };
        let fits = |question: Question, expected, answer| {
            let call = call(question, expected);
            step(&at, &Done { call: &call, answer })
        };
        let (add, below) = (Question::Add { by: 3 }, |limit| Question::AddBelow { by: 1, limit });
        assert_eq!(fits(add.clone(), Some(2), committed(3, 8)), Some(State { sequence: 3, value: 8 }));
        assert_eq!(fits(add.clone(), Some(1), committed(3, 8)), None, "at another version");
        assert_eq!(fits(add.clone(), None, committed(4, 8)), None, "another sequence");
        assert_eq!(fits(below(5), None, committed(3, 6)), None, "against the rule");
        assert_eq!(fits(below(5), None, Answer::Rejected { value: 5 }), Some(at));
        assert_eq!(fits(below(6), None, Answer::Rejected { value: 5 }), None, "the rule allows it");
        assert_eq!(fits(below(4), None, Answer::Rejected { value: 4 }), None, "another value");
        assert_eq!(fits(add.clone(), Some(1), Answer::WrongVersion { actual: 2 }), Some(at));
        assert_eq!(fits(add.clone(), Some(1), Answer::WrongVersion { actual: 3 }), None, "another version");
        assert_eq!(fits(add, Some(2), Answer::WrongVersion { actual: 2 }), None, "the expected version");
        assert_eq!(fits(Question::Load, None, Answer::Read { sequence: 2, value: 5 }), Some(at));
        assert_eq!(fits(Question::Look, None, Answer::Read { sequence: 1, value: 5 }), None, "stale");
    }

    /// What one operation does: question, expected version, and how long it takes before and after its moment.
    type Planned = (Question, Option<u64>, u64, u64);

    fn planned() -> impl Strategy<Value = Planned> {
        let question = prop_oneof![
            (1..4_i64).prop_map(|by| Question::Add { by }),
            (0..30_i64).prop_map(|limit| Question::AddBelow { by: 1, limit }),
            Just(Question::Look),
        ];
        (question, prop::option::weighted(0.3, 0..12_u64), 0..60_u64, 0..60_u64)
    }

    /// Executes one after the other, each at its moment; `shown` says which of them got their answer.
    fn execute<'a>(calls: &'a [Call], plan: &[Planned], shown: &[bool]) -> Vec<Timed<Done<'a>>> {
        let mut state = State::default();
        let mut history = Vec::new();
        for (number, call) in calls.iter().enumerate() {
            let ((_, _, before, after), moment) = (&plan[number], 100 + 10 * number as u64);
            let answer = right_answer(&state, call);
            state = step(&state, &Done { call, answer: answer.clone() }).expect("the right answer is right");
            // The answer of a command that took effect may get lost.
            let lost = !shown[number] && matches!(answer, Answer::Committed { .. });
            let answer = if lost { Answer::Unknown { reason: String::new() } } else { answer };
            let end = (!lost).then_some(moment + after);
            history.push(Timed { operation: Done { call, answer }, start: moment - before, end });
        }
        history
    }

    fn right_answer(state: &State, call: &Call) -> Answer {
        match (&call.question, call.expected) {
            (Question::Look | Question::Load, _) => Answer::Read { sequence: state.sequence, value: state.value },
            (_, Some(version)) if version != state.sequence => Answer::WrongVersion { actual: state.sequence },
            (Question::AddBelow { limit, .. }, _) if state.value >= *limit => Answer::Rejected { value: state.value },
            (Question::AddBelow { by, .. } | Question::Add { by }, _) => {
                committed(state.sequence + 1, state.value + by)
            }
        }
    }

    /// An answer that is right in no state of the history.
    fn wrong(answer: &Answer) -> Answer {
        match answer.clone() {
            Answer::Committed { sequence, value, .. } => committed(sequence, value + 1_000),
            Answer::Read { sequence, value } => Answer::Read { sequence: sequence + 1_000, value },
            Answer::WrongVersion { actual } => Answer::WrongVersion { actual: actual + 1_000 },
            Answer::Rejected { value } => Answer::Rejected { value: value + 1_000 },
            other => other,
        }
    }

    proptest! {
        #[test]
        fn given_a_real_execution_when_checked_then_it_passes_and_with_one_wrong_answer_it_does_not(
            plan in prop::collection::vec(planned(), 1..60),
            shown in prop::collection::vec(prop::bool::weighted(0.9), 60),
            which in any::<prop::sample::Index>(),
        ) {
            let calls: Vec<Call> = plan.iter().map(|(question, expected, ..)| call(question.clone(), *expected)).collect();
            let mut history = execute(&calls, &plan, &shown);
            prop_assert_eq!(check("s", &history), Ok(()));
            let answered: Vec<usize> = (0..history.len()).filter(|n| history[*n].end.is_some()).collect();
            if !answered.is_empty() {
                let operation = &mut history[answered[which.index(answered.len())]].operation;
                operation.answer = wrong(&operation.answer);
                prop_assert!(check("s", &history).is_err());
            }
        }
    }
}
