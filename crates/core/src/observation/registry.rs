//! Cloud Map registries: by which names consumers find a service's tasks.
//!
//! Source: botocore, servicediscovery 2017-03-14: `Service`.

use super::Known;

/// The service's own registry, and the one that the plan names for the twin.
#[derive(Clone, Debug, PartialEq)]
pub struct Registries {
    /// The service's.
    pub ipv4: Registry,
    /// Of the name that the plan gives, in the same namespace.
    pub ipv6: Known<Registry>,
}

/// A Cloud Map service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// ARN.
    pub arn: String,
    /// Name, without its namespace's.
    pub name: String,
    /// `NamespaceId`.
    pub namespace: String,
    /// `DnsConfig.DnsRecords`; none where it is asked by the API alone.
    pub records: Vec<RegistryRecord>,
    /// `DnsConfig.RoutingPolicy`.
    pub routing: Option<String>,
    /// Whether ECS tells it of its tasks' health (`HealthCheckCustomConfig`).
    pub custom_health: bool,
    /// Whether Route 53 checks its instances itself (`HealthCheckConfig`).
    pub route53_health: bool,
    /// The account that made it, where AWS says so.
    pub owner: Option<String>,
    /// Instances that it has.
    pub instances: u32,
}

/// A kind of DNS record that a registry keeps of each instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryRecord {
    /// A, AAAA or SRV.
    pub kind: String,
    /// Seconds.
    pub ttl: u32,
}

impl Registry {
    /// The records of a registry for tasks that have IPv6 addresses alone: SRV stays, and every address is one of IPv6.
    #[must_use]
    pub fn records_on_ipv6(&self) -> Vec<RegistryRecord> {
        let mut records: Vec<RegistryRecord> = Vec::new();
        for record in &self.records {
            let kind = match record.kind.as_str() {
                "A" => "AAAA",
                kind => kind,
            };
            if records.iter().all(|r| r.kind != kind) {
                records.push(RegistryRecord {
                    kind: kind.to_owned(),
                    ttl: record.ttl,
                });
            }
        }
        records
    }

    /// Whether it keeps A records, which no task without an IPv4 address has.
    #[must_use]
    pub fn keeps_ipv4(&self) -> bool {
        self.records.iter().any(|r| r.kind == "A")
    }
}
