//! What breaks while people use the service, and what they must not notice.

mod brokers_forgotten;
mod deposed_leader;
mod load;

mod files;
mod gap;
mod kafka_stopped;
mod killed;
mod poison;
mod postgres_stopped;
