//! A server over a real socket that answers as the daemon's API does, with whatever a test wants it to say.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use serde::Serialize;

/// What somebody asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Method and path with its query, as in `GET /api/v1/plans`.
    pub(crate) line: String,
    /// Headers, their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: String,
}

#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    kind: &'static str,
    body: String,
    retry_after: Option<u8>,
}

#[derive(Debug, Default)]
struct Script {
    answers: BTreeMap<String, Vec<Answer>>,
    asked: Vec<Asked>,
}

/// A server that lives as long as the test's process.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let script = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &script));
            }
        });
        Self { url, script }
    }

    /// Answers a line with JSON. Several answers to one line are given one after the other, the last one for ever.
    pub(crate) fn answer(&self, line: &str, status: u16, body: &impl Serialize) {
        let body = serde_json::to_string(body).expect("it is JSON");
        self.add(line, status, "application/json", body);
    }

    /// Answers a line with an event stream, which then ends.
    pub(crate) fn stream(&self, line: &str, body: &str) {
        self.add(line, 200, "text/event-stream", body.to_owned());
    }

    /// Answers a line with anything.
    pub(crate) fn page(&self, line: &str, status: u16, body: &str) {
        self.add(line, status, "text/html", body.to_owned());
    }

    /// Asks once for patience of so many seconds, before what is answered otherwise.
    pub(crate) fn busy(&self, line: &str, seconds: u8) {
        let body = r#"{"code":"tooMany","message":"too many orders from this address","remedy":"wait a minute"}"#;
        self.add(line, 429, "application/json", body.to_owned());
        let mut script = self.script.lock().expect("no test thread panicked");
        let answers = script.answers.get_mut(line).expect("just added");
        answers.last_mut().expect("just added").retry_after = Some(seconds);
    }

    fn add(&self, line: &str, status: u16, kind: &'static str, body: String) {
        let mut script = self.script.lock().expect("no test thread panicked");
        let answers = script.answers.entry(line.to_owned()).or_default();
        answers.push(Answer {
            status,
            kind,
            body,
            retry_after: None,
        });
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let script = self.script.lock().expect("no test thread panicked");
        script.asked.clone()
    }

    /// The one request that begins so.
    pub(crate) fn one(&self, begin: &str) -> Asked {
        let asked = self.asked();
        let mut meant = asked.iter().filter(|a| a.line.starts_with(begin));
        let one = meant
            .next()
            .unwrap_or_else(|| panic!("nobody asked {begin}: {asked:?}"));
        one.clone()
    }

    /// The binary, about to ask this server.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command.env("SIXSHIFT_SERVER", &self.url);
        command
    }

    /// Runs the binary against this server.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        run(&mut self.command(arguments))
    }
}

/// The binary, with nothing of this machine's environment that concerns it.
pub(crate) fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixshift"));
    command
        .args(arguments)
        .env_clear()
        .env("USER", "ada")
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(command: &mut Command) -> Output {
    command.output().expect("the binary can be started")
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn complained(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn serve(stream: &TcpStream, script: &Mutex<Script>) {
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader) {
        let answer = {
            let mut script = script.lock().expect("no test thread panicked");
            let line = asked.line.clone();
            script.asked.push(asked);
            next(&mut script.answers, &line)
        };
        let Answer {
            status,
            kind,
            body,
            retry_after,
        } = answer;
        let length = body.len();
        let wait = retry_after.map_or_else(String::new, |s| format!("retry-after: {s}\r\n"));
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{wait}content-length: {length}\r\n\r\n"
        );
        let mut out = stream;
        if out.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

fn next(answers: &mut BTreeMap<String, Vec<Answer>>, line: &str) -> Answer {
    match answers.get_mut(line) {
        Some(all) if all.len() > 1 => all.remove(0),
        Some(all) => all[0].clone(),
        None => Answer {
            status: 404,
            kind: "application/json",
            body: r#"{"code":"notFound","message":"there is no such thing","remedy":"look at the list"}"#.to_owned(),
            retry_after: None,
        },
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut asked = Asked::default();
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    asked.line = line.rsplit_once(' ')?.0.to_owned();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let name = name.to_ascii_lowercase();
        asked.headers.insert(name, value.trim().to_owned());
    }
    let length = asked
        .headers
        .get("content-length")
        .map_or(0, |l| l.parse().unwrap_or(0));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Some(asked)
}
