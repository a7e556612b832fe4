//! The hands over another project's AWS: moto's server, for the calls that it serves. Nothing of ours is on the other side,
//! and boto3 reads back what was written.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use jiff::Timestamp;
use serde_json::{Value, json};
use sixshift_aws::{Asked, Hands, Setup, Tenure};
use sixshift_core::{
    action::{Action, Bounds, Intent, Side},
    names::{self, tag},
    observation::{Forward, Observation, Route, RouteId, Suspended, TargetGroup},
    plan::{self, Plan},
    share::Share,
    twin,
};
use sixshift_tests::{Server, python_tests, venv};

const PLAN: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: shop }
spec:
  service: { region: eu-central-1, cluster: prod, name: shop }
  ipv6: { subnets: [subnet-0a1b2c3d4e5f60718, subnet-0b1b2c3d4e5f60718] }
  shift:
    steps:
      - { weight: 25%, hold: 10m }
      - { weight: 100% }
  health: { errorRate: { max: 1% } }
";

struct Moto {
    server: Server,
    python: PathBuf,
    hands: Hands,
    plan: Plan,
    /// Where `moto_region.py` built what.
    built: Value,
}

impl Moto {
    async fn start() -> Self {
        let bin = venv().unwrap_or_else(|e| panic!("{e}"));
        let mut moto = Command::new(bin.join("moto_server"));
        let server = Server::on_free_port(&mut moto, |command, port| {
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        })
        .unwrap_or_else(|e| panic!("{e}"));
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(&server.url)
            .credentials_provider(Credentials::new(
                "AKIDEXAMPLE",
                "not-a-secret",
                None,
                None,
                "test",
            ))
            .load()
            .await;
        let plans = plan::parse(Path::new("shop.yaml"), PLAN).unwrap();
        let python = bin.join("python");
        let built = script(&python, "build", &server.url);
        let hands = Hands::new(Setup { sdk, rate: 1.0 });
        Self {
            server,
            python,
            hands,
            plan: plans.into_iter().next().unwrap(),
            built,
        }
    }

    fn arn(&self, name: &str) -> String {
        self.built[name].as_str().unwrap().to_owned()
    }

    /// What boto3 reads.
    fn show(&self) -> Value {
        script(&self.python, "show", &self.server.url)
    }

    async fn look(&self) -> Observation {
        self.hands
            .observe(&self.plan, Asked::full(Timestamp::now()))
            .await
    }

    async fn act(&self, action: Action) {
        if let Err(error) = self
            .hands
            .act(&self.plan, &action, Tenure::unlimited())
            .await
        {
            panic!("{}: {error}", action.name());
        }
    }

    /// The twin's target group, made as the ladder makes it.
    async fn make_group(&self) -> TargetGroup {
        let tags = [
            (tag::PLAN, self.plan.uid.0.clone()),
            (tag::FROM, self.arn("group")),
        ];
        self.act(Action::CreateTargetGroup {
            from: self.arn("group"),
            name: names::target_group(&self.plan, 0),
            tags: tags.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        })
        .await;
        let seen = self.look().await;
        seen.pairs.seen().unwrap()[0].ipv6.seen().unwrap().clone()
    }

    /// Writes a share, route by route, each against a look of its own.
    async fn set_share(&self, share: Share, intent: Intent) {
        let six = self.look().await.pairs.seen().unwrap()[0]
            .ipv6
            .seen()
            .unwrap()
            .arn
            .clone();
        for route in routes(&self.look().await) {
            let forward =
                sixshift_core::way::split::split(&route.forward, &self.arn("group"), &six, share);
            self.act(set(&route, forward, intent)).await;
        }
    }
}

fn script(python: &Path, verb: &str, url: &str) -> Value {
    let output = Command::new(python)
        .args(["moto_region.py", verb, url])
        .current_dir(python_tests())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python was installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "moto_region.py {verb}: {said}");
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

fn routes(seen: &Observation) -> Vec<Route> {
    seen.routes
        .seen()
        .unwrap_or_else(|| panic!("routes: {:?}", seen.routes))
        .clone()
}

fn set(route: &Route, forward: Forward, intent: Intent) -> Action {
    Action::set_forward(route, forward, intent)
}

