//! moto with its IAM on: it verifies every signature, and refuses what a user's policy does not allow.

use std::io::{Read, Write};

use serde_json::json;
use sixshift_controller::{
    source::{Settings, Source, publish},
    store::{Access, Bucket, SecretId, parameter, secret},
};

use crate::moto::{Moto, access, access_as, files, plan, prod, told};

/// From now on every call is looked at.
pub(crate) fn turn_on(moto: &Moto) {
    let address = moto.server.url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /moto-api/reset-auth HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 1\r\n\r\n0"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// What allows these calls, on everything.
fn policy(may: &[&str]) -> String {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": may, "Resource": "*" }],
    });
    policy.to_string()
}

/// The key and its secret of a user who may make these calls, on everything.
pub(crate) fn key(moto: &Moto, name: &str, may: &[&str]) -> (String, String) {
    moto.call("iam", "create_user", json!({ "UserName": name }));
    let put = json!({ "UserName": name, "PolicyName": "may", "PolicyDocument": policy(may) });
    moto.call("iam", "put_user_policy", put);
    let key = moto.call("iam", "create_access_key", json!({ "UserName": name }));
    let text = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    (text("AccessKeyId"), text("SecretAccessKey"))
}

/// The same user, for who asks in this process.
pub(crate) fn user(moto: &Moto, name: &str, may: &[&str]) -> Access {
    let (key, secret) = key(moto, name, may);
    access_as(&moto.server.url, &key, &secret)
}

fn source(access: &Access) -> Source {
    Source::open_with(Settings::S3(prod()), "".as_ref(), Some(access.clone())).unwrap()
}

#[test]
fn a_role_with_these_two_permissions_reads_and_without_them_it_is_told_which() {
    let moto = Moto::start();
    moto.put("prod/a b+c/ä.yaml", &plan("a", 10));
    moto.put("prod/b.yaml", &plan("b", 10));
    let reader = user(&moto, "reader", &["s3:ListBucket", "s3:GetObject"]);
    let lister = user(&moto, "lister", &["s3:ListBucket"]);
    let nobody = user(&moto, "nobody", &["sts:GetCallerIdentity"]);
    turn_on(&moto);
    let read = source(&reader).fetch().unwrap();
    assert_eq!(
        files(&read)[0].0,
        "a b+c/ä.yaml",
        "its signature holds for any key"
    );
    for denied in [&lister, &nobody] {
        let error = told(&source(denied).fetch().unwrap_err());
        for part in [
            "s3://plans/prod/sixshift.manifest.json",
            "s3:GetObject on plans/prod/*",
            "s3:ListBucket on plans",
            "AccessDenied",
        ] {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
    }
    let error = told(&publish(&read, &prod(), Some(&reader)).unwrap_err());
    assert!(
        error.contains("allow this role s3:PutObject on plans/prod/*"),
        "{error}"
    );
    let stranger = access(&moto.server.url);
    let error = told(&source(&stranger).fetch().unwrap_err());
    assert!(error.contains("credentials that are valid here"), "{error}");
}

#[test]
fn parameters_and_secrets_are_asked_for_with_signatures_that_hold() {
    let moto = Moto::start();
    let put = json!({ "Name": "/sixshift/a", "Value": "settings", "Type": "SecureString" });
    moto.call("ssm", "put_parameter", put);
    let put = json!({ "Name": "prod/hook", "SecretString": "hush" });
    moto.call("secretsmanager", "create_secret", put);
    let may = ["ssm:GetParameter", "secretsmanager:GetSecretValue"];
    let reader = user(&moto, "reader", &may);
    let nobody = user(&moto, "nobody", &["sts:GetCallerIdentity"]);
    turn_on(&moto);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let id = SecretId::parse("prod/hook").unwrap();
    runtime.block_on(async {
        assert_eq!(parameter(&reader, "/sixshift/a").await.unwrap(), "settings");
        assert_eq!(secret(&reader, &id).await.unwrap(), "hush");
        // moto's refusal of a JSON call is a page without a code; the status is the same.
        let denied = parameter(&nobody, "/sixshift/a").await.unwrap_err();
        assert!(
            denied.to_string().contains("ssm:GetParameter: HTTP 403"),
            "{denied}"
        );
        let denied = secret(&nobody, &id).await.unwrap_err();
        assert!(
            denied
                .to_string()
                .contains("secretsmanager:GetSecretValue: HTTP 403"),
            "{denied}"
        );
        let bucket = Bucket::new(&nobody, "plans").unwrap();
        let denied = bucket.list("", None).await.unwrap_err();
        assert!(denied.is_code(&["AccessDenied"]), "{denied}");
    });
}

#[test]
fn a_bucket_is_read_as_the_role_that_the_source_names() {
    let moto = Moto::start();
    moto.put("prod/a.yaml", &plan("a", 10));
    let trusts = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }],
    });
    for (name, may) in [
        ("reader", &["s3:ListBucket", "s3:GetObject"][..]),
        ("other", &["sts:GetCallerIdentity"]),
    ] {
        let role = json!({ "RoleName": name, "AssumeRolePolicyDocument": trusts.to_string() });
        moto.call("iam", "create_role", role);
        let put = json!({ "RoleName": name, "PolicyName": "may", "PolicyDocument": policy(may) });
        moto.call("iam", "put_role_policy", put);
    }
    let daemon = user(&moto, "daemon", &["sts:AssumeRole"]);
    turn_on(&moto);
    let as_role = |role: Option<&str>| {
        let settings = sixshift_controller::source::S3 {
            role_arn: role.map(|role| format!("arn:aws:iam::123456789012:role/{role}")),
            ..prod()
        };
        Source::open_with(Settings::S3(settings), "".as_ref(), Some(daemon.clone())).unwrap()
    };
    assert_eq!(files(&as_role(Some("reader")).fetch().unwrap()).len(), 1);
    for role in [None, Some("other")] {
        let error = told(&as_role(role).fetch().unwrap_err());
        assert!(error.contains("AccessDenied"), "{role:?}: {error}");
    }
}
