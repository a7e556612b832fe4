//! boto3 as another client of a server's: what a test needs there before the product comes.

use std::{
    io::{self, Write as _},
    process::{Command, Stdio},
};

use crate::{python_tests, venv};

/// Makes a table as the templates in deploy/ do.
///
/// # Errors
/// When there is no boto3, or the server refuses.
pub fn table(url: &str, name: &str) -> io::Result<()> {
    let made = r#"{"service": "dynamodb", "call": "create_table", "with": {"TableName": "NAME", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}}"#;
    let expires = r#"{"service": "dynamodb", "call": "update_time_to_live", "with": {"TableName": "NAME",
        "TimeToLiveSpecification": {"Enabled": true, "AttributeName": "expires"}}}"#;
    let named = |call: &str| call.replace("NAME", name);
    boto(url, &[&named(made), &named(expires)])
}

/// Carries out calls at a server, each as `{"service": "s3", "call": "create_bucket", "with": {…}}`.
///
/// # Errors
/// When there is no boto3, or the server refuses one.
pub fn boto(url: &str, calls: &[&str]) -> io::Result<()> {
    let bin = venv().map_err(io::Error::other)?;
    let mut boto = Command::new(bin.join("python"))
        .args(["moto_store.py", url])
        .current_dir(python_tests())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut asks) = boto.stdin.take() {
        for call in calls {
            writeln!(asks, "{}", call.replace('\n', " "))?;
        }
    }
    let said = String::from_utf8_lossy(&boto.wait_with_output()?.stdout).into_owned();
    if said.lines().count() == calls.len() && !said.contains("\"error\"") {
        return Ok(());
    }
    Err(io::Error::other(format!("{url}: {said}")))
}
