//! The reference pages in docs/ are the ones that the schema and the table of findings make.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;

fn is_up_to_date(name: &str, page: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference")
        .join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/reference/{name} is old: UPDATE=1 rewrites it"
    );
}

#[test]
fn the_reference_page_is_up_to_date() {
    is_up_to_date("plan.md", &sixshift_core::plan::reference_markdown());
}

#[test]
fn the_pages_of_checks_are_up_to_date_and_no_other_is_there() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks");
    let mut names = std::collections::BTreeSet::new();
    for (name, page) in sixshift_core::readiness::pages() {
        is_up_to_date(&format!("../checks/{name}"), &page);
        names.insert(name);
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "docs/checks/{name} is nobody's page");
    }
}
