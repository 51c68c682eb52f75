//! The body of a create and of a change, read and judged.

use domain::Violations;
use domain::read::{Reader, string, type_of};
use platform::problem::{FieldError, Problem};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::super::task_params::saved::{self, Form};
use super::super::task_params::values::VALUES_MAX;
use crate::filters::{Filter, FilterName, SavedQuery, SavedQueryBody};

const READ_ONLY: &[&str] = &["created_at", "updated_at", "version"];

/// A filter to save.
#[derive(Debug, ToSchema)]
#[schema(as = NewFilter)]
#[expect(dead_code, reason = "describes the body, is never made")]
pub(super) struct NewFilterBody {
    /// One line, 1 to 64 characters; no other filter may have it.
    #[schema(min_length = 1, max_length = 64, example = "Urgent at home")]
    name: String,
    /// What it stands for.
    query: SavedQueryBody,
}

/// A JSON Merge Patch of a filter: what is absent stays, `null` takes a parameter away.
#[derive(Debug, ToSchema)]
#[schema(as = FilterPatch)]
#[expect(dead_code, reason = "describes the body, is never made")]
pub(super) struct FilterPatchBody {
    /// The new name; it cannot be cleared.
    #[schema(min_length = 1, max_length = 64, value_type = String, required = false)]
    name: Option<String>,
    /// Parameters to set, replace or take away; it cannot be cleared as a whole.
    #[schema(value_type = SavedQueryBody, required = false)]
    query: Option<SavedQueryBody>,
}

/// A body that gives a name, or parameters, or both.
#[derive(Debug, Default)]
pub(super) struct Given {
    name: Option<FilterName>,
    query: Map<String, Value>,
}

/// Reads a create.
///
/// # Errors
/// 422 with each field that is missing, unknown, read-only or not valid.
pub(super) fn new_filter(body: &Map<String, Value>) -> Result<(FilterName, SavedQuery), Problem> {
    let mut reader = Reader::new(body);
    let given = Given::read(&mut reader);
    for name in ["name", "query"] {
        if reader.lacks(name) {
            reader.violation(name, "is missing; a filter needs it");
        }
    }
    let judged = judge(given.query);
    for error in judged.as_ref().err().into_iter().flatten() {
        reader.violation(&error.field, &*error.detail);
    }
    reader.finish("a filter", READ_ONLY).map_err(invalid)?;
    match (given.name, judged) {
        (Some(name), Ok(query)) => Ok((name, query)),
        // Cannot be: the reader has noted why.
        _ => Err(Problem::invalid_field("body", "is not a filter")),
    }
}

impl Given {
    /// Reads a change.
    ///
    /// # Errors
    /// 422 with each field that is unknown, read-only or not valid whatever the filter is.
    pub(super) fn from_patch(body: &Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::of_patch(body);
        let given = Self::read(&mut reader);
        reader.finish("a filter", READ_ONLY).map_err(invalid)?;
        Ok(given)
    }

    fn read(reader: &mut Reader<'_>) -> Self {
        let name = reader.take_not_null("name", |value| FilterName::parse(string(value)?));
        let query = reader.take_not_null("query", |value| {
            value.as_object().ok_or_else(|| format!("must be an object, not {}", type_of(value)))
        });
        Self { name, query: query.cloned().unwrap_or_default() }
    }

    /// What the filter is with this change.
    ///
    /// # Errors
    /// 422 with each parameter that is unknown or not valid, or not with those that stay.
    pub(super) fn applied_to(&self, filter: &Filter) -> Result<(FilterName, SavedQuery), Problem> {
        let name = self.name.clone().unwrap_or_else(|| filter.name.clone());
        Ok((name, judge(filter.query.patched(&self.query)).map_err(Problem::invalid)?))
    }
}

fn invalid(violations: Violations) -> Problem {
    Problem::invalid(violations.0.into_iter().map(|violation| FieldError::new(violation.field, violation.detail)))
}

/// Judges parameters as `GET /tasks` does.
fn judge(parameters: Map<String, Value>) -> Result<SavedQuery, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut sound = Vec::new();
    for (name, value) in &parameters {
        match (saved::form(name), value) {
            // Refused below, by its name.
            (None, _) => sound.push((name.clone(), String::new())),
            (Some(_), Value::Null) => {}
            (Some(Form::List), Value::Array(values)) => sound.extend(each(name, values, &mut errors)),
            (Some(Form::Flag), Value::Bool(flag)) => sound.push((name.clone(), flag.to_string())),
            (Some(Form::Text), Value::String(text)) => sound.push((name.clone(), text.clone())),
            (Some(form), other) => {
                errors.push(FieldError::new(name, format!("must be {}, not {}", form.wanted(), type_of(other))));
            }
        }
    }
    if let Err(problem) = saved::check(&sound.into_iter().collect()) {
        errors.extend_from_slice(problem.errors());
    }
    if errors.is_empty() {
        return Ok(SavedQuery::new(parameters));
    }
    Err(errors.into_iter().map(|error| FieldError::new(format!("query.{}", error.field), error.detail)).collect())
}

