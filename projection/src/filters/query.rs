//! What a filter stands for.

use chrono::NaiveDate;
use domain::task::{Priority, Status};
use platform::http::QueryParams;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Parameters of `GET /tasks`, as the JSON that they were saved in: a text, a list of texts, or true or false each. Valid when they were saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SavedQuery(Map<String, Value>);

impl SavedQuery {
    /// Of parameters that have been judged; `null` is no value.
    #[must_use]
    pub fn new(parameters: Map<String, Value>) -> Self {
        Self(parameters.into_iter().filter(|(_, value)| !value.is_null()).collect())
    }

    /// With those of `patch` in the place of its own, as JSON Merge Patch has it; to be judged.
    #[must_use]
    pub fn patched(&self, patch: &Map<String, Value>) -> Map<String, Value> {
        // `null` stays, so that under a name that is unknown it is refused too.
        let mut parameters = self.0.clone();
        parameters.extend(patch.iter().map(|(name, value)| (name.clone(), value.clone())));
        parameters
    }

    /// The parameters as a URL would give them.
    #[must_use]
    pub fn params(&self) -> QueryParams {
        self.0.iter().flat_map(|(name, value)| texts(value).map(move |text| (name.clone(), text))).collect()
    }
}

/// The values of one parameter.
fn texts(value: &Value) -> impl Iterator<Item = String> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// What a filter keeps: any of the parameters of `GET /tasks`, but those of a page.
#[derive(Debug, ToSchema)]
#[schema(as = SavedQuery)]
pub struct SavedQueryBody {
    /// Full text, as in `GET /tasks?q=…`.
    pub q: Option<String>,
    /// Any of these statuses.
    #[schema(value_type = Vec<Status>, required = false, max_items = 100)]
    pub status: Vec<Status>,
    /// Any of these priorities.
    #[schema(value_type = Vec<Priority>, required = false, max_items = 100)]
    pub priority: Vec<Priority>,
    /// Every one of these tags.
    #[schema(value_type = Vec<String>, required = false, max_items = 50)]
    pub tag: Vec<String>,
    /// Due on this day or later.
    #[schema(example = "2026-12-01")]
    pub due_from: Option<NaiveDate>,
    /// Due on this day or earlier.
    pub due_to: Option<NaiveDate>,
    /// Only tasks that are pending or in progress and past their due date.
    pub overdue: Option<bool>,
    /// `none`: only tasks without a due date, so not with `due_from`, `due_to` or `overdue`.
    #[schema(example = "none")]
    pub due: Option<String>,
    /// The order, as in `GET /tasks?sort=…`.
    #[schema(example = "-due")]
    pub sort: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn given_saved_parameters_then_they_are_what_a_url_would_give() {
        let query =
            map(&json!({"q": "a&b", "status": ["pending", "completed"], "overdue": true, "tag": [], "sort": null}));
        let url = QueryParams::parse("overdue=true&q=a%26b&status=pending&status=completed").unwrap();
        let saved = SavedQuery::new(query).params();
        for name in ["q", "status", "overdue", "tag", "sort"] {
            assert!(saved.all(name).eq(url.all(name)), "{name}");
        }
    }

    #[test]
    fn given_a_patch_then_null_takes_away_and_lists_are_replaced() {
        let query = SavedQuery::new(map(&json!({"q": "milk", "tag": ["a", "b"], "overdue": true})));
        let patched = query.patched(&map(&json!({"q": null, "tag": ["c"], "sort": "due"})));
        assert_eq!(SavedQuery::new(patched), SavedQuery(map(&json!({"tag": ["c"], "overdue": true, "sort": "due"}))));
    }
}
