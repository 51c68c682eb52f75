//! One attempt to deliver over a webhook.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::{Host, Url};
use uuid::Uuid;

use super::address::is_public;
use super::resolver::{GuardedResolver, NotPublic};
use super::{Secret, retry_after, sign};
use crate::causes::{causes, innermost};
use crate::{Outcome, Targets};

/// How long a receiver may take to answer, from looking up its name to the answer's head.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
const CONNECTED_WITHIN: Duration = Duration::from_secs(10);
/// Of the answer's body, which nobody reads, this much is waited for, so that the receiver is not cut off in the middle of a word.
const BODY_MAX_BYTES: usize = 16 * 1024;
const BODY_WITHIN: Duration = Duration::from_secs(2);

const CONTENT: &str = "application/cloudevents+json";

/// No client for webhooks can be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client for webhooks can be made")]
pub struct ClientError(#[from] reqwest::Error);

/// What is sent in one attempt.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The [`delivery_id`](crate::delivery_id): the same in each attempt.
    pub id: Uuid,
    /// The channel's URL.
    pub url: &'a Url,
    /// The channel's secret.
    pub secret: &'a Secret,
    /// See [`body`](super::body): the same in each attempt.
    pub body: Vec<u8>,
    /// The time of this attempt; receivers refuse requests whose time is not now.
    pub at: DateTime<Utc>,
}

/// Sends to webhooks. Cheap to clone; any number of attempts may run at the same time.
#[derive(Debug, Clone)]
pub struct Webhooks {
    client: Client,
    targets: Targets,
    answer_within: Duration,
}

impl Webhooks {
    /// A client that goes where `targets` says.
    ///
    /// # Errors
    /// Where the system's certificates cannot be read.
    pub fn new(targets: Targets) -> Result<Self, ClientError> {
        let client = Client::builder()
            .dns_resolver(Arc::new(GuardedResolver { targets }))
            .redirect(Policy::none())
            // A proxy from the environment would connect to what nobody here has checked.
            .no_proxy()
            // Each attempt is a connection of its own, and so asks for the name's addresses anew.
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECTED_WITHIN)
            .user_agent(concat!("tasklog/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, targets, answer_within: ANSWER_WITHIN })
    }

    /// The same with another limit on the time until the answer.
    #[must_use]
    pub fn answering_within(self, limit: Duration) -> Self {
        Self { answer_within: limit, ..self }
    }

    /// Sends `request` once. Ends within the limits on time, whatever the receiver does.
    pub async fn attempt(&self, request: Request<'_>) -> Outcome {
        if self.targets == Targets::PublicOnly
            && let Some(why) = refusal(request.url)
        {
            return Outcome::Refused { why };
        }
        let at = request.at;
        match tokio::time::timeout(self.answer_within, self.post(request)).await {
            Err(_) => Outcome::retry(format!("no answer within {} s", self.answer_within.as_secs_f32())),
            Ok(Err(error)) => Outcome::retry(what_went_wrong(&error)),
            Ok(Ok(response)) => {
                let outcome = outcome_of(&response, at);
                read_a_little(response).await;
                outcome
            }
        }
    }

    async fn post(&self, request: Request<'_>) -> reqwest::Result<Response> {
        let Request { id, url, secret, body, at } = request;
        let (id, timestamp) = (id.to_string(), at.timestamp());
        self.client
            .post(url.clone())
            .header(CONTENT_TYPE, CONTENT)
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", sign::signature(secret, &id, timestamp, &body))
            .body(body)
            .send()
            .await
    }
}

/// Why nothing is sent to `url`, where that can be told from it alone: the resolver is never asked for an address, and settings
/// may be older than the rule that they must keep.
fn refusal(url: &Url) -> Option<String> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        Some(Host::Domain(_)) | None => None,
    };
    match address {
        Some(address) if !is_public(address) => Some(NotPublic { host: address.to_string() }.to_string()),
        _ if url.scheme() != "https" => Some("is not encrypted: the URL must begin with https://".to_owned()),
        _ => None,
    }
}

fn outcome_of(response: &Response, at: DateTime<Utc>) -> Outcome {
    let status = response.status();
    let why = format!("answered {}", status.as_u16());
    match status {
        _ if status.is_success() => Outcome::Delivered,
        _ if status.is_redirection() => Outcome::retry(format!("{why}; redirects are not followed")),
        StatusCode::GONE => Outcome::Gone { why },
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let header = response.headers().get(RETRY_AFTER).and_then(|header| header.to_str().ok());
            Outcome::Retry { why, after: header.and_then(|header| retry_after::parse(header, at)) }
        }
        _ => Outcome::retry(why),
    }
}

/// The answer is known by its head; whatever becomes of its body changes nothing.
async fn read_a_little(mut response: Response) {
    let read = async {
        let mut read_bytes = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            read_bytes += chunk.len();
            if read_bytes > BODY_MAX_BYTES {
                break;
            }
        }
    };
    tokio::time::timeout(BODY_WITHIN, read).await.ok();
}

/// In a few words, without the URL, which may hold a token of the receiver.
fn what_went_wrong(error: &reqwest::Error) -> String {
    if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<NotPublic>()) {
        refused.to_string()
    } else if error.is_timeout() {
        format!("no connection within {} s", CONNECTED_WITHIN.as_secs())
    } else if error.is_connect() {
        format!("no connection: {}", innermost(error))
    } else {
        format!("no answer: {}", innermost(error))
    }
}
