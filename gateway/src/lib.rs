//! What a browser talks to: the page, and one origin for it and for the API.
//!
//! [`Page`] serves the files that `web/` is built to, out of the binary, beside the API of whatever process it is in.
//! [`Proxy`] is for a process of its own before the others: it passes each call on to the one that answers it.
//!
//! Knows no task and no call of the API but the one that is about the page: which calls there are, and who answers them, it is told by the
//! OpenAPI documents that are made from the routers themselves. Keeps nothing.

pub mod metric_definitions;
mod page;
mod proxy;

pub use page::{Page, Settings, SettingsError, contract};
pub use proxy::{DEADLINE, Proxy, Upstream, UpstreamError};
