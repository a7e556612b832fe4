//! Where a trial stands: a VPC of its own, or subnets that somebody gave.
//!
//! What belongs here: VPC, subnets, gateway, routes, security groups. What must not: what is put into them.

use std::{collections::BTreeMap, net::Ipv6Addr, time::Duration};

use serde_json::{Value, json};

use super::{Plot, RUN_TAG, Run, items, lacks, make::Site, text};
use crate::Error;

/// The IPv4 network of a VPC that a trial makes: of no use to anybody else, and peered with nothing.
const NETWORK: &str = "10.66.0.0/24";
/// Its dual-stack subnets.
const DUAL_STACK: [&str; 2] = ["10.66.0.0/26", "10.66.0.64/26"];
/// How often it is looked whether AWS has given the VPC its IPv6 block.
const TRIES: u32 = 60;
const BETWEEN: Duration = Duration::from_secs(2);
/// How many zones each side stands in.
const ZONES: usize = 2;
/// Which of the /64 networks of a VPC's /56 an IPv6-only subnet has, counted on from here.
const IPV6_ONLY: u128 = 16;
/// The bits of an address behind a /64.
const HOST_BITS: u32 = 64;

/// What somebody gave for a trial to stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The VPC.
    pub vpc: String,
    /// Subnets in it, of both sorts.
    pub subnets: Vec<String>,
}

/// What the ground lacks for a trial, with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Lack {
    #[error("{0} does not exist here; look at --region and --subnets")]
    NoSubnet(String),
    #[error("{subnet} is in {found}, not in {wanted}; give subnets of one VPC")]
    OtherVpc {
        subnet: String,
        found: String,
        wanted: String,
    },
    #[error(
        "the load balancer needs dual-stack subnets in two zones, and {found} of the subnets given do; give another one, or an \
         IPv4 subnet its IPv6 block: aws ec2 associate-subnet-cidr-block"
    )]
    DualStack { found: usize },
    #[error(
        "the IPv6 side needs IPv6-only subnets in two zones, and {found} of the subnets given do; make one: aws ec2 create-subnet \
         --ipv6-native"
    )]
    Ipv6Only { found: usize },
    #[error(
        "dual-stack and IPv6-only subnets must be in the same two zones; give an IPv6-only one beside each dual-stack one"
    )]
    SameZones,
    #[error(
        "{subnet} has no route for {to} to an internet gateway, so that nobody reaches a load balancer in it; give another one, or \
         lead it there: aws ec2 create-route"
    )]
    NoWayIn { subnet: String, to: &'static str },
    #[error(
        "{subnet} has no route for ::/0, so that no task in it gets its image; give another one, or lead it out over IPv6: aws ec2 \
         create-route"
    )]
    NoWayOut { subnet: String },
}

/// Where all of a family's addresses are that no other route leads to.
const EVERYWHERE: [(&str, &str); 2] = [
    ("0.0.0.0/0", "destinationCidrBlock"),
    ("::/0", "destinationIpv6CidrBlock"),
];

impl Plot {
    /// Finds out whether a trial can stand in what is given.
    ///
    /// # Errors
    /// What AWS refuses. What is lacking is the answer.
    pub async fn look_at(&self, given: &Given, site: &mut Site) -> Result<Option<Lack>, Error> {
        let mut found = Vec::new();
        for id in &given.subnets {
            let asked = json!({ "Filter": [{ "Name": "subnet-id", "Value": [id] }] });
            let answer = self.ask("ec2:DescribeSubnets", asked).await?;
            let Some(subnet) = items(&answer["subnetSet"]).next().cloned() else {
                return Ok(Some(Lack::NoSubnet(id.clone())));
            };
            let vpc = text(&subnet["vpcId"]);
            if vpc != given.vpc {
                return Ok(Some(Lack::OtherVpc {
                    subnet: id.clone(),
                    found: vpc,
                    wanted: given.vpc.clone(),
                }));
            }
            found.push(subnet);
        }
        let is_native = |subnet: &&Value| subnet["ipv6Native"] == "true";
        let has_ipv6 = |subnet: &&Value| {
            items(&subnet["ipv6CidrBlockAssociationSet"])
                .next()
                .is_some()
        };
        let dual_stack = by_zone(found.iter().filter(|s| !is_native(s) && has_ipv6(s)));
        let ipv6_only = by_zone(found.iter().filter(is_native));
        if dual_stack.len() < ZONES {
            let found = dual_stack.len();
            return Ok(Some(Lack::DualStack { found }));
        }
        if ipv6_only.len() < ZONES {
            let found = ipv6_only.len();
            return Ok(Some(Lack::Ipv6Only { found }));
        }
        // The load balancer sends to the zones that it stands in.
        let both = dual_stack
            .iter()
            .filter_map(|(zone, id)| Some((id, ipv6_only.get(zone)?)));
        let both = both.take(ZONES).map(|(a, b)| (a.clone(), b.clone()));
        let (dual_stack, ipv6_only): (Vec<String>, Vec<String>) = both.unzip();
        if dual_stack.len() < ZONES {
            return Ok(Some(Lack::SameZones));
        }
        let lack = self.lost(&given.vpc, &dual_stack, &ipv6_only).await?;
        site.vpc.clone_from(&given.vpc);
        (site.dual_stack, site.ipv6_only) = (dual_stack, ipv6_only);
        Ok(lack)
    }

