//! A VPC made again: subnets, ways out, endpoints.
//!
//! What belongs here: EC2's documents as requests. What must not: what the network lets through ([`super::filters`]), and what stands
//! in it.

use std::{net::Ipv6Addr, time::Duration};

use serde_json::{Value, json};

use super::{
    Copyist, Lack, Network,
    make::{made, picked, pruned, raised},
};
use crate::{
    Error,
    asker::{items, text},
};

/// A /64 within a block, counted from its beginning.
const HOST_BITS: u32 = 64;
/// Until a NAT gateway is there.
const NAT_PAUSE: Duration = Duration::from_secs(180);

impl Copyist {
    pub(super) async fn network(&mut self, network: &Network) -> Result<(), Error> {
        self.vpc(network).await?;
        self.subnets(network).await?;
        self.groups(network).await?;
        self.route_tables(network).await?;
        self.acls(network).await?;
        self.endpoints(network).await;
        Ok(())
    }

    async fn vpc(&mut self, network: &Network) -> Result<(), Error> {
        let blocks = ipv6_blocks(&network.vpc);
        let wanted = json!({
            "CidrBlock": network.vpc["cidrBlock"],
            "AmazonProvidedIpv6CidrBlock": !blocks.is_empty(),
        });
        let answer = self.ask("ec2:CreateVpc", &wanted).await?;
        let vpc = &answer["vpc"];
        let id = made(&mut self.names, &network.vpc["vpcId"], &vpc["vpcId"]);
        if let (Some(original), Some(copy)) = (blocks.first(), ipv6_blocks(vpc).first()) {
            self.names.add(original, copy);
        }
        let more = items(&network.vpc["cidrBlockAssociationSet"]).map(|b| &b["cidrBlock"]);
        for block in more.filter(|block| **block != network.vpc["cidrBlock"]) {
            let wanted = json!({ "VpcId": id, "CidrBlock": block });
            let lack = || {
                Lack::new(
                    format!("{} of the VPC", text(block)),
                    "its subnets are not there",
                )
            };
            self.try_to("ec2:AssociateVpcCidrBlock", &wanted, lack)
                .await;
        }
        for (attribute, value) in &network.names {
            let mut wanted = json!({ "VpcId": id });
            wanted[*attribute] = json!({ "Value": value });
            if !value.is_null() {
                self.ask("ec2:ModifyVpcAttribute", &wanted).await?;
            }
        }
        let options = pruned(&raised(&network.dhcp["dhcpConfigurationSet"]));
        if !options.is_null() {
            let option = |o: &Value| {
                let values = items(&o["ValueSet"]).map(|v| v["Value"].clone());
                json!({ "Key": o["Key"], "Value": values.collect::<Vec<_>>() })
            };
            let options: Vec<Value> = items(&options).map(option).collect();
            let wanted = json!({ "DhcpConfiguration": options });
            let lack = || Lack::new("DHCP options", "names are looked up at AWS's resolver");
            let made = self.try_to("ec2:CreateDhcpOptions", &wanted, lack).await;
            if let Some(made) = made {
                let wanted =
                    json!({ "VpcId": id, "DhcpOptionsId": made["dhcpOptions"]["dhcpOptionsId"] });
                self.ask("ec2:AssociateDhcpOptions", &wanted).await?;
            }
        }
        Ok(())
    }

    /// Each with the next /64 of the copy's block, whatever place it had in the original's.
    async fn subnets(&mut self, network: &Network) -> Result<(), Error> {
        let vpc = text(&network.vpc["vpcId"]);
        let block = ipv6_blocks(&network.vpc).into_iter().next();
        let block = block.map(|original| self.names.to_copy(&original));
        let (mut number, zones) = (0, self.all_zones().await?);
        for subnet in &network.subnets {
            let zone = text(&subnet["availabilityZone"]);
            let name = text(&subnet["subnetId"]);
            if !zones.contains(&zone) {
                self.lack(format!("{name} in {zone}"), "nothing runs in that zone");
                continue;
            }
            let mut wanted = json!({ "VpcId": vpc, "AvailabilityZone": zone });
            let own = ipv6_blocks(subnet).into_iter().next();
            if let (Some(own), Some(block)) = (&own, &block) {
                let slice = slice(block, number);
                number += 1;
                self.names.add(own, &slice);
                wanted["Ipv6CidrBlock"] = slice.into();
            }
            let is_native = subnet["ipv6Native"] == "true";
            match is_native {
                true => wanted["Ipv6Native"] = true.into(),
                false => wanted["CidrBlock"] = subnet["cidrBlock"].clone(),
            }
            let lack = || Lack::new(name, "nothing runs there");
            let Some(answer) = self.try_to("ec2:CreateSubnet", &wanted, lack).await else {
                continue;
            };
            let id = made(
                &mut self.names,
                &subnet["subnetId"],
                &answer["subnet"]["subnetId"],
            );
            self.subnet_attributes(&id, subnet, own.is_some(), is_native)
                .await?;
        }
        Ok(())
    }

