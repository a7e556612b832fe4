//! What a check foretells where nobody may waive it: AWS refuses whoever goes on in spite of it, or has what was foretold.
//!
//! Each is shown twice: the check names what is wrong, and the twin is begun all the same, by the calls that a migration makes. What
//! may be waived is shown by a daemon (`crates/controller/tests/ends/foretold.rs`).

mod edits;
mod table;

use serde_json::Value as Json;
use sixshift_core::{
    plan::Plan,
    readiness::{Severity, Waiving, checks, findings},
};
use sixshift_sim::{
    Value,
    services::{self, Service},
};

use crate::ground::{Ground, pass};
use table::FORETOLD;

/// A fault that a check names, and how AWS refuses what follows: the operation, and words of its message.
struct Foretold {
    code: &'static str,
    fault: fn(&Ground, &mut Plan),
    next: Next,
    refused: (&'static str, &'static str),
}

/// What follows.
enum Next {
    /// The twin, up to its service at weight 0.
    Twin,
    /// A call of another's, or one that comes later.
    Call(Service, fn(&Ground, &Plan) -> Json),
    /// The twin, which nobody refuses; and what AWS tells some minutes later.
    Told(fn(&Ground) -> Value),
    /// What a call of the migration's does, which nobody refuses.
    Done(fn(&Ground) -> Value),
}

impl Next {
    async fn go_on(&self, ground: &Ground, plan: &Plan, op: &str) -> Result<(), String> {
        match self {
            Self::Twin => ground.try_twin(plan, 1).await,
            Self::Told(told) => {
                ground.try_twin(plan, 1).await?;
                pass(300).await;
                Err(format!("{op}: {:?}", told(ground)))
            }
            Self::Done(done) => Err(format!("{op}: {:?}", done(ground))),
            Self::Call(service, input) => {
                let input = value(&input(ground, plan));
                let done = ground
                    .region
                    .with_world(|world| services::call(world, *service, op, &input));
                done.map(|_| ())
                    .map_err(|refusal| format!("{op}: {refusal}"))
            }
        }
    }
}

/// Those that no region shows, and why.
const NOT_HERE: &[(&str, &str)] = &[
    (
        "short-arn",
        "no service has the old ARN any more unless it was made before 2021, and no call makes one",
    ),
    ("controller", CONTROLLERS),
    ("strategy", CONTROLLERS),
    ("express", CONTROLLERS),
    ("no-load-balancer", NO_WAY),
    (
        "in-place-balanced",
        "no call changes a service's target groups where its plan does not accept that: nothing can be begun in spite of it",
    ),
    (
        "behind-room",
        "ECS starts no more tasks than there is room for: a test of the region shows that of any deployment",
    ),
    (
        "behind-sticky",
        "what a cookie does to clients of an empty group is shown beside a twin (`ends/foretold.rs`)",
    ),
    (
        "behind-scaling",
        "what a policy makes of a metric that ends is told by Application Auto Scaling alone",
    ),
    ("classic", NO_WAY),
    ("load-balancer-kind", NO_WAY),
    ("weightless", NO_WAY),
    ("coarse-weights", NO_WAY),
    ("already-ipv6", NO_WAY),
    ("task-count-balanced", NO_WAY),
    ("task-count-alone", NO_WAY),
    (
        "task-count-schedules",
        "AWS carries the team's own action out: what that makes of the bounds is an edit (`ends/task_count.rs`)",
    ),
    ("nlb-datagrams", NO_SIDES),
    ("nlb-several-groups", NO_SIDES),
    ("nlb-own-rules", NO_SIDES),
    ("lattice-unchecked", UNJUDGED),
    ("lattice-passthrough", UNJUDGED),
    ("log-unread", UNJUDGED),
    ("cloud-map", CLIENTS),
    ("cloud-map-alone", CLIENTS),
    (
        "cloud-map-alike",
        "the region has one account, and no health checks of Route 53's",
    ),
    (
        "cloud-map-name",
        "ECS refuses such a registry by a rule of its own; what becomes of a plan is told in `ends/cloud_map.rs`",
    ),
    ("lattice", CLIENTS),
    ("gateway", CLIENTS),
    ("shared-target-group", CLIENTS),
    ("unknown-field", GUESSES),
    ("unknown-action", GUESSES),
    ("scaling-label", GUESSES),
    (
        "container-missing",
        "what would be edited is not there: there is nothing to run",
    ),
    (
        "alarm-missing",
        "an alarm that is not there tells nothing, whatever happens",
    ),
];
const CONTROLLERS: &str =
    "the region has no CodeDeploy, and its ECS no deployments that rewrite rules";
const NO_WAY: &str = "there is nothing to shift by: nothing can be begun in spite of it";
const NO_SIDES: &str = "a listener of a Network Load Balancer is not led by weights: the rules of ELBv2 that refuse it are shown one by one";
const UNJUDGED: &str =
    "AWS refuses none of it: what is lacking is anybody who could tell good from bad";
const CLIENTS: &str = "customers of the region come by routes of the load balancer alone, and those who come otherwise would be lost";
const GUESSES: &str =
    "a copy would be another service than the original: what comes of it nobody can tell";

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(it) => Value::from(*it),
        Json::Number(it) => it
            .as_i64()
            .map_or_else(|| it.as_f64().unwrap().into(), Value::from),
        Json::String(it) => Value::from(it.as_str()),
        Json::Array(it) => Value::list(it.iter().map(value)),
        Json::Object(it) => Value::map(it.iter().map(|(k, v)| (k.as_str(), value(v)))),
    }
}

/// The names of what hands that know nothing yet find.
async fn named(ground: &Ground, plan: &Plan) -> Vec<&'static str> {
    let seen = ground.again().full(plan).await;
    findings(plan, &seen).iter().map(|f| f.code).collect()
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_on_in_spite_of_a_check_is_refused_as_it_foretold() {
    let mut wrong = Vec::new();
    for Foretold {
        code,
        fault,
        next,
        refused: (operation, words),
    } in FORETOLD
    {
        let ground = Ground::new("healthy", None);
        let mut plan = ground.plan();
        fault(&ground, &mut plan);
        let found = named(&ground, &plan).await;
        if !found.contains(code) {
            wrong.push(format!("{code}: found {found:?}"));
        }
        match next.go_on(&ground, &plan, operation).await {
            Err(said) if said.contains(operation) && said.contains(words) => {}
            other => wrong.push(format!("{code}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_check_that_nobody_may_waive_is_shown_here() {
    let never = |waiving: &Waiving| matches!(waiving, Waiving::Never(_));
    let foretell = checks().filter(|c| c.severity == Severity::Block && never(&c.waiving));
    let shown = |code| {
        FORETOLD.iter().any(|f| f.code == code) || NOT_HERE.iter().any(|(name, _)| *name == code)
    };
    let known = |name: &str| checks().any(|c| c.name == name);
    assert!(NOT_HERE.iter().all(|(name, _)| known(name)));
    let left: Vec<_> = foretell.map(|c| c.name).filter(|c| !shown(*c)).collect();
    assert_eq!(left, [""; 0]);
}
