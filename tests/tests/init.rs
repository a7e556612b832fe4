//! `sixshift init` over the region: each service gets a plan that lints and that the daemon carries out, or is told why not; and
//! nothing in AWS is written by it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;
use sixshift_tests::{
    Module, Server, binary, control, in_region, python_tests, said, venv, venv_of, without_people,
};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("sixshift-init-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn region(scenario: &str, services: &str, speed: &str) -> Server {
    let mut sim = Command::new(binary().expect("the binary is built"));
    sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", speed]);
    sim.args(["--scenario", scenario, "--services", services]);
    Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"))
}

fn sixshift(region: &Server, folder: &Folder, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary().expect("the binary is built"));
    in_region(&mut command, &region.url)
        .current_dir(&folder.0)
        .args(arguments)
        .output()
        .expect("it runs")
}

fn init(region: &Server, folder: &Folder, arguments: &[&str]) -> Output {
    let always = ["init", "--cluster", "prod", "--sim-clock", &region.url];
    sixshift(region, folder, &[&always, arguments].concat())
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{errors}"))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let services = report["services"].as_array().expect("services").iter();
    services
        .map(|s| (text(&s["service"]), text(&s["outcome"])))
        .collect()
}

/// Four came to that, and the fifth is behind a rule of another.
fn shares_a_rule(report: &Value, came: &str) -> bool {
    let others = |(service, outcome): &(&str, &str)| match *service {
        "catalog-pages" => *outcome == "refused",
        _ => *outcome == came,
    };
    let reason = &report["services"][2]["reasons"][0]["code"];
    outcomes(report).iter().all(others) && reason == "shared-route"
}

const SHORT: &str = "bake: 30m";

/// Short enough for a test; what is proven stays proven by the same evidence.
fn hurried(plans: &Path, bake: &str) {
    without_people(plans).expect("the plans can be written");
    for file in fs::read_dir(plans).expect("the folder is there") {
        let path = file.expect("its files can be listed").path();
        let text = fs::read_to_string(&path).expect("a plan can be read");
        let text = text
            .replace("bake: 1d", bake)
            .replace("keepCold: 3d", "keepCold: 1h");
        fs::write(&path, text).expect("a plan can be written");
    }
}

#[test]
fn what_is_proposed_lints_and_is_carried_out_and_a_covered_service_is_left_alone() {
    let folder = Folder::new("mix");
    let region = region("mix", "4", "600");
    let first = init(&region, &folder, &["-o", "json"]);
    let report = json(&first);
    assert_eq!(first.status.code(), Some(3), "{report:#}");
    assert!(shares_a_rule(&report, "written"), "{report:#}");
    let counters = control(&region.url, "GET", "counters", "").expect("the region answers");
    for write in [
        "Create", "Modify", "Update", "Put", "Delete", "Register", "Add",
    ] {
        assert!(
            !counters.contains(&format!(":{write}")),
            "{write}: {counters}"
        );
    }
    let lint = sixshift(&region, &folder, &["lint", "plans"]);
    assert_eq!(
        lint.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&lint.stderr)
    );
    let again = init(&region, &folder, &["-o", "json"]);
    let report = json(&again);
    assert!(shares_a_rule(&report, "covered"), "{report:#}");
    hurried(&folder.0.join("plans"), SHORT);
    let clock = ["--sim-clock", &region.url];
    let run = [
        "run",
        "--until-settled",
        "--timeout",
        "60d",
        "--plans",
        "plans",
    ];
    let ran = sixshift(&region, &folder, &[&run[..], &clock].concat());
    let told = String::from_utf8_lossy(&ran.stdout);
    // One of the four has code that fails on IPv6.
    assert_eq!(ran.status.code(), Some(4), "{told}");
    let done = told.matches("Done: all traffic is on IPv6.").count();
    assert!(done >= 3, "{told}");
}

#[test]
fn a_quiet_service_is_migrated_by_holds_that_its_traffic_fills() {
    let folder = Folder::new("quiet");
    let region = region("low-traffic", "1", "1200");
    let wrote = init(&region, &folder, &["--service", "checkout"]);
    let told = String::from_utf8_lossy(&wrote.stdout);
    assert_eq!(
        wrote.status.code(),
        Some(0),
        "{told}{}",
        String::from_utf8_lossy(&wrote.stderr)
    );
    let text = folder.text("plans/checkout.yaml");
    assert!(
        !text.contains("weight: 1%"),
        "too few would come of one in a hundred: {text}"
    );
    hurried(&folder.0.join("plans"), SHORT);
    let run = [
        "run",
        "--until-settled",
        "--timeout",
        "60d",
        "--plans",
        "plans",
    ];
    let ran = sixshift(
        &region,
        &folder,
        &[&run[..], &["--sim-clock", &region.url]].concat(),
    );
    assert_eq!(
        ran.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&ran.stdout)
    );
}

