//! The ground that tasks will stand on: a VPC, surveyed once for all services in it and then remembered for minutes.
//!
//! What belongs here: which questions EC2 is asked of a VPC, all at once. What must not: how an answer is read ([`read`]), and
//! what is wrong with a network (`sixshift_core::readiness`).

mod read;

pub(crate) use read::subnet;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sixshift_core::observation::{
    DhcpOptions, Endpoint, EndpointService, Ground, Known, Subnets, Vpc, VpcNames,
};

use crate::{
    batch::Since,
    call::{self, Operation},
    ec2::Ask,
    error::Error,
    observe::why,
    region::{Clients, Region},
    xml::Element,
};

/// The VPC of some subnets: of these, or of whichever were told of.
pub(crate) async fn around(
    region: &Region,
    subnets: &Known<Subnets>,
    these: Option<&[String]>,
    since: Since,
) -> Known<Arc<Ground>> {
    let told = match subnets {
        Known::Seen(Subnets::Told(told)) => told,
        Known::Seen(Subnets::Untold(why)) | Known::Unknown(why) => {
            return Known::Unknown(why.clone());
        }
        Known::Absent => return Known::Absent,
    };
    let first = match these {
        Some(these) => these.iter().find_map(|id| told.get(id)?.as_ref()),
        None => told.values().flatten().next(),
    };
    let Some(subnet) = first else {
        return Known::Absent;
    };
    let grounds = &region.readers.grounds;
    let ground = grounds.one(subnet.vpc.clone(), since).await;
    // What EC2 was too busy to tell is not remembered as unknown.
    let is_partial = |ground: &Arc<Ground>| ground.unread().any(|(_, why)| why.passes());
    if ground.seen().is_some_and(is_partial) {
        grounds.forget(|vpc, _| *vpc == subnet.vpc);
    }
    ground
}

/// Each VPC whole, whatever of it may be read.
pub(crate) async fn read(
    clients: Arc<Clients>,
    vpcs: Vec<String>,
) -> Vec<(String, Known<Arc<Ground>>)> {
    let mut answers = Vec::new();
    for vpc in vpcs {
        let ground = survey(&clients, &vpc).await;
        answers.push((vpc, Known::Seen(Arc::new(ground))));
    }
    answers
}

async fn survey(clients: &Clients, id: &str) -> Ground {
    let by = |filter: &'static str| Ask::default().filter(filter, [id]);
    let own = by("vpc-id");
    let attached = by("attachment.vpc-id");
    // A page of these is the smallest.
    let tables = by("vpc-id").page(100);
    let (
        (vpc, dhcp),
        names,
        subnets,
        route_tables,
        acls,
        groups,
        egress_gateways,
        internet_gateways,
        nat_gateways,
        (endpoints, endpoint_services),
    ) = tokio::join!(
        vpc(clients, id),
        names(clients, id),
        all(clients, &call::DESCRIBE_SUBNETS, &own, "subnetSet"),
        all(
            clients,
            &call::DESCRIBE_ROUTE_TABLES,
            &tables,
            "routeTableSet"
        ),
        all(clients, &call::DESCRIBE_NETWORK_ACLS, &own, "networkAclSet"),
        all(
            clients,
            &call::DESCRIBE_SECURITY_GROUPS,
            &own,
            "securityGroupInfo"
        ),
        egress_gateways(clients, id),
        all(
            clients,
            &call::DESCRIBE_INTERNET_GATEWAYS,
            &attached,
            "internetGatewaySet"
        ),
        all(clients, &call::DESCRIBE_NAT_GATEWAYS, &own, "natGatewaySet"),
        endpoints(clients, id),
    );
    let each = |items: Vec<Element>| items.into_iter();
    Ground {
        vpc,
        names,
        subnets: known(subnets).map(|items| each(items).filter_map(|i| read::subnet(&i)).collect()),
        route_tables: known(route_tables)
            .map(|items| items.iter().map(read::route_table).collect()),
        acls: known(acls).map(|items| items.iter().map(read::acl).collect()),
        groups: known(groups).map(|items| items.iter().map(read::group).collect()),
        egress_gateways,
        internet_gateways: known(internet_gateways).map(|items| {
            let attachment = |i| read::attachment(i, "internetGatewayId", id);
            items.iter().filter_map(attachment).collect()
        }),
        nat_gateways: known(nat_gateways)
            .map(|items| items.iter().map(read::nat_gateway).collect()),
        endpoints,
        endpoint_services,
        dhcp,
    }
}

