//! What a VPC lets through, made again: security groups and network ACLs.
//!
//! What belongs here: their rules as requests. What must not: whether they let anything through.

use serde_json::{Value, json};

use super::{
    Copyist, Lack, Network,
    make::{made, picked, pruned, raised},
};
use crate::{
    Error,
    asker::{items, text},
};

/// The last number that an entry of one's own can have: those after it are AWS's, and refuse what no other names.
const LAST_ENTRY: u32 = 32_766;
impl Copyist {
    /// First all of them, then their rules: these name each other.
    pub(super) async fn groups(&mut self, network: &Network) -> Result<(), Error> {
        let vpc = text(&network.vpc["vpcId"]);
        for group in &network.groups {
            let id = if group["groupName"] == "default" {
                let filter = json!([
                    { "Name": "vpc-id", "Value": [vpc] },
                    { "Name": "group-name", "Value": ["default"] },
                ]);
                let asked = json!({ "Filter": filter });
                let found = self.ask("ec2:DescribeSecurityGroups", &asked).await?;
                found["securityGroupInfo"][0]["groupId"].clone()
            } else {
                let wanted = json!({
                    "GroupName": group["groupName"],
                    "GroupDescription": group["groupDescription"],
                    "VpcId": vpc,
                });
                self.ask("ec2:CreateSecurityGroup", &wanted).await?["groupId"].clone()
            };
            made(&mut self.names, &group["groupId"], &id);
        }
        for group in &network.groups {
            self.rules(group).await?;
        }
        Ok(())
    }

    async fn rules(&mut self, group: &Value) -> Result<(), Error> {
        let id = self.names.to_copy(&text(&group["groupId"]));
        let asked = json!({ "GroupId": [id] });
        let there = self.ask("ec2:DescribeSecurityGroups", &asked).await?;
        let there = &there["securityGroupInfo"][0];
        for (list, revoke, authorize) in [
            (
                "ipPermissions",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:AuthorizeSecurityGroupIngress",
            ),
            (
                "ipPermissionsEgress",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:AuthorizeSecurityGroupEgress",
            ),
        ] {
            let by_itself = self.permissions(there, list, &mut Vec::new());
            if !by_itself.is_empty() {
                self.ask(
                    revoke,
                    &json!({ "GroupId": id, "IpPermissions": by_itself }),
                )
                .await?;
            }
            let mut foreign = Vec::new();
            for permission in self.permissions(group, list, &mut foreign) {
                let wanted = json!({ "GroupId": id, "IpPermissions": [permission] });
                let lack = || {
                    Lack::new(
                        format!("a rule of {}", text(&group["groupId"])),
                        "what it lets through is kept out",
                    )
                };
                self.try_to(authorize, &wanted, lack).await;
            }
            for peer in foreign {
                let what = format!("{}'s rule for {peer}", text(&group["groupId"]));
                self.lack(what, "what it lets through is no part of the rehearsal");
            }
        }
        Ok(())
    }

    /// Permissions as they are asked for; groups and lists that the copy has not are told apart.
    fn permissions(&self, group: &Value, list: &str, foreign: &mut Vec<String>) -> Vec<Value> {
        let mut all = Vec::new();
        let is_here = |id: &Value| {
            let id = text(id);
            self.names.knows(&id) || group["groupId"] == id.as_str()
        };
        for told in items(&group[list]) {
            let told = pruned(told);
            let mut wanted = raised(&picked(
                &told,
                &["ipProtocol", "fromPort", "toPort", "ipRanges", "ipv6Ranges"],
            ));
            let (ours, others): (Vec<&Value>, Vec<&Value>) =
                items(&told["groups"]).partition(|g| is_here(&g["groupId"]));
            foreign.extend(others.iter().map(|g| text(&g["groupId"])));
            let lists = items(&told["prefixListIds"]);
            foreign.extend(lists.map(|l| text(&l["prefixListId"])));
            let ours = ours.iter().map(|g| json!({ "GroupId": g["groupId"] }));
            let ours: Vec<Value> = ours.collect();
            let has_peer = !ours.is_empty()
                || wanted["IpRanges"].is_array()
                || wanted["Ipv6Ranges"].is_array();
            wanted["Groups"] = ours.into();
            if has_peer {
                all.push(wanted);
            }
        }
        all
    }

    pub(super) async fn acls(&mut self, network: &Network) -> Result<(), Error> {
        let vpc = text(&network.vpc["vpcId"]);
        let asked =
            json!({ "Filter": [{ "Name": "vpc-id", "Value": [self.names.to_copy(&vpc)] }] });
        let there = self
            .all("ec2:DescribeNetworkAcls", asked, "networkAclSet")
            .await?;
        let bound = there.iter().flat_map(|acl| items(&acl["associationSet"]));
        let bound: Vec<(String, String)> = bound
            .map(|a| (text(&a["subnetId"]), text(&a["networkAclAssociationId"])))
            .collect();
        for acl in &network.acls {
            let answer = self
                .ask("ec2:CreateNetworkAcl", &json!({ "VpcId": vpc }))
                .await?;
            let id = made(
                &mut self.names,
                &acl["networkAclId"],
                &answer["networkAcl"]["networkAclId"],
            );
            let number = |e: &Value| text(&e["ruleNumber"]).parse::<u32>().unwrap_or(u32::MAX);
            for entry in items(&acl["entrySet"]).filter(|e| number(e) <= LAST_ENTRY) {
                let members = [
                    "ruleNumber",
                    "protocol",
                    "ruleAction",
                    "egress",
                    "cidrBlock",
                    "ipv6CidrBlock",
                    "portRange",
                ];
                let mut wanted = raised(&picked(entry, &members));
                wanted["NetworkAclId"] = id.clone().into();
                let icmp = pruned(&raised(&entry["icmpTypeCode"]));
                if !icmp.is_null() {
                    wanted["Icmp"] = icmp;
                }
                let lack = || {
                    Lack::new(
                        format!("an entry of {}", text(&acl["networkAclId"])),
                        "it lets nothing through and keeps nothing out",
                    )
                };
                self.try_to("ec2:CreateNetworkAclEntry", &wanted, lack)
                    .await;
            }
            for association in items(&acl["associationSet"]) {
                let subnet = self.names.to_copy(&text(&association["subnetId"]));
                let Some((_, association)) = bound.iter().find(|(bound, _)| *bound == subnet)
                else {
                    continue;
                };
                let wanted = json!({ "AssociationId": association, "NetworkAclId": id });
                self.ask("ec2:ReplaceNetworkAclAssociation", &wanted)
                    .await?;
            }
        }
        Ok(())
    }
}
