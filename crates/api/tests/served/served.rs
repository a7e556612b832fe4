//! An API on a port of its own, and a client to ask it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;
use sixshift_api::{Api, Limits, Serving, auth, bind};
use sixshift_controller::{
    Board, FleetView, Metrics, Orders, PlanView, Provenance, Standing,
    journal::{Journal, Memory, Records, Visitors},
};
use sixshift_core::facts::Facts;

pub(crate) const OPERATOR: &str = "an-operator-s-token";
pub(crate) const VIEWER: &str = "a-viewer-s-very-own-token";

/// `printf %s TOKEN | sha256sum` of both.
pub(crate) const TOKENS: &str = "tokens:
  - { name: ops, role: operator, sha256: 3f64719b34490324d0e1c9a5d2fdb5d8d8b07ec5ef879dca45172d585fb109b2 }
  - { name: eve, role: viewer, sha256: 9639568c9bf8f0a5d445e15f761cbaf3a2ca3c380cfb72646bd86798c8ff158c }
";

/// An API before a board.
pub(crate) struct Served {
    pub(crate) board: Board,
    pub(crate) records: Records,
    pub(crate) address: SocketAddr,
    pub(crate) serving: Option<Serving>,
    /// Whoever holds them can answer.
    pub(crate) _orders: Option<Orders>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The problem's word, which every refusal has with a message and a remedy.
    pub(crate) fn code(&self) -> String {
        let problem = self.json();
        for part in ["detail", "remedy"] {
            assert!(
                problem[part].as_str().is_some_and(|t| !t.is_empty()),
                "{self:?}"
            );
        }
        problem["code"].as_str().unwrap().to_owned()
    }
}

/// With tokens, reading open.
pub(crate) fn open() -> Served {
    serve(TOKENS, Limits::default())
}

pub(crate) fn serve(auth: &str, limits: Limits) -> Served {
    let (board, orders) = Board::new(Metrics::new());
    board.show_fleet(FleetView::default());
    let records = Records::new(Arc::new(Memory::new().unwrap()));
    let mut served = before(board, records, auth, limits);
    served._orders = Some(orders);
    served
}

/// One of several daemons of a journal.
pub(crate) fn serve_over(journal: &Arc<Memory>, auth: &str) -> Served {
    let (board, orders) = Board::new(Metrics::new());
    board.show_fleet(FleetView::default());
    let journal: Arc<dyn Journal> = Arc::clone(journal) as _;
    let visitors = Some(Visitors::new(Arc::clone(&journal)));
    let mut served = with(
        board,
        Records::new(journal),
        auth,
        Limits::default(),
        visitors,
    );
    served._orders = Some(orders);
    served
}

/// Before a board that somebody else keeps.
pub(crate) fn before(board: Board, records: Records, auth: &str, limits: Limits) -> Served {
    with(board, records, auth, limits, None)
}

fn with(
    board: Board,
    records: Records,
    auth: &str,
    limits: Limits,
    visitors: Option<Visitors>,
) -> Served {
    let auth: auth::Settings = serde_yaml::from_str(auth).unwrap();
    let listeners = bind(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let address = listeners[0].local_addr().unwrap();
    let metrics = board.metrics().clone();
    let api = Api {
        board: board.clone(),
        records: records.clone(),
        metrics: Arc::new(move |()| metrics.render(Timestamp::UNIX_EPOCH, None)),
        log_level: Arc::new(|filter| match filter.as_str() {
            "debug" => Ok(()),
            other => Err(format!("{other:?} is no filter")),
        }),
        now: Arc::new(|()| Timestamp::UNIX_EPOCH),
        hook_secret: Some(sixshift_controller::secret::Secret::fixed("hush")),
        version: "0.0.0".to_owned(),
        auth,
        fetch_key: None,
        limits,
        visitors,
        hosts: vec!["tools.example.com".to_owned()],
    };
    Served {
        board,
        records,
        address,
        serving: Some(api.start(listeners).unwrap()),
        _orders: None,
    }
}

impl Served {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    /// With a token.
    pub(crate) fn get_as(&self, token: &str, path: &str) -> Answer {
        self.ask(
            "GET",
            path,
            &[("authorization", &format!("Bearer {token}"))],
            "",
        )
    }

    /// JSON with a token.
    pub(crate) fn post_as(&self, token: &str, path: &str, body: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        self.ask("POST", path, &headers, body)
    }

    /// One request on a connection of its own, as written.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut socket = self.send(method, path, headers, body, "close");
        let mut text = Vec::new();
        socket.read_to_end(&mut text).unwrap();
        answer(&String::from_utf8_lossy(&text))
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        connection: &str,
    ) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: {connection}\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        socket.write_all(request.as_bytes()).unwrap();
        socket
    }

    /// A stream of events.
    pub(crate) fn stream(&self, path: &str, last: Option<&str>) -> Events {
        self.stream_as(path, last.map(|id| ("last-event-id", id)))
    }

    /// The same with another header.
    pub(crate) fn stream_as(&self, path: &str, header: Option<(&str, &str)>) -> Events {
        let mut headers = vec![("accept", "text/event-stream")];
        headers.extend(header);
        let socket = self.send("GET", path, &headers, "", "keep-alive");
        let mut events = Events {
            lines: BufReader::new(socket),
            id: None,
        };
        let status = events.line();
        assert!(status.contains(" 200 "), "{status}");
        while !events.line().is_empty() {}
        events
    }

    /// Hangs up a plan that nothing is known of.
    pub(crate) fn show(&self, name: &str) {
        self.board.show_plan(nothing_known(name));
    }
}

