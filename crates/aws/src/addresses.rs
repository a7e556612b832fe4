//! Where calls go: the address of each service in a region, by the SDK's own rules.
//!
//! What belongs here: the resolving that a client does before its first call. What must not: whether anything answers there.

use aws_types::{SdkConfig, region::Region, service_config::ServiceConfigKey};
use futures::FutureExt;

use crate::signed;

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

/// The services that are asked, in a region; the last one when a plan has a role. What the rules have no address for is
/// left out: a region without FIPS or dual-stack addresses, for one.
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

/// Where EC2 is asked in a configuration's region.
pub(crate) fn of_ec2(sdk: &SdkConfig, region: &str) -> String {
    EC2.address(sdk, region)
}

/// Where Application Auto Scaling is asked in a configuration's region.
pub(crate) fn of_scaling(sdk: &SdkConfig, region: &str) -> String {
    SCALING.address(sdk, region)
}

/// Where EFS is asked in a configuration's region. Its names on both families are short ones where Amazon's domain ends them.
pub(crate) fn of_efs(sdk: &SdkConfig, region: &str) -> String {
    let url = EFS.address(sdk, region);
    let is_short = sdk.use_dual_stack().unwrap_or(false) && !region.starts_with("eusc-");
    if is_short && given(sdk, EFS.id).is_none() {
        return url.replacen("//elasticfilesystem", "//efs", 1);
    }
    url
}

/// Where RDS is asked in a configuration's region.
pub(crate) fn of_rds(sdk: &SdkConfig, region: &str) -> String {
    RDS.address(sdk, region)
}

/// Where ElastiCache is asked in a configuration's region.
pub(crate) fn of_elasticache(sdk: &SdkConfig, region: &str) -> String {
    ELASTICACHE.address(sdk, region)
}

/// Where WAF is asked in a configuration's region.
pub(crate) fn of_waf(sdk: &SdkConfig, region: &str) -> String {
    WAF.address(sdk, region)
}

/// Where IAM is asked, which is one for all regions of a partition, and the region that its calls are signed for.
pub(crate) fn of_iam(sdk: &SdkConfig, region: &str) -> (String, String) {
    let both = sdk.use_dual_stack().unwrap_or(false);
    let one = |ipv4: &'static str, dual| if both { dual } else { ipv4 };
    let (host, home) = match region.split('-').next() {
        Some("cn") => (
            one(
                "iam.cn-north-1.amazonaws.com.cn",
                "iam.global.api.amazonwebservices.com.cn",
            ),
            "cn-north-1",
        ),
        Some("eusc") => (
            one(
                "iam.eusc-de-east-1.amazonaws.eu",
                "iam.api.amazonwebservices.eu",
            ),
            "eusc-de-east-1",
        ),
        Some("us") if region.starts_with("us-gov-") => (
            one("iam.us-gov.amazonaws.com", "iam.us-gov.api.aws"),
            "us-gov-west-1",
        ),
        _ if sdk.use_fips().unwrap_or(false) => (
            one("iam-fips.amazonaws.com", "iam-fips.global.api.aws"),
            "us-east-1",
        ),
        _ => (one("iam.amazonaws.com", "iam.global.api.aws"), "us-east-1"),
    };
    let address = given(sdk, "IAM").unwrap_or_else(|| format!("https://{host}"));
    (address, home.to_owned())
}

/// Where Systems Manager is asked in a configuration's region.
pub(crate) fn of_ssm(sdk: &SdkConfig, region: &str) -> String {
    SSM.address(sdk, region)
}

/// Where Secrets Manager is asked in a configuration's region.
pub(crate) fn of_secrets(sdk: &SdkConfig, region: &str) -> String {
    SECRETS.address(sdk, region)
}

/// Where SNS is asked in a configuration's region.
pub(crate) fn of_sns(sdk: &SdkConfig, region: &str) -> String {
    SNS.address(sdk, region)
}

/// Where EventBridge is asked in a configuration's region.
pub(crate) fn of_events(sdk: &SdkConfig, region: &str) -> String {
    EVENTS.address(sdk, region)
}

/// Where CloudWatch Logs is asked in a configuration's region.
pub(crate) fn of_logs(sdk: &SdkConfig, region: &str) -> String {
    LOGS.address(sdk, region)
}

