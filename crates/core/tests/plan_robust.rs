//! Whatever the bytes, reading a plan ends, with plans or with mistakes that have a place.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use proptest::prelude::*;
use sixshift_core::plan::parse;

const EXAMPLES: [&str; 3] = [
    include_str!("../../../config/plans/full.yaml"),
    include_str!("../../../config/plans/fleet.yaml"),
    include_str!("../../../config/plans/other-account.yaml"),
];

/// Pieces that mean something to YAML or to a plan.
const PIECES: [&str; 30] = [
    "\n---\n",
    "&a ",
    "*a",
    "!t ",
    "<<: *a",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "#",
    "\t",
    "\r",
    "%",
    "99999999999999999999%",
    "0",
    "-1m",
    "1e9",
    "null",
    "ä\u{1F600}",
    "\u{feff}",
    "\0",
    "? ",
    "~",
    "  ",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    let Err(diagnostics) = parse(Path::new("a.yaml"), text) else {
        return Ok(());
    };
    prop_assert!(!diagnostics.is_empty());
    for diagnostic in &diagnostics {
        prop_assert!(diagnostic.line >= 1 && diagnostic.column >= 1);
        prop_assert!(!diagnostic.message.is_empty() && !diagnostic.remedy.is_empty());
        prop_assert!(
            diagnostic
                .source_line
                .get(diagnostic.caret.clone())
                .is_some()
        );
        prop_assert!(!diagnostic.render(true).is_empty());
    }
    Ok(())
}

fn boundary(text: &str, at: usize) -> usize {
    let at = at % (text.len() + 1);
    (0..=at)
        .rev()
        .find(|&i| text.is_char_boundary(i))
        .unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(6), ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_pieces(pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..60)) {
        check(&pieces.concat())?;
        check(&format!("kind: MigrationPlan\nspec: {}", pieces.concat()))?;
    }

    #[test]
    fn plans_with_edits(
        example in 0..EXAMPLES.len(),
        edits in proptest::collection::vec((any::<usize>(), 0..12_usize, proptest::sample::select(PIECES.to_vec())), 1..6),
    ) {
        let mut text = EXAMPLES[example].to_owned();
        for (at, removed, piece) in edits {
            let start = boundary(&text, at);
            let end = (start + removed).min(text.len());
            let end = (start..=end).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(start);
            text.replace_range(start..end, piece);
        }
        check(&text)?;
    }

    #[test]
    fn plans_without_a_line(example in 0..EXAMPLES.len(), line in 0..80_usize) {
        let kept: Vec<&str> = EXAMPLES[example].lines().enumerate().filter(|(i, _)| *i != line).map(|(_, l)| l).collect();
        check(&kept.join("\n"))?;
    }
}
