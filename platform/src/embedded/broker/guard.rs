//! Stands between a connection and Tansu: keeps from it what it cannot bear, and spares it what it does badly.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rama::{Context, Layer, Service};
use tansu_broker::Error;
use tansu_broker::service::{auth, coordinator, storage};
use tansu_sans_io::{Body, Frame, Header};
use tansu_service::{BytesFrameLayer, FrameRouteService, TcpBytesLayer, TcpContext, TcpContextLayer};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::epochs::Epochs;
use super::log::{CLUSTER_ID, Log};
use super::waiting::{Ends, News};

/// What all connections share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    epochs: Epochs,
    ends: Ends,
}

/// Answers one client until it leaves. When the storage has died, its generation is told to `died`.
pub(super) async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    log: Log,
    shared: Arc<Shared>,
    died: mpsc::Sender<u64>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "a connection keeps its send delay");
    }
    let generation = log.generation();
    let guard = match Guard::new(log, shared) {
        Ok(guard) => guard,
        Err(error) => {
            tracing::error!(%error, "the embedded broker cannot make its services");
            return;
        }
    };
    let service = (
        TcpContextLayer::new(TcpContext::default().cluster_id(Some(CLUSTER_ID.into()))),
        TcpBytesLayer::default(),
        BytesFrameLayer::default(),
    )
        .into_layer(guard);
    match service.serve(Context::default(), stream).await {
        Ok(_) => {}
        // How Kafka clients usually leave.
        Err(Error::Io(error)) if is_disconnect(error.kind()) => {}
        Err(Error::Storage(tansu_storage::Error::UnableToSend | tansu_storage::Error::OneshotRecv)) => {
            // Nobody listens any more when the broker stops.
            let _ = died.send(generation).await;
        }
        Err(error) => tracing::warn!(%peer, %error, "a connection to the embedded broker ended"),
    }
}

fn is_disconnect(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

#[derive(Debug)]
struct Guard {
    tansu: FrameRouteService<(), Error>,
    log: Log,
    shared: Arc<Shared>,
}

impl Guard {
    fn new(log: Log, shared: Arc<Shared>) -> Result<Self, Error> {
        let routes = storage::services(FrameRouteService::<(), Error>::builder(), log.storage.clone())?;
        let routes = coordinator::services(routes, log.groups.clone())?;
        let tansu = auth::services(routes)?.build()?;
        Ok(Self { tansu, log, shared })
    }
}

impl Service<(), Frame> for Guard {
    type Response = Frame;
    type Error = Error;

    async fn serve(&self, ctx: Context<()>, mut frame: Frame) -> Result<Frame, Error> {
        let Shared { epochs, ends } = &*self.shared;
        match &mut frame.body {
            Body::InitProducerIdRequest(request) => Epochs::forget(request),
            Body::ProduceRequest(request) => {
                epochs.translate(request, &self.log.storage).await?;
                let answer = self.tansu.serve(ctx, frame).await;
                ends.produced();
                return answer;
            }
            Body::FetchRequest(request) => {
                let asked = match ends.wait(request).await {
                    News::Perhaps(asked) => asked,
                    News::None(response) => {
                        let header = Header::Response { correlation_id: frame.correlation_id()? };
                        return Ok(Frame { size: 0, header, body: response.into() });
                    }
                };
                let answer = self.tansu.serve(ctx, frame).await?;
                if let Body::FetchResponse(response) = &answer.body {
                    ends.learn(&asked, response);
                }
                return Ok(answer);
            }
            _ => {}
        }
        self.tansu.serve(ctx, frame).await
    }
}
