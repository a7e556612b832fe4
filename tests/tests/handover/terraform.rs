//! A team's module is applied, its service migrated, and what the hand-over tells is done to the team's code by the letter: a plan
//! imports, and adds, changes and destroys nothing; nothing in the region is written by its apply.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use sixshift_tests::{Module, Server, binary, control, said};

use crate::{Daemon, drives, folder};

/// Holds as short as plans take.
const PLAN: &str = "apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: checkout }
spec:
  service: { region: eu-central-1, cluster: terraformed, name: checkout }
  ipv6: { subnets: [SUBNETS] }
  shift:
    steps: [{ weight: 50%, hold: 3m }, { weight: 100% }]
    bake: 5m
  health: { errorRate: { max: 5% } }
  retire: { approval: none, keepCold: 1m, delete: [service, targetGroup] }
";

/// Terraform on a module that is there.
fn terraform(module: &Module, arguments: &[&str]) -> String {
    let output = module.run(arguments).expect("terraform was just asked");
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_plan_after_the_hand_over_imports_and_does_nothing_else() {
    let mut sim = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
    sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", "60"]);
    let region = Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"));
    let files = ["main.tf", "checkout.tf"];
    let module = Module::new("handover", &region.url, &files).expect("a temporary folder");
    if let Some(why) = module.why_not() {
        println!("::warning title=Terraform left out::no hand-over was judged by Terraform: {why}");
        return;
    }
    terraform(&module, &["fmt", "-check", "-diff"]);
    terraform(&module, &["apply", "-auto-approve", "-no-color"]);
    let daemon = migrating(&region.url, &module);
    drives(&region.url, "service/terraformed/checkout-ipv6");
    let early = daemon.asked(&["handover", "checkout", "-o", "terraform"]);
    assert_eq!(early.status.code(), Some(3), "{}", said(&early));
    assert!(
        early.stdout.is_empty() && said(&early).contains("not done"),
        "{}",
        said(&early)
    );
    daemon.is_done("checkout");

    let state = module.file("state.json");
    fs::write(&state, terraform(&module, &["show", "-json"])).expect("a temporary folder");
    let file = state.to_string_lossy();
    let arguments = ["handover", "checkout", "-o", "terraform", "--state", &file];
    let written = daemon.asked(&arguments);
    // A scheduled action, which the provider cannot import, lacks, and is told.
    assert_eq!(written.status.code(), Some(3), "{}", said(&written));
    let lacks = String::from_utf8_lossy(&written.stderr).into_owned();
    assert!(
        lacks.lines().count() == 1 && lacks.contains("evening"),
        "{lacks}"
    );
    let code = String::from_utf8_lossy(&written.stdout).into_owned();
    fs::write(module.file("handover.tf"), &code).expect("a temporary folder");
    terraform(&module, &["fmt", "-check", "-diff"]);
    follow(&code, &module.file("checkout.tf"));

    let plan = terraform(&module, &["plan", "-no-color"]);
    let told = code.lines().find_map(|line| {
        line.split('"')
            .nth(1)
            .filter(|_| line.contains("to import"))
    });
    let told = told.expect("it says what a plan will say");
    assert_eq!(
        told,
        "Plan: 7 to import, 0 to add, 0 to change, 0 to destroy."
    );
    assert!(plan.contains(told), "{plan}");
    let before = writes(&region.url);
    terraform(&module, &["apply", "-auto-approve", "-no-color"]);
    assert_eq!(writes(&region.url), before, "the apply wrote to AWS");
    // Exit code 2 of this one would be a change.
    terraform(&module, &["plan", "-detailed-exitcode", "-no-color"]);
    stays_without_its_blocks(&module, &code);

    // What the state has, code has: nothing is left to take over, and nothing is imported twice.
    fs::write(&state, terraform(&module, &["show", "-json"])).expect("a temporary folder");
    let again = daemon.asked(&arguments);
    let again = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(
        !again.contains("\nimport {") && !again.contains("\nremoved {"),
        "{again}"
    );
}

/// `import` and `removed` blocks have done their work.
fn stays_without_its_blocks(module: &Module, code: &str) {
    let at = code.find("\nimport {").expect("there are such blocks");
    fs::write(module.file("handover.tf"), &code[..at]).expect("a temporary folder");
    terraform(module, &["plan", "-detailed-exitcode", "-no-color"]);
}

/// The region's customers come, and a daemon moves them.
fn migrating(region: &str, module: &Module) -> Daemon {
    let state: Value =
        serde_json::from_str(&terraform(module, &["show", "-json"])).expect("it is JSON");
    let resources = state["values"]["root_module"]["resources"].as_array();
    let subnets = resources.into_iter().flatten();
    let subnets = subnets.filter(|r| r["type"] == "aws_subnet" && r["name"] == "ipv6");
    let subnets: Vec<&str> = subnets.filter_map(|r| r["values"]["id"].as_str()).collect();
    let folder = folder("terraform");
    let plan = PLAN.replace("SUBNETS", &subnets.join(", "));
    fs::write(folder.join("plans/checkout.yaml"), plan).expect("a temporary folder");
    for path in ["/", "/pay/now"] {
        let asking = serde_json::json!({
            "service": "checkout", "loadBalancer": "terraformed", "port": 8081, "host": "shop.example", "path": path, "rate": 20,
        });
        control(region, "POST", "traffic", &asking.to_string()).expect("the region answers");
    }
    Daemon::start(folder, region)
}

/// How often each operation was accepted that is no reading.
fn writes(region: &str) -> Vec<(String, u64)> {
    let counters = control(region, "GET", "counters", "").expect("the region answers");
    let counters: Value = serde_json::from_str(&counters).expect("it is JSON");
    let accepted = counters["accepted"]
        .as_object()
        .expect("counts by operation");
    let reads = |name: &str| {
        let operation = name.rsplit([':', '.']).next().unwrap_or(name);
        ["Describe", "List", "Get"]
            .iter()
            .any(|verb| operation.starts_with(verb))
    };
    let writes = accepted.iter().filter(|(name, _)| !reads(name));
    writes
        .map(|(name, n)| (name.clone(), n.as_u64().unwrap_or_default()))
        .collect()
}

/// Does to the team's code what the comments tell, and nothing else.
fn follow(code: &str, file: &Path) {
    let mut text = fs::read_to_string(file).expect("the team's code");
    let told: Vec<&str> = code.lines().take_while(|l| l.starts_with('#')).collect();
    let edits = told
        .iter()
        .position(|l| l.starts_with("# 3."))
        .expect("a third step");
    let (gone, edits) = told.split_at(edits);
    for line in gone.iter().filter_map(|l| l.strip_prefix("#    - ")) {
        text = text.replace(&resource(&text, line), "");
    }
    let mut rest = edits.iter().peekable();
    while let Some(line) = rest.next() {
        let Some(edit) = line.strip_prefix("#    - ") else {
            continue;
        };
        let address = edit.split(' ').next().expect("an address");
        let lines = std::iter::from_fn(|| rest.next_if(|l| **l == "#" || l.starts_with("#      ")));
        let lines: Vec<&str> = lines.map(|l| l.trim_start_matches('#')).collect();
        let block = resource(&text, address);
        text = text.replace(&block, &edited(&block, &lines.join("\n")));
    }
    fs::write(file, text).expect("a temporary folder");
}

/// A resource's block in the code.
fn resource(text: &str, address: &str) -> String {
    let (kind, name) = address.split_once('.').expect("a type and a name");
    let head = format!("resource \"{kind}\" \"{name}\" {{\n");
    let at = text
        .find(&head)
        .unwrap_or_else(|| panic!("{address} is in the code"));
    let end = text[at..].find("\n}\n").expect("it ends") + 3;
    text[at..at + end].to_owned()
}

/// The block with other lines in place of those of the same name.
fn edited(block: &str, lines: &str) -> String {
    let lines = lines.trim_matches('\n');
    let name = lines
        .split_whitespace()
        .next()
        .expect("a block or an argument");
    let at = block
        .find(&format!("\n  {name} "))
        .unwrap_or_else(|| panic!("{name}: {block}"))
        + 1;
    let is_block = block[at..].lines().next().is_some_and(|l| l.ends_with('{'));
    let end = if is_block { "\n  }\n" } else { "\n" };
    let end = at + block[at..].find(end).expect("it ends") + end.len();
    format!("{}{lines}\n{}", &block[..at], &block[end..])
}

/// Why schedules stand in comments: with a provider that imports them this fails, and they are resources like all others.
#[test]
fn the_provider_imports_no_scheduled_action() {
    let mut sim = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
    sim.args(["sim", "--listen", "127.0.0.1:0"]);
    let region = Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"));
    let module = Module::new("importer", &region.url, &["main.tf"]).expect("a temporary folder");
    if let Some(why) = module.why_not() {
        println!("::warning title=Terraform left out::nobody was asked what it imports: {why}");
        return;
    }
    let code = r#"
import {
  to = aws_appautoscaling_scheduled_action.evening
  id = "ecs/service/terraformed/checkout/evening"
}

resource "aws_appautoscaling_scheduled_action" "evening" {
  name               = "evening"
  service_namespace  = "ecs"
  resource_id        = "service/terraformed/checkout"
  scalable_dimension = "ecs:service:DesiredCount"
  schedule           = "cron(0 20 * * ? *)"

  scalable_target_action {
    min_capacity = 1
  }
}
"#;
    fs::write(module.file("importer.tf"), code).expect("a temporary folder");
    let arguments = [
        "plan",
        "-no-color",
        "-target=aws_appautoscaling_scheduled_action.evening",
    ];
    let output = module.run(&arguments).expect("terraform was just asked");
    assert!(
        said(&output).contains("aws_appautoscaling_scheduled_action doesn't support import"),
        "{}",
        said(&output)
    );
}
