//! What rules of security groups let through, as requests spell it.

use super::groups::not_found;
use super::{invalid, required};
use crate::services::AwsError;
use crate::world::network::Peer;
use crate::world::network::cidr::{Block4, Block6};
use crate::{Value, world::World};

type Permission = (String, Option<(i64, i64)>, Peer, Option<String>);

/// The rules that a request spells, one a peer.
pub(super) fn permissions(world: &World, input: &Value) -> Result<Vec<Permission>, AwsError> {
    let mut all = Vec::new();
    let listed = input.get("IpPermissions").items();
    // The old way: one rule in the request itself.
    let single = [Value::map([
        ("IpProtocol", input.get("IpProtocol").clone()),
        ("FromPort", input.get("FromPort").clone()),
        ("ToPort", input.get("ToPort").clone()),
        (
            "IpRanges",
            Value::List(vec![Value::map([("CidrIp", input.get("CidrIp").clone())])]),
        ),
    ])];
    for permission in if listed.is_empty() {
        &single[..]
    } else {
        listed
    } {
        let protocol = required(permission, "IpProtocol")?;
        let ports = ports(protocol, permission)?;
        for (peer, description) in peers(world, permission)? {
            all.push((protocol.to_owned(), ports, peer, description));
        }
    }
    if all.is_empty() {
        return Err(AwsError::new(
            "MissingParameter",
            "The request must contain a rule",
        ));
    }
    Ok(all)
}

fn peers(world: &World, permission: &Value) -> Result<Vec<(Peer, Option<String>)>, AwsError> {
    let mut peers = Vec::new();
    let said = |v: &Value| v.get("Description").as_str().map(str::to_owned);
    for range in permission.get("IpRanges").items() {
        let text = required(range, "CidrIp")?;
        Block4::parse(text).ok_or_else(|| invalid(format!("CIDR block {text} is malformed")))?;
        peers.push((Peer::V4(text.to_owned()), said(range)));
    }
    for range in permission.get("Ipv6Ranges").items() {
        let text = required(range, "CidrIpv6")?;
        Block6::parse(text).ok_or_else(|| invalid(format!("CIDR block {text} is malformed")))?;
        peers.push((Peer::V6(text.to_owned()), said(range)));
    }
    for pair in permission.get("Groups").items() {
        let id = required(pair, "GroupId")?;
        world.network.group(id).ok_or_else(|| not_found(id))?;
        peers.push((Peer::Group(id.to_owned()), said(pair)));
    }
    for list in permission.get("PrefixListIds").items() {
        peers.push((
            Peer::PrefixList(required(list, "PrefixListId")?.to_owned()),
            said(list),
        ));
    }
    Ok(peers)
}

/// The ports of a rule; TCP and UDP need them, and all traffic has none.
pub(super) fn ports(protocol: &str, rule: &Value) -> Result<Option<(i64, i64)>, AwsError> {
    let ports = rule
        .get("FromPort")
        .as_i64()
        .zip(rule.get("ToPort").as_i64());
    let by_port = matches!(protocol, "tcp" | "udp" | "6" | "17");
    if by_port && ports.is_none_or(|(a, b)| a > b || a < 0 || b > 65_535) {
        return Err(invalid(
            "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.",
        ));
    }
    Ok(ports.filter(|_| protocol != "-1"))
}

/// The other side of a rule that is spelled by itself.
pub(super) fn peer_of(world: &World, rule: &Value) -> Result<Peer, AwsError> {
    let keys = ["CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId"];
    let mut given = keys.into_iter().filter(|key| !rule.get(key).is_null());
    let (Some(key), None) = (given.next(), given.next()) else {
        let message =
            "Exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId is needed";
        return Err(AwsError::new("InvalidParameterCombination", message));
    };
    let text = required(rule, key)?;
    let malformed = || invalid(format!("CIDR block {text} is malformed"));
    Ok(match key {
        "CidrIpv4" => {
            Block4::parse(text).ok_or_else(malformed)?;
            Peer::V4(text.to_owned())
        }
        "CidrIpv6" => {
            Block6::parse(text).ok_or_else(malformed)?;
            Peer::V6(text.to_owned())
        }
        "PrefixListId" => Peer::PrefixList(text.to_owned()),
        _ => {
            world.network.group(text).ok_or_else(|| not_found(text))?;
            Peer::Group(text.to_owned())
        }
    })
}
