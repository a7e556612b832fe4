//! Rules of target groups.

use super::{CONFIGURATION, VALIDATION, does, is, is_name, lacks, refuses, text};
use crate::rules::Rule;
use crate::world::World;
use crate::{Value, world::elb::TargetGroup};

const CREATE: &[&str] = &["CreateTargetGroup"];
const BOTH: &[&str] = &["CreateTargetGroup", "ModifyTargetGroup"];
const SHAPE: &str = "botocore: elbv2 CreateTargetGroupInput";
const LAYER7: [&str; 2] = ["HTTP", "HTTPS"];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "elb-group-name",
        CREATE,
        "a target group's name is at most 32 letters, digits and hyphens, none of them first or last",
        VALIDATION,
        |_, input| {
            let name = text(input, "Name").filter(|n| !is_name(n))?;
            Some(format!(
                "Target group name '{name}' can contain only characters that are alphanumeric or hyphens, at most 32, and must not begin or end with a hyphen"
            ))
        },
        "botocore: elbv2 CreateTargetGroupInput.Name",
    ),
    refuses(
        "elb-group-needs-port-protocol-and-vpc",
        CREATE,
        "`Protocol`, `Port` and `VpcId` are required unless the target is a Lambda function",
        VALIDATION,
        |_, input| {
            let missing = ["Protocol", "Port", "VpcId"]
                .into_iter()
                .find(|key| input.get(key).is_null())?;
            Some(format!("A {missing} must be specified"))
        },
        SHAPE,
    ),
    refuses(
        "elb-group-version-needs-http",
        CREATE,
        "`ProtocolVersion` is for HTTP and HTTPS, and `HTTP1`, `HTTP2` or `GRPC`; an empty one is the default",
        VALIDATION,
        |_, input| {
            let version = text(input, "ProtocolVersion")?;
            if !is(input, "Protocol", &LAYER7) {
                return Some("You cannot specify a protocol version for this protocol".to_owned());
            }
            let known = ["HTTP1", "HTTP2", "GRPC"].contains(&version);
            (!known).then(|| format!("Protocol version '{version}' is not valid"))
        },
        "botocore: elbv2 CreateTargetGroupInput.ProtocolVersion",
    ),
    refuses(
        "elb-group-checks-by-http-or-tcp",
        BOTH,
        "health checks speak HTTP, HTTPS or TCP",
        VALIDATION,
        |_, input| {
            let protocol = text(input, "HealthCheckProtocol")?;
            let fine = ["HTTP", "HTTPS", "TCP"].contains(&protocol);
            (!fine).then(|| format!("Health check protocol '{protocol}' is not supported"))
        },
        "botocore: elbv2 CreateTargetGroupInput.HealthCheckProtocol",
    ),
    refuses(
        "elb-group-of-http-is-not-checked-by-tcp",
        BOTH,
        "a group of HTTP or HTTPS is not checked by TCP",
        VALIDATION,
        |world, input| {
            let layer7 = is_layer7(world, input);
            (layer7 && is(input, "HealthCheckProtocol", &["TCP"])).then(|| {
                "Health check protocol 'TCP' is not supported for target groups with the protocol HTTP or HTTPS".to_owned()
            })
        },
        "botocore: elbv2 CreateTargetGroupInput.HealthCheckProtocol",
    ),
    refuses(
        "elb-group-checks-stay-on",
        BOTH,
        "health checks of instances, addresses and load balancers cannot be off",
        VALIDATION,
        |_, input| {
            let off = input.get("HealthCheckEnabled").as_bool() == Some(false);
            (off && !is(input, "TargetType", &["lambda"])).then(|| {
                "Health check enabled must be true for target groups with target type 'instance', 'ip' or 'alb'".to_owned()
            })
        },
        "botocore: elbv2 CreateTargetGroupInput.HealthCheckEnabled",
    ),
    refuses(
        "elb-group-check-port",
        BOTH,
        "a health check's port is `traffic-port` or 1 to 65535",
        VALIDATION,
        |_, input| {
            let port = input.get("HealthCheckPort");
            let fine = port.is_null()
                || port.as_str() == Some("traffic-port")
                || port.as_i64().is_some_and(|p| (1..=65_535).contains(&p));
            (!fine).then(|| {
                "Health check port must be 'traffic-port' or in the range 1 to 65535".to_owned()
            })
        },
        "ELB user guide, Health checks for Application Load Balancer target groups",
    ),
    refuses(
        "elb-group-check-path",
        BOTH,
        "a health check's path begins with `/`, and is for checks by HTTP or HTTPS",
        VALIDATION,
        |world, input| {
            let path = text(input, "HealthCheckPath")?;
            if checked_by_tcp(world, input) {
                return Some(
                    "You cannot specify a health check path for TCP health checks".to_owned(),
                );
            }
            (!path.starts_with('/'))
                .then(|| format!("Health check path '{path}' must begin with a '/' character"))
        },
        "botocore: elbv2 CreateTargetGroupInput.HealthCheckPath",
    ),
    refuses(
        "elb-group-matcher-fits-the-version",
        BOTH,
        "a gRPC group matches gRPC codes, any other HTTP codes, never both; and only where checks are not by TCP",
        VALIDATION,
        |world, input| {
            let matcher = input.get("Matcher");
            let (http, grpc) = (text(matcher, "HttpCode"), text(matcher, "GrpcCode"));
            if http.is_none() && grpc.is_none() {
                return None;
            }
            if checked_by_tcp(world, input) {
                return Some("You cannot specify a matcher for TCP health checks".to_owned());
            }
            let fits = if is_grpc(world, input) {
                http.is_none()
            } else {
                grpc.is_none()
            };
            (!fits).then(|| "The matcher must name gRPC codes for the protocol version GRPC, and HTTP codes for any other".to_owned())
        },
        "botocore: elbv2 Matcher",
    ),
    refuses(
        "elb-group-matcher-codes",
        BOTH,
        "matched codes are numbers, lists (`200,202`) or ranges (`200-299`): HTTP 200 to 499 behind an ALB and 200 to 599 behind an NLB, gRPC 0 to 99",
        VALIDATION,
        |world, input| {
            let matcher = input.get("Matcher");
            let highest = if is_layer7(world, input) { 499 } else { 599 };
            let http = text(matcher, "HttpCode").filter(|codes| !are_codes(codes, 200, highest));
            let wrong =
                http.or(text(matcher, "GrpcCode").filter(|codes| !are_codes(codes, 0, 99)))?;
            Some(format!("Health check matcher '{wrong}' is not valid"))
        },
        "botocore: elbv2 Matcher",
    ),
    refuses(
        "elb-group-family-of-the-target-type",
        CREATE,
        "Lambda functions and load balancers as targets have no IP address type ipv6",
        CONFIGURATION,
        |_, input| {
            let kind = text(input, "TargetType")?;
            (is(input, "IpAddressType", &["ipv6"]) && ["lambda", "alb"].contains(&kind)).then(
                || {
                    format!(
                        "The IP address type 'ipv6' is not supported for the target type '{kind}'"
                    )
                },
            )
        },
        "botocore: elbv2 CreateTargetGroupInput.IpAddressType; ELB user guide, Target groups",
    ),
    refuses(
        "elb-group-of-a-load-balancer-is-tcp",
        CREATE,
        "a group whose target is a load balancer has the protocol TCP",
        CONFIGURATION,
        |_, input| {
            (is(input, "TargetType", &["alb"]) && !is(input, "Protocol", &["TCP"]))
                .then(|| "The target type 'alb' requires the protocol TCP".to_owned())
        },
        "ELB user guide, Application Load Balancers as targets of a Network Load Balancer",
    ),
    does(
        "elb-group-timeout-below-interval",
        BOTH,
        "a health check's timeout is smaller than its interval",
        "a_health_checks_timeout_is_smaller_than_its_interval",
        "terraform-linters/tflint-ruleset-aws#404; hashicorp/terraform-provider-aws#48070",
    ),
    does(
        "elb-group-defaults",
        CREATE,
        "what is left out has its default by protocol: path `/` or `/AWS.ALB/healthcheck`, codes 200, 200-399 or gRPC 12, timeout 5, 6 or 10 s",
        "a_target_group_has_the_defaults_of_its_protocol",
        "botocore: elbv2 CreateTargetGroupInput, Matcher",
    ),
    does(
        "elb-group-same-name",
        CREATE,
        "the same name with the same settings gives the group that is there; with others `DuplicateTargetGroupName`",
        "creating_a_target_group_again_gives_the_same_one_and_another_is_refused",
        "botocore: elbv2 CreateTargetGroup",
    ),
    does(
        "elb-group-in-use",
        &["DeleteTargetGroup"],
        "a group that an action names is `ResourceInUse`",
        "a_group_in_use_is_not_deleted_and_one_out_of_use_has_unused_targets",
        "botocore: elbv2 DeleteTargetGroup",
    ),
    lacks(
        "elb-group-of-lambda-or-gateway",
        CREATE,
        "groups of Lambda functions and of Gateway Load Balancers",
        "nothing in the region could answer behind them: they are refused as `InvalidConfigurationRequest` and `UnsupportedProtocol`",
        SHAPE,
    ),
    lacks(
        "elb-group-target-optimizer",
        CREATE,
        "`TargetControlPort` and the target optimizer",
        "the port is kept and read back; no agent asks there",
        "botocore: elbv2 CreateTargetGroupInput.TargetControlPort",
    ),
];

