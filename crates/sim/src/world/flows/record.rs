//! One record of a flow log.
//!
//! What belongs here: the fields that there are, and what stands in each. What must not: when a record is written.
//!
//! Source: VPC user guide, "Flow log records".

use std::net::IpAddr;

use jiff::Timestamp;

/// What is said of one direction of a flow, or that there was none.
pub(super) struct Record<'a> {
    pub(super) whose: &'a Whose,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// None: nothing was seen in this time.
    pub(super) packets: Option<Packets>,
}

/// Packets of one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packets {
    pub(super) from: (IpAddr, u16),
    pub(super) to: (IpAddr, u16),
    pub(super) bytes: u64,
    pub(super) is_egress: bool,
    pub(super) from_range: Option<&'static str>,
    pub(super) to_range: Option<&'static str>,
}

/// Whose interface it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Whose {
    pub(super) interface: String,
    pub(super) vpc: String,
    pub(super) subnet: String,
    pub(super) zone: String,
    pub(super) cluster: String,
    pub(super) cluster_arn: String,
    pub(super) service: Option<String>,
    pub(super) task: String,
    pub(super) task_arn: String,
    pub(super) definition: String,
}

/// Every field, with the version that brought it.
const FIELDS: [(&str, u8); 39] = [
    ("version", 2),
    ("account-id", 2),
    ("interface-id", 2),
    ("srcaddr", 2),
    ("dstaddr", 2),
    ("srcport", 2),
    ("dstport", 2),
    ("protocol", 2),
    ("packets", 2),
    ("bytes", 2),
    ("start", 2),
    ("end", 2),
    ("action", 2),
    ("log-status", 2),
    ("vpc-id", 3),
    ("subnet-id", 3),
    ("instance-id", 3),
    ("tcp-flags", 3),
    ("type", 3),
    ("pkt-srcaddr", 3),
    ("pkt-dstaddr", 3),
    ("region", 4),
    ("az-id", 4),
    ("sublocation-type", 4),
    ("sublocation-id", 4),
    ("pkt-src-aws-service", 5),
    ("pkt-dst-aws-service", 5),
    ("flow-direction", 5),
    ("traffic-path", 5),
    ("ecs-cluster-arn", 7),
    ("ecs-cluster-name", 7),
    ("ecs-container-instance-arn", 7),
    ("ecs-container-instance-id", 7),
    ("ecs-container-id", 7),
    ("ecs-second-container-id", 7),
    ("ecs-service-name", 7),
    ("ecs-task-definition-arn", 7),
    ("ecs-task-arn", 7),
    ("ecs-task-id", 7),
];
/// Newer, and always `-` here: nothing is rejected.
const NEWER: [&str; 1] = ["reject-reason"];

/// The fields that a format names, or the first that there is not.
pub(crate) fn fields(format: &str) -> Result<Vec<String>, String> {
    let named = format.split_whitespace().map(|field| {
        let name = field.strip_prefix("${").and_then(|f| f.strip_suffix('}'));
        let name = name.ok_or(field)?;
        let is_known = FIELDS.iter().any(|(known, _)| *known == name) || NEWER.contains(&name);
        is_known.then(|| name.to_owned()).ok_or(field)
    });
    let all: Result<Vec<String>, &str> = named.collect();
    all.map_err(str::to_owned)
}

/// A line with these fields.
pub(super) fn written(record: &Record<'_>, fields: &[String]) -> String {
    let version = fields.iter().map(|field| {
        let known = FIELDS.iter().find(|(name, _)| name == field);
        known.map_or(8, |(_, version)| *version)
    });
    let version = version.max().unwrap_or(2);
    let each = fields.iter().map(|field| match field.as_str() {
        "version" => version.to_string(),
        other => record.field(other).unwrap_or_else(|| "-".to_owned()),
    });
    each.collect::<Vec<_>>().join(" ")
}

impl Record<'_> {
    fn field(&self, name: &str) -> Option<String> {
        let whose = self.whose;
        let text = |text: &str| Some(text.to_owned());
        match name {
            "account-id" => text(self.account),
            "interface-id" => text(&whose.interface),
            "start" => Some(self.start.as_second().to_string()),
            "end" => Some(self.end.as_second().to_string()),
            "log-status" => text(if self.packets.is_some() {
                "OK"
            } else {
                "NODATA"
            }),
            "vpc-id" => text(&whose.vpc),
            "subnet-id" => text(&whose.subnet),
            "region" => text(self.region),
            "az-id" => text(&whose.zone),
            "ecs-cluster-arn" => text(&whose.cluster_arn),
            "ecs-cluster-name" => text(&whose.cluster),
            "ecs-service-name" => whose.service.clone(),
            "ecs-task-definition-arn" => text(&whose.definition),
            "ecs-task-arn" => text(&whose.task_arn),
            "ecs-task-id" => text(&whose.task),
            _ => self.packets?.field(name),
        }
    }
}

impl Packets {
    fn field(self, name: &str) -> Option<String> {
        /// What a packet of a large answer carries.
        const PACKET: u64 = 1_400;
        match name {
            "srcaddr" | "pkt-srcaddr" => Some(self.from.0.to_string()),
            "dstaddr" | "pkt-dstaddr" => Some(self.to.0.to_string()),
            "srcport" => Some(self.from.1.to_string()),
            "dstport" => Some(self.to.1.to_string()),
            "protocol" => Some("6".to_owned()),
            "packets" => Some(self.bytes.div_ceil(PACKET).to_string()),
            "bytes" => Some(self.bytes.to_string()),
            "action" => Some("ACCEPT".to_owned()),
            // SYN and FIN from whoever began, SYN-ACK and FIN back: both were seen in the time.
            "tcp-flags" => Some(if self.is_egress { "3" } else { "19" }.to_owned()),
            "type" => Some(
                if self.from.0.is_ipv4() {
                    "IPv4"
                } else {
                    "IPv6"
                }
                .to_owned(),
            ),
            "pkt-src-aws-service" => self.from_range.map(str::to_owned),
            "pkt-dst-aws-service" => self.to_range.map(str::to_owned),
            "flow-direction" => Some(if self.is_egress { "egress" } else { "ingress" }.to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_known_fields_alone_and_its_version_is_the_newest_of_them() {
        assert_eq!(
            fields("${srcaddr} ${nonsense}"),
            Err("${nonsense}".to_owned())
        );
        assert_eq!(fields("srcaddr"), Err("srcaddr".to_owned()));
        let whose = Whose {
            interface: "eni-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            subnet: "subnet-1".to_owned(),
            zone: "euc1-az1".to_owned(),
            cluster: "prod".to_owned(),
            cluster_arn: String::new(),
            service: None,
            task: "t".to_owned(),
            task_arn: String::new(),
            definition: String::new(),
        };
        let record = Record {
            whose: &whose,
            account: "1",
            region: "eu-central-1",
            start: Timestamp::UNIX_EPOCH,
            end: Timestamp::UNIX_EPOCH,
            packets: None,
        };
        let told = |format: &str| written(&record, &fields(format).unwrap());
        assert_eq!(
            told("${version} ${interface-id} ${srcaddr} ${log-status}"),
            "2 eni-1 - NODATA"
        );
        assert_eq!(
            told("${version} ${ecs-cluster-name} ${ecs-service-name}"),
            "7 prod -"
        );
    }
}
