//! Receivers that are slow, that never end, or that are not there.

use std::sync::Arc;
use std::time::Duration;

use notification::{Outcome, Targets, Webhooks};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::attempts::{attempt, attempt_with};
use crate::certificate::Certificate;
use crate::odd_servers::OddServer;

#[track_caller]
fn assert_retry(outcome: &Outcome, beginning: &str) {
    assert!(matches!(outcome, Outcome::Retry { why, after: None } if why.starts_with(beginning)), "{outcome:?}");
}

#[tokio::test]
async fn given_a_server_that_never_answers_when_its_time_is_over_then_again_later_and_the_connection_is_closed() {
    let mut server = OddServer::silent().await;
    let webhooks = Webhooks::new(Targets::Any).unwrap().answering_within(Duration::from_millis(200));
    assert_eq!(
        attempt_with(&webhooks, &server.url()).await,
        Outcome::Retry { why: "no answer within 0.2 s".to_owned(), after: None }
    );
    server.ended().await;
}

#[tokio::test]
async fn given_a_server_that_closes_at_once_when_sent_then_again_later_after_one_connection() {
    let server = OddServer::closing().await;
    assert_retry(&attempt(&server.url()).await, "no answer: ");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn given_a_body_without_end_when_answered_then_the_head_decides_and_the_connection_is_closed() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut server = OddServer::endless(head, "10\r\n0123456789abcdef\r\n").await;
    assert_eq!(attempt(&server.url()).await, Outcome::Delivered);
    server.ended().await;
}

#[tokio::test]
async fn given_a_body_that_never_comes_when_answered_then_the_head_decides_and_the_connection_is_closed() {
    let mut server = OddServer::stalling("HTTP/1.1 500 Oh\r\ncontent-length: 9\r\n\r\n").await;
    assert_retry(&attempt(&server.url()).await, "answered 500");
    server.ended().await;
}

#[tokio::test]
async fn given_a_head_without_end_when_answered_then_again_later_and_the_connection_is_closed() {
    let mut server = OddServer::endless("HTTP/1.1 200 OK\r\n", "x-more: 0123456789abcdef\r\n").await;
    assert_retry(&attempt(&server.url()).await, "no answer: ");
    server.ended().await;
}

#[tokio::test]
async fn given_something_that_does_not_speak_http_when_sent_then_again_later() {
    let server = OddServer::endless("220 mail.example ESMTP\r\n", "500 what?\r\n").await;
    assert_retry(&attempt(&server.url()).await, "no answer: ");
}

#[tokio::test]
async fn given_nobody_at_the_port_when_sent_then_again_later() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let url: Url = format!("http://127.0.0.1:{port}/token-of-the-receiver").parse().unwrap();
    let outcome = attempt(&url).await;
    assert_retry(&outcome, "no connection: ");
    assert!(!outcome.why().unwrap().contains("token"), "a URL may hold one: {outcome:?}");
}

#[tokio::test]
async fn given_a_name_that_nobody_has_when_sent_then_again_later() {
    assert_retry(&attempt(&"https://nobody.invalid/".parse().unwrap()).await, "no connection: ");
}

#[tokio::test]
async fn given_a_certificate_that_nobody_trusts_when_sent_then_nothing_is_told() {
    let tls = TlsAcceptor::from(Arc::new(Certificate::new().server_config()));
    let (tell, mut accepted) = mpsc::unbounded_channel();
    let server = OddServer::start(move |stream| {
        let (tls, tell) = (tls.clone(), tell.clone());
        async move { tell.send(tls.accept(stream).await.is_ok()).unwrap() }
    })
    .await;
    let url: Url = format!("https://localhost:{}/", server.port).parse().unwrap();
    assert_retry(&attempt(&url).await, "no connection: invalid peer certificate");
    assert_eq!(accepted.recv().await, Some(false), "the client goes away before it has said anything");
}
