//! `sixshift schema`: the JSON Schema of a plan or of the daemon's settings, for editors.
//!
//! Both are made from the types when a test asks for it, and lie in docs/reference: the program carries what they say, not
//! what makes them.

use std::io::Write;

const PLAN: &str = include_str!("../../../docs/reference/plan.schema.json");
pub(crate) const SETTINGS: &str = include_str!("../../../docs/reference/settings.schema.json");

/// Prints the schema.
///
/// # Errors
///
/// Standard output is closed.
pub(crate) fn run(of_settings: bool) -> anyhow::Result<u8> {
    let schema = if of_settings { SETTINGS } else { PLAN };
    std::io::stdout().lock().write_all(schema.as_bytes())?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use sixshift_core::plan::{schema, schema_of};

    use super::*;
    use crate::daemon::settings::Settings;

    fn is_of(text: &str, schema: &serde_json::Value, name: &str) {
        let now = serde_json::to_string_pretty(schema).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            let path =
                std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
            std::fs::write(path.join(name), &now).unwrap();
        }
        assert!(
            text == now,
            "docs/reference/{name} is old: UPDATE=1 rewrites it"
        );
    }

    #[test]
    fn what_is_printed_is_the_schema() {
        is_of(PLAN, &schema(), "plan.schema.json");
        is_of(SETTINGS, &schema_of::<Settings>(), "settings.schema.json");
    }
}
