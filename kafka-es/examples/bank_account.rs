//! Accounts, and money that moves between two of them: `bank_account BROKERS`.
//!
//! Two streams cannot change as one. A transfer is therefore an event of the account that pays, and a command to the one that
//! is paid whose id follows from that event: whoever repeats it, after a crash or beside another one, repeats nothing.

use std::error::Error;

use chrono::Utc;
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use kafka_es::{
    CommandMeta, EventStore, ExecuteError, Expected, KafkaSettings, Outcome, StateLocation, StoreOptions, TopicSpec,
    ensure_topics,
};
use serde::{Deserialize, Serialize};

const TOPIC: &str = "example-accounts";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Account {
    cents: u64,
}

#[derive(Clone, Debug)]
enum Command {
    Deposit(u64),
    Send { cents: u64, to: String },
    Receive { cents: u64, from: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Event {
    #[serde(rename = "account.deposited.v1")]
    Deposited { cents: u64 },
    #[serde(rename = "account.sent.v1")]
    Sent { cents: u64, to: String },
    #[serde(rename = "account.received.v1")]
    Received { cents: u64, from: String },
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("only {cents} cents are there")]
struct TooLittle {
    cents: u64,
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::Deposited { .. } => "account.deposited.v1",
            Self::Sent { .. } => "account.sent.v1",
            Self::Received { .. } => "account.received.v1",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = Command;
    type Event = Event;
    type Error = TooLittle;
    type Services = ();

    async fn handle(&mut self, command: Command, (): &(), sink: &EventSink<Self>) -> Result<(), TooLittle> {
        let event = match command {
            Command::Deposit(cents) => Event::Deposited { cents },
            Command::Send { cents, .. } if cents > self.cents => return Err(TooLittle { cents: self.cents }),
            Command::Send { cents, to } => Event::Sent { cents, to },
            Command::Receive { cents, from } => Event::Received { cents, from },
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Deposited { cents } | Event::Received { cents, .. } => self.cents += cents,
            Event::Sent { cents, .. } => self.cents -= cents,
        }
    }
}

type Accounts = EventStore<Account>;

async fn give(
    accounts: &Accounts,
    account: &str,
    command: Command,
    id: &str,
) -> Result<Outcome, ExecuteError<TooLittle>> {
    let meta = CommandMeta { command_id: id.to_owned(), ..CommandMeta::new(account, Utc::now()) };
    let committed = accounts.execute(account, command, &(), meta, Expected::Any).await?;
    println!("{account}: {} cents, {:?} at {}", committed.aggregate.cents, committed.outcome, committed.position);
    Ok(committed.outcome)
}

/// Safe to call again after any failure, from anywhere.
async fn transfer(accounts: &Accounts, id: &str, cents: u64) -> Result<(), ExecuteError<TooLittle>> {
    let (from, to) = ("bank/ann", "bank/bob");
    give(accounts, from, Command::Send { cents, to: to.to_owned() }, &format!("{id}/send")).await?;
    give(accounts, to, Command::Receive { cents, from: from.to_owned() }, &format!("{id}/receive")).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let brokers = std::env::args().nth(1).ok_or("bank_account BROKERS")?;
    let kafka = KafkaSettings::new(brokers);
    ensure_topics(&kafka, &[TopicSpec::new(TOPIC, 6)]).await?;
    let accounts: Accounts = EventStore::open(StoreOptions::new(kafka, TOPIC, StateLocation::Memory)).await?;
    accounts.ready().await?;

    // Each run has ids of its own; a program takes them from its callers.
    let run = Utc::now().timestamp_micros();
    give(&accounts, "bank/ann", Command::Deposit(1_000), &format!("{run}/deposit")).await?;
    transfer(&accounts, &format!("{run}/rent"), 700).await?;
    println!("once more, as after a crash:");
    transfer(&accounts, &format!("{run}/rent"), 700).await?;
    let refused =
        give(&accounts, "bank/ann", Command::Send { cents: u64::MAX, to: "bank/bob".to_owned() }, "greed").await;
    println!(
        "refused: {}",
        refused
            .err()
            .map_or_else(String::new, |e| format!("{e}: {}", e.source().map_or_else(String::new, ToString::to_string)))
    );
    Ok(accounts.close().await?)
}