    /// A subnet that nobody gets into or out of as he must.
    async fn lost(
        &self,
        vpc: &str,
        dual_stack: &[String],
        ipv6_only: &[String],
    ) -> Result<Option<Lack>, Error> {
        let asked = json!({ "Filter": [{ "Name": "vpc-id", "Value": [vpc] }] });
        let next = ("nextToken", "NextToken");
        let tables = self
            .all("ec2:DescribeRouteTables", asked, "routeTableSet", next)
            .await?;
        for subnet in dual_stack {
            for (to, member) in EVERYWHERE {
                let gateway = route(&tables, subnet, to, member).map(|r| text(&r["gatewayId"]));
                if !gateway.is_some_and(|id| id.starts_with("igw-")) {
                    let subnet = subnet.clone();
                    return Ok(Some(Lack::NoWayIn { subnet, to }));
                }
            }
        }
        let [_, (to, member)] = EVERYWHERE;
        let lost = ipv6_only
            .iter()
            .find(|subnet| route(&tables, subnet, to, member).is_none());
        Ok(lost.cloned().map(|subnet| Lack::NoWayOut { subnet }))
    }

    /// A VPC with all that belongs to it.
    pub(super) async fn network(&self, run: &Run, site: &mut Site) -> Result<(), Error> {
        let vpc = self.vpc(run).await?;
        site.vpc = text(&vpc["vpcId"]);
        let network = items(&vpc["ipv6CidrBlockAssociationSet"])
            .find_map(|block| {
                block["ipv6CidrBlock"]
                    .as_str()?
                    .split('/')
                    .next()?
                    .parse()
                    .ok()
            })
            .ok_or_else(|| lacks("ec2:DescribeVpcs", "IPv6 block"))?;
        let zones = self.zones().await?;
        for (i, zone) in zones.iter().enumerate() {
            let at = |number: u128| format!("{}/64", slice(network, number + i as u128));
            let dual_stack = json!({ "CidrBlock": DUAL_STACK[i], "Ipv6CidrBlock": at(0) });
            let ipv6_only = json!({ "Ipv6Native": true, "Ipv6CidrBlock": at(IPV6_ONLY) });
            site.dual_stack
                .push(self.subnet(run, site, zone, dual_stack).await?);
            site.ipv6_only
                .push(self.subnet(run, site, zone, ipv6_only).await?);
        }
        self.way_out(run, site).await
    }

    async fn vpc(&self, run: &Run) -> Result<Value, Error> {
        let asked = json!({ "Filter": of(run) });
        // AWS gives the IPv6 block in its own time.
        for pause in 0..TRIES {
            let answer = self.ask("ec2:DescribeVpcs", asked.clone()).await?;
            match items(&answer["vpcSet"]).next() {
                Some(vpc) if has_block(vpc) => return Ok(vpc.clone()),
                Some(_) => self.pause(BETWEEN).await,
                None if pause > 0 => self.pause(BETWEEN).await,
                None => {
                    let wanted = json!({
                        "CidrBlock": NETWORK,
                        "AmazonProvidedIpv6CidrBlock": true,
                        "TagSpecification": tagged(run, "vpc", &run.name()),
                    });
                    self.ask("ec2:CreateVpc", wanted).await?;
                }
            }
        }
        Err(lacks("ec2:DescribeVpcs", "VPC with its IPv6 block"))
    }

