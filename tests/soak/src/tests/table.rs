//! The table of edits: a part of it in which everything meets, in every build.

use crate::search::on_all;
use crate::table::{carried_out, cover};

#[test]
fn an_edit_of_each_kind_at_each_moment_is_told_and_leaves_nobody_unanswered() {
    let cells = cover();
    let done = on_all(&cells, None, |cell| {
        carried_out(cell, false).map(|(_, done)| done)
    })
    .unwrap();
    assert_eq!(done.len(), cells.len());
    let edited = done.iter().filter(|d| d.is_edited()).count();
    assert!(edited * 10 > cells.len() * 8, "{edited} of {}", cells.len());
    let bad: Vec<String> = done
        .iter()
        .flat_map(|d| d.violations.iter().map(move |v| (d.again(), v)))
        .map(|(again, violation)| format!("{again}: {violation}"))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