#[test]
fn no_file_is_written_over_unless_it_is_the_plans_own_and_that_was_asked_for() {
    let folder = Folder::new("files");
    let region = region("healthy", "1", "1");
    fs::create_dir_all(folder.0.join("plans")).expect("a folder");
    fs::write(folder.0.join("plans/checkout.yaml"), "notes: mine\n").expect("a file");
    for force in [&[][..], &["--force"]] {
        let taken = init(&region, &folder, &[&["-o", "json"], force].concat());
        assert_eq!(taken.status.code(), Some(3));
        assert_eq!(outcomes(&json(&taken)), [("checkout", "exists")]);
        assert_eq!(folder.text("plans/checkout.yaml"), "notes: mine\n");
    }
    fs::remove_file(folder.0.join("plans/checkout.yaml")).expect("a file");
    let wrote = init(&region, &folder, &[]);
    assert_eq!(
        wrote.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&wrote.stdout)
    );
    let proposed = folder.text("plans/checkout.yaml");
    let edited = proposed.replace("bake: 1d", "bake: 2d");
    fs::write(folder.0.join("plans/checkout.yaml"), &edited).expect("a file");
    let kept = init(&region, &folder, &["-o", "json"]);
    assert_eq!(outcomes(&json(&kept)), [("checkout", "covered")]);
    assert_eq!(folder.text("plans/checkout.yaml"), edited);
    let forced = init(&region, &folder, &["-o", "json", "--force"]);
    let report = json(&forced);
    assert_eq!(report["services"][0]["replaced"], true, "{report:#}");
    assert!(folder.text("plans/checkout.yaml").contains("bake: 1d"));
}

#[test]
fn a_plan_on_standard_output_is_one_that_lint_takes() {
    let folder = Folder::new("stdout");
    let region = region("many-routes", "1", "1");
    let printed = init(&region, &folder, &["--service", "checkout", "-o", "-"]);
    assert_eq!(
        printed.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&printed.stderr)
    );
    assert!(
        !folder.0.join("plans").exists(),
        "nothing is written beside it"
    );
    fs::write(folder.0.join("one.yaml"), &printed.stdout).expect("a file");
    let lint = sixshift(&region, &folder, &["lint", "one.yaml"]);
    assert_eq!(
        lint.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&lint.stderr)
    );
}

/// Somebody else changes the region.
fn made_harder(region: &Server, how: &str) {
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let output = Command::new(bin.join("python"))
        .arg(python_tests().join("hard_cases.py"))
        .args([&region.url, how])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("the environment has a Python");
    assert!(output.status.success(), "{}", said(&output));
}

fn codes(told: &Value) -> Vec<&str> {
    let reasons = told["reasons"].as_array().expect("reasons").iter();
    reasons
        .filter_map(|reason| reason["code"].as_str())
        .collect()
}

#[test]
fn who_cannot_be_migrated_is_told_why_beside_who_can() {
    let folder = Folder::new("hard");
    let region = region("healthy", "1", "60");
    made_harder(&region, "services");
    let all = init(&region, &folder, &["-o", "json"]);
    let report = json(&all);
    assert_eq!(all.status.code(), Some(3), "{report:#}");
    let outcomes = outcomes(&report);
    assert_eq!(
        outcomes,
        [
            ("blue", "refused"),
            ("checkout", "written"),
            ("worker", "written")
        ]
    );
    let services = &report["services"];
    assert!(codes(&services[0]).contains(&"controller"), "{report:#}");
    assert_eq!(services[2]["via"], "inPlace");
}

