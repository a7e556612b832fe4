//! Services with whatever AWS's models let a service have, drawn by seed, and the twins that the product makes of them.
//!
//! What belongs here: the tests, and the members in which a twin may differ, each with what it must be. What must not: how a
//! service is drawn ([`draw`], [`words`]) and made ([`site`]).

mod alike;
mod draw;
mod site;
mod words;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use sixshift_core::{
    action::Action,
    decide::{Next, decide},
    facts::Facts,
    guard::guard,
    names,
    plan::{Plan, Waiver},
    readiness::{Check, checks},
    status::WaitingOn,
    twin,
};
use sixshift_sim::{Value, services::Service};

use crate::ground::{Ground, pass};
use alike::{Allowed, Beside};
use draw::{Dice, filled, places, structures};
use site::{Documents, call};

/// Enough that each place which can be filled is.
const SEEDS: u64 = 16;
/// More rounds than a twin takes to be made.
const ROUNDS: usize = 60;

const DEFINITION: &str = "RegisterTaskDefinitionRequest";
const SERVICE: &str = "CreateServiceRequest";
const GROUP: &str = "CreateTargetGroupInput";

/// Goes on as the daemon does until the twin is made; the codes of what stops it before.
async fn migrate(ground: &Ground, plan: &Plan) -> Result<(), Vec<&'static str>> {
    let facts = Facts::default();
    for _ in 0..ROUNDS {
        let seen = ground.full(plan).await;
        if seen.twin.seen().is_some() {
            return Ok(());
        }
        match decide(plan, &facts, &seen, ground.now()).next {
            Next::Act(action) => {
                guard(plan, &facts, &seen, &action).unwrap();
                ground.act(plan, action).await;
            }
            Next::Wait(WaitingOn::Findings { findings }) => {
                return Err(findings.iter().map(|f| f.code).collect());
            }
            Next::Wait(_) => {}
            Next::Done => panic!("done without a twin"),
        }
        pass(10).await;
    }
    panic!("no twin in {ROUNDS} rounds");
}

/// Members that no table of this region or of the product has, in some structures of a document.
fn with_newer(
    ground: &Ground,
    root: &'static str,
    described: &str,
    document: &mut Json,
    dice: &mut Dice,
) {
    let mut all = structures(Service::Ecs, root, document);
    // A tag has a key and a value; what a service has beside its known members is refused by name.
    all.retain(|(_, shape)| *shape != "Tag" && *shape != SERVICE);
    // What has nothing in it counts as left out: with a member it would be another thing.
    all.retain(|(pointer, _)| document.pointer(pointer) != Some(&json!({})));
    for number in 0..3 {
        let Some((pointer, shape)) = dice.pick(&all) else {
            return;
        };
        let member = format!("newer{number}");
        let value = json!({ "deep": [dice.between(0, 9), { "er": dice.name(4) }] });
        let structure = document.pointer_mut(pointer).and_then(Json::as_object_mut);
        structure.unwrap().insert(member.clone(), value);
        ground.region.with_world(|world| {
            for shape in [*shape, if pointer.is_empty() { described } else { shape }] {
                world.newer.insert(format!("ecs:{shape}.{member}"));
            }
        });
    }
}

fn definition_of(ground: &Ground, family: &str) -> Value {
    let input = json!({ "taskDefinition": family, "include": ["TAGS"] });
    let told = call(ground, Service::Ecs, "DescribeTaskDefinition", &input);
    let mut definition = told.get("taskDefinition").clone();
    definition.set("tags", told.get("tags").clone());
    definition
}

/// A service with what only its revision tells.
fn service_of(ground: &Ground, plan: &Plan, name: &str) -> Value {
    let input = json!({ "cluster": plan.service.cluster, "services": [name], "include": ["TAGS"] });
    let told = call(ground, Service::Ecs, "DescribeServices", &input);
    let mut service = told.get("services").items()[0].clone();
    let revision = service.get("currentServiceRevisions").items()[0]
        .get("arn")
        .clone();
    let input = json!({ "serviceRevisionArns": [revision.as_str()] });
    let told = call(ground, Service::Ecs, "DescribeServiceRevisions", &input);
    service.set("revision", told.get("serviceRevisions").items()[0].clone());
    service
}

/// A target group with its attributes and tags.
fn group_of(ground: &Ground, arn: &str) -> Value {
    let told = call(
        ground,
        Service::Elbv2,
        "DescribeTargetGroups",
        &json!({ "TargetGroupArns": [arn] }),
    );
    let mut group = told.get("TargetGroups").items()[0].clone();
    let told = call(
        ground,
        Service::Elbv2,
        "DescribeTargetGroupAttributes",
        &json!({ "TargetGroupArn": arn }),
    );
    group.set("Attributes", told.get("Attributes").clone());
    let told = call(
        ground,
        Service::Elbv2,
        "DescribeTags",
        &json!({ "ResourceArns": [arn] }),
    );
    group.set(
        "Tags",
        told.get("TagDescriptions").items()[0].get("Tags").clone(),
    );
    group
}

