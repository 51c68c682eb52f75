use super::*;
use proptest::prelude::*;

pub(crate) fn sample(stream: &str, sequence: u64) -> Envelope {
    Envelope {
        specversion: "1.0".to_owned(),
        id: format!("{stream}@{sequence}"),
        source: "/tenants/default".to_owned(),
        event_type: "door.opened.v1".to_owned(),
        subject: "1".to_owned(),
        time: DateTime::from_timestamp(1_700_000_000, 123_456_000).unwrap(),
        datacontenttype: "application/json".to_owned(),
        partitionkey: stream.to_owned(),
        sequence,
        tenant: "default".to_owned(),
        commandid: "c1".to_owned(),
        commandhash: None,
        causationid: None,
        correlationid: None,
        actor: "ann".to_owned(),
        traceparent: None,
        metadata: None,
        data: RawValue::from_string(r#"{"by":"ann"}"#.to_owned()).unwrap(),
    }
}

proptest! {
    #[test]
    fn given_any_envelope_when_written_then_it_reads_back(stream in "\\PC{1,20}", sequence in 1u64.., hash in proptest::option::of("\\PC*"), count in 1usize..4, micros in 0i64..4_000_000_000_000_000) {
        let sequence = sequence.min(u64::MAX - 10);
        let envelopes: Vec<Envelope> = (0..count as u64).map(|n| Envelope {
            commandhash: hash.clone(),
            time: DateTime::from_timestamp_micros(micros).unwrap(),
            ..sample(&stream, sequence + n)
        }).collect();
        let (value, content_type) = record_value(&envelopes).unwrap();
        prop_assert_eq!(content_type == CONTENT_TYPE_ONE, count == 1);
        prop_assert_eq!(parse_record(Some(stream.as_bytes()), Some(&value)).unwrap(), envelopes);
    }

    #[test]
    fn given_any_bytes_when_parsed_then_nothing_panics(key in proptest::collection::vec(any::<u8>(), 0..8), value in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = parse_record(Some(&key), Some(&value));
    }
}

#[test]
fn given_an_event_when_written_then_the_json_is_a_cloudevent_with_a_number_as_sequence() {
    let (value, _) = record_value(&[sample("default/1", 7)]).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
    assert_eq!(json["sequence"], 7);
    assert_eq!(json["specversion"], "1.0");
    assert_eq!(json["type"], "door.opened.v1");
    assert_eq!(json["data"]["by"], "ann");
    assert!(json.get("commandhash").is_none());
}

#[test]
fn given_a_record_of_another_form_when_parsed_then_it_is_no_event() {
    let value = |e: &Envelope| serde_json::to_vec(e).unwrap();
    let good = sample("s", 1);
    assert_eq!(parse_record(None, Some(&value(&good))), Err(EnvelopeError::Key));
    assert_eq!(parse_record(Some(b"\xff"), Some(&value(&good))), Err(EnvelopeError::Key));
    assert_eq!(parse_record(Some(b"s"), None), Err(EnvelopeError::Empty));
    assert!(matches!(parse_record(Some(b"s"), Some(b"hello")), Err(EnvelopeError::Json(_))));
    assert!(matches!(parse_record(Some(b"t"), Some(&value(&good))), Err(EnvelopeError::PartitionKey { .. })));
    assert_eq!(parse_record(Some(b"s"), Some(&value(&sample("s", 0)))), Err(EnvelopeError::Sequence));
    let old = Envelope { specversion: "0.3".to_owned(), ..good };
    assert!(matches!(parse_record(Some(b"s"), Some(&value(&old))), Err(EnvelopeError::SpecVersion(_))));
}

#[test]
fn given_a_batch_with_a_hole_when_parsed_then_the_whole_record_is_no_event() {
    let value = serde_json::to_vec(&[sample("s", 1), sample("s", 3)]).unwrap();
    assert_eq!(parse_record(Some(b"s"), Some(&value)), Err(EnvelopeError::Batch));
    assert_eq!(parse_record(Some(b"s"), Some(b"[]")), Err(EnvelopeError::Batch));
}
