//! The page of trials: what needs an account is named, the rest is done in a simulated region. A whole trial is `tests/trial`'s.

use crate::{room::Room, walk::Walk};

const REGION: &str = "export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any";

pub(crate) fn follow(walk: &mut Walk) {
    let mut room = Room::new("trial");
    let (mut region, mut terminal) = (room.terminal(), room.terminal());
    region.begins("sixshift sim --speed 60", "listening on");
    terminal.does(REGION);

    let account = "it needs an account; the same is done in a simulated region";
    walk.not_run("What you need", "sh", account);
    let [clean] = walk.commands("If it is interrupted");
    terminal
        .does(&clean)
        .shows(&["Trials left nothing in eu-central-1"]);
    walk.not_run("In a VPC of yours", "sh", account);
    let compare = walk.block("What it tells", "sh").commands().remove(0);

    let [_sim] = walk.commands("Rehearsing");
    let [export, attempt, again] = walk.commands("Rehearsing");
    terminal.does(&export);
    terminal.begins(&attempt, "making two services");
    let stopped = terminal.ctrl_c();
    stopped
        .ended(130)
        .shows(&["Nothing is left of it", "trial.json"]);
    for compared in [compare, again] {
        terminal
            .does(&compared)
            .shows(&["calls were answered as the simulated region answers"]);
    }
    region.ctrl_c();
}
