//! The first service: a plan that changes nothing, the daemon, the first per cent, the way back. The region is the reader's AWS, and
//! only what a reader puts in place of the page's names is put there: subnets, and the region's clock.

use std::fs;

use sixshift_tests::markdown::Command;

use crate::{aws, controls::rate, room::Room, terminal::Terminal, walk::Walk};

const DAEMON: &str = "The daemon";
const PLAN: &str = "plans/checkout.yaml";
/// A region has its own time, AWS that of all of us.
const CLOCK: &str = " --sim-clock http://127.0.0.1:4566";

pub(crate) fn follow(walk: &mut Walk) {
    let mut room = Room::new("first-service");
    let mut region = room.terminal();
    region.begins(
        "sixshift sim --scenario healthy --speed 60 --write-plans ../real",
        "listening on",
    );
    let (mut first, mut second) = (room.terminal(), room.terminal());
    for terminal in [&mut first, &mut second] {
        // How every AWS tool finds its region and its credentials.
        terminal.does("export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any");
    }
    walk.not_run(
        "Your first real service",
        "sh",
        "a release build takes minutes; here it is this build's program",
    );
    let subnets = what_is_there(walk, &mut first, &room);
    let [folder, plan, lint] = walk.commands("A plan that changes nothing yet");
    first.does(&folder);
    first.does(&plan);
    first.does(&lint);
    typo(&mut first, &room, &lint);
    daemon(walk, &mut first);
    look(walk, &mut second, &room, &subnets);
    go(walk, &mut second, &room);
    back(walk, &mut second);
    first.ctrl_c().ended(0);
}

/// The subnets that the region has, as the plan of its own says; AWS's command line says the same, where there is one.
fn what_is_there(walk: &mut Walk, terminal: &mut Terminal, room: &Room) -> String {
    let [region, service, subnets] = walk.commands("What is there");
    terminal.does(&region);
    let real =
        fs::read_to_string(room.folder().join("../real/checkout.yaml")).expect("the region's plan");
    let ids: Vec<&str> = real
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- subnet-"))
        .collect();
    if let Some(said) = aws::asked(terminal, &service) {
        said.shows(&["awsvpcConfiguration"]);
    }
    if let Some(said) = aws::asked(terminal, &subnets) {
        said.shows(&ids);
    }
    format!("subnets: [subnet-{}]", ids.join(", subnet-"))
}

/// A slip in the plan: exit code 3, its place and the remedy.
fn typo(terminal: &mut Terminal, room: &Room, lint: &Command) {
    let plan = room.read(PLAN);
    room.write(PLAN, &plan.replace("bake: 24h", "bakes: 24h"));
    terminal
        .runs(lint)
        .ended(3)
        .shows(&["plans/checkout.yaml:", "bakes", "write bake"]);
    room.write(PLAN, &plan);
}

fn daemon(walk: &mut Walk, terminal: &mut Terminal) {
    let [settings, token, kept, private, doctor, run] = walk.commands(DAEMON);
    for command in [&settings, &token, &kept, &private] {
        terminal.does(command);
    }
    terminal
        .does(format!("{}{CLOCK}", doctor.text))
        .shows(&["the settings are sound", "1 plan"]);
    terminal.begins(format!("{}{CLOCK}", run.text), "sixshift has started");
}

/// Paused: everything is told, nothing is changed; then with subnets that there are.
fn look(walk: &mut Walk, terminal: &mut Terminal, room: &Room, subnets: &str) {
    let [token, list, tree] = walk.commands(DAEMON);
    terminal.does(&token);
    terminal.until(&list.text, "Paused");
    terminal.until(&tree.text, "subnet-0a1b2c3d4e5f60718");
    let plan = room.read(PLAN);
    let named = plan
        .lines()
        .find(|l| l.contains("subnets:"))
        .expect("the plan names subnets");
    room.write(PLAN, &plan.replace(named.trim(), subnets));
    terminal.until("sixshift why checkout", "0 that block");
    let made = terminal.does("curl --silent http://127.0.0.1:4566/_sim/counters");
    assert!(
        !made.out.contains("Create"),
        "paused, nothing is made: {}",
        made.out
    );
}

fn go(walk: &mut Walk, terminal: &mut Terminal, room: &Room) {
    let plan = room.read(PLAN);
    room.write(PLAN, &plan.replace("  paused: true\n", ""));
    let [events] = walk.commands("Go");
    terminal.begins(&events, "create target group");
    rate(600);
    terminal.shows("At 1 %");
    terminal.ctrl_c().ended(130);
    let [share, why, tree] = walk.commands("Go");
    terminal.does(&share);
    terminal.until(&why.text, "sixshift approve checkout");
    terminal.does(&tree).shows(&["checkout-ipv6", "1 %"]);
}

fn back(walk: &mut Walk, terminal: &mut Terminal) {
    let [abort, rolled_back, retry] = walk.commands("The way back");
    terminal.does(&abort);
    terminal.does(&rolled_back);
    terminal.does("sixshift tree checkout").shows(&["0 %"]);
    terminal.does(&retry);
    let [again] = walk.commands("The way back");
    terminal.does(&again);
}