#[tokio::test]
async fn what_is_there_is_read() {
    let moto = Moto::start().await;
    let seen = moto.look().await;
    let service = seen
        .ipv4
        .seen()
        .unwrap_or_else(|| panic!("{:?}", seen.ipv4));
    assert_eq!((service.name.as_str(), service.desired), ("shop", 2));
    assert!(seen.twin.is_absent(), "{:?}", seen.twin);
    let pair = &seen.pairs.seen().unwrap()[0];
    let group = pair.ipv4.seen().unwrap();
    assert_eq!(
        (group.arn.clone(), group.ip_address_type.as_str()),
        (moto.arn("group"), "ipv4")
    );
    assert_eq!(
        group.attributes["deregistration_delay.timeout_seconds"],
        "45"
    );
    assert!(pair.ipv6.is_absent(), "{:?}", pair.ipv6);
    let ids: Vec<RouteId> = routes(&seen).into_iter().map(|r| r.id).collect();
    assert!(
        ids.contains(&RouteId::Listener(moto.arn("listener"))),
        "{ids:?}"
    );
    assert!(ids.contains(&RouteId::Rule(moto.arn("rule"))), "{ids:?}");
    assert_eq!(ids.len(), 2);
    let scaling = seen
        .ipv4_scaling
        .seen()
        .unwrap_or_else(|| panic!("{:?}", seen.ipv4_scaling));
    assert_eq!((scaling.min, scaling.max), (2, 6));
    assert!(seen.twin_scaling.is_absent(), "{:?}", seen.twin_scaling);
}

#[tokio::test]
async fn the_ipv6_target_group_is_the_ipv4_ones_partner() {
    let moto = Moto::start().await;
    let group = moto.make_group().await;
    let attributes = [(
        "deregistration_delay.timeout_seconds".to_owned(),
        "45".to_owned(),
    )];
    moto.act(Action::CopyAttributes {
        target_group: group.arn.clone(),
        attributes: BTreeMap::from(attributes),
    })
    .await;
    moto.act(Action::TagTargetGroup {
        target_group: group.arn.clone(),
        tags: BTreeMap::from([(tag::SHARE.to_owned(), "0/2500".to_owned())]),
        because: None,
    })
    .await;
    let shown = &moto.show()["groups"][&group.name];
    assert_eq!(shown["family"], "ipv6");
    assert_eq!(
        (&shown["path"], &shown["interval"]),
        (&json!("/healthz"), &json!(10))
    );
    assert_eq!(shown["matcher"]["HttpCode"], "200-204");
    assert_eq!(
        shown["attributes"]["deregistration_delay.timeout_seconds"],
        "45"
    );
    assert_eq!(shown["tags"][tag::PLAN], moto.plan.uid.0.as_str());
    assert_eq!(shown["tags"][tag::SHARE], "0/2500");
    moto.act(Action::UntagTargetGroup {
        target_group: group.arn.clone(),
        keys: vec![tag::SHARE.to_owned()],
    })
    .await;
    let seen = moto.look().await;
    let again = seen.pairs.seen().unwrap()[0].ipv6.seen().unwrap().clone();
    assert_eq!(again.ip_address_type, "ipv6");
    assert_eq!(again.tags.get(tag::SHARE), None);
    assert_eq!(again.tags[tag::FROM], moto.arn("group"));
}

#[tokio::test]
async fn a_share_goes_up_and_back_and_leaves_the_other_service_its_part() {
    let moto = Moto::start().await;
    let six = moto.make_group().await.arn;
    let (ours, other) = (moto.arn("group"), moto.arn("other"));
    let quarter = Share::from_basis_points(2_500);
    moto.set_share(Share::NONE, Intent::Attach(Share::NONE))
        .await;
    let shown = moto.show();
    assert_eq!(shown["listener"], json!({ &ours: 1, &six: 0 }));
    assert_eq!(shown["rule"], json!({ &ours: 1, &six: 0, &other: 3 }));
    moto.set_share(quarter, Intent::Raise(quarter)).await;
    let shown = moto.show();
    assert_eq!(shown["listener"], json!({ &ours: 75, &six: 25 }));
    assert_eq!(shown["rule"], json!({ &ours: 75, &six: 25, &other: 300 }));
    for route in routes(&moto.look().await) {
        assert!(
            sixshift_core::way::split::is_at(&route.forward, &ours, &six, quarter),
            "{route:?}"
        );
    }
    moto.set_share(Share::NONE, Intent::Return).await;
    for route in routes(&moto.look().await) {
        assert!(
            sixshift_core::way::split::is_at(&route.forward, &ours, &six, Share::NONE),
            "{route:?}"
        );
    }
}

