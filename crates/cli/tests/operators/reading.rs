//! list, get, why, tree, events; and how errors are told.

use serde_json::{Value, json};

use crate::{
    sample,
    server::{Server, bare, complained, run, said},
};

fn fleet_of_two() -> Server {
    let server = Server::start();
    let checkout = sample::summary("checkout", "Shift", "Progressing", 10.0);
    let mut basket = sample::summary("basket", "RolledBack", "Bad", 0.0);
    basket.labels.insert("team".to_owned(), "till".to_owned());
    server.answer("GET /api/v1/fleet", 200, &sample::fleet());
    server.answer(
        "GET /api/v1/plans",
        200,
        &json!({ "items": [checkout.clone(), basket] }),
    );
    server.answer("GET /api/v1/plans/checkout", 200, &sample::plan(checkout));
    server
}

#[test]
fn a_list_fits_eighty_columns_and_has_no_colours_where_nobody_sees_them() {
    let server = fleet_of_two();
    let output = run(server.command(&["list"]).env("COLUMNS", "80"));
    assert_eq!(
        said(&output),
        "NAME      PHASE       HEALTH       IPV6  SINCE  WAITS FOR\n\
         checkout  Shift       Progressing  10 %  3m     Hold\n\
         basket    RolledBack  Bad          0 %   3m     Hold\n"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_list_says_first_that_the_journal_cannot_be_written() {
    let server = Server::start();
    let mut fleet = json!(sample::fleet());
    fleet["unwritten"] =
        json!({ "why": "No space left on device", "since": "2026-05-01T12:05:00Z" });
    server.answer("GET /api/v1/fleet", 200, &fleet);
    server.answer("GET /api/v1/plans", 200, &json!({ "items": [] }));
    let told = complained(&server.run(&["list"]));
    let begins = "nothing goes forward: the journal cannot be written for 5m: No space left on device; pauses,";
    assert!(told.contains(begins), "{told}");
}

#[test]
fn a_list_can_be_narrowed() {
    let server = fleet_of_two();
    for narrow in [
        &["list", "--phase", "rolledback"][..],
        &["list", "--health", "Bad"],
        &["list", "-l", "team=till"],
    ] {
        let text = said(&server.run(narrow));
        assert!(
            text.contains("basket") && !text.contains("checkout"),
            "{narrow:?}: {text}"
        );
    }
    assert_eq!(
        server.run(&["list", "--phase", "dancing"]).status.code(),
        Some(64)
    );
}

#[test]
fn a_list_of_several_pages_is_whole() {
    let server = Server::start();
    let one = |name| sample::summary(name, "Shift", "Progressing", 1.0);
    server.answer(
        "GET /api/v1/plans",
        200,
        &json!({ "items": [one("a")], "next": 17 }),
    );
    server.answer(
        "GET /api/v1/plans?after=17",
        200,
        &json!({ "items": [one("b")] }),
    );
    let list: Value =
        serde_json::from_str(&said(&server.run(&["list", "-o", "json"]))).expect("JSON");
    let names: Vec<_> = list["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|p| &p["name"])
        .collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn programs_get_what_the_api_said() {
    let server = fleet_of_two();
    let expected = serde_json::to_value(sample::plan(sample::summary(
        "checkout",
        "Shift",
        "Progressing",
        10.0,
    )));
    let expected = expected.expect("JSON");
    let json: Value =
        serde_json::from_str(&said(&server.run(&["get", "checkout", "-o", "json"]))).expect("JSON");
    assert_eq!(json, expected);
    let yaml: Value =
        serde_yaml::from_str(&said(&server.run(&["get", "checkout", "-o", "yaml"]))).expect("YAML");
    assert_eq!(yaml, expected);
}

#[test]
fn one_plan_tells_its_sentence_its_shares_and_its_steps() {
    let text = said(&fleet_of_two().run(&["get", "checkout"]));
    for part in [
        "checkout holds at 10 %: 3m of 10m proven good.",
        "desired 10 %, applied 10 %, observed 10 %, effective 9.8 %",
        "Hold, for 3m",
        "plans/checkout.yaml:1, commit c0ffee11",
        "▶ 2   10 %   10m   3m      approval",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn why_tells_a_closed_gate_in_full_and_an_open_one_in_a_line() {
    let output = run(fleet_of_two()
        .command(&["why", "checkout"])
        .env("COLUMNS", "80"));
    let text = said(&output);
    assert!(
        text.contains("✓ error rate      0.1 % (limit: at most 1 %), 1200 samples over 5m\n"),
        "{text}"
    );
    let closed = "✗ hold of step 2  closed\n\
                  \x20   observed      3m proven good\n\
                  \x20   limit         10m\n\
                  \x20   since         12:07:00 UTC (3m)\n\
                  \x20   unblocked by  good minutes in CloudWatch\n\
                  \x20   at earliest   12:17:00 UTC (in 7m)\n";
    assert!(text.contains(closed), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(
        !text.contains("You can"),
        "approving is refused now:\n{text}"
    );
}

#[test]
fn why_says_which_order_would_help() {
    let server = Server::start();
    let mut plan = sample::plan(sample::summary("checkout", "Shift", "NeedsPerson", 10.0));
    plan.commands[0].refused = None;
    plan.gate = Some("step:1".to_owned());
    server.answer("GET /api/v1/fleet", 200, &sample::fleet());
    server.answer("GET /api/v1/plans/checkout", 200, &plan);
    let text = said(&server.run(&["why", "checkout"]));
    assert!(
        text.contains("sixshift approve checkout --gate step:1 --reason …"),
        "{text}"
    );
}

#[test]
fn why_names_the_runbook_in_a_line_and_for_programs() {
    let server = Server::start();
    let mut plan = sample::plan(sample::summary("checkout", "Shift", "NeedsPerson", 10.0));
    let page = "https://example.com/a/long/address/of/the/runbooks/of/this/project/approval.md";
    plan.runbook = Some(page.to_owned());
    server.answer("GET /api/v1/fleet", 200, &sample::fleet());
    server.answer("GET /api/v1/plans/checkout", 200, &plan);
    // Whole, however narrow the terminal is: it is to be clicked.
    let text = said(&run(server
        .command(&["why", "checkout"])
        .env("COLUMNS", "60")));
    assert!(text.contains(&format!("\nRunbook: {page}\n")), "{text}");
    let json = said(&server.run(&["why", "checkout", "-o", "json"]));
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["runbook"], page);
    let calm = said(&fleet_of_two().run(&["why", "checkout"]));
    assert!(!calm.contains("Runbook"), "{calm}");
}

#[test]
fn a_tree_shows_what_hangs_on_what() {
    let text = said(&fleet_of_two().run(&["tree", "checkout"]));
    assert!(
        text.starts_with(
            "✓ plan checkout\n├─ ✓ route rule 5f\n│  ├─ ✓ target group checkout [ipv4]\n"
        ),
        "{text}"
    );
    assert!(
        text.ends_with(
            "   ├─ ✓ scaling service/prod/checkout-ipv6 [ipv6]\n   └─ ✓ task 1f [ipv6]\n"
        ),
        "{text}"
    );
}

#[test]
fn events_are_told_oldest_first_with_who_and_why() {
    let server = Server::start();
    let mut pause = sample::event(2, "command", "paused");
    pause.actor = Some("ada".to_owned());
    pause.reason = Some("lunch".to_owned());
    let items = [pause, sample::event(1, "phase", "Shift")];
    server.answer(
        "GET /api/v1/plans/checkout/events?limit=50",
        200,
        &json!({ "items": items }),
    );
    assert_eq!(
        said(&server.run(&["events", "checkout"])),
        "2026-05-01 12:00:00 phase    Shift\n2026-05-01 12:00:00 command  paused · ada: lunch\n"
    );
}

#[test]
fn events_can_be_narrowed_to_kinds_over_pages_that_are_short() {
    let server = Server::start();
    server.answer(
        "GET /api/v1/events?kind=command,failed&limit=2",
        200,
        &json!({ "items": [sample::event(900, "failed", "late")], "next": 400 }),
    );
    server.answer(
        "GET /api/v1/events?kind=command,failed&limit=1&before=400",
        200,
        &json!({ "items": [sample::event(7, "command", "early")], "next": 7 }),
    );
    let arguments = ["events", "--kind", "Command,failed", "--limit", "2"];
    let text = said(&server.run(&arguments));
    let words: Vec<_> = text
        .split_whitespace()
        .filter(|w| w.contains('l'))
        .collect();
    assert_eq!(words, ["early", "failed", "late"], "{text}");
}

#[test]
fn events_go_on_from_a_number_either_way() {
    let server = Server::start();
    for (query, seq) in [("limit=50&after=3", 4), ("limit=50&before=9", 8)] {
        let items = [sample::event(seq, "acted", "done")];
        let page = json!({ "items": items });
        server.answer(&format!("GET /api/v1/events?{query}"), 200, &page);
    }
    let after = said(&server.run(&["events", "--after", "3", "-o", "wide"]));
    assert!(after.contains("#4"), "{after}");
    let before = said(&server.run(&["events", "--before", "9", "-o", "wide"]));
    assert!(before.contains("#8"), "{before}");
}

#[test]
fn a_kind_that_there_is_not_is_wrong_usage_that_lists_those_that_there_are() {
    let output = bare(&["events", "--kind", "ordered"])
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{text}");
    for kind in sixshift_api::model::KINDS {
        assert!(text.contains(kind), "{kind} is not in:\n{text}");
    }
}

#[test]
fn the_shell_completes_kinds_of_events() {
    let mut command = bare(&["--", "sixshift", "events", "--kind", "v"]);
    command
        .env("SIXSHIFT_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "3");
    let text = said(&run(&mut command));
    assert!(
        text.contains("verdict") && text.contains("vetoed"),
        "{text}"
    );
}

#[test]
fn the_token_goes_into_the_header_from_its_file_or_the_environment() {
    let server = fleet_of_two();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "from-file\n").expect("the token is written");
    run(&mut server.command(&[
        "list",
        "-o",
        "json",
        "--token-file",
        &file.display().to_string(),
    ]));
    run(server
        .command(&["list", "-o", "json"])
        .env("SIXSHIFT_TOKEN", "from-env"));
    let sent: Vec<_> = server
        .asked()
        .iter()
        .map(|a| a.headers.get("authorization").cloned())
        .collect();
    assert_eq!(
        sent,
        [
            Some("Bearer from-file".to_owned()),
            Some("Bearer from-env".to_owned())
        ]
    );
}

#[test]
fn a_daemon_that_is_not_there_is_said_with_what_to_do() {
    let output = run(bare(&["list"]).env("SIXSHIFT_SERVER", "http://127.0.0.1:1"));
    assert_eq!(output.status.code(), Some(1));
    let text = complained(&output);
    assert!(
        text.contains("cannot reach a daemon at http://127.0.0.1:1"),
        "{text}"
    );
    assert!(text.contains("--server URL"), "{text}");
}

#[test]
fn what_is_no_daemon_is_said_to_be_none() {
    let server = Server::start();
    server.page("GET /api/v1/plans", 200, "<html>");
    let output = server.run(&["list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        complained(&output).contains("not as sixshift does"),
        "{}",
        complained(&output)
    );
}

#[test]
fn a_problem_is_told_with_its_remedy_and_where_a_token_goes() {
    let server = Server::start();
    let problem =
        json!({ "code": "unauthorized", "message": "reading needs a token", "remedy": "give one" });
    server.answer("GET /api/v1/plans", 401, &problem);
    let output = server.run(&["list"]);
    assert_eq!(output.status.code(), Some(1));
    let text = complained(&output);
    assert!(
        text.contains("reading needs a token; give a token with --token-file FILE"),
        "{text}"
    );
}

#[test]
fn a_name_cannot_lead_elsewhere() {
    let server = Server::start();
    server.run(&["get", "../fleet?x"]);
    assert_eq!(server.one("GET").line, "GET /api/v1/plans/..%2Ffleet%3Fx");
}

#[test]
fn the_shell_completes_plan_names() {
    let server = fleet_of_two();
    let mut command = server.command(&["--", "sixshift", "why", ""]);
    command
        .env("SIXSHIFT_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "2");
    let text = said(&run(&mut command));
    assert!(
        text.contains("checkout") && text.contains("basket"),
        "{text}"
    );
    // `plan` takes files as well.
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bake.yaml"), "").expect("it can be written");
    for (begun, finds, not) in [
        (
            "",
            ["checkout", "basket", "bake.yaml"].as_slice(),
            "nothing",
        ),
        ("ba", &["basket", "bake.yaml"], "checkout"),
        ("./", &["./bake.yaml"], "basket"),
    ] {
        let mut command = server.command(&["--", "sixshift", "plan", begun]);
        command
            .current_dir(&folder)
            .env("SIXSHIFT_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", "2");
        let text = said(&run(&mut command));
        assert!(
            finds.iter().all(|name| text.contains(name)),
            "{begun}: {text}"
        );
        assert!(!text.contains(not), "{begun}: {text}");
    }
    let script = said(&bare(&["completions", "bash"]).output().expect("it starts"));
    assert!(script.contains("SIXSHIFT_COMPLETE"), "{script}");
}

#[test]
fn the_shell_completes_plan_names_after_every_verb_that_takes_a_plan() {
    let server = fleet_of_two();
    let help = said(&bare(&["--help"]).output().expect("it starts"));
    let verbs: Vec<&str> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))
        .collect();
    let mut takes = Vec::new();
    for verb in verbs {
        let usage = said(&bare(&[verb, "--help"]).output().expect("it starts"));
        let usage = usage.lines().find(|line| line.starts_with("Usage:"));
        // `context` names daemons; `preflight` and `rehearse` read files.
        let is_of_plans = usage.is_some_and(|u| u.contains("NAME") || u.contains("FILE|PLAN"));
        if !is_of_plans || verb == "context" {
            continue;
        }
        takes.push(verb.to_owned());
        for (begun, finds, not) in [("", "basket", "nothing"), ("ch", "checkout", "basket")] {
            let mut command = server.command(&["--", "sixshift", verb, begun]);
            command
                .env("SIXSHIFT_COMPLETE", "bash")
                .env("_CLAP_COMPLETE_INDEX", "2");
            let text = said(&run(&mut command));
            assert!(
                text.contains(finds) && !text.contains(not),
                "{verb} {begun}: {text}"
            );
        }
    }
    assert!(takes.len() >= 15, "{takes:?}");
}

#[test]
fn every_verb_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&mut bare(&["man", &folder.path().display().to_string()]));
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    for page in [
        "sixshift.1",
        "sixshift-why.1",
        "sixshift-wait.1",
        "sixshift-freeze.1",
    ] {
        let text = std::fs::read_to_string(folder.path().join(page)).expect("the page is there");
        assert!(text.contains(".SH NAME"), "{page}");
    }
}

#[test]
fn what_other_people_wrote_neither_drives_the_terminal_nor_turns_its_lines() {
    let server = Server::start();
    let mut event = sample::event(1, "command", "paused");
    event.actor = Some("eve".to_owned());
    event.reason = Some("\u{1b}[2J\u{202e}mlac lla".to_owned());
    server.answer(
        "GET /api/v1/events?limit=50",
        200,
        &json!({ "items": [event] }),
    );
    let problem = json!({ "code": "refused", "detail": "no \u{9b}31m", "remedy": "" });
    server.answer("GET /api/v1/plans/checkout", 409, &problem);
    for format in ["table", "wide", "json", "yaml"] {
        let told = said(&server.run(&["events", "-o", format]));
        assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told:?}");
        assert!(told.contains("u{202e}mlac lla"), "{told}");
    }
    let told = complained(&server.run(&["get", "checkout"]));
    assert!(told.contains(r"no \u{9b}31m"), "{told:?}");
}

#[test]
fn a_health_check_is_yes_or_no_and_takes_no_strangers_word() {
    let server = Server::start();
    server.page("GET /healthz", 200, "ok\n");
    let output = server.run(&["health"]);
    assert_eq!(
        (said(&output).as_str(), output.status.code()),
        ("ok\n", Some(0))
    );

    let hangs = Server::start();
    let problem = json!({ "type": "about:blank", "title": "Service Unavailable", "status": 503, "code": "unavailable",
        "detail": "the loop has not turned for a minute", "remedy": "" });
    hangs.answer("GET /healthz", 503, &problem);
    let output = hangs.run(&["health"]);
    assert_eq!(output.status.code(), Some(1));
    let told = complained(&output);
    assert!(told.contains("the loop has not turned"), "{told}");

    let stranger = Server::start();
    stranger.page("GET /healthz", 200, "<html>It works!</html>");
    let output = stranger.run(&["health"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("not as sixshift does"));
}
