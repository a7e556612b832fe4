//! What a service talks to, as the region's own flow logs have it: in each format, and where they tell nothing.

use std::net::IpAddr;

use jiff::SignedDuration;
use sixshift_core::{
    action::Side,
    deps::{Flows, FoundBy, Lack, Report, Untold, What, log::WANTED, report},
    plan::Plan,
};
use sixshift_sim::{
    Value,
    caller::Policy,
    faults::{Fault, Wrong},
    services::{self, Service},
    world::behaviour::Dependency,
};

use crate::ground::Ground;

/// The format that nobody chose.
const DEFAULT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} \
    ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// What the application asks beside the host that has IPv4 alone.
const S3: &str = "192.0.2.10";
const SOMEBODY: &str = "203.0.113.80";

fn call(ground: &Ground, service: Service, op: &str, fields: &[(&str, Value)]) -> Value {
    let input = Value::map(fields.iter().map(|(k, v)| (*k, v.clone())));
    let done = ground
        .region
        .with_world(|world| services::call(world, service, op, &input));
    done.unwrap_or_else(|refusal| panic!("{op}: {refusal:?}"))
}

fn vpc(ground: &Ground) -> String {
    ground
        .region
        .with_world(|world| world.network.vpcs[0].id.clone())
}

/// A flow log of the VPC, but for some members.
fn logged(ground: &Ground, others: &[(&str, Value)]) {
    let mut fields = vec![
        ("ResourceType", Value::from("VPC")),
        ("ResourceId", Value::list([vpc(ground)])),
        ("TrafficType", "ALL".into()),
        ("LogGroupName", "/flows".into()),
        (
            "DeliverLogsPermissionArn",
            "arn:aws:iam::123456789012:role/flows".into(),
        ),
        ("LogFormat", WANTED.into()),
    ];
    fields.retain(|(name, _)| others.iter().all(|(other, _)| other != name));
    fields.extend(others.iter().cloned());
    fields.retain(|(_, value)| !value.is_null());
    call(ground, Service::Ec2, "CreateFlowLogs", &fields);
}

/// The first service's code asks these, too.
fn asks(ground: &Ground, ipv4: &str, ipv6: Option<&str>, port: u16) {
    let one = Dependency {
        ipv4: Some(ipv4.parse().unwrap()),
        ipv6: ipv6.map(|a| a.parse().unwrap()),
        port,
        share: 0.5,
        sent: 1_000,
        received: 20_000,
    };
    let image = format!("{}:v1", ground.services[0].name);
    ground
        .region
        .with_world(|world| world.behaviours.entry(image).or_default().asks.push(one));
}

fn ground() -> Ground {
    let ground = Ground::new("healthy", None);
    asks(&ground, S3, Some("2001:db8:5300::10"), 443);
    ground
}

fn draft(ground: &Ground) -> Plan {
    Plan::draft("deps", &ground.plan().service)
}

/// Asked by hands that know nothing yet, of the last three hours.
async fn read(ground: &Ground) -> Result<Flows, Untold> {
    let (again, until) = (ground.again(), ground.now());
    let since = until - SignedDuration::from_hours(3);
    again.hands.flows(&draft(ground), since, until).await
}

async fn told(ground: &Ground) -> (Flows, Report) {
    let flows = read(ground)
        .await
        .unwrap_or_else(|e| panic!("{:?}", e.lack));
    let report = report(&flows);
    (flows, report)
}

async fn lack(ground: &Ground) -> Lack {
    read(ground).await.unwrap_err().lack
}

/// Long enough for an interval, and its records on their way.
fn hours(ground: &Ground, hours: u64) {
    let hour = std::time::Duration::from_secs(3_600);
    (0..hours).for_each(|_| ground.region.advance(hour));
}

fn addresses(report: &Report) -> Vec<String> {
    let all = report.over_ipv4.iter().flat_map(|d| &d.addresses);
    let mut all: Vec<String> = all.map(ToString::to_string).collect();
    all.sort();
    all
}

#[tokio::test(start_paused = true)]
async fn records_that_name_services_tell_everything() {
    let ground = ground();
    logged(&ground, &[]);
    hours(&ground, 2);
    let (flows, report) = told(&ground).await;
    assert_eq!(flows.found, FoundBy::Names);
    // What load balancers ask of the service is not what it asks.
    assert_eq!(addresses(&report), [S3, SOMEBODY]);
    let s3 = &report.over_ipv4[0];
    assert!(matches!(&s3.what, What::Aws { range, .. } if range == "S3"));
    assert_eq!((s3.way.word(), s3.port), ("there", 443));
    assert!(s3.received > s3.sent * 10 && s3.sent > 0, "{s3:?}");
    assert_eq!(report.over_ipv4[1].way.word(), "nat64");
    assert_eq!(flows.scanned.queries, 2);
    assert!(flows.scanned.bytes > 1_000 && flows.scanned.records > 10);
    assert_eq!((report.by_nat64.len(), report.twin_over_ipv6), (0, 0));
    let counters = ground.region.counters();
    let written: Vec<_> = counters
        .accepted
        .keys()
        .filter(|k| !k.starts_with("ec2:CreateFlow"))
        .collect();
    assert!(written.is_empty(), "{written:?}");
}

