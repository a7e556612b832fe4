//! Pages whose blocks are no commands of the product: parts of settings, of Terraform's and of a stack's code; and the soak.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use sixshift_tests::{control, in_region, markdown::Block};

use crate::{room::Room, terminal::Terminal, walk::Walk};

/// A daemon over the folder `plans`, which only looks.
const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans } }\njournal: { path: journal.redb }\n";
const URL: &str = "http://127.0.0.1:4566";
const REGION: &str = "export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any";

/// Parts of settings are read by the real parser, with the rest that every daemon needs.
pub(crate) fn sources(walk: &mut Walk) {
    let mut room = Room::new("sources");
    let mut terminal = room.terminal();
    for heading in ["A git repository", "A folder", "An S3 bucket"] {
        let part = walk.block(heading, "yaml");
        let settings = format!(
            "apiVersion: sixshift/v1\nkind: Settings\n{}journal: {{ path: journal.redb }}\n",
            part.text
        );
        room.write("sixshift.yaml", &settings);
        let said = terminal.runs("sixshift doctor --config sixshift.yaml");
        said.shows(&["the settings are sound"]);
        // The same with a slip: it is the parser that was asked.
        room.write("sixshift.yaml", &settings.replacen("poll", "pull", 1));
        let slip = terminal
            .runs("sixshift doctor --config sixshift.yaml")
            .ended(3);
        slip.shows(&["pull", "sixshift.yaml:"]);
    }
    let step = walk.not_run(
        "Publishing plans",
        "yaml",
        "it is a step of a pipeline; that its command publishes is tested over another project's S3",
    );
    let command = step
        .text
        .lines()
        .find_map(|line| line.trim().strip_prefix("run: "));
    let told = terminal.runs(command.expect("a step has a command"));
    told.ended(1).shows(&["plans/ is no folder"]);
    folder_of_links(&room, &mut terminal);
}

/// "A folder that is gone is an error, and not a folder without plans."
fn folder_of_links(room: &Room, terminal: &mut Terminal) {
    room.write("sixshift.yaml", "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: gone } }\njournal: { path: journal.redb }\n");
    terminal
        .runs("sixshift doctor --config sixshift.yaml")
        .ended(3)
        .shows(&["gone"]);
}

/// Receivers are read by the real parser, with the secrets that they name; the rest is what the daemon sends.
pub(crate) fn told(walk: &mut Walk) {
    let mut room = Room::new("told");
    let mut terminal = room.terminal();
    let part = walk.block("Being told", "yaml");
    let settings = format!("{SETTINGS}{}", part.text);
    room.write("sixshift.yaml", &settings);
    let said = terminal.runs("sixshift doctor --config sixshift.yaml");
    said.shows(&["the settings are sound"]);
    room.write(
        "sixshift.yaml",
        &settings.replacen("rolledBack", "rolledback", 1),
    );
    let slip = terminal.runs("sixshift doctor --config sixshift.yaml");
    slip.ended(3).shows(&["write rolledBack", "sixshift.yaml:"]);
    let pattern = walk.not_run(
        "A bus's event",
        "json",
        "it is a rule of the reader's; moto's bus is asked with one like it",
    );
    let pattern: Value = serde_json::from_str(&pattern.text).expect("the pattern is JSON");
    assert_eq!(pattern["source"], serde_json::json!(["sixshift"]));
    let message = walk.not_run(
        "A webhook's message",
        "json",
        "it is what a receiver gets; the daemon's own tests read each part of it",
    );
    let message: Value = serde_json::from_str(&message.text).expect("the message is JSON");
    assert_eq!(message["type"], "sixshift.v1.needsPerson");
    walk.not_run(
        "A webhook's message",
        "python",
        "it is the reader's; the daemon's own tests have Python run it on what was sent",
    );
}

/// The collector's settings are read by the real parser; what is sent to one is the daemon's own tests'.
pub(crate) fn traces(walk: &mut Walk) {
    let mut room = Room::new("traces");
    let mut terminal = room.terminal();
    let part = walk.block("Traces", "yaml");
    let settings = format!("{SETTINGS}{}", part.text);
    room.write("sixshift.yaml", &settings);
    let said = terminal.runs("sixshift doctor --config sixshift.yaml");
    said.shows(&["the settings are sound"]);
    room.write(
        "sixshift.yaml",
        &settings.replacen(":4318", ":4318/v1/traces", 1),
    );
    let slip = terminal.runs("sixshift doctor --config sixshift.yaml");
    slip.ended(3)
        .shows(&["without /v1/traces, which is appended", "sixshift.yaml:"]);
}

