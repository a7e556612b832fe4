//! The page of rehearsals: its region, its rehearsal to the end and its bad release.

use crate::{room::Room, walk::Walk};

const HERE: &str = "Try it without AWS";

pub(crate) fn follow(walk: &mut Walk) {
    let mut room = Room::new("rehearse");
    let (mut region, mut reader) = (room.terminal(), room.terminal());
    let [sim] = walk.commands(HERE);
    region.begins(&sim, "listening on http://127.0.0.1:4566");
    let [export, whole, bad] = walk.commands(HERE);
    reader.does(&export);
    // "It prints a timeline with each call, wait and gate …, and what customers saw."
    let said = reader.does(&whole);
    said.shows(&[
        "nothing was changed in AWS",
        "the rehearsal's operator approves",
        "* create service checkout-ipv6",
        "No request failed on IPv4.",
        "Not copied",
        "API calls there",
    ]);
    // "The bad release was noticed at the first step and taken back."
    let said = reader.runs(&bad).ended(4);
    said.shows(&[
        "with ipv4-literal",
        "Taken back at step 1 (1 %)",
        "RolledBack",
    ]);
    region.ctrl_c();
}
