//! The templates in `deploy/`: what judges of others find in them, what they make, and that the daemon logs what their alarms
//! look for.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where, and one that is left out says so"
)]

mod judges;
mod lines;
mod made;
mod pattern;
mod terraform;

use std::{fs, process::Output};

use serde_json::Value;
use sixshift_tests::checkout;

/// A file of the checkout.
fn file(path: &str) -> String {
    fs::read_to_string(checkout().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The statements of one of the policies in `deploy/iam`.
fn statements(path: &str) -> Vec<Value> {
    let policy: Value = serde_json::from_str(&file(path)).expect("it is JSON");
    policy["Statement"].as_array().expect("statements").clone()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}
