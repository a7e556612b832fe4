//! The demo in its variants; then three terminals, from the plan to the last deletion.

use crate::{
    aws,
    controls::{self, rate},
    room::Room,
    terminal::Terminal,
    walk::Walk,
};

const REGION: &str = "Terminal 1: the region";
const DAEMON: &str = "Terminal 2: the daemon";
const READER: &str = "Terminal 3: you";
const PAGE: &str = "docs/guide/getting-started.md";

pub(crate) fn follow(walk: &mut Walk) {
    demos(walk);
    let mut room = Room::new("getting-started");
    let mut region = room.terminal();
    let [sim] = walk.commands(REGION);
    region.begins(&sim, "listening on http://127.0.0.1:4566");
    assert!(
        room.folder().join("plans/checkout.yaml").exists(),
        "its plan goes to ./plans"
    );
    let mut daemon = room.terminal();
    run_plans(walk, &mut daemon);
    let run = settings(walk, &mut room, &mut daemon);
    let mut reader = room.terminal();
    to_the_end(walk, &mut reader);
    what_else(walk, &mut room, &mut daemon, &run, &mut reader);
}

fn demos(walk: &mut Walk) {
    let mut room = Room::new("demos");
    let (mut terminal, mut other) = (room.terminal(), room.terminal());
    let [demo] = walk.commands("On a laptop, without AWS");
    terminal.begins(&demo, "Dashboard and API:");
    other.does("sixshift list").shows(&["checkout", "cart"]);
    // "Where port 8686 is taken it listens on the next free one and says so."
    let mut third = room.terminal();
    third.does("export SIXSHIFT_TOKEN=a-secret-of-production");
    third.begins(&demo, "In another terminal:");
    let said = third.ctrl_c().ended(130);
    said.shows(&["Port 8686 is taken", "http://localhost:8687"]);
    // A token that the reader has already is none of the demo's to show.
    assert!(!said.all().contains("a-secret"), "{}", said.all());
    commits(&mut terminal, &mut other);
    terminal.ctrl_c().ended(130);
    let [list, literal, hands_off, late] = walk.commands("On a laptop, without AWS");
    let listed = terminal.does(&list);
    for demo in [&literal, &hands_off, &late] {
        let name = demo
            .text
            .split("--scenario ")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        listed.shows(&[name.expect("these name a scenario")]);
    }
    terminal.runs(&literal).ended(4).shows(&["RolledBack"]);
    // "The approvals are yours": nobody gives one.
    let alone = format!("{} --speed max --timeout 3h", hands_off.text);
    terminal.runs(alone).ended(5).shows(&["approve step 4"]);
    terminal.begins(&late, "Dashboard and API:");
    terminal.ctrl_c().ended(130);
}

/// "The plans are in a git repository …: edit one, commit, and watch."
fn commits(demo: &mut Terminal, other: &mut Terminal) {
    demo.shows("Plans:");
    let said = other.does("ls -d $TMPDIR/sixshift-plans-*");
    let plans = said.out.lines().next().expect("a folder").to_owned();
    other.does(format!(
        "cd {plans} && echo 'wieght: 1' >> checkout.yaml && git commit -qam 'a slip' && cd -"
    ));
    other.until("sixshift why checkout", "wieght");
}

/// `run --plans` goes to the approval and stands there; Ctrl-C leaves it so.
fn run_plans(walk: &mut Walk, daemon: &mut Terminal) {
    let [region, credentials, run] = walk.commands(DAEMON);
    daemon.does(&region);
    daemon.does(&credentials);
    daemon.begins(&run, "create target group");
    // Fifty seconds are too long for a test: the region's own control, which the page has.
    rate(600);
    daemon.shows("At 50 %, shifting: waiting for an approval after step 4");
    rate(60);
    daemon
        .ctrl_c()
        .ended(130)
        .shows(&["What is left, and goes on with the next run"]);
}

