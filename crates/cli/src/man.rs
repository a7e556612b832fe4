//! `sixshift man DIR`: a manual page a verb.

use std::path::Path;

use anyhow::Context;

use crate::exit;

/// Writes the pages into a folder, made if need be.
pub(crate) fn run(command: clap::Command, folder: &Path) -> anyhow::Result<u8> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    clap_mangen::generate_to(command, folder)
        .with_context(|| format!("cannot write manual pages to {}", folder.display()))?;
    anstream::eprintln!("read them with: man -l {}/sixshift.1", folder.display());
    Ok(exit::DONE)
}
