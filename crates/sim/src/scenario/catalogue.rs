//! What is particular to each scenario: how its application behaves, how it is routed, and who else acts.

use super::alarms::{by_steps, put_error_alarm};
use super::mishap;
use super::others::others_act;
use super::region::{Ground, ground};
use super::service::{
    Wish, attribute, customers, ecs_service, forward, grpc_group, listener, load_balancer, rule,
    target_group, vary,
};
use super::workers;
use super::{Built, BuiltService, ScenarioError, called};
use crate::Value;
use crate::faults::{Fault, Wrong};
use crate::world::behaviour::{Behaviour, BreaksAbove, Degrades};
use crate::world::elb::Quota;

/// Names that services of a shop have.
const NAMES: [&str; 12] = [
    "checkout", "catalog", "cart", "search", "orders", "profile", "pricing", "shipping", "reviews",
    "invoices", "loyalty", "returns",
];

/// One service for each scenario named, in one region: workers, and services behind a load balancer of their own.
pub(super) fn scenarios(scenarios: &[&str], seed: u64) -> Result<Built, ScenarioError> {
    let mut ground = ground(seed)?;
    // Whoever has that many load balancers has asked for more of them.
    let most = ground.world.elb.quota(Quota::LoadBalancers);
    let quotas = &mut ground.world.elb.quotas;
    quotas.insert(Quota::LoadBalancers, most.max(scenarios.len()));
    if scenarios.contains(&"registry-beside") {
        workers::insights(&mut ground)?;
    }
    let (mut services, mut workers_there) = (Vec::new(), 0);
    for (number, scenario) in scenarios.iter().enumerate() {
        if workers::is_one(scenario) {
            services.push(workers::beside(&mut ground, scenario, workers_there)?);
            workers_there += 1;
            continue;
        }
        let name = called(&NAMES, number);
        let rate = if *scenario == "low-traffic" {
            0.15
        } else {
            vary(&ground, &name, 50.0, 75.0)
        };
        let wish = Wish {
            scenario: (*scenario).to_owned(),
            name,
            rate,
            tasks: 3,
            sidecar: number % 2 == 1,
        };
        behave(&mut ground, &wish);
        let mut built = if *scenario == "many-routes" {
            many_routes(&mut ground, &wish)?
        } else {
            one_route(&mut ground, &wish)?
        };
        others_act(&mut ground, &mut built)?;
        services.push(built);
    }
    let all = |name: &str| scenarios.contains(&name);
    let mut faults = Vec::new();
    if all("flaky-api") {
        faults.push(Fault::sometimes("*", Wrong::ErrorBefore, 0.025));
        faults.push(Fault::sometimes("*", Wrong::ErrorAfter, 0.025));
    }
    let bucket_share = if all("throttled-region") { 0.5 } else { 0.0 };
    Ok(Built {
        world: ground.world,
        faults,
        bucket_share,
        services,
    })
}

/// Many services behind shared load balancers, told apart by host: ten each, and more where a region would not have enough of them.
pub(super) fn fleet(count: usize, seed: u64) -> Result<Built, ScenarioError> {
    /// AWS docs: Elastic Load Balancing quotas, Application Load Balancers per Region.
    const BALANCERS: usize = 50;
    let on_each = count.div_ceil(BALANCERS).max(10);
    let mut ground = ground(seed)?;
    let mut services = Vec::new();
    let mut shared = (String::new(), String::new());
    for number in 0..count {
        let place = number % on_each;
        if place == 0 {
            let balancer =
                load_balancer(&mut ground, &format!("fleet-{:02}", number / on_each + 1))?;
            let answer = Value::map([
                ("StatusCode", Value::from("404")),
                ("ContentType", "text/plain".into()),
            ]);
            let action = Value::map([
                ("Type", Value::from("fixed-response")),
                ("FixedResponseConfig", answer),
            ]);
            let listener = listener(&mut ground, &balancer, 80, vec![action])?;
            shared = (balancer, listener);
        }
        let name = format!("svc-{:03}", number + 1);
        let rate = vary(&ground, &name, 6.0, 12.0);
        let wish = Wish {
            scenario: "big-fleet".to_owned(),
            name,
            rate,
            tasks: 2,
            sidecar: false,
        };
        behave(&mut ground, &wish);
        let group = target_group(&mut ground, &wish.name)?;
        let host = format!("{}.shop.example", wish.name);
        let route = rule(
            &mut ground,
            &shared.1,
            (place as i64 + 1) * 10,
            ("host-header", &host),
            forward(&group),
        )?;
        services.push(ecs_service(&mut ground, &wish, &group, vec![route])?);
        customers(
            &mut ground,
            &wish.name,
            &shared.0,
            (80, &host, "/"),
            wish.rate,
        );
    }
    Ok(Built {
        world: ground.world,
        faults: Vec::new(),
        bucket_share: 0.0,
        services,
    })
}

