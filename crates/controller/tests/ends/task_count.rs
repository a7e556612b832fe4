//! Workers that share a queue and move task by task: how many tasks there are meanwhile, and what becomes of the messages.

use sixshift_core::{
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Value,
    scenario::{self, BuiltService},
    services::Service,
};

use crate::{
    in_place::{call, described},
    migration::{Stage, in_virtual_time},
};

/// So many minutes without a change end a run here: a bake of half an hour changes nothing meanwhile.
const STILL: u32 = 50;

fn stage(scenario: &str, drift: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    stage.plan = plan(&stage.service, drift);
    stage
}

fn plan(service: &BuiltService, drift: &str) -> String {
    let (region, cluster, name) = (&service.region, &service.cluster, &service.name);
    let subnets = service.ipv6_subnets.join(", ");
    let groups = service.security_groups.join(", ");
    let metric = |of: &str| {
        format!(
            "{{ namespace: Shop/Workers, name: {of}, dimensions: {{ ServiceName: \"{{service}}\" }}, statistic: Sum }}"
        )
    };
    let (failed, handled) = (metric("MessagesFailed"), metric("MessagesHandled"));
    format!(
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: {name} }}\nspec:\n  \
         service: {{ region: {region}, cluster: {cluster}, name: {name} }}\n  \
         ipv6: {{ subnets: [{subnets}], securityGroups: [{groups}] }}\n  drift: {drift}\n  \
         shift:\n    via: taskCount\n    steps:\n      - {{ weight: 10%, hold: 5m }}\n      \
         - {{ weight: 50%, hold: 5m }}\n      - {{ weight: 100% }}\n    bake: 30m\n  \
         health:\n    alarms: []\n    metrics:\n      - name: failed\n        \
         expression: \"100 * failed / (failed + handled)\"\n        \
         using: {{ failed: {failed}, handled: {handled} }}\n        max: 5\n  \
         retire: {{ approval: required, keepCold: 10m }}\n"
    )
}

fn number(service: &Value, key: &str) -> i64 {
    service.get(key).as_i64().unwrap_or_default()
}

/// What both sides have: tasks that are to run and tasks that run, on IPv4 and on IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sizes {
    ipv4: (i64, i64),
    ipv6: (i64, i64),
}

impl Sizes {
    fn desired(self) -> (i64, i64) {
        (self.ipv4.0, self.ipv6.0)
    }

    fn running(self) -> i64 {
        self.ipv4.1 + self.ipv6.1
    }
}

fn sizes(stage: &Stage) -> Sizes {
    let of = |name: &str| {
        let cluster = Value::from(stage.service.cluster.as_str());
        let with = [("cluster", cluster), ("services", Value::list([name]))];
        let answer = call(stage, Service::Ecs, "DescribeServices", &with);
        let found = answer.get("services").items().first().cloned();
        let found = found.filter(|s| s.get("status").as_str() == Some("ACTIVE"));
        found.map_or((0, 0), |s| {
            (number(&s, "desiredCount"), number(&s, "runningCount"))
        })
    };
    let name = &stage.service.name;
    Sizes {
        ipv4: of(name),
        ipv6: of(&format!("{name}-ipv6")),
    }
}

fn scale(stage: &Stage, name: &str, to: i64) {
    let with = [
        ("cluster", Value::from(stage.service.cluster.as_str())),
        ("service", Value::from(name)),
        ("desiredCount", Value::from(to)),
    ];
    call(stage, Service::Ecs, "UpdateService", &with);
}

fn ipv6_name(stage: &Stage) -> String {
    format!("{}-ipv6", stage.service.name)
}

/// Messages that were lost to whom they were for, and those that wait.
fn lost_and_waiting(stage: &Stage) -> (u64, u64) {
    let all = stage.region.with_world(|world| world.messages());
    let all = all.values();
    all.fold((0, 0), |(dead, waiting), m| {
        (dead + m.dead, waiting + m.waiting)
    })
}

/// At a share of the plan, whose hold has begun.
fn is_at(status: Option<&Status>, share: u16) -> bool {
    let applied = status.filter(|s| s.phase == Phase::Shift);
    applied.is_some_and(|s| s.shares.applied == Some(Share::from_basis_points(share)))
}

#[test]
fn tasks_move_step_by_step_and_there_are_never_fewer_than_the_team_had() {
    in_virtual_time(async {
        let stage = stage("task-count", "hold");
        let (mut fewest, mut most) = (i64::MAX, 0);
        let mut seen = Vec::new();
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                let now = sizes(&stage);
                fewest = fewest.min(now.running());
                most = most.max(now.running());
                if seen.last() != Some(&now.desired()) {
                    seen.push(now.desired());
                }
                let _ = status;
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{} {seen:?}", status.sentence);
        assert_eq!(fewest, 6, "{seen:?}");
        assert!(most <= 9, "{seen:?}");
        for share in [(6, 1), (5, 1), (3, 3), (0, 6)] {
            assert!(seen.contains(&share), "{share:?}: {seen:?}");
        }
        let (dead, waiting) = lost_and_waiting(&stage);
        assert_eq!(dead, 0);
        assert!(waiting < 500, "{waiting}");
        let gone = described(&stage, &stage.service.name);
        assert_ne!(gone.get("status").as_str(), Some("ACTIVE"));
    });
}
