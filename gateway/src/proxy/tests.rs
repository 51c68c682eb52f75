//! The proxy before a server on a socket.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use platform::health::Health;
use platform::http::App;
use platform::metrics::Metrics;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::ServiceExt;
use utoipa_axum::routes;

use super::*;

/// The API as its document knows it; `answer` is what the upstream does.
#[utoipa::path(get, path = "/things/{id}", responses((status = 200, description = "A thing")))]
async fn get_thing() {}

#[utoipa::path(post, path = "/things/{id}", params(("Idempotency-Key" = Option<String>, Header)), responses((status = 200, description = "A thing")))]
async fn post_thing() {}

#[utoipa::path(put, path = "/things/{id}", responses((status = 200, description = "A thing")))]
async fn put_thing() {}

fn reads() -> OpenApi {
    OpenApiRouter::<()>::new().routes(routes!(get_thing)).into_openapi()
}

fn writes() -> OpenApi {
    OpenApiRouter::<()>::new().routes(routes!(post_thing, put_thing)).into_openapi()
}

/// Where somebody listens and answers every request so.
async fn answering(answer: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, answer).await.unwrap() });
    address
}

/// Where somebody accepts, reads a request's head and does what `then` says with each connection, the first one being 0.
async fn accepting<F: Future<Output = ()> + Send>(
    then: impl Fn(usize, tokio::net::TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut count = 0;
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut read = Vec::new();
            while !read.windows(4).any(|end| end == b"\r\n\r\n")
                && connection.read_buf(&mut read).await.unwrap_or(0) > 0
            {}
            then(count, connection).await;
            count += 1;
        }
    });
    address
}

/// Where nobody listens.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

fn upstream(name: &'static str, at: SocketAddr) -> Upstream {
    Upstream::new(name, &format!("http://{at}")).unwrap()
}

fn served(proxy: &Proxy) -> Router {
    App::new(Health::new(), Metrics::detached()).router(proxy.routes())
}

fn before(at: SocketAddr) -> Router {
    served(&Proxy::new(Shutdown::new()).to(upstream("query", at), reads()).to(upstream("command", at), writes()))
}

async fn ask(router: &Router, method: Method, body: Body) -> Response {
    ask_with(router, method, &[], body).await
}

