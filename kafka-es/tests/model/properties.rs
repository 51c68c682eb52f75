//! What must hold in every state, and what must happen in some, so that the first is not empty talk.

use stateright::Property;

use crate::client::{Flight, Phase, Reason};
use crate::log::{Event, Record};
use crate::state::{Protocol, State};

pub(crate) const WRITERS_AGREE: &str = "every writer holds what the rule makes of the log it has applied";
pub(crate) const STOPS_AT_GAPS: &str = "a writer stops at a record that skips a sequence and nowhere else";
pub(crate) const NOTHING_LOST: &str =
    "what a client was told is committed is in the stream, at that sequence, for ever";
pub(crate) const ONCE: &str = "a command is in its stream once at most, however often it is given";
pub(crate) const REFUSALS_CURRENT: &str = "a refusal is justified by the log at some moment of the call";
pub(crate) const REFUSALS_FINAL: &str = "a refused command never gets into the stream";
pub(crate) const IN_ORDER: &str = "a command given after another was acknowledged comes after it";
pub(crate) const CONFLICTS_HONEST: &str = "a command that was given once and told of a conflict is not in the stream";

pub(crate) const RACE_RETRIED: &str = "a race is lost and won at the next try";
pub(crate) const BARRIER_BRINGS_NEWS: &str = "a barrier turns a refusal into a decision";
pub(crate) const REFUSED: &str = "a command is refused";
pub(crate) const REPLAYED: &str = "a command given again after an unknown outcome turns out committed";
pub(crate) const REPLAYED_AFTER_CRASH: &str = "a writer that came again answers from its disk and the log";
pub(crate) const VOID: &str = "a record is void";
pub(crate) const ZOMBIE_WINS: &str = "a record that nobody waits for becomes an event";
pub(crate) const TWICE: &str = "a record stands in the log twice";
pub(crate) const OFFSET_GAP: &str = "an acknowledged record waits for the tail";
pub(crate) const STOPPED: &str = "a writer stops";
pub(crate) const CONFLICT_THEN_COMMITTED: &str = "a command told of a conflict gets into the stream by an earlier call";

fn writers_agree(_: &Protocol, state: &State) -> bool {
    state.writers.iter().all(|writer| {
        let truth = state.log.truth_at(writer.next);
        truth.gap.is_none() && truth.streams == writer.streams
    })
}

fn stops_at_gaps(_: &Protocol, state: &State) -> bool {
    state.writers.iter().all(|writer| !writer.stopped || state.log.truth.gap == Some(writer.next))
}

/// The records of a client's command that are in its stream.
fn events_of(protocol: &Protocol, state: &State, client: u8) -> impl Iterator<Item = Event> {
    let stream = state.log.truth.streams.of(protocol.command(client).stream);
    stream.map(|accepted| accepted.event).filter(move |event| protocol.is_of(client, event.command))
}

/// Whether no client is in that phase while its command is in the stream.
fn none_in_stream(protocol: &Protocol, state: &State, phase: impl Fn(Phase) -> bool) -> bool {
    let mut clients = (0..).zip(&state.clients);
    clients.all(|(client, given)| !phase(given.phase) || events_of(protocol, state, client).next().is_none())
}

fn nothing_lost(protocol: &Protocol, state: &State) -> bool {
    (0..).zip(&state.clients).all(|(client, given)| match given.phase {
        Phase::Committed { last, .. } => events_of(protocol, state, client).any(|event| event.last() == last),
        _ => true,
    })
}

fn once(protocol: &Protocol, state: &State) -> bool {
    (0..).zip(&state.clients).all(|(client, _)| events_of(protocol, state, client).count() <= 1)
}

fn refusals_current(_: &Protocol, state: &State) -> bool {
    state.clients.iter().all(|client| client.phase != Phase::Refused { justified: false })
}

fn refusals_final(protocol: &Protocol, state: &State) -> bool {
    none_in_stream(protocol, state, |phase| matches!(phase, Phase::Refused { .. }))
}

