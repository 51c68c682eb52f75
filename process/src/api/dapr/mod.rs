//! What a Dapr sidecar asks of the role `notify`, and what it hands over. Not part of the published contract: these paths are for the
//! sidecar, and are there only where the role is told of one.

mod record;
mod subscribe;
mod take;
mod token;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::routing::{get, post};
use utoipa_axum::router::OpenApiRouter;

use crate::delivery::Notify;
use token::Token;

/// Where the sidecar posts events.
const ROUTE: &str = "/dapr/reminders";

/// What the role is told of its sidecar.
#[derive(Clone)]
pub struct SidecarOptions {
    /// The name of its pub/sub component.
    pub pubsub: String,
    /// What it must send as `dapr-api-token`, where anything.
    pub token: Option<String>,
    /// The topic for records that nobody can take up, where there is one.
    pub dead_letter_topic: Option<String>,
}

/// What the endpoints share. Cheap to clone.
#[derive(Clone)]
struct Sidecar {
    notify: Notify,
    pubsub: Arc<str>,
    token: Option<Token>,
    dead_letter_topic: Option<Arc<str>>,
    /// The last event could not be taken up, and that was told.
    failing: Arc<AtomicBool>,
}

/// The routes for a sidecar of the role `notify`.
pub fn dapr_router(notify: Notify, options: SidecarOptions) -> OpenApiRouter {
    let SidecarOptions { pubsub, token, dead_letter_topic } = options;
    let sidecar = Sidecar {
        notify,
        pubsub: pubsub.into(),
        token: token.as_deref().map(Token::new),
        dead_letter_topic: dead_letter_topic.map(Into::into),
        failing: Arc::default(),
    };
    OpenApiRouter::new()
        .route("/dapr/subscribe", get(subscribe::subscriptions))
        .route(ROUTE, post(take::take_record))
        .with_state(sidecar)
}
