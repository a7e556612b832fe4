//! Service networks, and the services and VPCs that are in them.

use super::{AwsError, dated, new, page, services, set, told, words};
use crate::world::lattice::{About, Association, Member, Network, named};
use crate::{Value, world::World};

/// VPC Lattice user guide, "Quotas for Amazon VPC Lattice".
const MOST: usize = 50;
const KIND: &str = "SERVICE_NETWORK";
const OF_SERVICE: &str = "SERVICE_NETWORK_SERVICE_ASSOCIATION";
const OF_VPC: &str = "SERVICE_NETWORK_VPC_ASSOCIATION";

pub(super) fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = input.get("name").as_str().unwrap_or_default();
    let all = &world.lattice.networks;
    if let Some(taken) = all.values().find(|n| n.about.name == name) {
        let message = format!("A service network with the name {name} exists already");
        return Err(words::conflict(KIND, &taken.about.id, message));
    }
    if all.len() >= MOST {
        return Err(words::too_many(KIND, "service networks in a Region", MOST));
    }
    let auth = input.get("authType").as_str().unwrap_or("NONE");
    let given = Value::map([
        ("authType", Value::from(auth)),
        ("sharingConfig", input.get("sharingConfig").clone()),
    ]);
    let about = new(world, "servicenetwork", "sn", input);
    let network = Network { about, given };
    let answer = with(told(&network.about), &network.given);
    let networks = &mut world.lattice.networks;
    networks.insert(network.about.arn.clone(), network);
    Ok(answer)
}

fn of<'w>(world: &'w World, input: &Value) -> Result<&'w Network, AwsError> {
    let by = input.get("serviceNetworkIdentifier").as_str();
    let by = by.unwrap_or_default();
    named(&world.lattice.networks, by).ok_or_else(|| words::missing(KIND, by))
}

pub(super) fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let network = of(world, input)?;
    let mut document = with(dated(&network.about), &network.given);
    set(&mut document, counts(world, network));
    Ok(document)
}

pub(super) fn list(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let networks = world.lattice.networks.values();
    let items = networks.map(|network| {
        let mut item = dated(&network.about);
        set(&mut item, counts(world, network));
        item
    });
    page(items.collect(), input)
}

pub(super) fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let about = of(world, input)?.about.clone();
    let mut associations = world.lattice.associations.values();
    if associations.any(|a| a.network == about.arn) {
        let message = format!("The service network {} has associations", about.id);
        return Err(words::conflict(KIND, &about.id, message));
    }
    world.lattice.networks.remove(&about.arn);
    world.lattice.tags.remove(&about.arn);
    Ok(Value::Map(Vec::new()))
}