#[tokio::test(start_paused = true)]
async fn the_figures_are_those_of_the_traffic() {
    let ground = ground();
    let requests = || {
        let seen = ground.region.with_world(|world| world.traffic());
        seen.values().map(|t| t.total).sum::<u64>()
    };
    logged(&ground, &[]);
    let before = requests();
    hours(&ground, 2);
    let in_two_hours = requests() - before;
    let (_, report) = told(&ground).await;
    let s3 = &report.over_ipv4[0];
    let times = s3.sent / 1_000;
    assert_eq!(s3.received, times * 20_000);
    // Half of the requests, less those whose records are still on their way.
    let most = in_two_hours / 2;
    assert!((most * 8 / 10..=most).contains(&times), "{times} of {most}");
}

#[tokio::test(start_paused = true)]
async fn the_default_format_tells_the_same_of_the_tasks_that_run_and_says_what_it_cannot() {
    let ground = ground();
    logged(&ground, &[("LogFormat", DEFAULT.into())]);
    hours(&ground, 2);
    let (flows, report) = told(&ground).await;
    assert!(matches!(flows.found, FoundBy::Interfaces { asked, of } if asked > 1 && asked == of));
    assert_eq!(addresses(&report), [S3, SOMEBODY]);
    assert!(report.over_ipv4.iter().all(|d| d.way.word() == "nat64"));
    let untold = report.untold.join("; ");
    assert!(untold.contains("no pkt-dst-aws-service"), "{untold}");
    assert!(untold.contains("tasks that have stopped"), "{untold}");
}

#[tokio::test(start_paused = true)]
async fn a_format_of_ones_own_tells_in_any_order() {
    let ground = ground();
    let format = "${bytes} ${pkt-dst-aws-service} ${dstport} ${pkt-dstaddr} ${srcaddr} ${interface-id} ${srcport} ${dstaddr}";
    logged(&ground, &[("LogFormat", format.into())]);
    hours(&ground, 2);
    let (_, report) = told(&ground).await;
    assert_eq!(addresses(&report), [S3, SOMEBODY]);
    assert_eq!(report.over_ipv4[0].way.word(), "there");
    let little = Ground::new("healthy", None);
    logged(
        &little,
        &[("LogFormat", "${srcaddr} ${dstaddr} ${bytes}".into())],
    );
    hours(&little, 1);
    let lack = lack(&little).await;
    assert!(lack.wants_a_log());
    assert!(
        lack.to_string()
            .contains("lack srcport, dstport, interface-id"),
        "{lack}"
    );
}

