//! What all findings come to, in one line; and whether to look again.

use std::time::{Duration, Instant};

use super::{Finding, State};

/// Between two looks at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// The worst of them, and what to say.
pub(super) fn of(findings: &[Finding]) -> (State, String) {
    let bad = checks(findings, State::Bad);
    let warned = checks(findings, State::Warn);
    match (&bad[..], &warned[..]) {
        ([], []) => (State::Ok, "the daemon can do its work here".to_owned()),
        ([], warned) => (
            State::Warn,
            format!(
                "nothing found keeps the daemon from its work; worth a look: {}",
                warned.join(", ")
            ),
        ),
        (bad, _) => (
            State::Bad,
            format!(
                "the daemon cannot do its work here; mend: {}",
                bad.join(", ")
            ),
        ),
    }
}

/// What is in this state, each once, in the order of the findings.
fn checks(findings: &[Finding], state: State) -> Vec<&'static str> {
    let mut checks = Vec::new();
    for finding in findings.iter().filter(|f| f.state == state) {
        if !checks.contains(&finding.check) {
            checks.push(finding.check);
        }
    }
    checks
}

/// Looks until nothing is bad, or until the time is up; whether it was up. `told` hears of each verdict that is new.
pub(super) fn wait(
    most: Option<Duration>,
    mut look: impl FnMut() -> anyhow::Result<Vec<Finding>>,
    mut told: impl FnMut(&str),
) -> anyhow::Result<(Vec<Finding>, bool)> {
    let begun = Instant::now();
    let (mut pause, mut last) = (PAUSES.0, String::new());
    loop {
        let findings = look()?;
        let (state, verdict) = of(&findings);
        let Some(most) = most.filter(|_| state == State::Bad) else {
            return Ok((findings, false));
        };
        let left = most.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Ok((findings, true));
        }
        if last != verdict {
            told(&verdict);
            last = verdict;
        }
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(PAUSES.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_names_what_is_to_be_mended_once() {
        let ok = Finding::ok("settings", "fine");
        let warn = Finding::warn("access", "open", "close it");
        let bad = Finding::bad("aws", "away", "mend it");
        assert_eq!(of(std::slice::from_ref(&ok)).0, State::Ok);
        let (state, text) = of(&[ok.clone(), warn.clone()]);
        assert_eq!(state, State::Warn);
        assert!(text.ends_with("worth a look: access"), "{text}");
        let (state, text) = of(&[bad.clone(), ok, warn, bad]);
        assert_eq!(state, State::Bad);
        assert!(text.ends_with("mend: aws"), "{text}");
    }

    #[test]
    fn it_looks_again_until_nothing_is_bad_and_tells_each_verdict_once() {
        let bad = || vec![Finding::bad("aws", "away", "mend it")];
        let mut looks = vec![vec![Finding::ok("aws", "there")], bad()];
        let mut told = Vec::new();
        let most = Some(Duration::from_secs(60));
        let look = || Ok(looks.pop().unwrap());
        let (findings, is_late) = wait(most, look, |v| told.push(v.to_owned())).unwrap();
        assert!(!is_late && findings[0].state == State::Ok && told.len() == 1);
        let (findings, is_late) = wait(None, || Ok(bad()), |_| {}).unwrap();
        assert!(
            !is_late && findings[0].state == State::Bad,
            "nobody waits unasked"
        );
        let soon = Some(Duration::from_millis(10));
        assert!(wait(soon, || Ok(bad()), |_| {}).unwrap().1);
    }
}