/// Page by page.
pub(crate) async fn all(
    clients: &Clients,
    operation: &Operation,
    ask: &Ask,
    set: &str,
) -> Result<Vec<Element>, Error> {
    let mut items = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let send = || clients.ec2.describe(operation, ask, next.as_deref());
        let page = clients.caller.read(operation, send).await?;
        items.extend(page.root.get(set).all("item").cloned());
        next = page.next_token();
        if next.is_none() {
            return Ok(items);
        }
    }
}

fn known<T>(answer: Result<T, Error>) -> Known<T> {
    answer.map_or_else(|error| Known::Unknown(why(&error)), Known::Seen)
}

/// A VPC, and the DHCP options that it names.
async fn vpc(clients: &Clients, id: &str) -> (Known<Vpc>, Known<DhcpOptions>) {
    let ask = Ask::default().filter("vpc-id", [id]);
    let found = all(clients, &call::DESCRIBE_VPCS, &ask, "vpcSet").await;
    let vpc = match found.map(|items| items.first().map(read::vpc)) {
        Ok(Some(vpc)) => vpc,
        Ok(None) => return (Known::Absent, Known::Absent),
        Err(error) => {
            let why = why(&error);
            return (Known::Unknown(why.clone()), Known::Unknown(why));
        }
    };
    if !vpc.dhcp.starts_with("dopt-") {
        return (Known::Seen(vpc), Known::Absent);
    }
    let ask = Ask::default().filter("dhcp-options-id", [vpc.dhcp.as_str()]);
    let found = all(
        clients,
        &call::DESCRIBE_DHCP_OPTIONS,
        &ask,
        "dhcpOptionsSet",
    )
    .await;
    let options = match known(found) {
        Known::Seen(items) => items
            .first()
            .map_or(Known::Absent, |i| Known::Seen(read::dhcp(i))),
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why),
    };
    (Known::Seen(vpc), options)
}

async fn names(clients: &Clients, id: &str) -> Known<VpcNames> {
    let of = |attribute: &'static str| async move {
        let operation = &call::DESCRIBE_VPC_ATTRIBUTE;
        let ask = Ask::default()
            .unpaged()
            .with("VpcId", id)
            .with("Attribute", attribute);
        let send = || clients.ec2.describe(operation, &ask, None);
        let answer = clients.caller.read(operation, send).await?;
        Ok::<_, Error>(answer.root.get(attribute).get("value").text() == "true")
    };
    let both = tokio::try_join!(of("enableDnsSupport"), of("enableDnsHostnames"));
    known(both.map(|(support, hostnames)| VpcNames { support, hostnames }))
}

/// No filter is by VPC: the region's are listed.
async fn egress_gateways(clients: &Clients, vpc: &str) -> Known<BTreeMap<String, String>> {
    let operation = &call::DESCRIBE_EGRESS_ONLY_INTERNET_GATEWAYS;
    let ask = Ask::default().page(255);
    let found = all(clients, operation, &ask, "egressOnlyInternetGatewaySet").await;
    known(found).map(|items| {
        let attachment = |i| read::attachment(i, "egressOnlyInternetGatewayId", vpc);
        items.iter().filter_map(attachment).collect()
    })
}

/// A VPC's endpoints, and what the region offers of their services.
async fn endpoints(
    clients: &Clients,
    vpc: &str,
) -> (
    Known<Vec<Endpoint>>,
    Known<BTreeMap<String, EndpointService>>,
) {
    let ask = Ask::default().filter("vpc-id", [vpc]);
    let found = all(
        clients,
        &call::DESCRIBE_VPC_ENDPOINTS,
        &ask,
        "vpcEndpointSet",
    )
    .await;
    let endpoints: Known<Vec<Endpoint>> =
        known(found).map(|items| items.iter().map(read::endpoint).collect());
    let Known::Seen(own) = &endpoints else {
        let unknown = endpoints.unknown().cloned();
        let services = unknown.map_or(Known::Absent, Known::Unknown);
        return (endpoints, services);
    };
    // Services of other accounts are not listed for everybody, and one that is not there refuses all.
    let names: BTreeSet<&str> = own.iter().map(|e| e.service.as_str()).collect();
    let aws: Vec<&str> = names
        .into_iter()
        .filter(|n| !n.contains(".vpce."))
        .collect();
    if aws.is_empty() {
        return (endpoints, Known::Seen(BTreeMap::new()));
    }
    let ask = Ask::default().filter("service-name", aws);
    let operation = &call::DESCRIBE_VPC_ENDPOINT_SERVICES;
    let found = all(clients, operation, &ask, "serviceDetailSet").await;
    let services = known(found).map(|items| items.iter().map(read::endpoint_service).collect());
    (endpoints, services)
}
