//! `GET /tag-renames`

use axum::Json;
use axum::extract::State;
use domain::tenant;
use platform::http::{Page, QueryParams};
use platform::page::{Cursor, CursorError, cut, instant_key, instant_of};
use platform::problem::{Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use super::ProcessState;
use super::rename_tag::{RenameBody, away};
use crate::tag_renames::{self, Place, Rename};

/// The name of the order, for cursors.
const ORDER: &str = "tag_renames";

/// A page of renames.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TagRenamePage)]
pub(super) struct RenamePage {
    /// Newest first.
    items: Vec<RenameBody>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// The renames of tags that were asked for, newest first.
#[utoipa::path(
    get,
    path = "/tag-renames",
    tag = "tasks",
    params(
        ("limit" = Option<u32>, Query, description = "Renames on a page, 1 to 200, 50 without it"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of renames", body = RenamePage),
        (status = 400, description = "The query cannot be read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is unknown or wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Postgres cannot be reached", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_tag_renames(
    State(state): State<ProcessState>,
    params: QueryParams,
) -> Result<Json<RenamePage>, Problem> {
    params.allow(&["limit", "cursor"], &[])?;
    let page = Page::read(&params, ORDER, "")?;
    let after = page.cursor.as_ref().map(place).transpose()?;
    let renames = tag_renames::page(state.tag_renames.pool(), tenant::DEFAULT, after, page.limit + 1);
    let (renames, more) = cut(renames.await.map_err(away)?, page.limit);
    let next_cursor = renames.last().filter(|_| more).map(|last| cursor_after(last).encode());
    Ok(Json(RenamePage { items: renames.into_iter().map(RenameBody::of).collect(), next_cursor }))
}

fn cursor_after(last: &Rename) -> Cursor {
    let key = instant_key(last.created_at);
    Cursor { sort: ORDER.to_owned(), key, id: last.id.to_string(), filters: String::new() }
}

/// What a cursor names.
fn place(cursor: &Cursor) -> Result<Place, CursorError> {
    let id = cursor.id.parse().map_err(|_| CursorError::Garbage)?;
    Ok(Place { created_at: instant_of(&cursor.key)?, id })
}

#[cfg(test)]
mod tests {
    use platform::problem::Problem;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn given_a_key_that_no_page_ends_with_when_read_as_a_place_then_it_is_refused() {
        let cursor =
            |key: Value, id: &str| Cursor { sort: ORDER.to_owned(), key, id: id.to_owned(), filters: String::new() };
        let id = "0198c5d2-7f3a-7cc1-9a53-2f1f6f3f6a10";
        let found = place(&cursor(json!(1_780_000_000_000_000_i64), id)).unwrap();
        assert_eq!(
            (instant_key(found.created_at), found.id.to_string().as_str()),
            (json!(1_780_000_000_000_000_i64), id)
        );
        for (key, id) in [(json!(null), id), (json!("x"), id), (json!(i64::MAX), id), (json!(1), "x")] {
            let problem = Problem::from(place(&cursor(key, id)).unwrap_err());
            assert_eq!((problem.status().as_u16(), problem.errors()[0].field.as_str()), (422, "cursor"));
        }
    }
}
