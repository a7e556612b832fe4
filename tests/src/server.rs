//! A server in a process of its own, which ends with the test that started it, however that ends. Its stderr is the test's.

use std::io::{self, BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Bound;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum ServerError {
    #[error("{program} could not be started")]
    Start { program: String, source: io::Error },
    #[error("{program} ended before it listened: {said}")]
    Ended { program: String, said: String },
    #[error("{program} did not listen within {PATIENCE:?}")]
    Silent { program: String },
    #[error("there is no free port")]
    NoPort(#[source] io::Error),
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    bound: Option<Bound>,
    /// Where it listens, such as `http://127.0.0.1:4566`.
    pub url: String,
}

impl Server {
    /// Starts a program that prints a line with its own `http://…` address once it listens.
    ///
    /// # Errors
    /// When it cannot be started, or ends without such a line.
    pub fn announced(command: &mut Command) -> Result<Self, ServerError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let (mut child, bound) = spawn(command.stdout(Stdio::piped()), &program)?;
        let mut said = String::new();
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout).lines();
            for line in lines.by_ref().map_while(Result::ok) {
                if let Some(url) = address(&line) {
                    // The rest has to be read, or a full pipe would stop the server.
                    std::thread::spawn(move || lines.for_each(drop));
                    return Ok(Self {
                        child,
                        bound: Some(bound),
                        url,
                    });
                }
                said.push_str(&line);
                said.push('\n');
            }
        }
        Err(ended(child, program, said))
    }

    /// Starts a program on a free port of this machine, which is handed to `arguments`, and waits until it answers there.
    ///
    /// # Errors
    /// When it cannot be started, ends, or doesn't listen in time.
    pub fn on_free_port(
        command: &mut Command,
        arguments: impl FnOnce(&mut Command, u16),
    ) -> Result<Self, ServerError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let address = free.map_err(ServerError::NoPort)?;
        arguments(command, address.port());
        let (mut child, bound) = spawn(command.stdout(Stdio::null()), &program)?;
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if TcpStream::connect(address).is_ok() {
                return Ok(Self {
                    child,
                    bound: Some(bound),
                    url: format!("http://{address}"),
                });
            }
            if !matches!(child.try_wait(), Ok(None)) {
                return Err(ended(child, program, String::new()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = child.kill();
        Err(ServerError::Silent { program })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // First, while the number is surely still its own.
        self.bound.take();
        // It may have ended by itself: then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(command: &mut Command, program: &str) -> Result<(Child, Bound), ServerError> {
    let start = |source| ServerError::Start {
        program: program.to_owned(),
        source,
    };
    let mut child = command.stdin(Stdio::null()).spawn().map_err(start)?;
    match Bound::to_us(&child) {
        Ok(bound) => Ok((child, bound)),
        Err(source) => {
            let _ = child.kill();
            let _ = child.wait();
            Err(start(source))
        }
    }
}

fn ended(mut child: Child, program: String, said: String) -> ServerError {
    let _ = child.kill();
    let _ = child.wait();
    ServerError::Ended { program, said }
}

fn address(line: &str) -> Option<String> {
    let at = line.find("http://")?;
    let end = |c: char| c.is_whitespace() || matches!(c, ',' | '"' | ')');
    let url = line[at..].split(end).next()?;
    Some(url.trim_end_matches(['.', '/']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever runs this with it starts a server, says where, and waits to be killed.
    const HANGS: &str = "SIXSHIFT_TEST_HANGS";

    fn a_server() -> Server {
        let mut python = Command::new("python3");
        python.stderr(Stdio::null());
        Server::on_free_port(&mut python, |command, port| {
            let port = port.to_string();
            command.args(["-m", "http.server", "--bind", "127.0.0.1", &port]);
        })
        .unwrap()
    }

    #[test]
    fn one_that_is_killed_with_a_server() {
        if std::env::var_os(HANGS).is_some() {
            let server = a_server();
            eprintln!("listens at {}/", server.url);
            std::thread::sleep(PATIENCE);
        }
    }

    #[test]
    fn a_server_ends_with_a_test_that_is_killed() {
        let me = std::env::current_exe().unwrap();
        let mut command = Command::new(me);
        command.args([
            "--exact",
            "--nocapture",
            "server::tests::one_that_is_killed_with_a_server",
        ]);
        let mut test = command
            .env(HANGS, "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(test.stderr.take().unwrap()).lines();
        let url = lines.map_while(Result::ok).find_map(|line| address(&line));
        let url = url.unwrap();
        let listens = || TcpStream::connect(url.trim_start_matches("http://")).is_ok();
        assert!(listens());
        test.kill().unwrap();
        test.wait().unwrap();
        let since = Instant::now();
        while listens() {
            assert!(since.elapsed() < Duration::from_secs(10), "{url} goes on");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[test]
    fn a_server_that_is_dropped_ends_at_once() {
        let server = a_server();
        let address = server.url.trim_start_matches("http://").to_owned();
        drop(server);
        assert!(TcpStream::connect(address).is_err());
    }
}
