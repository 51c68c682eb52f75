//! One attempt to deliver by mail.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport, Tokio1Executor};

use super::config::Encryption;
use super::{Mail, SmtpConfig, message};
use crate::Outcome;
use crate::causes::innermost;

/// How long the mail server may take for the whole of a mail.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// Replies that say that we may not send: what is wrong is our configuration and not the mail (RFC 4954).
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

/// No TLS for the mail server can be set up.
#[derive(Debug, thiserror::Error)]
#[error("no TLS for the mail server can be set up")]
pub struct TlsError(#[from] Error);

/// Sends mails. Each is a connection of its own; any number of attempts may run at the same time.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    taken_within: Duration,
}

impl Mailer {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// Where TLS cannot be set up, for instance with a certificate that is none.
    pub fn new(config: SmtpConfig) -> Result<Self, TlsError> {
        let SmtpConfig { host, port, encryption, credentials, from, trusted } = config;
        let parameters = || {
            let parameters = TlsParameters::builder(host.clone());
            trusted.iter().cloned().fold(parameters, |all, one| all.add_root_certificate(one)).build()
        };
        let tls = match encryption {
            Encryption::FromTheStart => Tls::Wrapper(parameters()?),
            Encryption::Required => Tls::Required(parameters()?),
            Encryption::Opportunistic => Tls::Opportunistic(parameters()?),
            Encryption::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host)
            .port(port)
            .tls(tls)
            .timeout(Some(TAKEN_WITHIN))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        if let Some(credentials) = credentials {
            transport = transport.credentials(credentials);
        }
        Ok(Self { transport: transport.build(), from, taken_within: TAKEN_WITHIN })
    }

    /// The same with another limit on the time until the server has taken the mail.
    #[must_use]
    pub fn taken_within(self, limit: Duration) -> Self {
        Self { taken_within: limit, ..self }
    }

    /// Sends `mail` once. [`Outcome::Delivered`] means that the mail server has taken it over.
    pub async fn attempt(&self, mail: &Mail<'_>) -> Outcome {
        let message = match message::message(mail, &self.from) {
            Ok(message) => message,
            Err(error) => return Outcome::Refused { why: error.to_string() },
        };
        match tokio::time::timeout(self.taken_within, self.transport.send(message)).await {
            Ok(Ok(_)) => Outcome::Delivered,
            Ok(Err(error)) => outcome_of(&error),
            Err(_) => {
                Outcome::retry(format!("the mail server did not take it within {} s", self.taken_within.as_secs_f32()))
            }
        }
    }
}

fn outcome_of(error: &Error) -> Outcome {
    match error.status().map(u16::from) {
        Some(code) if ABOUT_US.contains(&code) => {
            Outcome::retry(format!("the mail server does not let us send: it answered {code}"))
        }
        Some(code) if error.is_permanent() => Outcome::Refused { why: format!("the mail server answered {code}") },
        Some(code) => Outcome::retry(format!("the mail server answered {code}")),
        None => Outcome::retry(format!("no mail server: {}", innermost(error))),
    }
}