    async fn all_zones(&self) -> Result<Vec<String>, Error> {
        let answer = self
            .ask("ec2:DescribeAvailabilityZones", &json!({}))
            .await?;
        Ok(items(&answer["availabilityZoneInfo"])
            .map(|z| text(&z["zoneName"]))
            .collect())
    }

    async fn subnet_attributes(
        &mut self,
        id: &str,
        subnet: &Value,
        has_ipv6: bool,
        is_native: bool,
    ) -> Result<(), Error> {
        let names = &subnet["privateDnsNameOptionsOnLaunch"];
        let flags = [
            (
                "AssignIpv6AddressOnCreation",
                &subnet["assignIpv6AddressOnCreation"],
                has_ipv6,
            ),
            ("EnableDns64", &subnet["enableDns64"], true),
            (
                "MapPublicIpOnLaunch",
                &subnet["mapPublicIpOnLaunch"],
                !is_native,
            ),
            (
                "EnableResourceNameDnsAAAARecordOnLaunch",
                &names["enableResourceNameDnsAAAARecord"],
                has_ipv6,
            ),
        ];
        for (attribute, value, fits) in flags {
            if value == "true" && fits {
                let mut wanted = json!({ "SubnetId": id });
                wanted[attribute] = json!({ "Value": true });
                self.ask("ec2:ModifySubnetAttribute", &wanted).await?;
            }
        }
        if let Some(kind) = names["hostnameType"].as_str().filter(|_| !is_native) {
            let wanted = json!({ "SubnetId": id, "PrivateDnsHostnameTypeOnLaunch": kind });
            self.ask("ec2:ModifySubnetAttribute", &wanted).await?;
        }
        Ok(())
    }

    async fn route_tables(&mut self, network: &Network) -> Result<(), Error> {
        let vpc = text(&network.vpc["vpcId"]);
        self.gateways(network, &vpc).await?;
        let associated = |table: &Value| {
            let own = items(&table["associationSet"]).map(|a| text(&a["subnetId"]));
            own.filter(|id| !id.is_empty()).collect::<Vec<_>>()
        };
        let named: Vec<String> = network.route_tables.iter().flat_map(associated).collect();
        for table in &network.route_tables {
            let answer = self
                .ask("ec2:CreateRouteTable", &json!({ "VpcId": vpc }))
                .await?;
            let id = made(
                &mut self.names,
                &table["routeTableId"],
                &answer["routeTable"]["routeTableId"],
            );
            for route in items(&table["routeSet"]) {
                self.route(&id, route).await;
            }
            let mut subnets = associated(table);
            if items(&table["associationSet"]).any(|a| a["main"] == "true") {
                let all = network.subnets.iter().map(|s| text(&s["subnetId"]));
                subnets.extend(all.filter(|id| !named.contains(id)));
            }
            for subnet in subnets.iter().filter(|s| self.names.knows(s)) {
                let wanted = json!({ "RouteTableId": id, "SubnetId": subnet });
                self.ask("ec2:AssociateRouteTable", &wanted).await?;
            }
        }
        Ok(())
    }

    async fn gateways(&mut self, network: &Network, vpc: &str) -> Result<(), Error> {
        for gateway in &network.internet_gateways {
            let answer = self.ask("ec2:CreateInternetGateway", &json!({})).await?;
            let id = &answer["internetGateway"]["internetGatewayId"];
            let id = made(&mut self.names, &gateway["internetGatewayId"], id);
            let wanted = json!({ "InternetGatewayId": id, "VpcId": vpc });
            self.ask("ec2:AttachInternetGateway", &wanted).await?;
        }
        for gateway in &network.egress_gateways {
            let call = "ec2:CreateEgressOnlyInternetGateway";
            let answer = self.ask(call, &json!({ "VpcId": vpc })).await?;
            let id = &answer["egressOnlyInternetGateway"]["egressOnlyInternetGatewayId"];
            made(&mut self.names, &gateway["egressOnlyInternetGatewayId"], id);
        }
        let mut waits = false;
        for gateway in network
            .nat_gateways
            .iter()
            .filter(|g| g["state"] == "available")
        {
            let name = text(&gateway["natGatewayId"]);
            let mut wanted = pruned(&json!({
                "SubnetId": gateway["subnetId"],
                "ConnectivityType": gateway["connectivityType"],
            }));
            if gateway["connectivityType"] != "private" {
                let address = self
                    .ask("ec2:AllocateAddress", &json!({ "Domain": "vpc" }))
                    .await?;
                wanted["AllocationId"] = address["allocationId"].clone();
            }
            let lack = || Lack::new(name, "no way out leads through it");
            let answer = self.try_to("ec2:CreateNatGateway", &wanted, lack).await;
            if let Some(answer) = answer {
                made(
                    &mut self.names,
                    &gateway["natGatewayId"],
                    &answer["natGateway"]["natGatewayId"],
                );
                waits = true;
            }
        }
        if waits {
            self.pause(NAT_PAUSE).await;
        }
        Ok(())
    }

