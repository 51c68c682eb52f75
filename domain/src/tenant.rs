//! Tenants and the stream ids that carry them.

use uuid::Uuid;

/// The tenant of everyone until authentication arrives.
pub const DEFAULT: &str = "default";

/// The id of the stream of one task or reminder: `<tenant>/<uuid>`. It is the Kafka record key and the CloudEvents
/// `partitionkey` too.
#[must_use]
pub fn stream_id(tenant: &str, id: Uuid) -> String {
    format!("{tenant}/{}", id.as_hyphenated())
}

/// The tenant and id in a stream id; `None` where `stream` was not made by [`stream_id`].
#[must_use]
pub fn parse_stream_id(stream: &str) -> Option<(&str, Uuid)> {
    let (tenant, id) = stream.rsplit_once('/')?;
    let uuid = Uuid::try_parse(id).ok()?;
    // Only the one spelling that `stream_id` writes: two spellings of one id would be two streams.
    let canonical = id.len() == 36 && !id.bytes().any(|byte| byte.is_ascii_uppercase());
    (!tenant.is_empty() && canonical).then_some((tenant, uuid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_stream_id_when_parsed_then_tenant_and_id_come_back() {
        let id = Uuid::from_u128(7);
        assert_eq!(parse_stream_id(&stream_id("acme", id)), Some(("acme", id)));
    }

    #[test]
    fn given_other_spellings_when_parsed_then_none() {
        for odd in [
            "",
            "default",
            "default/",
            "/00000000-0000-0000-0000-000000000007",
            "default/00000000000000000000000000000007",
            "default/00000000-0000-0000-0000-00000000000A",
            "default/{00000000-0000-0000-0000-000000000007}",
        ] {
            assert_eq!(parse_stream_id(odd), None, "{odd}");
        }
    }
}
