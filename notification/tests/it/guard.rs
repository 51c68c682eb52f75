//! Webhooks never reach what is not public, unless that is allowed. Each protection has a pair: without it, the request
//! arrives.

use std::process::Command;

use notification::{Outcome, Targets, Webhooks};
use url::Url;

use crate::attempts::{attempt, attempt_with};
use crate::odd_servers::OddServer;
use crate::receiver::Receiver;

async fn guarded(url: &Url) -> Outcome {
    attempt_with(&Webhooks::new(Targets::PublicOnly).unwrap(), url).await
}

fn at(url: &Url, host: &str) -> Url {
    let mut url = url.clone();
    url.set_host(Some(host)).unwrap();
    url
}

#[tokio::test]
async fn given_an_address_of_this_machine_when_guarded_then_refused_before_any_connection() {
    let server = OddServer::closing().await;
    for host in ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0", "[::1]"] {
        let outcome = guarded(&at(&server.url(), host)).await;
        assert!(
            matches!(&outcome, Outcome::Refused { why } if why.ends_with("is not at a public address")),
            "{host}: {outcome:?}"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn given_an_address_of_this_machine_when_allowed_then_the_request_arrives() {
    let receiver = Receiver::start(200, &[]).await;
    for host in ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        assert_eq!(attempt(&at(&receiver.url(), host)).await, Outcome::Delivered, "{host}");
    }
    assert_eq!(receiver.received().len(), 6);
}

#[tokio::test]
async fn given_a_name_of_this_machine_when_guarded_then_refused_before_any_connection() {
    let server = OddServer::closing().await;
    for name in ["localhost", "LOCALHOST"] {
        let url = format!("https://{name}:{}/hook", server.port).parse().unwrap();
        let expected = Outcome::Retry { why: "localhost is not at a public address".to_owned(), after: None };
        assert_eq!(guarded(&url).await, expected);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn given_a_name_of_this_machine_when_allowed_then_the_request_arrives() {
    let receiver = Receiver::start(200, &[]).await;
    assert_eq!(attempt(&receiver.url_at("localhost")).await, Outcome::Delivered);
    assert_eq!(receiver.received().len(), 1);
}

/// Settings may be from a time when it was allowed.
#[tokio::test]
async fn given_a_public_name_without_tls_when_guarded_then_refused() {
    let outcome = guarded(&"http://hook.invalid/".parse().unwrap()).await;
    assert!(matches!(&outcome, Outcome::Refused { why } if why.contains("https://")), "{outcome:?}");
}

/// Runs the tests above, all four that ask this machine, in a process whose environment names a proxy.
#[tokio::test]
async fn given_a_proxy_in_the_environment_when_sent_then_it_is_not_asked() {
    let proxy = OddServer::closing().await;
    let proxy_url = format!("http://127.0.0.1:{}", proxy.port);
    let tests = std::env::current_exe().unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let mut tests = Command::new(tests);
        for variable in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
            tests.env(variable, &proxy_url);
        }
        tests
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .args(["guard::given_a_name_of_this_machine", "guard::given_an_address_of_this_machine"])
            .output()
            .unwrap()
    });
    let ran = ran.await.unwrap();
    let output = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && output.contains("4 passed"), "{output}");
    assert_eq!(proxy.connections(), 0);
}
