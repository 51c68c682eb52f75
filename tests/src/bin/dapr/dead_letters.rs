//! The topic for records that nobody can take up, and what keeps others out of it.

use std::collections::BTreeSet;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use tests::wait::until;

use super::{GARBAGE, PATIENCE, World, holds};

const TOPIC: &str = "dead-reminders";
/// What the role says when it has to be handed a record again.
const AGAIN: &str = "the sidecar has to hand it over again";

impl World {
    pub(super) async fn what_nobody_can_take_up_is_put_aside_and_what_waits_only_without_a_policy(&mut self) {
        self.command.set("DEAD_LETTER_TOPIC", TOPIC);
        self.command.run_well(&["migrate"]);
        self.notify.stop().await;
        self.notify.set("DEAD_LETTER_TOPIC", TOPIC);
        self.notify.start().await;
        self.daprd.kill().await;
        self.daprd.tries_for_ever(true);
        // From the first record on: among them is one that nobody can read.
        self.daprd.reads(&self.kafka.bootstrap(), "putting-aside");
        self.daprd.launch();
        self.rang("Aside").await;
        self.told("Aside").await;
        assert_eq!(self.dead_letters(), BTreeSet::from([GARBAGE.to_vec()]));

        let before = self.notify.output().matches(AGAIN).count();
        let reminder = self.rings_while_postgres_is_away("Waits").await;
        until("the sidecar is told to come again", PATIENCE, async || {
            if self.notify.output().matches(AGAIN).count() > before { Ok(()) } else { Err("not yet".to_owned()) }
        })
        .await;
        self.postgres.launch().await;
        self.told("Waits").await;
        self.ends(&reminder, &["delivered"]).await;
        assert_eq!(self.dead_letters(), BTreeSet::from([GARBAGE.to_vec()]));
        holds("what nobody can take up is put aside, and what waits for Postgres is not");

        self.daprd.tries_for_ever(false);
        let moved = self.rings_while_postgres_is_away("Moved").await;
        until("it is put aside", PATIENCE, async || {
            let aside = self.dead_letters();
            let is_aside = aside.iter().any(|record| String::from_utf8_lossy(record).contains(&moved));
            if is_aside { Ok(()) } else { Err(format!("{} records", aside.len())) }
        })
        .await;
        self.postgres.launch().await;
        self.rang("Behind").await;
        self.told("Behind").await;
        assert!(self.receiver.taken().iter().all(|taken| taken.body["data"]["task"]["title"] != "Moved"));
        self.daprd.kill().await;
        self.daprd.tries_for_ever(true);
        self.daprd.launch();
        holds("without a policy that tries again for ever, what waits for Postgres is put aside as well");
    }

    /// A reminder rings, and its sidecar comes with it when Postgres is away.
    async fn rings_while_postgres_is_away(&mut self, title: &str) -> String {
        self.daprd.kill().await;
        let reminder = self.rang(title).await;
        self.postgres.stop().await;
        self.daprd.launch();
        reminder
    }

    /// What has been put aside so far: a sidecar that was killed may put aside again what it had just put there.
    fn dead_letters(&self) -> BTreeSet<Vec<u8>> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.kafka.bootstrap()).set("group.id", "reads-dead-letters");
        let consumer: BaseConsumer = config.set("enable.auto.commit", "false").create().unwrap();
        let (_, end) = consumer.fetch_watermarks(TOPIC, 0, PATIENCE).unwrap();
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(TOPIC, 0, Offset::Beginning).unwrap();
        consumer.assign(&from).unwrap();
        let next = || consumer.poll(PATIENCE).expect("a record before the end").unwrap().payload().unwrap().to_vec();
        (0..end).map(|_| next()).collect()
    }
}