fn one_route(ground: &mut Ground, wish: &Wish) -> Result<BuiltService, ScenarioError> {
    let grpc = wish.scenario == "grpc";
    let group = if grpc {
        grpc_group(ground, &wish.name)?
    } else {
        target_group(ground, &wish.name)?
    };
    if wish.scenario == "cross-zone-off" {
        attribute(ground, &group, "load_balancing.cross_zone.enabled", "false")?;
    }
    let balancer = load_balancer(ground, &wish.name)?;
    // gRPC is spoken behind TLS only.
    let port = if grpc { 443 } else { 80 };
    let route = listener(ground, &balancer, port, vec![forward(&group)])?;
    let mut built = ecs_service(ground, wish, &group, vec![route])?;
    let host = format!("{}.shop.example", wish.name);
    customers(ground, &wish.name, &balancer, (port, &host, "/"), wish.rate);
    if wish.scenario == "resting-alarm" {
        let alarm = format!("{}-errors", wish.name);
        put_error_alarm(ground, &alarm, &balancer)?;
        built.alarms.push(alarm);
    }
    if wish.scenario == "step-scaling" {
        by_steps(ground, wish)?;
    }
    Ok(built)
}

/// Behind 443: a default action that authenticates, and a sticky rule by host. Behind 80: a rule by path that gives a
/// fifth to another service's pages.
fn many_routes(ground: &mut Ground, wish: &Wish) -> Result<BuiltService, ScenarioError> {
    let other = Wish {
        name: format!("{}-pages", wish.name),
        rate: wish.rate * 0.06,
        tasks: 2,
        ..wish.clone()
    };
    let group = target_group(ground, &wish.name)?;
    let pages = target_group(ground, &other.name)?;
    let balancer = load_balancer(ground, &wish.name)?;
    let host = format!("{}.shop.example", wish.name);
    let mut forward_last = forward(&group);
    forward_last.set("Order", 2_i64.into());
    let secure = listener(
        ground,
        &balancer,
        443,
        vec![authenticate(&host), forward_last],
    )?;
    let sticky = shares(&[(&group, 1)], Some(60));
    let by_host = rule(
        ground,
        &secure,
        10,
        ("host-header", &format!("partners.{host}")),
        sticky,
    )?;
    let redirect = Value::map([
        ("Protocol", Value::from("HTTPS")),
        ("Port", "443".into()),
        ("StatusCode", "HTTP_301".into()),
    ]);
    let redirect = Value::map([
        ("Type", Value::from("redirect")),
        ("RedirectConfig", redirect),
    ]);
    let plain = listener(ground, &balancer, 80, vec![redirect])?;
    let by_path = rule(
        ground,
        &plain,
        20,
        ("path-pattern", "/api/*"),
        shares(&[(&group, 80), (&pages, 20)], None),
    )?;
    ecs_service(ground, &other, &pages, Vec::new())?;
    let built = ecs_service(ground, wish, &group, vec![secure, by_host, by_path])?;
    customers(
        ground,
        &wish.name,
        &balancer,
        (443, &host, "/"),
        wish.rate * 0.4,
    );
    customers(
        ground,
        &wish.name,
        &balancer,
        (443, &format!("partners.{host}"), "/"),
        wish.rate * 0.3,
    );
    customers(
        ground,
        &wish.name,
        &balancer,
        (80, &host, "/api/orders"),
        wish.rate * 0.3,
    );
    Ok(built)
}

