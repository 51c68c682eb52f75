//! Which actions are possible in a state, and what each one does.

use stateright::{Model, Property};

use crate::client::{Client, Flight, Phase};
use crate::log::{Event, Log, Record};
use crate::properties;
use crate::protocol::{NOBODY, hold};
use crate::state::{Action, Protocol, State};
use crate::writer::Writer;

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let bounds = self.bounds;
        vec![State {
            log: Log::default(),
            zombies: Vec::new(),
            writers: (0..bounds.writers).map(|_| Writer::default()).collect(),
            clients: bounds.commands.iter().map(|_| Client::new()).collect(),
            crashes_left: bounds.crashes,
            copies_left: bounds.copies,
            foreign_left: bounds.foreign,
            skips_left: bounds.skips,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for client in (0..).take(state.clients.len()) {
            self.client_actions(state, client, actions);
        }
        for (number, writer) in (0..).zip(&state.writers) {
            self.writer_actions(state, number, writer, actions);
        }
        let zombies = &state.zombies;
        let different = (0..zombies.len()).filter(|index| *index == 0 || zombies[index - 1] != zombies[*index]);
        actions.extend(different.map(|index| Action::LandZombie { index }));
        if state.foreign_left > 0 {
            actions.push(Action::Foreign);
        }
        if state.skips_left > 0 {
            actions.extend((0..self.bounds.streams).map(|stream| Action::Skip { stream }));
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.act(&mut state, action);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self.bounds.witnesses)
    }
}

impl Protocol {
    fn client_actions(&self, state: &State, client: u8, actions: &mut Vec<Action>) {
        let given = &state.clients[usize::from(client)];
        let writer = &state.writers[usize::from(given.writer)];
        match given.phase {
            Phase::Idle | Phase::Unknown | Phase::Conflict { .. } if given.calls < self.bounds.calls => {
                // The writers are alike: the first command may as well go to the first one.
                let nobody_called = state.clients.iter().all(|client| client.calls == 0);
                let writers = if nobody_called { 1 } else { self.bounds.writers };
                let taking = (0..writers).filter(|writer| self.takes(state, client, *writer));
                actions.extend(taking.map(|writer| Action::Call { client, writer }));
            }
            Phase::Appending { flight, .. } => {
                match flight {
                    Flight::Sent => {
                        actions.push(Action::Land { client });
                        if state.copies_left > 0 {
                            actions.push(Action::LandAndResend { client });
                        }
                    }
                    Flight::Landed { .. } if !writer.stopped => {
                        actions.push(Action::Ack { client });
                        if self.bounds.blind_acks {
                            actions.push(Action::AckBlind { client });
                        }
                    }
                    Flight::HeardBlind { end } if writer.next >= end && !writer.stopped => {
                        actions.push(Action::SettleBlind { client });
                    }
                    _ => {}
                }
                actions.push(Action::GiveUp { client });
            }
            Phase::Refusing { end: None, .. } => {
                actions.extend([Action::LandBarrier { client }, Action::GiveUp { client }]);
            }
            Phase::Refusing { end: Some(end), .. } if writer.next >= end && !writer.stopped => {
                actions.push(Action::PassBarrier { client });
            }
            _ => {}
        }
    }

    fn writer_actions(&self, state: &State, number: u8, writer: &Writer, actions: &mut Vec<Action>) {
        if !writer.stopped && writer.next < state.log.end() {
            actions.push(Action::Tail { writer: number });
        }
        if state.crashes_left > 0 {
            let unwritten = writer.disk.0 != writer.next;
            let works = state.clients.iter().any(|client| client.under_way() && client.writer == number);
            if unwritten {
                actions.push(Action::Flush { writer: number });
            }
            if unwritten || works || writer.stopped {
                actions.push(Action::Crash { writer: number });
            }
        }
    }

    fn act(&self, state: &mut State, action: Action) {
        match action {
            Action::Call { client, writer } => self.call(state, client, writer),
            Action::LandBarrier { client } => self.land_barrier(state, client),
            Action::PassBarrier { client } => self.pass_barrier(state, client),
            Action::GiveUp { client } => self.give_up(state, client),
            Action::Land { client }
            | Action::LandAndResend { client }
            | Action::Ack { client }
            | Action::AckBlind { client }
            | Action::SettleBlind { client } => self.move_record(state, action, client),
            Action::LandZombie { index } => {
                let event = state.zombies.remove(index);
                state.log.append(Record::Event(event));
            }
            Action::Tail { writer } => {
                let State { log, writers, .. } = state;
                writers[usize::from(writer)].read(&log.records, self.mutation);
                self.settle_heard(state, writer);
            }
            Action::Flush { writer } => state.writers[usize::from(writer)].flush(self.mutation),
            Action::Crash { writer } => self.crash(state, writer),
            Action::Foreign => {
                state.foreign_left -= 1;
                state.log.append(Record::Foreign);
            }
            Action::Skip { stream } => {
                state.skips_left -= 1;
                let first = state.log.truth.streams.head(stream) + 2;
                state.log.append(Record::Event(Event { stream, first, events: 1, command: NOBODY }));
            }
        }
    }

    fn land_barrier(&self, state: &mut State, client: u8) {
        let Some(copy) = self.barrier_record(state, client) else { return };
        let offset = state.log.append(Record::Event(copy));
        if let Phase::Refusing { end, .. } = &mut state.client(client).phase {
            *end = Some(offset + 1);
        }
    }

    /// Something happens to the client's record under way.
    fn move_record(&self, state: &mut State, action: Action, client: u8) {
        let Some((event, flight)) = self.record(state, client) else { return };
        match (action, flight) {
            (Action::Land { .. }, Flight::Sent) => {
                let offset = state.log.append(Record::Event(event));
                hold(state.client(client), Flight::Landed { offset });
            }
            (Action::LandAndResend { .. }, Flight::Sent) => {
                state.copies_left -= 1;
                state.log.append(Record::Event(event));
            }
            (Action::Ack { .. }, Flight::Landed { offset }) => self.acknowledged(state, client, event, offset),
            (Action::AckBlind { .. }, Flight::Landed { offset }) => {
                hold(state.client(client), Flight::HeardBlind { end: self.end_above(offset) });
            }
            (Action::SettleBlind { .. }, Flight::HeardBlind { .. }) => {
                let settled = state.writer_of(client).settle_without_offset(event);
                self.settled(state, client, event, settled);
            }
            _ => {}
        }
    }
}
