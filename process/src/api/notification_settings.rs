//! `GET` and `PUT /notification-settings`

use axum::Json;
use axum::extract::State;
use domain::tenant;
use notification::Settings;
use platform::http::{JsonObject, QueryParams};
use platform::problem::{FieldError, Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::delivery::{self, Notify};

/// How reminders reach their owner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = NotificationSettings)]
pub(super) struct SettingsBody {
    /// Each gets every reminder; at most 10.
    #[schema(max_items = 10)]
    channels: Vec<ChannelBody>,
}

/// One way to reach the owner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = NotificationChannel)]
pub(super) enum ChannelBody {
    /// A `POST` of the reminder's CloudEvent with the task in it, signed per Standard Webhooks.
    Webhook {
        /// Where to; `https`, and no private address, unless the server allows them.
        #[schema(max_length = 2000, example = "https://example.com/hooks/tasklog")]
        url: String,
        /// What it is signed with: `whsec_` and 24 to 64 bytes in base64. Answers show `whsec_********`, which in a `PUT` keeps the secret of
        /// the same URL.
        #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
        secret: String,
    },
    /// A mail.
    Email {
        /// Who to.
        #[schema(example = "ann@example.com")]
        address: String,
    },
}

/// How reminders reach you; no channel where nothing was ever set.
///
/// Whatever the settings, each reminder that rings is on the live stream, `GET /events`.
#[utoipa::path(
    get,
    path = "/notification-settings",
    tag = "reminders",
    responses(
        (status = 200, description = "The settings, without the secrets", body = SettingsBody),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached, or the settings cannot be read", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_settings(State(notify): State<Notify>, params: QueryParams) -> Result<Json<Value>, Problem> {
    params.allow(&[], &[])?;
    let settings = delivery::load(notify.pool(), tenant::DEFAULT).await.map_err(unread)?;
    Ok(Json(settings.shown()))
}

/// Says how reminders reach you. What is not there any more gets nothing more; a channel that was disabled, as it had only failed for days,
/// gets another chance.
#[utoipa::path(
    put,
    path = "/notification-settings",
    tag = "reminders",
    request_body = SettingsBody,
    responses(
        (status = 200, description = "The settings as they are now, without the secrets", body = SettingsBody),
        (status = 400, description = "The body or the query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is of another media type", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not valid; `errors` names each field", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached, or the settings cannot be read", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_settings(
    State(notify): State<Notify>,
    params: QueryParams,
    JsonObject(body): JsonObject,
) -> Result<Json<Value>, Problem> {
    params.allow(&[], &[])?;
    let pool = notify.pool();
    let current = delivery::load(pool, tenant::DEFAULT).await.map_err(unread)?;
    let settings = Settings::from_json(&body, &current, notify.targets()).map_err(|violations| {
        Problem::invalid(violations.0.into_iter().map(|violation| FieldError::new(violation.field, violation.detail)))
    })?;
    delivery::save(pool, tenant::DEFAULT, &settings).await.map_err(away)?;
    Ok(Json(settings.shown()))
}

pub(super) fn away(error: sqlx::Error) -> Problem {
    tracing::error!(%error, "the notification settings cannot be reached");
    Problem::unavailable("postgres cannot be reached")
}

/// Why there are no settings to answer with: whoever looks after them has other things to do where they are damaged.
fn unread(error: sqlx::Error) -> Problem {
    if delivery::cannot_be_read(&error) {
        tracing::error!(%error, "the notification settings cannot be read");
        return Problem::unavailable("the settings cannot be read; an operator has to mend them");
    }
    away(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_settings_that_are_damaged_when_told_then_it_is_not_postgres_that_is_away() {
        let told = |error| unread(error).body().detail;
        assert!(told(sqlx::Error::Decode("no such channel".into())).starts_with("the settings cannot be read"));
        assert_eq!(told(sqlx::Error::PoolTimedOut), "postgres cannot be reached");
    }
}
