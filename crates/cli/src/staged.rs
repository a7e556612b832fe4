//! A named scenario made ready: the simulated region with its faults, and the plans a team would write for it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde_json::{Value, json};
use sixshift_core::plan::{Plan, parse};
use sixshift_sim::{
    Region,
    scenario::{self, Built, BuiltService},
};

/// Files of plans: name and text.
pub(crate) type Files = Vec<(PathBuf, String)>;

/// A region and what shall be done in it.
pub(crate) struct Staged {
    /// The region, not yet asked anything.
    pub(crate) region: Region,
    /// One plan a service.
    pub(crate) plans: Vec<Plan>,
    /// The same as files.
    pub(crate) files: Files,
    /// Plan name -> scenario.
    pub(crate) scenarios: BTreeMap<String, String>,
}

/// Which scenario, how large, from which seed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Choice {
    /// A scenario by name; `list` prints them; `mix` is several, and what a demo shows without a name.
    #[arg(long, value_name = "NAME", value_parser = known(), hide_possible_values = true)]
    pub(crate) scenario: Option<String>,
    /// How many services.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) services: Option<u16>,
    /// The seed of everything random.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The region is late, as AWS may be: what is read after a write may be up to so many seconds old.
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "8",
        default_value_t = 0.0,
        hide_default_value = true,
        value_parser = seconds
    )]
    pub(crate) lag: f64,
    /// Write down what is asked of the region and what it answers, a JSON object a line.
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) record: Option<PathBuf>,
}

impl Choice {
    /// Lets a region write down its calls where that is wanted.
    pub(crate) fn recorded(&self, region: &Region) -> anyhow::Result<()> {
        let Some(path) = &self.record else {
            return Ok(());
        };
        let file = std::fs::File::create(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        region.record(file);
        Ok(())
    }
}

/// How late a region may be.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=300.0).contains(&seconds) => Ok(seconds),
        _ => Err("0 to 300 seconds".to_owned()),
    }
}

/// What `--scenario` takes: clap then refuses other names, suggests one, and completes them.
fn known() -> PossibleValuesParser {
    const MORE: &[(&str, &str)] = &[(MIXED, "several of them"), ("list", "print them")];
    let all = scenarios().chain(MORE);
    let values: Vec<PossibleValue> = all
        .map(|(name, line)| PossibleValue::new(*name).help(*line))
        .collect();
    values.into()
}

/// Prints the scenarios' names with a line each.
pub(crate) fn list() -> String {
    scenarios()
        .map(|(name, line)| format!("{name:<20} {line}\n"))
        .collect()
}

/// Those with a load balancer, then those without.
fn scenarios() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let names = scenario::names().iter();
    names
        .chain(scenario::names_of_network())
        .chain(scenario::names_of_lattice())
        .chain(scenario::names_behind())
        .chain(scenario::names_without_load_balancer())
}

/// The name of the mix, which is what no name means too.
const MIXED: &str = "mix";
/// How many services the mix has.
const MIX: usize = 6;

/// Builds the world of a choice. Must be called inside the runtime whose time the region shall follow.
pub(crate) fn stage(choice: &Choice) -> anyhow::Result<Staged> {
    let services = choice.services.map(usize::from);
    let named = choice.scenario.as_deref().filter(|name| *name != MIXED);
    let built = match named {
        None => scenario::mix(services.unwrap_or(MIX), choice.seed)?,
        Some(name) => scenario::build(name, services, choice.seed)?,
    };
    let mixed = named.is_none();
    let Built {
        world,
        faults,
        bucket_share,
        services,
    } = built;
    let mut staged = Staged {
        region: Region::new(world, choice.seed),
        plans: Vec::new(),
        files: Vec::new(),
        scenarios: BTreeMap::new(),
    };
    choice.recorded(&staged.region)?;
    staged.region.set_bucket_share(bucket_share);
    staged.region.set_lag(choice.lag);
    for fault in faults {
        staged.region.inject(fault);
    }
    for service in services {
        let file = PathBuf::from(format!("{}.yaml", service.name));
        let text =
            serde_yaml::to_string(&document(&service, mixed)).context("cannot write a plan")?;
        staged
            .scenarios
            .insert(service.name.clone(), service.scenario.clone());
        match parse(&file, &text) {
            Ok(plans) => staged.plans.extend(plans),
            Err(mistakes) => bail!(
                "the plan for {} is not sound:\n{}",
                service.name,
                mistakes.render(false)
            ),
        }
        staged.files.push((file, text));
    }
    Ok(staged)
}