/// Where DynamoDB is asked in a configuration's region.
pub(crate) fn of_dynamodb(sdk: &SdkConfig, region: &str) -> String {
    DYNAMODB.address(sdk, region)
}

/// Where S3 is asked, without a bucket's name before it; `None` where AWS has no such address.
pub(crate) fn of_s3(sdk: &SdkConfig, region: &str) -> Option<String> {
    if let Some(url) = given(sdk, "S3") {
        return Some(url);
    }
    let fips = sdk.use_fips().unwrap_or(false);
    // ECS has a FIPS address in China, S3 has none.
    if fips && region.starts_with("cn-") {
        return None;
    }
    // S3's names on both families end as those on IPv4 do.
    let on_ipv4 = sdk.to_builder().use_dual_stack(false).build();
    let ecs = resolved!(aws_sdk_ecs, (region, &on_ipv4), None)?;
    let url = ecs.replacen("//ecs", "//s3", 1);
    if !sdk.use_dual_stack().unwrap_or(false) {
        return Some(url);
    }
    let region = format!(".{region}.");
    Some(url.replacen(&region, &format!(".dualstack{region}"), 1))
}

/// Where a bucket is asked that lies where S3 is: by a name of its own where it can be a part of one, as S3 wants it, or else
/// by a path. Whatever else speaks S3 need not have a name for each bucket: botocore asks it by paths as well.
pub(crate) fn of_bucket(sdk: &SdkConfig, s3: &str, bucket: &str) -> String {
    let s3 = s3.trim_end_matches('/');
    match s3.split_once("://") {
        Some((scheme, host)) if !is_s3_given(sdk) && is_label(bucket) => {
            format!("{scheme}://{bucket}.{host}")
        }
        _ => format!("{s3}/{}", signed::escaped(bucket)),
    }
}

/// Whether a certificate for all names below S3's is one for it.
fn is_label(bucket: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = bucket.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|c| is_plain(*c) || *c == b'-')
        && [bytes.first(), bytes.last()]
            .iter()
            .all(|end| end.is_some_and(|c| is_plain(*c)))
}

/// Whether the environment or a profile says where S3 is.
pub(crate) fn is_s3_given(sdk: &SdkConfig) -> bool {
    given(sdk, "S3").is_some()
}

/// What is different about a service's FIPS names in GovCloud.
#[derive(Clone, Copy)]
enum InGovCloud {
    /// Nothing.
    Usual,
    /// Its IPv4 names are FIPS ones as they are.
    PlainIsFips,
    /// All of its names are.
    NoneIsFips,
}

/// A service without an SDK crate: it lies beside ECS in every partition.
struct Beside {
    /// As profiles and the environment call it.
    id: &'static str,
    /// As its address begins.
    name: &'static str,
    gov: InGovCloud,
}

const EC2: Beside = Beside::new("EC2", "ec2", InGovCloud::NoneIsFips);
const STS: Beside = Beside::new("STS", "sts", InGovCloud::NoneIsFips);
const SCALING: Beside = Beside::new(
    "Application Auto Scaling",
    "application-autoscaling",
    InGovCloud::PlainIsFips,
);
const SSM: Beside = Beside::new("SSM", "ssm", InGovCloud::PlainIsFips);
const SECRETS: Beside = Beside::new("Secrets Manager", "secretsmanager", InGovCloud::Usual);
const SNS: Beside = Beside::new("SNS", "sns", InGovCloud::PlainIsFips);
const EVENTS: Beside = Beside::new("EventBridge", "events", InGovCloud::NoneIsFips);
const EFS: Beside = Beside::new("EFS", "elasticfilesystem", InGovCloud::Usual);
const RDS: Beside = Beside::new("RDS", "rds", InGovCloud::PlainIsFips);
const ELASTICACHE: Beside = Beside::new("ElastiCache", "elasticache", InGovCloud::PlainIsFips);
const WAF: Beside = Beside::new("WAFV2", "wafv2", InGovCloud::Usual);
const LOGS: Beside = Beside::new("CloudWatch Logs", "logs", InGovCloud::PlainIsFips);
const DYNAMODB: Beside = Beside::new("DynamoDB", "dynamodb", InGovCloud::PlainIsFips);

