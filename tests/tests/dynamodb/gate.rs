//! Stands between a daemon and an AWS: passes requests on, writes down which came when, and can be shut.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

/// What a gate does with a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    Open,
    /// Nobody gets through, and everybody is told at once.
    Shut,
    /// Nobody gets through, and nobody is told.
    Silent,
    /// DynamoDB's answer to too many requests.
    Throttled,
}

/// A gate on a port of its own.
pub(crate) struct Gate {
    pub(crate) url: String,
    mode: Mutex<Mode>,
    /// What changes something, and when it came.
    writes: Mutex<Vec<(Instant, String)>>,
}

impl Gate {
    pub(crate) fn before(upstream: &str) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let gate = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            mode: Mutex::new(Mode::Open),
            writes: Mutex::default(),
        });
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let serving = Arc::clone(&gate);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (serving, upstream) = (Arc::clone(&serving), upstream.clone());
                // Whoever goes away in the middle of it is no failure of the gate's.
                thread::spawn(move || drop(serving.serve(client, &upstream)));
            }
        });
        gate
    }

    pub(crate) fn is(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    pub(crate) fn writes(&self) -> Vec<(Instant, String)> {
        self.writes.lock().unwrap().clone()
    }

    fn serve(&self, mut client: TcpStream, upstream: &str) -> io::Result<()> {
        let mut from = BufReader::new(client.try_clone()?);
        while let Some((head, body)) = message(&mut from)? {
            let mode = *self.mode.lock().unwrap();
            match mode {
                Mode::Open => {}
                Mode::Shut => return Ok(()),
                Mode::Silent => loop {
                    // Also once it is opened again: this request is lost.
                    thread::park();
                },
                Mode::Throttled => {
                    let body = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\",\"message\":\"slow down\"}";
                    let length = body.len();
                    write!(
                        client,
                        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\n\
                         x-amzn-requestid: gate\r\ncontent-length: {length}\r\n\r\n{body}"
                    )?;
                    continue;
                }
            }
            self.note(&head, &body);
            let mut server = TcpStream::connect(upstream)?;
            server.write_all(closing(&head).as_bytes())?;
            server.write_all(&body)?;
            let mut answer = Vec::new();
            server.read_to_end(&mut answer)?;
            client.write_all(&answer)?;
            // The server closes, so the client has to connect anew.
            return client.shutdown(std::net::Shutdown::Both);
        }
        Ok(())
    }

    fn note(&self, head: &str, body: &[u8]) {
        let target = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .starts_with("x-amz-target:")
                .then(|| line.to_owned())
        });
        let form = String::from_utf8_lossy(body);
        let action = form
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="));
        let operation = match (&target, action) {
            (Some(target), _) => target.rsplit('.').next().unwrap_or_default(),
            (None, Some(action)) => action,
            (None, None) => return,
        };
        let reads = ["Describe", "List", "Get", "Assume"];
        if !reads.iter().any(|read| operation.trim().starts_with(read)) {
            let operation = operation.trim().to_owned();
            self.writes
                .lock()
                .unwrap()
                .push((Instant::now(), operation));
        }
    }
}

/// The head and the body of a request; nothing where the connection ends.
fn message(from: &mut impl BufRead) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut head = String::new();
    loop {
        if from.read_line(&mut head)? == 0 {
            return Ok(None);
        }
        if head.ends_with("\r\n\r\n") {
            break;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    from.read_exact(&mut body)?;
    Ok(Some((head, body)))
}

/// The same request, after whose answer the server closes.
fn closing(head: &str) -> String {
    let kept = head
        .lines()
        .filter(|line| !line.is_empty() && !line.to_ascii_lowercase().starts_with("connection:"));
    let mut head: String = kept.map(|line| format!("{line}\r\n")).collect();
    head.push_str("connection: close\r\n\r\n");
    head
}
