//! Writes what comes in as a record to a topic: `poison BOOTSTRAP TOPIC KEY < PAYLOAD`. For the tests of the page in a browser, which have
//! no Kafka client.
#![expect(clippy::unwrap_used, reason = "what cannot go on fails")]

use std::io::Read;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bootstrap, topic, key] = arguments.as_slice() else { panic!("poison BOOTSTRAP TOPIC KEY < PAYLOAD") };
    let mut payload = Vec::new();
    std::io::stdin().read_to_end(&mut payload).unwrap();
    tests::foreign::write(bootstrap, topic, key, &payload).await;
}