fn counts(world: &World, network: &Network) -> [(&'static str, Value); 2] {
    let all = world.lattice.associations.values();
    let (vpcs, services): (Vec<_>, Vec<_>) = all
        .filter(|a| a.network == network.about.arn)
        .partition(|a| matches!(a.member, Member::Vpc(_)));
    [
        ("numberOfAssociatedVPCs", vpcs.len().into()),
        ("numberOfAssociatedServices", services.len().into()),
    ]
}

pub(super) fn add_service(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let service = services::of(world, input)?.about.clone();
    let member = Member::Service(service.arn.clone());
    let made = add(
        world,
        input,
        member,
        "servicenetworkserviceassociation",
        "snsa",
    )?;
    let mut answer = made_of(world, &made);
    answer.set("dnsEntry", services::dns(world, &service));
    Ok(answer)
}

pub(super) fn add_vpc(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = input.get("vpcIdentifier").as_str().unwrap_or_default();
    if !world.network.vpcs.iter().any(|known| known.id == vpc) {
        return Err(words::missing("VPC", vpc));
    }
    let all = world.lattice.associations.values();
    let member = Member::Vpc(vpc.to_owned());
    // "A VPC can only be associated with one service network at a time": VPC Lattice user guide, "Manage VPC associations".
    if let Some(there) = all.into_iter().find(|a| a.member == member) {
        let message = format!("The VPC {vpc} is associated with a service network already");
        return Err(words::conflict(OF_VPC, &there.about.id, message));
    }
    let made = add(world, input, member, "servicenetworkvpcassociation", "snva")?;
    let mut answer = made_of(world, &made);
    answer.set(
        "securityGroupIds",
        made.given.get("securityGroupIds").clone(),
    );
    Ok(answer)
}

fn add(
    world: &mut World,
    input: &Value,
    member: Member,
    under: &str,
    prefix: &str,
) -> Result<Association, AwsError> {
    let network = of(world, input)?.about.arn.clone();
    let mut all = world.lattice.associations.values();
    if let Some(there) = all.find(|a| a.network == network && a.member == member) {
        let message = "They are associated already";
        return Err(words::conflict(KIND, &there.about.id, message));
    }
    let groups = input.get("securityGroupIds").items().to_vec();
    let association = Association {
        about: new(world, under, prefix, input),
        network,
        member,
        given: Value::map([("securityGroupIds", Value::List(groups))]),
    };
    let associations = &mut world.lattice.associations;
    associations.insert(association.about.arn.clone(), association.clone());
    Ok(association)
}

pub(super) fn get_service(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let found = association(world, input, OF_SERVICE)?;
    Ok(document(world, found))
}

pub(super) fn get_vpc(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let found = association(world, input, OF_VPC)?;
    let mut document = document(world, found);
    document.set(
        "securityGroupIds",
        found.given.get("securityGroupIds").clone(),
    );
    document.set("lastUpdatedAt", found.about.updated_at.into());
    Ok(document)
}

pub(super) fn list_services(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let service = match input.get("serviceIdentifier") {
        Value::Null => None,
        _ => Some(Member::Service(
            services::of(world, input)?.about.arn.clone(),
        )),
    };
    listed(world, input, OF_SERVICE, service)
}

pub(super) fn list_vpcs(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let vpc = input.get("vpcIdentifier").as_str();
    listed(world, input, OF_VPC, vpc.map(|v| Member::Vpc(v.to_owned())))
}

fn listed(
    world: &World,
    input: &Value,
    kind: &str,
    member: Option<Member>,
) -> Result<Value, AwsError> {
    let network = match input.get("serviceNetworkIdentifier") {
        Value::Null => None,
        _ => Some(of(world, input)?.about.arn.clone()),
    };
    if network.is_none() && member.is_none() {
        return Err(words::invalid(
            "A service network or its member must be specified",
        ));
    }
    let all = world.lattice.associations.values();
    let wanted = all.filter(|a| {
        is_of(a, kind)
            && network.as_ref().is_none_or(|n| *n == a.network)
            && member.as_ref().is_none_or(|m| *m == a.member)
    });
    page(wanted.map(|a| document(world, a)).collect(), input)
}

pub(super) fn remove_service(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    remove(world, input, OF_SERVICE)
}

pub(super) fn remove_vpc(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    remove(world, input, OF_VPC)
}

fn remove(world: &mut World, input: &Value, kind: &'static str) -> Result<Value, AwsError> {
    let about = association(world, input, kind)?.about.clone();
    world.lattice.associations.remove(&about.arn);
    world.lattice.tags.remove(&about.arn);
    let mut answer = told(&about);
    answer.set("status", "DELETE_IN_PROGRESS".into());
    Ok(answer)
}

fn is_of(association: &Association, kind: &str) -> bool {
    matches!(association.member, Member::Vpc(_)) == (kind == OF_VPC)
}

fn association<'w>(
    world: &'w World,
    input: &Value,
    kind: &'static str,
) -> Result<&'w Association, AwsError> {
    let member = match kind {
        OF_VPC => "serviceNetworkVpcAssociationIdentifier",
        _ => "serviceNetworkServiceAssociationIdentifier",
    };
    let by = input.get(member).as_str().unwrap_or_default();
    named(&world.lattice.associations, by)
        .filter(|a| is_of(a, kind))
        .ok_or_else(|| words::missing(kind, by))
}

fn made_of(world: &World, association: &Association) -> Value {
    let mut answer = told(&association.about);
    set(
        &mut answer,
        [
            ("status", association.about.status(world.now()).into()),
            ("createdBy", world.account.as_str().into()),
        ],
    );
    answer
}

fn document(world: &World, association: &Association) -> Value {
    let mut document = made_of(world, association);
    document.set("createdAt", association.about.created_at.into());
    let of = |about: &About, prefix: &str| {
        [
            (format!("{prefix}Id"), about.id.clone()),
            (format!("{prefix}Name"), about.name.clone()),
            (format!("{prefix}Arn"), about.arn.clone()),
        ]
    };
    let mut about = Vec::new();
    if let Some(network) = world.lattice.networks.get(&association.network) {
        about.extend(of(&network.about, "serviceNetwork"));
    }
    match &association.member {
        Member::Vpc(vpc) => document.set("vpcId", vpc.as_str().into()),
        Member::Service(arn) => {
            if let Some(service) = world.lattice.services.get(arn) {
                about.extend(of(&service.about, "service"));
                document.set("dnsEntry", services::dns(world, &service.about));
            }
        }
    }
    for (name, value) in about {
        document.set(&name, value.into());
    }
    document
}

fn with(mut document: Value, given: &Value) -> Value {
    for (name, value) in given.fields() {
        document.set(name, value.clone());
    }
    document
}
