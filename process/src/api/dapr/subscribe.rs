//! `GET /dapr/subscribe`

use axum::Json;
use axum::extract::State;
use domain::topics;
use platform::http::QueryParams;
use platform::problem::Problem;
use serde::Serialize;

use super::token::OfSidecar;
use super::{ROUTE, Sidecar};

/// One subscription, as daprd reads it.
#[derive(Debug, Serialize)]
pub(super) struct Subscription {
    pubsubname: String,
    topic: &'static str,
    route: &'static str,
    /// Where it puts what it is told to drop.
    #[serde(rename = "deadLetterTopic", skip_serializing_if = "Option::is_none")]
    dead_letter_topic: Option<String>,
    metadata: Metadata,
}

/// How the records are wanted.
#[derive(Debug, Serialize)]
struct Metadata {
    /// `true`: the record's bytes, whatever they are. Else daprd reads each record itself, and one that is no JSON object it tries again
    /// for ever, and nothing behind it in its partition.
    #[serde(rename = "rawPayload")]
    raw_payload: &'static str,
}

/// What the sidecar is to read for this role.
pub(super) async fn subscriptions(
    State(sidecar): State<Sidecar>,
    _: OfSidecar,
    params: QueryParams,
) -> Result<Json<[Subscription; 1]>, Problem> {
    params.allow(&[], &[])?;
    Ok(Json([Subscription {
        pubsubname: sidecar.pubsub.to_string(),
        topic: topics::REMINDERS,
        route: ROUTE,
        dead_letter_topic: sidecar.dead_letter_topic.as_deref().map(str::to_owned),
        metadata: Metadata { raw_payload: "true" },
    }]))
}
