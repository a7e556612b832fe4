//! IAM as far as a role's policies can be read: roles, policies of one's own, and those in a role.
//!
//! What a caller may is [`crate::caller`]'s; nobody is held by the documents here.

use super::{Does, Kind, Paging, absent, id, named, one, set};
use crate::services::{AwsError, paging};
use crate::{Value, world::World};

pub(super) const PAGING: Paging = Paging {
    token: ("Marker", "Marker"),
    size: ("MaxItems", 100),
};

const NONE: (&str, u16) = ("NoSuchEntity", 404);
const TAKEN: (&str, u16) = ("EntityAlreadyExists", 409);

const ROLE: Kind = Kind {
    shape: "Role",
    key: "RoleName",
    absent: NONE,
    taken: TAKEN,
};
const POLICY: Kind = Kind {
    shape: "Policy",
    key: "Arn",
    absent: NONE,
    taken: TAKEN,
};
/// The documents of policies, the policies within roles, and those that are attached to them: role and policy each.
const DOCUMENT: &str = "PolicyVersion";
const WITHIN: &str = "RolePolicy";
const ATTACHED: &str = "AttachedPolicy";

pub(super) fn does(op: &str) -> Option<Does> {
    Some(match op {
        "CreateRole" => Does::Makes(&ROLE, role, "Role"),
        "GetRole" => Does::TellsOne(&ROLE, "RoleName", "Role"),
        "DeleteRole" => Does::Own(delete_role),
        "CreatePolicy" => Does::Makes(&POLICY, policy, "Policy"),
        "GetPolicy" => Does::TellsOne(&POLICY, "PolicyArn", "Policy"),
        "GetPolicyVersion" => Does::Own(version),
        "DeletePolicy" => Does::Removes(&POLICY, "PolicyArn", ""),
        "PutRolePolicy" => Does::Own(put),
        "GetRolePolicy" => Does::Own(get),
        "ListRolePolicies" => Does::Own(|world, input| {
            list(world, input, WITHIN, "PolicyNames", |d| {
                d.get("PolicyName").clone()
            })
        }),
        "DeleteRolePolicy" => Does::Own(|world, input| take(world, input, WITHIN, "PolicyName")),
        "AttachRolePolicy" => Does::Own(attach),
        "DetachRolePolicy" => Does::Own(|world, input| take(world, input, ATTACHED, "PolicyArn")),
        "ListAttachedRolePolicies" => {
            Does::Own(|world, input| list(world, input, ATTACHED, "AttachedPolicies", Value::clone))
        }
        _ => return None,
    })
}

/// Documents are told as IAM tells them: percent-encoded.
fn encoded(document: &str) -> Value {
    let set = percent_encoding::NON_ALPHANUMERIC;
    percent_encoding::utf8_percent_encode(document, set)
        .to_string()
        .into()
}

fn role(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let (name, path) = (
        named(input, "RoleName"),
        input.get("Path").as_str().unwrap_or("/"),
    );
    let trust = named(input, "AssumeRolePolicyDocument");
    check(trust)?;
    let boundary = boundary(world, named(input, "PermissionsBoundary"))?;
    document.set("PermissionsBoundary", boundary);
    set(
        document,
        [
            ("Path", path.into()),
            ("RoleId", id(world, "AROA", 17).to_ascii_uppercase().into()),
            ("Arn", world.arn("iam", &format!("role{path}{name}")).into()),
            ("CreateDate", world.now().into()),
            ("AssumeRolePolicyDocument", encoded(trust)),
        ],
    );
    Ok(())
}

/// As a role tells of it; nothing where a request names none.
fn boundary(world: &World, arn: &str) -> Result<Value, AwsError> {
    if arn.is_empty() {
        return Ok(Value::Null);
    }
    if !is_there(world, arn) {
        let message = format!("Scope ARN: {arn} does not exist or is not attachable.");
        return Err(AwsError::new(NONE.0, message).with_status(NONE.1));
    }
    Ok(Value::map(
        [
            ("PermissionsBoundaryType", "PermissionsBoundaryPolicy"),
            ("PermissionsBoundaryArn", arn),
        ]
        .map(|(name, text)| (name, Value::from(text))),
    ))
}

/// Whether a policy can be attached: AWS's own are everybody's, and their documents are not known here.
fn is_there(world: &World, arn: &str) -> bool {
    arn.starts_with(&format!("arn:{}:iam::aws:policy/", world.partition()))
        || world.shelf.find(POLICY.shape, "Arn", arn).is_some()
}

fn check(document: &str) -> Result<(), AwsError> {
    let read = serde_json::from_str::<serde_json::Value>(document);
    if read.is_ok_and(|d| d.get("Statement").is_some()) {
        return Ok(());
    }
    let message = "Syntax errors in policy.";
    Err(AwsError::new("MalformedPolicyDocument", message))
}

