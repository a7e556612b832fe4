//! A simulated region in a process of its own, and the environment of a program whose AWS it is.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use crate::server::{Server, ServerError};

/// A region with three services of several scenarios, which writes their plans into a folder.
///
/// # Errors
/// When it does not start.
pub fn three_services(binary: &Path, speed: &str, plans: &Path) -> Result<Server, ServerError> {
    Server::announced(&mut three(binary, speed, plans))
}

/// The same, with what it is asked and what it answers written into a file.
///
/// # Errors
/// When it does not start.
pub fn three_services_recorded(
    binary: &Path,
    speed: &str,
    plans: &Path,
    calls: &Path,
) -> Result<Server, ServerError> {
    Server::announced(three(binary, speed, plans).arg("--record").arg(calls))
}

/// The same in a region that is late: what is read after a write may be seconds old.
///
/// # Errors
/// When it does not start.
pub fn three_late_services(
    binary: &Path,
    speed: &str,
    plans: &Path,
    calls: &Path,
) -> Result<Server, ServerError> {
    let mut sim = three(binary, speed, plans);
    Server::announced(sim.arg("--lag").arg("--record").arg(calls))
}

fn three(binary: &Path, speed: &str, plans: &Path) -> Command {
    let mut sim = Command::new(binary);
    sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", speed]);
    sim.args(["--scenario", "mix", "--services", "3", "--write-plans"]);
    sim.arg(plans);
    sim
}

/// Any credentials will do there; whatever the person at this machine has configured for AWS stays out.
pub fn in_region<'a>(command: &'a mut Command, url: &str) -> &'a mut Command {
    command
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDSIMULATED")
        .env("AWS_SECRET_ACCESS_KEY", "simulated")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env_remove("AWS_PROFILE")
}

/// Nobody is there to approve anything: the plans of a folder ask nobody any more.
///
/// # Errors
/// When a plan cannot be read or written.
pub fn without_people(plans: &Path) -> io::Result<()> {
    for file in fs::read_dir(plans)? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?
            .replace("approval: required", "approval: none")
            .replace("gate: approval", "gate: auto")
            .replace("onTooFew: approval", "onTooFew: wait");
        fs::write(&path, text)?;
    }
    Ok(())
}

/// The plans of a folder ask a webhook at their first step, for so many seconds, and nobody else; one of a service that cannot
/// work over IPv6 asks nobody at all.
///
/// # Errors
/// When a plan cannot be read or written.
pub fn ask_at_the_first_step(plans: &Path, webhook: &str, seconds: u64) -> io::Result<()> {
    without_people(plans)?;
    for file in fs::read_dir(plans)? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        if text.contains("scenario: ipv4-literal") {
            continue;
        }
        let first = text.split_once("hold: 5m\n");
        let (before, after) = first.ok_or_else(|| io::Error::other("it has no first step"))?;
        let asks = format!(
            "hold: 5m\n      gate: {{ webhook: {{ url: '{webhook}', timeout: {seconds}s }} }}\n"
        );
        let after = after.strip_prefix("      gate: auto\n").unwrap_or(after);
        fs::write(&path, format!("{before}{asks}{after}"))?;
    }
    Ok(())
}

/// Asks one of the region's own controls, such as `GET counters`; the answer's body.
///
/// # Errors
/// When the region does not answer.
pub fn control(url: &str, method: &str, path: &str, body: &str) -> io::Result<String> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{method} /_sim/{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned());
    body.ok_or_else(|| io::Error::other(format!("no answer of HTTP: {answer}")))
}
