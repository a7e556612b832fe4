//! Other people's hands: an edit of each kind in every phase and for every kind of route, judged by what customers saw.
//!
//! Whatever somebody does, no request fails for longer than a minute while a side could have answered it, and no side is
//! emptied while the other has nobody.

mod hands;

use sixshift_controller::{
    Fleet,
    command::{Order, Verb},
};
use sixshift_core::{
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Region, Value,
    scenario::{self, BuiltService},
    services::{self, Service},
};

use crate::migration::{approve, clock_of, fleet, in_virtual_time, seconds, snapshot};
use hands::{At, EDITS, Edit};

/// Seconds between two looks at what customers see.
const TICK: i64 = 5;
/// For how long it is watched after an edit.
const WATCHED: i64 = 15 * 60;
/// How long customers may go unanswered because of an edit.
const MOST: i64 = 60;
/// Who was given a cookie for a side without a target stays there until it runs out, as AWS says of weights of 0.
const PINNED: i64 = 60;

/// When the edit comes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Warm,
    At(u16),
    Bake,
    Cold,
    Retire,
    Done,
    RolledBack,
}

fn is_reached(when: When, status: &Status) -> bool {
    let waits = status.waiting_on.as_ref().map(|on| on.kind());
    match when {
        When::Warm => status.phase == Phase::Warm && waits == Some("CanaryProof"),
        When::At(percent) => {
            waits == Some("Hold")
                && status.shares.observed == Some(Share::from_basis_points(percent * 100))
        }
        When::Bake => waits == Some("Bake"),
        When::Cold => waits == Some("Cold"),
        When::Retire => status.phase == Phase::Retire && waits == Some("Approval"),
        When::Done => status.phase == Phase::Done,
        When::RolledBack => status.phase == Phase::RolledBack && waits == Some("RolledBack"),
    }
}

struct Stage {
    region: Region,
    service: BuiltService,
    fleet: Fleet,
}

impl Stage {
    async fn at(scenario: &str, when: When) -> Self {
        let built = scenario::build(scenario, Some(1), 1).unwrap();
        let region = Region::new(built.world, 1);
        let service = built.services.into_iter().next().unwrap();
        let fleet = fleet(&region, clock_of(&region)).await;
        fleet.read(&snapshot(&service)).await;
        let stage = Self {
            region,
            service,
            fleet,
        };
        let mut aborted = false;
        for _ in 0..12 * 60 {
            let status = stage.status();
            if status.as_ref().is_some_and(|s| is_reached(when, s)) {
                return stage;
            }
            let begun = status.is_some_and(|s| is_reached(When::At(10), &s));
            if when == When::RolledBack && begun && !aborted {
                aborted = true;
                stage.order(Verb::Abort).await;
            }
            stage.run(60).await;
            if when != When::Retire || stage.status().is_some_and(|s| s.phase < Phase::Retire) {
                approve(&stage.fleet).await;
            }
        }
        panic!("{scenario} never came to {when:?}: {:?}", stage.sentence());
    }

    fn status(&self) -> Option<Status> {
        self.fleet.statuses().into_iter().next()
    }

    fn sentence(&self) -> String {
        self.status().map(|s| s.sentence).unwrap_or_default()
    }

    async fn order(&self, verb: Verb) {
        let order = Order {
            verb,
            plan: Some(self.service.name.clone()),
            gate: None,
            to: None,
            revision: None,
            actor: "oncall".to_owned(),
            reason: "to see".to_owned(),
        };
        self.fleet.order(order).await.unwrap();
    }

    async fn run(&self, for_seconds: i64) {
        seconds(&self.fleet, clock_of(&self.region), for_seconds).await;
    }

    fn place(&self) -> At {
        At {
            cluster: self.service.cluster.clone(),
            name: self.service.name.clone(),
            ipv4_group: self.service.target_group.clone(),
            routes: self.service.routes.clone(),
        }
    }

    fn failed(&self) -> u64 {
        self.region
            .with_world(|world| world.traffic().values().map(|t| t.failed).sum())
    }