/// A plan's steps and a daemon's settings are read by the real parsers; the question is what a gate gets.
pub(crate) fn gates(walk: &mut Walk) {
    let mut room = Room::new("gates");
    let mut terminal = room.terminal();
    let steps = walk.block("Gates", "yaml");
    let gate = walk.block("A webhook", "yaml");
    let inline = "gate: { webhook: { url: https://gates.example.com/sixshift } }";
    assert!(steps.text.contains(inline), "{}", steps.text);
    let plan = |gate: &str, indent: &str| {
        let shift = steps.text.replacen(&format!(", {inline}"), "", 1);
        let shift = shift.replacen(
            "- { weight: 10%, hold: 15m }",
            &format!("- weight: 10%\n      hold: 15m\n{gate}"),
            1,
        );
        let shift: String = shift
            .lines()
            .map(|line| format!("{indent}{line}\n"))
            .collect();
        format!(
            "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: checkout }}\nspec:\n  \
             service: {{ region: eu-central-1, cluster: prod, name: checkout }}\n  \
             ipv6: {{ subnets: [subnet-0a1b2c3d4e5f60718] }}\n{shift}  health: {{ errorRate: {{ max: 1% }} }}\n"
        )
    };
    let indented: String = gate
        .text
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect();
    for gate in [format!("      {inline}\n"), indented] {
        room.write("a.yaml", &plan(&gate, "  "));
        terminal.runs("sixshift lint a.yaml").ended(0);
        room.write("a.yaml", &plan(&gate.replacen("https", "htps", 1), "  "));
        let slip = terminal.runs("sixshift lint a.yaml").ended(3);
        slip.shows(&["gate.webhook.url", "no address of a webhook"]);
    }
    let question = walk.not_run(
        "A webhook",
        "json",
        "it is what a webhook gets; the daemon's own tests read each part of it",
    );
    let question: Value = serde_json::from_str(&question.text).expect("the question is JSON");
    assert_eq!(question["kind"], "GateQuestion");
    let part = walk.block("A webhook", "yaml");
    let settings = format!("{SETTINGS}{}", part.text);
    room.write("sixshift.yaml", &settings);
    let said = terminal.runs("sixshift doctor --config sixshift.yaml");
    said.shows(&["the settings are sound"]);
    room.write(
        "sixshift.yaml",
        &settings.replacen("gates.internal", "http://gates.internal", 1),
    );
    let slip = terminal.runs("sixshift doctor --config sixshift.yaml");
    slip.ended(3)
        .shows(&["without scheme and port", "sixshift.yaml:"]);
}

/// Code for others' tools: what it says is held against what preflight tells a reader to write.
pub(crate) fn code(walk: &mut Walk) {
    let mut room = Room::new("code");
    let mut terminal = room.terminal();
    let hcl = walk.not_run(
        "While it moves",
        "hcl",
        "it is a part of the reader's own code, with dots for the rest; its lines are those of preflight, and Terraform reads it",
    );
    terraform_reads(&room, &mut terminal, &hcl);
    let policy = walk.not_run(
        "While it moves",
        "json",
        "no simulated region has CloudFormation; its form is looked at",
    );
    stack_policy(&policy);
    let judged = "it needs a migration that is done, and Terraform's state of it: tests/tests/handover has both, and judges of what it writes";
    for tool in ["Terraform", "CloudFormation"] {
        walk.not_run(tool, "sh", judged);
    }
    preflight_says(&mut room, &hcl, &policy);
}

fn terraform_reads(room: &Room, terminal: &mut Terminal, hcl: &Block) {
    room.write("code.tf", &hcl.text);
    let there = terminal.runs("terraform version");
    if there.code == 0 {
        // It reads the whole language, and wants its own layout.
        terminal.does("terraform fmt -check -diff code.tf");
    } else {
        println!(
            "::warning title=Terraform left out::{} was not read by Terraform, which this machine has not",
            hcl.place
        );
    }
}

/// A service whose tags name Terraform, and a rule whose tags name a stack: what preflight tells their writers is what the page has.
fn preflight_says(room: &mut Room, hcl: &Block, policy: &Block) {
    let (mut region, mut reader) = (room.terminal(), room.terminal());
    let sim = "sixshift sim --scenario many-routes --speed 60 --write-plans plans";
    region.begins(sim, "listening on");
    reader.does("sed -i.bak 's/^spec:/spec:\\n  paused: true/' plans/*.yaml && rm plans/*.bak");
    room.write("sixshift.yaml", SETTINGS);
    let tree = looked_at(room, &mut reader, "rule");
    by_terraform(&tree);
    let wanted = hcl.text.lines().map(str::trim);
    let wanted: Vec<&str> = wanted.filter(|l| l.starts_with("lifecycle ")).collect();
    assert_eq!(
        wanted.len(),
        3,
        "a rule, a listener, a service: {}",
        hcl.text
    );
    let tree = looked_at(room, &mut reader, "managed by Terraform");
    for line in wanted {
        assert!(
            tree.contains(line),
            "preflight does not say {line:?}:\n{tree}"
        );
    }
    by_a_stack(&tree);
    // The page's Deny names a rule; preflight's the one that the stack knows it by.
    let tree = looked_at(room, &mut reader, "CheckoutListenerRule");
    let policy: Value = serde_json::from_str(&policy.text).expect("it was just read");
    for statement in policy["Statement"].as_array().expect("statements") {
        let resource = statement["Resource"].as_str().unwrap_or_default();
        let action = statement["Action"].as_str().unwrap_or_default();
        let resource = resource.trim_end_matches('*');
        assert!(
            tree.contains(resource) && tree.contains(action),
            "{statement}:\n{tree}"
        );
    }
}

