//! The network as a CloudFormation template.

use serde_json::{Map, Value, json};

use super::{
    ALL_IPV6, Entry, NAT64, Network, Zone, entries,
    part::part,
    rules::{Peer, Rule},
};
use crate::{comment::comment, yaml};

/// The parameter that takes the VPC's block once it has one: no attribute of its association tells it.
const BLOCK: &str = "VpcIpv6Block";
/// The condition that it was given.
const HAS_BLOCK: &str = "HasBlock";

/// A template, with what to know in its head.
#[must_use]
pub fn cloudformation(network: &Network) -> String {
    let mut template = Template {
        network,
        resources: Map::new(),
    };
    template.all();
    let mut document = Map::new();
    document.insert("AWSTemplateFormatVersion".to_owned(), json!("2010-09-09"));
    document.insert(
        "Description".to_owned(),
        json!(format!("IPv6-only subnets for {}", network.whom)),
    );
    if network.block.is_none() {
        let parameter = json!({ "Type": "String", "Default": "", "Description": "The VPC's IPv6 block, once it has one" });
        document.insert("Parameters".to_owned(), json!({ BLOCK: parameter }));
        let given = json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": BLOCK }, ""] }] });
        document.insert("Conditions".to_owned(), json!({ HAS_BLOCK: given }));
    }
    document.insert("Resources".to_owned(), Value::Object(template.resources));
    document.insert("Outputs".to_owned(), outputs(network));
    let mut page = String::new();
    for line in head(network) {
        comment(&mut page, 0, &line);
    }
    page + &yaml::text(&Value::Object(document))
}

fn head(network: &Network) -> Vec<String> {
    let mut lines = network.head();
    lines.push(
        "aws cloudformation deploy --stack-name ipv6-only --template-file THIS-FILE".to_owned(),
    );
    if network.block.is_none() {
        lines.push(format!(
            "The VPC has no IPv6 block yet. Deployed for the first time, this gives it one and nothing else; then once more, with the block \
             that aws ec2 describe-vpcs tells: --parameter-overrides {BLOCK}=2600:1f00:0:0::/56"
        ));
    }
    lines
}

fn outputs(network: &Network) -> Value {
    let of_zone = |zone: &Zone| {
        let mut output = json!({ "Value": { "Ref": format!("Subnet{}", label(&zone.name)) } });
        if network.block.is_none() {
            output["Condition"] = json!(HAS_BLOCK);
        }
        (format!("Subnet{}", label(&zone.name)), output)
    };
    Value::Object(network.zones.iter().map(of_zone).collect())
}

struct Template<'a> {
    network: &'a Network,
    resources: Map<String, Value>,
}

