//! The reference page in docs/ is the one that the schema makes.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;

#[test]
fn the_reference_page_is_up_to_date() {
    let page = sixshift_core::plan::reference_markdown();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/plan.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/reference/plan.md is old: UPDATE=1 rewrites it"
    );
}
