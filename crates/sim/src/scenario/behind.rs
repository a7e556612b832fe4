//! Services behind an Application Load Balancer that are moved where they stand: their tasks are replaced, and no twin is made.
//!
//! What belongs here: what these are made of, and how their code behaves over IPv6. What must not: what every service behind such a load
//! balancer has ([`super::service`]).

use super::region::{Ground, ground};
use super::service::{
    Wish, customers, ecs_service, forward, listener, load_balancer, rule, target_group, vary,
};
use super::{Built, BuiltService, ScenarioError, called};
use crate::world::behaviour::Behaviour;

/// The scenarios, with a line each.
pub(super) const NAMES: &[(&str, &str)] = &[
    (
        "in-place-behind",
        "its own tasks are replaced, behind two routes of its load balancer; all is well over IPv6",
    ),
    (
        "in-place-behind-bad",
        "the same, and its code fails a fifth of its customers' requests over IPv6",
    ),
];

/// What services of this kind are called.
const CALLED: [&str; 4] = ["storefront", "accounts", "basket", "wishlist"];

/// So many services of a scenario, in one region.
pub(super) fn services(scenario: &str, count: usize, seed: u64) -> Result<Built, ScenarioError> {
    let mut ground = ground(seed)?;
    let mut services = Vec::new();
    for number in 0..count {
        let name = called(&CALLED, number);
        services.push(service(&mut ground, scenario, name)?);
    }
    Ok(Built {
        world: ground.world,
        faults: Vec::new(),
        bucket_share: 0.0,
        services,
    })
}

/// A default action leads to it, and a rule by path.
fn service(
    ground: &mut Ground,
    scenario: &str,
    name: String,
) -> Result<BuiltService, ScenarioError> {
    let wish = Wish {
        scenario: scenario.to_owned(),
        rate: vary(ground, &name, 50.0, 75.0),
        name,
        tasks: 4,
        sidecar: false,
    };
    behave(ground, &wish);
    let group = target_group(ground, &wish.name)?;
    let balancer = load_balancer(ground, &wish.name)?;
    let listens = listener(ground, &balancer, 80, vec![forward(&group)])?;
    let by_path = rule(
        ground,
        &listens,
        10,
        ("path-pattern", "/api/*"),
        forward(&group),
    )?;
    let routes = vec![listens, by_path];
    let built = ecs_service(ground, &wish, &group, routes)?;
    let host = format!("{}.shop.example", wish.name);
    for (path, part) in [("/", 0.7), ("/api/orders", 0.3)] {
        let at = (80, host.as_str(), path);
        customers(ground, &wish.name, &balancer, at, wish.rate * part);
    }
    Ok(built)
}

fn behave(ground: &mut Ground, wish: &Wish) {
    let mut app = Behaviour {
        latency_ms: vary(ground, &wish.name, 70.0, 120.0),
        ..Behaviour::default()
    };
    if wish.scenario == "in-place-behind-bad" {
        app.v6.error_share = 0.2;
    }
    for tag in ["v1", "v2"] {
        let image = format!("{}:{tag}", wish.name);
        ground.world.behaviours.insert(image, app.clone());
    }
}
