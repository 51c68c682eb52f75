//! The mail itself.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use uuid::Uuid;

use super::Notice;

/// What is sent in one attempt.
#[derive(Debug, Clone)]
pub struct Mail<'a> {
    /// The [`delivery_id`](crate::delivery_id): the same in each attempt.
    pub id: Uuid,
    /// The channel's address.
    pub to: &'a Address,
    /// What it says.
    pub notice: &'a Notice,
    /// The time of this attempt.
    pub at: DateTime<Utc>,
}

/// No mail can be made of it.
#[derive(Debug, thiserror::Error)]
#[error("the mail cannot be written")]
pub(super) struct MessageError(#[from] Box<dyn std::error::Error + Send + Sync>);

/// Tells holiday replies and the like to stay silent (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The message of `mail`, the same for the same arguments. Its `Message-ID` follows from the delivery alone, so that mailboxes
/// which got it twice can tell.
pub(super) fn message(mail: &Mail<'_>, from: &Mailbox) -> Result<Message, MessageError> {
    let Mail { id, to, notice, at } = mail;
    let alternatives = MultiPart::alternative()
        // Quoted-printable never holds `=_`, so that no text can end its part.
        .boundary(format!("=_{}", id.simple()))
        .singlepart(part(ContentType::TEXT_PLAIN, notice.plain())?)
        .singlepart(part(ContentType::TEXT_HTML, notice.html())?);
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, (*to).clone()))
        .subject(notice.subject())
        .date(SystemTime::from(*at))
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .header(AutoSubmitted)
        .multipart(alternatives);
    Ok(message.map_err(Box::from)?)
}

fn part(content: ContentType, text: String) -> Result<SinglePart, MessageError> {
    // Bytes that mail cannot carry: quoted-printable may hold every other.
    let text = text.replace('\0', " ");
    let body = Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable)
        .map_err(|_| MessageError("not quoted-printable".into()))?;
    Ok(SinglePart::builder().header(content).body(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(notice: &Notice) -> String {
        let mail = Mail {
            id: Uuid::from_u128(7),
            to: &"a@b.example".parse().unwrap(),
            notice,
            at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        let message = message(&mail, &"Tasklog <tasklog@example.org>".parse().unwrap()).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    fn titled(title: &str) -> Notice {
        Notice { title: title.to_owned(), description: String::new(), due: None, others: 0 }
    }

    fn header_names(text: &str) -> Vec<&str> {
        let head = text.split("\r\n\r\n").next().unwrap();
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split(':').next().unwrap()).collect()
    }

    const NAMES: [&str; 8] =
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];

    #[test]
    fn given_a_notice_when_written_then_headers_and_both_forms() {
        let text = written(&titled("Pay the <rent>"));
        for line in [
            "From: Tasklog <tasklog@example.org>",
            "To: a@b.example",
            "Subject: Reminder: Pay the <rent>",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000",
            "Message-ID: <00000000-0000-0000-0000-000000000007@example.org>",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} is not in\n{text}");
        }
        assert!(text.contains("multipart/alternative") && text.contains("text/plain") && text.contains("text/html"));
        assert_eq!(header_names(&text), NAMES);
        assert_eq!(written(&titled("Pay the <rent>")), text, "nothing in it is drawn by chance");
    }

    #[test]
    fn given_headers_and_parts_in_a_title_when_written_then_only_text() {
        for title in [
            "x\r\nBcc: evil@example.org",
            "x\nBcc: evil@example.org\n\nbody",
            "x\r\n\r\n--=_00000000000000000000000000000007\r\n",
        ] {
            let text = written(&titled(title));
            assert_eq!(header_names(&text), NAMES, "{text}");
            assert_eq!(text.matches("\r\n--=_00000000000000000000000000000007").count(), 3, "{text}");
        }
    }

    proptest! {
        #[test]
        fn given_any_text_when_written_then_the_same_headers_and_two_parts_in_short_lines(
            title: String, description: String,
        ) {
            let text = written(&Notice { title, description, due: None, others: 0 });
            prop_assert_eq!(header_names(&text), NAMES);
            prop_assert_eq!(text.matches("--=_00000000000000000000000000000007").count(), 3);
            prop_assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
        }
    }
}
