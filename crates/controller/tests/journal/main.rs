//! The journal: what every implementation promises, what the file survives and refuses, what the records keep.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests"
)]

mod asked;
mod damage;
#[path = "../disk/mod.rs"]
mod disk;
mod file;
mod full;
mod items;
mod killed;
mod model;
mod records;

use std::{path::Path, sync::Arc};

use asked::{get, keys, put, under};
use jiff::Timestamp;
use sixshift_controller::journal::{Error, File, Journal, Memory};

fn now() -> Timestamp {
    "2026-11-03T10:00:00Z".parse().unwrap()
}

fn open(path: &Path) -> Result<File, Error> {
    File::open(path, now())
}

/// How many made-up stories a property is tried on.
const CASES: u32 = 200;

/// What [`items`] and [`model`] ask; they are asked of DynamoDB's journal too (`tests/tests/dynamodb`).
fn journal() -> Arc<dyn Journal> {
    memory()
}

fn memory() -> Arc<dyn Journal> {
    Arc::new(Memory::new().unwrap())
}

/// For futures that are ready at once, as this journal's are.
fn done<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.build().unwrap().block_on(future)
}