fn in_order(_: &Protocol, state: &State) -> bool {
    let late = |phase: Phase| matches!(phase, Phase::Committed { after_all_acknowledged: false, .. });
    state.clients.iter().all(|client| !late(client.phase))
}

fn conflicts_honest(protocol: &Protocol, state: &State) -> bool {
    none_in_stream(protocol, state, |phase| phase == Phase::Conflict { sure: true })
}

fn some_phase(state: &State, wanted: impl Fn(Phase) -> bool) -> bool {
    state.clients.iter().any(|client| wanted(client.phase))
}

fn race_retried(protocol: &Protocol, state: &State) -> bool {
    let again = |phase| matches!(phase, Phase::Appending { reason: Reason::LostRace, .. });
    !none_in_stream(protocol, state, again)
}

fn barrier_brings_news(_: &Protocol, state: &State) -> bool {
    some_phase(state, |phase| matches!(phase, Phase::Appending { reason: Reason::Barrier, .. }))
}

fn replayed(_: &Protocol, state: &State) -> bool {
    some_phase(state, |phase| matches!(phase, Phase::Committed { replayed: true, .. }))
}

fn replayed_after_crash(protocol: &Protocol, state: &State) -> bool {
    state.crashes_left < protocol.bounds.crashes && replayed(protocol, state)
}

fn void(_: &Protocol, state: &State) -> bool {
    state.log.truth.voids > 0
}

fn zombie_wins(protocol: &Protocol, state: &State) -> bool {
    !none_in_stream(protocol, state, |phase| phase == Phase::Unknown)
}

fn twice(_: &Protocol, state: &State) -> bool {
    let records = &state.log.records;
    let copies = |record| records.iter().filter(|other| *other == record).count();
    records.iter().any(|record| *record != Record::Foreign && copies(record) > 1)
}

fn offset_gap(_: &Protocol, state: &State) -> bool {
    some_phase(state, |phase| matches!(phase, Phase::Appending { flight: Flight::Heard { .. }, .. }))
}

fn stopped(_: &Protocol, state: &State) -> bool {
    state.writers.iter().any(|writer| writer.stopped)
}

fn refused(_: &Protocol, state: &State) -> bool {
    some_phase(state, |phase| matches!(phase, Phase::Refused { .. }))
}

fn conflict_then_committed(protocol: &Protocol, state: &State) -> bool {
    !none_in_stream(protocol, state, |phase| phase == Phase::Conflict { sure: false })
}

/// Everything that must always hold, and the named witnesses.
pub(crate) fn of(witnesses: &[&str]) -> Vec<Property<Protocol>> {
    let always = [
        Property::always(WRITERS_AGREE, writers_agree),
        Property::always(STOPS_AT_GAPS, stops_at_gaps),
        Property::always(NOTHING_LOST, nothing_lost),
        Property::always(ONCE, once),
        Property::always(REFUSALS_CURRENT, refusals_current),
        Property::always(REFUSALS_FINAL, refusals_final),
        Property::always(IN_ORDER, in_order),
        Property::always(CONFLICTS_HONEST, conflicts_honest),
    ];
    let sometimes = [
        Property::sometimes(RACE_RETRIED, race_retried),
        Property::sometimes(BARRIER_BRINGS_NEWS, barrier_brings_news),
        Property::sometimes(REFUSED, refused),
        Property::sometimes(REPLAYED, replayed),
        Property::sometimes(REPLAYED_AFTER_CRASH, replayed_after_crash),
        Property::sometimes(VOID, void),
        Property::sometimes(ZOMBIE_WINS, zombie_wins),
        Property::sometimes(TWICE, twice),
        Property::sometimes(OFFSET_GAP, offset_gap),
        Property::sometimes(STOPPED, stopped),
        Property::sometimes(CONFLICT_THEN_COMMITTED, conflict_then_committed),
    ];
    always.into_iter().chain(sometimes.into_iter().filter(|property| witnesses.contains(&property.name))).collect()
}
