//! Registries that services name, each with one thing wrong.

use serde_json::{Value as Json, json};

use super::attachments::create;
use super::{Case, from_json, with};
use crate::services::{self, Service};

pub(super) fn cases() -> Vec<Case> {
    vec![create("ecs-registry-without-a-records", |g| {
        let subnet = g.world.network.subnet(&g.subnets[0]).unwrap();
        let vpc = subnet.vpc.clone();
        let mut ask = |op: &str, input: Json| {
            let input = from_json(input);
            services::call(&mut g.world, Service::ServiceDiscovery, op, &input).unwrap()
        };
        ask(
            "CreatePrivateDnsNamespace",
            json!({"Name": "shop", "Vpc": vpc}),
        );
        let all = ask("ListNamespaces", json!({}));
        let mut all = all.get("Namespaces").items().iter();
        let dns = all
            .find(|n| n.get("Name").as_str() == Some("shop"))
            .unwrap();
        let made = ask(
            "CreateService",
            json!({
                "Name": "new", "NamespaceId": dns.get("Id").as_str(),
                "DnsConfig": {"DnsRecords": [{"Type": "A", "TTL": 15}]},
            }),
        );
        let arn = made.get("Service").get("Arn").as_str().unwrap();
        let registries = json!({"serviceRegistries": [{"registryArn": arn}], "loadBalancers": null, "healthCheckGracePeriodSeconds": null});
        with(g.networked(&json!({"subnets": g.ipv6})), &registries)
    })]
}