#[test]
fn a_vpc_without_ipv6_only_subnets_gets_code_for_them_that_linters_take() {
    let folder = Folder::new("bare");
    let region = region("healthy", "1", "60");
    made_harder(&region, "no-subnets");
    let refused = init(&region, &folder, &["-o", "json"]);
    let report = json(&refused);
    assert_eq!(refused.status.code(), Some(3), "{report:#}");
    let reason = &report["services"][0]["reasons"][0];
    assert_eq!(reason["code"], "no-ipv6-subnets");
    assert!(!folder.0.join("plans").exists());
    let prepare = |more: &[&str]| {
        let always = [
            "prepare",
            "checkout",
            "--cluster",
            "prod",
            "--sim-clock",
            &region.url,
        ];
        let output = sixshift(&region, &folder, &[&always, more].concat());
        assert!(output.status.success(), "{}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let template = prepare(&["-o", "cloudformation"]);
    assert_eq!(
        template.matches("Ipv6Native: true").count(),
        3,
        "{template}"
    );
    let code = prepare(&["-o", "terraform", "--nat64"]);
    assert_eq!(code.matches("ipv6_native").count(), 3, "{code}");
    fs::write(folder.0.join("network.yaml"), &template).expect("a file");
    let bin = venv_of(&python_tests().join("linters.txt")).unwrap_or_else(|e| panic!("{e}"));
    let lint = Command::new(bin.join("cfn-lint"))
        .args(["--regions", "eu-central-1", "--include-checks", "I", "--"])
        .arg(folder.0.join("network.yaml"))
        .output()
        .expect("the environment has it");
    assert!(lint.status.success(), "{}\n{template}", said(&lint));
    terraform_takes(&region, &code);
}

/// As it formats code; and where a registry gives it the provider, by what that knows.
fn terraform_takes(region: &Server, code: &str) {
    let module = Module::new("prepare", &region.url, &[]).expect("a temporary folder");
    fs::write(module.file("network.tf"), code).expect("a file");
    let Ok(formatted) = module.run(&["fmt", "-check", "-diff", "-no-color"]) else {
        println!("left out: there is no Terraform here");
        return;
    };
    assert!(formatted.status.success(), "{}\n{code}", said(&formatted));
    if let Some(why) = module.why_not() {
        println!("left out: Terraform cannot have AWS's provider: {why}");
        return;
    }
    let valid = module
        .run(&["validate", "-no-color"])
        .expect("it ran before");
    assert!(valid.status.success(), "{}\n{code}", said(&valid));
}

#[test]
fn what_may_not_be_read_is_named_and_nothing_is_guessed() {
    let folder = Folder::new("denied");
    let region = region("healthy", "1", "1");
    let denied = |action: &str| {
        let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": action, "Resource": "*" },
        ]});
        let held = control(&region.url, "POST", "policy", &policy.to_string());
        assert!(held.expect("the region answers").contains("true"));
        init(&region, &folder, &["-o", "json"])
    };
    let listing = denied("ecs:ListServices");
    assert_eq!(listing.status.code(), Some(1));
    assert!(
        said(&listing).contains("ecs:ListServices"),
        "{}",
        said(&listing)
    );
    let rules = denied("elasticloadbalancing:DescribeRules");
    let report = json(&rules);
    assert_eq!(rules.status.code(), Some(1), "{report:#}");
    let told = &report["services"][0];
    assert_eq!(told["outcome"], "unread");
    assert!(
        told.to_string()
            .contains("elasticloadbalancing:DescribeRules"),
        "{told:#}"
    );
    let subnets = denied("ec2:DescribeSubnets");
    let report = json(&subnets);
    assert_eq!(subnets.status.code(), Some(3), "{report:#}");
    assert_eq!(codes(&report["services"][0]), ["subnets-unread"]);
    // Without figures there is a plan, which says so.
    let figures = denied("cloudwatch:GetMetricData");
    assert_eq!(figures.status.code(), Some(0), "{}", said(&figures));
    let text = folder.text("plans/checkout.yaml");
    assert!(text.contains("What usually comes is not known"), "{text}");
}

#[test]
fn what_would_be_saved_is_told_with_what_was_assumed_and_why_it_would_not_pay() {
    let folder = Folder::new("savings");
    let region = region("mix", "4", "1");
    let savings = |more: &[&str]| {
        let always = [
            "savings",
            "--cluster",
            "prod",
            "--sim-clock",
            &region.url,
            "-o",
            "json",
        ];
        json(&sixshift(&region, &folder, &[&always, more].concat()))
    };
    let report = savings(&[]);
    assert_eq!(report["kind"], "SavingsReport");
    let services = report["services"].as_array().expect("services");
    assert!(
        services
            .iter()
            .all(|s| s["moves"] == true && s["bothSides"].as_f64() > Some(0.5)),
        "{report:#}"
    );
    let assumed = report["assumed"].as_array().expect("assumed");
    assert!(
        assumed[0].as_str().is_some_and(|a| a.contains("us-east-1")),
        "{report:#}"
    );
    for gateway in report["gateways"].as_array().expect("gateways") {
        // By what CloudWatch has of it: the services call somebody who has IPv4 addresses alone.
        assert!(gateway["gbAMonth"].as_f64() > Some(0.1), "{report:#}");
        let stays = gateway["stays"].as_array().expect("reasons");
        assert_eq!(
            report["pays"].as_bool(),
            Some(stays.is_empty()),
            "{report:#}"
        );
    }
    let one = savings(&["checkout"]);
    let moves = one["services"].as_array().expect("services").iter();
    assert_eq!(moves.filter(|s| s["moves"] == true).count(), 1, "{one:#}");
    let always = [
        "savings",
        "ghost",
        "--cluster",
        "prod",
        "--sim-clock",
        &region.url,
    ];
    let ghost = sixshift(&region, &folder, &always);
    assert_eq!(ghost.status.code(), Some(1), "{}", said(&ghost));
}

