//! Reminders as signed `POST` requests, per [Standard Webhooks](https://www.standardwebhooks.com).
//!
//! A request never reaches an address that is not public, unless that is allowed: an address in the URL is checked before the
//! request, and those of a name in the resolver that the connection gets them from, so that what was checked is what is
//! connected to. Redirects are not followed, and no proxy stands between.

mod address;
mod body;
mod resolver;
mod retry_after;
mod secret;
mod send;
mod sign;

pub use address::is_public;
pub use body::body;
pub use secret::Secret;
pub use send::{ClientError, Request, Webhooks};
pub use sign::{signature, verify};