/// Writes the plans into a folder, made if need be.
pub(crate) fn write(files: &[(PathBuf, String)], folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The plan that the team of a service would write.
fn document(service: &BuiltService, mixed: bool) -> Value {
    let mut document = json!({
        "apiVersion": "sixshift/v1",
        "kind": "MigrationPlan",
        "metadata": { "name": service.name, "labels": { "scenario": service.scenario } },
        "spec": {
            "service": { "region": service.region, "cluster": service.cluster, "name": service.name },
            "ipv6": {
                "subnets": service.ipv6_subnets,
                "securityGroups": service.security_groups,
                "taskDefinition": { "env": { "AWS_USE_DUALSTACK_ENDPOINT": "true" } },
            },
        },
    });
    let spec = &mut document["spec"];
    let bake = bake(&service.scenario, mixed);
    let keep_cold = if mixed { "10m" } else { "1h" };
    if service.scenario.starts_with("task-count") {
        spec["shift"] = json!({ "via": "taskCount", "steps": tasks(), "bake": bake });
        spec["health"] = json!({ "alarms": service.alarms, "metrics": [failed_messages()] });
        spec["retire"] = json!({ "approval": "required", "keepCold": keep_cold });
        return document;
    }
    if service.scenario.starts_with("cloud-map") {
        spec["ipv6"]["registry"] = twins_name(service);
        spec["shift"] = json!({ "via": "cloudMap", "bake": bake });
        spec["health"] = json!({ "alarms": service.alarms, "metrics": [failed_requests()] });
        spec["retire"] = json!({ "approval": "required", "keepCold": keep_cold });
        return document;
    }
    if service.target_group.is_empty() {
        spec["shift"] = json!({ "via": "inPlace", "bake": bake });
        spec["health"] = json!({ "alarms": service.alarms });
        return document;
    }
    if service.scenario.starts_with("in-place-behind") {
        let how = json!({ "hold": "10m", "behindLoadBalancer": "accept" });
        spec["shift"] = json!({ "via": "inPlace", "inPlace": how, "bake": bake });
        spec["health"] = json!({ "errorRate": { "max": "1%" }, "latencyP99": { "max": "800ms" } });
        spec["retire"] = json!({ "approval": "required" });
        return document;
    }
    if is_of_flows(service) {
        let steps = json!([{ "clients": "ipv6", "hold": "5m" }, { "clients": "all" }]);
        spec["shift"] = json!({ "via": "nlb", "steps": steps, "bake": bake });
        spec["health"] = json!({ "errorRate": { "max": "1%" } });
    } else {
        let steps = steps(&service.scenario);
        let via = via(service);
        spec["shift"] = json!({ "via": via, "steps": steps, "bake": bake });
        spec["health"] = health(service);
    }
    if service.scenario == "registry-beside" {
        spec["ipv6"]["registry"] = twins_name(service);
    }
    spec["retire"] = json!({ "approval": "required", "keepCold": keep_cold });
    document
}

/// The name that its consumers move to.
fn twins_name(service: &BuiltService) -> Value {
    json!({ "name": format!("{}-ipv6", service.name) })
}

/// Whose weights lead to it.
fn via(service: &BuiltService) -> &'static str {
    let mut routes = service.routes.iter();
    match routes.any(|arn| arn.contains(":vpc-lattice:")) {
        true => "lattice",
        false => "albWeights",
    }
}

/// Whether a Network Load Balancer leads to it.
fn is_of_flows(service: &BuiltService) -> bool {
    let mut routes = service.routes.iter();
    routes.any(|arn| arn.contains(":listener/net/"))
}

fn tasks() -> Value {
    json!([
        { "weight": "10%", "hold": "5m" },
        { "weight": "50%", "hold": "5m" },
        { "weight": "100%" },
    ])
}

/// What the scenario's services tell of what they did, each side by itself: how much of it failed.
fn failed(namespace: &str, failures: &str, (word, done): (&str, &str)) -> Value {
    let of = |name| {
        json!({
            "namespace": namespace,
            "name": name,
            "dimensions": { "ServiceName": "{service}" },
            "statistic": "Sum",
        })
    };
    json!({
        "name": "failed",
        "expression": format!("100 * failed / (failed + {word})"),
        "using": { "failed": of(failures), word: of(done) },
        "max": 5,
    })
}

fn failed_messages() -> Value {
    failed(
        "Shop/Workers",
        "MessagesFailed",
        ("handled", "MessagesHandled"),
    )
}

fn failed_requests() -> Value {
    failed(
        "Shop/Names",
        "RequestsFailed",
        ("answered", "RequestsAnswered"),
    )
}

/// What the scenario's services write where they could not do something.
fn errors_in_log() -> Value {
    json!({ "name": "errors-in-log", "pattern": "ERROR|FATAL", "worseThanIpv4By": "100%" })
}

fn health(service: &BuiltService) -> Value {
    let mut health = json!({
        "errorRate": { "max": "1%", "worseThanIpv4By": "0.5%" },
        "latencyP99": { "max": "800ms", "worseThanIpv4By": "25%" },
    });
    if !service.alarms.is_empty() {
        health["alarms"] = json!(service.alarms);
    }
    if service.scenario.starts_with("log-lines") {
        health["logs"] = json!([errors_in_log()]);
    }
    if service.scenario == "low-traffic" {
        health["onTooFew"] = json!("approval");
    }
    health
}

fn steps(scenario: &str) -> Value {
    let mut steps = json!([
        { "weight": "1%", "hold": "5m" },
        { "weight": "10%", "hold": "5m" },
        { "weight": "25%", "hold": "5m" },
        { "weight": "50%", "hold": "5m" },
        { "weight": "100%" },
    ]);
    if scenario == "healthy" {
        steps[3]["gate"] = json!("approval");
    }
    steps
}

fn bake(scenario: &str, mixed: bool) -> &'static str {
    match scenario {
        _ if mixed => "15m",
        "healthy" => "24h",
        "degrades-in-bake" => "6h",
        _ => "30m",
    }
}
