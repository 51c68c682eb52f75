//! The Dapr sidecar of this process: what is asked of it, over its HTTP API on the loopback interface.
//!
//! A process that has none asks nothing here.

mod binding;
mod client;
mod secrets;
mod state;
mod token;

pub use binding::OutputBinding;
pub use client::{Sidecar, SidecarError, TOKEN};
pub use secrets::{NoSecrets, SecretsWanted, fill};
pub use state::StateStore;
pub use token::{NoToken, shown};
