//! What the figures promise: they are right, bounded, well formed, and the files that use them use what there is.

mod deployed;
mod format;
mod shown;

use std::{fs, path::PathBuf};

/// A file of the checkout.
fn file(path: &str) -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.join("../..").join(path)
}

#[test]
fn the_reference_page_is_up_to_date() {
    let page = super::Metrics::reference_markdown();
    let path = file("docs/reference/metrics.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/reference/metrics.md is old: UPDATE=1 rewrites it"
    );
}