async fn ask_with(router: &Router, method: Method, headers: &[(&str, &str)], body: Body) -> Response {
    let mut request = axum::http::Request::builder().method(method).uri("/things/a%2Fb?q=1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router.clone().oneshot(request.header("host", "tasks.example").body(body).unwrap()).await.unwrap()
}

async fn bytes(response: Response) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

/// Status, kind and whether `Retry-After` is there.
async fn problem(response: Response) -> (u16, String, bool) {
    let (status, retry) = (response.status().as_u16(), response.headers().contains_key("retry-after"));
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: Value = serde_json::from_slice(&bytes(response).await).unwrap();
    (status, body["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned(), retry)
}

#[tokio::test]
async fn given_calls_of_two_upstreams_on_one_path_then_each_goes_to_its_own_as_it_came() {
    let says = |who: &'static str| {
        Router::new().fallback(async move |method: Method, uri: axum::http::Uri, headers: HeaderMap, body: String| {
            let host = headers["x-forwarded-host"].to_str().unwrap().to_owned();
            (
                StatusCode::IM_A_TEAPOT,
                [("etag", "\"7\""), ("connection", "x-hop"), ("x-hop", "1")],
                format!("{who} {method} {uri} {host} {body}"),
            )
        })
    };
    let (query, command) = (answering(says("query")).await, answering(says("command")).await);
    let proxy =
        Proxy::new(Shutdown::new()).to(upstream("query", query), reads()).to(upstream("command", command), writes());
    let router = served(&proxy);
    for (method, body, expected) in [
        (Method::GET, "", "query GET /things/a%2Fb?q=1 tasks.example "),
        (Method::POST, "said", "command POST /things/a%2Fb?q=1 tasks.example said"),
    ] {
        let response = ask(&router, method, Body::from(body)).await;
        assert_eq!(
            (response.status(), &response.headers()["etag"]),
            (StatusCode::IM_A_TEAPOT, &"\"7\"".parse().unwrap())
        );
        assert!(!response.headers().contains_key("x-hop") && !response.headers().contains_key("connection"));
        assert_eq!(bytes(response).await, expected);
    }
    let head = ask(&router, Method::HEAD, Body::empty()).await;
    assert_eq!(head.status(), StatusCode::IM_A_TEAPOT);
    assert!(bytes(head).await.is_empty());
    assert_eq!(problem(ask(&router, Method::DELETE, Body::empty()).await).await.1, "method-not-allowed");
}

#[tokio::test]
async fn given_bodies_that_go_on_then_each_part_passes_as_it_comes_both_ways() {
    let echo = Router::new().fallback(async |body: Body| Body::from_stream(body.into_data_stream()));
    let router = before(answering(echo).await);
    let (say, said) = mpsc::unbounded_channel();
    let said = stream::unfold(said, |mut said| async move { Some((Ok::<_, Infallible>(said.recv().await?), said)) });
    let response = ask(&router, Method::POST, Body::from_stream(said)).await;
    let mut heard = response.into_body().into_data_stream();
    for part in ["one", "two", "three"] {
        say.send(part).unwrap();
        // It comes before there is a next one.
        assert_eq!(heard.next().await.unwrap().unwrap(), part);
    }
    drop(say);
    assert!(heard.next().await.is_none());
}

#[tokio::test]
async fn given_a_write_without_a_key_that_tells_its_length_then_each_part_of_it_passes_as_it_comes() {
    let echo = Router::new().fallback(async |body: Body| Body::from_stream(body.into_data_stream()));
    let at = answering(before(answering(echo).await)).await;
    let mut caller = tokio::net::TcpStream::connect(at).await.unwrap();
    let head = b"POST /things/1 HTTP/1.1\r\nhost: tasks.example\r\ncontent-length: 8\r\n\r\n";
    caller.write_all(head).await.unwrap();
    let mut heard = Vec::new();
    for part in ["one!", "two!"] {
        caller.write_all(part.as_bytes()).await.unwrap();
        let comes = async {
            while !String::from_utf8_lossy(&heard).contains(part) {
                assert!(caller.read_buf(&mut heard).await.unwrap() > 0, "the connection ended");
            }
        };
        tokio::time::timeout(Duration::from_secs(10), comes).await.expect("it comes before there is a next one");
    }
}

#[tokio::test]
async fn given_an_answer_that_is_encoded_already_then_it_passes_as_it_is() {
    // It is no such coding: whoever decoded it would fail.
    let said = [("content-type", "application/json"), ("content-encoding", "br"), ("vary", "accept-encoding")];
    let encoded = Router::new().fallback(async move || (said, "x".repeat(4_096)));
    let router = before(answering(encoded).await);
    let request = axum::http::Request::get("/things/1").header("accept-encoding", "gzip, br");
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    for (name, value) in &said[1..] {
        assert_eq!(response.headers()[*name], *value, "{name}");
        assert_eq!(response.headers().get_all(*name).iter().count(), 1, "{name}");
    }
    assert_eq!(bytes(response).await, "x".repeat(4_096));
}

/// A stream of events that says when its reader is gone.
fn events(gone: mpsc::UnboundedSender<()>) -> Router {
    struct Told(mpsc::UnboundedSender<()>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.send(()).ok();
        }
    }
    Router::new().fallback(move || {
        let told = Told(gone.clone());
        async move {
            let first = stream::iter([Ok::<_, Infallible>("data: 1\n\n")]);
            let endless = first.chain(stream::pending()).map(move |event| {
                let _told = &told;
                event
            });
            ([("content-type", "text/event-stream")], Body::from_stream(endless)).into_response()
        }
    })
}

#[tokio::test]
async fn given_a_stream_of_events_when_its_reader_goes_then_the_upstream_hears_of_it() {
    let (gone, mut heard) = mpsc::unbounded_channel();
    let router = before(answering(events(gone)).await);
    let mut body = ask(&router, Method::GET, Body::empty()).await.into_body().into_data_stream();
    assert_eq!(body.next().await.unwrap().unwrap(), "data: 1\n\n");
    assert!(heard.try_recv().is_err());
    drop(body);
    assert_eq!(heard.recv().await, Some(()));
}

#[tokio::test]
async fn given_a_stream_of_events_when_the_process_is_to_stop_then_it_ends() {
    let (gone, mut heard) = mpsc::unbounded_channel();
    let shutdown = Shutdown::new();
    let router = served(&Proxy::new(shutdown.clone()).to(upstream("query", answering(events(gone)).await), reads()));
    let mut body = ask(&router, Method::GET, Body::empty()).await.into_body().into_data_stream();
    assert_eq!(body.next().await.unwrap().unwrap(), "data: 1\n\n");
    shutdown.request();
    assert!(body.next().await.is_none());
    drop(body);
    assert_eq!(heard.recv().await, Some(()));
}

#[tokio::test]
async fn given_an_upstream_that_ends_a_stream_too_early_then_the_reader_learns_that_it_is_not_whole() {
    let cut = accepting(async |_, mut connection| {
        let head =
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n";
        connection.write_all(head).await.unwrap();
    });
    let router = before(cut.await);
    let mut body = ask(&router, Method::GET, Body::empty()).await.into_body().into_data_stream();
    assert_eq!(body.next().await.unwrap().unwrap(), "data:");
    assert!(body.next().await.unwrap().is_err());
}

#[tokio::test]
async fn given_nobody_at_the_upstreams_address_then_nothing_was_done_whatever_the_method() {
    let router = before(nobody().await);
    for method in [Method::GET, Method::POST] {
        assert_eq!(problem(ask(&router, method, Body::empty()).await).await, (503, "unavailable".to_owned(), true));
    }
}

#[tokio::test]
async fn given_an_upstream_that_hangs_up_then_a_read_may_be_repeated_and_of_a_write_nobody_knows() {
    let router = before(accepting(async |_, connection| drop(connection)).await);
    assert_eq!(problem(ask(&router, Method::GET, Body::empty()).await).await, (503, "unavailable".to_owned(), true));
    let write = ask(&router, Method::POST, Body::from("x")).await;
    assert_eq!(problem(write).await, (503, "outcome-unknown".to_owned(), true));
}

#[tokio::test]
async fn given_an_upstream_that_hangs_up_once_then_a_read_and_a_write_with_a_key_are_asked_again_and_no_other_is() {
    async fn once(count: usize, mut connection: tokio::net::TcpStream) {
        if count > 0 {
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            // Closed with something unread, it would be cut, and the answer with it.
            connection.read_to_end(&mut Vec::new()).await.ok();
        }
    }
    const NONE: &[(&str, &str)] = &[];
    const KEY: &[(&str, &str)] = &[("idempotency-key", "once")];
    for (method, headers, body) in [(Method::GET, NONE, ""), (Method::POST, KEY, ""), (Method::POST, KEY, "x")] {
        let router = before(accepting(once).await);
        assert_eq!(bytes(ask_with(&router, method.clone(), headers, Body::from(body)).await).await, "ok", "{method}");
    }
    // Without a key, by a call that takes none, or where the body is of no known length.
    let long = Body::from_stream(stream::iter([Ok::<_, Infallible>("x")]));
    for (method, headers, body) in
        [(Method::POST, NONE, Body::from("x")), (Method::PUT, KEY, Body::from("x")), (Method::POST, KEY, long)]
    {
        let router = before(accepting(once).await);
        let write = ask_with(&router, method.clone(), headers, body).await;
        assert_eq!(problem(write).await, (503, "outcome-unknown".to_owned(), true), "{method}");
    }
}

#[tokio::test]
async fn given_an_upstream_behind_a_sidecar_then_it_is_shown_the_token_and_what_it_says_itself_is_no_answer() {
    let answers = Router::new().fallback(async |uri: axum::http::Uri, headers: HeaderMap| match uri.path() {
        "/v1.0/invoke/query/method/things/a%2Fb" => {
            headers["dapr-api-token"].to_str().unwrap().to_owned().into_response()
        }
        _ => {
            let said = r#"{"errorCode":"ERR_DIRECT_INVOKE","message":"no such app"}"#;
            (StatusCode::INTERNAL_SERVER_ERROR, [("content-type", "application/json")], said).into_response()
        }
    });
    let at = answering(answers).await;
    let token = HeaderValue::from_static("known");
    let behind = |name: &'static str, app: &str| {
        Upstream::new(name, &format!("http://{at}/v1.0/invoke/{app}/method")).unwrap().showing(Some(&token))
    };
    let proxy = Proxy::new(Shutdown::new()).to(behind("query", "query"), reads()).to(behind("command", "x"), writes());
    let router = served(&proxy);
    assert_eq!(bytes(ask(&router, Method::GET, Body::empty()).await).await, "known");
    let write = ask(&router, Method::POST, Body::from("x")).await;
    assert_eq!(problem(write).await, (503, "outcome-unknown".to_owned(), true));
    // Nobody else is shown it.
    let shown = Router::new().fallback(async |headers: HeaderMap| headers.contains_key("dapr-api-token").to_string());
    let at = answering(shown).await;
    let router = served(&Proxy::new(Shutdown::new()).to(upstream("query", at).showing(Some(&token)), reads()));
    let answer = ask_with(&router, Method::GET, &[("dapr-api-token", "of the caller")], Body::empty()).await;
    assert_eq!(bytes(answer).await, "false");
}

#[tokio::test]
async fn given_an_upstream_that_says_nothing_then_it_is_not_waited_for_for_ever() {
    let at = accepting(async |_, connection| std::mem::forget(connection)).await;
    let impatient = |name| upstream(name, at).answering_within(Duration::from_millis(20));
    let proxy = Proxy::new(Shutdown::new()).to(impatient("query"), reads()).to(impatient("command"), writes());
    let router = served(&proxy);
    assert_eq!(problem(ask(&router, Method::GET, Body::empty()).await).await, (503, "unavailable".to_owned(), true));
    let write = ask(&router, Method::POST, Body::empty()).await;
    assert_eq!(problem(write).await, (503, "outcome-unknown".to_owned(), true));
}

#[tokio::test]
async fn given_a_callers_body_that_breaks_off_then_it_is_the_callers_fault() {
    let router = before(answering(Router::new().fallback(async |body: String| body)).await);
    let broken = stream::iter([Ok("one"), Err(io::Error::other("gone"))]);
    let response = ask(&router, Method::POST, Body::from_stream(broken)).await;
    assert_eq!(problem(response).await, (400, "malformed".to_owned(), false));
}