    /// Whether either side has a healthy target.
    fn somebody_could_serve(&self) -> bool {
        let all = self.call("DescribeTargetGroups", Value::Map(Vec::new()));
        let groups = all.get("TargetGroups").items();
        let own = groups.iter().filter(|g| {
            let name = g.get("TargetGroupName").as_str().unwrap_or_default();
            let arn = g.get("TargetGroupArn").as_str().unwrap_or_default();
            arn == self.service.target_group
                || name.starts_with(&format!("{}-", self.service.name)) && name.contains("-v6")
        });
        own.into_iter().any(|group| {
            let arn = group.get("TargetGroupArn").clone();
            let health = self.call(
                "DescribeTargetHealth",
                Value::map([("TargetGroupArn", arn)]),
            );
            let targets = health.get("TargetHealthDescriptions").items();
            targets
                .iter()
                .any(|t| t.get("TargetHealth").get("State").as_str() == Some("healthy"))
        })
    }

    fn call(&self, op: &'static str, input: Value) -> Value {
        self.region
            .with_world(|world| services::call(world, Service::Elbv2, op, &input))
            .unwrap()
    }

    fn running(&self, name: &str) -> i64 {
        let asked = Value::map([
            ("cluster", Value::from(self.service.cluster.as_str())),
            ("services", Value::list([name])),
        ]);
        let found = self
            .region
            .with_world(|world| services::call(world, Service::Ecs, "DescribeServices", &asked))
            .unwrap();
        let first = found.get("services").items().first();
        first.map_or(0, |s| s.get("runningCount").as_i64().unwrap_or(0))
    }
}

/// What came of one edit.
struct Seen {
    /// Seconds in which requests failed though a side could serve.
    dark: i64,
    /// What it said, and how long it had been dark by then.
    sentences: Vec<(i64, String)>,
    emptied: bool,
}

async fn watched(scenario: &str, when: When, edit: &Edit) -> Seen {
    let stage = Stage::at(scenario, when).await;
    let place = stage.place();
    let twin = format!("{}-ipv6", place.name);
    let both = |stage: &Stage| [&place.name, &twin].map(|name| stage.running(name));
    let before = both(&stage);
    stage.region.with_world(|world| (edit.make)(world, &place));
    let mut seen = Seen {
        dark: 0,
        sentences: Vec::new(),
        emptied: false,
    };
    let mut failed = stage.failed();
    for _ in 0..WATCHED / TICK {
        stage.run(TICK).await;
        let now = stage.failed();
        if now > failed && stage.somebody_could_serve() {
            seen.dark += TICK;
        }
        failed = now;
        let status = stage.status().unwrap();
        let sentence = status.sentence;
        if seen
            .sentences
            .last()
            .is_none_or(|(_, last)| *last != sentence)
        {
            seen.sentences.push((seen.dark, sentence));
        }
    }
    // Who empties the only side that has tasks has done so himself.
    seen.emptied = both(&stage) == [0, 0] && before.iter().all(|tasks| *tasks > 0);
    seen
}

/// Every edit in a phase, for a kind of route.
fn nobody_goes_unanswered(scenario: &str, when: When) {
    for edit in EDITS {
        let seen = in_virtual_time(watched(scenario, when, edit));
        let most = if scenario == "many-routes" {
            MOST + PINNED
        } else {
            MOST
        };
        assert!(
            seen.dark <= most,
            "{scenario}, {when:?}, {}: unanswered for {} s: {:#?}",
            edit.name,
            seen.dark,
            seen.sentences
        );
        assert!(
            !seen.emptied,
            "{scenario}, {when:?}, {}: nobody is left: {:#?}",
            edit.name, seen.sentences
        );
    }
}

macro_rules! phases {
    ($($name:ident: $scenario:literal, $when:expr;)*) => {
        $(#[test]
        fn $name() {
            nobody_goes_unanswered($scenario, $when);
        })*
    };
}

phases! {
    edits_while_it_is_warmed: "healthy", When::Warm;
    edits_at_a_tenth: "healthy", When::At(10);
    edits_at_half: "healthy", When::At(50);
    edits_in_the_bake: "healthy", When::Bake;
    edits_while_ipv4_is_cold: "healthy", When::Cold;
    edits_before_ipv4_is_retired: "healthy", When::Retire;
    edits_when_all_is_done: "healthy", When::Done;
    edits_after_a_rollback: "healthy", When::RolledBack;
    edits_of_many_routes_at_half: "many-routes", When::At(50);
    edits_of_many_routes_while_ipv4_is_cold: "many-routes", When::Cold;
    edits_of_many_routes_after_a_rollback: "many-routes", When::RolledBack;
}