/// Settings, plans in git, the doctor, the daemon: whose command is returned, for it is started again later.
fn settings(walk: &mut Walk, room: &mut Room, daemon: &mut Terminal) -> String {
    let [init, name, mail, add, commit, settings, token, doctor, run] = walk.commands(DAEMON);
    daemon.does(&init);
    for command in [&name, &mail, &add, &commit, &settings] {
        daemon.does(command);
    }
    let forgotten = daemon.runs(&run).ended(1);
    forgotten.shows(&["SIXSHIFT_TOKEN", "is not set"]);
    daemon.does(&token);
    let found = daemon.does(&doctor);
    // The test's own network leads nowhere; a region on this machine needs no other.
    found.shows(&[
        "the settings are sound",
        "is free",
        "state/journal.redb can be",
        "plan",
    ]);
    daemon.begins(&run, "sixshift has started");
    // The table of what may be in the way: a second one of each.
    let mut second = room.terminal();
    second.does("cd . && export SIXSHIFT_TOKEN=a-token-of-my-own");
    second
        .runs(&run)
        .ended(1)
        .shows(&["another process has it open"]);
    run.text
}

/// From the takeover to the last deletion.
fn to_the_end(walk: &mut Walk, reader: &mut Terminal) {
    let [token, list, why] = walk.commands(READER);
    reader
        .runs("sixshift adopt checkout --reason 'no token here'")
        .ended(1)
        .shows(&["SIXSHIFT_TOKEN"]);
    reader.does(&token);
    let listed = reader.until(&list.text, "JournalLost");
    listed.shows(&["checkout", "50 %"]);
    reader.does(&why).shows(&["sixshift adopt"]);
    let early = reader
        .runs("sixshift approve checkout --reason 'too early'")
        .ended(1);
    early.shows(&["it waits for no approval"]);
    let [adopt] = walk.commands(READER);
    reader.does(&adopt);
    reader.until(&list.text, "Approval");
    let [approve, whole] = walk.commands(READER);
    reader.does(&approve);
    reader.does(&whole);
    let [faster, cold] = walk.commands(READER);
    reader.does(&faster).shows(&["3600"]);
    reader.does(&cold);
    let [retire, done, report] = walk.commands(READER);
    reader.does(&retire);
    reader.does(&done).shows(&["Done: all traffic is on IPv6"]);
    let report = reader.does(&report);
    // What was changed, on what evidence, on whose order.
    report.shows(&[
        "delete service checkout",
        "the verdict is Good",
        "begun by run --plans",
        "a day without a complaint",
    ]);
    begins_with_the_twin(&report.out);
}

/// It begins with the twin, although the journal began later.
fn begins_with_the_twin(report: &str) {
    let row = |text: &str| report.lines().find(|line| line.contains(text));
    let twin = row("create service checkout-ipv6").expect("the twin was created");
    let first = row("First change").expect("the report has a head");
    let when = twin.split('|').nth(1).map(str::trim).expect("a time");
    assert!(first.contains(when), "{first}\n{twin}");
}

/// The daemon again, a plan that is edited, broken and deleted, any AWS client, the region's controls.
fn what_else(
    walk: &mut Walk,
    room: &mut Room,
    daemon: &mut Terminal,
    run: &str,
    reader: &mut Terminal,
) {
    daemon.ctrl_c().ended(0);
    reader
        .runs("sixshift list")
        .ended(1)
        .shows(&["cannot reach a daemon at http://localhost:8686"]);
    daemon.begins(run, "sixshift has started");
    reader.until("sixshift list", "Done");
    let plan = room.read("plans/checkout.yaml");
    room.write(
        "plans/checkout.yaml",
        &plan.replace("bake: 24h", "bake: soon"),
    );
    reader
        .runs("cargo run -- lint plans")
        .ended(3)
        .shows(&["bake: soon", "spec.shift.bake"]);
    reader.does("git -C plans commit --quiet --all --message 'a slip'");
    reader.until("sixshift list", "invalid at its source");
    reader
        .does("sixshift why checkout")
        .shows(&["spec.shift.bake", "the last good revision runs on"]);
    reader.does("git -C plans rm --quiet -f checkout.yaml");
    reader.does("git -C plans commit --quiet --message 'gone'");
    reader.until(
        "sixshift why checkout || true",
        "there is no plan called checkout",
    );
    let [endpoint, credentials, services, groups] = walk.commands("What else to try");
    reader.does(&endpoint);
    reader.does(&credentials);
    if let Some(said) = aws::asked(reader, &services) {
        said.shows(&["service/prod/checkout-ipv6"]);
        assert!(
            !said.out.contains("service/prod/checkout\""),
            "{}",
            said.out
        );
    }
    if let Some(said) = aws::asked(reader, &groups) {
        said.shows(&["-v6"]);
    }
    controls::ask_all(PAGE, reader);
}
