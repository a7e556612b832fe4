//! Flaws of a network: each a small edit on a scenario's, that everything but an IPv6-only side gets along with.
//!
//! What belongs here: the catalogue, and the calls that make each edit. What must not: what follows of it, which is the
//! world's.

mod definition;
mod neighbours;
mod planting;

use super::region::{ec2, text};
use super::{Built, ScenarioError};
use crate::Value;
use crate::world::fargate;
use crate::world::quotas::Quota;
use planting::Planting;

/// How a flaw shows on a twin that is made in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// ECS places none of its tasks; its events say this.
    NotPlaced(&'static str),
    /// Its tasks stop before they run; ECS's reason says this.
    NotStarted(&'static str),
    /// Its targets are unhealthy; ECS's events have these words of ELB's for it.
    Unhealthy(&'static str),
    /// It is healthy, and fails customers.
    Failing,
}

/// A flaw.
#[derive(Clone, Copy, Debug)]
pub struct Flaw {
    /// Its name.
    pub name: &'static str,
    /// What is so, in words.
    pub says: &'static str,
    /// How it shows.
    pub shows: Shows,
    plant: fn(&mut Planting<'_>) -> Result<(), ScenarioError>,
}

const AUTH: &str = "unable to retrieve ecr registry auth";
const PULL: &str = "CannotPullContainerError";
/// What ELB says with `Target.Timeout`.
const TIMEOUT: Shows = Shows::Unhealthy("Request timed out");

/// Every flaw.
pub const FLAWS: &[Flaw] = &[
    Flaw {
        name: "no-ipv6-route",
        says: "the IPv6-only subnets have no route ::/0",
        shows: Shows::NotStarted(AUTH),
        plant: |p| p.route("::/0", None),
    },
    Flaw {
        name: "dead-egress-gateway",
        says: "the egress-only gateway behind ::/0 is deleted: the route is a blackhole",
        shows: Shows::NotStarted(AUTH),
        plant: |p| {
            let gateway = p.target("::/0");
            p.ec2(
                "DeleteEgressOnlyInternetGateway",
                [("EgressOnlyInternetGatewayId", gateway.into())],
            )
        },
    },
    Flaw {
        name: "public-access-blocked",
        says: "the account blocks public access both ways, the load balancers' subnets excepted",
        shows: Shows::NotStarted(AUTH),
        plant: |p| {
            for subnet in p.public() {
                let exclusion = [
                    ("SubnetId", subnet.into()),
                    ("InternetGatewayExclusionMode", "allow-bidirectional".into()),
                ];
                p.ec2("CreateVpcBlockPublicAccessExclusion", exclusion)?;
            }
            let mode = [("InternetGatewayBlockMode", "block-bidirectional".into())];
            p.ec2("ModifyVpcBlockPublicAccessOptions", mode)
        },
    },
    Flaw {
        name: "no-dns",
        says: "the VPC has DNS support turned off",
        shows: Shows::NotStarted("no such host"),
        plant: |p| {
            let off = Value::map([("Value", false.into())]);
            let vpc = p.vpc();
            p.ec2(
                "ModifyVpcAttribute",
                [("VpcId", vpc.into()), ("EnableDnsSupport", off)],
            )
        },
    },
    Flaw {
        name: "acl-without-answers-in",
        says: "the network ACL denies IPv6 to the ports where answers come in",
        shows: Shows::NotStarted(AUTH),
        plant: |p| p.deny(false),
    },
    Flaw {
        name: "acl-without-answers-out",
        says: "the network ACL denies IPv6 to the ports where a load balancer waits for answers",
        shows: TIMEOUT,
        plant: |p| p.deny(true),
    },
    Flaw {
        name: "balancer-acl-without-ipv6-out",
        says: "a network ACL of the load balancers' subnets denies what they ask the tasks over IPv6",
        shows: TIMEOUT,
        plant: |p| p.close_balancers(),
    },
    Flaw {
        name: "group-without-egress",
        says: "the tasks' security group lets no IPv6 out",
        shows: Shows::NotStarted(AUTH),
        plant: |p| {
            let group = p.task_group();
            p.rule(
                "RevokeSecurityGroupEgress",
                &group,
                "-1",
                ("Ipv6Ranges", "CidrIpv6", "::/0"),
            )
        },
    },
    Flaw {
        name: "group-without-ipv6",
        says: "the tasks' security group admits the VPC's IPv4 block instead of the load balancers' group",
        shows: TIMEOUT,
        plant: |p| {
            let (group, balancers) = (p.task_group(), p.balancer_group());
            p.rule(
                "RevokeSecurityGroupIngress",
                &group,
                "tcp",
                ("Groups", "GroupId", &balancers),
            )?;
            p.rule(
                "AuthorizeSecurityGroupIngress",
                &group,
                "tcp",
                ("IpRanges", "CidrIp", "10.0.0.0/16"),
            )
        },
    },
    Flaw {
        name: "balancer-without-ipv6-out",
        says: "the load balancers' security group lets out IPv4 alone",
        shows: TIMEOUT,
        plant: |p| {
            let group = p.balancer_group();
            p.rule(
                "RevokeSecurityGroupEgress",
                &group,
                "-1",
                ("Ipv6Ranges", "CidrIpv6", "::/0"),
            )
        },
    },
    Flaw {
        name: "dns64-without-nat64",
        says: "the IPv6-only subnets have DNS64 and no route to NAT64",
        shows: Shows::Failing,
        plant: |p| p.route("64:ff9b::/96", None),
    },
    Flaw {
        name: "nat64-without-dns64",
        says: "the IPv6-only subnets have a route to NAT64 and no DNS64",
        shows: Shows::Failing,
        plant: |p| p.without_dns64(),
    },
    Flaw {
        name: "nat64-over-ipv6",
        says: "what is meant for NAT64 goes to the egress-only gateway",
        shows: Shows::Failing,
        plant: |p| {
            let gateway = p.target("::/0");
            p.route(
                "64:ff9b::/96",
                Some(("EgressOnlyInternetGatewayId", gateway)),
            )
        },
    },
    Flaw {
        name: "nat-gateway-deleted",
        says: "the NAT gateway behind NAT64 is deleted",
        shows: Shows::Failing,
        plant: |p| {
            let gateway = p.target("64:ff9b::/96");
            p.ec2("DeleteNatGateway", [("NatGatewayId", gateway.into())])
        },
    },
    Flaw {
        name: "nat-gateway-inside",
        says: "NAT64 is led to a NAT gateway in a subnet without a way to an internet gateway",
        shows: Shows::Failing,
        plant: |p| {
            let world = &mut p.built.world;
            let address = ec2(world, "AllocateAddress", [("Domain", "vpc".into())])?;
            let subnet = p.private().into_iter().next();
            let inside = [
                ("SubnetId", subnet.into()),
                ("AllocationId", address.get("allocationId").clone()),
            ];
            let made = ec2(&mut p.built.world, "CreateNatGateway", inside)?;
            let gateway = text(made.get("natGateway").get("natGatewayId"));
            p.route("64:ff9b::/96", Some(("NatGatewayId", gateway)))
        },
    },
    Flaw {
        name: "own-resolver",
        says: "the VPC's DHCP options name a resolver of one's own, which has an IPv4 address alone",
        shows: Shows::NotStarted("dial udp: connect: network is unreachable"),
        plant: |p| {
            let servers = Value::map([
                ("Key", Value::from("domain-name-servers")),
                ("Value", Value::list(["10.0.0.53"])),
            ]);
            let options = [("DhcpConfiguration", Value::list([servers]))];
            let made = ec2(&mut p.built.world, "CreateDhcpOptions", options)?;
            let id = made.get("dhcpOptions").get("dhcpOptionsId").clone();
            let vpc = p.vpc();
            p.ec2(
                "AssociateDhcpOptions",
                [("DhcpOptionsId", id), ("VpcId", vpc.into())],
            )
        },
    },
    Flaw {
        name: "ecr-api-endpoint-ipv4",
        says: "an interface endpoint of IPv4 answers for ECR's API",
        shows: Shows::NotStarted(AUTH),
        plant: |p| p.endpoint("ecr.api"),
    },
    Flaw {
        name: "ecr-api-endpoint-closed",
        says: "a dual-stack interface endpoint answers for ECR's API, and its security group admits the VPC's IPv4 block alone",
        shows: Shows::NotStarted(AUTH),
        plant: |p| {
            let group = neighbours::admitting_ipv4(p, "endpoints", 443)?;
            let subnets = p.public();
            p.endpoint_in("ecr.api", "dualstack", &subnets, Some(&group))
        },
    },
    Flaw {
        name: "ecr-api-endpoint-policy",
        says: "a dual-stack interface endpoint answers for ECR's API, and its policy denies all but the VPC's IPv4 block",
        shows: Shows::NotStarted("with an explicit deny in a VPC endpoint policy"),
        plant: neighbours::guarded_endpoint,
    },
    Flaw {
        name: "ecr-endpoint-ipv4",
        says: "an interface endpoint of IPv4 answers for ECR's registries",
        shows: Shows::NotStarted(PULL),
        plant: |p| p.endpoint("ecr.dkr"),
    },
    Flaw {
        name: "s3-endpoint-ipv4",
        says: "an interface endpoint of IPv4 answers for S3, where ECR keeps layers",
        shows: Shows::NotStarted(PULL),
        plant: |p| p.endpoint("s3"),
    },
    Flaw {
        name: "logs-endpoint-ipv4",
        says: "the service logs by awslogs, and an interface endpoint of IPv4 answers for CloudWatch Logs",
        shows: Shows::NotStarted("failed to validate logger args"),
        plant: |p| {
            let options = Value::map([
                ("awslogs-group", Value::from("/shop")),
                ("awslogs-region", p.built.world.region.as_str().into()),
                ("awslogs-stream-prefix", "app".into()),
            ]);
            let driver = Value::map([("logDriver", "awslogs".into()), ("options", options)]);
            p.tell_container("logConfiguration", driver)?;
            p.endpoint("logs")
        },
    },
    Flaw {
        name: "log-endpoint-ipv4",
        says: "the log driver is told CloudWatch Logs' name of IPv4 alone, and there is no DNS64",
        shows: Shows::NotStarted("failed to validate logger args"),
        plant: definition::log_endpoint,
    },
    Flaw {
        name: "log-address",
        says: "the log driver sends to an IPv4 address",
        shows: Shows::NotStarted("failed to validate logger args"),
        plant: definition::log_address,
    },
    Flaw {
        name: "image-ipv4",
        says: "the image comes from a registry of IPv4 alone, and there is no DNS64",
        shows: Shows::NotStarted(PULL),
        plant: |p| definition::image(p, "ghcr.io/shop/shop:v1"),
    },
    Flaw {
        name: "image-isolated",
        says: "the image comes from ECR in an isolated partition, and there is no DNS64",
        shows: Shows::NotStarted(PULL),
        plant: |p| definition::image(p, "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/shop:v1"),
    },
    Flaw {
        name: "ipv6-disabled",
        says: "the container turns IPv6 off on its interfaces",
        shows: TIMEOUT,
        plant: definition::ipv6_disabled,
    },
    Flaw {
        name: "java-prefers-ipv4",
        says: "a Java option lets the application open sockets of IPv4 alone",
        shows: Shows::Unhealthy("Health checks failed"),
        plant: |p| {
            let option = "-Djava.net.preferIPv4Stack=true";
            p.tell_container("environment", variable("JAVA_TOOL_OPTIONS", option))
        },
    },
    Flaw {
        name: "ipv4-address",
        says: "a variable names the application's upstream by an IPv4 address",
        shows: Shows::Failing,
        plant: |p| {
            let upstream = "http://10.0.64.40:8080";
            p.tell_container("environment", variable("UPSTREAM", upstream))
        },
    },
    Flaw {
        name: "endpoint-pinned",
        says: "a variable names an endpoint of AWS's that has IPv4 addresses alone, and there is no DNS64",
        shows: Shows::Failing,
        plant: |p| {
            let host = format!("https://sqs.{}.amazonaws.com", p.built.world.region);
            p.without_dns64()?;
            p.tell_container("environment", variable("AWS_ENDPOINT_URL_SQS", &host))
        },
    },
    Flaw {
        name: "secrets-endpoint-ipv4",
        says: "the service has a secret, and an interface endpoint of IPv4 answers for Secrets Manager",
        shows: Shows::NotStarted("unable to retrieve secret from asm"),
        plant: |p| {
            let arn = p.built.world.arn("secretsmanager", "secret:shop-AbCdEf");
            let secret = Value::map([
                ("name", Value::from("DATABASE_URL")),
                ("valueFrom", arn.into()),
            ]);
            p.tell_container("secrets", Value::list([secret]))?;
            p.endpoint("secretsmanager")
        },
    },
    Flaw {
        name: "efs-ipv4",
        says: "the service mounts a file system of EFS whose mount targets have IPv4 addresses alone",
        shows: Shows::NotStarted("failed to invoke EFS utils commands"),
        plant: neighbours::file_system,
    },
    Flaw {
        name: "database-ipv4",
        says: "the service's database has IPv4 addresses alone, and admits the tasks by their security group",
        shows: Shows::Failing,
        plant: |p| neighbours::database(p, false),
    },
    Flaw {
        name: "database-closed",
        says: "the service's database has addresses of both families, and admits the VPC's IPv4 block alone",
        shows: Shows::Failing,
        plant: |p| neighbours::database(p, true),
    },
    Flaw {
        name: "bucket-ipv4",
        says: "a variable names a bucket whose policy denies all but IPv4 addresses, and SDKs ask it over IPv6",
        shows: Shows::Failing,
        plant: neighbours::bucket,
    },
    Flaw {
        name: "environment-file-ipv4",
        says: "ECS fetches an environment file from a bucket whose policy denies all but IPv4 addresses",
        shows: Shows::NotStarted("failed to download env files"),
        plant: neighbours::environment_file,
    },
    Flaw {
        name: "vcpus-used-up",
        says: "the tasks that run have used up the account's vCPUs on Fargate",
        shows: Shows::NotPlaced(
            "You've reached the limit on the number of vCPUs you can run concurrently",
        ),
        plant: |p| {
            let (world, quota) = (&mut p.built.world, Quota::FargateOnDemand);
            let used = fargate::in_use(world, quota);
            world.quotas.grant(quota, used);
            Ok(())
        },
    },
];

/// Gives a scenario's region a flaw, for its first service.
///
/// # Errors
/// When there is no such flaw; or the region refuses a call, which is a defect.
pub fn plant(built: &mut Built, name: &str) -> Result<Flaw, ScenarioError> {
    let flaw = FLAWS.iter().find(|f| f.name == name);
    let flaw = flaw.ok_or_else(|| ScenarioError::Unknown(name.to_owned()))?;
    (flaw.plant)(&mut Planting { built })?;
    Ok(*flaw)
}

/// The one variable that a container is told.
fn variable(name: &str, value: &str) -> Value {
    Value::list([Value::map([
        ("name", Value::from(name)),
        ("value", value.into()),
    ])])
}

#[cfg(test)]
mod tests;