fn shares(groups: &[(&str, i64)], sticky_seconds: Option<i64>) -> Value {
    let groups = groups.iter().map(|(arn, weight)| {
        Value::map([
            ("TargetGroupArn", Value::from(*arn)),
            ("Weight", (*weight).into()),
        ])
    });
    let mut config = Value::map([("TargetGroups", Value::list(groups))]);
    if let Some(seconds) = sticky_seconds {
        let sticky = Value::map([
            ("Enabled", Value::from(true)),
            ("DurationSeconds", seconds.into()),
        ]);
        config.set("TargetGroupStickinessConfig", sticky);
    }
    Value::map([("Type", Value::from("forward")), ("ForwardConfig", config)])
}

fn authenticate(host: &str) -> Value {
    let at = |path: &str| Value::from(format!("https://login.shop.example/{path}"));
    let config = Value::map([
        ("Issuer", at("")),
        ("AuthorizationEndpoint", at("authorize")),
        ("TokenEndpoint", at("token")),
        ("UserInfoEndpoint", at("userinfo")),
        ("ClientId", host.into()),
        ("ClientSecret", "a-secret-that-is-never-read-back".into()),
        ("Scope", "openid email".into()),
    ]);
    Value::map([
        ("Type", Value::from("authenticate-oidc")),
        ("AuthenticateOidcConfig", config),
        ("Order", 1_i64.into()),
    ])
}

/// What the code in the service's first image does.
fn behave(ground: &mut Ground, wish: &Wish) {
    let mut app = Behaviour {
        latency_ms: vary(ground, &wish.name, 70.0, 120.0),
        asks_ipv4: 0.06,
        ..Behaviour::default()
    };
    match wish.scenario.as_str() {
        "grpc" => app.v6.error_share = 0.06,
        // More than its policy lets a task have, and less than it would get without more tasks.
        "growing-load" => app.bears = Some(wish.rate / wish.tasks as f64 * 2.6),
        "degrades-in-bake" => {
            app.v6.degrades = Some(Degrades {
                under_share: 0.99,
                after_hours: 2.0,
                error_share_per_hour: 0.2,
            });
        }
        "log-lines" | "log-lines-bad" => {
            let is_bad = wish.scenario == "log-lines-bad";
            app.writes = true;
            app.v4.unheard_share = 0.002;
            app.v6.unheard_share = if is_bad { 0.02 } else { 0.002 };
        }
        "ipv4-allow-list" => app.v6.forbidden_share = 1.0,
        "breaks-above-25" => {
            app.v6.breaks_above = Some(BreaksAbove {
                share: 0.26,
                error_share: 0.08,
            })
        }
        name => mishap::spoil(&mut app, name),
    }
    ground
        .world
        .behaviours
        .insert(format!("{}:v1", wish.name), app.clone());
    if wish.scenario == "bad-revision" {
        let mut next = app.clone();
        next.v6.listens = false;
        ground
            .world
            .behaviours
            .insert(format!("{}:v2", wish.name), next);
        return;
    }
    if wish.scenario == "stuck-deploy" {
        let next = Behaviour {
            starts: false,
            ..app.clone()
        };
        ground
            .world
            .behaviours
            .insert(format!("{}:v2", wish.name), next);
        return;
    }
    // What a pipeline may deploy later is as fast.
    ground
        .world
        .behaviours
        .insert(format!("{}:v2", wish.name), app);
}