/// Whether tags are the original's and ours.
fn is_tagged(key: &str, value: &str, old: &Value, new: &Value) -> bool {
    let pairs = |of: &Value| -> BTreeSet<(String, String)> {
        let text =
            |tag: &Value, member: &str| tag.get(member).as_str().unwrap_or_default().to_owned();
        of.items()
            .iter()
            .map(|t| (text(t, key), text(t, value)))
            .collect()
    };
    let (old, new) = (pairs(old), pairs(new));
    old.is_subset(&new)
        && new
            .difference(&old)
            .all(|(key, _)| key.starts_with("sixshift:"))
}

fn any(_: &Plan, _: &Value, _: &Value) -> bool {
    true
}

/// What a described twin's task definition may have otherwise.
const OF_DEFINITION: &[Allowed] = &[
    ("taskDefinitionArn", any),
    ("revision", any),
    ("registeredAt", any),
    ("requiresAttributes", any),
    ("family", |plan, _, new| {
        new.as_str() == Some(&names::family(plan))
    }),
    ("tags", |_, old, new| is_tagged("key", "value", old, new)),
    ("containerDefinitions[].image", |_, old, new| {
        twin::dual_stack_image(old.as_str().unwrap()).as_deref() == new.as_str()
    }),
    ("containerDefinitions[].environment", |plan, old, new| {
        let ours = plan.ipv6.task_definition.env.iter();
        let ours = ours.map(|(k, v)| {
            Value::map([
                ("name", Value::from(k.as_str())),
                ("value", v.as_str().into()),
            ])
        });
        let wanted: Vec<Value> = old.items().iter().cloned().chain(ours).collect();
        new.items() == wanted
    }),
];

/// What a described twin may have otherwise.
const OF_SERVICE: &[Allowed] = &[
    ("serviceArn", any),
    ("desiredCount", |_, _, new| new.as_i64() == Some(1)),
    ("runningCount", any),
    ("pendingCount", any),
    ("deployments", any),
    ("events", any),
    ("createdAt", any),
    ("currentServiceDeployment", any),
    ("currentServiceRevisions", any),
    ("serviceName", |plan, _, new| {
        new.as_str() == Some(&names::service(plan))
    }),
    ("taskDefinition", |plan, _, new| {
        new.as_str()
            .unwrap()
            .contains(&format!("/{}:", names::family(plan)))
    }),
    ("loadBalancers[].targetGroupArn", any),
    // Told by a finding; the group that it names is of IPv4.
    ("loadBalancers[].advancedConfiguration", |_, _, new| {
        new.is_null()
    }),
    ("tags", |_, old, new| is_tagged("key", "value", old, new)),
    ("enableExecuteCommand", |_, _, new| {
        new.as_bool() == Some(false)
    }),
    (
        "networkConfiguration.awsvpcConfiguration.subnets",
        |plan, _, new| new.strings() == plan.ipv6.subnets,
    ),
    (
        "networkConfiguration.awsvpcConfiguration.assignPublicIp",
        |_, _, new| new.as_str() == Some("DISABLED"),
    ),
    (
        "networkConfiguration.awsvpcConfiguration.securityGroups",
        |plan, _, new| Some(new.strings()) == plan.ipv6.security_groups,
    ),
    ("revision.serviceRevisionArn", any),
    ("revision.serviceArn", any),
    ("revision.createdAt", any),
    ("revision.taskDefinition", any),
    ("revision.containerImages[].image", any),
    ("revision.loadBalancers[].targetGroupArn", any),
    ("revision.loadBalancers[].advancedConfiguration", any),
    (
        "revision.networkConfiguration.awsvpcConfiguration.subnets",
        any,
    ),
    (
        "revision.networkConfiguration.awsvpcConfiguration.assignPublicIp",
        any,
    ),
    (
        "revision.networkConfiguration.awsvpcConfiguration.securityGroups",
        any,
    ),
];

/// What a described partner may have otherwise.
const OF_GROUP: &[Allowed] = &[
    ("TargetGroupArn", any),
    ("TargetGroupName", any),
    ("IpAddressType", |_, old, new| {
        (old.as_str(), new.as_str()) == (Some("ipv4"), Some("ipv6"))
    }),
    ("Tags", |_, old, new| is_tagged("Key", "Value", old, new)),
];

