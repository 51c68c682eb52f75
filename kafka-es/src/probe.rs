//! Finds out when Kafka is back, whenever it was reported to be away.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use crate::asker::{Asker, Client};
use crate::codec::EventCodec;
use crate::command::StoredAggregate;
use crate::shared::Shared;

const PAUSE: Duration = Duration::from_millis(300);

impl<A: StoredAggregate, C: EventCodec<A::Event>> Shared<A, C> {
    /// Asks for the partitions that are away until they answer, and makes every client anew after an outage of all of them.
    ///
    /// A client that was there before may never come back: one that asked a cluster just restarted for its brokers, and
    /// was told that there are none, forgets all it knew and asks nobody again
    /// (<https://github.com/confluentinc/librdkafka/issues/5301>).
    pub(crate) async fn probe(self: Arc<Self>) {
        let work = async {
            loop {
                self.around.health.suspect.notified().await;
                loop {
                    let away = self.around.health.those_down();
                    if away.is_empty() {
                        break;
                    }
                    if let Err(why) = self.probe_once(&away).await {
                        tracing::debug!(topic = self.options.topic, why, "kafka is still away");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        self.cancel.run_until_cancelled(work).await;
    }

    /// Asks once for each partition that is away; an error when some still are.
    async fn probe_once(&self, away: &[i32]) -> Result<(), String> {
        let client = Asker::connect(&self.options.kafka).map_err(|e| e.to_string())?;
        let answers = join_all(away.iter().map(|id| self.asker.ends_by(client.clone(), *id))).await;
        let (back, failed): (Vec<_>, Vec<_>) = away.iter().zip(&answers).partition(|(_, answer)| answer.is_ok());
        if let Some((first, _)) = back.first() {
            // Where only a few leaders were away, the clients that we have know the cluster, unless they say otherwise.
            if self.around.health.is_out() || self.asker.ends(**first).await.is_err() {
                self.renew(client)?;
            }
        }
        let mut unread = false;
        for (id, _) in back {
            unread |= self.partition(*id).is_some_and(|partition| partition.at().target.is_none());
            self.around.health.up(*id);
        }
        if unread {
            self.renewed.notify_one();
        }
        match failed.first() {
            Some((_, Err(why))) => Err(why.clone()),
            _ => Ok(()),
        }
    }

    fn renew(&self, client: Client) -> Result<(), String> {
        if !self.around.mutations.keeps_clients() {
            self.producers.renew().map_err(|e| e.to_string())?;
            self.asker.replace(client);
            self.history.renew();
            self.renewed.notify_one();
        }
        Ok(())
    }
}
