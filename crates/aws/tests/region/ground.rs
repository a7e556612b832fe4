//! What the tests stand on: a scenario's region, plans for its services, hands that reach it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use aws_smithy_async::time::TimeSource;
use jiff::Timestamp;
use sixshift_aws::{Asked, Hands, Tenure};
use sixshift_core::{
    action::{Action, Intent, NewTwin},
    names,
    observation::{Look, Observation, RouteId},
    plan::{
        Choice, Deletable, Drift, ErrorRateLimit, HealthPolicy, Ipv6, OnBad, OnTooFew, Origin,
        Plan, Preflight, Retire, RetireApproval, Revision, ServiceRef, Shift, Step, StepGate,
        TaskDefinitionEdits, Uid,
    },
    share::Share,
    twin,
};
use sixshift_sim::{
    Region,
    scenario::{self, Built, BuiltService},
};

#[derive(Debug)]
struct Clock(Region);

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        self.0.clock().now.into()
    }
}

/// A scenario in progress.
pub(crate) struct Ground {
    pub(crate) region: Region,
    pub(crate) hands: Hands,
    pub(crate) services: Vec<BuiltService>,
}

impl Ground {
    pub(crate) fn new(name: &str, services: Option<usize>) -> Self {
        Self::of(scenario::build(name, services, 7).unwrap())
    }

    pub(crate) fn of(built: Built) -> Self {
        let region = Region::new(built.world, 7);
        let hands = Hands::with_http_client(region.http_client(), Clock(region.clone()), 1.0);
        Self {
            region,
            hands,
            services: built.services,
        }
    }

