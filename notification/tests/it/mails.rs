//! Mails as a mail server takes them and a mailbox shows them.

use notification::email::{Mail, Notice, SmtpConfig};
use notification::{Mailer, Outcome};
use serde_json::json;
use uuid::Uuid;

use crate::at;
use crate::maildev::Maildev;

/// A mailer for the server of this URL.
pub(crate) fn mailer(url: &str) -> Mailer {
    Mailer::new(config(url)).unwrap()
}

pub(crate) fn config(url: &str) -> SmtpConfig {
    SmtpConfig::parse(url, "Tasklog <tasklog@example.org>").unwrap()
}

pub(crate) fn notice() -> Notice {
    Notice::of_task(&json!({"title": "Pay the rent", "description": "", "due_date": "2026-12-01"}))
}

/// One attempt to send `notice` to `address`.
pub(crate) async fn attempt(mailer: &Mailer, notice: &Notice, address: &str) -> Outcome {
    let address = address.parse().unwrap();
    mailer.attempt(&Mail { id: Uuid::from_u128(7), to: &address, notice, at: at() }).await
}

fn plain(maildev: &Maildev) -> Mailer {
    mailer(&format!("smtp://127.0.0.1:{}?tls=none", maildev.port))
}

#[tokio::test]
async fn given_a_reminder_when_mailed_then_a_mail_with_text_html_and_what_tells_doubles() {
    let maildev = Maildev::start(&[]).await;
    let notice = Notice::of_task(&json!({
        "title": "Zahnarzt <b>🦷</b> & \"mehr\"", "description": "Straße 1\n.\n=== --=_x",
        "due_at": "2026-12-01T09:00:00", "time_zone": "Europe/Berlin",
    }));
    let mailer = plain(&maildev);
    for _ in 0..2 {
        assert_eq!(attempt(&mailer, &notice, "a@b.example").await, Outcome::Delivered);
    }
    let mails = maildev.mails().await;
    assert_eq!(mails.len(), 2);
    let mail = &mails[0];
    assert_eq!(mail["subject"], "Reminder: Zahnarzt <b>🦷</b> & \"mehr\"");
    assert_eq!(mail["from"], json!([{"address": "tasklog@example.org", "name": "Tasklog"}]));
    assert_eq!(mail["to"], json!([{"address": "a@b.example", "name": ""}]));
    assert_eq!(mail["headers"]["auto-submitted"], "auto-generated");
    assert_eq!(mail["headers"]["message-id"], "<00000000-0000-0000-0000-000000000007@example.org>");
    assert_eq!(mails[1]["headers"]["message-id"], mail["headers"]["message-id"]);
    assert_eq!(
        mail["text"].as_str().unwrap().trim_end(),
        "Zahnarzt <b>🦷</b> & \"mehr\"\n\nDue: 2026-12-01 09:00 (Europe/Berlin)\n\nStraße 1\n.\n=== --=_x"
    );
    let html = mail["html"].as_str().unwrap();
    assert!(html.contains("Zahnarzt &lt;b&gt;🦷&lt;/b&gt; &amp; &quot;mehr&quot;</h1>"), "{html}");
    assert_eq!(mail["attachments"], json!([]));
}

#[tokio::test]
async fn given_a_title_with_headers_in_it_when_mailed_then_one_recipient_and_no_such_header() {
    let maildev = Maildev::start(&[]).await;
    let title = "Rent\r\nBcc: evil@example.org\r\nX-Evil: yes\r\n\r\n<html>";
    let notice = Notice {
        title: title.to_owned(),
        description: "\r\n.\r\nMAIL FROM:<x@y>\r\n".to_owned(),
        due: None,
        others: 0,
    };
    assert_eq!(attempt(&plain(&maildev), &notice, "a@b.example").await, Outcome::Delivered);
    let mails = maildev.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0]["envelope"]["to"], json!([{"address": "a@b.example"}]));
    assert_eq!(mails[0]["subject"], "Reminder: Rent  Bcc: evil@example.org  X-Evil: yes    <html>");
    let source = maildev.source(&mails[0]).await;
    let head = source.replace("\r\n", "\n");
    let head = head.split("\n\n").next().unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc") || line.starts_with("X-Evil")), "{head}");
    assert!(mails[0]["text"].as_str().unwrap().contains("MAIL FROM:<x@y>"));
}

#[tokio::test]
async fn given_an_address_beyond_ascii_when_mailed_then_it_arrives() {
    let maildev = Maildev::start(&[]).await;
    assert_eq!(attempt(&plain(&maildev), &notice(), "jürgen@bücher.example").await, Outcome::Delivered);
    let mails = maildev.mails().await;
    assert_eq!(mails[0]["envelope"]["to"][0]["address"].as_str().unwrap().split('@').next(), Some("jürgen"));
}
