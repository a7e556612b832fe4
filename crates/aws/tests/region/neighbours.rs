//! What a service leans on beside its network: each fault is named, its remedy makes it go away, a permission that is lacking is told
//! by its name, and rounds neither wait nor pay for it.

use sixshift_core::{
    observation::{Known, Look, Observation},
    readiness::{Finding, Severity, findings},
};
use sixshift_sim::{
    Value,
    caller::Policy,
    faults::{Fault, Wrong},
    scenario::{self, flaws},
    services::{self, Service},
};

use crate::ground::{Ground, pass, plan};

/// A call as whoever owns the account makes it.
pub(crate) fn call(
    ground: &Ground,
    service: Service,
    op: &'static str,
    fields: &[(&str, Value)],
) -> Value {
    let input = Value::map(fields.iter().map(|(k, v)| (*k, v.clone())));
    let done = ground
        .region
        .with_world(|world| services::call(world, service, op, &input));
    done.unwrap_or_else(|refusal| panic!("{op}: {refusal:?}"))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn planted(flaw: &str) -> Ground {
    let mut built = scenario::build("healthy", None, 7).unwrap();
    flaws::plant(&mut built, flaw).unwrap();
    Ground::of(built)
}

/// What hands that know nothing yet see, waiting for all of it.
pub(crate) async fn seen(ground: &Ground) -> Observation {
    let ground = ground.again();
    let asked = sixshift_aws::Asked::full(ground.now());
    ground.hands.observe_patiently(&ground.plan(), asked).await
}

async fn found(ground: &Ground) -> Vec<Finding> {
    findings(&ground.plan(), &seen(ground).await)
}

async fn named(ground: &Ground) -> Vec<(&'static str, Severity)> {
    let found = found(ground).await;
    found.iter().map(|f| (f.code, f.severity)).collect()
}

const NONE: [(&str, Severity); 0] = [];

/// The subnets of a sort, by their having IPv4 and IPv6.
pub(crate) fn subnets(ground: &Ground, wanted: (bool, bool)) -> Vec<String> {
    ground.region.with_world(|world| {
        let all = world.network.subnets.iter();
        let these = all.filter(|s| (s.ipv4_cidr.is_some(), s.ipv6_cidr.is_some()) == wanted);
        these.map(|s| s.id.clone()).collect()
    })
}

pub(crate) fn group(ground: &Ground, name: &str) -> String {
    ground.region.with_world(|world| {
        let found = world.network.groups.iter().find(|g| g.name == name);
        found.unwrap().id.clone()
    })
}

#[tokio::test(start_paused = true)]
async fn a_file_system_without_ipv6_mount_targets_is_named_until_they_are_made_anew() {
    let ground = planted("efs-ipv4");
    assert_eq!(
        named(&ground).await,
        [("efs-mount-targets", Severity::Block)]
    );
    let systems = call(&ground, Service::Efs, "DescribeFileSystems", &[]);
    let id = systems.get("FileSystems").items()[0].get("FileSystemId");
    let of = [("FileSystemId", id.clone())];
    let targets = call(&ground, Service::Efs, "DescribeMountTargets", &of);
    let targets = targets.get("MountTargets").items();
    let groups = Value::list([group(&ground, "file-systems")]);
    for (target, subnet) in targets.iter().zip(subnets(&ground, (true, true))) {
        let old = [("MountTargetId", target.get("MountTargetId").clone())];
        call(&ground, Service::Efs, "DeleteMountTarget", &old);
        let new = [
            ("FileSystemId", id.clone()),
            ("SubnetId", subnet.into()),
            ("IpAddressType", "DUAL_STACK".into()),
            ("SecurityGroups", groups.clone()),
        ];
        call(&ground, Service::Efs, "CreateMountTarget", &new);
    }
    assert_eq!(named(&ground).await, NONE);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_does_not_admit_the_nat_gateway_is_named_until_it_does() {
    let ground = planted("database-ipv4");
    assert_eq!(named(&ground).await, [("database", Severity::Block)]);
    let told = found(&ground).await;
    assert!(
        told[0].message.contains("shop has IPv4 addresses alone"),
        "{told:?}"
    );
    let gateway = ground
        .region
        .with_world(|world| world.network.nat_gateways[0].private_ip.clone());
    let range = Value::map([("CidrIp", Value::from(format!("{gateway}/32")))]);
    let permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", 5432_i64.into()),
        ("ToPort", 5432_i64.into()),
        ("IpRanges", Value::list([range])),
    ]);
    let rule = [
        ("GroupId", group(&ground, "databases").into()),
        ("IpPermissions", Value::list([permission])),
    ];
    call(
        &ground,
        Service::Ec2,
        "AuthorizeSecurityGroupIngress",
        &rule,
    );
    assert_eq!(named(&ground).await, NONE);
}

