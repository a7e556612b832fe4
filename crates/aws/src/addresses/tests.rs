//! Each address as botocore has it.

use super::{s3::is_s3_given, *};

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
        assert_eq!(urls(region, false, false)[..6], of(usual), "{region}");
        assert_eq!(urls(region, true, false)[..6], of(dual_stack), "{region}");
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
                "servicequotas.eu-central-1.amazonaws.com",
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
                "servicequotas-fips.us-east-1.api.aws",
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
                "servicequotas.us-gov-west-1.amazonaws.com",
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
                "servicequotas.cn-north-1.api.amazonwebservices.com.cn",
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
                "servicequotas.eusc-de-east-1.api.amazonwebservices.eu",
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
            of_quotas(&sdk, region),
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
    assert_eq!(found.len(), 14);
    assert!(
        found
            .iter()
            .all(|a| a.is_given && a.url.starts_with("http://localhost:4566")),
        "{found:?}"
    );
}