pub(crate) fn nothing_known(name: &str) -> PlanView {
    PlanView {
        name: name.to_owned(),
        plan: None,
        from: Provenance {
            commit: None,
            author_date: None,
            file: "plans.yaml".into(),
            line: 1,
        },
        standing: Standing::Current,
        status: None,
        seen: None,
        closely: None,
        measured: None,
        facts: Facts::default(),
        paused: None,
        frozen: None,
        attempts: 0,
        look_at: None,
        version: 0,
    }
}

fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    let status = status.split(' ').nth(1).and_then(|s| s.parse().ok());
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Answer {
        status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
        headers,
        body: body.to_owned(),
    }
}

/// A stream of events, as a browser reads it.
pub(crate) struct Events {
    lines: BufReader<TcpStream>,
    /// The last one.
    pub(crate) id: Option<String>,
}

impl Events {
    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(
            self.lines.read_line(&mut line).unwrap() > 0,
            "the stream ended"
        );
        line.trim_end().to_owned()
    }

    /// Reads to the end of the stream; true if it came.
    pub(crate) fn ends(mut self) -> bool {
        let mut rest = Vec::new();
        self.lines.read_to_end(&mut rest).is_ok()
    }

    /// Reads to the last chunk, after which the connection may go on; true if it came.
    pub(crate) fn comes_to_its_end(mut self) -> bool {
        let mut line = String::new();
        while self.lines.read_line(&mut line).is_ok_and(|read| read > 0) {
            if line.trim_end() == "0" {
                return true;
            }
            line.clear();
        }
        false
    }

    /// The next event: its name and value. Chunk sizes, comments and bare ids are passed over.
    pub(crate) fn next(&mut self) -> (String, Value) {
        let mut name = String::new();
        loop {
            let line = self.line();
            if let Some(id) = line.strip_prefix("id: ") {
                self.id = Some(id.to_owned());
            } else if let Some(event) = line.strip_prefix("event: ") {
                name = event.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data).unwrap());
            }
        }
    }

    /// The next event of a name.
    pub(crate) fn next_of(&mut self, wanted: &str) -> Value {
        loop {
            let (name, value) = self.next();
            if name == wanted {
                return value;
            }
        }
    }

    /// Until the reader has been told where it is after what it lacked.
    pub(crate) fn until_marked(&mut self) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        let mut name = String::new();
        loop {
            let line = self.line();
            if let Some(id) = line.strip_prefix("id: ") {
                self.id = Some(id.to_owned());
                // With an event behind it, it is one of those that are new.
                if self.line().is_empty() {
                    return seen;
                }
            } else if let Some(event) = line.strip_prefix("event: ") {
                name = event.to_owned();
            } else if let Some(data) = line.strip_prefix("data: ") {
                let value: Value = serde_json::from_str(data).unwrap();
                let about = value["name"]
                    .as_str()
                    .or(value["text"].as_str())
                    .unwrap_or_default();
                seen.push((name.clone(), about.to_owned()));
            }
        }
    }
}
