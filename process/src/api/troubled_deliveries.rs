//! `GET /deliveries`

use axum::Json;
use axum::extract::State;
use domain::tenant;
use platform::http::QueryParams;
use platform::page::{Cursor, CursorError, cut, instant_key, instant_of};
use platform::problem::{FieldError, Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use crate::delivery::{Notify, Place, Trouble, Troubled, in_trouble};

/// The name of the order, for cursors.
const ORDER: &str = "deliveries";

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TroubledDeliveryPage {
    /// Newest first.
    items: Vec<Troubled>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// The deliveries of reminders that are tried again or have failed, newest first.
///
/// Those that went well, and those whose reminder was put off before they did, are not among them; `GET /reminders/{id}/deliveries` has each attempt of
/// a reminder.
#[utoipa::path(
    get,
    path = "/deliveries",
    tag = "operations",
    params(
        ("outcome" = Option<Vec<Trouble>>, Query, description = "Only those with any of these; repeat it for both, as without it"),
        ("limit" = Option<u32>, Query, description = "Deliveries on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of deliveries", body = TroubledDeliveryPage),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_troubled_deliveries(
    State(notify): State<Notify>,
    params: QueryParams,
) -> Result<Json<TroubledDeliveryPage>, Problem> {
    params.allow(&["limit", "cursor"], &["outcome"])?;
    let mut errors = Vec::new();
    let troubles = troubles(&params, &mut errors);
    let filters = fingerprint(&troubles);
    let limit = params.limit(&mut errors);
    let cursor = params.cursor(ORDER, &filters, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let after = cursor.as_ref().map(place).transpose()?;
    let rows = in_trouble(notify.pool(), tenant::DEFAULT, &troubles, after, limit + 1);
    let (items, more) = cut(rows.await.map_err(away)?, limit);
    let next_cursor = items.last().filter(|_| more).map(|last| cursor_after(last, filters).encode());
    Ok(Json(TroubledDeliveryPage { items, next_cursor }))
}

/// `outcome`, in order, without doubles; all of them where none is asked for.
fn troubles(params: &QueryParams, errors: &mut Vec<FieldError>) -> Vec<Trouble> {
    let named = |text: &str| Trouble::ALL.into_iter().find(|trouble| trouble.as_str() == text);
    let mut troubles = Vec::new();
    for text in params.all("outcome") {
        match named(text) {
            Some(trouble) => troubles.push(trouble),
            None => {
                errors.push(FieldError::new("outcome", "must be one of failing, failed"));
                break;
            }
        }
    }
    if troubles.is_empty() {
        return Trouble::ALL.to_vec();
    }
    troubles.sort();
    troubles.dedup();
    troubles
}

/// What a cursor belongs to.
fn fingerprint(troubles: &[Trouble]) -> String {
    let names: Vec<&str> = troubles.iter().map(|trouble| trouble.as_str()).collect();
    names.join(",")
}

fn cursor_after(last: &Troubled, filters: String) -> Cursor {
    let key = instant_key(last.created_at);
    Cursor { sort: ORDER.to_owned(), key, id: last.id.to_string(), filters }
}

/// What a cursor names.
fn place(cursor: &Cursor) -> Result<Place, CursorError> {
    let id = cursor.id.parse().map_err(|_| CursorError::Garbage)?;
    Ok(Place { created_at: instant_of(&cursor.key)?, id })
}

fn away(error: sqlx::Error) -> Problem {
    tracing::error!(%error, "deliveries cannot be reached");
    Problem::unavailable("postgres cannot be reached")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Vec<Trouble>, Vec<FieldError>> {
        let mut errors = Vec::new();
        let troubles = troubles(&QueryParams::parse(query).unwrap(), &mut errors);
        if errors.is_empty() { Ok(troubles) } else { Err(errors) }
    }

    #[test]
    fn given_outcomes_when_read_then_in_order_and_all_where_none_is_asked_for() {
        let both = Trouble::ALL.to_vec();
        assert_eq!(read(""), Ok(both.clone()));
        assert_eq!(read("outcome=failed&outcome=failing&outcome=failed"), Ok(both));
        assert_eq!(read("outcome=failed"), Ok(vec![Trouble::Failed]));
        for query in ["outcome=", "outcome=delivered", "outcome=failing&outcome=Failed"] {
            assert_eq!(read(query).unwrap_err()[0].field, "outcome", "{query}");
        }
    }

    #[test]
    fn given_a_cursor_when_read_as_a_place_then_it_is_the_one_it_was_made_after_and_garbage_is_refused() {
        let id = "0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10";
        let cursor = |key: i64, id: &str| Cursor {
            sort: ORDER.to_owned(),
            key: key.into(),
            id: id.to_owned(),
            filters: fingerprint(&Trouble::ALL),
        };
        let found = place(&cursor(1_780_000_000_000_000, id)).unwrap();
        assert_eq!(
            (instant_key(found.created_at), found.id.to_string().as_str()),
            (1_780_000_000_000_000_i64.into(), id)
        );
        for (key, id) in [(i64::MAX, id), (1, "x")] {
            assert_eq!(place(&cursor(key, id)), Err(CursorError::Garbage));
        }
    }
}
