//! A fingerprint that tells a repeated request from another one under the same `Idempotency-Key`.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A digest of what a request asks for: the same for a repeated request, another for any other.
///
/// The body counts by its meaning: white space and the order of an object's keys do not matter.
/// 32 hexadecimal digits (128 bits of SHA-256), which is what the event keeps.
#[must_use]
pub fn fingerprint(operation: &str, target: &str, body: &Value) -> String {
    let mut digest = Sha256::new();
    digest.update(operation.as_bytes());
    digest.update([0]);
    digest.update(target.as_bytes());
    digest.update([0]);
    feed(&mut digest, body);
    let digest = digest.finalize();
    let half = digest.first_chunk().expect("SHA-256 has 32 bytes");
    format!("{:032x}", u128::from_be_bytes(*half))
}

/// Feeds a JSON value with its keys in order. Each value is framed by its kind and length, so that two
/// different values never feed the same bytes.
fn feed(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Object(map) => {
            digest.update(format!("o{}:", map.len()));
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            for key in keys {
                digest.update(format!("k{}:{key}", key.len()));
                feed(digest, &map[key]);
            }
        }
        Value::Array(items) => {
            digest.update(format!("a{}:", items.len()));
            for item in items {
                feed(digest, item);
            }
        }
        Value::String(text) => digest.update(format!("s{}:{text}", text.len())),
        scalar => digest.update(format!("v{scalar};")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn given_the_same_body_in_another_order_then_the_fingerprint_is_the_same() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{ "b": {"d":null, "c":[1,2]}, "a":1 }"#).unwrap();
        assert_eq!(fingerprint("create", "/tasks", &one), fingerprint("create", "/tasks", &two));
    }

    /// Events keep it for ever: a build that makes another one would refuse requests repeated over an upgrade.
    #[test]
    fn given_a_request_then_the_fingerprint_is_what_the_log_has() {
        let body = json!({"b": ["c"], "a": 1});
        // printf 'create\0/tasks\0o2:k1:av1;k1:ba1:s1:c' | sha256sum | cut -c1-32
        assert_eq!(fingerprint("create", "/tasks", &body), "7f1b06215e4fa602cc8d313ac9f0d61a");
    }

    #[test]
    fn given_another_body_operation_or_target_then_the_fingerprint_is_another() {
        let base = fingerprint("update", "/tasks/1", &json!({"title": "a"}));
        for other in [
            fingerprint("update", "/tasks/1", &json!({"title": "b"})),
            fingerprint("update", "/tasks/1", &json!({"title": ["a"]})),
            fingerprint("update", "/tasks/2", &json!({"title": "a"})),
            fingerprint("delete", "/tasks/1", &json!({"title": "a"})),
        ] {
            assert_ne!(base, other);
        }
    }

    proptest! {
        #[test]
        fn fingerprints_of_nested_arrays_depend_on_the_nesting(left in prop::collection::vec("[a-c]{0,3}", 0..4), right in prop::collection::vec("[a-c]{0,3}", 0..4)) {
            let flat = json!([left.clone(), right.clone()]);
            let joined = json!([left.iter().chain(&right).cloned().collect::<Vec<_>>(), Vec::<String>::new()]);
            prop_assert_eq!(flat == joined, fingerprint("x", "y", &flat) == fingerprint("x", "y", &joined));
        }
    }
}
