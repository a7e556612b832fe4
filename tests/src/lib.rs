//! What the product promises, run against the binary or the public crates.
//!
//! What belongs here: what several tests need to reach the outside: the checkout, a Python environment, a browser, servers of
//! others. What must not: anything that the product itself uses.

mod boto;
mod bound;
mod browser;
mod built;
mod judge;
pub mod markdown;
mod network;
mod python;
mod region;
mod server;
mod terraform;

use std::path::{Path, PathBuf};

pub use boto::{Boto, BotoError};
pub use bound::Bound;
pub use browser::{BrowserError, browser_tests, chromium, packages, packages_of};
pub use built::{NoBinary, binary};
pub use judge::{JudgeError, judge, partitions, table_is_current};
pub use network::{Host, OwnNetwork, own_network};
pub use python::{PythonError, venv, venv_of};
pub use region::{
    ask_at_the_first_step, control, in_region, three_late_services, three_services,
    three_services_recorded, without_people,
};
pub use server::{Server, ServerError};
pub use terraform::{Module, said};

/// The root of the checkout.
#[must_use]
pub fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The folder of the Python tests.
#[must_use]
pub fn python_tests() -> PathBuf {
    checkout().join("tests/python")
}
