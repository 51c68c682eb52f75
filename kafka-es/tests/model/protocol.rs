//! What a writer does with a command: decide, append, judge, refuse, give up.

use crate::client::{Client, Command, Flight, Phase, Reason};
use crate::log::Event;
use crate::mutation::Mutation;
use crate::state::{Protocol, State};
use crate::writer::{Settled, Writer};

/// The command id of records that no client gave.
pub(crate) const NOBODY: u8 = u8::MAX;
/// The id of a client's command is below it; ids of further calls, where they differ, are so much higher each.
const IDS_A_CALL: u8 = 10;

impl Protocol {
    pub(crate) fn command(&self, client: u8) -> Command {
        self.bounds.commands[usize::from(client)]
    }

    /// The command id that the client gives in this call.
    fn id(&self, client: u8, call: u8) -> u8 {
        let again = if self.mutation == Mutation::NewIdOnRetry { call - 1 } else { 0 };
        self.command(client).twin_of.unwrap_or(client) + again * IDS_A_CALL
    }

    /// Whether a record with this id carries the client's command.
    pub(crate) fn is_of(&self, client: u8, id: u8) -> bool {
        id != NOBODY && id % IDS_A_CALL == self.command(client).twin_of.unwrap_or(client)
    }

    fn are_twins(&self, client: u8, other: u8) -> bool {
        self.is_of(client, self.id(other, 1))
    }

    /// The client's record under way, and where it is.
    pub(crate) fn record(&self, state: &State, client: u8) -> Option<(Event, Flight)> {
        let Client { phase, calls, .. } = state.clients[usize::from(client)];
        let Phase::Appending { first, flight, .. } = phase else { return None };
        let Command { stream, events, .. } = self.command(client);
        Some((Event { stream, first, events, command: self.id(client, calls) }, flight))
    }

    // ── a command at its writer ─────────────────────────────────────────────

    /// The writer may take the client's command: it runs, and works on no other command of that stream.
    pub(crate) fn takes(&self, state: &State, client: u8, writer: u8) -> bool {
        let stream = self.command(client).stream;
        let others = (0..).zip(&state.clients);
        let busy = others
            .filter(|(_, other)| other.under_way() && other.writer == writer)
            .any(|(other, _)| self.command(other).stream == stream);
        !busy && !state.writers[usize::from(writer)].stopped
    }

    pub(crate) fn call(&self, state: &mut State, client: u8, writer: u8) {
        let since = state.log.end();
        let acknowledged_before = self.highest_told(state, client);
        // It may be in the stream since then.
        let twin_called =
            (0..).zip(&state.clients).any(|(twin, given)| given.calls > 0 && self.are_twins(client, twin));
        let given = state.client(client);
        if given.calls == 0 && !twin_called {
            given.acknowledged_before = acknowledged_before;
        }
        given.calls += 1;
        (given.writer, given.since) = (writer, since);
        self.decide(state, client, Reason::FirstDecision);
    }

    /// The highest sequence that the givers of other commands were told of in the client's stream.
    fn highest_told(&self, state: &State, client: u8) -> u8 {
        let Command { stream, .. } = self.command(client);
        let others = (0..).zip(&state.clients).filter(|(other, _)| !self.are_twins(client, *other));
        let told = others.filter_map(|(other, told)| match told.phase {
            Phase::Committed { last, .. } if self.command(other).stream == stream => Some(last),
            _ => None,
        });
        told.max().unwrap_or(0)
    }

    fn decide(&self, state: &mut State, client: u8, reason: Reason) {
        let command = self.command(client);
        let Client { calls, .. } = *state.client(client);
        let streams = &state.writer_of(client).streams;
        let head = streams.head(command.stream);
        let known = streams.command(command.stream, self.id(client, calls));
        let phase = match known {
            Some(last) if self.mutation != Mutation::ReplayOff => return self.commit(state, client, last, true),
            _ if command.refused_at(head, calls) => Phase::Refusing { head, end: self.barrier(state, client) },
            _ => Phase::Appending { first: head + 1, reason, flight: Flight::Sent },
        };
        state.client(client).phase = phase;
    }

    /// The end of the log at some moment since the call began. The earliest is the weakest that is right: the store asks
    /// later, and a later end only makes it wait for more. `None`: a record will tell.
    fn barrier(&self, state: &mut State, client: u8) -> Option<u8> {
        let Client { since, .. } = *state.client(client);
        match self.mutation {
            Mutation::BarrierOff => Some(0),
            Mutation::BarrierStale => Some(since.saturating_sub(1)),
            _ if self.barrier_record(state, client).is_some() => None,
            _ => Some(since),
        }
    }

