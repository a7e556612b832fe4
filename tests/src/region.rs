//! The environment of a program whose AWS is a simulated region.

use std::process::Command;

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
