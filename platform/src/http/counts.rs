//! Counts requests: by method, route and status, and those under way.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axum::http::StatusCode;
use metrics::{Counter, Gauge, Histogram, Unit, describe_counter, describe_gauge, describe_histogram};

const REQUESTS: &str = "http_requests_total";
const DURATION: &str = "http_request_duration_seconds";
const IN_FLIGHT: &str = "http_requests_in_flight";

/// The metrics of one router's requests. Each is looked up once: that takes a text for each label and a search among all metrics there are.
pub(super) struct Counts {
    /// By route, which are few, and have few methods and statuses each.
    answered: RwLock<HashMap<String, Vec<Answered>>>,
    /// Looked up by the first request: whoever makes the router may set metrics up later.
    in_flight: OnceLock<Gauge>,
}

struct Answered {
    method: &'static str,
    status: &'static str,
    requests: Counter,
    duration: Histogram,
}

impl Counts {
    pub(super) fn new() -> Self {
        describe_counter!(REQUESTS, Unit::Count, "Requests answered, by method, route and status.");
        describe_histogram!(DURATION, Unit::Seconds, "Time from the head of a request to the head of its answer.");
        describe_gauge!(IN_FLIGHT, Unit::Count, "Requests being answered.");
        Self { answered: RwLock::default(), in_flight: OnceLock::new() }
    }

    /// A request was answered. `route` is one of few.
    pub(super) fn answered(&self, method: &'static str, route: &str, status: StatusCode, took: Duration) {
        let status = status_class(status);
        {
            let known = self.answered.read().unwrap_or_else(PoisonError::into_inner);
            let mut of_route = known.get(route).into_iter().flatten();
            if let Some(answered) = of_route.find(|it| it.method == method && it.status == status) {
                answered.add(took);
                return;
            }
        }
        let answered = Answered::new(method, route, status);
        answered.add(took);
        // Another request may have done the same meanwhile; both count in one metric.
        let mut known = self.answered.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(route.to_owned()).or_default().push(answered);
    }
}

impl Answered {
    fn new(method: &'static str, route: &str, status: &'static str) -> Self {
        let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_owned())];
        let requests = metrics::counter!(REQUESTS, &labels);
        Self { method, status, requests, duration: metrics::histogram!(DURATION, &labels) }
    }

    fn add(&self, took: Duration) {
        self.requests.increment(1);
        self.duration.record(took);
    }
}

fn status_class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// One request in the gauge, even when its future is dropped because the client went away.
pub(super) struct InFlight(Gauge);

impl InFlight {
    pub(super) fn begin(counts: &Counts) -> Self {
        let gauge = counts.in_flight.get_or_init(|| metrics::gauge!(IN_FLIGHT)).clone();
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn given_requests_of_some_kinds_when_counted_then_each_kind_has_its_own_and_one_under_way_is_seen_until_it_ends() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let (handle, second) = (recorder.handle(), Duration::from_secs(1));
        metrics::with_local_recorder(&recorder, || {
            let counts = Counts::new();
            for status in [StatusCode::OK, StatusCode::CREATED, StatusCode::NOT_FOUND] {
                counts.answered("GET", "/a", status, second);
            }
            counts.answered("PUT", "/a", StatusCode::OK, second);
            counts.answered("GET", "/b", StatusCode::OK, second);
            let under_way = InFlight::begin(&counts);
            assert!(handle.render().contains("http_requests_in_flight 1"));
            drop(under_way);
        });
        let rendered = handle.render();
        for (labels, count) in [
            (r#"method="GET",route="/a",status="2xx""#, 2),
            (r#"method="GET",route="/a",status="4xx""#, 1),
            (r#"method="PUT",route="/a",status="2xx""#, 1),
            (r#"method="GET",route="/b",status="2xx""#, 1),
        ] {
            assert!(rendered.contains(&format!("http_requests_total{{{labels}}} {count}\n")), "{rendered}");
        }
        assert!(rendered.contains("http_requests_in_flight 0"));
    }
}
