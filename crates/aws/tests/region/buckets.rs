//! Policies of buckets and of endpoints: each is read where it is, once for all who name it, and what may not be read is told.

use sixshift_core::{
    observation::Known,
    readiness::{Answer, Finding, Scene, Severity, check, findings},
};
use sixshift_sim::{
    Value,
    caller::Policy,
    scenario::{self, flaws},
    services::Service,
};

use crate::{
    ground::{Ground, pass},
    neighbours::{call, seen, subnets},
};

const BUCKET: &str = "shop-assets";

fn planted(flaw: &str) -> Ground {
    let mut built = scenario::build("healthy", None, 7).unwrap();
    flaws::plant(&mut built, flaw).unwrap();
    Ground::of(built)
}

/// What is said of addresses in policies.
async fn said(ground: &Ground) -> Vec<Finding> {
    let mut all = findings(&ground.plan(), &seen(ground).await);
    all.retain(|f| ["bucket-addresses", "endpoint-policy", "not-permitted"].contains(&f.code));
    all
}

fn close(ground: &Ground, blocks: &[String]) {
    let blocks = blocks.join("\",\"");
    let policy = format!(
        r#"{{"Statement":{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::{BUCKET}/*",
        "Condition":{{"ForAllValues:NotIpAddressIfExists":{{"AWS:sourceip":["{blocks}"]}}}}}}}}"#
    );
    let put = [("Bucket", BUCKET.into()), ("Policy", policy.into())];
    call(ground, Service::S3, "PutBucketPolicy", &put);
}

