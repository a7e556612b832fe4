//! `sixshift schema`: the JSON Schema of a plan, for editors.

use std::io::Write;

/// Prints the schema.
///
/// # Errors
///
/// Standard output is closed.
pub(crate) fn run() -> anyhow::Result<u8> {
    print(&mut std::io::stdout().lock())
}

fn print(out: &mut dyn Write) -> anyhow::Result<u8> {
    serde_json::to_writer_pretty(&mut *out, &sixshift_core::plan::schema())?;
    writeln!(out)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_the_schema() {
        let mut out = Vec::new();
        assert_eq!(print(&mut out).unwrap(), 0);
        let printed: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(printed, sixshift_core::plan::schema());
    }
}
