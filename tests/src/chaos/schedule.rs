//! What breaks when: a pure function of the seed.

use std::fmt;
use std::time::Duration;

use super::dice::Dice;

/// One thing that breaks. Nodes, writers and proxies are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Brokers are killed, and started again afterwards.
    KillBrokers(Vec<usize>),
    /// Brokers are frozen, and thawed afterwards.
    PauseBrokers(Vec<usize>),
    /// Every partition gets another preferred leader, and that one is elected.
    MoveLeaders,
    /// A writer is killed, and started again on its folder afterwards.
    KillWriter(usize),
    /// A writer is frozen, and thawed afterwards.
    PauseWriter(usize),
    /// The connections of these brokers are cut once.
    Cut(Vec<usize>),
    /// Every message from and to a broker takes longer.
    Delay(usize, Duration),
}

impl Fault {
    /// Its kind, for counting.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::KillBrokers(brokers) if brokers.len() > 1 => "two brokers killed",
            Self::KillBrokers(_) => "broker killed",
            Self::PauseBrokers(brokers) if brokers.len() > 1 => "two brokers frozen",
            Self::PauseBrokers(_) => "broker frozen",
            Self::MoveLeaders => "leaders moved",
            Self::KillWriter(_) => "writer killed",
            Self::PauseWriter(_) => "writer frozen",
            Self::Cut(_) => "connections cut",
            Self::Delay(_, delay) if *delay >= HELD_BACK => "messages held back",
            Self::Delay(..) => "messages delayed",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillBrokers(brokers) | Self::PauseBrokers(brokers) | Self::Cut(brokers) => {
                write!(f, "{} {brokers:?}", self.kind())
            }
            Self::MoveLeaders => f.write_str(self.kind()),
            Self::KillWriter(writer) | Self::PauseWriter(writer) => write!(f, "{} [{writer}]", self.kind()),
            Self::Delay(broker, delay) => write!(f, "{} [{broker}] {} ms", self.kind(), delay.as_millis()),
        }
    }
}

/// A fault and its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// How long after the one before it was mended it begins.
    pub pause: Duration,
    /// When it is mended, after it began. Mending takes its time too: a broker has to start.
    pub lasts: Duration,
    /// What breaks.
    pub fault: Fault,
}

/// What breaks when. Within a track one fault ends before the next begins; tracks overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Brokers, and where the leaders are.
    pub brokers: Vec<Timed>,
    /// Writers.
    pub writers: Vec<Timed>,
    /// The network before the brokers.
    pub network: Vec<Timed>,
}

/// A delay from here on is longer than a writer waits for a record (2 s): the record arrives when its caller has gone.
const HELD_BACK: Duration = Duration::from_millis(2_300);

impl Schedule {
    /// The schedule of a storm of this length.
    #[must_use]
    pub fn draw(seed: u64, length: Duration, brokers: usize, writers: usize) -> Self {
        Self {
            brokers: track(Dice::new(seed, "brokers"), length, |dice| broker_fault(dice, brokers)),
            writers: track(Dice::new(seed, "writers"), length, |dice| writer_fault(dice, writers)),
            network: track(Dice::new(seed, "network"), length, |dice| network_fault(dice, brokers)),
        }
    }
}

fn track(mut dice: Dice, length: Duration, draw: impl Fn(&mut Dice) -> (Fault, Duration)) -> Vec<Timed> {
    let mut faults = Vec::new();
    let mut at = Duration::ZERO;
    while at < length {
        let pause = dice.time(1_500, 7_000);
        let (fault, lasts) = draw(&mut dice);
        at += pause + lasts;
        faults.push(Timed { pause, lasts, fault });
    }
    faults
}

fn broker_fault(dice: &mut Dice, brokers: usize) -> (Fault, Duration) {
    let one = vec![dice.index(brokers)];
    let two = vec![one[0], (one[0] + 1 + dice.index(brokers - 1)) % brokers];
    // A broker's session ends after 4 s of silence: another one then leads its partitions.
    let (fault, least_ms, most_ms) = dice.weighted(&[
        (30, (Fault::KillBrokers(one.clone()), 500, 8_000)),
        (15, (Fault::PauseBrokers(one.clone()), 300, 3_500)),
        (25, (Fault::PauseBrokers(one), 4_500, 10_000)),
        (20, (Fault::MoveLeaders, 500, 1_000)),
        (5, (Fault::KillBrokers(two.clone()), 1_000, 5_000)),
        (5, (Fault::PauseBrokers(two), 1_000, 8_000)),
    ]);
    (fault, dice.time(least_ms, most_ms))
}

fn writer_fault(dice: &mut Dice, writers: usize) -> (Fault, Duration) {
    let writer = dice.index(writers);
    let (fault, least_ms, most_ms) = dice.weighted(&[
        (50, (Fault::KillWriter(writer), 100, 3_000)),
        (25, (Fault::PauseWriter(writer), 200, 2_000)),
        (25, (Fault::PauseWriter(writer), 4_000, 9_000)),
    ]);
    (fault, dice.time(least_ms, most_ms))
}

fn network_fault(dice: &mut Dice, brokers: usize) -> (Fault, Duration) {
    let broker = dice.index(brokers);
    let (delay, held_back) = (dice.time(10, 300), dice.time(2_300, 6_000));
    let (fault, least_ms, most_ms) = dice.weighted(&[
        (35, (Fault::Cut(vec![broker]), 1, 500)),
        (10, (Fault::Cut((0..brokers).collect()), 1, 500)),
        (35, (Fault::Delay(broker, delay), 2_000, 8_000)),
        (20, (Fault::Delay(broker, held_back), 1_000, 5_000)),
    ]);
    (fault, dice.time(least_ms, most_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_seed_when_a_schedule_is_drawn_twice_then_it_is_the_same_and_another_seed_has_another() {
        let draw = |seed| Schedule::draw(seed, Duration::from_secs(600), 3, 3);
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn given_an_hour_when_a_schedule_is_drawn_then_every_kind_of_fault_is_in_it() {
        let schedule = Schedule::draw(1, Duration::from_secs(3600), 3, 3);
        let all = schedule.brokers.iter().chain(&schedule.writers).chain(&schedule.network);
        let kinds: std::collections::BTreeSet<&str> = all.map(|timed| timed.fault.kind()).collect();
        assert_eq!(kinds.len(), 10, "{kinds:?}");
        let takes = |track: &[Timed]| track.iter().map(|timed| timed.pause + timed.lasts).sum::<Duration>();
        assert!(takes(&schedule.brokers) >= Duration::from_secs(3600), "enough for an hour");
    }
}
