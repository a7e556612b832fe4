//! Operating: the verbs against a daemon with a fleet of two, in the state that each block speaks of.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::{room::Room, terminal::Terminal, walk::Walk};

/// What the page's reader has: plans with labels, settings, a token.
const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
    journal: { path: state/journal.redb }\nauth: { tokens: [{ name: me, role: operator, env: SIXSHIFT_TOKEN }] }\n";
const RUN: &str = "sixshift run --config sixshift.yaml --sim-clock http://127.0.0.1:4566";
const TOKEN: &str = "export SIXSHIFT_TOKEN=a-token-of-this-test AWS_ENDPOINT_URL=http://127.0.0.1:4566 \
    AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any";

pub(crate) fn follow(walk: &mut Walk) {
    let mut room = Room::new("operators");
    let (mut region, mut daemon, mut reader) = (room.terminal(), room.terminal(), room.terminal());
    // One pace from the beginning: while a clock that was much faster is followed, minutes are read that are not over.
    let sim = "sixshift sim --scenario healthy --services 2 --speed 120 --write-plans plans";
    region.begins(sim, "listening on");
    reader
        .does("sed -i.bak 's/scenario: healthy/wave: first/' plans/catalog.yaml && rm plans/*.bak");
    room.write("sixshift.yaml", SETTINGS);
    daemon.does(TOKEN);
    daemon.begins(RUN, "sixshift has started");
    reader.does("export SIXSHIFT_TOKEN=a-token-of-this-test");
    contexts(walk, &mut reader, &room);
    for plan in plans(&room) {
        reader.does(format!(
            "sixshift wait {plan} --for share=50% --through-people"
        ));
        reader.until(&format!("sixshift list | grep {plan}"), "Approval");
    }
    orders(walk, &mut reader);
    let [wait] = walk.commands("Waiting in scripts");
    reader.does(&wait);
    doctor(walk, &mut reader);
    completion(walk, &mut reader);
}

fn plans(room: &Room) -> Vec<String> {
    let files = fs::read_dir(room.folder().join("plans")).expect("the plans");
    let names = files.map(|f| {
        f.expect("a plan")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    names
        .map(|name| name.trim_end_matches(".yaml").to_owned())
        .collect()
}

fn contexts(walk: &mut Walk, reader: &mut Terminal, room: &Room) {
    let [prod, staging, used, list] = walk.commands("Several daemons");
    reader.does(&prod).shows(&["prod.token"]);
    reader.does(&staging);
    reader.does(&used);
    reader.until("sixshift list", "checkout");
    let file = room.home().join(".config/sixshift/contexts.yaml");
    let mode = fs::metadata(&file)
        .expect("it is kept there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o77, 0, "readable by its owner alone");
    // The reader's prod has a token; this one is asked in vain, for nobody answers there.
    reader.runs(&list).ended(1).shows(&["prod.token"]);
    reader.does("printf a-token-of-production > ~/.config/sixshift/prod.token");
    reader
        .runs(&list)
        .ended(1)
        .shows(&["cannot reach a daemon at https://sixshift.example.com"]);
    let kept = fs::read_to_string(&file).expect("it is text");
    assert!(
        !kept.contains("a-token-of-production"),
        "of a token only its file's path: {kept}"
    );
    // The context's token goes to its own address alone; without one the environment's counts.
    reader
        .does("sixshift context remove prod && sixshift context list")
        .shows(&["staging"]);
}

fn orders(walk: &mut Walk, reader: &mut Terminal) {
    let [pause, approve] = walk.commands("Giving orders");
    // "A terminal shows the list and asks; elsewhere `--yes` is needed."
    reader
        .runs(&pause)
        .ended(1)
        .shows(&["would pause 2 plans", "--yes"]);
    reader.does(format!("{} --yes", pause.text));
    reader.until("sixshift list | grep -c Paused", "2");
    reader.does("sixshift resume --all --yes --reason 'the holidays are over'");
    reader.until("sixshift list | grep -c Approval", "2");
    // One of the two has the label, and the other still waits for what a promotion skips.
    let approved = reader.does(&approve).all();
    assert!(
        approved.contains("catalog: ") && !approved.contains("checkout"),
        "{approved}"
    );
    reader.does("sixshift wait catalog --for share=100%");
    let [promote] = walk.commands("Promoting");
    reader
        .does("sixshift get checkout")
        .shows(&["50 %", "Approval"]);
    reader.does(&promote);
    reader.does("sixshift wait checkout --for share=100%");
}

fn doctor(walk: &mut Walk, reader: &mut Terminal) {
    let [doctor] = walk.commands("Before the first start");
    let absent = reader.runs(&doctor).ended(3);
    absent.shows(&["/etc/sixshift/sixshift.yaml"]);
    reader.does(TOKEN);
    let here = doctor
        .text
        .replace("/etc/sixshift/sixshift.yaml", "sixshift.yaml");
    let said = reader.does(format!("{here} --sim-clock http://127.0.0.1:4566"));
    said.shows(&["a daemon listens on", "2 plans are sound", "AWS's clock is"]);
    assert!(!said.out.contains('✗'), "{}", said.out);
}

fn completion(walk: &mut Walk, reader: &mut Terminal) {
    let [source] = walk.commands("Completion");
    reader.does(&source);
    reader.does("complete -p sixshift");
    // As bash asks when somebody presses tab behind `sixshift why `.
    let ask = "COMP_WORDS=(sixshift why '') COMP_CWORD=2 COMP_TYPE=9; _clap_complete_sixshift sixshift; printf '%s\\n' \"${COMPREPLY[@]}\"";
    reader.does(ask).shows(&["checkout"]);
}
