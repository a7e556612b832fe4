//! A git server on this machine: git's smart protocol over http or https, the answers by `git upload-pack` itself.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

/// What the server does with whoever asks.
#[derive(Clone, Debug, Default)]
pub(crate) enum Mood {
    /// Serves everybody.
    #[default]
    Open,
    /// Serves whoever sends this in `Authorization`.
    Wants(String),
    /// Answers like this and says no more.
    Answers(&'static str),
}

/// A server that ends with the test's program.
pub(crate) struct Server {
    pub(crate) url: String,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn http(repository: &Path) -> Self {
        Self::start(repository, None)
    }

    /// Over https, and the file of the certificate to trust.
    pub(crate) fn https(repository: &Path, folder: &Path) -> (Self, PathBuf) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let file = folder.join("ca.pem");
        std::fs::write(&file, made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        (Self::start(repository, Some(Arc::new(config))), file)
    }

    fn start(repository: &Path, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let port = listener.local_addr().unwrap().port();
        let (mood, asked) = (Arc::default(), Arc::default());
        let server = Self {
            url: format!("{scheme}://localhost:{port}/plans.git"),
            mood: Arc::clone(&mood),
            asked: Arc::clone(&asked),
        };
        let repository = repository.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (repository, tls) = (repository.clone(), tls.clone());
                let (mood, asked) = (Arc::clone(&mood), Arc::clone(&asked));
                thread::spawn(move || {
                    let serve = |stream: &mut dyn Stream| serve(stream, &repository, &mood, &asked);
                    match tls {
                        None => serve(&mut { stream }),
                        Some(config) => {
                            let connection = ServerConnection::new(config).unwrap();
                            let mut stream = StreamOwned::new(connection, stream);
                            serve(&mut stream);
                            stream.conn.send_close_notify();
                            let _ = stream.flush();
                        }
                    }
                });
            }
        });
        server
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The requests since the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

trait Stream: Read + Write {}
impl Stream for TcpStream {}
impl Stream for StreamOwned<ServerConnection, TcpStream> {}

struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// `None`: whoever connected hung up before asking.
    fn read(stream: &mut dyn Stream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let headers: Vec<_> = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut request = Self {
            line: lines[0].clone(),
            headers,
            body: Vec::new(),
        };
        let length = request.header("content-length").unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).ok()?;
        request.body = body;
        Some(request)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn serve(
    stream: &mut dyn Stream,
    repository: &Path,
    mood: &Mutex<Mood>,
    asked: &Mutex<Vec<String>>,
) {
    let Some(request) = Request::read(stream) else {
        return;
    };
    asked.lock().unwrap().push(request.line.clone());
    let mood = mood.lock().unwrap().clone();
    let plain = |status: &str| format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
    let answer = match mood {
        Mood::Answers(status) => plain(status).into_bytes(),
        Mood::Wants(token) if request.header("authorization") != Some(&token) => {
            plain("401 Unauthorized\r\nwww-authenticate: Basic realm=plans").into_bytes()
        }
        Mood::Wants(_) | Mood::Open => upload_pack(&request, repository),
    };
    let _ = stream.write_all(&answer);
    let _ = stream.flush();
}

fn upload_pack(request: &Request, repository: &Path) -> Vec<u8> {
    let advertise = request.line.starts_with("GET ");
    let mut command = Command::new("git");
    command.args(["upload-pack", "--stateless-rpc"]);
    if advertise {
        command.arg("--http-backend-info-refs");
    }
    let mut child = command
        .arg(repository)
        .env("GIT_PROTOCOL", request.header("git-protocol").unwrap_or(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("these tests need the `git` program");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&request.body)
        .unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    let kind = if advertise { "advertisement" } else { "result" };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-git-upload-pack-{kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        output.len()
    );
    [head.into_bytes(), output].concat()
}
