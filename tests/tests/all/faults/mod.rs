//! What breaks while people use the service, and what they must not notice.

mod load;

mod killed;
mod kafka_stopped;
mod postgres_stopped;
mod poison;
