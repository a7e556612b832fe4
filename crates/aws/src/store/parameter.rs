//! A parameter of Systems Manager: `ssm:GetParameter`, decrypted.

use serde_json::json;

use super::{Access, Fault, access};
use crate::{
    addresses,
    json::{Client, Version},
    signed::Service,
};

const SSM: Service = Service {
    name: "SSM",
    signing_name: "ssm",
};
const GET_PARAMETER: &str = "ssm:GetParameter";

/// A parameter's value, by its name or ARN. One of another account is in its ARN's region, any other in the access's.
///
/// # Errors
/// There is none, it may not be read, or AWS does not answer.
pub async fn parameter(access: &Access, name: &str) -> Result<String, Fault> {
    let access = match region_of(name) {
        Some(region) => access.in_region(region),
        None => access.clone(),
    };
    let address = addresses::of_ssm(&access.sdk, access.region(GET_PARAMETER)?);
    let client = Client::new(&access.sdk, &SSM, Version::V1_1, &address, access::LIMIT);
    let asked = json!({ "Name": name, "WithDecryption": true });
    let answer = access::twice(async || {
        let answer = client.send("AmazonSSM.GetParameter", asked.clone()).await;
        answer.map_err(|error| Fault::from_sdk(GET_PARAMETER, error))
    });
    let answer = answer.await?;
    let value = answer.body.pointer("/Parameter/Value");
    let value = value.and_then(serde_json::Value::as_str);
    let value = value.ok_or_else(|| Fault::unsent(GET_PARAMETER, "the answer has no value"))?;
    Ok(value.to_owned())
}

/// `arn:partition:service:region:account:resource`.
pub(super) fn region_of(arn: &str) -> Option<&str> {
    let mut parts = arn.split(':');
    (parts.next() == Some("arn")).then_some(())?;
    parts.nth(2).filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_its_region_and_a_name_does_not() {
        let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b";
        assert_eq!(region_of(arn), Some("eu-west-1"));
        assert_eq!(region_of("/a/b"), None);
        assert_eq!(region_of("arn:aws:ssm"), None);
    }
}
