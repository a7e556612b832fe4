//! Where a reader follows a page: a fresh folder, a fresh home, this build's programs, and nothing that the person at this machine has
//! configured.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use sixshift_tests::binary;

use crate::terminal::Terminal;

/// `cargo run -- …` is this build's program; the guide has no other word for cargo that could be followed here.
const CARGO: &str = "#!/bin/sh\n[ \"$1 $2\" = 'run --' ] || { echo \"not in this test: cargo $*\" >&2; exit 99; }\n\
    shift 2\nexec sixshift \"$@\"\n";

/// A fresh folder and home, gone with the test.
pub(crate) struct Room {
    root: PathBuf,
    terminals: u32,
}

impl Room {
    pub(crate) fn new(name: &str) -> Self {
        let root = env::temp_dir().join(format!("sixshift-guide-{name}-{}", std::process::id()));
        let room = Self { root, terminals: 0 };
        for folder in ["folder", "home", "bin"] {
            fs::create_dir_all(room.root.join(folder)).expect("a temporary folder");
        }
        let sixshift = binary().expect("the binary is built");
        symlink(sixshift, room.root.join("bin/sixshift")).expect("a link to it");
        let cargo = room.root.join("bin/cargo");
        fs::write(&cargo, CARGO).expect("a temporary file");
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is ours");
        room
    }

    /// A terminal in the folder.
    pub(crate) fn terminal(&mut self) -> Terminal {
        self.terminals += 1;
        let path = env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("bash");
        shell
            .current_dir(self.folder())
            .env_clear()
            .env(
                "PATH",
                format!("{}:{path}", self.root.join("bin").display()),
            )
            .env("HOME", self.home())
            .env("TMPDIR", &self.root)
            .env("LANG", "C.UTF-8");
        Terminal::open(
            shell,
            self.root.join(format!("terminal-{}", self.terminals)),
        )
    }

    /// Where the reader is.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.join("folder")
    }

    /// Where the reader is at home.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// A file in the folder.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Saves a file in the folder, whole at once, as editors do.
    pub(crate) fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder");
        let new = self.root.join("saved");
        fs::write(&new, text).expect("a file");
        fs::rename(new, path).expect("it is in the same file system");
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}
