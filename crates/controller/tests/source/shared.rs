//! What the tests share: a repository that people edit with git, and plans to put into it.

use std::{fs, path::Path, process::Command};

use sixshift_controller::source::{Git, Reference, Settings, Snapshot, Source};
use tempfile::TempDir;

/// A work tree with a repository, and a folder for the source's own copies.
pub(crate) struct Team {
    pub(crate) folder: TempDir,
    pub(crate) work: TempDir,
}

impl Team {
    /// A repository without a commit.
    pub(crate) fn new() -> Self {
        let team = Self {
            folder: TempDir::new().unwrap(),
            work: TempDir::new().unwrap(),
        };
        team.git(&["init", "--quiet", "--initial-branch=main"]);
        team
    }

    /// One with a commit of these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let team = Self::new();
        for (path, text) in files {
            team.write(path, text);
        }
        team.commit("start");
        team
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in the work tree, without this machine's configuration, at a fixed time.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let date = "2026-03-01T12:00:00Z";
        let output = Command::new("git")
            .current_dir(self.path())
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_DATE", date)
            .env("GIT_COMMITTER_DATE", date)
            .output()
            .expect("these tests need the `git` program");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The source of this repository, read in place.
    pub(crate) fn source(&self) -> Source {
        self.source_with(|git| git)
    }

    pub(crate) fn source_with(&self, edit: impl FnOnce(Git) -> Git) -> Source {
        let git = Git::at(self.path().to_str().unwrap());
        Source::open(Settings::Git(edit(git)), self.work.path()).unwrap()
    }
}

pub(crate) fn branch(name: &str) -> Reference {
    Reference::Branch(name.to_owned())
}

/// A sound plan for a service.
pub(crate) fn plan(name: &str, service: &str) -> String {
    format!(
        "apiVersion: sixshift/v1
kind: MigrationPlan
metadata:
  name: {name}
spec:
  service: {{ region: eu-central-1, cluster: prod, name: {service} }}
  ipv6:
    subnets: [subnet-0a1b2c3d]
  shift:
    steps:
      - {{ weight: 10%, hold: 10m }}
      - {{ weight: 100% }}
  health:
    errorRate: {{ max: 1% }}
"
    )
}

/// The same with a mistake in line 12.
pub(crate) fn broken(name: &str, service: &str) -> String {
    plan(name, service).replace("weight: 100%", "weight: 1000%")
}

/// The paths that could be read, in order.
pub(crate) fn read(snapshot: &Snapshot) -> Vec<String> {
    let sound = snapshot.files.iter().filter(|(_, text)| text.is_ok());
    sound.map(|(path, _)| path.display().to_string()).collect()
}

/// What is said of a file that could not be read.
pub(crate) fn refused(snapshot: &Snapshot, path: &str) -> String {
    let found = snapshot.files.iter().find(|(p, _)| p == Path::new(path));
    let (_, text) = found.unwrap_or_else(|| panic!("{path} is not in {snapshot:?}"));
    text.as_ref().unwrap_err().message.clone()
}
