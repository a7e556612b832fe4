//! A daemon whose AWS is moto's.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use sixshift_tests::{Bound, binary};

use crate::moto::Moto;

/// A daemon, its address, and what it writes to its log.
pub(crate) struct Daemon {
    pub(crate) child: Child,
    bound: Option<Bound>,
    address: String,
    log: PathBuf,
    folder: Option<tempfile::TempDir>,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.bound.take();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    /// `more` is what stands in the settings beside source, journal and address.
    pub(crate) fn start(moto: &Moto, source: &str, more: &str) -> Self {
        Self::start_from(moto, source, more, |command, text| {
            command
                .args(["--config", "env:SETTINGS"])
                .env("SETTINGS", text);
        })
    }

    pub(crate) fn start_from(
        moto: &Moto,
        source: &str,
        more: &str,
        from: impl Fn(&mut Command, &str),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder, moto, source, more, from)
    }

    /// In a folder that an earlier one left.
    pub(crate) fn start_in(
        folder: tempfile::TempDir,
        moto: &Moto,
        source: &str,
        more: &str,
        from: impl Fn(&mut Command, &str),
    ) -> Self {
        fs::create_dir_all(folder.path().join("plans")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let address = format!("127.0.0.1:{port}");
        let text = format!(
            "apiVersion: sixshift/v1\nkind: Settings\nsource: {source}\njournal: {{ path: journal.redb }}\n\
             listen: ['{address}']\nlog: {{ format: text, filter: trace }}\n{more}"
        );
        let log = folder.path().join("log");
        let mut command = moto.program(&binary().unwrap_or_else(|e| panic!("{e}")));
        command
            .current_dir(folder.path())
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap());
        from(&mut command, &text);
        let child = command.spawn().unwrap();
        let daemon = Self {
            bound: Some(Bound::to_us(&child).unwrap()),
            child,
            address,
            log,
            folder: Some(folder),
        };
        daemon.until("it listens", || TcpStream::connect(&daemon.address).is_ok());
        daemon
    }

    /// Where it runs.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.as_ref().unwrap().path()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let since = Instant::now();
        while !is_so() {
            assert!(
                since.elapsed() < Duration::from_secs(40),
                "{what}:\n{}",
                tail(&self.log())
            );
            sleep(Duration::from_millis(200));
        }
    }

    /// The status and the body of an answer.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (address, length) = (&self.address, body.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    /// Killed, as a machine that stops would; what it kept stays.
    pub(crate) fn kill(mut self) -> tempfile::TempDir {
        self.bound.take();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.folder.take().unwrap()
    }
}

pub(crate) fn tail(log: &str) -> String {
    let lines: Vec<&str> = log
        .lines()
        .filter(|l| l.contains("INFO") || l.contains("WARN"))
        .collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
