//! The example plans are plans, and say what they are there to show.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::PathBuf;

use sixshift_core::plan::{Plan, parse_set};

fn examples() -> Vec<Plan> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/plans");
    let mut files: Vec<(PathBuf, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    let (plans, diagnostics) = parse_set(&files);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    plans
}

#[test]
fn every_example_is_sound() {
    let names: Vec<String> = examples().into_iter().map(|plan| plan.name).collect();
    assert_eq!(
        names,
        [
            "prices",
            "search",
            "invoices",
            "gateway",
            "orders",
            "storefront",
            "mailer",
            "tariffs",
            "checkout",
            "intake",
            "ledger",
            "thumbs"
        ]
    );
}

#[test]
fn the_full_example_names_every_field() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/plans");
    // A service is moved by weights, by families of clients, in place, or by its consumers.
    let read = |name| std::fs::read_to_string(folder.join(name)).unwrap();
    let text = [
        "full.yaml",
        "in-place.yaml",
        "in-place-behind.yaml",
        "nlb.yaml",
        "cloud-map.yaml",
    ]
    .map(read)
    .concat();
    let schema = sixshift_core::plan::schema();
    let mut objects = vec![&schema];
    objects.extend(schema["$defs"].as_object().unwrap().values());
    for object in objects {
        for field in object["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            assert!(
                text.contains(&format!("{field}:")),
                "full.yaml does not show {field}"
            );
        }
    }
}
