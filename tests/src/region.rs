//! A simulated region in a process of its own, and the environment of a program whose AWS it is.

use std::path::Path;
use std::process::Command;

use crate::server::{Server, ServerError};

/// A region with three services of several scenarios, which writes their plans into a folder.
///
/// # Errors
/// When it does not start.
pub fn three_services(binary: &Path, speed: &str, plans: &Path) -> Result<Server, ServerError> {
    let mut sim = Command::new(binary);
    sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", speed]);
    sim.args(["--scenario", "mix", "--services", "3", "--write-plans"]);
    Server::announced(sim.arg(plans))
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
