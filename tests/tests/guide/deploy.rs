//! Running it: the page has no block, but it claims what a program can look at: answers, ends, and what stands in the files that it
//! names. That they are there is every page's promise (`tests/tests/documents.rs`).

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use sixshift_tests::checkout;

use crate::{room::Room, terminal::Terminal};

const PAGE: &str = "deploy/README.md";
const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
    journal: { path: state/journal.redb }\nlog: { filter: FILTER }\n";
const AWS: &str = "export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=any \
    AWS_SECRET_ACCESS_KEY=any";
/// The shell waits for it, as a container's runtime does.
const RUN: &str = "sixshift run --config sixshift.yaml & echo $! > daemon.pid; while kill -0 $!; do wait $!; code=$?; done; (exit $code)";
/// What the page promises of an end, and a runtime of a container gives before it kills.
const AN_END: Duration = Duration::from_secs(10);

pub(crate) fn claims() {
    let page = fs::read_to_string(checkout().join(PAGE)).expect("the page is text");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let claims = |words: &str| assert!(page.contains(words), "{PAGE} no longer claims: {words}");
    let mut room = Room::new("deploy");
    let (mut region, mut daemon, mut reader) = (room.terminal(), room.terminal(), room.terminal());
    let sim = "sixshift sim --scenario healthy --services 1 --write-plans plans";
    region.begins(sim, "listening on");
    region.ctrl_c();
    room.write("sixshift.yaml", &SETTINGS.replace("FILTER", "info"));
    daemon.does(AWS);
    reader.does(AWS);

    claims("`/healthz` says whether the loop turns");
    claims("`/readyz` whether it has looked at everything and is not ending");
    daemon.begins(RUN, "sixshift has started");
    assert_eq!(status(&mut reader, "healthz"), "200");
    assert_eq!(status(&mut reader, "readyz"), "503", "AWS is not there");
    region.begins(sim, "listening on");
    reader.until("curl --silent http://127.0.0.1:8686/readyz", "ok");
    claims("`/metrics` is for Prometheus");
    let figures = reader.does("curl --silent http://127.0.0.1:8686/metrics");
    figures.shows(&["# TYPE sixshift_"]);

    claims("A daemon whose clock differs from AWS's by half a minute or more");
    claims("changes nothing until it is set right, and says so");
    let ready = reader.until(
        "curl --silent http://127.0.0.1:8686/readyz",
        "AWS's clock is",
    );
    ready.shows(&["nothing goes forward"]);

    claims("the journal's file is locked, and a second daemon on it does not start");
    let second = reader.runs("sixshift run --config sixshift.yaml");
    assert!(
        second.code != 0,
        "a second daemon started: {}",
        second.all()
    );
    second.shows(&["another process"]);

    claims("SIGHUP takes over the log's filter from the settings");
    room.write("sixshift.yaml", &SETTINGS.replace("FILTER", "debug"));
    reader.does("kill -HUP $(cat daemon.pid)");
    daemon.shows("the log's filter is debug now");

    claims("it ends within ten seconds of SIGTERM");
    let since = Instant::now();
    reader.does("kill -TERM $(cat daemon.pid)");
    daemon.waits().ended(0);
    assert!(since.elapsed() < AN_END, "after {:?}", since.elapsed());
    region.ctrl_c();
}

fn status(reader: &mut Terminal, path: &str) -> String {
    let asked = "curl --silent --output /dev/null --write-out '%{http_code}'";
    reader
        .does(format!("{asked} http://127.0.0.1:8686/{path}"))
        .out
}

/// What the page says of the files that it names.
pub(crate) fn files() {
    let file = |name: &str| fs::read_to_string(checkout().join(name)).expect(name);
    let page = file(PAGE);
    let settings = "/etc/sixshift/sixshift.yaml";
    assert!(page.contains(settings) && file("Dockerfile").contains(settings));
    let policy = file("deploy/iam/policy.json");
    let policy: Value = serde_json::from_str(&policy).expect("the policy is JSON");
    let statements = policy["Statement"].as_array().expect("statements");
    let of = |sid: &str| statements.iter().find(|s| s["Sid"] == sid);
    for sid in ["SignInActions", "Namespaces"] {
        assert!(
            page.contains(&format!("`{sid}`")) && of(sid).is_some(),
            "{sid}"
        );
    }
    let sign_in = of("SignInActions").expect("it is there").to_string();
    assert!(sign_in.contains("cognito-idp:"), "{sign_in}");
    let words = policy.to_string();
    let arns = words.matches("\"arn:").count();
    assert_eq!(words.matches("\"arn:*:").count(), arns, "any partition's");
    let ec2: Vec<&str> = words.split('"').filter(|w| w.starts_with("ec2:")).collect();
    assert_eq!(ec2, ["ec2:DescribeSubnets"], "nothing else needs EC2");
}