#[tokio::test(start_paused = true)]
async fn a_dual_stack_database_is_well() {
    let ground = planted("database-ipv4");
    let of = |name: &'static str| ("DBSubnetGroupName", Value::from(name));
    let group = [
        of("both"),
        ("DBSubnetGroupDescription", "both".into()),
        ("SubnetIds", Value::list(subnets(&ground, (true, true)))),
    ];
    call(&ground, Service::Rds, "CreateDBSubnetGroup", &group);
    let old = call(&ground, Service::Rds, "DescribeDBInstances", &[]);
    let old = &old.get("DBInstances").items()[0];
    let groups = old.get("VpcSecurityGroups").items();
    let id = ("DBInstanceIdentifier", Value::from("shop"));
    call(
        &ground,
        Service::Rds,
        "DeleteDBInstance",
        std::slice::from_ref(&id),
    );
    let new = [
        id,
        ("DBInstanceClass", "db.t4g.small".into()),
        ("Engine", "postgres".into()),
        ("NetworkType", "DUAL".into()),
        (
            "VpcSecurityGroupIds",
            Value::list([groups[0].get("VpcSecurityGroupId").clone()]),
        ),
        of("both"),
    ];
    call(&ground, Service::Rds, "CreateDBInstance", &new);
    assert_eq!(named(&ground).await, NONE);
}

/// A set of addresses; its ARN.
fn set(ground: &Ground, family: &'static str, block: &'static str) -> String {
    let fields = [
        ("Name", family.into()),
        ("Scope", "REGIONAL".into()),
        ("IPAddressVersion", family.into()),
        ("Addresses", Value::list([block])),
    ];
    let made = call(ground, Service::Waf, "CreateIPSet", &fields);
    text(made.get("Summary").get("ARN"))
}

/// Gives the load balancer a web ACL that lets in who is in one of some sets, and nobody else.
fn guard(ground: &Ground, name: &'static str, sets: &[&str]) {
    let visible = Value::map([
        ("SampledRequestsEnabled", Value::from(false)),
        ("CloudWatchMetricsEnabled", false.into()),
        ("MetricName", name.into()),
    ]);
    let statement = |arn: &&str| {
        let of = Value::map([("ARN", Value::from(*arn))]);
        Value::map([("IPSetReferenceStatement", of)])
    };
    let statement = match sets {
        [one] => statement(one),
        several => {
            let of = Value::map([("Statements", Value::list(several.iter().map(statement)))]);
            Value::map([("OrStatement", of)])
        }
    };
    let rule = Value::map([
        ("Name", Value::from("office")),
        ("Priority", 0_i64.into()),
        ("Statement", statement),
        ("Action", Value::map([("Allow", Value::map::<&str>([]))])),
        ("VisibilityConfig", visible.clone()),
    ]);
    let fields = [
        ("Name", name.into()),
        ("Scope", "REGIONAL".into()),
        (
            "DefaultAction",
            Value::map([("Block", Value::map::<&str>([]))]),
        ),
        ("Rules", Value::list([rule])),
        ("VisibilityConfig", visible),
    ];
    let made = call(ground, Service::Waf, "CreateWebACL", &fields);
    let arn = text(made.get("Summary").get("ARN"));
    let balancer = ground
        .region
        .with_world(|world| world.elb.load_balancers.keys().next().cloned());
    let fields = [
        ("WebACLArn", arn.into()),
        ("ResourceArn", balancer.unwrap().into()),
    ];
    call(ground, Service::Waf, "AssociateWebACL", &fields);
}

