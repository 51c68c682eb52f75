//! Everything that is proved from outside: journeys of users, faults, contracts. One binary, one module a subject.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

/// For an `async fn name(system: &mut System)`: a test of that name on each broker.
macro_rules! on_both_brokers {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                super::$name(&mut tests::system::System::start(tests::system::Broker::Embedded).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn real_kafka() {
                super::$name(&mut tests::system::System::start(tests::system::Broker::RealKafka).await).await;
            }
        }
    )+};
}

mod dump;

mod architecture;
mod asyncapi;
mod bad_input;
mod chaos;
mod compression;
mod conformance;
mod credentials;
mod draining;
mod faults;
mod gateway;
mod journeys;
mod managers;
mod migrating;
mod openapi;
mod places;
mod random_input;
mod read_your_writes;
mod reading;
mod readme;
mod rebuilding;
mod repeating;
mod replicas;
mod roles;
mod series;
mod start;
mod telemetry;

/// The folder with the mail servers that `scripts/maildev/fetch.sh` has filled.
fn mail_servers() -> std::path::PathBuf {
    let fetched = std::process::Command::new(tests::root().join("scripts/maildev/fetch.sh")).output().unwrap();
    assert!(fetched.status.success(), "no mail servers: {}", String::from_utf8_lossy(&fetched.stderr));
    std::path::PathBuf::from(String::from_utf8(fetched.stdout).unwrap().trim())
}
