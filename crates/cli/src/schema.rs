//! `sixshift schema`: the JSON Schema of a plan or of the daemon's settings, for editors.

use std::io::Write;

use serde_json::Value;
use sixshift_core::plan::{schema, schema_of};

use crate::daemon::settings::Settings;

/// Prints the schema.
///
/// # Errors
///
/// Standard output is closed.
pub(crate) fn run(of_settings: bool) -> anyhow::Result<u8> {
    let schema = if of_settings {
        schema_of::<Settings>()
    } else {
        schema()
    };
    print(&schema, &mut std::io::stdout().lock())
}

fn print(schema: &Value, out: &mut dyn Write) -> anyhow::Result<u8> {
    serde_json::to_writer_pretty(&mut *out, schema)?;
    writeln!(out)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_the_schema() {
        let mut out = Vec::new();
        assert_eq!(print(&schema(), &mut out).unwrap(), 0);
        let printed: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(printed, schema());
    }
}
