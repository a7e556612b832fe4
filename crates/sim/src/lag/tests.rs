//! What is late, for how long, and what waits for it.

use super::*;
use crate::scenario::Built;
use crate::scenario::fixture::{
    dual_stack_definition, ipv6_target_group, one, pass, twin_input, weights,
};

/// How late the region of these tests is.
const LATE: i64 = 8;
/// Enough looks that each outcome comes up.
const LOOKS: usize = 64;

/// A region with one service, as late as can be.
struct Late {
    built: Built,
    lag: Lag,
}

impl Late {
    fn new() -> Self {
        let mut lag = Lag::new(7);
        lag.set(LATE as f64);
        Self {
            built: one("healthy"),
            lag,
        }
    }

    fn call(
        &mut self,
        service: Service,
        op: &str,
        fields: Vec<(&str, Value)>,
    ) -> Result<Value, AwsError> {
        let world = &mut self.built.world;
        self.lag.call(world, service, op, &Value::map(fields))
    }

    /// The same call many times, at one moment.
    fn calls(
        &mut self,
        service: Service,
        op: &str,
        fields: &[(&str, Value)],
    ) -> Vec<Result<Value, AwsError>> {
        (0..LOOKS)
            .map(|_| self.call(service, op, fields.to_vec()))
            .collect()
    }

    fn pass(&mut self, seconds: i64) {
        pass(&mut self.built.world, seconds);
    }

    /// An IPv6 target group that everybody has heard of.
    fn known_group(&mut self) -> String {
        let group = ipv6_target_group(&mut self.built, "twin");
        self.pass(60);
        group
    }

    /// Sets the listener's weights by a call: IPv4, IPv6.
    fn forward(&mut self, ipv6: Option<&str>) {
        let service = self.built.services[0].clone();
        let mut groups = vec![(service.target_group.as_str(), 100)];
        groups.extend(ipv6.map(|arn| (arn, 0)));
        let fields = vec![
            ("ListenerArn", service.routes[0].as_str().into()),
            ("DefaultActions", weights(&groups)),
        ];
        self.call(Service::Elbv2, "ModifyListener", fields).unwrap();
    }

    /// The twin's CreateService, with everything that it rests on in place for long.
    fn create_twin(&mut self) {
        let group = self.known_group();
        self.forward(Some(&group));
        self.pass(60);
        let definition = dual_stack_definition(&mut self.built);
        let mut input = twin_input(&self.built, &group, &definition);
        input.set(
            "tags",
            Value::list([Value::map([
                ("key", Value::from("a")),
                ("value", "b".into()),
            ])]),
        );
        let world = &mut self.built.world;
        self.lag
            .call(world, Service::Ecs, "CreateService", &input)
            .unwrap();
    }
}

fn create_group() -> Vec<(&'static str, Value)> {
    let tag = Value::map([("Key", Value::from("a")), ("Value", "b".into())]);
    vec![
        ("Name", "new".into()),
        ("Protocol", "HTTP".into()),
        ("Port", 8080_i64.into()),
        ("TargetType", "ip".into()),
        ("Tags", Value::list([tag])),
    ]
}

/// A new target group by a call; its ARN.
fn new_group(late: &mut Late) -> String {
    let vpc = late.built.world.network.vpcs[0].id.clone();
    let mut fields = create_group();
    fields.push(("VpcId", vpc.into()));
    let made = late.call(Service::Elbv2, "CreateTargetGroup", fields);
    let made = made.unwrap().get("TargetGroups").items()[0].clone();
    made.get("TargetGroupArn").as_str().unwrap().to_owned()
}

fn about_twin() -> Vec<(&'static str, Value)> {
    vec![
        ("cluster", "prod".into()),
        ("services", Value::list(["checkout-ipv6"])),
        ("include", Value::list(["TAGS"])),
    ]
}

fn scalable() -> Vec<(&'static str, Value)> {
    vec![
        ("ServiceNamespace", "ecs".into()),
        ("ResourceId", "service/prod/checkout-ipv6".into()),
        ("ScalableDimension", "ecs:service:DesiredCount".into()),
    ]
}

fn bounds() -> Vec<(&'static str, Value)> {
    let mut fields = scalable();
    fields.extend([("MinCapacity", 1_i64.into()), ("MaxCapacity", 5_i64.into())]);
    fields
}

