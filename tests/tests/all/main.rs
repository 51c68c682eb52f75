//! Everything that is proved from outside: journeys of users, faults, contracts. One binary, one module a subject.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

/// One body, a test on each broker.
macro_rules! on_both_brokers {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                super::body::$name(&mut tests::system::System::start(tests::system::Broker::Embedded).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn real_kafka() {
                super::body::$name(&mut tests::system::System::start(tests::system::Broker::RealKafka).await).await;
            }
        }
    )+};
}

mod architecture;