    async fn zones(&self) -> Result<Vec<String>, Error> {
        let open = json!({ "Filter": [
            { "Name": "state", "Value": ["available"] },
            { "Name": "zone-type", "Value": ["availability-zone"] },
        ] });
        let answer = self.ask("ec2:DescribeAvailabilityZones", open).await?;
        let mut zones: Vec<String> = items(&answer["availabilityZoneInfo"])
            .map(|zone| text(&zone["zoneName"]))
            .collect();
        zones.sort();
        zones.truncate(ZONES);
        match zones.len() {
            ZONES => Ok(zones),
            _ => Err(lacks("ec2:DescribeAvailabilityZones", "second zone")),
        }
    }

    async fn subnet(
        &self,
        run: &Run,
        site: &Site,
        zone: &str,
        mut wanted: Value,
    ) -> Result<String, Error> {
        let block = text(&wanted["Ipv6CidrBlock"]);
        let asked = json!({ "Filter": of(run) });
        let there = self.ask("ec2:DescribeSubnets", asked).await?;
        let has_it = |subnet: &&Value| {
            items(&subnet["ipv6CidrBlockAssociationSet"]).any(|b| b["ipv6CidrBlock"] == block)
        };
        if let Some(subnet) = items(&there["subnetSet"]).find(has_it) {
            return Ok(text(&subnet["subnetId"]));
        }
        wanted["VpcId"] = site.vpc.clone().into();
        wanted["AvailabilityZone"] = zone.into();
        wanted["TagSpecification"] = tagged(run, "subnet", &run.name());
        let answer = self.ask("ec2:CreateSubnet", wanted).await?;
        Ok(text(&answer["subnet"]["subnetId"]))
    }

    /// A gateway to the internet, and a route table that leads all subnets through it.
    async fn way_out(&self, run: &Run, site: &Site) -> Result<(), Error> {
        let asked = json!({ "Filter": of(run) });
        let there = self.ask("ec2:DescribeInternetGateways", asked).await?;
        let gateway = match items(&there["internetGatewaySet"]).next() {
            Some(gateway) => gateway.clone(),
            None => {
                let tags = tagged(run, "internet-gateway", &run.name());
                let wanted = json!({ "TagSpecification": tags });
                let made = self.ask("ec2:CreateInternetGateway", wanted).await?;
                made["internetGateway"].clone()
            }
        };
        let id = text(&gateway["internetGatewayId"]);
        if items(&gateway["attachmentSet"]).next().is_none() {
            let wanted = json!({ "InternetGatewayId": id, "VpcId": site.vpc });
            self.ask("ec2:AttachInternetGateway", wanted).await?;
        }
        let table = self.table(run, site).await?;
        let is_led = |to: &str| {
            let mut routes = items(&table["routeSet"]);
            routes.any(|r| r["destinationCidrBlock"] == to || r["destinationIpv6CidrBlock"] == to)
        };
        for (name, everywhere) in [
            ("DestinationCidrBlock", "0.0.0.0/0"),
            ("DestinationIpv6CidrBlock", "::/0"),
        ] {
            if !is_led(everywhere) {
                let mut wanted = json!({ "RouteTableId": table["routeTableId"], "GatewayId": id });
                wanted[name] = everywhere.into();
                self.ask("ec2:CreateRoute", wanted).await?;
            }
        }
        let has = |subnet: &str| items(&table["associationSet"]).any(|a| a["subnetId"] == subnet);
        for subnet in site.dual_stack.iter().chain(&site.ipv6_only) {
            if !has(subnet) {
                let wanted = json!({ "RouteTableId": table["routeTableId"], "SubnetId": subnet });
                self.ask("ec2:AssociateRouteTable", wanted).await?;
            }
        }
        Ok(())
    }

