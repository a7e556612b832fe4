//! Addresses, connections, and their end.
//!
//! What belongs here: sockets. Faces run on a thread and a runtime of their own, in real time: the loop is not slowed by
//! them, nor they by it.

use std::{
    fmt, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as StdListener},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

use crate::{
    app::{Api, App},
    auth, dashboard,
    patience::Patient,
    rest, stream,
};

/// Where the daemon listens, where nobody says otherwise: loopback, both families.
pub const USUAL_PORT: u16 = 8686;
/// Bytes that wait for a client to take them, for each connection: what a slow reader costs.
const WAITING: usize = 64 * 1024;
/// How long a client may take to send its headers, and to take what is sent to it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long requests may go on after the end was asked for.
const GRACE: Duration = Duration::from_secs(3);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings cannot be used.
    #[error("cannot serve the API with these settings for who may do what")]
    Auth(#[from] auth::Error),
    /// An address is taken or not ours.
    #[error(
        "cannot listen on {address}: is another daemon running? give another address in `listen`"
    )]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// No address at all.
    #[error("there is no address to listen on: give one in `listen`")]
    NoAddress,
    /// The runtime.
    #[error("cannot run the API's thread")]
    Runtime(#[source] io::Error),
}

/// Loopback of both families.
#[must_use]
pub fn usual_addresses(port: u16) -> Vec<SocketAddr> {
    vec![
        (Ipv6Addr::LOCALHOST, port).into(),
        (Ipv4Addr::LOCALHOST, port).into(),
    ]
}

/// Listens on every address. One that this machine does not have is passed over, and told, if another is there.
///
/// # Errors
/// An address is taken, or there is none.
pub fn bind(addresses: &[SocketAddr]) -> Result<Vec<StdListener>, Error> {
    let mut listeners = Vec::new();
    let mut missing = None;
    for address in addresses {
        match StdListener::bind(address).and_then(ready) {
            Ok(listener) => listeners.push(listener),
            Err(source) if is_not_ours(&source) => {
                tracing::warn!(%address, error = %source, "this machine does not have the address; not listening on it");
                missing = Some((*address, source));
            }
            Err(source) => {
                let address = *address;
                return Err(Error::Bind { address, source });
            }
        }
    }
    match (listeners.is_empty(), missing) {
        (false, _) => Ok(listeners),
        (true, Some((address, source))) => Err(Error::Bind { address, source }),
        (true, None) => Err(Error::NoAddress),
    }
}

fn ready(listener: StdListener) -> io::Result<StdListener> {
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// No such address here, or no such family.
fn is_not_ours(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.kind() == io::ErrorKind::Unsupported
        || error.raw_os_error() == Some(97)
}

/// The API on a thread of its own.
#[derive(Debug)]
pub struct Serving {
    doorkeeper: Doorkeeper,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Who can be told, while the API is served, that other people may do other things. Cheap to clone.
#[derive(Clone)]
pub struct Doorkeeper(Arc<App>);

impl fmt::Debug for Doorkeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doorkeeper").finish_non_exhaustive()
    }
}

impl Doorkeeper {
    /// Other settings count from now on: for requests, for log-ins, and for streams that are open. Blocks.
    ///
    /// # Errors
    /// They cannot be used; those before them still count.
    pub fn take_over(&self, settings: &auth::Settings) -> Result<(), auth::Error> {
        self.0.take_over(settings)
    }

    /// Each token that is kept elsewhere may be another by now: it is read again soon.
    pub fn doubt(&self) {
        self.0.auth.doubt();
    }
}

impl Serving {
    /// Who can be told that other people may do other things.
    #[must_use]
    pub fn doorkeeper(&self) -> Doorkeeper {
        self.doorkeeper.clone()
    }

    /// Ends it: no new connections, streams end, requests under way have a few seconds.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the API's thread broke down");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end();
    }
}

impl Api {
    /// Serves on listeners, on a thread of its own, until it is stopped or dropped.
    ///
    /// # Errors
    /// The settings cannot be used, or there is no thread.
    pub fn start(self, listeners: Vec<StdListener>) -> Result<Serving, Error> {
        let addresses = listeners.iter().filter_map(|l| l.local_addr().ok());
        let addresses: Vec<_> = addresses.collect();
        let app = Arc::new(App::new(self, &addresses)?);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(Error::Runtime)?;
        let (stop, stopped) = watch::channel(false);
        let doorkeeper = Doorkeeper(Arc::clone(&app));
        let thread = std::thread::Builder::new().name("api".to_owned());
        let thread = thread
            .spawn(move || {
                // Streams of this runtime only live while it runs.
                if let Err(error) = runtime.block_on(serve(app, listeners, stopped)) {
                    tracing::error!(%error, "the API ended");
                }
            })
            .map_err(Error::Runtime)?;
        Ok(Serving {
            doorkeeper,
            stop,
            thread: Some(thread),
        })
    }
}

async fn serve(
    app: Arc<App>,
    listeners: Vec<StdListener>,
    stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let hub = tokio::spawn(stream::keep_current(Arc::downgrade(&app)));
    // Before the first request: it may come with a log-in that another daemon has begun.
    app.auth.first_agree().await;
    let visitors = Arc::clone(&app);
    let visitors = tokio::spawn(async move { visitors.auth.keep_in_step().await });
    let pages = dashboard::routes();
    let router = rest::router(&app, pages);
    let places = Arc::new(Semaphore::new(app.api.limits.connections));
    let mut accepting = JoinSet::new();
    for listener in listeners {
        let listener = TcpListener::from_std(listener)?;
        accepting.spawn(accept(
            listener,
            router.clone(),
            Arc::clone(&places),
            stopped.clone(),
        ));
    }
    let mut stopping = stopped.clone();
    end(&mut stopping).await;
    app.hub.end();
    while accepting.join_next().await.is_some() {}
    hub.abort();
    visitors.abort();
    Ok(())
}

/// Resolves when the end is asked for, or whoever could ask for it is gone.
async fn end(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn accept(
    listener: TcpListener,
    router: Router,
    places: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        // A place first: who comes when all are taken waits in the system's queue.
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((listener.accept().await, place))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = end(&mut stopped) => break,
            // Takes what has ended off the list.
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        let Some((accepted, place)) = accepted else {
            break;
        };
        match accepted {
            Ok((socket, peer)) => {
                let router = router.clone();
                let stopped = stopped.clone();
                connections.spawn(async move {
                    converse(socket, peer, router, stopped).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, or a client that left: neither gets better by trying at once.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GRACE, ended).await;
}

async fn converse(
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    // Events are small and wanted now.
    let _ = socket.set_nodelay(true);
    let service = router.layer(axum::Extension(ConnectInfo(peer)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(WAITING)
        .serve_connection(
            TokioIo::new(Patient::new(socket, PATIENCE)),
            TowerToHyperService::new(service),
        );
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = end(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}
