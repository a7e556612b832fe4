//! A secret of Secrets Manager: `secretsmanager:GetSecretValue`.

use serde_json::{Value, json};

use super::{Access, Fault, access, parameter::region_of};
use crate::{
    addresses,
    json::{Client, Version},
    signed::Service,
};

const SECRETS_MANAGER: Service = Service {
    name: "Secrets Manager",
    signing_name: "secretsmanager",
};
const GET_SECRET_VALUE: &str = "secretsmanager:GetSecretValue";

/// Which secret, and what of it: as task definitions of ECS write it, `NAME-OR-ARN:json-key:version-stage:version-id`, where all
/// behind the name or ARN may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretId {
    id: String,
    key: Option<String>,
    stage: Option<String>,
    version: Option<String>,
}

impl SecretId {
    /// From what people write; `None`: that is no secret's name and no ARN.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // An ARN has six colons of its own, and a name none.
        let of_name = if text.starts_with("arn:") { 7 } else { 1 };
        let parts: Vec<&str> = text.split(':').collect();
        if parts.len() < of_name || parts.len() > of_name + 3 {
            return None;
        }
        let id = parts[..of_name].join(":");
        let name = parts[of_name - 1];
        let plain = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            return None;
        }
        let is_secrets = parts[..of_name - 1]
            .get(2)
            .is_none_or(|service| *service == "secretsmanager");
        let part = |n: usize| {
            let part = parts.get(of_name + n).filter(|part| !part.is_empty());
            part.map(|part| (*part).to_owned())
        };
        is_secrets.then(|| Self {
            id,
            key: part(0),
            stage: part(1),
            version: part(2),
        })
    }
}

/// A secret's value: the whole text, or what a key of its JSON object holds.
///
/// # Errors
/// There is none, it may not be read, it is not text, it has no such key, or AWS does not answer. No error quotes it.
pub async fn secret(access: &Access, wanted: &SecretId) -> Result<String, Fault> {
    let access = match region_of(&wanted.id) {
        Some(region) => access.in_region(region),
        None => access.clone(),
    };
    let address = addresses::of_secrets(&access.sdk, access.region(GET_SECRET_VALUE)?);
    let client = Client::new(
        &access.sdk,
        &SECRETS_MANAGER,
        Version::V1_1,
        &address,
        access::LIMIT,
    );
    let mut asked = json!({ "SecretId": wanted.id });
    if let Some(stage) = &wanted.stage {
        asked["VersionStage"] = json!(stage);
    }
    if let Some(version) = &wanted.version {
        asked["VersionId"] = json!(version);
    }
    let answer = access::twice(async || {
        let answer = client
            .send("secretsmanager.GetSecretValue", asked.clone())
            .await;
        answer.map_err(|error| Fault::from_sdk(GET_SECRET_VALUE, error))
    });
    value(&answer.await?.body, wanted.key.as_deref())
}

fn value(answer: &Value, key: Option<&str>) -> Result<String, Fault> {
    let fault = |said| Fault::unsent(GET_SECRET_VALUE, said);
    let text = answer.get("SecretString").and_then(Value::as_str);
    let text = text.ok_or_else(|| fault("the secret is not kept as text"))?;
    let object: Option<Value> = serde_json::from_str(text).ok().filter(Value::is_object);
    match (key, object) {
        (None, None) => Ok(text.to_owned()),
        (None, Some(_)) => Err(fault(
            "the secret is a JSON object: say which of its keys, as in NAME:KEY::",
        )),
        (Some(_), None) => Err(fault("the secret is no JSON object: leave the key out")),
        (Some(key), Some(object)) => match object.get(key) {
            Some(Value::String(value)) => Ok(value.clone()),
            Some(_) => Err(fault("what the secret's key holds is no text")),
            None => Err(fault("the secret's JSON object has no such key")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/hook-AbCdEf";

    #[test]
    fn a_secret_is_written_as_in_a_task_definition() {
        let plain = SecretId::parse(ARN).unwrap();
        assert_eq!((plain.id.as_str(), plain.key), (ARN, None));
        let keyed = SecretId::parse(&format!("{ARN}:token:AWSPENDING:")).unwrap();
        assert_eq!(keyed.id, ARN);
        assert_eq!(keyed.key.as_deref(), Some("token"));
        assert_eq!(keyed.stage.as_deref(), Some("AWSPENDING"));
        assert_eq!(keyed.version, None);
        let named = SecretId::parse("prod/hook:token::").unwrap();
        assert_eq!(
            (named.id.as_str(), named.key.as_deref()),
            ("prod/hook", Some("token"))
        );
    }

    #[test]
    fn what_is_no_secret_is_none() {
        let parameter = "arn:aws:ssm:eu-west-1:123456789012:parameter/a";
        for text in [
            "",
            "a b",
            "arn:aws:secretsmanager",
            "a:b:c:d:e",
            "s3cret!",
            parameter,
        ] {
            assert_eq!(SecretId::parse(text), None, "{text}");
        }
        let other = "arn:aws:ssm:eu-west-1:123456789012:secret:a";
        assert_eq!(SecretId::parse(other), None);
    }

    #[test]
    fn a_key_picks_its_value_and_no_fault_quotes_the_secret() {
        let of = |text: &str, key| value(&json!({ "SecretString": text }), key);
        assert_eq!(of("s3cret", None).unwrap(), "s3cret");
        assert_eq!(
            of(r#"{"token":"s3cret"}"#, Some("token")).unwrap(),
            "s3cret"
        );
        for (text, key) in [
            (r#"{"token":"s3cret"}"#, None),
            (r#"{"token":"s3cret"}"#, Some("tokn")),
            (r#"{"token":["s3cret"]}"#, Some("token")),
            ("s3cret", Some("token")),
        ] {
            let fault = of(text, key).unwrap_err();
            assert!(!format!("{fault} {fault:?}").contains("s3cret"), "{fault}");
        }
        let binary = value(&json!({ "SecretBinary": "czNjcmV0" }), None).unwrap_err();
        assert!(binary.to_string().contains("not kept as text"), "{binary}");
    }
}
