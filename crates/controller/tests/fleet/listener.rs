//! A receiver of notifications on loopback: a real HTTP server that keeps what it was sent, and can be down or point elsewhere.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::Notify;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) head: Vec<String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let mut headers = self.head.iter().filter_map(|line| line.split_once(": "));
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Inner {
    /// Its answer's status; 0: it hangs up without one.
    status: AtomicU16,
    /// What is in it.
    says: Mutex<String>,
    /// When one is to come again.
    retry_after: Mutex<Option<String>>,
    /// When it was asked.
    asked: Mutex<Vec<Instant>>,
    /// It answers only after so many milliseconds.
    slow: AtomicU64,
    connections: AtomicUsize,
    requests: Mutex<Vec<Request>>,
    came: Notify,
}

/// The server.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

impl Listener {
    pub(crate) fn new() -> Self {
        Self::pointing_to("http://127.0.0.1:9/elsewhere")
    }

    /// Where it answers with a redirect, this is where it leads.
    pub(crate) fn pointing_to(elsewhere: &str) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "http://{}/hook?key=s3cret-path",
            socket.local_addr().unwrap()
        );
        let inner = Arc::new(Inner::default());
        inner.status.store(204, Ordering::SeqCst);
        let (serves, elsewhere) = (Arc::clone(&inner), elsewhere.to_owned());
        thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                serves.connections.fetch_add(1, Ordering::SeqCst);
                let _ = serves.answer(stream, &elsewhere);
            }
        });
        Self { url, inner }
    }

    pub(crate) fn answers(&self, status: u16) {
        self.inner.status.store(status, Ordering::SeqCst);
    }

    /// From now on it accepts, and says this.
    pub(crate) fn says(&self, body: &str) {
        body.clone_into(&mut self.inner.says.lock().unwrap());
        self.answers(200);
    }

    /// From now on it is too busy, and says when to come again.
    pub(crate) fn is_busy(&self, retry_after: &str) {
        *self.inner.retry_after.lock().unwrap() = Some(retry_after.to_owned());
        self.answers(503);
    }

    /// How far apart the requests were, answered or not.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        let asked = self.inner.asked.lock().unwrap();
        asked.windows(2).map(|two| two[1] - two[0]).collect()
    }

    pub(crate) fn takes_its_time(&self, milliseconds: u64) {
        self.inner.slow.store(milliseconds, Ordering::SeqCst);
    }

    pub(crate) fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::SeqCst)
    }

    /// What it accepted.
    pub(crate) fn accepted(&self) -> Vec<Request> {
        self.inner.requests.lock().unwrap().clone()
    }

    /// Resolves when it has accepted one more.
    pub(crate) async fn accepts(&self) {
        self.inner.came.notified().await;
    }

    /// What was told, in order: of which plan, what, and the event's id.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let events = self.accepted().into_iter().map(|request| request.json());
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        events
            .map(|event| (text(&event["data"]["what"]), text(&event["id"])))
            .collect()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.told().into_iter().map(|(what, _)| what).collect()
    }
}

impl Inner {
    fn answer(&self, stream: TcpStream, elsewhere: &str) -> std::io::Result<()> {
        self.asked.lock().unwrap().push(Instant::now());
        let status = self.status.load(Ordering::SeqCst);
        if status == 0 {
            return Ok(());
        }
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let length = head.iter().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            let is_it = key.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.parse().ok()).flatten()
        });
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        if (200..300).contains(&status) {
            let body = String::from_utf8_lossy(&body).into_owned();
            self.requests.lock().unwrap().push(Request { head, body });
            // Before whoever asked can have the answer and go on: a test may mean to be earlier.
            self.came.notify_one();
        }
        thread::sleep(Duration::from_millis(self.slow.load(Ordering::SeqCst)));
        let says = self.says.lock().unwrap().clone();
        let length = says.len();
        let again = self.retry_after.lock().unwrap().clone();
        let again = again.map_or_else(String::new, |it| format!("retry-after: {it}\r\n"));
        let answer = format!(
            "HTTP/1.1 {status} X\r\nlocation: {elsewhere}\r\n{again}content-length: {length}\r\nconnection: close\r\n\r\n{says}"
        );
        reader.get_mut().write_all(answer.as_bytes())
    }
}