    async fn route(&mut self, table: &str, route: &Value) {
        const TARGETS: [&str; 3] = ["gatewayId", "natGatewayId", "egressOnlyInternetGatewayId"];
        const DESTINATIONS: [&str; 2] = ["destinationCidrBlock", "destinationIpv6CidrBlock"];
        let route = pruned(route);
        let is_own = route["gatewayId"] == "local" || route["origin"] == "CreateRouteTable";
        let is_endpoints = text(&route["gatewayId"]).starts_with("vpce-");
        if is_own || is_endpoints {
            return;
        }
        let target = TARGETS
            .iter()
            .find(|name| self.names.knows(&text(&route[**name])));
        let destination = DESTINATIONS.iter().find(|name| route[**name].is_string());
        let (Some(target), Some(destination)) = (target, destination) else {
            let to = DESTINATIONS
                .iter()
                .map(|name| text(&route[*name]))
                .collect::<String>();
            self.lack(
                format!("the route to {to} of {}", self.names.to_original(table)),
                "what it leads to is out of reach in the rehearsal",
            );
            return;
        };
        let mut wanted = raised(&picked(&route, &[target, destination]));
        wanted["RouteTableId"] = table.into();
        let lack = || {
            Lack::new(
                format!("the route to {}", text(&route[*destination])),
                "what it leads to is out of reach",
            )
        };
        self.try_to("ec2:CreateRoute", &wanted, lack).await;
    }

    async fn endpoints(&mut self, network: &Network) {
        for endpoint in &network.endpoints {
            let endpoint = pruned(endpoint);
            let told = raised(&picked(
                &endpoint,
                &[
                    "vpcId",
                    "serviceName",
                    "vpcEndpointType",
                    "privateDnsEnabled",
                    "ipAddressType",
                ],
            ));
            let mut wanted = told;
            let here = |ids: Vec<String>| -> Vec<String> {
                ids.into_iter().filter(|id| self.names.knows(id)).collect()
            };
            let ids = |list: &str| items(&endpoint[list]).map(text).collect::<Vec<_>>();
            wanted["RouteTableId"] = here(ids("routeTableIdSet")).into();
            wanted["SubnetId"] = here(ids("subnetIdSet")).into();
            let groups = items(&endpoint["groupSet"]).map(|g| text(&g["groupId"]));
            wanted["SecurityGroupId"] = here(groups.collect()).into();
            let is_gateway = endpoint["vpcEndpointType"] == "Gateway";
            if is_gateway {
                wanted["PrivateDnsEnabled"] = Value::Null;
            }
            let what = format!(
                "{}, an endpoint of {}",
                text(&endpoint["vpcEndpointId"]),
                text(&endpoint["serviceName"])
            );
            let lack = || {
                Lack::new(
                    what,
                    "what it leads to is reached without it, or not at all",
                )
            };
            let made_one = self.try_to("ec2:CreateVpcEndpoint", &wanted, lack).await;
            if let Some(answer) = made_one {
                let id = &answer["vpcEndpoint"]["vpcEndpointId"];
                made(&mut self.names, &endpoint["vpcEndpointId"], id);
            }
        }
    }
}

/// The IPv6 blocks that a VPC or a subnet has.
fn ipv6_blocks(thing: &Value) -> Vec<String> {
    let all = items(&thing["ipv6CidrBlockAssociationSet"]);
    let there = all.filter(|b| b["ipv6CidrBlockState"]["state"] == "associated");
    there.map(|b| text(&b["ipv6CidrBlock"])).collect()
}

/// The /64 of a number within a block.
fn slice(block: &str, number: u128) -> String {
    let base = block
        .split('/')
        .next()
        .and_then(|b| b.parse::<Ipv6Addr>().ok());
    let base = u128::from(base.unwrap_or(Ipv6Addr::UNSPECIFIED));
    format!("{}/64", Ipv6Addr::from(base + (number << HOST_BITS)))
}
