//! Flow logs: which of them tells what a service talks to, and what to do where none does.
//!
//! What belongs here: EC2's description of a flow log, its format, and the choice among several. What must not: what a record
//! says, and how records are asked for.
//!
//! Sources: VPC user guide, "Flow log records" (fields and their versions), "Flow log limitations" (a flow log cannot be changed).

use std::fmt;

use crate::observation::Why;

/// The fields that tell everything: ECS's names (version 7), AWS's services and the direction (5), packets' own addresses (3).
pub const WANTED: &str = "${version} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} \
    ${bytes} ${start} ${end} ${action} ${log-status} ${pkt-srcaddr} ${pkt-dstaddr} ${pkt-src-aws-service} \
    ${pkt-dst-aws-service} ${flow-direction} ${ecs-cluster-name} ${ecs-service-name}";

/// A flow log, as EC2 describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowLog {
    /// Its id.
    pub id: String,
    /// What it is of: a VPC, a subnet or an interface, by id.
    pub resource: String,
    /// `trafficType`: ACCEPT, REJECT or ALL.
    pub traffic: String,
    /// `logDestinationType`: cloud-watch-logs, s3 or kinesis-data-firehose.
    pub destination_type: String,
    /// `logDestination`, or the name of the log group.
    pub destination: String,
    /// `logFormat`.
    pub format: Format,
    /// Why nothing arrives, where EC2 knows of it.
    pub failure: Option<String>,
    /// `maxAggregationInterval` in seconds.
    pub interval: u32,
}

/// The fields of a record, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format(Vec<String>);

impl Format {
    /// From EC2's spelling, as in `${srcaddr} ${dstaddr}`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let fields = text.split_whitespace();
        Self(
            fields
                .map(|f| f.trim_matches(['$', '{', '}']).to_owned())
                .collect(),
        )
    }

    /// The fields' names.
    #[must_use]
    pub fn fields(&self) -> &[String] {
        &self.0
    }

    /// Whether a field is in it.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|f| f == field)
    }

    /// The first of some that is in it.
    #[must_use]
    pub fn first<'a>(&self, of: &[&'a str]) -> Option<&'a str> {
        of.iter().copied().find(|field| self.has(field))
    }

    /// Whether records say by themselves whose they are and which way packets went: no task need still be there.
    #[must_use]
    pub fn names_services(&self) -> bool {
        ["ecs-cluster-name", "ecs-service-name", "flow-direction"]
            .iter()
            .all(|field| self.has(field))
    }

    /// Whether records name AWS's services.
    #[must_use]
    pub fn names_aws(&self) -> bool {
        self.has("pkt-dst-aws-service")
    }

    /// What it lacks to tell anything of a service's connections.
    #[must_use]
    pub fn lacks(&self) -> Vec<&'static str> {
        const NEEDED: [&[&str]; 5] = [
            &["pkt-srcaddr", "srcaddr"],
            &["pkt-dstaddr", "dstaddr"],
            &["srcport"],
            &["dstport"],
            &["bytes"],
        ];
        let mut lacking: Vec<_> = NEEDED
            .iter()
            .filter(|any| self.first(any).is_none())
            .filter_map(|any| any.last().copied())
            .collect();
        if !self.names_services() && !self.has("interface-id") {
            lacking.push("interface-id");
        }
        lacking
    }
}

/// Why nobody can tell what a service talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The VPC, its subnets and the tasks' interfaces have no flow log.
    None,
    /// There are some, and none goes where it can be asked.
    Elsewhere(Vec<FlowLog>),
    /// There are some, and none has what is needed: one of them, by its id.
    Useless(String, Useless),
    /// Records name no service, and no task runs whose interface could be looked for.
    NoTasks(String),
    /// The flow log's group is not there: of this flow log, this group.
    NoGroup(String, String),
    /// It could not be read.
    Unread(Why),
    /// There is neither the service nor its twin.
    NoService,
}

/// Why a flow log tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Useless {
    /// It has what was rejected, and nothing that passed.
    RejectsOnly,
    /// EC2 cannot deliver it.
    Undelivered(String),
    /// Its records lack these fields.
    Fields(Vec<&'static str>),
}

