//! Lets a schedule happen.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::Notify;

use super::clock::Clock;
use super::schedule::{Fault, Schedule, Timed};
use super::writers::Writer;
use crate::cluster::Cluster;
use crate::kafka::KafkaNode;
use crate::leaders;
use crate::proxy::Proxy;

/// How many faults of each kind there were.
pub type Faults = BTreeMap<&'static str, u32>;

/// A broker that is about to thaw is announced so long before.
const ANNOUNCED_BEFORE: Duration = Duration::from_millis(700);

/// Lets everything break that begins before `length`, and mends it again. Announces each broker that is about to thaw.
pub async fn rage(
    schedule: &Schedule,
    length: Duration,
    cluster: &mut Cluster,
    writers: &mut [Writer],
    topic: &str,
    clock: &Clock,
    thaws: &Notify,
) -> Faults {
    let (nodes, proxies) = (&mut cluster.nodes, &cluster.proxies);
    let brokers = break_in_turn(&schedule.brokers, length, clock, Brokers { nodes, topic, thaws });
    let writers = break_in_turn(&schedule.writers, length, clock, Writers(writers));
    let network = break_in_turn(&schedule.network, length, clock, Network(proxies));
    let (mut all, writers, network) = tokio::join!(brokers, writers, network);
    all.extend(writers);
    all.extend(network);
    all
}

/// What the faults of one track act on.
trait Target {
    async fn begin(&mut self, fault: &Fault) -> Result<(), String>;
    async fn mend(&mut self, fault: &Fault);
}

async fn break_in_turn(track: &[Timed], length: Duration, clock: &Clock, mut target: impl Target) -> Faults {
    let mut faults = Faults::new();
    for Timed { pause, lasts, fault } in track {
        tokio::time::sleep(*pause).await;
        if clock.elapsed() >= length {
            break;
        }
        clock.say(&format!("{fault}, for {:.1} s", lasts.as_secs_f64()));
        if let Err(why) = target.begin(fault).await {
            clock.say(&format!("{fault}: did not come about: {why}"));
        }
        tokio::time::sleep(*lasts).await;
        target.mend(fault).await;
        clock.say(&format!("{fault}: mended"));
        *faults.entry(fault.kind()).or_default() += 1;
    }
    faults
}

struct Brokers<'a> {
    nodes: &'a mut [KafkaNode],
    topic: &'a str,
    thaws: &'a Notify,
}

impl Target for Brokers<'_> {
    async fn begin(&mut self, fault: &Fault) -> Result<(), String> {
        match fault {
            Fault::KillBrokers(brokers) => {
                for broker in brokers {
                    self.nodes[*broker].kill().await;
                }
            }
            Fault::PauseBrokers(brokers) => brokers.iter().for_each(|broker| self.nodes[*broker].pause()),
            Fault::MoveLeaders => leaders::rotate(&self.nodes[0].bootstrap(), self.topic).await?,
            _ => unreachable!("not a fault of brokers"),
        }
        Ok(())
    }

    async fn mend(&mut self, fault: &Fault) {
        match fault {
            Fault::KillBrokers(brokers) => {
                let killed = self.nodes.iter_mut().enumerate().filter(|(number, _)| brokers.contains(number));
                join_all(killed.map(|(_, node)| node.launch())).await;
            }
            Fault::PauseBrokers(brokers) => {
                self.thaws.notify_waiters();
                tokio::time::sleep(ANNOUNCED_BEFORE).await;
                brokers.iter().for_each(|broker| self.nodes[*broker].resume());
            }
            _ => {}
        }
    }
}

struct Writers<'a>(&'a mut [Writer]);

impl Target for Writers<'_> {
    async fn begin(&mut self, fault: &Fault) -> Result<(), String> {
        match fault {
            Fault::KillWriter(writer) => self.0[*writer].kill().await,
            Fault::PauseWriter(writer) => self.0[*writer].pause(),
            _ => unreachable!("not a fault of writers"),
        }
        Ok(())
    }

    async fn mend(&mut self, fault: &Fault) {
        match fault {
            Fault::KillWriter(writer) => self.0[*writer].spawn(),
            Fault::PauseWriter(writer) => self.0[*writer].resume(),
            _ => {}
        }
    }
}

struct Network<'a>(&'a [Proxy]);

impl Target for Network<'_> {
    async fn begin(&mut self, fault: &Fault) -> Result<(), String> {
        match fault {
            Fault::Cut(brokers) => brokers.iter().for_each(|broker| self.0[*broker].cut()),
            Fault::Delay(broker, delay) => self.0[*broker].delay(*delay),
            _ => unreachable!("not a fault of the network"),
        }
        Ok(())
    }

    async fn mend(&mut self, fault: &Fault) {
        if let Fault::Delay(broker, _) = fault {
            self.0[*broker].delay(Duration::ZERO);
        }
    }
}