/// The exit code of a demo of each scenario by its team's plan: done, taken back, or a person is called.
const ENDS: &[(&str, i32)] = &[
    ("healthy", 0),
    ("binds-ipv4-only", 6),
    ("ipv4-literal", 4),
    ("slow-nat64", 4),
    ("degrades-in-bake", 4),
    ("breaks-above-25", 4),
    ("many-routes", 0),
    ("deploy-midway", 0),
    ("outside-edit", 6),
    ("low-traffic", 0),
    ("throttled-region", 0),
    ("alarm", 4),
    ("flaky-api", 0),
    ("mended-later", 0),
    ("bad-revision", 6),
    ("growing-load", 0),
    ("cross-zone-off", 0),
    ("grpc", 4),
    ("resting-alarm", 0),
    ("step-scaling", 6),
    ("ipv4-allow-list", 4),
    ("iac-reapply", 0),
    ("twin-deleted", 4),
    ("stuck-deploy", 6),
    ("ipv4-sick", 6),
    ("registry-beside", 0),
    ("log-lines", 0),
    // Only who names its lines knows.
    ("log-lines-bad", 0),
    ("big-fleet", 0),
];

/// The alarms that a team would name in its plan: no reader of AWS knows which of them speak for the service.
const ALARMS: &[(&str, &str)] = &[
    ("alarm", "checkout-orders-failed"),
    ("grpc", "checkout-orders-failed"),
    ("resting-alarm", "checkout-errors"),
];

/// A scenario's services by plans that `init` writes and a demo carries out.
fn carried_out(scenario: &str, end: i32) {
    let folder = Folder::new(scenario);
    let region = region(scenario, "1", "1");
    let report = json(&init(&region, &folder, &["-o", "json"]));
    let written = outcomes(&report).iter().any(|(_, came)| *came == "written");
    assert!(written, "{scenario}: {report:#}");
    let lints = || {
        let lint = sixshift(&region, &folder, &["lint", "plans"]);
        assert_eq!(lint.status.code(), Some(0), "{scenario}: {}", said(&lint));
    };
    lints();
    if let Some((_, alarm)) = ALARMS.iter().find(|(of, _)| *of == scenario) {
        let file = folder.0.join("plans/checkout.yaml");
        let named = format!("  health:\n    alarms: [{alarm}]\n");
        let text = folder.text("plans/checkout.yaml");
        fs::write(file, text.replacen("  health:\n", &named, 1)).expect("a plan can be written");
    }
    // It begins to fail two hours after it got everything.
    let bake = match scenario {
        "degrades-in-bake" => "bake: 6h",
        _ => SHORT,
    };
    hurried(&folder.0.join("plans"), bake);
    lints();
    let demo = [
        "demo",
        "--scenario",
        scenario,
        "--services",
        "1",
        "--speed",
        "max",
    ];
    let more = ["--listen", "off", "--timeout", "4d", "--plans", "plans"];
    let demo = sixshift(&region, &folder, &[&demo[..], &more].concat());
    let told = said(&demo);
    assert_eq!(demo.status.code(), Some(end), "{scenario}: {told}");
    assert!(
        told.contains("One more round changes nothing"),
        "{scenario}: {told}"
    );
}

#[test]
fn each_scenarios_services_get_plans_that_end_as_their_teams_do() {
    let all = sixshift_sim::scenario::names()
        .iter()
        .map(|(name, _)| *name);
    assert_eq!(
        all.collect::<Vec<_>>(),
        ENDS.iter().map(|(name, _)| *name).collect::<Vec<_>>()
    );
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((scenario, end)) = ENDS.get(next.fetch_add(1, Ordering::Relaxed)) {
            carried_out(scenario, *end);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for one in all {
            one.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

#[test]
fn what_is_not_there_is_told_with_what_to_do() {
    let folder = Folder::new("wrong");
    let region = region("healthy", "1", "1");
    let nowhere = sixshift(
        &region,
        &folder,
        &["init", "--cluster", "gone", "--sim-clock", &region.url],
    );
    let told = String::from_utf8_lossy(&nowhere.stderr);
    assert_eq!(nowhere.status.code(), Some(1), "{told}");
    assert!(
        told.contains("cluster gone") && told.contains("ClusterNotFoundException"),
        "{told}"
    );
    let missing = init(&region, &folder, &["--service", "ghost"]);
    let told = String::from_utf8_lossy(&missing.stdout);
    assert_eq!(missing.status.code(), Some(1), "{told}");
    assert!(
        told.contains("there is no service ghost in cluster prod"),
        "{told}"
    );
    let both = init(&region, &folder, &["--service", "ghost", "--all"]);
    assert_eq!(both.status.code(), Some(64));
}
