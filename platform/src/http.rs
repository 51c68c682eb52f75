//! HTTP for every role: extractors that answer problems, the layers around all routes, the routes
//! every role has, and the server loop.

mod app;
mod body;
mod compression;
mod counts;
mod docs;
mod fingerprint;
mod if_match;
mod json_object;
mod layers;
mod page;
mod path;
mod preconditions;
mod query;
mod security;
mod serve;
mod strict_json;
mod system;

pub use app::{App, DEADLINE};
pub use body::{BODY_MAX_BYTES, read_body, require_content_type};
pub use docs::finish_openapi;
pub use fingerprint::fingerprint;
pub use if_match::IfMatch;
pub use json_object::JsonObject;
pub use layers::{AnsweredAs, no_such_path};
pub use page::Page;
pub use path::{PathName, PathUuid};
pub use preconditions::{IDEMPOTENCY_KEY_MAX_CHARS, OWN_COMMANDS, Preconditions, refuse_own_commands};
pub use query::QueryParams;
pub use security::secure;
pub use serve::serve;
pub use strict_json::{DEPTH_MAX, parse_object};
