//! `POST /dapr/reminders`

use std::fmt::Display;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Request, State};
use platform::http::{QueryParams, parse_object, read_body, require_content_type};
use platform::problem::{Kind, Problem};
use serde::Serialize;

use super::Sidecar;
use super::record::claims;
use super::token::OfSidecar;
use crate::delivery::{Handed, NAME};
use crate::manager::Failure;
use crate::metric_definitions as metric;

/// What the sidecar is to do with the record.
#[derive(Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    /// Go on with the next.
    Success,
    /// Hand it over again: something it needs is away.
    Retry,
    /// Go on with the next, and put this one aside where there is a place for such: nobody can do anything with it.
    Drop,
}

/// What daprd reads.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    status: Status,
}

/// Takes up a record of `reminders`; what is to be sent of it is in Postgres before this answers.
///
/// A problem is answered to requests that no sidecar makes, whatever is in a record: daprd would hand over the same again and again.
pub(super) async fn take_record(
    State(sidecar): State<Sidecar>,
    _: OfSidecar,
    params: QueryParams,
    request: Request,
) -> Result<Json<Verdict>, Problem> {
    params.allow(&[], &[])?;
    require_content_type(request.headers(), &["application/cloudevents+json"])?;
    let body = match read_body(request.into_body()).await {
        Err(problem) if problem.kind() == Kind::PayloadTooLarge => return Ok(unreadable(problem)),
        body => body?,
    };
    let claims = match claims(parse_object(&body)?) {
        Ok(claims) => claims,
        Err(why) => return Ok(unreadable(why)),
    };
    let mut status = Status::Success;
    for claim in claims.iter().filter(|claim| claim.rang()) {
        let (stream, sequence) = (claim.partitionkey.as_str(), claim.sequence);
        match sidecar.notify.hand(stream, sequence).await {
            Ok(Handed::Done) => {}
            Ok(Handed::Blocked) => status = Status::Drop,
            Ok(Handed::NotInTheLog) => {
                metric::unreadable(NAME);
                tracing::error!(
                    stream,
                    sequence,
                    "the sidecar handed over an event that the log does not have, it is dropped: does its pub/sub component \
                     read another Kafka?"
                );
                status = Status::Drop;
            }
            Err(failure) => return Ok(sidecar.again(&failure)),
        }
    }
    sidecar.failing.store(false, Ordering::Relaxed);
    Ok(Json(Verdict { status }))
}

impl Sidecar {
    /// The sidecar asks again every few seconds: what is the matter is told once.
    fn again(&self, failure: &Failure) -> Json<Verdict> {
        metric::failed(NAME);
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::error!(error = %failure, "an event cannot be taken up, the sidecar has to hand it over again");
        }
        Json(Verdict { status: Status::Retry })
    }
}

fn unreadable(why: impl Display) -> Json<Verdict> {
    metric::unreadable(NAME);
    tracing::error!(%why, "the sidecar handed over a record that nobody can read, it is dropped");
    Json(Verdict { status: Status::Drop })
}
