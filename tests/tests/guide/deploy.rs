//! Running it: its blocks need an AWS account, so each is held to the templates and to the binary that it would call; and the page
//! claims what a program can look at: answers, ends, and what stands in the files that it names. That they are there is every page's
//! promise (`tests/tests/documents.rs`). That the templates can be deployed is tests/tests/templates.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use sixshift_tests::checkout;

use crate::{room::Room, terminal::Terminal, walk::Walk};

const PAGE: &str = "deploy/README.md";
const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
    journal: { path: state/journal.redb }\nlog: { filter: FILTER }\n";
const AWS: &str = "export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=any \
    AWS_SECRET_ACCESS_KEY=any";
/// The shell waits for it, as a container's runtime does.
const RUN: &str = "sixshift run --config sixshift.yaml & echo $! > daemon.pid; while kill -0 $!; do wait $!; code=$?; done; (exit $code)";
/// What the page promises of an end, and a runtime of a container gives before it kills.
const AN_END: Duration = Duration::from_secs(10);

/// The commands of each step, against what they name.
pub(crate) fn follow(walk: &mut Walk) {
    let file = |name: &str| fs::read_to_string(checkout().join(name)).expect(name);
    let account = "it needs an AWS account; tests/tests/templates deploys the templates to moto";
    let image = walk.not_run(
        "1. The image",
        "sh",
        "it pushes to a registry; CI builds the image and deploy/image/check starts it",
    );
    assert!(image.text.contains("\ndeploy/image/build docker://"));
    let template = file("deploy/cloudformation/sixshift.yaml");
    let parameters = |text: &str| {
        let given = text
            .split_once("--parameter-overrides")
            .expect("it has some");
        let given: Vec<String> = given.1.split_whitespace().filter_map(name_of).collect();
        let known = |name: &String| template.contains(&format!("\n  {name}:\n    Type: "));
        let unknown: Vec<_> = given.iter().filter(|name| !known(name)).collect();
        assert!(unknown.is_empty(), "the template has no {unknown:?}");
        given.len()
    };
    let stack = walk.not_run("2. The daemon", "sh", account);
    assert_eq!(parameters(&stack.text), 7);
    let module = walk.not_run("2. The daemon", "hcl", account);
    let variables = file("deploy/terraform/variables.tf");
    for line in module.text.lines().filter(|line| line.contains(" = ")) {
        let name = line.split('=').next().unwrap_or_default().trim();
        let is_there = variables.contains(&format!("variable \"{name}\" {{"));
        assert!(is_there || name == "source", "the module has no {name}");
    }
    let page = walk.not_run("3. The page", "sh", account);
    assert_eq!(parameters(&page.text), 10);
    let terminal = walk.block("4. A terminal", "sh");
    let output = "OutputKey=='OperatorTokenArn'";
    assert!(terminal.text.contains(output) && template.contains("\n  OperatorTokenArn:\n"));
    let mut room = Room::new("deploy-terminal");
    let mut reader = room.terminal();
    let commands = terminal.commands();
    let ours = commands
        .iter()
        .filter(|c| c.text.starts_with("sixshift context"));
    let named: Vec<_> = ours.map(|command| reader.does(command)).collect();
    assert_eq!((named.len(), commands.len()), (1, 4));
    named[0].shows(&["sixshift.token"]);
}

/// `Vpc` of `Vpc=vpc-…`.
fn name_of(word: &str) -> Option<String> {
    let name = word.split_once('=')?.0;
    name.starts_with(|c: char| c.is_ascii_uppercase())
        .then(|| name.to_owned())
}

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
    claims("`sixshift health` asks it");
    reader.does("sixshift health").shows(&["ok"]);
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

    claims("SIGHUP takes over the log's filter and who may do what from the settings");
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
    let ends = |name: &str| {
        let text = file(name);
        let from = text
            .find("\nFROM scratch\n")
            .expect("it ends in an image of its own");
        let lines = text[from..]
            .lines()
            .filter(|line| !line.starts_with("COPY "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let image = ends("deploy/image/Containerfile");
    assert_eq!(image, ends("Dockerfile"), "two ways to one image");
    assert!(page.contains(settings) && image.iter().any(|line| line.contains(settings)));
    let policy = file("deploy/iam/policy.json");
    let policy: Value = serde_json::from_str(&policy).expect("the policy is JSON");
    let statements = policy["Statement"].as_array().expect("statements");
    let of = |sid: &str| statements.iter().find(|s| s["Sid"] == sid);
    for sid in statements.iter().filter_map(|s| s["Sid"].as_str()) {
        assert!(page.contains(&format!("`{sid}`")), "{sid} is not explained");
    }
    let reads: Value =
        serde_json::from_str(&file("deploy/iam/preflight.json")).expect("it is JSON");
    let reads = reads["Statement"].as_array().expect("statements").iter();
    for sid in reads.filter_map(|s| s["Sid"].as_str()) {
        assert!(page.contains(&format!("`{sid}`")), "{sid} is not explained");
    }
    let template = file("deploy/cloudformation/sixshift.yaml");
    let alarms = template
        .split("\n  ")
        .filter_map(|part| part.strip_suffix(":"));
    let alarms: Vec<&str> = alarms
        .filter(|name| {
            template.contains(&format!("\n  {name}:\n    Type: AWS::CloudWatch::Alarm\n"))
        })
        .collect();
    assert_eq!(alarms.len(), 6, "{alarms:?}");
    for alarm in alarms {
        assert!(page.contains(&format!("| `{alarm}` |")), "{alarm}");
    }
    let sign_in = of("SignInActions").expect("it is there").to_string();
    assert!(sign_in.contains("cognito-idp:"), "{sign_in}");
    let words = policy.to_string();
    let arns = words.matches("\"arn:").count();
    assert_eq!(words.matches("\"arn:*:").count(), arns, "any partition's");
    let ec2: Vec<&str> = words.split('"').filter(|w| w.starts_with("ec2:")).collect();
    let is_read = |action: &&str| action.starts_with("ec2:Describe");
    assert!(ec2.iter().all(is_read), "EC2 is only read: {ec2:?}");
}