impl Beside {
    const fn new(id: &'static str, name: &'static str, gov: InGovCloud) -> Self {
        Self { id, name, gov }
    }

    /// Where it is asked. Where the rules know of no address the usual name is asked all the same: that nobody answers there
    /// is told then.
    fn address(&self, sdk: &SdkConfig, region: &str) -> String {
        let known = self.known(sdk, region);
        known.unwrap_or_else(|| format!("https://{}.{region}.amazonaws.com", self.name))
    }

    /// What the configuration says, or the rules.
    fn known(&self, sdk: &SdkConfig, region: &str) -> Option<String> {
        if let Some(url) = given(sdk, self.id) {
            return Some(url);
        }
        let place = (region, sdk);
        let ecs = resolved!(aws_sdk_ecs, place, None)?;
        let is_fips = region.starts_with("us-gov-")
            && match self.gov {
                InGovCloud::Usual => false,
                InGovCloud::PlainIsFips => !ecs.contains(".api."),
                InGovCloud::NoneIsFips => true,
            };
        let ecs = match is_fips {
            true => ecs.replacen("//ecs-fips.", "//ecs.", 1),
            false => ecs,
        };
        Some(ecs.replacen("//ecs", &format!("//{}", self.name), 1))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(region: &'static str, dual_stack: bool, fips: bool) -> Vec<String> {
        let sdk = SdkConfig::builder()
            .use_dual_stack(dual_stack)
            .use_fips(fips)
            .build();
        let found = addresses(&sdk, &Region::from_static(region));
        found.into_iter().map(|a| a.url).collect()
    }

    #[test]
    fn each_partition_has_its_own_names() {
        for (region, usual, dual_stack) in [
            ("eu-central-1", "amazonaws.com", "api.aws"),
            ("us-gov-west-1", "amazonaws.com", "api.aws"),
            (
                "cn-north-1",
                "amazonaws.com.cn",
                "api.amazonwebservices.com.cn",
            ),
            ("eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"),
        ] {
            let names = [
                "ecs",
                "elasticloadbalancing",
                "monitoring",
                "application-autoscaling",
                "ec2",
                "sts",
            ];
            let of = |suffix: &str| {
                names
                    .map(|n| format!("https://{n}.{region}.{suffix}"))
                    .to_vec()
            };
            assert_eq!(urls(region, false, false), of(usual), "{region}");
            assert_eq!(urls(region, true, false), of(dual_stack), "{region}");
        }
    }

    #[test]
    fn fips_has_its_own_names() {
        let found = urls("us-east-1", false, true);
        assert_eq!(found[0], "https://ecs-fips.us-east-1.amazonaws.com");
        assert_eq!(found[5], "https://sts-fips.us-east-1.amazonaws.com");
        let scaling = "https://application-autoscaling-fips.us-east-1.amazonaws.com";
        assert_eq!(found[3], scaling);
        let gov = urls("us-gov-west-1", false, true);
        assert_eq!(gov[5], "https://sts.us-gov-west-1.amazonaws.com");
        let scaling = "https://application-autoscaling.us-gov-west-1.amazonaws.com";
        assert_eq!(gov[3], scaling);
        let scaling = "https://application-autoscaling-fips.us-gov-west-1.api.aws";
        assert_eq!(urls("us-gov-west-1", true, true)[3], scaling);
    }

    fn of(dual_stack: bool, fips: bool) -> SdkConfig {
        SdkConfig::builder()
            .use_dual_stack(dual_stack)
            .use_fips(fips)
            .build()
    }

    /// As botocore's rules have them.
    #[test]
    fn stores_are_asked_where_botocore_asks_them() {
        for (region, dual_stack, fips, names) in [
            (
                "eu-central-1",
                false,
                false,
                [
                    "ssm.eu-central-1.amazonaws.com",
                    "secretsmanager.eu-central-1.amazonaws.com",
                    "dynamodb.eu-central-1.amazonaws.com",
                    "s3.eu-central-1.amazonaws.com",
                ],
            ),
            (
                "eu-central-1",
                true,
                false,
                [
                    "ssm.eu-central-1.api.aws",
                    "secretsmanager.eu-central-1.api.aws",
                    "dynamodb.eu-central-1.api.aws",
                    "s3.dualstack.eu-central-1.amazonaws.com",
                ],
            ),
            (
                "us-east-1",
                true,
                true,
                [
                    "ssm-fips.us-east-1.api.aws",
                    "secretsmanager-fips.us-east-1.api.aws",
                    "dynamodb-fips.us-east-1.api.aws",
                    "s3-fips.dualstack.us-east-1.amazonaws.com",
                ],
            ),
            (
                "us-gov-west-1",
                false,
                true,
                [
                    "ssm.us-gov-west-1.amazonaws.com",
                    "secretsmanager-fips.us-gov-west-1.amazonaws.com",
                    "dynamodb.us-gov-west-1.amazonaws.com",
                    "s3-fips.us-gov-west-1.amazonaws.com",
                ],
            ),
            (
                "us-gov-west-1",
                true,
                true,
                [
                    "ssm-fips.us-gov-west-1.api.aws",
                    "secretsmanager-fips.us-gov-west-1.api.aws",
                    "dynamodb-fips.us-gov-west-1.api.aws",
                    "s3-fips.dualstack.us-gov-west-1.amazonaws.com",
                ],
            ),
            (
                "cn-north-1",
                true,
                false,
                [
                    "ssm.cn-north-1.api.amazonwebservices.com.cn",
                    "secretsmanager.cn-north-1.api.amazonwebservices.com.cn",
                    "dynamodb.cn-north-1.api.amazonwebservices.com.cn",
                    "s3.dualstack.cn-north-1.amazonaws.com.cn",
                ],
            ),
        ] {
            let sdk = of(dual_stack, fips);
            let asked = [
                of_ssm(&sdk, region),
                of_secrets(&sdk, region),
                of_dynamodb(&sdk, region),
                of_s3(&sdk, region).unwrap(),
            ];
            assert_eq!(asked, names.map(|name| format!("https://{name}")));
        }
        assert_eq!(of_s3(&of(false, true), "cn-north-1"), None);
        assert!(!is_s3_given(&of(true, false)));
        let sdk = SdkConfig::builder().endpoint_url("http://[::1]:1").build();
        assert_eq!(of_ssm(&sdk, "eu-central-1"), "http://[::1]:1");
        assert_eq!(of_dynamodb(&sdk, "eu-central-1"), "http://[::1]:1");
        assert!(is_s3_given(&sdk));
    }

    /// As botocore's rules have them.
    #[test]
    fn neighbours_are_asked_where_botocore_asks_them() {
        for (region, dual_stack, fips, names) in [
            (
                "eu-central-1",
                false,
                false,
                [
                    "elasticfilesystem.eu-central-1.amazonaws.com",
                    "rds.eu-central-1.amazonaws.com",
                    "elasticache.eu-central-1.amazonaws.com",
                    "wafv2.eu-central-1.amazonaws.com",
                    "iam.amazonaws.com",
                ],
            ),
            (
                "us-east-1",
                true,
                true,
                [
                    "efs-fips.us-east-1.api.aws",
                    "rds-fips.us-east-1.api.aws",
                    "elasticache-fips.us-east-1.api.aws",
                    "wafv2-fips.us-east-1.api.aws",
                    "iam-fips.global.api.aws",
                ],
            ),
            (
                "us-gov-west-1",
                false,
                true,
                [
                    "elasticfilesystem-fips.us-gov-west-1.amazonaws.com",
                    "rds.us-gov-west-1.amazonaws.com",
                    "elasticache.us-gov-west-1.amazonaws.com",
                    "wafv2-fips.us-gov-west-1.amazonaws.com",
                    "iam.us-gov.amazonaws.com",
                ],
            ),
            (
                "cn-north-1",
                true,
                false,
                [
                    "efs.cn-north-1.api.amazonwebservices.com.cn",
                    "rds.cn-north-1.api.amazonwebservices.com.cn",
                    "elasticache.cn-north-1.api.amazonwebservices.com.cn",
                    "wafv2.cn-north-1.api.amazonwebservices.com.cn",
                    "iam.global.api.amazonwebservices.com.cn",
                ],
            ),
            (
                "eusc-de-east-1",
                true,
                false,
                [
                    "elasticfilesystem.eusc-de-east-1.api.amazonwebservices.eu",
                    "rds.eusc-de-east-1.api.amazonwebservices.eu",
                    "elasticache.eusc-de-east-1.api.amazonwebservices.eu",
                    "wafv2.eusc-de-east-1.api.amazonwebservices.eu",
                    "iam.api.amazonwebservices.eu",
                ],
            ),
        ] {
            let sdk = of(dual_stack, fips);
            let asked = [
                of_efs(&sdk, region),
                of_rds(&sdk, region),
                of_elasticache(&sdk, region),
                of_waf(&sdk, region),
                of_iam(&sdk, region).0,
            ];
            assert_eq!(asked, names.map(|name| format!("https://{name}")));
        }
        let home = |region| of_iam(&of(false, false), region).1;
        assert_eq!(home("eu-central-1"), "us-east-1");
        assert_eq!(home("cn-northwest-1"), "cn-north-1");
        assert_eq!(home("us-gov-east-1"), "us-gov-west-1");
        let sdk = SdkConfig::builder().endpoint_url("http://[::1]:1").build();
        assert_eq!(of_efs(&sdk, "eu-central-1"), "http://[::1]:1");
        assert_eq!(of_iam(&sdk, "eu-central-1").0, "http://[::1]:1");
    }

    /// As botocore's rules have them.
    #[test]
    fn topics_and_buses_are_asked_where_botocore_asks_them() {
        for (region, dual_stack, fips, sns, events) in [
            ("eu-central-1", false, false, "sns", "events"),
            ("eu-central-1", true, false, "sns", "events"),
            ("us-east-1", false, true, "sns-fips", "events-fips"),
            ("us-east-1", true, true, "sns-fips", "events-fips"),
            ("us-gov-west-1", false, true, "sns", "events"),
            ("us-gov-west-1", true, true, "sns-fips", "events"),
            ("us-gov-west-1", true, false, "sns", "events"),
        ] {
            let sdk = SdkConfig::builder()
                .use_dual_stack(dual_stack)
                .use_fips(fips)
                .build();
            let suffix = if dual_stack {
                "api.aws"
            } else {
                "amazonaws.com"
            };
            let url = |name: &str| format!("https://{name}.{region}.{suffix}");
            assert_eq!(of_sns(&sdk, region), url(sns));
            assert_eq!(of_events(&sdk, region), url(events));
        }
        let sdk = SdkConfig::builder().use_dual_stack(true).build();
        let china = "api.amazonwebservices.com.cn";
        assert_eq!(
            of_sns(&sdk, "cn-north-1"),
            format!("https://sns.cn-north-1.{china}")
        );
        assert_eq!(
            of_events(&sdk, "cn-north-1"),
            format!("https://events.cn-north-1.{china}")
        );
    }

    #[test]
    fn a_bucket_is_asked_by_a_name_of_its_own_where_it_can_be_one() {
        let s3 = "https://s3.dualstack.eu-central-1.amazonaws.com";
        let sdk = of(true, false);
        for bucket in ["plans", "a-1", &"x".repeat(63)] {
            let own = s3.replace("//", &format!("//{bucket}."));
            assert_eq!(of_bucket(&sdk, s3, bucket), own);
        }
        for bucket in [
            "a.b",
            "Plans",
            "my_bucket",
            "-ab",
            "ab-",
            "192.168.1.1",
            &"x".repeat(64),
        ] {
            assert_eq!(of_bucket(&sdk, s3, bucket), format!("{s3}/{bucket}"));
        }
        let given = "http://localhost:4566/base/";
        let sdk = SdkConfig::builder().endpoint_url(given).build();
        let s3 = of_s3(&sdk, "eu-central-1").unwrap();
        let asked = "http://localhost:4566/base/plans";
        assert_eq!(of_bucket(&sdk, &s3, "plans"), asked);
    }

    #[test]
    fn an_address_that_is_given_is_the_one() {
        let sdk = SdkConfig::builder()
            .endpoint_url("http://localhost:4566")
            .build();
        let found = addresses(&sdk, &Region::from_static("eu-central-1"));
        assert_eq!(found.len(), 6);
        assert!(
            found
                .iter()
                .all(|a| a.is_given && a.url.starts_with("http://localhost:4566")),
            "{found:?}"
        );
    }
}
