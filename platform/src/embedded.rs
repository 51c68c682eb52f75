//! The servers that `tasklog up` runs itself where none were given: a broker that speaks the Kafka
//! protocol, and Postgres.

pub mod broker;
pub mod postgres;
