//! Mails go over encrypted connections to the server that is meant, or not at all. Each protection has a pair.

use notification::Mailer;
use notification::Outcome;
use serde_json::json;

use crate::certificate::Certificate;
use crate::maildev::Maildev;
use crate::mails::{attempt, config, mailer, notice};
use crate::smtp_server::SmtpServer;

async fn send(mailer: &Mailer) -> Outcome {
    attempt(mailer, &notice(), "a@b.example").await
}

/// A mailer that trusts `certificate` besides the system's.
fn trusting(certificate: &Certificate, url: &str) -> Mailer {
    Mailer::new(config(url).trusting(certificate.pem().as_bytes()).unwrap()).unwrap()
}

async fn with_starttls(certificate: &Certificate) -> SmtpServer {
    SmtpServer::start(json!({
        "cert": certificate.file(), "key": certificate.key_file(), "user": "tasklog", "password": "pass:word/ü",
    }))
    .await
}

const LOGIN: &str = "tasklog:pass%3Aword%2F%C3%BC";

#[tokio::test]
async fn given_starttls_and_a_password_when_mailed_then_encrypted_and_logged_in() {
    let certificate = Certificate::new();
    let mut server = with_starttls(&certificate).await;
    let mailer = trusting(&certificate, &format!("smtp://{LOGIN}@localhost:{}?tls=required", server.port));
    assert_eq!(send(&mailer).await, Outcome::Delivered);
    let mail = server.mail().await;
    assert_eq!((&mail["secure"], &mail["user"]), (&json!(true), &json!("tasklog")));
    assert_eq!(mail["envelope"]["mailFrom"]["address"], "tasklog@example.org");
    assert_eq!(mail["hello"], "example.org");
    assert!(!mail["message"].as_str().unwrap().contains("word"));
}

#[tokio::test]
async fn given_a_certificate_that_nobody_trusts_when_mailed_then_again_later_and_nothing_is_taken() {
    let certificate = Certificate::new();
    let server = with_starttls(&certificate).await;
    let outcome = send(&mailer(&format!("smtp://{LOGIN}@localhost:{}?tls=required", server.port))).await;
    assert!(matches!(&outcome, Outcome::Retry { why, .. } if why.contains("certificate")), "{outcome:?}");
    assert_eq!(server.mails_until_stopped().await.len(), 0);
}

#[tokio::test]
async fn given_a_server_without_starttls_when_it_is_required_then_nothing_is_taken_and_when_not_the_mail_is() {
    let maildev = Maildev::start(&[]).await;
    let with = async |tls: &str| send(&mailer(&format!("smtp://127.0.0.1:{}?tls={tls}", maildev.port))).await;
    let outcome = with("required").await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert_eq!(maildev.mails().await.len(), 0);
    assert_eq!(with("opportunistic").await, Outcome::Delivered);
    assert_eq!(maildev.mails().await.len(), 1);
}

#[tokio::test]
async fn given_a_server_with_starttls_when_it_is_opportunistic_then_encrypted() {
    let certificate = Certificate::new();
    let mut server = SmtpServer::start(json!({"cert": certificate.file(), "key": certificate.key_file()})).await;
    let mailer = trusting(&certificate, &format!("smtp://localhost:{}?tls=opportunistic", server.port));
    assert_eq!(send(&mailer).await, Outcome::Delivered);
    assert_eq!(server.mail().await["secure"], true);
}

#[tokio::test]
async fn given_tls_from_the_first_byte_when_mailed_then_encrypted_and_logged_in() {
    let certificate = Certificate::new();
    let (file, key_file) = (certificate.file(), certificate.key_file());
    let maildev = Maildev::start(&[
        "--incoming-secure",
        "--incoming-cert",
        file.to_str().unwrap(),
        "--incoming-key",
        key_file.to_str().unwrap(),
        "--incoming-user",
        "tasklog",
        "--incoming-pass",
        "secret",
    ])
    .await;
    let url = |password| format!("smtps://tasklog:{password}@localhost:{}", maildev.port);
    assert_eq!(send(&trusting(&certificate, &url("secret"))).await, Outcome::Delivered);
    assert_eq!(maildev.mails().await.len(), 1);

    let wrong = send(&trusting(&certificate, &url("wrong"))).await;
    let expected = "the mail server does not let us send: it answered 535";
    assert_eq!(wrong, Outcome::Retry { why: expected.to_owned(), after: None });
    assert_eq!(maildev.mails().await.len(), 1);
}

#[tokio::test]
async fn given_a_server_that_asks_for_a_password_when_there_is_none_then_again_later() {
    let server = SmtpServer::start(json!({"user": "tasklog", "password": "secret"})).await;
    let outcome = send(&mailer(&format!("smtp://127.0.0.1:{}?tls=none", server.port))).await;
    let expected = "the mail server does not let us send: it answered 530";
    assert_eq!(outcome, Outcome::Retry { why: expected.to_owned(), after: None });
}