#[tokio::test(start_paused = true)]
async fn a_web_acl_that_knows_ipv4_alone_is_named_until_it_knows_both() {
    let ground = Ground::new("healthy", None);
    let ipv4 = set(&ground, "IPV4", "203.0.113.0/24");
    guard(&ground, "old", &[&ipv4]);
    assert_eq!(named(&ground).await, [("waf-one-family", Severity::Warn)]);
    let ipv6 = set(&ground, "IPV6", "2001:db8::/56");
    guard(&ground, "new", &[&ipv4, &ipv6]);
    assert_eq!(named(&ground).await, NONE);
}

fn policy(blocks: &str) -> Value {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"*","Resource":"*",
            "Condition":{{"NotIpAddress":{{"aws:SourceIp":[{blocks}]}}}}}}]}}"#
    );
    text.into()
}

fn role(ground: &Ground) -> (&'static str, Value) {
    ("RoleName", ground.services[0].name.as_str().into())
}

fn make_role(ground: &Ground) {
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let fields = [role(ground), ("AssumeRolePolicyDocument", trust.into())];
    call(ground, Service::Iam, "CreateRole", &fields);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_admits_ipv4_addresses_alone_is_named_until_it_admits_both() {
    let ground = Ground::new("healthy", None);
    make_role(&ground);
    let put = |blocks: &str| {
        let fields = [
            role(&ground),
            ("PolicyName", "office".into()),
            ("PolicyDocument", policy(blocks)),
        ];
        call(&ground, Service::Iam, "PutRolePolicy", &fields);
    };
    put(r#""203.0.113.0/24""#);
    assert_eq!(named(&ground).await, [("policy-addresses", Severity::Warn)]);
    put(r#""203.0.113.0/24","2001:db8::/56""#);
    assert_eq!(named(&ground).await, NONE);
}

#[tokio::test(start_paused = true)]
async fn policies_that_are_attached_are_read_as_well_and_awss_own_are_not() {
    let ground = Ground::new("healthy", None);
    make_role(&ground);
    let fields = [
        ("PolicyName", "shared".into()),
        ("PolicyDocument", policy(r#""203.0.113.0/24""#)),
    ];
    let made = call(&ground, Service::Iam, "CreatePolicy", &fields);
    let own = text(made.get("Policy").get("Arn"));
    for arn in [own.as_str(), "arn:aws:iam::aws:policy/ReadOnlyAccess"] {
        let fields = [role(&ground), ("PolicyArn", arn.into())];
        call(&ground, Service::Iam, "AttachRolePolicy", &fields);
    }
    let told = found(&ground).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].message.contains("policy shared of the task role"),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_permissions_boundary_that_admits_ipv4_addresses_alone_is_named_and_not_passed_over() {
    let ground = Ground::new("healthy", None);
    let boundary = |name: &'static str, blocks: &str| {
        let fields = [
            ("PolicyName", name.into()),
            ("PolicyDocument", policy(blocks)),
        ];
        let made = call(&ground, Service::Iam, "CreatePolicy", &fields);
        text(made.get("Policy").get("Arn"))
    };
    let bounded = |arn: String| {
        let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
        let fields = [
            role(&ground),
            ("AssumeRolePolicyDocument", trust.into()),
            ("PermissionsBoundary", arn.into()),
        ];
        call(&ground, Service::Iam, "CreateRole", &fields);
    };
    bounded(boundary("office", r#""203.0.113.0/24""#));
    let told = found(&ground).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0]
            .message
            .contains("policy office, the permissions boundary of the task role"),
        "{told:?}"
    );
    let fields = [role(&ground)];
    call(&ground, Service::Iam, "DeleteRole", &fields);
    bounded(boundary("both", r#""203.0.113.0/24","2001:db8::/56""#));
    assert_eq!(named(&ground).await, NONE);
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_lacking_is_told_by_its_name_and_nothing_is_taken_for_well() {
    for (flaw, action, what) in [
        (
            "efs-ipv4",
            "elasticfilesystem:DescribeMountTargets",
            "mount targets are",
        ),
        ("database-ipv4", "rds:DescribeDBInstances", "databases are"),
        (
            "database-ipv4",
            "iam:ListRolePolicies",
            "policies of the task's roles are",
        ),
        (
            "database-ipv4",
            "iam:GetRole",
            "policies of the task's roles are",
        ),
        ("efs-ipv4", "wafv2:GetWebACLForResource", "web ACLs are"),
        ("efs-ipv4", "wafv2:GetWebACL", "web ACLs are"),
    ] {
        let ground = planted(flaw);
        make_role(&ground);
        let allows = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},
                {{"Effect":"Deny","Action":["{action}"],"Resource":"*"}}]}}"#
        );
        let held = Policy::read(allows.as_bytes()).unwrap();
        ground.region.set_policy(Some(held));
        let told = found(&ground).await;
        let own = told.iter().find(|f| f.code == "not-permitted");
        let own = own.unwrap_or_else(|| panic!("{action}: {told:?}"));
        // What AWS asks for beside the call is told by the call.
        let call = action.replace("GetWebACL", "GetWebACLForResource");
        let call = call.replace("ForResourceForResource", "ForResource");
        assert_eq!(
            own.message,
            format!("{call} is not allowed: {what} not checked")
        );
        assert!(own.remedy.contains("deploy/iam/preflight.json"), "{own:?}");
    }
}

/// The policies in `deploy/` are enough for all of it.
#[tokio::test(start_paused = true)]
async fn with_the_policies_of_deploy_all_of_it_is_read() {
    let ground = planted("database-ipv4");
    make_role(&ground);
    let ipv4 = set(&ground, "IPV4", "203.0.113.0/24");
    guard(&ground, "old", &[&ipv4]);
    let mut statements = Vec::new();
    for file in ["policy", "preflight"] {
        let path = format!(
            "{}/../../deploy/iam/{file}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read(path).unwrap();
        let policy: serde_json::Value = serde_json::from_slice(&text).unwrap();
        statements.extend(policy["Statement"].as_array().unwrap().clone());
    }
    let whole = serde_json::json!({ "Statement": statements }).to_string();
    let held = Policy::read(whole.as_bytes()).unwrap();
    ground.region.set_policy(Some(held));
    let seen = seen(&ground).await;
    assert_eq!(seen.neighbours.unread().collect::<Vec<_>>(), []);
    assert!(seen.neighbours.roles.values().any(|r| r.seen().is_some()));
}

#[tokio::test(start_paused = true)]
async fn what_aws_was_too_busy_to_tell_is_asked_by_the_next_look() {
    let ground = planted("efs-ipv4");
    let plan = ground.plan();
    let wrong = Fault::next("efs:DescribeMountTargets", Wrong::Throttle, 2);
    ground.region.inject(wrong);
    let unknown = |seen: &Observation| {
        let mut all = seen.neighbours.file_systems.values();
        all.any(|known| known.unknown().is_some())
    };
    let seen = ground.full(&plan).await;
    assert!(unknown(&seen) && seen.passing().is_some());
    assert!(!unknown(&ground.full(&plan).await));
}

/// Thirty services of one VPC, half an hour of rounds.
#[tokio::test(start_paused = true)]
async fn rounds_pay_next_to_nothing_and_wait_for_nothing_that_only_warns() {
    let region = Ground::new("big-fleet", Some(30));
    let plans: Vec<_> = region.services.iter().map(plan).collect();
    let look = || async {
        let looks = plans.iter().map(|plan| region.look(plan, Look::Light));
        futures::future::join_all(looks).await
    };
    let asked = || {
        let calls = region.hands.calls();
        let of = |prefix: &str| -> u64 {
            let these = calls.iter().filter(|(name, _)| name.starts_with(prefix));
            these.map(|(_, n)| n).sum()
        };
        [
            "wafv2:",
            "iam:",
            "rds:",
            "elasticache:",
            "elasticfilesystem:",
        ]
        .map(of)
    };
    let first = look().await;
    let acls = |seen: &Observation| seen.neighbours.web_acls.values().next().cloned();
    assert_eq!(acls(&first[0]), Some(Known::not_asked()));
    pass(60).await;
    let second = look().await;
    assert_eq!(acls(&second[0]), Some(Known::Absent));
    let [waf, iam, ..] = asked();
    let balancers = region
        .region
        .with_world(|world| world.elb.load_balancers.len());
    assert_eq!(waf, balancers as u64);
    // Two lists of each service's role, and of the one that starts them all.
    assert_eq!(iam, 2 * (30 + 1));
    for _ in 0..30 {
        pass(60).await;
        look().await;
    }
    let [waf_then, iam_then, others @ ..] = asked();
    assert!(
        waf_then <= 5 * waf && iam_then <= 5 * iam,
        "{waf_then}, {iam_then}"
    );
    assert_eq!(others, [0; 3], "nobody names any");
}
