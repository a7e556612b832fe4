//! In which form a verb answers.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use serde::Serialize;

/// The form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, within the terminal's width.
    #[default]
    Table,
    /// For people, with everything.
    Wide,
    /// What the API answered.
    Json,
    /// The same as YAML.
    Yaml,
}

impl Format {
    /// Prints for programs, where that is wanted; else `false`.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn print(self, value: &impl Serialize) -> anyhow::Result<bool> {
        let text = match self {
            Self::Table | Self::Wide => return Ok(false),
            Self::Json => format!("{}\n", serde_json::to_string_pretty(value)?),
            Self::Yaml => serde_yaml::to_string(value)?,
        };
        say(&text)?;
        Ok(true)
    }

    /// Prints one of many for programs: a line of JSON, or a YAML document; else `false`.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn print_one(self, value: &impl Serialize) -> anyhow::Result<bool> {
        let text = match self {
            Self::Table | Self::Wide => return Ok(false),
            Self::Json => format!("{}\n", serde_json::to_string(value)?),
            Self::Yaml => format!("---\n{}", serde_yaml::to_string(value)?),
        };
        say(&text)?;
        Ok(true)
    }

    /// Whether everything is shown.
    pub(crate) fn is_wide(self) -> bool {
        self == Self::Wide
    }
}

/// Prints text as it is, colours where the terminal has them. A closed pipe is an error, not a panic.
pub(crate) fn say(text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether nobody wants notes.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on there are no notes.
pub(super) fn hush(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// A note beside the answer: to standard error, so that it never ends up in a file.
pub(crate) fn note(text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        complain(text);
    }
}

/// Something that nobody may overhear: to standard error.
pub(crate) fn complain(text: &str) {
    anstream::eprintln!("{text}");
}
