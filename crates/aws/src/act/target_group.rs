//! The IPv6 partner of a target group.
//!
//! What belongs here: CreateTargetGroup with all settings of the original. What must not: attributes, which are another
//! call.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::{
    operation::create_target_group::builders::CreateTargetGroupInputBuilder,
    types::{TargetGroup, TargetGroupIpAddressTypeEnum, TargetTypeEnum},
};

use super::elbv2;
use crate::{call, error::Error, observe::target_groups, region::Clients};

pub(super) async fn create(
    clients: &Clients,
    from: &str,
    name: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let gone = || Error::Gone {
        operation: call::CREATE_TARGET_GROUP.name,
        resource: from.to_owned(),
    };
    let source = target_groups::by_arns(clients, vec![from.to_owned()]).await?;
    let (source, _) = source.first().ok_or_else(gone)?;
    let request = partner(source, name).set_tags(Some(elbv2::tags(tags)));
    clients
        .caller
        .once(&call::CREATE_TARGET_GROUP, request.send_with(&clients.elb))
        .await
        .map(drop)
}

/// Everything as the original has it, but for the address family.
fn partner(source: &TargetGroup, name: &str) -> CreateTargetGroupInputBuilder {
    let source = source.clone();
    CreateTargetGroupInputBuilder::default()
        .name(name)
        .ip_address_type(TargetGroupIpAddressTypeEnum::Ipv6)
        .target_type(TargetTypeEnum::Ip)
        .set_protocol(source.protocol)
        .set_protocol_version(source.protocol_version)
        .set_port(source.port)
        .set_vpc_id(source.vpc_id)
        .set_health_check_protocol(source.health_check_protocol)
        .set_health_check_port(source.health_check_port)
        .set_health_check_enabled(source.health_check_enabled)
        .set_health_check_path(source.health_check_path)
        .set_health_check_interval_seconds(source.health_check_interval_seconds)
        .set_health_check_timeout_seconds(source.health_check_timeout_seconds)
        .set_healthy_threshold_count(source.healthy_threshold_count)
        .set_unhealthy_threshold_count(source.unhealthy_threshold_count)
        .set_matcher(source.matcher)
        .set_target_control_port(source.target_control_port)
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::{Matcher, ProtocolEnum};

    use super::*;

    /// Names and values of the fields of the outermost struct in a debug print.
    fn fields(printed: &str) -> Vec<(String, String)> {
        let body = &printed[printed.find('{').unwrap() + 1..printed.rfind('}').unwrap()];
        let (mut depth, mut quoted, mut start, mut parts) = (0, false, 0, Vec::new());
        for (at, c) in body.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '{' | '[' | '(' if !quoted => depth += 1,
                '}' | ']' | ')' if !quoted => depth -= 1,
                ',' if !quoted && depth == 0 => {
                    parts.push(&body[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push(&body[start..]);
        let pairs = parts.iter().filter_map(|part| part.trim().split_once(": "));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn the_table_names_every_parameter_of_create_service_that_the_sdk_has() {
        let input = aws_sdk_ecs::operation::create_service::CreateServiceInput::builder();
        let printed = format!("{:?}", input.build().unwrap());
        let same = |name: &str| name.replace('_', "").to_lowercase();
        let of_sdk = fields(&printed).into_iter().map(|(name, _)| same(&name));
        let table = sixshift_core::twin::CREATE_SERVICE.iter();
        let of_table = table.map(|(name, ..)| same(name));
        assert_eq!(
            of_table.collect::<std::collections::BTreeSet<_>>(),
            of_sdk.collect()
        );
    }

    #[test]
    fn every_setting_of_the_original_is_copied() {
        let source = TargetGroup::builder()
            .target_group_arn("arn")
            .target_group_name("shop")
            .protocol(ProtocolEnum::Http)
            .protocol_version("HTTP1")
            .port(8080)
            .vpc_id("vpc-1")
            .health_check_protocol(ProtocolEnum::Http)
            .health_check_port("traffic-port")
            .health_check_enabled(true)
            .health_check_interval_seconds(10)
            .health_check_timeout_seconds(5)
            .healthy_threshold_count(2)
            .unhealthy_threshold_count(3)
            .health_check_path("/up")
            .matcher(Matcher::builder().http_code("200-299").build())
            .target_type(TargetTypeEnum::Ip)
            .ip_address_type(TargetGroupIpAddressTypeEnum::Ipv4)
            .target_control_port(3000)
            .build();
        let made = partner(&source, "shop-v6").build().unwrap();
        // Only the tags, which the action brings, are left open: a new parameter of AWS's shows up here.
        let open = fields(&format!("{made:?}"))
            .into_iter()
            .filter(|(_, value)| value == "None");
        assert_eq!(open.map(|(name, _)| name).collect::<Vec<_>>(), ["tags"]);
        assert_eq!(
            made.ip_address_type,
            Some(TargetGroupIpAddressTypeEnum::Ipv6)
        );
        assert_eq!(made.matcher, source.matcher);
    }
}
