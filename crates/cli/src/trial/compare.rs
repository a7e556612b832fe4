//! `sim --compare`: a trial's recording played to a fresh simulated region, in virtual time.
//!
//! What belongs here: the region, and who asks its services as in the trial. What must not: what counts as a difference
//! (`sixshift_controller::trial::replay`).

use std::{net::Ipv6Addr, path::Path};

use http::Request;
use sixshift_controller::trial::{
    Ground, IMAGE, SICK,
    replay::play,
    tape::{Posted, Taped},
};
use sixshift_sim::{
    Region, Value,
    services::{self, Service},
    world::{
        World,
        behaviour::{Behaviour, Told},
        elb::Rule,
        tasks::repository_and_tag,
        traffic::Source,
    },
};

use super::{file::Document, shown};
use crate::exit;

pub(super) use sixshift_controller::trial::replay::Comparison;

/// The account of a region that has none.
const ACCOUNT: &str = "123456789012";

/// Prints what differs. Exit code 3: something does.
pub(crate) fn run(path: &Path) -> anyhow::Result<u8> {
    let compared = compared(&Document::read(path)?)?;
    shown::print(&compared, usize::MAX);
    Ok(if compared.differences.is_empty() {
        exit::DONE
    } else {
        exit::UNREADY
    })
}

/// Plays a recording on a thread of its own, whose time is virtual.
pub(super) fn compared(document: &Document) -> anyhow::Result<Comparison> {
    std::thread::scope(|scope| {
        let played = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()?;
            Ok(runtime.block_on(played(document)))
        });
        played
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("the simulated region broke down")))
    })
}

async fn played(document: &Document) -> Comparison {
    let mut world = World::new(&document.region, ACCOUNT, document.begun);
    let mut sick = Behaviour::default();
    sick.v6.error_share = 1.0;
    let told = Told {
        image: repository_and_tag(IMAGE),
        text: SICK.to_owned(),
    };
    world.tell(told, sick);
    let ground = document.ground.as_ref();
    let names = ground.map(|ground| given(&mut world, ground));
    let region = Region::new(world, 1);
    let before = async |call: &Taped| {
        let now = region.clock().now;
        if let Ok(ahead) = std::time::Duration::try_from(call.at.duration_since(now)) {
            tokio::time::sleep(ahead).await;
        }
        region.with_world(|world| customers(world, document.pace));
    };
    let ask = async |posted: Posted| {
        let mut request = Request::post(&posted.path);
        for (name, value) in posted.headers {
            request = request.header(name, value);
        }
        let Ok(request) = request.body(posted.body.into()) else {
            return (0, None, Vec::new());
        };
        let answer = region.request(request).await;
        let kind = answer.headers().get("x-amzn-errortype");
        let kind = kind.and_then(|kind| kind.to_str().ok()).map(str::to_owned);
        (answer.status().as_u16(), kind, answer.body().to_vec())
    };
    let names = names.unwrap_or_default();
    play(&document.recording, &document.region, &names, before, ask).await
}

/// Makes what somebody gave for the trial to stand in; what is called how in the recording, and here.
fn given(world: &mut World, ground: &Ground) -> Vec<(String, String)> {
    let world_region = world.region.clone();
    let mut ask = |op: &str, fields: Vec<(&str, Value)>| {
        let asked = Value::map(fields);
        services::call(world, Service::Ec2, op, &asked).unwrap_or_default()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let vpc = vec![
        ("CidrBlock", Value::from("10.66.0.0/16")),
        ("AmazonProvidedIpv6CidrBlock", true.into()),
    ];
    let vpc = ask("CreateVpc", vpc).get("vpc").clone();
    let id = text(vpc.get("vpcId"));
    let blocks = vpc.get("ipv6CidrBlockAssociationSet").items();
    let block = blocks.first().map(|b| text(b.get("ipv6CidrBlock")));
    let network = block.and_then(|b| b.split('/').next()?.parse::<Ipv6Addr>().ok());
    let network = network.map_or(0, Ipv6Addr::to_bits);
    let gateway = ask("CreateInternetGateway", Vec::new());
    let gateway = gateway
        .get("internetGateway")
        .get("internetGatewayId")
        .clone();
    let attached = vec![
        ("InternetGatewayId", gateway),
        ("VpcId", id.as_str().into()),
    ];
    ask("AttachInternetGateway", attached);
    let mut names = vec![(ground.vpc.clone(), id.clone())];
    for (kind, tokens) in [&ground.dual_stack, &ground.ipv6_only]
        .into_iter()
        .enumerate()
    {
        for (place, (token, zone)) in tokens.iter().zip(["a", "b", "c"]).enumerate() {
            let number = kind * 16 + place;
            let at = Ipv6Addr::from_bits(network | ((number as u128) << 64));
            let mut fields = vec![
                ("VpcId", Value::from(id.as_str())),
                ("AvailabilityZone", format!("{world_region}{zone}").into()),
                ("Ipv6CidrBlock", format!("{at}/64").into()),
            ];
            fields.push(match kind {
                0 => ("CidrBlock", format!("10.66.{number}.0/24").into()),
                _ => ("Ipv6Native", true.into()),
            });
            let made = ask("CreateSubnet", fields);
            names.push((token.clone(), text(made.get("subnet").get("subnetId"))));
        }
    }
    names
}

/// Lets what every rule leads to be asked as a trial's services are.
fn customers(world: &mut World, rate: f64) {
    let known = world.traffic();
    let elb = &world.elb;
    let source = |rule: &Rule| {
        let listener = elb.listeners.get(&rule.listener)?;
        let paths = rule.conditions.first()?.get("PathPatternConfig");
        let path = paths.get("Values").items().first()?.as_str()?;
        Some(Source {
            service: rule.arn.clone(),
            load_balancer: listener.load_balancer.clone(),
            port: listener.port,
            host: "trial".to_owned(),
            path: path.trim_end_matches('*').to_owned(),
            rate,
            family: sixshift_sim::world::behaviour::Family::V4,
        })
    };
    let new = elb.rules.values().filter(|r| !known.contains_key(&r.arn));
    let asked: Vec<Source> = new.filter_map(source).collect();
    asked
        .into_iter()
        .for_each(|source| world.add_traffic(source));
}
