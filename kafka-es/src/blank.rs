//! The barrier's record of a partition that has no event to copy: a CloudEvent that is no event of any stream.
//!
//! Its sequence is 0, and sequences start at 1: every reader that applies the rule passes over it, also one that has never
//! heard of its type.

use std::sync::Arc;

use chrono::Utc;
use serde_json::value::RawValue;

use crate::envelope::{BLANK_TYPE, Envelope, record_value};
use crate::partition::Copy;
use crate::partitioner::partition_for;

const SOURCE: &str = "/kafka-es";

/// A blank record whose key lives in `partition`, of so many.
pub(crate) fn blank(partition: i32, partitions: i32) -> Result<Copy, serde_json::Error> {
    let stream = (0_u64..)
        .map(|number| format!("kafka-es.barrier/{number}"))
        .find(|stream| partition_for(stream.as_bytes(), partitions) == partition)
        .expect("murmur2 leaves no partition out");
    let envelope = Envelope {
        specversion: "1.0".to_owned(),
        id: format!("{stream}@0"),
        source: SOURCE.to_owned(),
        event_type: BLANK_TYPE.to_owned(),
        subject: "barrier".to_owned(),
        time: Utc::now(),
        datacontenttype: "application/json".to_owned(),
        partitionkey: stream.clone(),
        sequence: 0,
        tenant: "kafka-es".to_owned(),
        commandid: "barrier".to_owned(),
        commandhash: None,
        causationid: None,
        correlationid: None,
        actor: "kafka-es".to_owned(),
        traceparent: None,
        metadata: None,
        data: RawValue::NULL.to_owned(),
    };
    let (value, _) = record_value(&[envelope])?;
    Ok(Copy { stream: stream.into(), value: Arc::new(value) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{EnvelopeError, check_home, parse_record};

    #[test]
    fn given_any_partition_when_a_blank_record_is_made_then_it_is_at_home_there_and_no_event() {
        for partitions in [1, 3, 6, 12, 100] {
            for partition in 0..partitions {
                let Copy { stream, value } = blank(partition, partitions).unwrap();
                assert_eq!(check_home(stream.as_bytes(), partition, partitions), Ok(()));
                assert_eq!(parse_record(Some(stream.as_bytes()), Some(&value)), Err(EnvelopeError::Blank));
            }
        }
    }
}