#[tokio::test(start_paused = true)]
async fn records_come_late_and_until_then_nothing_is_taken_for_nothing() {
    let ground = ground();
    logged(&ground, &[]);
    assert!(matches!(lack(&ground).await, Lack::NoGroup(..)));
    ground
        .region
        .advance(std::time::Duration::from_secs(11 * 60));
    assert!(
        matches!(lack(&ground).await, Lack::NoGroup(..)),
        "the interval is over, and its records are on their way"
    );
    hours(&ground, 1);
    let (flows, _) = told(&ground).await;
    assert!(!flows.flows.is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_recorded_or_goes_elsewhere_that_is_said_with_a_way_out() {
    let ground = ground();
    assert_eq!(lack(&ground).await, Lack::None);
    let to_s3 = [
        ("LogGroupName", Value::Null),
        ("DeliverLogsPermissionArn", Value::Null),
        ("LogDestinationType", "s3".into()),
        ("LogDestination", "arn:aws:s3:::team-flows".into()),
    ];
    logged(&ground, &to_s3);
    hours(&ground, 1);
    let elsewhere = lack(&ground).await;
    assert!(
        elsewhere
            .to_string()
            .contains("s3 (arn:aws:s3:::team-flows)"),
        "{elsewhere}"
    );
    logged(&ground, &[("TrafficType", "REJECT".into())]);
    let rejects = lack(&ground).await;
    assert!(
        rejects.to_string().contains("only what was rejected"),
        "{rejects}"
    );
    for lack in [Lack::None, elsewhere, rejects] {
        assert!(lack.wants_a_log() && !lack.remedy().is_empty());
    }
    let mut nobody = draft(&ground);
    nobody.service.name = "nobody".to_owned();
    let (since, until) = (ground.now() - SignedDuration::from_hours(1), ground.now());
    let told = ground.again().hands.flows(&nobody, since, until).await;
    assert_eq!(told.unwrap_err().lack, Lack::NoService);
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_lacking_is_named_with_what_to_write() {
    for action in [
        "ec2:DescribeFlowLogs",
        "ec2:DescribeNetworkInterfaces",
        "logs:StartQuery",
        "logs:GetQueryResults",
    ] {
        let ground = ground();
        logged(&ground, &[]);
        hours(&ground, 1);
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Action": "*", "Resource": "*"}},
                {{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}]}}"#
        );
        ground
            .region
            .set_policy(Some(Policy::read(policy.as_bytes()).unwrap()));
        let lack = lack(&ground).await;
        assert!(
            matches!(&lack, Lack::Unread(why) if why.lacks == Some(action)),
            "{lack:?}"
        );
        assert!(
            lack.remedy().contains(&format!("\"Action\": \"{action}\"")),
            "{}",
            lack.remedy()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_aws_is_too_busy_for_is_asked_again() {
    let ground = ground();
    logged(&ground, &[]);
    hours(&ground, 1);
    let before = ground.region.counters().throttled;
    for operation in [
        "logs:StartQuery",
        "logs:GetQueryResults",
        "ec2:DescribeFlowLogs",
    ] {
        ground
            .region
            .inject(Fault::next(operation, Wrong::Throttle, 1));
    }
    ground
        .region
        .inject(Fault::next("logs:StartQuery", Wrong::Throttle, 4));
    let (flows, _) = told(&ground).await;
    assert!(!flows.flows.is_empty());
    assert!(ground.region.counters().throttled > before + 3);
}

#[tokio::test(start_paused = true)]
async fn the_twin_shows_what_still_needs_nat64() {
    let ground = ground();
    let database = database(&ground);
    asks(&ground, &database.to_string(), None, 5432);
    logged(&ground, &[]);
    let plan = ground.plan();
    ground.make_twin(&plan, 2).await;
    hours(&ground, 1);
    ground
        .set_share(&plan, sixshift_core::share::Share::from_basis_points(5_000))
        .await;
    hours(&ground, 2);
    let (flows, report) = told(&ground).await;
    assert_eq!(flows.sides, [Side::Ipv4, Side::Ipv6]);
    let decoded: Vec<_> = report
        .by_nat64
        .iter()
        .flat_map(|d| &d.addresses)
        .map(ToString::to_string)
        .collect();
    assert_eq!(decoded.len(), 2, "{decoded:?}");
    assert!(
        decoded.contains(&SOMEBODY.to_owned()) && decoded.contains(&database.to_string()),
        "{decoded:?}"
    );
    // S3 has both families: the twin goes there over IPv6, the old service over IPv4.
    assert!(report.twin_over_ipv6 > 0 && addresses(&report).contains(&S3.to_owned()));
    let of_vpc = report.by_nat64.iter().find(|d| d.port == 5432).unwrap();
    assert!(
        matches!(&of_vpc.what, What::Resource { name, .. } if name.starts_with("endpoint of")),
        "{of_vpc:?}"
    );
}

/// Something in the VPC with an IPv4 address alone, whatever it answers: an endpoint's interface.
fn database(ground: &Ground) -> IpAddr {
    let subnet = ground.region.with_world(|world| {
        let mut all = world.network.subnets.iter();
        all.find(|s| s.ipv6_cidr.is_none()).map(|s| s.id.clone())
    });
    let made = call(
        ground,
        Service::Ec2,
        "CreateVpcEndpoint",
        &[
            ("VpcId", vpc(ground).into()),
            ("ServiceName", "com.amazonaws.eu-central-1.kms".into()),
            ("VpcEndpointType", "Interface".into()),
            ("SubnetId", Value::list([subnet.unwrap()])),
            ("PrivateDnsEnabled", false.into()),
        ],
    );
    let id = made.get("vpcEndpoint").get("networkInterfaceIdSet").items()[0].clone();
    let found = call(
        ground,
        Service::Ec2,
        "DescribeNetworkInterfaces",
        &[("NetworkInterfaceId", Value::list([id]))],
    );
    let address = found.get("networkInterfaceSet").items()[0]
        .get("privateIpAddress")
        .clone();
    address.as_str().unwrap().parse().unwrap()
}