    /// A copy of a record that the writer has applied: void, wherever it lands. A leader that was deposed cannot
    /// acknowledge it.
    pub(crate) fn barrier_record(&self, state: &State, client: u8) -> Option<Event> {
        let writer = &state.writers[usize::from(state.clients[usize::from(client)].writer)];
        writer.streams.any().filter(|_| self.bounds.barrier_records)
    }

    pub(crate) fn pass_barrier(&self, state: &mut State, client: u8) {
        let command = self.command(client);
        let Phase::Refusing { head, .. } = state.client(client).phase else { return };
        if state.writer_of(client).streams.head(command.stream) != head {
            return self.decide(state, client, Reason::Barrier);
        }
        let Client { since, .. } = *state.client(client);
        let mut moments = since..=state.log.end();
        let justified = moments.any(|end| state.log.truth_at(end).streams.head(command.stream) == head);
        state.client(client).answered(Phase::Refused { justified });
    }

    fn commit(&self, state: &mut State, client: u8, last: u8, replayed: bool) {
        let after_all_acknowledged = last > state.client(client).acknowledged_before;
        state.client(client).answered(Phase::Committed { last, replayed, after_all_acknowledged });
    }

    // ── its record ──────────────────────────────────────────────────────────

    /// The record has its verdict.
    pub(crate) fn settled(&self, state: &mut State, client: u8, event: Event, settled: Settled) {
        if settled == Settled::Accepted {
            return self.commit(state, client, event.last(), false);
        }
        let copy = state.writer_of(client).streams.command(event.stream, event.command);
        if let Some(last) = copy.filter(|_| self.mutation != Mutation::CopiesUnseen) {
            return self.commit(state, client, last, false);
        }
        let given = state.client(client);
        given.lost += 1;
        if given.lost > self.bounds.retries {
            let sure = !given.doubt;
            return given.answered(Phase::Conflict { sure });
        }
        self.decide(state, client, Reason::LostRace);
    }

    /// The record was acknowledged at `offset`, or waited there until now.
    pub(crate) fn acknowledged(&self, state: &mut State, client: u8, event: Event, offset: u8) {
        match state.writer_of(client).settle(event, offset, self.mutation) {
            Some(settled) => {
                let writer = state.client(client).writer;
                self.settled(state, client, event, settled);
                self.settle_heard(state, writer);
            }
            None => hold(state.client(client), Flight::Heard { offset }),
        }
    }

    /// What has to be applied before a record acknowledged without an offset is judged: its own at least, for the end is
    /// asked after the acknowledgement.
    pub(crate) fn end_above(&self, offset: u8) -> u8 {
        if self.mutation == Mutation::BlindAckUnchecked { 0 } else { offset + 1 }
    }

    /// Judges the acknowledged records of the writer that everything below is now known of.
    pub(crate) fn settle_heard(&self, state: &mut State, writer: u8) {
        let next = state.writers[usize::from(writer)].next;
        let its_own = (0..).zip(&state.clients).filter(|(_, client)| client.writer == writer);
        let due = its_own.filter_map(|(client, _)| match self.record(state, client)? {
            (event, Flight::Heard { offset }) if offset <= next => Some((offset, client, event)),
            _ => None,
        });
        if let Some((offset, client, event)) = due.min() {
            self.acknowledged(state, client, event, offset);
        }
    }

    pub(crate) fn crash(&self, state: &mut State, writer: u8) {
        state.crashes_left -= 1;
        for client in (0..).take(state.clients.len()) {
            let given = state.client(client);
            if given.under_way() && given.writer == writer {
                self.give_up(state, client);
            }
        }
        state.writers[usize::from(writer)].restart();
        if state.crashes_left == 0 {
            // Never read again: equal states are one.
            state.writers.iter_mut().for_each(|writer| writer.disk = Writer::default().disk);
        }
    }

    pub(crate) fn give_up(&self, state: &mut State, client: u8) {
        let sent = match (state.client(client).phase, self.record(state, client)) {
            (_, Some((event, Flight::Sent))) => Some(event),
            (Phase::Refusing { end: None, .. }, _) => self.barrier_record(state, client),
            _ => None,
        };
        state.zombies.extend(sent);
        state.zombies.sort_unstable();
        state.client(client).answered(Phase::Unknown);
    }
}

/// The client's record is there now.
pub(crate) fn hold(client: &mut Client, at: Flight) {
    if let Phase::Appending { flight, .. } = &mut client.phase {
        *flight = at;
    }
}
