//! A plan's file: there as a whole or not at all, and never in place of another unless that was asked for.

use std::{fs, io::Write, path::Path};

use anyhow::Context;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is new.
    New,
    /// It was there, and is another one now.
    Over,
    /// It was there, and is as it was.
    Kept,
}

impl Written {
    /// As reports have it.
    pub(super) fn outcome(self) -> &'static str {
        match self {
            Self::New | Self::Over => "written",
            Self::Kept => "exists",
        }
    }
}

/// Writes a file, its folder too.
///
/// # Errors
/// The folder takes no file.
pub(super) fn write(path: &Path, text: &str, may_replace: bool) -> anyhow::Result<Written> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let cannot = || format!("cannot write {}", path.display());
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut new = readable(tempfile::Builder::new().prefix(".sixshift-init"))
        .tempfile_in(folder)
        .with_context(cannot)?;
    new.write_all(text.as_bytes()).with_context(cannot)?;
    let Err(there) = new.persist_noclobber(path) else {
        return Ok(Written::New);
    };
    if there.error.kind() != std::io::ErrorKind::AlreadyExists {
        return Err(there.error).with_context(cannot);
    }
    if !may_replace {
        return Ok(Written::Kept);
    }
    there
        .file
        .persist(path)
        .map_err(|e| e.error)
        .with_context(cannot)?;
    Ok(Written::Over)
}

/// A plan is no secret: as readable as any file that this user makes.
fn readable<'a, 'b>(
    builder: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_unless_it_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/checkout.yaml");
        let text = || fs::read_to_string(&path).unwrap();
        assert_eq!(write(&path, "one", false).unwrap(), Written::New);
        assert_eq!(write(&path, "two", false).unwrap(), Written::Kept);
        assert_eq!(text(), "one");
        assert_eq!(write(&path, "three", true).unwrap(), Written::Over);
        assert_eq!(text(), "three");
        let left = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1, "nothing else is left behind");
    }
}