/// The best flow log for a service in a VPC: one of the whole VPC before those of subnets, then whose records say most.
///
/// # Errors
/// There is none, or none that tells anything.
pub fn choose<'a>(logs: &'a [FlowLog], vpc: &str) -> Result<&'a FlowLog, Lack> {
    if logs.is_empty() {
        return Err(Lack::None);
    }
    let here: Vec<&FlowLog> = logs
        .iter()
        .filter(|log| log.destination_type == "cloud-watch-logs")
        .collect();
    let Some(last) = here.last() else {
        return Err(Lack::Elsewhere(logs.to_vec()));
    };
    let useful = here.iter().filter(|log| log.useless().is_none());
    let rank = |log: &&&FlowLog| {
        (
            log.resource == vpc,
            log.format.names_services(),
            log.format.names_aws(),
            // By age and id nothing would be better, but the choice is the same each time.
            std::cmp::Reverse(log.id.clone()),
        )
    };
    useful.max_by_key(rank).copied().ok_or_else(|| {
        let why = last.useless().unwrap_or(Useless::RejectsOnly);
        Lack::Useless(last.id.clone(), why)
    })
}

impl FlowLog {
    fn useless(&self) -> Option<Useless> {
        if let Some(why) = &self.failure {
            return Some(Useless::Undelivered(why.clone()));
        }
        if self.traffic == "REJECT" {
            return Some(Useless::RejectsOnly);
        }
        let lacking = self.format.lacks();
        (!lacking.is_empty()).then_some(Useless::Fields(lacking))
    }

    /// Where its records are asked for: the log group's name.
    #[must_use]
    pub fn group(&self) -> &str {
        let name = self.destination.split(":log-group:").nth(1);
        name.unwrap_or(&self.destination).trim_end_matches(":*")
    }
}

/// A sentence without a full stop.
impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str(
                "no flow log is of its VPC, its subnets or its tasks' interfaces, so nobody recorded what it talks to",
            ),
            Self::Elsewhere(logs) => {
                let to = |log: &FlowLog| {
                    format!("{} goes to {} ({})", log.id, log.destination_type, log.destination)
                };
                let all: Vec<String> = logs.iter().map(to).collect();
                write!(f, "its flow logs do not go to CloudWatch Logs: {}", all.join(", "))
            }
            Self::Useless(log, Useless::RejectsOnly) => write!(
                f,
                "flow log {log} has only what was rejected, and nothing of what passed"
            ),
            Self::Useless(log, Useless::Undelivered(why)) => {
                write!(f, "flow log {log} is not delivered: {why}")
            }
            Self::Useless(log, Useless::Fields(fields)) => {
                write!(f, "the records of flow log {log} lack {}", fields.join(", "))
            }
            Self::NoTasks(log) => write!(
                f,
                "the records of flow log {log} name no ECS service, and no task runs whose interface could be looked for"
            ),
            Self::NoGroup(log, group) => write!(
                f,
                "flow log {log} has delivered nothing yet, or its log group {group} was deleted"
            ),
            Self::Unread(why) => write!(f, "it could not be read: {why}"),
            Self::NoService => f.write_str("there is neither the service nor its twin"),
        }
    }
}

impl Lack {
    /// What to do, without a full stop. A command that makes a flow log follows where [`Self::wants_a_log`].
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::None => "make one, and ask again once it has recorded a day".to_owned(),
            Self::Elsewhere(_) => {
                "make another that goes to CloudWatch Logs: a flow log cannot be changed, and several may be of one VPC"
                    .to_owned()
            }
            Self::Useless(_, Useless::Undelivered(_)) => {
                "mend what EC2 says: most often its role may not write to the log group, or the group is gone".to_owned()
            }
            Self::Useless(..) => {
                "make another that records more: a flow log cannot be changed, and several may be of one VPC".to_owned()
            }
            Self::NoGroup(..) => {
                "ask again in 20 minutes; if it stays so, look at the flow log's role and its deliverLogsErrorMessage"
                    .to_owned()
            }
            Self::NoTasks(_) => {
                "start a task and ask again after 15 minutes, or make a flow log whose records name services".to_owned()
            }
            Self::Unread(why) => match why.lacks {
                Some(action) => {
                    format!("allow {action} to the role that reads: {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\"}}")
                }
                None if why.is_lasting => "mend that, and ask again".to_owned(),
                None => "ask again in a minute".to_owned(),
            },
            Self::NoService => "check the names of service and cluster, and the region".to_owned(),
        }
    }

    /// Whether another flow log would help.
    #[must_use]
    pub fn wants_a_log(&self) -> bool {
        match self {
            Self::None | Self::Elsewhere(_) | Self::NoTasks(_) => true,
            Self::Useless(_, why) => !matches!(why, Useless::Undelivered(_)),
            Self::NoGroup(..) | Self::Unread(_) | Self::NoService => false,
        }
    }
}