/// What a daemon that knows nothing yet shows of the plan, once it has something; tags of routes are read once a day.
fn looked_at(room: &mut Room, reader: &mut Terminal, wanted: &str) -> String {
    let mut daemon = room.terminal();
    daemon.does(REGION);
    let run = "sixshift run --config sixshift.yaml --sim-clock http://127.0.0.1:4566";
    daemon.begins(run, "sixshift has started");
    let tree = reader.until("sixshift tree checkout -o json", wanted);
    daemon.ctrl_c().ended(0);
    tree.out
}

/// Whoever wrote it in code gave it a tag, as `default_tags` do.
fn by_terraform(tree: &str) {
    let script = "import boto3, sys\n\
        for arn in sys.argv[1:]:\n\
        \x20   if ':ecs:' in arn:\n\
        \x20       boto3.client('ecs', 'eu-central-1').tag_resource(resourceArn=arn, tags=[{'key': 'ManagedBy', 'value': 'terraform'}])\n\
        \x20   else:\n\
        \x20       boto3.client('elbv2', 'eu-central-1').add_tags(ResourceArns=[arn], Tags=[{'Key': 'ManagedBy', 'Value': 'terraform'}])\n";
    let bin = sixshift_tests::venv().unwrap_or_else(|e| panic!("{e}"));
    let mut python = Command::new(bin.join("python"));
    let status = in_region(python.arg("-c").arg(script).args(arns(tree)), URL).status();
    assert!(status.is_ok_and(|s| s.success()), "the region takes tags");
}

fn by_a_stack(tree: &str) {
    let all = arns(tree);
    let rule = all
        .iter()
        .find(|arn| arn.contains(":listener-rule/"))
        .expect("it has a rule");
    let tags = r#"{"aws:cloudformation:stack-name": "shop", "aws:cloudformation:logical-id": "CheckoutListenerRule"}"#;
    let body = format!("{{\"arn\": \"{rule}\", \"tags\": {tags}}}");
    control(URL, "POST", "tags", &body).expect("the region answers");
}

/// Everything of a tree that has an ARN and may have tags.
fn arns(tree: &str) -> BTreeSet<&str> {
    let literals = tree
        .split('"')
        .filter(|literal| literal.starts_with("arn:"));
    literals.filter(|arn| !arn.contains(":task")).collect()
}

fn stack_policy(block: &Block) {
    let policy: Value =
        serde_json::from_str(&block.text).unwrap_or_else(|e| panic!("{}: {e}", block.place));
    let statements = policy["Statement"]
        .as_array()
        .expect("a list of statements");
    for statement in statements {
        assert!(
            ["Allow", "Deny"].contains(&statement["Effect"].as_str().unwrap_or_default()),
            "{statement}"
        );
        let action = statement["Action"].as_str().unwrap_or_default();
        assert!(
            action.starts_with("Update:"),
            "a stack's policy speaks of updates: {statement}"
        );
        // AWS knows these two forms of a resource, and only everybody as the principal.
        let resource = statement["Resource"].as_str().unwrap_or_default();
        assert!(
            resource == "*" || resource.starts_with("LogicalResourceId/"),
            "{statement}"
        );
        assert_eq!(statement["Principal"], "*", "{statement}");
    }
    assert!(
        statements.iter().any(|s| s["Effect"] == "Deny"),
        "something is kept from an update"
    );
}

/// The statement is a role's; the verb's own tests ask under it.
pub(crate) fn deps(walk: &mut Walk) {
    let why = "it is a statement of a policy; tests/tests/deps.rs asks under exactly it";
    walk.not_run("What it needs", "json", why);
}

/// It is built for hours on all processors; its own tests read these commands with its own parser.
pub(crate) fn soak(walk: &mut Walk) {
    let why = "a release build and hours of seeds; tests/soak reads every command here with the soak's own parser";
    walk.not_run("The soak: for whoever changes sixshift", "sh", why);
    walk.not_run("The table of edits", "sh", why);
}
