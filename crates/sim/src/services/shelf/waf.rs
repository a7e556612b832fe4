//! WAF: sets of addresses of one family each, and the web ACLs of load balancers.

use super::{Does, Kind, Paging, absent, named, one, set};
use crate::Value;
use crate::services::AwsError;
use crate::world::{World, rng};

pub(super) const PAGING: Paging = Paging {
    token: ("NextMarker", "NextMarker"),
    size: ("Limit", 100),
};

const NONE: (&str, u16) = ("WAFNonexistentItemException", 400);
const TAKEN: (&str, u16) = ("WAFDuplicateItemException", 400);

const IP_SET: Kind = Kind {
    shape: "IPSet",
    key: "Id",
    absent: NONE,
    taken: TAKEN,
};
const WEB_ACL: Kind = Kind {
    shape: "WebACL",
    key: "Id",
    absent: NONE,
    taken: TAKEN,
};
/// Which web ACL a load balancer has.
const ASSOCIATION: &str = "WebACLAssociation";

pub(super) fn does(op: &str) -> Option<Does> {
    Some(match op {
        "CreateIPSet" => Does::Own(|world, input| make(world, input, &IP_SET, "ipset")),
        "GetIPSet" => Does::Own(ip_set),
        "CreateWebACL" => Does::Own(|world, input| make(world, input, &WEB_ACL, "webacl")),
        "AssociateWebACL" => Does::Own(associate),
        "DisassociateWebACL" => Does::Own(disassociate),
        "GetWebACLForResource" => Does::Own(for_resource),
        _ => return None,
    })
}

fn make(
    world: &mut World,
    input: &Value,
    kind: &'static Kind,
    path: &str,
) -> Result<Value, AwsError> {
    let (name, scope) = (
        named(input, "Name"),
        named(input, "Scope").to_ascii_lowercase(),
    );
    if world.shelf.find(kind.shape, "Name", name).is_some() {
        let message = "AWS WAF couldn't perform the operation because some resource in your request is a duplicate of an existing one.";
        return Err(AwsError::new(TAKEN.0, message));
    }
    let addresses = input.get("Addresses").strings();
    let ipv6 = named(input, "IPAddressVersion") == "IPV6";
    if let Some(wrong) = addresses
        .iter()
        .find(|a| a.contains(':') != ipv6 || !a.contains('/'))
    {
        let message = format!("The parameter contains formatting that is not valid: {wrong}");
        return Err(AwsError::new("WAFInvalidParameterException", message));
    }
    let count = world.next_id();
    let id = rng::uuid(world.seed, "", count);
    let mut document =
        crate::contract::fitted(crate::services::Service::Waf, kind.shape, input.clone());
    set(
        &mut document,
        [
            ("Id", id.as_str().into()),
            (
                "ARN",
                world
                    .arn("wafv2", &format!("{scope}/{path}/{name}/{id}"))
                    .into(),
            ),
            ("LockToken", id.as_str().into()),
        ],
    );
    world.shelf.put(kind.shape, document.clone());
    Ok(Value::map([("Summary", document)]))
}

fn ip_set(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let by = if input.get("ARN").is_null() {
        ("Id", "Id")
    } else {
        ("ARN", "ARN")
    };
    let id = named(input, by.0);
    let found = world.shelf.find(IP_SET.shape, by.1, id);
    let found = found.cloned().ok_or_else(|| absent(&IP_SET, id))?;
    let token = found.get("LockToken").clone();
    Ok(Value::map([("IPSet", found), ("LockToken", token)]))
}

/// Refuses what is no load balancer of the region.
fn balancer<'v>(world: &World, input: &'v Value) -> Result<&'v str, AwsError> {
    let arn = named(input, "ResourceArn");
    match world.elb.load_balancers.contains_key(arn) {
        true => Ok(arn),
        false => {
            let message = format!("AWS WAF couldn't find the resource {arn}.");
            Err(AwsError::new("WAFNonexistentItemException", message))
        }
    }
}

fn associate(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let resource = balancer(world, input)?;
    let acl = named(input, "WebACLArn");
    if world.shelf.find(WEB_ACL.shape, "ARN", acl).is_none() {
        return Err(absent(&WEB_ACL, acl));
    }
    world
        .shelf
        .retain(ASSOCIATION, |d| named(d, "ResourceArn") != resource);
    world.shelf.put(ASSOCIATION, input.clone());
    Ok(Value::Null)
}

fn disassociate(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let resource = balancer(world, input)?;
    world
        .shelf
        .retain(ASSOCIATION, |d| named(d, "ResourceArn") != resource);
    Ok(Value::Null)
}

fn for_resource(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let resource = balancer(world, input)?;
    let held = world.shelf.find(ASSOCIATION, "ResourceArn", resource);
    let arn = held.map(|d| named(d, "WebACLArn"));
    let acl = arn.and_then(|arn| world.shelf.find(WEB_ACL.shape, "ARN", arn));
    // Without one the answer is empty.
    match acl {
        Some(acl) => Ok(Value::map([(
            "WebACL",
            one(world, &WEB_ACL, named(acl, "Id"))?.clone(),
        )])),
        None => Ok(Value::Null),
    }
}