/// The command that makes a flow log which tells everything, ready to paste but for the role.
#[must_use]
pub fn command(vpc: &str, region: &str) -> String {
    let format = WANTED.split_whitespace().collect::<Vec<_>>().join(" ");
    format!(
        "aws ec2 create-flow-logs --region {region} --resource-type VPC --resource-ids {vpc} --traffic-type ALL \
         --log-group-name /vpc/{vpc}/flows --deliver-logs-permission-arn arn:aws:iam::ACCOUNT:role/ROLE \
         --log-format '{format}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} \
        ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

    fn log(id: &str, resource: &str, format: &str) -> FlowLog {
        FlowLog {
            id: id.to_owned(),
            resource: resource.to_owned(),
            traffic: "ALL".to_owned(),
            destination_type: "cloud-watch-logs".to_owned(),
            destination: "/flows".to_owned(),
            format: Format::parse(format),
            failure: None,
            interval: 600,
        }
    }

    #[test]
    fn the_whole_vpc_comes_before_a_subnet_and_then_who_says_most() {
        let logs = [
            log("fl-1", "subnet-1", WANTED),
            log("fl-2", "vpc-1", DEFAULT),
            log("fl-3", "vpc-1", WANTED),
        ];
        assert_eq!(choose(&logs, "vpc-1").unwrap().id, "fl-3");
        assert_eq!(choose(&logs[..2], "vpc-1").unwrap().id, "fl-2");
        assert_eq!(choose(&logs[..1], "vpc-1").unwrap().id, "fl-1");
    }

    #[test]
    fn what_is_wanted_lacks_nothing_and_the_default_names_no_service() {
        let wanted = Format::parse(WANTED);
        assert!(wanted.lacks().is_empty() && wanted.names_services() && wanted.names_aws());
        let usual = Format::parse(DEFAULT);
        assert!(usual.lacks().is_empty() && !usual.names_services() && !usual.names_aws());
        let little = Format::parse("${srcaddr} ${bytes}");
        assert_eq!(
            little.lacks(),
            ["dstaddr", "srcport", "dstport", "interface-id"]
        );
    }

    #[test]
    fn one_that_tells_nothing_is_not_taken_and_says_why() {
        assert_eq!(choose(&[], "vpc-1"), Err(Lack::None));
        let s3 = FlowLog {
            destination_type: "s3".to_owned(),
            destination: "arn:aws:s3:::flows".to_owned(),
            ..log("fl-1", "vpc-1", WANTED)
        };
        let told = choose(std::slice::from_ref(&s3), "vpc-1").unwrap_err();
        assert!(
            told.to_string()
                .contains("fl-1 goes to s3 (arn:aws:s3:::flows)"),
            "{told}"
        );
        assert!(told.wants_a_log());
        let rejects = FlowLog {
            traffic: "REJECT".to_owned(),
            ..log("fl-2", "vpc-1", WANTED)
        };
        let told = choose(&[s3, rejects], "vpc-1").unwrap_err();
        assert!(
            told.to_string().contains("only what was rejected"),
            "{told}"
        );
        let broken = FlowLog {
            failure: Some("Access error".to_owned()),
            ..log("fl-3", "vpc-1", WANTED)
        };
        let told = choose(&[broken], "vpc-1").unwrap_err();
        assert!(
            told.to_string().contains("Access error") && !told.wants_a_log(),
            "{told}"
        );
    }

    #[test]
    fn a_group_is_named_by_its_arn_or_by_its_name() {
        let named = |destination: &str| {
            let destination = destination.to_owned();
            let log = FlowLog {
                destination,
                ..FlowLog::default()
            };
            log.group().to_owned()
        };
        assert_eq!(named("/flows"), "/flows");
        assert_eq!(
            named("arn:aws:logs:eu-central-1:1:log-group:/flows:*"),
            "/flows"
        );
    }

    #[test]
    fn the_command_can_be_pasted() {
        let text = command("vpc-1", "eu-central-1");
        assert!(!text.contains('\n') && !text.contains("  "), "{text}");
        assert!(text.contains("${ecs-service-name}'"), "{text}");
    }
}
