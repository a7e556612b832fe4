//! A folder as a source.

use std::{fs, os::unix::fs::symlink, path::Path, time::Duration};

use sixshift_controller::source::{Dir, Settings, Source};
use tempfile::TempDir;

use crate::shared::{read, refused};

fn open(path: &Path) -> Source {
    Source::open(Settings::Dir(Dir::at(path)), path).unwrap()
}

#[test]
fn a_folder_is_read_at_any_depth_and_has_no_commit() {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join("x/y")).unwrap();
    for file in ["x/y/b.yml", "a.yaml", "notes.txt"] {
        fs::write(folder.path().join(file), file).unwrap();
    }
    let mut source = open(folder.path());
    let snapshot = source.fetch().unwrap();
    assert_eq!(read(&snapshot), ["a.yaml", "x/y/b.yml"]);
    assert_eq!(
        (snapshot.commit.as_ref(), snapshot.author_date),
        (None, None)
    );
    assert_eq!(source.fetch().unwrap(), snapshot);
}

#[test]
fn a_mounted_config_map_is_read_once_through_its_links() {
    let folder = TempDir::new().unwrap();
    let version = folder.path().join("..2026_03_01");
    fs::create_dir(&version).unwrap();
    fs::write(version.join("a.yaml"), "a").unwrap();
    symlink("..2026_03_01", folder.path().join("..data")).unwrap();
    symlink("..data/a.yaml", folder.path().join("a.yaml")).unwrap();
    assert_eq!(read(&open(folder.path()).fetch().unwrap()), ["a.yaml"]);
}

#[test]
fn links_out_and_loops_are_not_followed() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::write(other.path().join("secret.yaml"), "secret").unwrap();
    symlink(
        other.path().join("secret.yaml"),
        folder.path().join("out.yaml"),
    )
    .unwrap();
    symlink("nowhere", folder.path().join("gone.yaml")).unwrap();
    symlink(".", folder.path().join("loop")).unwrap();
    fs::write(folder.path().join("latin.yaml"), b"\xff").unwrap();
    let snapshot = open(folder.path()).fetch().unwrap();
    assert!(read(&snapshot).is_empty());
    assert!(refused(&snapshot, "out.yaml").contains("leads out"));
    assert!(refused(&snapshot, "gone.yaml").contains("nowhere"));
    assert!(refused(&snapshot, "latin.yaml").contains("not UTF-8"));
}

#[test]
fn a_folder_that_is_gone_is_an_error_and_not_an_empty_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("plans");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("a.yaml"), "").unwrap();
    let mut source = open(&path);
    assert_eq!(read(&source.fetch().unwrap()), ["a.yaml"]);
    fs::rename(&path, folder.path().join("away")).unwrap();
    let error = source.fetch().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("cannot read the folder of plans"),
        "{error}"
    );
    fs::rename(folder.path().join("away"), &path).unwrap();
    assert_eq!(read(&source.fetch().unwrap()), ["a.yaml"]);
}

#[tokio::test]
async fn a_change_gives_a_hint() {
    let folder = TempDir::new().unwrap();
    let mut source = open(folder.path());
    source.fetch().unwrap();
    let changed = source.changed();
    fs::write(folder.path().join("a.yaml"), "a").unwrap();
    let hint = tokio::time::timeout(Duration::from_secs(10), changed.notified()).await;
    hint.expect("the system tells of a new file");
    assert_eq!(read(&source.fetch().unwrap()), ["a.yaml"]);
}

#[tokio::test]
async fn reading_a_folder_is_no_change_of_it() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.yaml"), "a").unwrap();
    let mut source = open(folder.path());
    let changed = source.changed();
    let hinted = async |millis| {
        let wait = std::time::Duration::from_millis(millis);
        tokio::time::timeout(wait, changed.notified()).await.is_ok()
    };
    // What was written before may still be told.
    while hinted(300).await {}
    source.fetch().unwrap();
    assert!(!hinted(300).await, "our own reading was told as a change");
    fs::write(folder.path().join("a.yaml"), "b").unwrap();
    assert!(hinted(10_000).await, "a change was not told");
}
