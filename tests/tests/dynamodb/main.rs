//! The journal and the lease in a DynamoDB table that another project wrote: moto's server, asked over the wire.
//!
//! What every journal promises is asked of this one by the very tests that ask it of the file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

#[path = "../../../crates/controller/tests/journal/asked.rs"]
mod asked;
mod gate;
#[path = "../../../crates/controller/tests/journal/items.rs"]
mod items;
mod lease;
#[path = "../../../crates/controller/tests/journal/model.rs"]
mod model;
mod relay;
mod several;
mod table;
mod visitors;

use std::{
    process::Command,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use asked::{get, keys, put, under};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use serde_json::{Value, json};
use sixshift_aws::store::Table;
use sixshift_controller::journal::{DynamoDb, Journal};
use sixshift_tests::{Boto, Server, python_tests, venv};
use tokio::runtime::Runtime;

/// Each is some forty calls over the wire.
const CASES: u32 = 12;
/// The table that the templates in deploy/ make.
const TABLE: &str = "sixshift";

/// One for all, so that connections stay open.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
});
/// Started on a thread of its own: whoever asks first may be on the runtime.
static MOTO: LazyLock<Moto> = LazyLock::new(|| std::thread::spawn(Moto::start).join().unwrap());

/// Another project's DynamoDB, with a table in it.
struct Moto {
    server: Server,
    sdk: SdkConfig,
    /// Another client of it.
    boto: Boto,
}

impl Moto {
    fn start() -> Self {
        let bin = venv().unwrap_or_else(|e| panic!("{e}"));
        let mut moto = Command::new(bin.join("python"));
        moto.arg(python_tests().join("moto_here.py"));
        let server = Server::on_free_port(&mut moto, |command, port| {
            command.arg(port.to_string());
        })
        .unwrap_or_else(|e| panic!("{e}"));
        let sdk = done(sdk(&server.url));
        let boto = Boto::at(&server.url).unwrap_or_else(|e| panic!("{e}"));
        boto.table(TABLE, "expires").unwrap();
        Self { server, sdk, boto }
    }

    /// The rows of a partition, as boto3 reads them.
    fn rows(&self, partition: &str) -> Vec<Value> {
        let asked = json!({
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": { ":p": { "S": partition } },
        });
        let found = self.boto.call("dynamodb", "query", asked).unwrap();
        found["Items"].as_array().unwrap().clone()
    }
}

/// Over a DynamoDB at a URL.
async fn sdk(url: &str) -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "not-a-secret", None, None, "test");
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(url)
        .region("eu-central-1")
        .credentials_provider(credentials)
        .load()
        .await
}

/// A journal of its own in the table.
fn journal() -> Arc<dyn Journal> {
    Arc::new(DynamoDb::new(Table::new(&MOTO.sdk, TABLE), &prefix()))
}

/// A prefix that nobody else has.
fn prefix() -> String {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    format!("test-{}", TAKEN.fetch_add(1, Ordering::Relaxed))
}

fn done<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}
