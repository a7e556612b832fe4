//! The region as an HTTP/1 server, for any AWS client.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

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
/// Longer than any client's pause between two polls, so that a pooled connection is not closed under its next request.
const IDLE: Duration = Duration::from_secs(300);

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
                tokio::time::sleep(Duration::from_millis(50)).await;
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
        .header_read_timeout(IDLE)
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::faults::{Fault, Wrong};
    use crate::world::World;

    const REQUEST: &str = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 43\r\n\
        Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/eu-central-1/sts/aws4_request\r\n\r\n\
        Action=GetCallerIdentity&Version=2011-06-15";

    async fn ask(listener: std::net::SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(listener).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is reset has no more to say.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn any_client_is_answered_until_shutdown_and_a_lost_reply_closes_the_connection() {
        let world = World::new(
            "eu-central-1",
            "123456789012",
            "2027-01-15T08:00:00Z".parse().unwrap(),
        );
        let region = Region::new(world, 1);
        region.set_rate(1000.0);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = tokio::spawn(serve(region.clone(), listener, async move {
            stopped.await.unwrap_or(())
        }));
        let answer = ask(address, REQUEST).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(
            answer.contains("<Account>123456789012</Account>"),
            "{answer}"
        );
        region.inject(Fault::next("sts:*", Wrong::LostReply, 1));
        assert_eq!(ask(address, REQUEST).await, "");
        let long = REQUEST.replace("Content-Length: 43", "Content-Length: 99999999");
        let stream = ask(address, &format!("{}{}", long, " ".repeat(LARGEST))).await;
        assert!(
            stream.is_empty() || stream.starts_with("HTTP/1.1 413"),
            "{stream}"
        );
        stop.send(()).unwrap();
        served.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
