//! `sixshift run --config`, wherever the settings are.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::json;
use sixshift_tests::binary;

use crate::moto::{Moto, plan};

const SETTINGS: &str =
    "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans } }\n";

fn sixshift(moto: &Moto, folder: &Path) -> Command {
    let mut command = moto.program(&binary().unwrap_or_else(|e| panic!("{e}")));
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn check(command: &mut Command, from: &str) -> (Option<i32>, String) {
    let output = command
        .args(["run", "--check", "--config", from])
        .output()
        .unwrap();
    (output.status.code(), said(&output))
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Runs with the text on standard input.
fn piped(command: &mut Command, text: &str) -> (Option<i32>, String) {
    let mut child = command
        .args(["run", "--check", "--config", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), said(&output))
}

/// Puts the text where each kind of origin has it, and checks it there.
fn everywhere(moto: &Moto, text: &str) -> Vec<(&'static str, Option<i32>, String)> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.yaml"), text).unwrap();
    for (name, kind) in [
        ("/sixshift/plain", "String"),
        ("/sixshift/secure", "SecureString"),
    ] {
        let put = json!({ "Name": name, "Value": text, "Type": kind, "Overwrite": true });
        moto.call("ssm", "put_parameter", put);
    }
    moto.put("daemon/s.yaml", text);
    let with = || {
        let mut command = sixshift(moto, folder.path());
        command.env("SETTINGS", text);
        command
    };
    let mut all = vec![];
    for (from, shown) in [
        ("s.yaml", "s.yaml"),
        ("env:SETTINGS", "env:SETTINGS"),
        ("ssm:/sixshift/plain", "ssm:/sixshift/plain"),
        ("ssm:/sixshift/secure", "ssm:/sixshift/secure"),
        ("s3://plans/daemon/s.yaml", "s3://plans/daemon/s.yaml"),
    ] {
        let (code, said) = check(&mut with(), from);
        all.push((shown, code, said));
    }
    let (code, said) = piped(&mut with(), text);
    all.push(("<standard input>", code, said));
    all
}

#[test]
fn settings_are_read_from_everywhere_and_checked() {
    let moto = Moto::start();
    for (from, code, said) in everywhere(&moto, SETTINGS) {
        assert_eq!(code, Some(0), "{from}: {said}");
        assert_eq!(said, format!("{from} can be used\n"));
    }
}

#[test]
fn a_mistake_is_shown_where_it_is_under_the_name_of_where_it_came_from() {
    let moto = Moto::start();
    let wrong = format!("{SETTINGS}listn: []\nlog: {{ format: jsn }}\n");
    for (from, code, said) in everywhere(&moto, &wrong) {
        assert_eq!(code, Some(1), "{from}: {said}");
        for part in [
            &format!("{from} cannot be used"),
            &format!("--> {from}:4:1"),
            "4 | listn: []\n  | ^^^^^\n",
            &format!("--> {from}:5:16"),
            "write format: json",
        ] {
            assert!(said.contains(part), "{part} is not in:\n{said}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_told_with_what_to_do() {
    let moto = Moto::start();
    let folder = tempfile::tempdir().unwrap();
    for (from, code, parts) in [
        ("none.yaml", 1, &["cannot read none.yaml"][..]),
        (
            "env:NONE",
            1,
            &["cannot read env:NONE: the environment variable NONE is not set"],
        ),
        (
            "ssm:/none",
            1,
            &[
                "cannot read ssm:/none",
                "ParameterNotFound",
                "ssm:GetParameter",
            ],
        ),
        (
            "s3://plans/none",
            1,
            &["cannot read s3://plans/none", "NoSuchKey"],
        ),
        (
            "s3://none/none",
            1,
            &["cannot read s3://none/none", "NoSuchBucket"],
        ),
        ("env:", 64, &["env:SIXSHIFT_SETTINGS"]),
        ("ssm:", 64, &["ssm:/sixshift/settings"]),
        ("s3://plans", 64, &["s3://bucket/sixshift.yaml"]),
    ] {
        let (status, said) = check(&mut sixshift(&moto, folder.path()), from);
        assert_eq!(status, Some(code), "{from}: {said}");
        for part in parts {
            assert!(said.contains(part), "{from}: {part} is not in:\n{said}");
        }
    }
    let mut away = sixshift(&moto, folder.path());
    away.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let (code, said) = check(&mut away, "ssm:/a");
    assert!(
        code == Some(1) && said.contains("AWS could not be reached"),
        "{said}"
    );
    let mut nowhere = sixshift(&moto, folder.path());
    nowhere.env_remove("AWS_REGION");
    let (code, said) = check(&mut nowhere, "ssm:/a");
    assert!(code == Some(1) && said.contains("set AWS_REGION"), "{said}");
    let large = "#".repeat(300 * 1024);
    moto.put("daemon/large.yaml", &large);
    let (code, said) = check(
        &mut sixshift(&moto, folder.path()),
        "s3://plans/daemon/large.yaml",
    );
    assert!(
        code == Some(1) && said.contains("is larger than 262144 bytes"),
        "{said}"
    );
    let (code, said) = piped(&mut sixshift(&moto, folder.path()), &large);
    assert!(
        code == Some(1) && said.contains("is larger than 262144 bytes"),
        "{said}"
    );
    let usage = sixshift(&moto, folder.path())
        .args(["run", "--plans", ".", "--check"])
        .output()
        .unwrap();
    assert_eq!(usage.status.code(), Some(64), "{usage:?}");
}

#[test]
fn an_address_of_s3_alone_is_heard_and_a_parameter_may_be_an_arn() {
    let moto = Moto::start();
    moto.put("daemon/s.yaml", SETTINGS);
    let put = json!({ "Name": "/a", "Value": SETTINGS, "Type": "String" });
    moto.call("ssm", "put_parameter", put);
    let folder = tempfile::tempdir().unwrap();
    let mut own = sixshift(&moto, folder.path());
    own.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL_S3", &moto.server.url);
    let (code, said) = check(&mut own, "s3://plans/daemon/s.yaml");
    assert_eq!(code, Some(0), "{said}");
    let mut own = sixshift(&moto, folder.path());
    own.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL_SSM", &moto.server.url)
        .env_remove("AWS_REGION");
    let arn = "ssm:arn:aws:ssm:eu-central-1:123456789012:parameter/a";
    let (code, said) = check(&mut own, arn);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn check_reads_the_secrets_and_tells_each_that_cannot_be_had() {
    let moto = Moto::start();
    let text = format!(
        "{SETTINGS}auth:\n  tokens:\n    - {{ name: oncall, role: operator, secret: prod/oncall }}\nwebhook: {{ secretSecret: 'prod/hook:key::' }}\nlog: {{ filter: '=' }}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.yaml"), &text).unwrap();
    let (code, said) = check(&mut sixshift(&moto, folder.path()), "s.yaml");
    assert_eq!(code, Some(1), "{said}");
    for part in [
        "s.yaml cannot be used",
        "the secret prod/oncall",
        "the secret prod/hook:key::",
        "ResourceNotFoundException",
        "secretsmanager:GetSecretValue",
        "log.filter",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    fs::write(folder.path().join("s.yaml"), text.replace("'='", "info")).unwrap();
    let secret = |name: &str, text: &str| {
        let with = json!({ "Name": name, "SecretString": text });
        moto.call("secretsmanager", "create_secret", with);
    };
    secret("prod/oncall", "correct-horse-battery");
    secret("prod/hook", r#"{"key": "hush"}"#);
    let (code, said) = check(&mut sixshift(&moto, folder.path()), "s.yaml");
    assert_eq!((code, said.as_str()), (Some(0), "s.yaml can be used\n"));
    let short = json!({ "SecretId": "prod/oncall", "SecretString": "tiny-one" });
    moto.call("secretsmanager", "put_secret_value", short);
    let (code, said) = check(&mut sixshift(&moto, folder.path()), "s.yaml");
    assert!(
        code == Some(1) && said.contains("fewer than 16 characters"),
        "{said}"
    );
    assert!(!said.contains("tiny-one"), "{said}");
}

#[test]
fn every_wrong_secret_is_told_at_once_and_none_is_quoted() {
    let moto = Moto::start();
    let folder = tempfile::tempdir().unwrap();
    let text = "apiVersion: sixshift/v1\nkind: Settings\n\
        source: { git: { url: ./p, tokenSecret: 'hush hush' } }\n\
        auth:\n  tokens:\n    - { name: a, role: viewer, env: A, file: b }\n    - { name: b, role: viewer, secret: 'not a name' }\n\
        webhook: { secretEnv: A, secretSecret: b }\n";
    fs::write(folder.path().join("s.yaml"), text).unwrap();
    let (code, said) = check(&mut sixshift(&moto, folder.path()), "s.yaml");
    assert_eq!(code, Some(1), "{said}");
    for part in [
        "s.yaml:3:",
        "s.yaml:6:",
        "exactly one of sha256, env, file and secret",
        "s.yaml:7:",
        "no name and no ARN",
        "s.yaml:8:",
        "exactly one of secretFile, secretEnv and secretSecret",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert_eq!(said.matches("error: ").count(), 4, "{said}");
    assert!(said.contains("tokenSecret: ***********"), "{said}");
    assert!(
        !said.contains("hush") && !said.contains("not a name"),
        "{said}"
    );
}

#[test]
fn doctor_looks_at_the_bucket_as_the_daemon_will() {
    let moto = Moto::start();
    moto.put("prod/a.yaml", &plan("a", 10));
    let folder = tempfile::tempdir().unwrap();
    let doctor = |source: &str| {
        let text = format!("apiVersion: sixshift/v1\nkind: Settings\nsource: {source}\n");
        let mut command = sixshift(&moto, folder.path());
        let output = command
            .env("SETTINGS", text)
            .args(["doctor", "--config", "env:SETTINGS"])
            .output()
            .unwrap();
        said(&output)
    };
    let seen = doctor("{ s3: { bucket: plans, prefix: prod } }");
    for part in [
        "S3 is asked at http://127.0.0.1",
        "1 file of plans read",
        "has no manifest",
        "sixshift publish",
    ] {
        assert!(seen.contains(part), "{part} is not in:\n{seen}");
    }
    let seen = doctor("{ s3: { bucket: none } }");
    assert!(seen.contains("there is no bucket of this name"), "{seen}");
}
