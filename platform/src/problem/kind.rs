//! The table of all kinds of problem.

use axum::http::StatusCode;

/// What every problem `type` starts with.
pub const TYPE_BASE: &str = "https://tasklog.dev/problems/";

/// Declares [`Kind`] and its table in one place: docs are made from it, so each line says all there is.
macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $name:ident = $status:ident, $slug:literal, $title:literal;)+) => {
        /// The kinds of problem a client may meet.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[doc = $meaning])+ $name,)+
        }

        impl Kind {
            /// Every kind, in the order of the docs.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),+];

            /// The status it is answered with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Kind::$name => StatusCode::$status,)+ }
            }

            /// Last segment of its `type` URI.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Kind::$name => $slug,)+ }
            }

            /// Its stable `type` URI.
            #[must_use]
            pub fn uri(self) -> &'static str {
                match self { $(Kind::$name => concat!("https://tasklog.dev/problems/", $slug),)+ }
            }

            /// Its `title`: the kind in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Kind::$name => $title,)+ }
            }

            /// What it means and what the client can do, in a sentence or two.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Kind::$name => concat!($($meaning),+).trim_ascii(),)+ }
            }
        }
    };
}

kinds! {
    /// The request cannot be read: broken JSON, invalid UTF-8, a broken query string or header. Repeating it unchanged fails again.
    Malformed = BAD_REQUEST, "malformed", "The request cannot be read";
    /// The request was read and breaks rules; `errors` lists every one with its field path.
    Invalid = UNPROCESSABLE_ENTITY, "invalid", "The request is not valid";
    /// The caller has not shown the token that this path wants.
    Forbidden = FORBIDDEN, "forbidden", "Not allowed";
    /// Nothing is there under this path or id, or it was deleted.
    NotFound = NOT_FOUND, "not-found", "Not found";
    /// The path exists but does not take this method; `Allow` lists those it takes.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed";
    /// The request loses against the present state or against concurrent writes; read again, then decide.
    Conflict = CONFLICT, "conflict", "Conflict with the present state";
    /// `If-Match` names another version than the current one; read again, then decide.
    WrongVersion = PRECONDITION_FAILED, "wrong-version", "The version has changed";
    /// The body is over the limit.
    PayloadTooLarge = PAYLOAD_TOO_LARGE, "payload-too-large", "The body is too large";
    /// The `Content-Type` is not one this path reads.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type";
    /// The `Idempotency-Key` was used before with another payload; use a new key for a new request.
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "idempotency-key-reused", "The idempotency key was used for another request";
    /// A fault of ours; it is logged with the trace id of the answer.
    Internal = INTERNAL_SERVER_ERROR, "internal", "Internal error";
    /// A part this request needs is not there at the moment; nothing was done. Retry after `Retry-After`.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Unavailable at the moment";
    /// The write may or may not have happened; retry with the same `Idempotency-Key` to learn and to complete it.
    OutcomeUnknown = SERVICE_UNAVAILABLE, "outcome-unknown", "The outcome is not known";
    /// The read side has not yet reached the request's `Consistency-Token`; retry, or take a stale answer with `Prefer: handling=lenient`.
    ProjectionBehind = SERVICE_UNAVAILABLE, "projection-behind", "The read side is behind the token";
    /// This stream waits for an operator: its log cannot be read further. Others go on.
    StreamBlocked = SERVICE_UNAVAILABLE, "stream-blocked", "The stream is blocked";
}
