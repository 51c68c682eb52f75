//! Runs the conformance suite against any broker: `conformance BROKERS [embedded]`. It makes topics of its own names.

use std::error::Error;

use kafka_es::conformance as suite;
use kafka_es::{Barrier, KafkaSettings, Mutations};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (brokers, embedded) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [brokers] => (brokers, false),
        [brokers, "embedded"] => (brokers, true),
        _ => return Err("conformance BROKERS [embedded]".into()),
    };
    let kafka = KafkaSettings { embedded, ..KafkaSettings::new(brokers) };
    let folder = std::env::temp_dir().join(format!("kafka-es-conformance-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let started = std::time::Instant::now();
    let said = |what: &str| println!("{:>8.1} s  {what}", started.elapsed().as_secs_f64());

    let audit = suite::first_one_wins(&kafka, 2, 10_000, Mutations::default()).await;
    said(&format!("two writers race: {:?}", audit.map_err(|faults| faults.join("\n"))?));
    let broken = Mutations { first_wins_off: true, ..Mutations::default() };
    let faults = suite::first_one_wins(&kafka, 2, 2_000, broken).await.err().unwrap_or_default();
    said(&format!("with the rule switched off the audit finds {} faults", faults.len()));
    if faults.is_empty() {
        return Err("the audit does not notice that the rule is switched off".into());
    }
    for barrier in [Barrier::Question, Barrier::Record] {
        suite::barrier_before_refusal(&kafka, barrier, Mutations::default()).await;
    }
    said("a refusal is judged on the whole log");
    suite::written_twice(&kafka, Mutations::default()).await;
    said("a record that is written twice is one event");
    suite::resting_tail(&kafka, Mutations::default()).await;
    said("a tail that rests is woken");
    suite::idempotent_replay(&kafka, &folder, Mutations::default()).await;
    said("a command id is executed once");
    suite::restart_resumes(&kafka, &folder, Mutations::default()).await;
    said("a restart resumes");
    suite::blocked_stream(&kafka, &folder).await;
    said("an unreadable event blocks its stream alone");
    suite::foreign_records(&kafka).await;
    said("foreign records change nothing");
    suite::void_records(&kafka, Mutations::default()).await;
    said("a record whose sequence is taken changes nothing");
    suite::gap_stops(&kafka, Mutations::default()).await;
    said("a gap stops its partition");
    suite::commands_of_many_events(&kafka).await;
    said("a command of many events is one record");
    suite::cqrs_framework(&kafka).await;
    said("cqrs-es's framework works");
    if !embedded {
        suite::recreated_topic_stops(&kafka, &folder, async |topic: &str| recreate(&kafka, topic).await).await;
        said("a topic created anew is noticed");
        suite::hidden_records(&kafka).await;
        said("marks of foreign transactions hold up nobody");
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

async fn recreate(kafka: &KafkaSettings, topic: &str) {
    let admin: AdminClient<DefaultClientContext> = kafka.admin().create().expect("an admin client");
    let deleted = admin.delete_topics(&[topic], &AdminOptions::new()).await.expect("the broker answers");
    assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    let new = NewTopic::new(topic, 4, TopicReplication::Fixed(1)).set("retention.ms", "-1");
    loop {
        let created = admin.create_topics([&new], &AdminOptions::new()).await.expect("the broker answers");
        if created.iter().all(Result::is_ok) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