/// How many of some answers are refused with a code; every other one is no refusal.
fn refused(answers: &[Result<Value, AwsError>], code: &str) -> usize {
    let errors = answers.iter().filter_map(|a| a.as_ref().err());
    errors.inspect(|e| assert_eq!(e.code, code, "{e}")).count()
}

#[test]
fn a_group_just_created_is_not_found_for_seconds_and_time_may_go_back_between_two_looks() {
    let mut late = Late::new();
    let group = new_group(&mut late);
    let asked = [("TargetGroupArns", Value::list([group.as_str()]))];
    let looks = |late: &mut Late| {
        let answers = late.calls(Service::Elbv2, "DescribeTargetGroups", &asked);
        (refused(&answers, "TargetGroupNotFound"), answers)
    };
    late.pass(1);
    assert!(looks(&mut late).0 > LOOKS / 2);
    late.pass(4);
    let (missing, answers) = looks(&mut late);
    assert!((1..LOOKS).contains(&missing), "{missing}");
    let found_then_not = answers.windows(2).any(|w| w[0].is_ok() && w[1].is_err());
    assert!(found_then_not, "no look went back in time");
    late.pass(LATE);
    assert_eq!(looks(&mut late).0, 0);
}

#[test]
fn a_group_just_created_cannot_be_tagged_for_some_seconds() {
    let mut late = Late::new();
    let group = new_group(&mut late);
    late.pass(4);
    let tag = Value::map([("Key", Value::from("c")), ("Value", "d".into())]);
    let asked = [
        ("ResourceArns", Value::list([group.as_str()])),
        ("Tags", Value::list([tag])),
    ];
    let first = refused(
        &late.calls(Service::Elbv2, "AddTags", &asked),
        "TargetGroupNotFound",
    );
    assert!((1..LOOKS).contains(&first), "{first}");
    late.pass(2 * LATE);
    assert_eq!(
        refused(&late.calls(Service::Elbv2, "AddTags", &asked), "none"),
        0
    );
}

#[test]
fn tags_come_later_than_the_group_that_they_hang_on() {
    let mut late = Late::new();
    let group = new_group(&mut late);
    let asked = [("ResourceArns", Value::list([group.as_str()]))];
    let bare = |late: &mut Late| {
        let answers = late.calls(Service::Elbv2, "DescribeTags", &asked);
        let found = answers.iter().flatten();
        let tags = found.map(|a| {
            a.get("TagDescriptions").items()[0]
                .get("Tags")
                .items()
                .len()
        });
        tags.filter(|n| *n == 0).count()
    };
    late.pass(LATE + 1);
    assert!(bare(&mut late) > 0, "the group is there, its tags are not");
    late.pass(LATE);
    assert_eq!(bare(&mut late), 0);
}

#[test]
fn a_service_just_created_is_missing_for_some_seconds_and_its_tags_for_more() {
    let mut late = Late::new();
    late.create_twin();
    let looks = |late: &mut Late| {
        let answers = late.calls(Service::Ecs, "DescribeServices", &about_twin());
        let found: Vec<Value> = answers.into_iter().map(Result::unwrap).collect();
        let missing = found
            .iter()
            .filter(|a| !a.get("failures").items().is_empty());
        let bare = found.iter().flat_map(|a| a.get("services").items());
        let bare = bare.filter(|s| s.get("tags").items().is_empty());
        (missing.count(), bare.count())
    };
    late.pass(4);
    let (missing, bare) = looks(&mut late);
    assert!((1..LOOKS).contains(&missing), "{missing}");
    assert!(bare > 0);
    late.pass(LATE);
    assert_eq!(looks(&mut late).0, 0);
    late.pass(LATE);
    assert_eq!(looks(&mut late), (0, 0));
}