fn group<'a>(world: &'a World, input: &Value) -> Option<&'a TargetGroup> {
    world.elb.target_groups.get(text(input, "TargetGroupArn")?)
}

/// A member of the request, or of the group that it changes.
fn told<'a>(world: &'a World, input: &'a Value, key: &str) -> Option<&'a str> {
    text(input, key).or_else(|| text(&group(world, input)?.spec, key))
}

fn is_layer7(world: &World, input: &Value) -> bool {
    told(world, input, "Protocol").is_some_and(|p| LAYER7.contains(&p))
}

fn is_grpc(world: &World, input: &Value) -> bool {
    told(world, input, "ProtocolVersion") == Some("GRPC")
}

fn checked_by_tcp(world: &World, input: &Value) -> bool {
    match told(world, input, "HealthCheckProtocol") {
        Some(protocol) => protocol == "TCP",
        None => !is_layer7(world, input),
    }
}

/// `200`, `200,202`, `200-299`, and lists of those.
fn are_codes(codes: &str, lowest: i64, highest: i64) -> bool {
    let code = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i64>()
            .ok()
            .filter(|c| digits && (lowest..=highest).contains(c))
    };
    codes.split(',').all(|part| match part.split_once('-') {
        Some((from, to)) => code(from).zip(code(to)).is_some_and(|(a, b)| a <= b),
        None => code(part).is_some(),
    })
}
