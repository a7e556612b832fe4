//! moto's server, and boto3 as somebody else who uses it.

use std::process::{Command, Stdio};

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use serde_json::{Value, json};
use sixshift_controller::{
    source::{S3, Settings, Snapshot, Source},
    store::Access,
};
use sixshift_tests::{Boto, Server, venv};

/// A server with a bucket `plans`.
pub(crate) struct Moto {
    pub(crate) server: Server,
    boto: Boto,
}

impl Moto {
    pub(crate) fn start() -> Self {
        let bin = venv().unwrap_or_else(|e| panic!("{e}"));
        let mut moto = Command::new(bin.join("moto_server"));
        moto.stderr(Stdio::null());
        let server = Server::on_free_port(&mut moto, |command, port| {
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        })
        .unwrap_or_else(|e| panic!("{e}"));
        let boto = Boto::at(&server.url).unwrap_or_else(|e| panic!("{e}"));
        let moto = Self { server, boto };
        moto.make_bucket("plans");
        moto
    }

    pub(crate) fn call(&self, service: &str, call: &str, with: Value) -> Value {
        let answer = self.boto.call(service, call, with);
        answer.unwrap_or_else(|e| panic!("{e}"))
    }

    pub(crate) fn make_bucket(&self, name: &str) {
        let place = json!({ "LocationConstraint": "eu-central-1" });
        self.call(
            "s3",
            "create_bucket",
            json!({ "Bucket": name, "CreateBucketConfiguration": place }),
        );
    }

    pub(crate) fn keep_versions(&self) {
        let on = json!({ "Status": "Enabled" });
        self.call(
            "s3",
            "put_bucket_versioning",
            json!({ "Bucket": "plans", "VersioningConfiguration": on }),
        );
    }

    pub(crate) fn put(&self, key: &str, text: &str) -> Value {
        self.call(
            "s3",
            "put_object",
            json!({ "Bucket": "plans", "Key": key, "Body": text }),
        )
    }

    pub(crate) fn put_many(&self, objects: impl Iterator<Item = (String, String)>) {
        let put = |(key, text)| json!({ "Bucket": "plans", "Key": key, "Body": text });
        let put = self.boto.call_each("s3", "put_object", objects.map(put));
        put.unwrap_or_else(|e| panic!("{e}"));
    }

    pub(crate) fn text(&self, key: &str) -> String {
        let got = self.call("s3", "get_object", json!({ "Bucket": "plans", "Key": key }));
        got["Text"].as_str().unwrap().to_owned()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        let listed = self.call("s3", "list_objects_v2", json!({ "Bucket": "plans" }));
        let contents = listed["Contents"].as_array().cloned().unwrap_or_default();
        contents
            .iter()
            .map(|object| object["Key"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn delete(&self, key: &str) {
        self.call(
            "s3",
            "delete_object",
            json!({ "Bucket": "plans", "Key": key }),
        );
    }

    /// A source of the bucket's `prod` folder, asked at an address.
    pub(crate) fn source_at(url: &str) -> Source {
        Source::open_with(Settings::S3(prod()), "".as_ref(), Some(access(url))).unwrap()
    }

    pub(crate) fn source(&self) -> Source {
        Self::source_at(&self.server.url)
    }

    /// A program whose AWS it is.
    pub(crate) fn program(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AWS_ENDPOINT_URL", &self.server.url)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "not-a-secret")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }
}

pub(crate) fn prod() -> S3 {
    S3 {
        prefix: "prod".to_owned(),
        region: Some("eu-central-1".to_owned()),
        ..S3::at("plans")
    }
}

pub(crate) fn access(url: &str) -> Access {
    access_as(url, "AKIDEXAMPLE", "not-a-secret")
}

pub(crate) fn access_as(url: &str, key: &str, secret: &str) -> Access {
    let credentials = Credentials::new(key, secret, None, None, "test");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let sdk = runtime.block_on(
        aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(url)
            .region("eu-central-1")
            .credentials_provider(credentials)
            .load(),
    );
    Access::new(&sdk)
}

/// A plan's text; its weight tells one text of it from another.
pub(crate) fn plan(name: &str, weight: u32) -> String {
    format!(
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: {name} }}\nspec:\n  \
         service: {{ region: eu-central-1, cluster: prod, name: {name} }}\n  \
         ipv6: {{ subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b1b2c3d4e5f60718] }}\n  \
         shift:\n    steps:\n      - {{ weight: {weight}%, hold: 10m }}\n      - {{ weight: 100% }}\n  \
         health: {{ errorRate: {{ max: 1% }} }}\n"
    )
}

/// Path and text of each file.
pub(crate) fn files(snapshot: &Snapshot) -> Vec<(String, String)> {
    let file = |(path, text): &(std::path::PathBuf, Result<String, _>)| {
        let text = text.as_ref().map_err(|_| "unreadable").unwrap().clone();
        (path.display().to_string(), text)
    };
    snapshot.files.iter().map(file).collect()
}

/// An error as the daemon shows it.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(below) => format!("{error}: {}", told(below)),
        None => error.to_string(),
    }
}