#[test]
fn a_service_whose_name_is_used_again_is_shown_as_the_old_one_for_some_seconds() {
    let mut late = Late::new();
    late.create_twin();
    late.pass(60);
    let gone = vec![
        ("cluster", "prod".into()),
        ("service", "checkout-ipv6".into()),
        ("force", true.into()),
    ];
    late.call(Service::Ecs, "DeleteService", gone).unwrap();
    late.pass(900);
    let definition = late.built.world.ecs.task_definitions["checkout-ipv6"][0]
        .arn
        .clone();
    let group = late
        .built
        .world
        .elb
        .target_groups
        .values()
        .find(|g| g.name == "twin");
    let mut input = twin_input(&late.built, &group.unwrap().arn.clone(), &definition);
    input.set("clientToken", "another".into());
    late.lag
        .call(&mut late.built.world, Service::Ecs, "CreateService", &input)
        .unwrap();
    late.pass(4);
    let answers = late.calls(Service::Ecs, "DescribeServices", &about_twin());
    let statuses: Vec<String> = answers
        .iter()
        .flatten()
        .flat_map(|a| a.get("services").items())
        .filter_map(|s| Some(s.get("status").as_str()?.to_owned()))
        .collect();
    assert_eq!(statuses.len(), LOOKS);
    for status in ["ACTIVE", "INACTIVE"] {
        assert!(statuses.iter().any(|s| s == status), "never {status}");
    }
}

#[test]
fn the_load_balancers_of_a_group_lag_attach_and_detach() {
    let mut late = Late::new();
    let group = late.known_group();
    let asked = [("TargetGroupArns", Value::list([group.as_str()]))];
    let attached = |late: &mut Late| {
        let answers = late.calls(Service::Elbv2, "DescribeTargetGroups", &asked);
        let groups = answers
            .iter()
            .flatten()
            .map(|a| &a.get("TargetGroups").items()[0]);
        groups
            .filter(|g| !g.get("LoadBalancerArns").items().is_empty())
            .count()
    };
    late.forward(Some(&group));
    late.pass(4);
    assert!((1..LOOKS).contains(&attached(&mut late)));
    late.pass(LATE);
    assert_eq!(attached(&mut late), LOOKS);
    late.forward(None);
    late.pass(4);
    assert!((1..LOOKS).contains(&attached(&mut late)));
    late.pass(LATE);
    assert_eq!(attached(&mut late), 0);
}

#[test]
fn a_group_just_detached_is_in_use_for_some_seconds() {
    let mut late = Late::new();
    let group = late.known_group();
    late.forward(Some(&group));
    late.pass(60);
    late.forward(None);
    let asked = || vec![("TargetGroupArn", Value::from(group.as_str()))];
    let error = late.call(Service::Elbv2, "DeleteTargetGroup", asked());
    assert_eq!(error.unwrap_err().code, "ResourceInUse");
    late.pass(LATE + 1);
    late.call(Service::Elbv2, "DeleteTargetGroup", asked())
        .unwrap();
}

#[test]
fn a_service_on_a_group_just_attached_is_refused_for_some_seconds() {
    let mut late = Late::new();
    let group = late.known_group();
    let definition = dual_stack_definition(&mut late.built);
    let input = twin_input(&late.built, &group, &definition);
    late.forward(Some(&group));
    let create = |late: &mut Late| {
        let world = &mut late.built.world;
        late.lag.call(world, Service::Ecs, "CreateService", &input)
    };
    let error = create(&mut late).unwrap_err();
    assert_eq!(error.code, "InvalidParameterException");
    assert!(
        error
            .message
            .ends_with("does not have an associated load balancer.")
    );
    late.pass(LATE + 1);
    create(&mut late).unwrap();
}

#[test]
fn a_service_just_created_cannot_be_scaled_for_some_seconds() {
    let mut late = Late::new();
    late.create_twin();
    let error = late.call(Service::AutoScaling, "RegisterScalableTarget", bounds());
    let error = error.unwrap_err();
    assert_eq!(error.code, "ValidationException");
    assert_eq!(
        error.message,
        "ECS service doesn't exist: service/prod/checkout-ipv6"
    );
    late.pass(LATE + 1);
    late.call(Service::AutoScaling, "RegisterScalableTarget", bounds())
        .unwrap();
}

#[test]
fn a_target_just_registered_is_not_described_and_takes_no_schedule_for_some_seconds() {
    let mut late = Late::new();
    late.create_twin();
    late.pass(60);
    late.call(Service::AutoScaling, "RegisterScalableTarget", bounds())
        .unwrap();
    let schedule = || {
        let mut fields = scalable();
        fields.extend([
            ("ScheduledActionName", Value::from("morning")),
            ("Schedule", "cron(0 8 * * ? *)".into()),
            (
                "ScalableTargetAction",
                Value::map([("MinCapacity", Value::from(2_i64))]),
            ),
        ]);
        fields
    };
    let error = late.call(Service::AutoScaling, "PutScheduledAction", schedule());
    assert_eq!(error.unwrap_err().code, "ObjectNotFoundException");
    let asked = [
        ("ServiceNamespace", Value::from("ecs")),
        ("ResourceIds", Value::list(["service/prod/checkout-ipv6"])),
    ];
    late.pass(4);
    let answers = late.calls(Service::AutoScaling, "DescribeScalableTargets", &asked);
    let empty = answers.iter().flatten();
    let empty = empty.filter(|a| a.get("ScalableTargets").items().is_empty());
    assert!((1..LOOKS).contains(&empty.count()));
    late.pass(LATE);
    late.call(Service::AutoScaling, "PutScheduledAction", schedule())
        .unwrap();
}

