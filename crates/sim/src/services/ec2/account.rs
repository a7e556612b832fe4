//! What is the region's and the account's own: zones, regions, account attributes.

use super::{filter, invalid};
use crate::services::AwsError;
use crate::world::network;
use crate::{Value, world::World};

pub(super) fn zones(world: &World, input: &Value) -> Result<Value, AwsError> {
    let named = input.get("ZoneName").strings();
    let all = network::zones(&world.region);
    if let Some(absent) = named.iter().find(|n| all.iter().all(|(z, _)| z != *n)) {
        return Err(invalid(format!("Invalid availability zone: [{absent}]")));
    }
    let zone = |(name, id): (String, String)| {
        Value::map([
            ("zoneName", name.into()),
            ("zoneId", id.into()),
            ("zoneState", "available".into()),
            ("zoneType", "availability-zone".into()),
            ("regionName", world.region.as_str().into()),
            ("groupName", world.region.as_str().into()),
            ("networkBorderGroup", world.region.as_str().into()),
            ("optInStatus", "opt-in-not-required".into()),
        ])
    };
    let ids = input.get("ZoneId").strings();
    let mut found = Vec::new();
    for (name, id) in all {
        let asked = super::asked(&named, &name) && super::asked(&ids, &id);
        let fields = |field: &str| match field {
            "zone-name" => Some(vec![name.as_str()]),
            "zone-id" => Some(vec![id.as_str()]),
            "zone-type" => Some(vec!["availability-zone"]),
            "state" => Some(vec!["available"]),
            "opt-in-status" => Some(vec!["opt-in-not-required"]),
            "region-name" | "group-name" | "network-border-group" => {
                Some(vec![world.region.as_str()])
            }
            _ => None,
        };
        if asked && filter::passes(input, &Vec::new(), fields)? {
            found.push(zone((name, id)));
        }
    }
    Ok(Value::map([("availabilityZoneInfo", Value::List(found))]))
}

/// The region knows of itself alone.
pub(super) fn regions(world: &World, input: &Value) -> Result<Value, AwsError> {
    let named = input.get("RegionName").strings();
    if let Some(absent) = named.iter().find(|n| **n != world.region) {
        return Err(invalid(format!("Invalid region name: [{absent}]")));
    }
    let region = Value::map([
        ("regionName", Value::from(world.region.as_str())),
        (
            "regionEndpoint",
            format!("ec2.{}.amazonaws.com", world.region).into(),
        ),
        ("optInStatus", "opt-in-not-required".into()),
    ]);
    Ok(Value::map([("regionInfo", Value::List(vec![region]))]))
}

pub(super) fn attributes(input: &Value) -> Result<Value, AwsError> {
    const ALL: [(&str, &str); 5] = [
        ("supported-platforms", "VPC"),
        ("default-vpc", "none"),
        ("max-instances", "20"),
        ("vpc-max-security-groups-per-interface", "5"),
        ("max-elastic-ips", "5"),
    ];
    let named = input.get("AttributeName").strings();
    if let Some(absent) = named.iter().find(|n| ALL.iter().all(|(name, _)| name != n)) {
        return Err(invalid(format!(
            "Value ({absent}) for parameter attributeName is invalid."
        )));
    }
    let attribute = |(name, value): &(&str, &str)| {
        let value = Value::map([("attributeValue", Value::from(*value))]);
        Value::map([
            ("attributeName", Value::from(*name)),
            ("attributeValueSet", Value::List(vec![value])),
        ])
    };
    let wanted = ALL.iter().filter(|(name, _)| super::asked(&named, name));
    Ok(Value::map([(
        "accountAttributeSet",
        Value::List(wanted.map(attribute).collect()),
    )]))
}