    async fn table(&self, run: &Run, site: &Site) -> Result<Value, Error> {
        let asked = json!({ "Filter": of(run) });
        let there = self.ask("ec2:DescribeRouteTables", asked).await?;
        if let Some(table) = items(&there["routeTableSet"]).next() {
            return Ok(table.clone());
        }
        let tags = tagged(run, "route-table", &run.name());
        let wanted = json!({ "VpcId": site.vpc, "TagSpecification": tags });
        let made = self.ask("ec2:CreateRouteTable", wanted).await?;
        Ok(made["routeTable"].clone())
    }

    /// One that lets everybody to the load balancer, and one that lets the load balancer to the tasks.
    pub(super) async fn groups(&self, run: &Run, site: &mut Site) -> Result<(), Error> {
        let everybody = json!({
            "IpRanges": [{ "CidrIp": "0.0.0.0/0" }],
            "Ipv6Ranges": [{ "CidrIpv6": "::/0" }],
        });
        site.balancer_group = self.group(run, site, "balancer", everybody).await?;
        let from_there = json!({ "Groups": [{ "GroupId": site.balancer_group }] });
        site.task_group = self.group(run, site, "tasks", from_there).await?;
        Ok(())
    }

    async fn group(
        &self,
        run: &Run,
        site: &Site,
        what: &str,
        mut who: Value,
    ) -> Result<String, Error> {
        let name = format!("{}-{what}", run.name());
        let mut filter = of(run);
        if let Value::Array(filters) = &mut filter {
            filters.push(json!({ "Name": "group-name", "Value": [name] }));
        }
        let there = self
            .ask("ec2:DescribeSecurityGroups", json!({ "Filter": filter }))
            .await?;
        let there = items(&there["securityGroupInfo"]).next().cloned();
        let id = match &there {
            Some(group) => text(&group["groupId"]),
            None => {
                let wanted = json!({
                    "GroupName": name,
                    "GroupDescription": format!("a trial of sixshift: {what}"),
                    "VpcId": site.vpc,
                    "TagSpecification": tagged(run, "security-group", &name),
                });
                let made = self.ask("ec2:CreateSecurityGroup", wanted).await?;
                text(&made["groupId"])
            }
        };
        let is_open = there.is_some_and(|g| items(&g["ipPermissions"]).next().is_some());
        if !is_open {
            who["IpProtocol"] = "tcp".into();
            (who["FromPort"], who["ToPort"]) = (80.into(), 80.into());
            let wanted = json!({ "GroupId": id, "IpPermissions": [who] });
            self.ask("ec2:AuthorizeSecurityGroupIngress", wanted)
                .await?;
        }
        Ok(id)
    }
}

/// EC2's filter for what a trial made.
fn of(run: &Run) -> Value {
    json!([{ "Name": format!("tag:{RUN_TAG}"), "Value": [run.id] }])
}

/// EC2's tags for what is being made.
fn tagged(run: &Run, what: &str, name: &str) -> Value {
    let mut tags = run.tag_list("Key", "Value");
    if let Value::Array(tags) = &mut tags {
        tags.push(json!({ "Key": "Name", "Value": name }));
    }
    json!([{ "ResourceType": what, "Tag": tags }])
}

fn has_block(vpc: &Value) -> bool {
    let mut blocks = items(&vpc["ipv6CidrBlockAssociationSet"]);
    blocks.any(|block| block["ipv6CidrBlockState"]["state"] == "associated")
}

/// The /64 of a number in a network.
fn slice(network: Ipv6Addr, number: u128) -> Ipv6Addr {
    Ipv6Addr::from_bits(network.to_bits() | (number << HOST_BITS))
}

/// A subnet's route that leads so far: of its own table, or of the VPC's main one.
fn route<'a>(tables: &'a [Value], subnet: &str, to: &str, member: &str) -> Option<&'a Value> {
    let with = |member: &'static str, value: &str| {
        let mut tables = tables.iter();
        tables.find(|table| items(&table["associationSet"]).any(|a| a[member] == value))
    };
    let table = with("subnetId", subnet).or_else(|| with("main", "true"))?;
    items(&table["routeSet"]).find(|r| r[member] == to && r["state"] == "active")
}

/// A subnet of each zone.
fn by_zone<'a>(subnets: impl Iterator<Item = &'a Value>) -> BTreeMap<String, String> {
    subnets
        .map(|subnet| (text(&subnet["availabilityZone"]), text(&subnet["subnetId"])))
        .collect()
}
