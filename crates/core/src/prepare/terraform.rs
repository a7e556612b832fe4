//! The network as Terraform code.

use serde_json::json;

use super::{
    ALL_IPV6, Entry, NAT64, Network, Zone, entries,
    part::part,
    rules::{Peer, Rule},
};
use crate::{
    comment::comment,
    hcl::{Block, Expr, Item},
};

/// What every name of ours begins with.
const NAME: &str = "ipv6_only";

/// Code for `hashicorp/aws`, with what to know in its head.
#[must_use]
pub fn terraform(network: &Network) -> String {
    let mut blocks = Vec::new();
    if network.block.is_none() {
        blocks.push(resource(
            "aws_vpc_ipv6_cidr_block_association",
            NAME,
            vec![
                text("vpc_id", &network.vpc),
                plain("assign_generated_ipv6_cidr_block", "true"),
            ],
        ));
    }
    if network.egress.is_none() {
        let vpc = vec![text("vpc_id", &network.vpc)];
        blocks.push(resource("aws_egress_only_internet_gateway", NAME, vpc));
    }
    for (zone, nat) in network.tables() {
        blocks.extend(table(network, zone, nat));
    }
    for zone in &network.zones {
        blocks.extend(subnet(network, zone));
    }
    blocks.push(acl(network));
    blocks.extend(entries(&network.ports).iter().map(entry));
    blocks.extend(
        network
            .rules
            .iter()
            .enumerate()
            .map(|(number, r)| rule(network, number + 1, r)),
    );
    blocks.push(output(network));
    let mut page = String::new();
    for line in network.head() {
        comment(&mut page, 0, &line);
    }
    for block in blocks {
        page.push('\n');
        page.push_str(&block.text());
    }
    page
}

fn resource(kind: &str, name: &str, items: Vec<Item>) -> Block {
    Block::new("resource", &[kind, name], items)
}

fn text(name: &str, value: &str) -> Item {
    Item::Argument(name.to_owned(), Expr::Text(value.to_owned()))
}

fn plain(name: &str, value: &str) -> Item {
    Item::Argument(name.to_owned(), Expr::Plain(value.to_owned()))
}

fn tags(name: &str) -> Item {
    Item::Argument("tags".to_owned(), Expr::of(&json!({ "Name": name.trim() })))
}

/// A zone as a part of a name.
fn label(zone: &str) -> String {
    if zone.is_empty() {
        NAME.to_owned()
    } else {
        format!("{NAME}_{}", zone.replace('-', "_"))
    }
}

fn table(network: &Network, zone: &str, nat: Option<&str>) -> Vec<Block> {
    let name = label(zone);
    let table = format!("aws_route_table.{name}.id");
    let egress = match &network.egress {
        Some(id) => text("egress_only_gateway_id", id),
        None => plain(
            "egress_only_gateway_id",
            &format!("aws_egress_only_internet_gateway.{NAME}.id"),
        ),
    };
    let out = vec![
        plain("route_table_id", &table),
        text("destination_ipv6_cidr_block", ALL_IPV6),
        egress,
    ];
    let mut blocks = vec![
        resource(
            "aws_route_table",
            &name,
            vec![
                text("vpc_id", &network.vpc),
                tags(&format!("ipv6-only {zone}")),
            ],
        ),
        resource("aws_route", &name, out),
    ];
    if let Some(nat) = nat {
        let route = vec![
            plain("route_table_id", &table),
            text("destination_ipv6_cidr_block", NAT64),
            text("nat_gateway_id", nat),
        ];
        blocks.push(resource("aws_route", &format!("{name}_nat64"), route));
    }
    blocks
}

fn subnet(network: &Network, zone: &Zone) -> [Block; 2] {
    let name = label(&zone.name);
    let block = match &network.block {
        Some(block) => text(
            "ipv6_cidr_block",
            &part(block, zone.number).unwrap_or_default(),
        ),
        None => {
            let block = format!("aws_vpc_ipv6_cidr_block_association.{NAME}.ipv6_cidr_block");
            plain(
                "ipv6_cidr_block",
                &format!("cidrsubnet({block}, 8, {})", zone.number),
            )
        }
    };
    let items = vec![
        text("vpc_id", &network.vpc),
        text("availability_zone", &zone.name),
        plain("ipv6_native", "true"),
        block,
        plain("assign_ipv6_address_on_creation", "true"),
        plain("enable_dns64", if network.nat64 { "true" } else { "false" }),
        plain("enable_resource_name_dns_aaaa_record_on_launch", "true"),
        tags(&format!("ipv6-only {}", zone.name)),
    ];
    let table = if network.nat64 {
        name.clone()
    } else {
        NAME.to_owned()
    };
    let goes_by = vec![
        plain("subnet_id", &format!("aws_subnet.{name}.id")),
        plain("route_table_id", &format!("aws_route_table.{table}.id")),
    ];
    [
        resource("aws_subnet", &name, items),
        resource("aws_route_table_association", &name, goes_by),
    ]
}

fn acl(network: &Network) -> Block {
    let ids = network
        .zones
        .iter()
        .map(|z| Expr::Plain(format!("aws_subnet.{}.id", label(&z.name))));
    let subnets = Item::Argument("subnet_ids".to_owned(), Expr::List(ids.collect()));
    resource(
        "aws_network_acl",
        NAME,
        vec![text("vpc_id", &network.vpc), subnets, tags("ipv6-only")],
    )
}

fn entry(entry: &Entry) -> Block {
    let mut items = vec![
        plain("network_acl_id", &format!("aws_network_acl.{NAME}.id")),
        plain("rule_number", &entry.number.to_string()),
        plain("egress", if entry.is_egress { "true" } else { "false" }),
        text("protocol", &entry.protocol.to_string()),
        text("rule_action", "allow"),
        text("ipv6_cidr_block", ALL_IPV6),
    ];
    if let Some((from, to)) = entry.ports {
        items.extend([
            plain("from_port", &from.to_string()),
            plain("to_port", &to.to_string()),
        ]);
    }
    if entry.protocol == 58 {
        items.extend([plain("icmp_type", "-1"), plain("icmp_code", "-1")]);
    }
    resource(
        "aws_network_acl_rule",
        &format!("{NAME}_{}", entry.name.to_ascii_lowercase()),
        items,
    )
}

fn rule(network: &Network, number: usize, rule: &Rule) -> Block {
    let way = if rule.is_egress { "egress" } else { "ingress" };
    let peer = match (rule.peer, &network.block) {
        (Peer::All, _) => text("cidr_ipv6", ALL_IPV6),
        (Peer::Vpc, Some(block)) => text("cidr_ipv6", block),
        (Peer::Vpc, None) => plain(
            "cidr_ipv6",
            &format!("aws_vpc_ipv6_cidr_block_association.{NAME}.ipv6_cidr_block"),
        ),
    };
    let mut items = vec![
        text("security_group_id", &rule.group),
        text("ip_protocol", &rule.protocol),
        peer,
    ];
    if let Some((from, to)) = rule.ports {
        items.extend([
            plain("from_port", &from.to_string()),
            plain("to_port", &to.to_string()),
        ]);
    }
    resource(
        &format!("aws_vpc_security_group_{way}_rule"),
        &format!("{NAME}_{number}"),
        items,
    )
}

fn output(network: &Network) -> Block {
    let ids = network
        .zones
        .iter()
        .map(|z| Expr::Plain(format!("aws_subnet.{}.id", label(&z.name))));
    let value = Item::Argument("value".to_owned(), Expr::List(ids.collect()));
    Block::new("output", &[&format!("{NAME}_subnets")], vec![value])
}
