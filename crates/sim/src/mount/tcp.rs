//! The region as an HTTP/1 server, for any AWS client.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::region::{Lost, Region};
use crate::wire::LARGEST;

const CONNECTIONS: usize = 1024;

/// Serves the region on a listener until `shutdown` is done. Open connections end with it.
pub async fn serve(region: Region, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let mut shutdown = pin!(shutdown);
    let mut connections = tokio::task::JoinSet::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (slot, stream) = next(&slots, &listener) => {
                let region = region.clone();
                connections.spawn(async move {
                    converse(region, stream).await;
                    drop(slot);
                });
            }
        }
    }
    connections.shutdown().await;
}

async fn next(
    slots: &Arc<Semaphore>,
    listener: &TcpListener,
) -> (Option<tokio::sync::OwnedSemaphorePermit>, TcpStream) {
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (slot, stream),
            // Out of descriptors, or the peer is gone already: the next one may fare better.
            Err(error) => {
                tracing::debug!(%error, "accept failed");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

async fn converse(region: Region, stream: TcpStream) {
    // Small answers are to leave at once.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| respond(region.clone(), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), answer)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "connection ended");
    }
}

/// An error here breaks the connection: what a client sees of a lost reply.
async fn respond(
    region: Region,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Lost> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(too_large()),
    };
    Ok(region
        .exchange(Request::from_parts(parts, body))
        .await?
        .map(Full::new))
}

fn too_large() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"the request is too large")));
    *response.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
    response
}
