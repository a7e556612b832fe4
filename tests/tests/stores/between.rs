//! A place between the product and moto: whoever stands there sees each request before moto does, and may do something first,
//! or answer in moto's place.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A request: `GET /plans/prod/a.yaml?x-id=GetObject`.
pub(crate) type Line = String;

/// What is to happen before a request reaches moto: `Some` is a whole answer, and moto never hears of it.
type Hook = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Whether moto's answer is lost.
type Loses = dyn Fn() -> bool + Send + Sync;

/// The place, on a port of its own.
pub(crate) struct Between {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Line>>>,
}

impl Between {
    pub(crate) fn start(
        moto: &str,
        hook: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::serve(moto, Arc::new(hook), Arc::new(|| false))
    }

    fn serve(moto: &str, hook: Arc<Hook>, loses: Arc<Loses>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (all, moto) = (
            Arc::clone(&seen),
            moto.trim_start_matches("http://").to_owned(),
        );
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, moto, hook) = (Arc::clone(&all), moto.clone(), Arc::clone(&hook));
                let loses = Arc::clone(&loses);
                thread::spawn(move || one(stream, &moto, &hook, &*loses, &all));
            }
        });
        Self { url, seen }
    }

    /// Nobody stands in the way of a request, but its answer may be lost.
    pub(crate) fn losing_answers(
        moto: &str,
        loses: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::serve(moto, Arc::new(|_: &str| None), Arc::new(loses))
    }

    /// The requests so far whose line has this in it.
    pub(crate) fn count(&self, part: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|line| line.contains(part)).count()
    }
}

/// One request on a connection, which ends with its answer.
fn one(mut client: TcpStream, moto: &str, hook: &Arc<Hook>, loses: &Loses, all: &Mutex<Vec<Line>>) {
    let Some(request) = request(&mut client) else {
        return;
    };
    let text = String::from_utf8_lossy(&request);
    let line = text.lines().next().unwrap_or_default().to_owned();
    all.lock().unwrap().push(line.clone());
    if let Some(answer) = hook(&line) {
        let _ = client.write_all(answer.as_bytes());
        return;
    }
    let mut server = TcpStream::connect(moto).unwrap();
    let end = text.find("\r\n").unwrap();
    server.write_all(&request[..end]).unwrap();
    server.write_all(b"\r\nConnection: close").unwrap();
    server.write_all(&request[end..]).unwrap();
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    if !loses() {
        let _ = client.write_all(&answer);
    }
}

/// Head and body.
fn request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 8192];
    loop {
        let read = client.read(&mut piece).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some(head) = text.find("\r\n\r\n") else {
            continue;
        };
        let length = text[..head].lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().ok())?
        });
        if bytes.len() >= head + 4 + length.unwrap_or(0usize) {
            return Some(bytes);
        }
    }
}

/// An answer of S3's with an error.
pub(crate) fn refusal(status: &str, headers: &str, code: &str, message: &str) -> String {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    format!(
        "HTTP/1.1 {status}\r\nx-amz-request-id: R1\r\n{headers}content-type: application/xml\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
