//! The daemon's log: its lines, and a filter that can be changed while it runs.

use std::sync::{Arc, OnceLock};

use tracing::Level;
use tracing_subscriber::{
    Layer, Registry, filter::Targets, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

use super::settings::Format;

/// In process there is no connection that the SDK could close after an error, which it would say each time. And the client for
/// git and for notifications traces whole addresses, which may be secrets: whoever wants that names it.
const QUIET: &str =
    "aws_smithy_runtime::client::http::connection_poisoning=off,ureq=info,ureq_proto=info";

/// Sets the log's filter; the error is a sentence for people.
pub(crate) type SetFilter = Arc<dyn Fn(String) -> Result<(), String> + Send + Sync>;

static FILTER: OnceLock<reload::Handle<Targets, Registry>> = OnceLock::new();

/// Logs to standard error from now on. Called once.
pub(crate) fn start(filter: &str, format: Format, colour: bool) {
    let parsed = parse(filter).unwrap_or_else(|_| Targets::new().with_default(Level::WARN));
    let (filter, handle) = reload::Layer::new(parsed);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(colour).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .init();
    // A second start would have panicked above.
    let _ = FILTER.set(handle);
}

/// What changes the filter.
pub(crate) fn setter() -> SetFilter {
    Arc::new(|filter| set(&filter))
}

/// Changes the filter.
///
/// # Errors
/// It is no filter, as a sentence.
pub(crate) fn set(filter: &str) -> Result<(), String> {
    let parsed = parse(filter)?;
    let handle = FILTER.get().ok_or("the log has not been started")?;
    handle
        .reload(parsed)
        .map_err(|error| format!("the filter could not be changed: {error}"))?;
    tracing::info!("the log's filter is {filter} now");
    Ok(())
}

/// A filter from what people write: levels by target. Not by span, which takes a whole engine of regular expressions, and a daemon's
/// lines name their plan.
///
/// # Errors
/// It is none, as a sentence.
pub(crate) fn parse(filter: &str) -> Result<Targets, String> {
    let refused = |why: &dyn std::fmt::Display| {
        format!("`{filter}` is no filter ({why}); write e.g. info,sixshift_aws=debug")
    };
    // What is no path at all would be taken for one, and log nothing.
    if let Some(part) = filter.split(',').find(|part| !is_by_target(part)) {
        return Err(refused(&format_args!("`{part}` names no target")));
    }
    let targets = format!("{QUIET},{filter}").parse();
    targets.map_err(|error: tracing_subscriber::filter::ParseError| refused(&error))
}

/// A level, a target, or `target=level`.
fn is_by_target(part: &str) -> bool {
    let is_of_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '-');
    let (target, level) = part.split_once('=').unwrap_or((part, "info"));
    let is_given = !target.trim().is_empty() || !part.contains('=');
    is_given && !level.is_empty() && target.trim().chars().all(is_of_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_target_and_no_level_is_refused() {
        for filter in [
            "=",
            "=debug",
            "sixshift=",
            "sixshift=loud",
            "[round]=debug",
            "info,a b=warn",
        ] {
            let refused = parse(filter).unwrap_err();
            assert!(refused.contains("write e.g."), "{refused}");
        }
        for filter in [
            "info",
            "off",
            "warn, sixshift_aws::act=debug",
            "sixshift-x",
            "",
        ] {
            assert!(parse(filter).is_ok(), "{filter}");
        }
    }

    #[test]
    fn whole_addresses_are_traced_for_whoever_names_that_alone() {
        let is_traced = |filter: &str| {
            let lines = Registry::default().with(parse(filter).unwrap());
            tracing::subscriber::with_default(
                lines,
                || tracing::enabled!(target: "ureq::run", tracing::Level::DEBUG),
            )
        };
        for filter in ["info", "debug", "trace", "sixshift=trace,debug"] {
            assert!(!is_traced(filter), "{filter}");
        }
        assert!(is_traced("info,ureq=trace"));
    }
}
