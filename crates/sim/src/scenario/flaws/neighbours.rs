//! Flaws of what a service leans on beside its network.
//!
//! What belongs here: the calls that make them. What must not: the catalogue ([`super::FLAWS`]).

use super::super::region::{call, ec2, text};
use super::{Planting, ScenarioError, variable};
use crate::Value;
use crate::services::Service;

/// A file system with a mount target of IPv4 in each zone, which the service's task definition mounts.
pub(super) fn file_system(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    let group = admitting(p, "file-systems", 2049)?;
    let world = &mut p.built.world;
    let made = [("CreationToken", "shop".into())];
    let made = call(world, Service::Efs, "CreateFileSystem", made)?;
    let id = text(made.get("FileSystemId"));
    for subnet in p.private() {
        let target = [
            ("FileSystemId", id.as_str().into()),
            ("SubnetId", subnet.into()),
            ("SecurityGroups", Value::list([group.as_str()])),
        ];
        call(
            &mut p.built.world,
            Service::Efs,
            "CreateMountTarget",
            target,
        )?;
    }
    p.tell(|definition| {
        let of = Value::map([("fileSystemId", Value::from(id))]);
        let volume = Value::map([("name", "data".into()), ("efsVolumeConfiguration", of)]);
        definition.set("volumes", Value::list([volume]));
    })
}

/// A database of IPv4 that admits the tasks by their group, or one of both families that admits IPv4 addresses; a variable of the
/// service's names it.
pub(super) fn database(p: &mut Planting<'_>, both: bool) -> Result<(), ScenarioError> {
    let (group, subnets, family) = if both {
        let group = admitting_ipv4(p, "databases", 5432)?;
        (group, p.public(), "DUAL")
    } else {
        let group = admitting(p, "databases", 5432)?;
        (group, p.private(), "IPV4")
    };
    let subnets = Value::list(subnets);
    let world = &mut p.built.world;
    let of = "shop";
    let subnet_group = [
        ("DBSubnetGroupName", of.into()),
        ("DBSubnetGroupDescription", of.into()),
        ("SubnetIds", subnets),
    ];
    call(world, Service::Rds, "CreateDBSubnetGroup", subnet_group)?;
    let instance = [
        ("DBInstanceIdentifier", of.into()),
        ("DBInstanceClass", "db.t4g.small".into()),
        ("Engine", "postgres".into()),
        ("DBSubnetGroupName", of.into()),
        ("VpcSecurityGroupIds", Value::list([group])),
        ("NetworkType", family.into()),
    ];
    let made = call(world, Service::Rds, "CreateDBInstance", instance)?;
    let host = text(made.get("DBInstance").get("Endpoint").get("Address"));
    p.tell_container("environment", variable("DATABASE_HOST", &host))
}

/// A bucket that a variable names, and that SDKs ask by its dual-stack name.
pub(super) fn bucket(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    let name = closed_bucket(p)?;
    let told = [
        ("ASSETS_BUCKET", name),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true".to_owned()),
    ];
    let told = told
        .map(|(name, value)| Value::map([("name", Value::from(name)), ("value", value.into())]));
    p.tell_container("environment", Value::list(told))
}

pub(super) fn environment_file(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    let name = closed_bucket(p)?;
    let file = format!("arn:{}:s3:::{name}/shop.env", p.built.world.partition());
    let file = Value::map([("type", Value::from("s3")), ("value", file.into())]);
    p.tell_container("environmentFiles", Value::list([file]))
}

/// A bucket that denies whoever comes from elsewhere than the office and the NAT gateways, as people close one.
fn closed_bucket(p: &mut Planting<'_>) -> Result<String, ScenarioError> {
    let (name, world) = ("shop-assets", &mut p.built.world);
    let place = Value::map([("LocationConstraint", Value::from(world.region.as_str()))]);
    let made = [
        ("Bucket", name.into()),
        ("CreateBucketConfiguration", place),
    ];
    call(world, Service::S3, "CreateBucket", made)?;
    let arn = format!("arn:{}:s3:::{name}", world.partition());
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["{arn}","{arn}/*"],
        "Condition":{{"NotIpAddress":{{"aws:SourceIp":["203.0.113.0/24","198.51.100.0/24"]}}}}}}]}}"#
    );
    let put = [("Bucket", name.into()), ("Policy", policy.into())];
    call(world, Service::S3, "PutBucketPolicy", put)?;
    Ok(name.to_owned())
}

/// An endpoint that lets the tasks in, with a policy from before there was IPv6.
pub(super) fn guarded_endpoint(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    let group = admitting(p, "endpoints", 443)?;
    let subnets = p.public();
    p.endpoint_in("ecr.api", "dualstack", &subnets, Some(&group))?;
    let vpc = p.vpc();
    let world = &mut p.built.world;
    let of = Value::map([
        ("Name", Value::from("vpc-id")),
        ("Value", Value::list([vpc])),
    ]);
    let asked = [("Filter", Value::list([of]))];
    let told = call(world, Service::Ec2, "DescribeVpcEndpoints", asked)?;
    let mut made = told.get("vpcEndpointSet").items().iter();
    let is_ours = |e: &&Value| text(e.get("serviceName")).ends_with(".ecr.api");
    let id = made.find(is_ours).map(|e| text(e.get("vpcEndpointId")));
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
        {"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
         "Condition":{"NotIpAddress":{"aws:VpcSourceIp":["10.0.0.0/16"]}}}]}"#;
    let fields = [
        ("VpcEndpointId", id.unwrap_or_default().into()),
        ("PolicyDocument", policy.into()),
    ];
    p.ec2("ModifyVpcEndpoint", fields)
}

/// A security group that admits the tasks' on a port.
fn admitting(p: &mut Planting<'_>, name: &str, port: i64) -> Result<String, ScenarioError> {
    let pair = Value::map([("GroupId", Value::from(p.task_group()))]);
    group(p, name, port, ("Groups", pair))
}

/// One that admits the VPC's IPv4 block.
pub(super) fn admitting_ipv4(
    p: &mut Planting<'_>,
    name: &str,
    port: i64,
) -> Result<String, ScenarioError> {
    let range = Value::map([("CidrIp", Value::from("10.0.0.0/16"))]);
    group(p, name, port, ("IpRanges", range))
}

fn group(
    p: &mut Planting<'_>,
    name: &str,
    port: i64,
    (kind, peer): (&str, Value),
) -> Result<String, ScenarioError> {
    let made = [
        ("GroupName", name.into()),
        ("GroupDescription", name.into()),
        ("VpcId", p.vpc().into()),
    ];
    let made = ec2(&mut p.built.world, "CreateSecurityGroup", made)?;
    let group = text(made.get("groupId"));
    let permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", port.into()),
        ("ToPort", port.into()),
        (kind, Value::list([peer])),
    ]);
    let rule = [
        ("GroupId", group.as_str().into()),
        ("IpPermissions", Value::list([permission])),
    ];
    p.ec2("AuthorizeSecurityGroupIngress", rule)?;
    Ok(group)
}
