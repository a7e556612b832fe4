//! STS: who the caller is, and roles to assume. Every role can be assumed: who trusts whom is not simulated.

use jiff::ToSpan as _;

use super::AwsError;
use crate::{Value, world::World};

/// Runs one operation.
///
/// # Errors
/// What AWS refuses.
pub fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "GetCallerIdentity" => Ok(Value::map([
            ("Arn", world.arn("iam", "user/simulated").into()),
            ("UserId", "AIDASIMULATEDCALLER00".into()),
            ("Account", world.account.as_str().into()),
        ])),
        "AssumeRole" => assume_role(world, input),
        _ => Err(AwsError::unknown_operation(op)),
    }
}

fn assume_role(world: &World, input: &Value) -> Result<Value, AwsError> {
    let role = input.require_str("RoleArn")?;
    let session = input.require_str("RoleSessionName")?;
    let (account, name) = role
        .strip_prefix(&format!("arn:{}:iam::", world.partition()))
        .and_then(|rest| rest.split_once(":role/"))
        .ok_or_else(|| AwsError::validation(format!("{role} is invalid")))?;
    let seconds = input.get("DurationSeconds").as_i64().unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        let message = format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint"
        );
        return Err(AwsError::validation(message));
    }
    let name = name.rsplit('/').next().unwrap_or(name);
    let expires = world
        .now()
        .checked_add(seconds.seconds())
        .unwrap_or(world.now());
    Ok(Value::map([
        (
            "Credentials",
            Value::map([
                ("AccessKeyId", "ASIASIMULATEDROLE000".into()),
                ("SecretAccessKey", "simulated".into()),
                ("SessionToken", format!("simulated-{name}-{session}").into()),
                ("Expiration", expires.into()),
            ]),
        ),
        (
            "AssumedRoleUser",
            Value::map([
                (
                    "AssumedRoleId",
                    format!("AROASIMULATEDROLE000:{session}").into(),
                ),
                (
                    "Arn",
                    format!(
                        "arn:{}:sts::{account}:assumed-role/{name}/{session}",
                        world.partition()
                    )
                    .into(),
                ),
            ]),
        ),
        ("PackedPolicySize", Value::Int(0)),
    ]))
}
