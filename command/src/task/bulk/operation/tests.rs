use serde_json::json;

use super::*;
use crate::bodies::{BulkBody, CreateOperationBody, OperationBody, PlainOperationBody, UpdateOperationBody};

const ID: &str = "01890000-0000-7000-8000-000000000001";

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value} is no object") };
    members
}

fn fields(problem: &Problem) -> Vec<&str> {
    problem.errors().iter().map(|error| error.field.as_str()).collect()
}

#[test]
fn given_each_operation_when_read_then_it_has_its_task_and_its_body() {
    let id = Uuid::try_parse(ID).unwrap();
    let title = || object(json!({"title": "a"}));
    for (value, op) in [
        (json!({"op": "create", "task": {"title": "a"}}), Op::Create(title())),
        (json!({"op": "update", "id": ID, "patch": {"title": "a"}}), Op::Update(id, None, title())),
        (
            json!({"op": "update", "id": ID, "patch": {"title": "a"}, "occurrences": "this"}),
            Op::Update(id, Some(Scope::This), title()),
        ),
        (json!({"op": "delete", "id": ID.to_uppercase()}), Op::Delete(id)),
        (json!({"op": "restore", "id": ID}), Op::Restore(id)),
        (json!({"op": "skip", "id": ID}), Op::Skip(id)),
        (json!({"op": "undo", "id": ID}), Op::Undo(id)),
    ] {
        assert_eq!(read(0, &value), Ok(Operation { op, if_match: IfMatch::Any, key: None }), "{value}");
    }
}

#[test]
fn given_a_version_and_a_key_when_read_then_they_are_the_operations_own() {
    let value = json!({"op": "delete", "id": ID, "if_match": 3, "idempotency_key": "k 1"});
    let read = read(0, &value).unwrap();
    assert_eq!((read.if_match, read.key.as_deref()), (IfMatch::Versions(vec![3]), Some("k 1")));
}

#[test]
fn given_an_operation_that_is_none_when_read_then_each_wrong_member_is_named_by_its_path() {
    for (value, expected) in [
        (json!(7), vec!["operations[3]"]),
        (json!([]), vec!["operations[3]"]),
        (json!({}), vec!["operations[3].op"]),
        (json!({"op": null, "id": ID}), vec!["operations[3].op"]),
        (json!({"op": 1, "task": {}}), vec!["operations[3].op"]),
        (json!({"op": "complete", "id": ID, "patch": {}}), vec!["operations[3].op"]),
        (json!({"op": "Create", "task": {}, "colour": 1}), vec!["operations[3].op", "operations[3].colour"]),
        (json!({"op": "create"}), vec!["operations[3].task"]),
        (json!({"op": "create", "task": null}), vec!["operations[3].task"]),
        (json!({"op": "create", "task": "a"}), vec!["operations[3].task"]),
        (json!({"op": "create", "task": {}, "id": ID}), vec!["operations[3].id"]),
        (json!({"op": "update"}), vec!["operations[3].id", "operations[3].patch"]),
        (json!({"op": "update", "id": ID, "patch": []}), vec!["operations[3].patch"]),
        (json!({"op": "update", "id": ID, "patch": {}, "task": {}}), vec!["operations[3].task"]),
        (json!({"op": "update", "id": ID, "patch": {}, "occurrences": "all"}), vec!["operations[3].occurrences"]),
        (json!({"op": "update", "id": ID, "patch": {}, "occurrences": null}), vec!["operations[3].occurrences"]),
        (json!({"op": "skip", "id": ID, "occurrences": "this"}), vec!["operations[3].occurrences"]),
        (json!({"op": "delete", "id": 1}), vec!["operations[3].id"]),
        (json!({"op": "delete", "id": ID.replace('-', "")}), vec!["operations[3].id"]),
        (json!({"op": "delete", "id": ID, "patch": {}}), vec!["operations[3].patch"]),
    ] {
        let problem = read(3, &value).unwrap_err();
        assert_eq!(fields(&problem), expected, "{value}");
    }
}

#[test]
fn given_a_version_or_a_key_that_no_header_could_hold_when_read_then_refused() {
    let long = "k".repeat(IDEMPOTENCY_KEY_MAX_CHARS + 1);
    for (member, values) in [
        ("if_match", vec![json!(0), json!(-1), json!(1.5), json!("1"), json!([1]), Value::Null]),
        (
            "idempotency_key",
            vec![json!(""), json!(" k"), json!("é"), json!("a\nb"), json!(long), json!(1), Value::Null],
        ),
    ] {
        for value in values {
            let mut operation = json!({"op": "delete", "id": ID});
            operation[member] = value.clone();
            let problem = read(0, &operation).unwrap_err();
            assert_eq!(fields(&problem), [format!("operations[0].{member}")], "{value}");
        }
    }
    let longest = "k".repeat(IDEMPOTENCY_KEY_MAX_CHARS);
    assert!(read(0, &json!({"op": "delete", "id": ID, "idempotency_key": longest})).is_ok());
}

#[test]
fn given_a_wrong_operation_among_others_when_all_are_read_then_only_it_is_refused() {
    let delete = json!({"op": "delete", "id": ID});
    let read = read_all(&object(json!({"operations": [delete, {"op": "delete"}, delete]}))).unwrap();
    assert_eq!(read.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(fields(read[1].as_ref().unwrap_err()), ["operations[1].id"]);
}

#[test]
fn given_no_list_of_operations_or_a_wrong_number_of_them_when_read_then_the_whole_is_refused() {
    for (body, field) in [
        (json!({}), "operations"),
        (json!({"operations": null}), "operations"),
        (json!({"operations": {}}), "operations"),
        (json!({"operations": []}), "operations"),
        (json!({"operations": vec![json!({}); OPERATIONS_MAX + 1]}), "operations"),
        (json!({"operations": [{}], "atomic": true}), "atomic"),
    ] {
        assert_eq!(fields(&read_all(&object(body)).unwrap_err()), [field]);
    }
    let most = object(json!({"operations": vec![json!({}); OPERATIONS_MAX]}));
    assert_eq!(read_all(&most).unwrap().len(), OPERATIONS_MAX);
}

/// The contract's `op` and members are those that are read: what is `null` here is left out by a caller.
#[test]
fn given_each_documented_operation_when_read_then_it_is_known() {
    let body = BulkBody {
        operations: vec![
            OperationBody::Create(CreateOperationBody::default()),
            OperationBody::Update(UpdateOperationBody::default()),
            OperationBody::Delete(PlainOperationBody::default()),
            OperationBody::Restore(PlainOperationBody::default()),
            OperationBody::Skip(PlainOperationBody::default()),
            OperationBody::Undo(PlainOperationBody::default()),
        ],
    };
    let mut body = object(serde_json::to_value(body).unwrap());
    for operation in body["operations"].as_array_mut().unwrap() {
        operation["if_match"] = json!(1);
        operation["idempotency_key"] = json!("k");
    }
    body["operations"][1]["occurrences"] = json!("following");
    let read: Vec<Operation> = read_all(&body).unwrap().into_iter().map(Result::unwrap).collect();
    let nil = Uuid::nil();
    assert!(matches!(&read[0].op, Op::Create(task) if task.contains_key("title")));
    assert!(matches!(&read[1].op, Op::Update(_, Some(Scope::Following), patch) if patch.contains_key("title")));
    let plain: Vec<&Op> = read[2..].iter().map(|operation| &operation.op).collect();
    assert_eq!(plain, [&Op::Delete(nil), &Op::Restore(nil), &Op::Skip(nil), &Op::Undo(nil)]);
}
