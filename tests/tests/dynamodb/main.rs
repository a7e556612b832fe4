//! The journal and the lease in a DynamoDB table that another project wrote: moto's server, asked over the wire.
//!
//! What every journal promises is asked of this one by the very tests that ask it of the file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod gate;
#[path = "../../../crates/controller/tests/journal/items.rs"]
mod items;
mod lease;
#[path = "../../../crates/controller/tests/journal/model.rs"]
mod model;
mod several;
mod table;

use std::{
    process::Command,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use sixshift_aws::store::Table;
use sixshift_controller::journal::{
    Durability, DynamoDb, Error, Expect, Item, Journal, Query, Write,
};
use sixshift_tests::{Server, python_tests, venv};
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
        let moto = Self { server, sdk };
        done(table::make(&moto.sdk, TABLE, "expires"));
        moto
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

fn put(journal: &dyn Journal, key: &str, expect: Expect, value: &str) -> Result<(), Error> {
    let write = Write::put(key, expect, value);
    done(journal.write(&[write], Durability::Now))
}

fn get(journal: &dyn Journal, key: &str) -> Option<Item> {
    done(journal.get(key)).unwrap()
}

fn keys(journal: &dyn Journal, query: &Query) -> Vec<String> {
    let found = done(journal.query(query)).unwrap();
    found.into_iter().map(|item| item.key).collect()
}

fn under(prefix: &str) -> Query {
    Query {
        prefix: prefix.to_owned(),
        after: None,
        descending: false,
        limit: usize::MAX,
    }
}
