//! Mails that are not taken.

use std::time::Duration;

use notification::Outcome;
use serde_json::json;
use tokio::net::TcpListener;

use crate::mails::{attempt, mailer, notice};
use crate::odd_servers::OddServer;
use crate::smtp_server::SmtpServer;

async fn send(port: u16, address: &str) -> Outcome {
    attempt(&mailer(&format!("smtp://127.0.0.1:{port}?tls=none")), &notice(), address).await
}

#[track_caller]
fn assert_retry(outcome: &Outcome, beginning: &str) {
    assert!(matches!(outcome, Outcome::Retry { why, after: None } if why.starts_with(beginning)), "{outcome:?}");
}

#[tokio::test]
async fn given_a_mailbox_that_is_not_there_when_mailed_then_refused_for_good_and_for_now_then_again_later() {
    let server = SmtpServer::start(json!({})).await;
    for status in [550, 552, 554] {
        let why = format!("the mail server answered {status}");
        assert_eq!(send(server.port, &format!("status-{status}@b.example")).await, Outcome::Refused { why });
    }
    for status in [421, 450, 452] {
        assert_retry(
            &send(server.port, &format!("status-{status}@b.example")).await,
            &format!("the mail server answered {status}"),
        );
    }
    assert_eq!(send(server.port, "somebody@b.example").await, Outcome::Delivered);
    assert_eq!(server.mails_until_stopped().await.len(), 1);
}

#[tokio::test]
async fn given_a_server_that_takes_ascii_only_when_mailed_to_more_then_nothing_is_taken() {
    let server = SmtpServer::start(json!({"hide": ["SMTPUTF8"]})).await;
    assert_retry(&send(server.port, "jürgen@b.example").await, "no mail server: ");
    assert_eq!(server.mails_until_stopped().await.len(), 0);
}

#[tokio::test]
async fn given_a_server_that_never_answers_when_its_time_is_over_then_again_later_and_the_connection_is_closed() {
    let mut server = OddServer::silent().await;
    let mailer = mailer(&format!("smtp://127.0.0.1:{}?tls=none", server.port)).taken_within(Duration::from_millis(200));
    let outcome = attempt(&mailer, &notice(), "a@b.example").await;
    assert_eq!(outcome, Outcome::Retry { why: "the mail server did not take it within 0.2 s".to_owned(), after: None });
    server.ended().await;
}

#[tokio::test]
async fn given_a_server_that_closes_at_once_or_is_not_there_when_mailed_then_again_later() {
    let server = OddServer::closing().await;
    assert_retry(&send(server.port, "a@b.example").await, "no mail server: ");
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert_retry(&send(port, "a@b.example").await, "no mail server: ");
}
