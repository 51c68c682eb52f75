//! A rolling upgrade of every role, from the binary of another release to this one, under load: no request may fail, no event may be lost
//! or doubled, no query may be older than its token, and who listens goes on where it was.
//!
//! Reading order: what stands before the replicas ([`balancer`]), the replicas and how they are replaced ([`fleet`]), who asks ([`load`])
//! and who listens ([`listeners`]), what the log says afterwards ([`log`](crate::log)).

pub mod balancer;
pub mod fleet;
pub mod listeners;
pub mod load;
