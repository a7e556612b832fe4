//! The file of contexts: daemons by a name of one's own, and which one is meant where nobody says so.
//!
//! What belongs here: the file, and whole writes of it. What must not: a token; only the path of its file is kept.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// One daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Context {
    pub(crate) name: String,
    pub(crate) server: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Contexts {
    /// The one in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    #[serde(default)]
    pub(crate) contexts: Vec<Context>,
}

/// What can be wrong with it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot tell where contexts are kept; set HOME or XDG_CONFIG_HOME")]
    Nowhere,
    #[error("cannot read the contexts in {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    #[error("{} is no file of contexts; mend it, or delete it and add them again", .0.display())]
    Broken(PathBuf, #[source] serde_yaml::Error),
    #[error("cannot write the contexts to {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    #[error("there is no context called {0}; `sixshift context list` shows them")]
    Unknown(String),
    #[error(
        "there is a context called {0} already; `sixshift context remove {0}` first, or take another name"
    )]
    There(String),
}

impl Contexts {
    /// What the file says; nothing where there is none, or nowhere for one.
    pub(crate) fn read() -> Result<Self, Error> {
        match place() {
            Some(file) => Self::read_from(&file),
            None => Ok(Self::default()),
        }
    }

    fn read_from(file: &Path) -> Result<Self, Error> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::Read(file.to_owned(), error)),
        };
        serde_yaml::from_str(&text).map_err(|error| Error::Broken(file.to_owned(), error))
    }

    /// Writes it, whole or not at all, for this user alone; where it is.
    pub(crate) fn write(&self) -> Result<PathBuf, Error> {
        let file = place().ok_or(Error::Nowhere)?;
        let text = serde_yaml::to_string(self)
            .map_err(|error| Error::Write(file.clone(), io::Error::other(error)))?;
        put(&file, &text).map_err(|error| Error::Write(file.clone(), error))?;
        Ok(file)
    }

    /// One by its name.
    pub(crate) fn named(&self, name: &str) -> Result<&Context, Error> {
        let mut contexts = self.contexts.iter();
        let found = contexts.find(|context| context.name == name);
        found.ok_or_else(|| Error::Unknown(name.to_owned()))
    }

    /// The one in use.
    pub(crate) fn current(&self) -> Result<Option<&Context>, Error> {
        self.current
            .as_deref()
            .map(|name| self.named(name))
            .transpose()
    }

    /// One more; the first one is in use at once.
    pub(crate) fn add(&mut self, context: Context) -> Result<(), Error> {
        if self.named(&context.name).is_ok() {
            return Err(Error::There(context.name));
        }
        self.current.get_or_insert_with(|| context.name.clone());
        self.contexts.push(context);
        Ok(())
    }

    /// One fewer. Where it was in use, none is: another daemon is nobody's guess.
    pub(crate) fn remove(&mut self, name: &str) -> Result<(), Error> {
        self.named(name)?;
        self.contexts.retain(|context| context.name != name);
        if self.current.as_deref() == Some(name) {
            self.current = None;
        }
        Ok(())
    }
}

/// `$XDG_CONFIG_HOME/sixshift/contexts.yaml`, by default under `~/.config`.
fn place() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let folder = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let home = || variable("HOME").filter(|path| path.is_absolute());
    let folder = folder.or_else(|| Some(home()?.join(".config")))?;
    Some(folder.join("sixshift/contexts.yaml"))
}

fn put(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // A temporary file is its owner's alone, and stays so under its new name.
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}
