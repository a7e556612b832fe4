//! What EC2 and ECS say of flow logs, interfaces and ports, in the core's words.
//!
//! What belongs here: a function a thing. What must not: any call.

use serde_json::Value;
use sixshift_core::deps::{FlowLog, Format, Interface};

use crate::xml::Element;

/// What EC2 does not say is empty.
fn text(item: &Element, name: &str) -> String {
    item.get(name).text().to_owned()
}

pub(super) fn flow_log(item: &Element) -> FlowLog {
    let some = |name: &str| Some(text(item, name)).filter(|t| !t.is_empty());
    let undelivered =
        text(item, "deliverLogsStatus") == "FAILED" || text(item, "flowLogStatus") != "ACTIVE";
    let failure = undelivered.then(|| {
        some("deliverLogsErrorMessage").unwrap_or_else(|| "EC2 does not say why".to_owned())
    });
    FlowLog {
        id: text(item, "flowLogId"),
        resource: text(item, "resourceId"),
        traffic: text(item, "trafficType"),
        // One from before there were others says nothing.
        destination_type: some("logDestinationType")
            .unwrap_or_else(|| "cloud-watch-logs".to_owned()),
        destination: some("logGroupName")
            .or_else(|| some("logDestination"))
            .unwrap_or_default(),
        format: Format::parse(&text(item, "logFormat")),
        failure,
        interval: text(item, "maxAggregationInterval").parse().unwrap_or(600),
    }
}

/// An interface with its id.
pub(super) fn interface(item: &Element) -> (String, Interface) {
    let each = |list: &str, member: &'static str| -> Vec<_> {
        let all = item.get(list).all("item");
        all.filter_map(|i| i.get(member).text().parse().ok())
            .collect()
    };
    let mut addresses = each("privateIpAddressesSet", "privateIpAddress");
    addresses.extend(each("ipv6AddressesSet", "ipv6Address"));
    let id = text(item, "networkInterfaceId");
    let interface = Interface {
        id: id.clone(),
        description: text(item, "description"),
        addresses,
    };
    (id, interface)
}

/// The ports that a container's definition says it listens on.
pub(super) fn ports(container: &Value) -> Vec<u16> {
    let mappings = container["portMappings"].as_array();
    let port = |mapping: &Value| u16::try_from(mapping["containerPort"].as_u64()?).ok();
    mappings.into_iter().flatten().filter_map(port).collect()
}