#[tokio::test]
async fn a_route_that_changed_since_it_was_read_is_not_written() {
    let moto = Moto::start().await;
    let six = moto.make_group().await.arn;
    let before = routes(&moto.look().await);
    moto.set_share(Share::NONE, Intent::Attach(Share::NONE))
        .await;
    for route in &before {
        let forward =
            sixshift_core::way::split::split(&route.forward, &moto.arn("group"), &six, Share::ALL);
        let refused = moto
            .hands
            .act(
                &moto.plan,
                &set(route, forward, Intent::Raise(Share::ALL)),
                Tenure::unlimited(),
            )
            .await;
        assert!(
            matches!(refused, Err(sixshift_aws::Error::Changed { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(
        moto.show()["listener"],
        json!({ &moto.arn("group"): 1, &six: 0 })
    );
}

#[tokio::test]
async fn what_is_made_can_be_taken_away() {
    let moto = Moto::start().await;
    let six = moto.make_group().await;
    moto.set_share(Share::NONE, Intent::Attach(Share::NONE))
        .await;
    for route in routes(&moto.look().await) {
        let mut forward = route.forward.clone();
        forward.groups.retain(|g| g.arn != six.arn);
        moto.act(set(&route, forward, Intent::Detach)).await;
    }
    moto.act(Action::DeleteTargetGroup {
        target_group: six.arn.clone(),
    })
    .await;
    assert_eq!(moto.show()["groups"].get(&six.name), None);
    assert!(moto.look().await.pairs.seen().unwrap()[0].ipv6.is_absent());
}

#[tokio::test]
async fn scaling_is_cloned_with_its_labels_rewritten() {
    let moto = Moto::start().await;
    let six = moto.make_group().await.arn;
    script(&moto.python, "twin", &moto.server.url);
    let (from, to) = (
        "service/prod/shop".to_owned(),
        "service/prod/shop-ipv6".to_owned(),
    );
    let suspended = Suspended {
        scale_in: true,
        ..Suspended::default()
    };
    for (resource, side) in [(&from, Side::Ipv4), (&to, Side::Ipv6)] {
        moto.act(Action::SetScaling {
            resource: resource.clone(),
            side,
            bounds: Some(Bounds { min: 2, max: 6 }),
            suspended,
            tags_of: None,
        })
        .await;
    }
    let balancer = moto.arn("loadBalancer");
    let label = |group: &str| {
        format!(
            "{}/{}",
            names::metric_dimension(&balancer),
            names::metric_dimension(group)
        )
    };
    let (old, new) = (label(&moto.arn("group")), label(&six));
    let seen = moto.look().await;
    let group = |arn: &str| names::metric_dimension(arn).to_owned();
    let sides = twin::Sides {
        groups: BTreeMap::from([(group(&moto.arn("group")), group(&six))]),
        ..twin::sides(&moto.plan, &[])
    };
    let policy = &seen.ipv4_scaling.seen().unwrap().policies[0];
    moto.act(Action::CopyPolicy {
        to: to.clone(),
        policy: policy.name.clone(),
        settings: twin::twin_policy(&policy.settings.read(), &sides).0,
    })
    .await;
    let shown = moto.show();
    assert_eq!(shown["policies"], json!({ &from: old, &to: new }));
    assert_eq!(shown["targets"][&to][2]["DynamicScalingInSuspended"], true);
    let seen = moto.look().await;
    assert!(seen.ipv4_scaling.seen().unwrap().suspended.scale_in);
    assert_eq!(seen.twin_scaling.seen().unwrap().max, 6);
    moto.act(Action::DeleteScaling {
        resource: to.clone(),
    })
    .await;
    assert_eq!(moto.show()["targets"].get(&to), None);
}