    /// The same region, with hands that know nothing yet.
    pub(crate) fn again(&self) -> Self {
        let region = self.region.clone();
        let hands = Hands::with_http_client(region.http_client(), Clock(region.clone()), 1.0);
        Self {
            region,
            hands,
            services: self.services.clone(),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        plan(&self.services[0])
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.region.clock().now
    }

    pub(crate) async fn look(&self, plan: &Plan, look: Look) -> Observation {
        let asked = Asked::full(self.now());
        self.hands.observe(plan, Asked { look, ..asked }).await
    }

    pub(crate) async fn full(&self, plan: &Plan) -> Observation {
        self.look(plan, Look::Full).await
    }

    pub(crate) async fn act(&self, plan: &Plan, action: Action) {
        self.try_act(plan, action).await.unwrap();
    }

    /// What refused it, in words.
    async fn try_act(&self, plan: &Plan, action: Action) -> Result<(), String> {
        let done = self.hands.act(plan, &action, Tenure::unlimited()).await;
        done.map(|_| ())
            .map_err(|error| format!("{}: {error}", action.name()))
    }

    /// Until the twin of a plan runs at weight 0.
    pub(crate) async fn make_twin(&self, plan: &Plan, desired: u32) {
        self.try_twin(plan, desired).await.unwrap();
    }

    /// The same where something may refuse it.
    pub(crate) async fn try_twin(&self, plan: &Plan, desired: u32) -> Result<(), String> {
        let seen = self.full(plan).await;
        let source = seen.ipv4_task_definition.seen().unwrap().clone();
        self.try_group(plan).await?;
        self.try_share(plan, Share::NONE).await?;
        let register = Action::RegisterTaskDefinition {
            from: source.arn.clone(),
            family: names::family(plan),
            images: twin::image_edits(&source.images, &plan.ipv6.task_definition),
            env: twin::env_edits(&source.images, &plan.ipv6.task_definition),
            tags: tags(&[(names::tag::PLAN, &plan.uid.0)]),
        };
        self.try_act(plan, register).await?;
        let seen = self.full(plan).await;
        let pairs = seen.pairs.seen().unwrap().iter();
        let new = NewTwin {
            cluster: plan.service.cluster.clone(),
            from: plan.service.name.clone(),
            name: names::service(plan),
            task_definition: seen.twin_task_definition.seen().unwrap().arn.clone(),
            subnets: plan.ipv6.subnets.clone(),
            security_groups: plan.ipv6.security_groups.clone().unwrap(),
            target_groups: pairs
                .map(|p| (p.ipv4_arn.clone(), p.ipv6.seen().unwrap().arn.clone()))
                .collect(),
            registry: None,
            desired,
            tags: tags(&[(names::tag::PLAN, &plan.uid.0)]),
        };
        self.try_act(plan, Action::CreateService(Box::new(new)))
            .await
    }

    /// The IPv6 target groups, which no route has yet.
    pub(crate) async fn make_group(&self, plan: &Plan) {
        self.try_group(plan).await.unwrap();
    }

    async fn try_group(&self, plan: &Plan) -> Result<(), String> {
        let seen = self.full(plan).await;
        for pair in seen.pairs.seen().unwrap() {
            let own = pair.ipv4.seen().map(|g| twin::carried_tags(&g.tags));
            let mut tags = own.unwrap_or_default();
            tags.extend(self::tags(&[
                (names::tag::PLAN, &plan.uid.0),
                (names::tag::FROM, &pair.ipv4_arn),
            ]));
            let (from, name) = (pair.ipv4_arn.clone(), pair.ipv6_name.clone());
            let made = Action::CreateTargetGroup { from, name, tags };
            self.try_act(plan, made).await?;
        }
        Ok(())
    }

    /// Sets the share on every route.
    pub(crate) async fn set_share(&self, plan: &Plan, share: Share) {
        self.try_share(plan, share).await.unwrap();
    }

    async fn try_share(&self, plan: &Plan, share: Share) -> Result<(), String> {
        let seen = self.full(plan).await;
        let pair = seen.pairs.seen().unwrap()[0].clone();
        for route in seen.routes.seen().unwrap() {
            let forward = sixshift_core::way::split::split(
                &route.forward,
                &pair.ipv4_arn,
                &pair.ipv6.seen().unwrap().arn,
                share,
            );
            let action = Action::set_forward(route, forward, Intent::Raise(share));
            self.try_act(plan, action).await?;
        }
        Ok(())
    }
}

pub(crate) fn listener(arn: &str) -> RouteId {
    RouteId::Listener(arn.to_owned())
}

pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

pub(crate) fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

pub(crate) fn plan(service: &BuiltService) -> Plan {
    let step = |bp, minutes: u64| Step {
        weight: Share::from_basis_points(bp),
        hold: Duration::from_secs(minutes * 60),
        gate: StepGate::Auto,
    };
    Plan {
        name: service.name.clone(),
        labels: BTreeMap::new(),
        uid: Uid("0123456789".to_owned()),
        revision: Revision("0123456789ab".to_owned()),
        origin: Origin {
            file: PathBuf::from("plan.yaml"),
            line: 1,
        },
        paused: false,
        service: ServiceRef {
            region: service.region.clone(),
            cluster: service.cluster.clone(),
            name: service.name.clone(),
            role_arn: None,
            external_id: None,
        },
        ipv6: Ipv6 {
            subnets: service.ipv6_subnets.clone(),
            security_groups: Some(service.security_groups.clone()),
            registry: None,
            task_definition: TaskDefinitionEdits {
                ecr_dual_stack: true,
                env: tags(&[("AWS_USE_DUALSTACK_ENDPOINT", "true")]),
                containers: BTreeMap::new(),
            },
        },
        shift: Shift {
            choice: Choice::default(),
            way: sixshift_core::plan::Way::default(),
            steps: vec![step(1_000, 10), step(10_000, 0)],
            bake: Duration::from_secs(6 * 3600),
        },
        health: HealthPolicy {
            error_rate: Some(ErrorRateLimit {
                max: 0.01,
                worse_than_ipv4_by: None,
            }),
            client_error_rate: None,
            latency_p99: None,
            min_requests: 100,
            on_too_few: OnTooFew::Wait,
            alarms: service.alarms.clone(),
            metrics: vec![],
            on_bad: OnBad::Rollback,
        },
        probe: None,
        retire: Retire {
            approval: RetireApproval::Required,
            min_drain: Duration::from_secs(300),
            keep_cold: Duration::from_secs(3600),
            delete: vec![Deletable::Service],
        },
        drift: Drift::Hold,
        preflight: Preflight::default(),
    }
}
