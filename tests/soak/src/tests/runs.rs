//! A run is the seed's alone, and what a case holds really happens.

use crate::case::Case;
use crate::hands;
use crate::log::Log;
use crate::run::carry_out;
use crate::story::{Mood, What};

fn lines(log: &Log) -> Vec<String> {
    log.lines
        .iter()
        .map(|(at, line)| format!("{at} {line}"))
        .collect()
}

#[test]
fn a_seed_gives_the_same_run() {
    for seed in [3, 10] {
        let case = Case::draw(seed, 2);
        let once = lines(&carry_out(&case).unwrap());
        assert!(once.len() > 20, "{once:?}");
        assert_eq!(once, lines(&carry_out(&case).unwrap()));
    }
}

#[test]
fn every_mood_and_every_edit_comes_up() {
    let cases: Vec<Case> = (0..2000).map(|seed| Case::draw(seed, 6)).collect();
    for mood in [Mood::Calm, Mood::Releases, Mood::Hands, Mood::Storm] {
        assert!(cases.iter().any(|c| c.story.mood == mood), "{mood:?}");
    }
    for edit in hands::edits() {
        let has = |c: &Case| {
            let all = c.story.events.iter();
            all.clone()
                .any(|e| matches!(e.what, What::Edit(name) if name == edit.name))
        };
        assert!(
            cases.iter().filter(|c| has(c)).count() > 10,
            "{}",
            edit.name
        );
    }
    let calm = cases.iter().filter(|c| c.story.is_calm()).count();
    assert!(calm > 400, "{calm}");
}