/// Those values of a list that are sound, each judged alone: a URL's parameter has no place to be told, an element has.
fn each(name: &str, values: &[Value], errors: &mut Vec<FieldError>) -> Vec<(String, String)> {
    let mut sound = Vec::new();
    // One more than any list may hold is enough to say so.
    for (index, value) in values.iter().enumerate().take(VALUES_MAX + 1) {
        let judged = string(value).map_err(|detail| vec![detail]).and_then(|text| {
            let pair = (name.to_owned(), text.to_owned());
            match saved::check(&[pair.clone()].into_iter().collect()) {
                Ok(()) => Ok(pair),
                Err(problem) => Err(problem.errors().iter().map(|error| error.detail.clone()).collect()),
            }
        });
        match judged {
            Ok(pair) => sound.push(pair),
            Err(details) => {
                errors.extend(details.into_iter().map(|detail| FieldError::new(format!("{name}[{index}]"), detail)));
            }
        }
    }
    sound
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn new(body: &Value) -> Result<(FilterName, SavedQuery), Vec<String>> {
        let fields = |problem: Problem| problem.errors().iter().map(|error| error.field.clone()).collect();
        new_filter(body.as_object().unwrap()).map_err(fields)
    }

    fn fields(query: &Value) -> Vec<String> {
        new(&json!({"name": "x", "query": query})).unwrap_err()
    }

    #[test]
    fn given_every_parameter_when_saved_then_all_are_kept_as_they_were_given() {
        let query = json!({
            "q": "milk", "status": ["pending", "in_progress"], "priority": ["high"], "tag": ["home"],
            "due_from": "2026-12-01", "due_to": "2026-12-31", "overdue": true, "sort": "-due",
        });
        let (name, saved) = new(&json!({"name": " Home ", "query": query})).unwrap();
        assert_eq!((name.as_str(), serde_json::to_value(saved).unwrap()), ("Home", query));
        assert_eq!(new(&json!({"name": "x", "query": {"q": null, "tag": []}})).unwrap().1.params().one("q"), None);
    }

    #[test]
    fn given_bad_values_when_saved_then_each_is_named_with_its_place() {
        for (query, field) in [
            (json!({"status": ["done"]}), "query.status[0]"),
            (json!({"status": ["pending", 1]}), "query.status[1]"),
            (json!({"status": "pending"}), "query.status"),
            (json!({"status": vec!["pending"; 101]}), "query.status"),
            (json!({"priority": ["high", null]}), "query.priority[1]"),
            (json!({"tag": ["a", ""]}), "query.tag[1]"),
            (json!({"tag": ["x".repeat(65)]}), "query.tag[0]"),
            (json!({"tag": (0..51).map(|n| n.to_string()).collect::<Vec<_>>()}), "query.tag"),
            (json!({"due_from": "2026-02-30"}), "query.due_from"),
            (json!({"due_from": 20_260_230}), "query.due_from"),
            (json!({"due_from": "2026-02-02", "due_to": "2026-02-01"}), "query.due_to"),
            (json!({"overdue": "true"}), "query.overdue"),
            (json!({"due": "soon"}), "query.due"),
            (json!({"due": false}), "query.due"),
            (json!({"due": "none", "due_to": "2026-12-31"}), "query.due"),
            (json!({"due": "none", "overdue": true}), "query.due"),
            (json!({"sort": "name"}), "query.sort"),
            (json!({"sort": "relevance"}), "query.sort"),
            (json!({"q": "!?"}), "query.q"),
            (json!({"q": ["milk"]}), "query.q"),
            (json!({"limit": 5}), "query.limit"),
            (json!({"cursor": null}), "query.cursor"),
            (json!({"filter": "other"}), "query.filter"),
            (json!({"q": {"text": "milk"}}), "query.q"),
        ] {
            assert_eq!(fields(&query), [field], "{query}");
        }
        let mut several = fields(&json!({"status": ["x", "pending", "y"], "sort": "x", "overdue": 1}));
        several.sort_unstable();
        assert_eq!(several, ["query.overdue", "query.sort", "query.status[0]", "query.status[2]"]);
    }

    #[test]
    fn given_other_fields_when_saved_then_each_is_named() {
        for (body, expected) in [
            (json!({}), vec!["name", "query"]),
            (json!({"name": null, "query": null}), vec!["name", "query"]),
            (json!({"name": "", "query": {}}), vec!["name"]),
            (json!({"name": 1, "query": []}), vec!["name", "query"]),
            (json!({"name": "x", "query": {}, "version": 1}), vec!["version"]),
            (json!({"name": "x", "query": {"sort": "x"}, "colour": 1}), vec!["query.sort", "colour"]),
        ] {
            assert_eq!(new(&body).unwrap_err(), expected, "{body}");
        }
    }

    #[test]
    fn given_a_change_then_it_is_judged_with_what_stays() {
        let (name, query) = new(&json!({"name": "x", "query": {"q": "milk", "sort": "relevance"}})).unwrap();
        let (created_at, updated_at) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let filter = Filter { name, query, created_at, updated_at, version: 1 };
        let applied = |patch: Value| Given::from_patch(patch.as_object().unwrap())?.applied_to(&filter);
        let (name, query) = applied(json!({"query": {"sort": null, "tag": ["a"]}})).unwrap();
        assert_eq!((name.as_str(), serde_json::to_value(query).unwrap()), ("x", json!({"q": "milk", "tag": ["a"]})));
        assert_eq!(applied(json!({})).unwrap(), (filter.name.clone(), filter.query.clone()));
        assert_eq!(applied(json!({"name": "y"})).unwrap().0.as_str(), "y");
        for (patch, field) in [
            (json!({"query": {"q": null}}), "query.sort"),
            (json!({"query": {"colour": null}}), "query.colour"),
            (json!({"query": null}), "query"),
            (json!({"name": null}), "name"),
            (json!({"created_at": null}), "created_at"),
        ] {
            assert_eq!(applied(patch.clone()).unwrap_err().errors()[0].field, field, "{patch}");
        }
    }
}
