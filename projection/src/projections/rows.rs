//! Small things the projections' statements share.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::copy::WORTH_ROWS;
use crate::projector::batch::{Stream, Streams};
use crate::projector::failure::ApplyError;

/// Stream ids as the two columns of a key.
pub(super) fn keys(streams: &[String]) -> (Vec<&str>, Vec<Uuid>) {
    streams.iter().filter_map(|stream| domain::tenant::parse_stream_id(stream)).unzip()
}

/// Reads stored states into streams.
pub(super) fn stored<S: DeserializeOwned>(
    rows: impl IntoIterator<Item = (String, String)>,
) -> Result<Streams<S>, ApplyError> {
    let read = |(stream, json): (String, String)| match serde_json::from_str(&json) {
        Ok(state) => Ok((stream, Stream::stored(state))),
        Err(error) => Err(ApplyError::State { stream, reason: error.to_string() }),
    };
    rows.into_iter().map(read).collect()
}

/// A stream that the batch changed.
pub(super) struct Changed<'a, S> {
    /// Its tenant.
    pub(super) tenant: &'a str,
    /// The id within it.
    pub(super) id: Uuid,
    /// The state after the batch.
    pub(super) state: &'a S,
    /// Whether it was there before the batch.
    pub(super) stored: bool,
}

/// The changed streams, ordered by tenant and id.
pub(super) fn changed<S>(streams: &Streams<S>) -> Vec<Changed<'_, S>> {
    let mut changed: Vec<Changed<'_, S>> = streams
        .iter()
        .filter(|(_, stream)| stream.changed)
        .filter_map(|(id, stream)| {
            let (tenant, id) = domain::tenant::parse_stream_id(id)?;
            Some(Changed { tenant, id, state: &stream.state, stored: stream.stored })
        })
        .collect();
    changed.sort_unstable_by_key(|changed| (changed.tenant, changed.id));
    changed
}

/// Takes out of `changed` those that were not there before, if they are enough to go in by `COPY`.
pub(super) fn take_new<'a, S>(changed: &mut Vec<Changed<'a, S>>) -> Vec<Changed<'a, S>> {
    if changed.iter().filter(|changed| !changed.stored).count() < WORTH_ROWS {
        return Vec::new();
    }
    changed.extract_if(.., |changed| !changed.stored).collect()
}

/// A value as JSON text.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String, ApplyError> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)).into())
}

/// A sequence as a column.
pub(super) fn version(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

/// A text array as one text Postgres can cast: UNNEST would flatten an array of arrays.
pub(super) fn array_literal(values: &[String]) -> String {
    let mut literal = String::from("{");
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            literal.push(',');
        }
        literal.push('"');
        for character in value.chars() {
            if matches!(character, '"' | '\\') {
                literal.push('\\');
            }
            literal.push(character);
        }
        literal.push('"');
    }
    literal.push('}');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_quotes_and_backslashes_when_written_as_an_array_then_they_are_escaped() {
        let tags = ["plain".to_owned(), r#"a"b\c"#.to_owned(), "{,}".to_owned(), String::new()];
        assert_eq!(array_literal(&tags), r#"{"plain","a\"b\\c","{,}",""}"#);
        assert_eq!(array_literal(&[]), "{}");
    }
}
