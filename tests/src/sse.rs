//! A reader of server-sent events.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::Value;

use crate::http::Api;

/// One event of the stream.
#[derive(Clone, Debug)]
pub struct Event {
    /// What `Last-Event-ID` says to go on after this event.
    pub id: String,
    /// The event's name, such as `task.created`.
    pub name: String,
    /// Its data.
    pub data: Value,
}

/// An open stream.
pub struct Events {
    body: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    unread: Vec<u8>,
}

impl Events {
    /// Opens `GET /events`, after the event of this id if there is one.
    pub async fn open(api: &Api, last_event_id: Option<&str>) -> Self {
        Self::open_at(api, "/events", last_event_id).await
    }

    /// The same with parameters, which `path` has.
    ///
    /// # Panics
    /// When the server does not answer with an event stream.
    pub async fn open_at(api: &Api, path: &str, last_event_id: Option<&str>) -> Self {
        let mut call = api.get(path).header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            call = call.header("last-event-id", id);
        }
        let response = call.open().await.unwrap();
        assert_eq!(response.status(), 200);
        let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(media_type.starts_with("text/event-stream"), "{media_type}");
        Self::of(response)
    }

    /// The stream of an answer.
    #[must_use]
    pub fn of(response: reqwest::Response) -> Self {
        Self {
            body: response.bytes_stream().map(|chunk| chunk.map(|bytes| bytes.to_vec())).boxed(),
            unread: Vec::new(),
        }
    }

    /// The next event.
    ///
    /// # Panics
    /// When none comes within 20 s or the stream breaks.
    pub async fn next(&mut self) -> Event {
        let next = tokio::time::timeout(Duration::from_secs(20), self.until_ended()).await;
        next.expect("an event within 20 s").expect("the stream goes on")
    }

    /// The next event; nothing when the stream has ended, whole or not.
    ///
    /// # Panics
    /// When it says something else than events.
    pub async fn until_ended(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                if let Some(event) = parse(&String::from_utf8(block).expect("events are UTF-8")) {
                    return Some(event);
                }
            }
            let chunk = self.body.next().await?.ok()?;
            self.unread.extend(chunk);
        }
    }

    /// Reads until the stream ends, whole or not.
    ///
    /// # Panics
    /// When it goes on for 20 s more.
    pub async fn ended(&mut self) {
        let ended = async { while let Some(Ok(_)) = self.body.next().await {} };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the stream ends within 20 s");
    }

    /// The next `count` events.
    pub async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut events = Vec::with_capacity(count);
        while events.len() < count {
            events.push(self.next().await);
        }
        events
    }
}

/// An event of a block of lines; nothing for a comment, as servers send to keep a connection open.
fn parse(block: &str) -> Option<Event> {
    let (mut id, mut name, mut data) = (String::new(), String::new(), Vec::new());
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => value.clone_into(&mut id),
            "event" => value.clone_into(&mut name),
            "data" => data.push(value),
            _ => {}
        }
    }
    let data = data.join("\n");
    (!data.is_empty()).then(|| Event { id, name, data: serde_json::from_str(&data).expect("an event's data is JSON") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_an_event_and_a_comment_is_none() {
        let event = parse("id: task-events/5@1\nevent: task.created\ndata: {\"a\":\ndata: 1}\n\n").unwrap();
        assert_eq!((event.id.as_str(), event.name.as_str()), ("task-events/5@1", "task.created"));
        assert_eq!(event.data["a"], 1);
        assert!(parse(": still here\n\n").is_none());
    }
}
