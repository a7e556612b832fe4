//! S3 as far as a bucket has a policy. Buckets of other regions are kept here too, and asked for there.
//!
//! What belongs here: buckets, where they are and whose, and their policies as they were written. What must not: what a policy does to
//! a task (`world::buckets`).

use super::{Does, Kind, Paging, named, one};
use crate::services::AwsError;
use crate::{Value, world::World};

pub(super) const PAGING: Paging = Paging {
    token: ("ContinuationToken", "ContinuationToken"),
    size: ("MaxBuckets", 1000),
};

/// Of every account.
const BUCKET: Kind = Kind {
    shape: "Bucket",
    key: "Name",
    absent: ("NoSuchBucket", 404),
    taken: ("BucketAlreadyExists", 409),
};
/// Where a bucket is that names no place.
const CLASSIC: &str = "us-east-1";

pub(super) fn does(op: &str) -> Option<Does> {
    Some(match op {
        "CreateBucket" => Does::Own(create),
        "DeleteBucket" => Does::Own(delete),
        "GetBucketPolicy" => Does::Own(get),
        "PutBucketPolicy" => Does::Own(put),
        "DeleteBucketPolicy" => Does::Own(forget),
        _ => return None,
    })
}

fn text<'v>(of: &'v Value, member: &str) -> &'v str {
    of.get(member).as_str().unwrap_or_default()
}

/// The place that a request names for a bucket.
fn place(input: &Value) -> Option<&str> {
    let configuration = input.get("CreateBucketConfiguration");
    configuration.get("LocationConstraint").as_str()
}

/// Whether a request was sent to where the bucket is, or is to be.
///
/// # Errors
/// Where it is instead.
pub(crate) fn addressed(
    world: &World,
    region: &str,
    op: &str,
    input: &Value,
) -> Result<(), AwsError> {
    if op == "CreateBucket" {
        let wanted = place(input).unwrap_or(CLASSIC);
        if wanted == region {
            return Ok(());
        }
        let message = match place(input) {
            None => "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.".to_owned(),
            Some(place) => format!("The {place} location constraint is incompatible for the region specific endpoint this request was sent to."),
        };
        return Err(AwsError::new("IllegalLocationConstraintException", message));
    }
    let bucket = world
        .shelf
        .find(BUCKET.shape, BUCKET.key, named(input, "Bucket"));
    match bucket.map(|b| text(b, "BucketRegion")) {
        Some(home) if home != region => {
            let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all \
                           future requests to this endpoint.";
            let refusal = AwsError::new("PermanentRedirect", message).with_status(301);
            Err(refusal.with_elsewhere(home))
        }
        _ => Ok(()),
    }
}

fn create(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (name, place) = (named(input, "Bucket"), place(input).unwrap_or(CLASSIC));
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    if !(3..=63).contains(&name.len()) || !name.chars().all(is_part) {
        return Err(AwsError::new(
            "InvalidBucketName",
            "The specified bucket is not valid.",
        ));
    }
    if let Some(bucket) = world.shelf.find(BUCKET.shape, BUCKET.key, name) {
        let (code, message) = if is_own(world, bucket) {
            (
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
        } else {
            (
                BUCKET.taken.0,
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system.",
            )
        };
        return Err(AwsError::new(code, message).with_status(BUCKET.taken.1));
    }
    let (location, place) = (format!("/{name}"), place.to_owned());
    world.add_bucket(name, &place, &world.account.clone());
    Ok(Value::map([("Location", Value::from(location))]))
}

fn is_own(world: &World, bucket: &Value) -> bool {
    text(bucket, "Owner") == world.account
}

/// A bucket that is there, if it is the account's own: what is done to it nobody else may.
fn own<'w>(world: &'w World, input: &Value) -> Result<&'w Value, AwsError> {
    let bucket = one(world, &BUCKET, named(input, "Bucket"));
    let bucket = bucket.map_err(|error| AwsError {
        message: "The specified bucket does not exist".to_owned(),
        ..error
    })?;
    if is_own(world, bucket) {
        return Ok(bucket);
    }
    let message = "The specified method is not allowed against this resource.";
    Err(AwsError::new("MethodNotAllowed", message).with_status(405))
}

fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    own(world, input)?;
    let name = named(input, "Bucket");
    world
        .shelf
        .retain(BUCKET.shape, |b| text(b, "Name") != name);
    Ok(Value::Null)
}

fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let policy = own(world, input)?.get("Policy").clone();
    if policy.is_null() {
        let message = "The bucket policy does not exist";
        return Err(AwsError::new("NoSuchBucketPolicy", message).with_status(404));
    }
    Ok(Value::map([("Policy", policy)]))
}

fn put(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    own(world, input)?;
    let policy = named(input, "Policy");
    check(world, named(input, "Bucket"), policy)
        .map_err(|message| AwsError::new("MalformedPolicy", message))?;
    set(world, input, policy.into());
    Ok(Value::Null)
}

fn forget(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    own(world, input)?;
    set(world, input, Value::Null);
    Ok(Value::Null)
}

fn set(world: &mut World, input: &Value, policy: Value) {
    let name = named(input, "Bucket");
    if let Some(bucket) = world.shelf.find_mut(BUCKET.shape, BUCKET.key, name) {
        bucket.set("Policy", policy);
    }
}

/// What a bucket's policy must have beside an identity's: principals, and resources that are the bucket or in it.
fn check(world: &World, bucket: &str, policy: &str) -> Result<(), &'static str> {
    let broken = "Policies must be valid JSON and the first byte must be '{'";
    let policy: serde_json::Value = serde_json::from_str(policy).map_err(|_| broken)?;
    let statements = match &policy["Statement"] {
        serde_json::Value::Array(all) => all.as_slice(),
        serde_json::Value::Object(_) => std::slice::from_ref(&policy["Statement"]),
        _ => return Err("Missing required field Statement"),
    };
    let arn = format!("arn:{}:s3:::{bucket}", world.partition());
    for statement in statements {
        let has = |one: &str, other: &str| !statement[one].is_null() || !statement[other].is_null();
        if !has("Principal", "NotPrincipal") {
            return Err("Missing required field Principal");
        }
        if !has("Action", "NotAction") {
            return Err("Missing required field Action");
        }
        let resources = match &statement["Resource"] {
            serde_json::Value::Array(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        let is_here = |resource: &serde_json::Value| {
            let rest = resource.as_str().and_then(|r| r.strip_prefix(&arn));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*']))
        };
        if !resources.iter().all(is_here) {
            return Err("Policy has invalid resource");
        }
    }
    Ok(())
}

impl World {
    /// Makes a bucket in a region, which may be another account's.
    pub fn add_bucket(&mut self, name: &str, region: &str, account: &str) {
        let bucket = Value::map([
            ("Name", Value::from(name)),
            ("BucketRegion", region.into()),
            ("CreationDate", self.now().into()),
            ("Owner", account.into()),
        ]);
        self.shelf.put(BUCKET.shape, bucket);
    }

    /// The policy of a bucket.
    pub(crate) fn policy_of(&self, bucket: &str) -> Option<&str> {
        let bucket = self.shelf.find(BUCKET.shape, BUCKET.key, bucket)?;
        bucket.get("Policy").as_str()
    }
}
