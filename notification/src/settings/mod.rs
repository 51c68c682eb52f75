//! Which channels a user is reminded over: the body of `GET` and `PUT /notification-settings`.

mod read;

use lettre::Address;
use serde_json::{Map, Value, json};
use url::{Host, Url};
use uuid::Uuid;

use domain::Violations;

use crate::webhook::Secret;

/// Most channels of one user.
const CHANNELS_MAX: usize = 10;
/// Longest URL of a webhook, in characters, as it is sent: percent-encoded.
const URL_MAX_CHARS: usize = 2_000;

/// What takes the place of a secret in an answer. Given back for a webhook with the same URL, it keeps the secret.
pub const MASKED_SECRET: &str = "whsec_********";

/// The namespace of channels' ids: UUIDv5 of `tasklog.channel` in the namespace of URLs.
const NAMESPACE: Uuid = Uuid::from_u128(0x996d_2077_8d87_5a25_85e7_b2d3_249b_02c4);

/// Where webhooks may lead: `NOTIFY_ALLOW_PRIVATE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// Only to public addresses, over TLS.
    PublicOnly,
    /// Also into private networks and to this machine, and without TLS: for those who trust all their users.
    Any,
}

/// One way to reach a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// A signed `POST` to a URL.
    Webhook {
        /// Where to.
        url: Url,
        /// What it is signed with.
        secret: Secret,
    },
    /// A mail.
    Email {
        /// Who to.
        address: Address,
    },
}

impl Channel {
    /// The id that its deliveries are kept under. It follows from the URL or address alone: a new secret keeps it, and so does
    /// leaving the channel out and adding it again.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let name = match self {
            Self::Webhook { url, .. } => format!("webhook {url}"),
            Self::Email { address } => format!("email {}", address_key(address)),
        };
        Uuid::new_v5(&NAMESPACE, name.as_bytes())
    }

    /// `webhook` or `email`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Email { .. } => "email",
        }
    }

    fn json(&self, secret_text: impl Fn(&Secret) -> String) -> Value {
        match self {
            Self::Webhook { url, secret } => {
                json!({"type": "webhook", "url": url.as_str(), "secret": secret_text(secret)})
            }
            Self::Email { address } => json!({"type": "email", "address": address.to_string()}),
        }
    }
}

/// An address as it is compared: a domain has several spellings; what stands before it is the receiver's matter.
fn address_key(address: &Address) -> String {
    let domain = Host::parse(address.domain()).map_or_else(|_| address.domain().to_owned(), |host| host.to_string());
    format!("{}@{domain}", address.user())
}

/// The channels of one user, in their own order; no two with the same [`Channel::id`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Every one gets each reminder.
    pub channels: Vec<Channel>,
}

impl Settings {
    /// Reads the body of a `PUT`, which replaces `current`. A webhook whose secret is [`MASKED_SECRET`] keeps the one that
    /// `current` has for its URL.
    ///
    /// # Errors
    /// Every field that is missing, unknown or not valid.
    pub fn from_json(body: &Map<String, Value>, current: &Self, targets: Targets) -> Result<Self, Violations> {
        read::settings(body, current, targets)
    }

    /// Reads what [`stored`](Self::stored) wrote. What a webhook may lead to is not asked again: it is checked at each attempt.
    ///
    /// # Errors
    /// Where the value was not written by [`stored`](Self::stored).
    pub fn from_stored(stored: &Map<String, Value>) -> Result<Self, Violations> {
        read::settings(stored, &Self::default(), Targets::Any)
    }

    /// The JSON to keep, with the secrets.
    #[must_use]
    pub fn stored(&self) -> Value {
        self.json(Secret::reveal)
    }

    /// The JSON to answer with, in which [`MASKED_SECRET`] stands for each secret.
    #[must_use]
    pub fn shown(&self) -> Value {
        self.json(|_| MASKED_SECRET.to_owned())
    }

    fn json(&self, secret_text: impl Fn(&Secret) -> String) -> Value {
        json!({"channels": self.channels.iter().map(|channel| channel.json(&secret_text)).collect::<Vec<_>>()})
    }
}

#[cfg(test)]
mod tests;