#[test]
fn a_forward_names_its_groups_in_any_order() {
    let mut late = Late::new();
    let group = late.known_group();
    late.forward(Some(&group));
    late.pass(60);
    let listener = late.built.services[0].routes[0].clone();
    let asked = [("ListenerArns", Value::list([listener]))];
    let answers = late.calls(Service::Elbv2, "DescribeListeners", &asked);
    let mut orders: Vec<String> = answers
        .iter()
        .flatten()
        .map(|a| &a.get("Listeners").items()[0].get("DefaultActions").items()[0])
        .map(|action| format!("{:?}", action.get("ForwardConfig").get("TargetGroups")))
        .collect();
    orders.sort();
    orders.dedup();
    assert_eq!(orders.len(), 2, "{orders:#?}");
}

#[test]
fn what_nobody_made_is_refused_in_the_operations_own_words() {
    let mut late = Late::new();
    let on_time = services::call(
        &mut one("healthy").world,
        Service::AutoScaling,
        "PutScheduledAction",
        &Value::map(scalable()),
    );
    let told = late.call(Service::AutoScaling, "PutScheduledAction", scalable());
    assert_eq!(told.unwrap_err(), on_time.unwrap_err());
}

#[test]
fn a_refused_write_leaves_no_past_and_old_pasts_go() {
    let mut late = Late::new();
    let nothing = vec![("TargetGroupArn", "arn:none".into())];
    let attributes = late.call(Service::Elbv2, "ModifyTargetGroupAttributes", nothing);
    assert!(attributes.is_err());
    let kept = |late: &Late| late.lag.before.values().map(VecDeque::len).sum::<usize>();
    assert_eq!(kept(&late), 0);
    new_group(&mut late);
    assert_eq!(kept(&late), 1);
    late.pass(2 * LATE + 1);
    let clusters = late.call(Service::Ecs, "ListClusters", Vec::new());
    assert!(clusters.is_ok());
    assert_eq!(kept(&late), 0);
}

#[test]
fn the_same_seed_is_late_in_the_same_way() {
    let run = |seed| {
        let mut late = Late::new();
        late.lag = Lag::new(seed);
        late.lag.set(LATE as f64);
        let group = new_group(&mut late);
        late.pass(4);
        let asked = [("TargetGroupArns", Value::list([group]))];
        format!(
            "{:?}",
            late.calls(Service::Elbv2, "DescribeTargetGroups", &asked)
        )
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn a_region_that_is_not_late_shows_what_was_written() {
    let mut late = Late::new();
    late.lag.set(0.0);
    let group = new_group(&mut late);
    let asked = [("TargetGroupArns", Value::list([group]))];
    let answers = late.calls(Service::Elbv2, "DescribeTargetGroups", &asked);
    assert_eq!(refused(&answers, "none"), 0);
}

#[test]
fn a_target_group_of_lattice_is_late_as_well() {
    let mut late = Late::new();
    let vpc = late.built.world.network.vpcs[0].id.clone();
    let config = Value::map([("vpcIdentifier", Value::from(vpc))]);
    let fields = vec![
        ("name", "new".into()),
        ("type", "IP".into()),
        ("config", config),
    ];
    let made = late.call(Service::Lattice, "CreateTargetGroup", fields);
    let named = [("targetGroupIdentifier", made.unwrap().get("id").clone())];
    late.pass(LATE / 2);
    let seen = late.calls(Service::Lattice, "GetTargetGroup", &named);
    assert!(seen.iter().any(Result::is_ok) && seen.iter().any(Result::is_err));
    late.pass(60);
    let seen = late.calls(Service::Lattice, "GetTargetGroup", &named);
    assert!(seen.iter().all(Result::is_ok));
}