fn delete_role(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = named(input, "RoleName");
    one(world, &ROLE, name)?;
    for kind in [WITHIN, ATTACHED] {
        if world.shelf.find(kind, "RoleName", name).is_some() {
            let message = "Cannot delete entity, must delete or detach policies first.";
            return Err(AwsError::new("DeleteConflict", message).with_status(409));
        }
    }
    world
        .shelf
        .retain(ROLE.shape, |d| named(d, "RoleName") != name);
    Ok(Value::Null)
}

fn policy(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let (name, path) = (
        named(input, "PolicyName"),
        input.get("Path").as_str().unwrap_or("/"),
    );
    let text = named(input, "PolicyDocument");
    check(text)?;
    let arn = world.arn("iam", &format!("policy{path}{name}"));
    if world.shelf.find(POLICY.shape, "Arn", &arn).is_none() {
        let version = Value::map([
            ("PolicyArn", Value::from(arn.as_str())),
            ("Document", encoded(text)),
            ("VersionId", "v1".into()),
            ("IsDefaultVersion", true.into()),
            ("CreateDate", world.now().into()),
        ]);
        world.shelf.put(DOCUMENT, version);
    }
    set(
        document,
        [
            ("Path", path.into()),
            (
                "PolicyId",
                id(world, "ANPA", 17).to_ascii_uppercase().into(),
            ),
            ("Arn", arn.into()),
            ("DefaultVersionId", "v1".into()),
            ("AttachmentCount", 0_i64.into()),
            ("IsAttachable", true.into()),
            ("CreateDate", world.now().into()),
            ("UpdateDate", world.now().into()),
        ],
    );
    Ok(())
}

fn version(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let arn = named(input, "PolicyArn");
    one(world, &POLICY, arn)?;
    let mut found = world.shelf.all(DOCUMENT).iter();
    let found = found
        .find(|d| named(d, "PolicyArn") == arn && d.get("VersionId") == input.get("VersionId"));
    let version = named(input, "VersionId");
    let missing = || {
        let message = format!("Policy {arn} version {version} does not exist.");
        AwsError::new(NONE.0, message).with_status(NONE.1)
    };
    Ok(Value::map([(
        "PolicyVersion",
        found.cloned().ok_or_else(missing)?,
    )]))
}

/// Whether a document is of the role and the policy that a request names.
fn is(document: &Value, input: &Value, by: &str) -> bool {
    document.get("RoleName") == input.get("RoleName") && document.get(by) == input.get(by)
}

fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    one(world, &ROLE, named(input, "RoleName"))?;
    let text = named(input, "PolicyDocument");
    check(text)?;
    let mut document = input.clone();
    document.set("PolicyDocument", encoded(text));
    world.shelf.retain(WITHIN, |d| !is(d, input, "PolicyName"));
    world.shelf.put(WITHIN, document);
    Ok(Value::Null)
}

fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let name = named(input, "RoleName");
    one(world, &ROLE, name)?;
    let mut all = world.shelf.all(WITHIN).iter();
    let missing = || {
        let policy = named(input, "PolicyName");
        let message = format!("The role policy with name {policy} cannot be found.");
        AwsError::new(NONE.0, message).with_status(NONE.1)
    };
    all.find(|d| is(d, input, "PolicyName"))
        .cloned()
        .ok_or_else(missing)
}

fn take(world: &mut World, input: &Value, kind: &str, by: &str) -> Result<Value, AwsError> {
    one(world, &ROLE, named(input, "RoleName"))?;
    if world.shelf.retain(kind, |d| !is(d, input, by)) == 0 {
        let message = format!("{} was not found.", named(input, by));
        return Err(AwsError::new(NONE.0, message).with_status(NONE.1));
    }
    Ok(Value::Null)
}

fn attach(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    one(world, &ROLE, named(input, "RoleName"))?;
    let arn = named(input, "PolicyArn");
    if !is_there(world, arn) {
        return Err(absent(&POLICY, arn));
    }
    if !world
        .shelf
        .all(ATTACHED)
        .iter()
        .any(|d| is(d, input, "PolicyArn"))
    {
        let mut document = input.clone();
        document.set(
            "PolicyName",
            arn.rsplit('/').next().unwrap_or_default().into(),
        );
        world.shelf.put(ATTACHED, document);
    }
    Ok(Value::Null)
}

fn list(
    world: &World,
    input: &Value,
    kind: &str,
    under: &'static str,
    written: fn(&Value) -> Value,
) -> Result<Value, AwsError> {
    let name = named(input, "RoleName");
    one(world, &ROLE, name)?;
    let of_role = world
        .shelf
        .all(kind)
        .iter()
        .filter(|d| named(d, "RoleName") == name);
    let all = of_role.map(written).collect();
    let size = input.get("MaxItems").as_i64().unwrap_or(100).max(1) as usize;
    let bad = || AwsError::new("ValidationError", "Invalid Marker.");
    let (page, next) = paging::page(all, input.get("Marker"), size, bad)?;
    Ok(Value::map([
        (under, Value::List(page)),
        ("IsTruncated", (!next.is_null()).into()),
        ("Marker", next),
    ]))
}