impl Template<'_> {
    fn all(&mut self) {
        let vpc = json!(self.network.vpc);
        if self.network.block.is_none() {
            let properties = json!({ "VpcId": vpc, "AmazonProvidedIpv6CidrBlock": true });
            self.first("VpcIpv6", "AWS::EC2::VPCCidrBlock", properties);
        }
        if self.network.egress.is_none() {
            let kind = "AWS::EC2::EgressOnlyInternetGateway";
            self.first("EgressOnly", kind, json!({ "VpcId": vpc }));
        }
        self.add(
            "Acl",
            "AWS::EC2::NetworkAcl",
            json!({ "VpcId": vpc, "Tags": named("ipv6-only") }),
        );
        for entry in entries(&self.network.ports) {
            self.entry(&entry);
        }
        for (zone, nat) in self.network.tables() {
            self.table(zone, nat);
        }
        for zone in &self.network.zones {
            self.zone(zone);
        }
        for (number, rule) in self.network.rules.iter().enumerate() {
            self.rule(number + 1, rule);
        }
    }

    /// What there is before the VPC has a block.
    fn first(&mut self, name: &str, kind: &str, properties: Value) {
        let resource = json!({ "Type": kind, "Properties": properties });
        self.resources.insert(name.to_owned(), resource);
    }

    fn add(&mut self, name: &str, kind: &str, properties: Value) {
        let mut resource = json!({ "Type": kind, "Properties": properties });
        if self.network.block.is_none() {
            resource["Condition"] = json!(HAS_BLOCK);
        }
        self.resources.insert(name.to_owned(), resource);
    }

    fn entry(&mut self, entry: &Entry) {
        let mut properties = json!({
            "NetworkAclId": { "Ref": "Acl" }, "RuleNumber": entry.number, "Protocol": entry.protocol, "RuleAction": "allow",
            "Egress": entry.is_egress, "Ipv6CidrBlock": ALL_IPV6,
        });
        if let Some((from, to)) = entry.ports {
            properties["PortRange"] = json!({ "From": from, "To": to });
        }
        if entry.protocol == 58 {
            properties["Icmp"] = json!({ "Type": -1, "Code": -1 });
        }
        self.add(
            &format!("Acl{}", entry.name),
            "AWS::EC2::NetworkAclEntry",
            properties,
        );
    }

    fn table(&mut self, zone: &str, nat: Option<&str>) {
        let of = label(zone);
        let table = format!("Table{of}");
        let properties =
            json!({ "VpcId": self.network.vpc, "Tags": named(&format!("ipv6-only {zone}")) });
        self.add(&table, "AWS::EC2::RouteTable", properties);
        let egress = match &self.network.egress {
            Some(id) => json!(id),
            None => json!({ "Ref": "EgressOnly" }),
        };
        let route = json!({ "RouteTableId": { "Ref": table }, "DestinationIpv6CidrBlock": ALL_IPV6, "EgressOnlyInternetGatewayId": egress });
        self.add(&format!("Out{of}"), "AWS::EC2::Route", route);
        if let Some(nat) = nat {
            let route = json!({ "RouteTableId": { "Ref": table }, "DestinationIpv6CidrBlock": NAT64, "NatGatewayId": nat });
            self.add(&format!("Nat64{of}"), "AWS::EC2::Route", route);
        }
    }

    fn zone(&mut self, zone: &Zone) {
        let of = label(&zone.name);
        let subnet = format!("Subnet{of}");
        let properties = json!({
            "VpcId": self.network.vpc, "AvailabilityZone": self.zone_name(&zone.name), "Ipv6Native": true,
            "AssignIpv6AddressOnCreation": true, "EnableDns64": self.network.nat64, "Ipv6CidrBlock": self.block_of(zone),
            "Tags": named(&format!("ipv6-only {}", zone.name)),
        });
        self.add(&subnet, "AWS::EC2::Subnet", properties);
        let table = if self.network.nat64 {
            format!("Table{of}")
        } else {
            "Table".to_owned()
        };
        let goes_by = json!({ "SubnetId": { "Ref": subnet }, "RouteTableId": { "Ref": table } });
        self.add(
            &format!("Way{of}"),
            "AWS::EC2::SubnetRouteTableAssociation",
            goes_by,
        );
        let guarded = json!({ "SubnetId": { "Ref": subnet }, "NetworkAclId": { "Ref": "Acl" } });
        self.add(
            &format!("Guard{of}"),
            "AWS::EC2::SubnetNetworkAclAssociation",
            guarded,
        );
    }

    /// A template reads better where the region stands once.
    fn zone_name(&self, zone: &str) -> Value {
        match zone.strip_prefix(&self.network.region) {
            Some(rest) => json!({ "Fn::Sub": format!("${{AWS::Region}}{rest}") }),
            None => json!(zone),
        }
    }

    fn block_of(&self, zone: &Zone) -> Value {
        match &self.network.block {
            Some(block) => json!(part(block, zone.number)),
            None => {
                let all = json!({ "Fn::Cidr": [{ "Ref": BLOCK }, zone.number + 1, 64] });
                json!({ "Fn::Select": [zone.number, all] })
            }
        }
    }

    fn rule(&mut self, number: usize, rule: &Rule) {
        let kind = if rule.is_egress {
            "SecurityGroupEgress"
        } else {
            "SecurityGroupIngress"
        };
        let peer = match (rule.peer, &self.network.block) {
            (Peer::All, _) => json!(ALL_IPV6),
            (Peer::Vpc, Some(block)) => json!(block),
            (Peer::Vpc, None) => json!({ "Ref": BLOCK }),
        };
        let mut properties =
            json!({ "GroupId": rule.group, "IpProtocol": rule.protocol, "CidrIpv6": peer });
        if let Some((from, to)) = rule.ports {
            properties["FromPort"] = json!(from);
            properties["ToPort"] = json!(to);
        }
        self.add(
            &format!("Rule{number}"),
            &format!("AWS::EC2::{kind}"),
            properties,
        );
    }
}

fn named(name: &str) -> Value {
    json!([{ "Key": "Name", "Value": name.trim() }])
}

/// A zone as a part of a logical id: `eu-central-1a` is `EuCentral1a`.
fn label(zone: &str) -> String {
    let words = zone.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}
