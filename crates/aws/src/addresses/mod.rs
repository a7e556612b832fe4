//! Where calls go: the address of each service in a region, by the SDK's own rules.
//!
//! What belongs here: the resolving that a client does before its first call. What must not: whether anything answers there.

mod beside;
mod efs;
mod iam;
mod s3;
#[cfg(test)]
mod tests;

use aws_types::{SdkConfig, region::Region, service_config::ServiceConfigKey};
use futures::FutureExt;

pub(crate) use beside::{
    of_discovery, of_dynamodb, of_ec2, of_elasticache, of_events, of_lattice, of_logs, of_quotas,
    of_rds, of_scaling, of_secrets, of_sns, of_ssm, of_waf,
};
pub(crate) use efs::of_efs;
pub(crate) use iam::of_iam;
pub(crate) use s3::{of_bucket, of_s3};

use beside::{EC2, EFS, ELASTICACHE, LATTICE, QUOTAS, RDS, SCALING, STS, WAF};

/// A service and the URL that it is asked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// As in `AWS_ENDPOINT_URL_ECS`.
    pub service: &'static str,
    /// With its scheme.
    pub url: String,
    /// Whether the environment or a profile says so, and not AWS's rules for the region.
    pub is_given: bool,
}

/// The SDK's rules are a table in memory: there is nothing to wait for.
macro_rules! resolved {
    ($sdk:ident, $region:expr, $given:expr) => {{
        use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let config: &SdkConfig = $region.1;
        let params = Params::builder()
            .region($region.0.to_owned())
            .use_dual_stack(config.use_dual_stack().unwrap_or(false))
            .use_fips(config.use_fips().unwrap_or(false))
            .set_endpoint($given)
            .build();
        match params {
            Ok(params) => {
                let resolver = DefaultResolver::new();
                let endpoint = resolver.resolve_endpoint(&params).now_or_never();
                endpoint.and_then(|found| Some(found.ok()?.url().to_owned()))
            }
            Err(_) => None,
        }
    }};
}
use resolved;

/// The services that are asked, in a region: STS when a plan has a role, VPC Lattice for services behind it, those after
/// them by preflight alone. What the rules have no
/// address for is left out: a region without FIPS or dual-stack addresses, for one.
pub(crate) fn addresses(sdk: &SdkConfig, region: &Region) -> Vec<Address> {
    let place = (region.as_ref(), sdk);
    let given = |id| given(sdk, id);
    let ecs = given("ECS");
    let elb = given("Elastic Load Balancing v2");
    let metrics = given("CloudWatch");
    let urls = [
        ("ECS", &ecs, resolved!(aws_sdk_ecs, place, ecs.clone())),
        (
            "ELASTIC_LOAD_BALANCING_V2",
            &elb,
            resolved!(aws_sdk_elasticloadbalancingv2, place, elb.clone()),
        ),
        (
            "CLOUDWATCH",
            &metrics,
            resolved!(aws_sdk_cloudwatch, place, metrics.clone()),
        ),
        (
            "APPLICATION_AUTO_SCALING",
            &given(SCALING.id),
            SCALING.known(sdk, place.0),
        ),
        ("EC2", &given(EC2.id), EC2.known(sdk, place.0)),
        ("STS", &given(STS.id), STS.known(sdk, place.0)),
        (
            "VPC_LATTICE",
            &given(LATTICE.id),
            LATTICE.known(sdk, place.0),
        ),
        ("EFS", &given(EFS.id), Some(of_efs(sdk, place.0))),
        ("RDS", &given(RDS.id), RDS.known(sdk, place.0)),
        (
            "ELASTICACHE",
            &given(ELASTICACHE.id),
            ELASTICACHE.known(sdk, place.0),
        ),
        ("WAFV2", &given(WAF.id), WAF.known(sdk, place.0)),
        (
            "SERVICE_QUOTAS",
            &given(QUOTAS.id),
            QUOTAS.known(sdk, place.0),
        ),
        ("IAM", &given("IAM"), Some(of_iam(sdk, place.0).0)),
        ("S3", &given("S3"), of_s3(sdk, place.0)),
    ];
    let address = |(service, given, url): (&'static str, &Option<String>, Option<String>)| {
        Some(Address {
            service,
            url: url?,
            is_given: given.is_some(),
        })
    };
    urls.into_iter().filter_map(address).collect()
}

/// Where ECS is asked in a region. Where the rules know of no address the usual name is asked all the same.
pub(crate) fn of_ecs(sdk: &SdkConfig, region: &str) -> String {
    let place = (region, sdk);
    let known = resolved!(aws_sdk_ecs, place, given(sdk, "ECS"));
    known.unwrap_or_else(|| format!("https://ecs.{region}.amazonaws.com"))
}

/// What the environment or the profile says, for the service alone or for all.
fn given(sdk: &SdkConfig, service_id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let own = key
        .ok()
        .and_then(|key| sdk.service_config()?.load_config(key));
    own.or_else(|| sdk.endpoint_url().map(str::to_owned))
}