fn blocks(ground: &Ground) -> Vec<String> {
    let subnets = subnets(ground, (false, true));
    ground.region.with_world(|world| {
        let blocks = subnets.iter().map(|id| world.network.subnet(id).unwrap());
        blocks.map(|s| s.ipv6_cidr.clone().unwrap()).collect()
    })
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_denies_all_but_ipv4_is_named_until_it_knows_the_subnets() {
    for flaw in ["bucket-ipv4", "environment-file-ipv4"] {
        let ground = planted(flaw);
        let told = said(&ground).await;
        assert_eq!(told.len(), 1, "{flaw}: {told:?}");
        assert_eq!(
            (told[0].code, told[0].severity),
            ("bucket-addresses", Severity::Block)
        );
        let own = blocks(&ground);
        assert!(
            own.iter().all(|block| told[0].remedy.contains(block)),
            "{told:?}"
        );
        let old = ["203.0.113.0/24".to_owned()];
        close(&ground, &old);
        assert_eq!(said(&ground).await.len(), 1, "{flaw}, spelled otherwise");
        close(&ground, &[&old[..], &own].concat());
        assert_eq!(said(&ground).await, [], "{flaw}");
        call(
            &ground,
            Service::S3,
            "DeleteBucketPolicy",
            &[("Bucket", BUCKET.into())],
        );
        assert_eq!(
            said(&ground).await,
            [],
            "{flaw}: a bucket without a policy denies nobody"
        );
    }
}

/// Somebody moves the bucket to where the task definition's region is not.
#[tokio::test(start_paused = true)]
async fn a_bucket_of_another_region_is_asked_there() {
    let ground = planted("bucket-ipv4");
    let policy = call(
        &ground,
        Service::S3,
        "GetBucketPolicy",
        &[("Bucket", BUCKET.into())],
    );
    call(
        &ground,
        Service::S3,
        "DeleteBucket",
        &[("Bucket", BUCKET.into())],
    );
    ground.region.with_world(|world| {
        let account = world.account.clone();
        world.add_bucket(BUCKET, "us-west-2", &account);
    });
    assert_eq!(said(&ground).await, []);
    let put = [
        ("Bucket", BUCKET.into()),
        ("Policy", policy.get("Policy").clone()),
    ];
    call(&ground, Service::S3, "PutBucketPolicy", &put);
    let told = said(&ground).await;
    assert_eq!(
        told.iter().map(|f| f.severity).collect::<Vec<_>>(),
        [Severity::Block]
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_not_there_and_one_of_another_account_are_told_apart() {
    let ground = planted("bucket-ipv4");
    call(
        &ground,
        Service::S3,
        "DeleteBucket",
        &[("Bucket", BUCKET.into())],
    );
    let (plan, observed) = (ground.plan(), seen(&ground).await);
    assert_eq!(observed.neighbours.buckets[BUCKET], Known::Absent);
    let answer = check("bucket-addresses").unwrap();
    assert_eq!(
        answer.answer(&Scene::new(&plan, &observed)),
        Answer::NotHere
    );
    let home = ground.region.with_world(|world| world.region.clone());
    ground
        .region
        .with_world(|world| world.add_bucket(BUCKET, &home, "210987654321"));
    let told = said(&ground).await;
    assert_eq!(told[0].severity, Severity::Warn);
    assert!(told[0].message.contains("another account's"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn without_the_permission_a_bucket_is_not_checked_and_with_deploys_policies_it_is() {
    let ground = planted("bucket-ipv4");
    let denied = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"s3:GetBucketPolicy","Resource":"arn:aws:s3:::shop-assets"}]}"#;
    let held = Policy::read(denied.as_bytes()).unwrap();
    ground.region.set_policy(Some(held));
    let told = said(&ground).await;
    assert_eq!(
        told.iter().map(|f| f.message.as_str()).collect::<Vec<_>>(),
        ["s3:GetBucketPolicy is not allowed: bucket policies are not checked"]
    );
    let (plan, observed) = (ground.plan(), seen(&ground).await);
    let answer = check("bucket-addresses")
        .unwrap()
        .answer(&Scene::new(&plan, &observed));
    assert!(matches!(&answer, Answer::Unknown(why) if why.lacks == Some("s3:GetBucketPolicy")));
    let file = format!(
        "{}/../../deploy/iam/preflight.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let preflight: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut statements = preflight["Statement"].as_array().unwrap().clone();
    statements.push(serde_json::json!({ "Effect": "Allow", "Action": ["ecs:*", "ec2:*", "elasticloadbalancing:*",
        "cloudwatch:*", "application-autoscaling:*"], "Resource": "*" }));
    let whole = serde_json::json!({ "Statement": statements }).to_string();
    ground
        .region
        .set_policy(Some(Policy::read(whole.as_bytes()).unwrap()));
    assert_eq!(said(&ground).await[0].code, "bucket-addresses");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_asked_once_for_all_who_name_it() {
    let ground = planted("bucket-ipv4");
    let asked = || {
        ground
            .region
            .counters()
            .calls
            .get("s3:GetBucketPolicy")
            .copied()
    };
    let plans = [ground.plan(), ground.plan()];
    let looks = plans.each_ref().map(|plan| {
        ground
            .hands
            .observe(plan, sixshift_aws::Asked::full(ground.now()))
    });
    futures::future::join_all(looks).await;
    assert_eq!(asked(), Some(1));
    pass(30).await;
    ground
        .hands
        .observe(&plans[0], sixshift_aws::Asked::full(ground.now()))
        .await;
    assert_eq!(asked(), Some(1), "it is remembered");
}

#[tokio::test(start_paused = true)]
async fn the_policy_of_an_endpoint_is_read_with_the_network() {
    let ground = planted("bucket-ipv4");
    let vpc = ground
        .region
        .with_world(|world| world.network.vpcs[0].id.clone());
    let policy = |blocks: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
            "Condition":{{"NotIpAddress":{{"aws:VpcSourceIp":[{blocks}]}}}}}}]}}"#
        )
    };
    let home = ground.region.with_world(|world| world.region.clone());
    let made = call(
        &ground,
        Service::Ec2,
        "CreateVpcEndpoint",
        &[
            ("VpcId", vpc.into()),
            ("ServiceName", format!("com.amazonaws.{home}.logs").into()),
            ("VpcEndpointType", "Interface".into()),
            ("SubnetId", Value::list(subnets(&ground, (true, true)))),
            ("IpAddressType", "dualstack".into()),
            ("PolicyDocument", policy(r#""10.0.0.0/8""#).into()),
        ],
    );
    let id = made.get("vpcEndpoint").get("vpcEndpointId").clone();
    let of_endpoint = async || {
        let mut all = said(&ground).await;
        all.retain(|f| f.code == "endpoint-policy");
        all
    };
    let told = of_endpoint().await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0]
            .message
            .contains("denies all but 10.0.0.0/8 by aws:VpcSourceIp"),
        "{told:?}"
    );
    pass(30).await;
    let both = policy(&format!(r#""10.0.0.0/8","{}""#, blocks(&ground)[0]));
    let mended = [("VpcEndpointId", id), ("PolicyDocument", both.into())];
    call(&ground, Service::Ec2, "ModifyVpcEndpoint", &mended);
    assert_eq!(of_endpoint().await, []);
}
