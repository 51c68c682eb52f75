//! What the OpenAPI entry of every write says alike, said once: the headers it takes and answers with, and the answers
//! that any of them may give. An entry's own words go first.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Header, OpenApi, RefOr, Required, Response};

use crate::request::IDEMPOTENCY_KEY_MAX_CHARS;

/// The writes that are many commands: each line or operation is answered for itself, so no version is that of all.
const MANY_COMMANDS: [&str; 2] = ["import_tasks", "bulk_tasks"];

/// What only works something out: it has no version, is no command, and asks nobody.
const NO_WRITES: [&str; 2] = ["parse_quick_task", "preview_recurrence"];

/// Completes the entries of the routes of this crate.
pub(crate) fn complete(openapi: &mut OpenApi) {
    for item in openapi.paths.paths.values_mut() {
        if let Some(operation) = &mut item.delete {
            describe(operation, false);
        }
        for operation in [&mut item.post, &mut item.patch].into_iter().flatten() {
            describe(operation, true);
        }
    }
}

fn describe(operation: &mut Operation, reads_body: bool) {
    answer(operation, "400", "The body, a header or the query string cannot be read");
    answer(operation, "422", "Not valid; `errors` names each field, parameter or header");
    let is_one_of = |ids: &[&str]| operation.operation_id.as_deref().is_some_and(|id| ids.contains(&id));
    let (is_write, is_command) = (!is_one_of(&NO_WRITES), !is_one_of(&MANY_COMMANDS));
    if is_write {
        answer(operation, "503", "The log cannot be reached, or the outcome is not known; `type` says which");
    }
    if reads_body {
        let too_large =
            if is_write { "The body, or the event it makes, is too large" } else { "The body is too large" };
        answer(operation, "413", too_large);
    }
    if operation.request_body.is_some() {
        answer(operation, "415", "The body is of another media type");
    }
    if is_write && is_command {
        answer(operation, "409", "Others changed it at the same time, again and again; or its id is taken");
        answer(operation, "412", "It is at another version than `If-Match` names");
        operation.parameters.get_or_insert_default().extend([if_match(), idempotency_key()].map(RefOr::T));
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response
                && status.starts_with('2')
            {
                response.headers.insert("ETag".to_owned(), header("The version that the write made, for `If-Match`"));
                response
                    .headers
                    .insert("Consistency-Token".to_owned(), header("Send it with a query to see this write"));
            }
        }
    }
}

/// Declares an error answer; its content is that of every problem.
fn answer(operation: &mut Operation, status: &str, description: &str) {
    let declared = operation.responses.responses.entry(status.to_owned());
    declared.or_insert_with(|| RefOr::T(Response::new(description)));
}

fn header(description: &str) -> RefOr<Header> {
    RefOr::T(HeaderBuilder::new().schema(Some(text())).description(Some(description)).build())
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("Only if it is at this version, such as `\"3\"`, or at any of a list of them"))
        .schema(Some(text()))
        .build()
}

fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The same key with the same request gives the first answer again; with another request it is 422. A key \
             belongs to one task or reminder (a create's follows from its key) and is remembered, for good, by the \
             events it made: a request that changed nothing made none, and is judged anew when it is repeated. It must \
             not begin with `process/`, as the ids of the service's own commands do",
        ))
        .schema(Some(text().min_length(Some(1)).max_length(Some(IDEMPOTENCY_KEY_MAX_CHARS))))
        .build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    fn document() -> Value {
        serde_json::to_value(crate::contract()).unwrap()
    }

    fn keys(object: &Value) -> BTreeSet<&str> {
        object.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn given_any_single_write_then_its_headers_and_answers_are_all_there() {
        for (path, item) in document()["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                if super::MANY_COMMANDS.contains(&id) || super::NO_WRITES.contains(&id) {
                    continue;
                }
                let parameters: Vec<_> = operation["parameters"].as_array().unwrap().iter().collect();
                for name in ["If-Match", "Idempotency-Key"] {
                    assert!(parameters.iter().any(|parameter| parameter["name"] == name), "{method} {path}: {name}");
                }
                let (success, answers) = (["200", "201", "204"], &operation["responses"]);
                let good = success.iter().find_map(|status| answers.get(status)).unwrap();
                assert!(keys(&good["headers"]).is_superset(&["ETag", "Consistency-Token"].into()), "{method} {path}");
                let errors = keys(answers);
                assert!(errors.is_superset(&["400", "409", "412", "422", "503"].into()), "{method} {path}: {errors:?}");
                let takes_body = operation.get("requestBody").is_some();
                assert_eq!(errors.contains("415"), takes_body, "{method} {path}");
                assert_eq!(
                    errors.contains("404"),
                    !["/tasks", "/tasks/quick"].contains(&path.as_str()),
                    "{method} {path}"
                );
            }
        }
    }

    #[test]
    fn given_an_entrys_own_words_then_they_stay() {
        let import = &document()["paths"]["/tasks/import"]["post"];
        assert_eq!(
            import["responses"]["422"]["description"],
            "Over 1,000 lines, an unknown `format`, or an `If-Match`"
        );
        assert!(keys(&import["responses"]).is_superset(&["400", "413", "415", "503"].into()));
        assert!(!keys(&import["responses"]).contains("412"));
        let bulk = &document()["paths"]["/tasks/bulk"]["post"];
        assert!(bulk["responses"]["422"]["description"].as_str().unwrap().starts_with("`operations` is missing"));
        assert!(keys(&bulk["responses"]).is_superset(&["400", "413", "415", "503"].into()));
        assert!(!keys(&bulk["responses"]).contains("412"));
        assert_eq!(bulk["parameters"].as_array().unwrap().len(), 1, "the key alone");
    }

    #[test]
    fn given_what_writes_nothing_then_it_takes_no_headers_and_never_says_that_the_log_is_away() {
        let document = document();
        let mut seen = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            let operation = &item["post"];
            let Some(id) = super::NO_WRITES.iter().find(|id| operation["operationId"] == **id) else { continue };
            seen.insert(id);
            assert!(operation.get("parameters").is_none(), "{path}");
            assert_eq!(keys(&operation["responses"]), ["200", "400", "413", "415", "422"].into(), "{path}");
            assert!(operation["responses"]["200"].get("headers").is_none(), "{path}");
        }
        assert_eq!(seen.len(), super::NO_WRITES.len());
    }

    #[test]
    fn given_what_is_answered_then_every_key_is_required_as_it_is_always_there() {
        // Which zone's days count is said where somebody has said it: most series have no say in it.
        for (name, said_if_known) in [("Task", None), ("Reminder", None), ("Recurrence", Some("time_zone"))] {
            let schema = &document()["components"]["schemas"][name];
            let required: BTreeSet<&str> =
                schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let mut there = keys(&schema["properties"]);
            assert!(said_if_known.is_none_or(|field| there.remove(field)), "{name}");
            assert_eq!(required, there, "{name}");
        }
    }

    /// The schema of a member and whether it is required, in a schema that may be a sum of several.
    fn member(schema: &Value, name: &str) -> Option<(Value, bool)> {
        if let Some(member) = schema["properties"].get(name) {
            let required = schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
            return Some((member.clone(), required));
        }
        schema["allOf"].as_array()?.iter().find_map(|part| member(part, name))
    }

    #[test]
    fn given_a_field_that_cannot_be_null_then_the_body_says_so() {
        let schemas = &document()["components"]["schemas"];
        for (body, field, needed) in [
            ("NewTask", "title", true),
            ("NewTask", "status", false),
            ("TaskPatch", "title", false),
            ("TaskPatch", "status", false),
            ("NewRecurrence", "rrule", true),
            ("RecurrencePatch", "rrule", false),
        ] {
            let (schema, required) = member(&schemas[body], field).unwrap();
            assert!(!schema.to_string().contains("null"), "{body}.{field}: {schema}");
            assert_eq!(required, needed, "{body}.{field}");
        }
        for (body, field) in [("NewTask", "due_date"), ("TaskPatch", "recurrence_pattern"), ("TaskPatch", "tags")] {
            let (schema, required) = member(&schemas[body], field).unwrap();
            assert!(schema.to_string().contains("null") && !required, "{body}.{field}: {schema}");
        }
    }
}
