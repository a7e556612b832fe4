//! What the head of a document, the service and the networks are refused for.

use super::complains;

#[test]
fn heads() {
    complains(
        "sixshift/v1",
        "sixshift/v2",
        "apiVersion",
        "write apiVersion: sixshift/v1",
    );
    complains(
        "kind: MigrationPlan",
        "kind: Migration",
        "kind",
        "write kind: MigrationPlan",
    );
    complains(
        "kind: MigrationPlan\n",
        "",
        "kind",
        "such as kind: MigrationPlan",
    );
    complains(
        "apiVersion: sixshift/v1\n",
        "",
        "apiVersion",
        "such as apiVersion: sixshift/v1",
    );
    complains(
        "apiVersion: ",
        "apiversion: ",
        "apiversion",
        "write apiVersion",
    );
    complains(
        "name: checkout, labels",
        "name: Checkout, labels",
        "metadata.name",
        "plan name",
    );
    complains(
        "name: checkout, labels",
        "name: -a, labels",
        "metadata.name",
        "plan name",
    );
    complains(
        "name: checkout, labels",
        "name: 12, labels",
        "metadata.name",
        "write name: \"12\"",
    );
    complains(
        "{ team: a }",
        "{ team: 1 }",
        "metadata.labels.team",
        "write team: \"1\"",
    );
    complains(
        "{ team: a }",
        "{ \"te am\": a }",
        "metadata.labels[\"te am\"]",
        "no key for labels",
    );
}

#[test]
fn services() {
    for region in ["frankfurt", "EU-central-1", "eu-central", "eu-1", "eu--1"] {
        complains(
            "eu-central-1",
            region,
            "spec.service.region",
            "like this: region: eu-central-1",
        );
    }
    complains(
        "cluster: prod",
        "cluster: pr.od",
        "spec.service.cluster",
        "no name of an ECS cluster",
    );
    let arn = "cluster: arn:aws:ecs:eu-central-1:123456789012:cluster/live";
    complains(
        "cluster: prod",
        arn,
        "spec.service.cluster",
        "write cluster: live",
    );
    complains(
        "prod, name: checkout",
        "prod, name: a/b",
        "spec.service.name",
        "no name of an ECS service",
    );
    complains(
        "prod, name: checkout",
        "prod",
        "spec.service.name",
        "such as name: checkout",
    );
    for role in [
        "sixshift",
        "arn:aws:iam::1:role/a",
        "arn:aws:iam::123456789012:user/a",
    ] {
        let to = format!("cluster: prod, roleArn: {role}");
        let to = to.replace(": arn", ": 'arn").replace("/a", "/a'");
        complains(
            "cluster: prod",
            &to,
            "spec.service.roleArn",
            "ARN of an IAM role",
        );
    }
}

#[test]
fn external_ids() {
    complains(
        "cluster: prod",
        "cluster: prod, externalId: sixshift-4f1c",
        "spec.service.externalId",
        "write roleArn beside it",
    );
    complains(
        "cluster: prod",
        "cluster: prod, roleArn: 'arn:aws:iam::123456789012:role/a', externalId: 'a b'",
        "spec.service.externalId",
        "external id",
    );
}

#[test]
fn networks() {
    let subnets = |ids: &str| format!("subnets: [{ids}]");
    let many: Vec<String> = (0..17).map(|i| format!("subnet-0a1b2c{i:02}")).collect();
    complains(
        "subnets: [subnet-0a1b2c3d]",
        &subnets(""),
        "spec.ipv6.subnets",
        "1 to 16",
    );
    complains(
        "subnets: [subnet-0a1b2c3d]",
        &subnets(&many.join(", ")),
        "spec.ipv6.subnets",
        "keep at most 16",
    );
    complains(
        "subnets: [subnet-0a1b2c3d]",
        &subnets("sn-1"),
        "spec.ipv6.subnets[0]",
        "no subnet id",
    );
    complains(
        "subnets: [subnet-0a1b2c3d]",
        "subnets: subnet-0a1b2c3d",
        "spec.ipv6.subnets",
        "a list belongs here",
    );
    let twice = subnets("subnet-0a1b2c3d, subnet-0a1b2c3d");
    complains(
        "subnets: [subnet-0a1b2c3d]",
        &twice,
        "spec.ipv6.subnets[1]",
        "remove one",
    );
    complains(
        "[sg-0a1b2c3d]",
        "[sg-XY]",
        "spec.ipv6.securityGroups[0]",
        "no security group id",
    );
    complains("[sg-0a1b2c3d]", "[]", "spec.ipv6.securityGroups", "1 to 5");
    let many: Vec<String> = (0..6).map(|i| format!("sg-0a1b2c3{i}")).collect();
    complains(
        "[sg-0a1b2c3d]",
        &format!("[{}]", many.join(",")),
        "spec.ipv6.securityGroups",
        "keep at most 5",
    );
    complains(
        "{ A: b }",
        "{ A: 8080 }",
        "spec.ipv6.taskDefinition.env.A",
        "write A: \"8080\"",
    );
    complains(
        "{ A: b }",
        "{ A: }",
        "spec.ipv6.taskDefinition.env.A",
        "not nothing",
    );
    complains(
        "{ A: b }",
        "{ A=B: b }",
        "spec.ipv6.taskDefinition.env[\"A=B\"]",
        "no key for env",
    );
    complains(
        "env: { A: b }",
        "ecrDualStack: \"yes\"",
        "spec.ipv6.taskDefinition.ecrDualStack",
        "true or false",
    );
}

#[test]
fn a_service_whose_twin_would_have_no_name() {
    let name = |length: usize| format!("prod, name: {}", "a".repeat(length));
    complains(
        "prod, name: checkout",
        &name(240),
        "spec.service.name",
        "at most 239 characters",
    );
    let sound = super::SOUND.replacen("prod, name: checkout", &name(239), 1);
    let path = std::path::Path::new("a.yaml");
    assert_eq!(sixshift_core::plan::parse(path, &sound).unwrap().len(), 1);
}
