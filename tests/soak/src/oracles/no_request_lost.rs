//! With healthy code and nobody else's hands, not one request fails: whatever the API, the daemon and its operators do.

use super::Found;
use crate::case::Case;
use crate::log::Log;

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    if !case.story.is_calm() {
        return Found::new();
    }
    let first = log.samples.iter().find(|s| s.failed > 0);
    let last = log.samples.last().map_or(0, |s| s.failed);
    let found = first.map(|s| {
        let text = format!(
            "{last} requests failed, the first {} before this moment",
            s.failed
        );
        (s.at, "requests failed", text)
    });
    found.into_iter().collect()
}