/// Everything of the twin beside everything of its original.
async fn is_a_twin(ground: &Ground, plan: &Plan, seed: u64) {
    let seen = ground.full(plan).await;
    // What a proven canary is given.
    let settings = twin::deployment(&seen.ipv4.seen().unwrap().deployment, true);
    let copy = Action::CopyDeployment {
        cluster: plan.service.cluster.clone(),
        service: names::service(plan),
        settings,
    };
    ground.act(plan, copy).await;
    let beside = |what: &str, table| Beside {
        what: format!("{seed}: {what}"),
        plan,
        table,
    };
    let (old, new) = (
        definition_of(ground, site::NAME),
        definition_of(ground, &names::family(plan)),
    );
    beside("task definition", OF_DEFINITION).explain(&old, &new);
    let (old, new) = (
        service_of(ground, plan, site::NAME),
        service_of(ground, plan, &names::service(plan)),
    );
    beside("service", OF_SERVICE).explain(&old, &new);
    let pairs = old
        .get("loadBalancers")
        .items()
        .iter()
        .zip(new.get("loadBalancers").items());
    for (old, new) in pairs {
        let arn = |of: &Value| of.get("targetGroupArn").as_str().unwrap().to_owned();
        let (old, new) = (group_of(ground, &arn(old)), group_of(ground, &arn(new)));
        beside("target group", OF_GROUP).explain(&old, &new);
    }
}

/// Places that were filled, of each of the three inputs.
#[derive(Default)]
struct Covered([BTreeSet<String>; 3]);

impl Covered {
    fn with(&mut self, documents: &Documents) {
        self.0[0].extend(filled(Service::Ecs, DEFINITION, &documents.definition));
        self.0[1].extend(filled(Service::Ecs, SERVICE, &documents.service));
        for group in &documents.groups {
            self.0[2].extend(filled(Service::Elbv2, GROUP, &group.input));
        }
    }
}

/// Random words speak of anything; what is a matter of judgement is no matter here.
fn judgements() -> Vec<Waiver> {
    let judged = checks().filter(|c| c.is_waivable());
    let waiver = |c: &Check| Waiver {
        finding: c.name,
        reason: "random".to_owned(),
    };
    judged.map(waiver).collect()
}

#[tokio::test(start_paused = true)]
async fn the_twin_of_a_generated_service_differs_from_it_only_where_the_tables_say() {
    for seed in 0..SEEDS {
        let mut documents = site::documents(seed, None);
        let ground = Ground::new("healthy", None);
        let dice = &mut Dice::new(seed);
        with_newer(
            &ground,
            DEFINITION,
            "TaskDefinition",
            &mut documents.definition,
            dice,
        );
        with_newer(&ground, SERVICE, "Service", &mut documents.service, dice);
        let mut plan = site::built(&ground, &documents);
        plan.preflight.waive = judgements();
        pass(60).await;
        assert_eq!(migrate(&ground, &plan).await, Ok(()), "{seed}");
        is_a_twin(&ground, &plan, seed).await;
    }
}

/// What a service may have that stops its migration: the code of the finding, and where it begins.
#[tokio::test(start_paused = true)]
async fn what_a_twin_cannot_have_stops_the_migration_before_anything_is_made() {
    for (seed, stopped) in words::STOPPED.iter().enumerate() {
        let documents = site::documents(seed as u64, Some(stopped));
        let ground = Ground::new("healthy", None);
        let plan = site::built(&ground, &documents);
        pass(60).await;
        let codes = migrate(&ground, &plan).await.unwrap_err();
        assert!(codes.contains(&stopped.code), "{}: {codes:?}", stopped.code);
        let made = ground.hands.calls();
        let writes = [
            "ecs:CreateService",
            "ecs:RegisterTaskDefinition",
            "elasticloadbalancing:CreateTargetGroup",
        ];
        assert!(
            writes.iter().all(|call| !made.contains_key(*call)),
            "{made:?}"
        );
    }
}

#[test]
fn every_member_of_the_three_inputs_is_in_a_generated_service_but_for_those_that_a_table_names() {
    let mut covered = Covered::default();
    for seed in 0..SEEDS {
        covered.with(&site::documents(seed, None));
    }
    for (seed, stopped) in (0..6).flat_map(|seed| words::STOPPED.iter().map(move |s| (seed, s))) {
        covered.with(&site::documents(seed, Some(stopped)));
    }
    let inputs = [
        (Service::Ecs, DEFINITION, words::NO_DEFINITION),
        (Service::Ecs, SERVICE, words::NO_SERVICE),
        (Service::Elbv2, GROUP, &[]),
    ];
    for ((service, root, but), covered) in inputs.into_iter().zip(&covered.0) {
        let excepted = |place: &str| {
            but.iter().any(|(p, _)| {
                place
                    .strip_prefix(p)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
        };
        let left: Vec<String> = places(service, root)
            .difference(covered)
            .filter(|p| !excepted(p))
            .cloned()
            .collect();
        assert!(left.is_empty(), "{root}: {left:#?}");
        for (place, _) in but {
            assert!(
                !covered.contains(*place),
                "{root}: {place} is taken after all"
            );
        }
    }
}
