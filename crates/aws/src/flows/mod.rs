//! What a service and its twin exchanged with whom, as the VPC's flow logs have it.
//!
//! What belongs here: which questions are asked, and in which order. What must not: which flow log is best, and what follows
//! from what it says (`sixshift_core::deps`).

mod query;
mod read;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
};

use jiff::Timestamp;
use sixshift_core::{
    action::Side,
    deps::{Flow, Flows, FoundBy, Interface, Lack, Scanned, Untold, log},
    names,
    observation::{Ground, Known, Service, Subnets, Why, containers},
    plan::Plan,
};

use self::query::{Row, Way, Whose};
use crate::{
    batch::Since,
    call,
    ec2::Ask,
    insights::{self, Asked, Failed, Found, MOST_ROWS},
    observe::{subnets::Answered, why},
    region::{Clients, Region},
    survey,
};

/// Values of a filter of EC2's (EC2: "Filtering").
const MOST: usize = 200;
/// Interfaces that a query names: it may have 10,000 characters, and has their addresses as well.
const NAMED: usize = 100;

/// A service that is there.
struct Member {
    side: Side,
    service: Service,
}

/// Reads the records of a service and of its twin between two moments.
pub(crate) async fn read(
    region: &Region,
    draft: &Plan,
    since: Timestamp,
    until: Timestamp,
) -> Result<Flows, Untold> {
    let nowhere = |lack| Untold { lack, vpc: None };
    let members = members(region, draft).await.map_err(nowhere)?;
    let ground = ground(region, &members).await.map_err(nowhere)?;
    let vpc = ground.vpc.seen().map(|vpc| vpc.id.clone());
    let asking = Asking {
        region,
        draft,
        members: &members,
        ground: &ground,
        vpc: vpc.clone().unwrap_or_default(),
    };
    asking
        .all(since, until)
        .await
        .map_err(|lack| Untold { lack, vpc })
}

async fn members(region: &Region, draft: &Plan) -> Result<Vec<Member>, Lack> {
    let cluster = &draft.service.cluster;
    let wanted = [
        (Side::Ipv4, draft.service.name.clone()),
        (Side::Ipv6, names::service(draft)),
    ];
    let keys = wanted.clone().map(|(_, name)| (cluster.clone(), name));
    let mut answers = region.readers.services.ask(keys, Since::ANY).await;
    let mut found = Vec::new();
    for (side, name) in wanted {
        match answers.remove(&(cluster.clone(), name)) {
            Some(Known::Seen(service)) => found.push(Member { side, service }),
            Some(Known::Unknown(why)) => return Err(Lack::Unread(why)),
            Some(Known::Absent) | None => {}
        }
    }
    match found.is_empty() {
        true => Err(Lack::NoService),
        false => Ok(found),
    }
}

/// The VPC of the services' subnets.
async fn ground(region: &Region, members: &[Member]) -> Result<Arc<Ground>, Lack> {
    let ids: BTreeSet<String> = members
        .iter()
        .flat_map(|m| m.service.subnets.iter().cloned())
        .collect();
    let mut told = BTreeMap::new();
    for (id, answer) in region.readers.subnets.ask(ids, Since::ANY).await {
        match answer {
            Known::Seen(Answered::Told(subnet)) => told.insert(id, Some(subnet)),
            Known::Seen(Answered::Untold(why)) | Known::Unknown(why) => {
                return Err(Lack::Unread(why));
            }
            Known::Absent => told.insert(id, None),
        };
    }
    let subnets = Known::Seen(Subnets::Told(told));
    match survey::around(region, &subnets, None, Since::ANY).await {
        Known::Seen(ground) => Ok(ground),
        Known::Unknown(why) => Err(Lack::Unread(why)),
        Known::Absent => Err(Lack::Unread(
            Why::new("the service names no subnet: its tasks have no addresses of their own outside of awsvpc")
                .lasting(true),
        )),
    }
}

/// What all questions are about.
struct Asking<'a> {
    region: &'a Region,
    draft: &'a Plan,
    members: &'a [Member],
    ground: &'a Arc<Ground>,
    vpc: String,
}

impl Asking<'_> {
    async fn all(&self, since: Timestamp, until: Timestamp) -> Result<Flows, Lack> {
        let own = self.own_interfaces().await?;
        let logs = self.logs(&own).await?;
        let log = log::choose(&logs, &self.vpc)?;
        let clients = &self.region.clients;
        let ports = self.ports().await;
        let ask = |whose| both(clients, log, whose, &ports, since, until);
        let named = match log.format.names_services() {
            true => Some(ask(self.by_name()).await?),
            false => None,
        };
        // ECS's fields stay empty where AWS does not compute them; interfaces are always there.
        let (read, found) = match named {
            Some(named) if !named.rows.is_empty() || own.is_empty() => (named, FoundBy::Names),
            named => {
                let whose = by_interface(&own).ok_or_else(|| Lack::NoTasks(log.id.clone()))?;
                let mut read = ask(whose).await?;
                read.scanned += named.map(|n| n.scanned).unwrap_or_default();
                (read, by_interfaces(&own))
            }
        };
        let flows = flows(&read.rows);
        let peers = flows.iter().map(|flow| flow.peer);
        let interfaces = self.behind(peers).await;
        Ok(Flows {
            log: log.clone(),
            since,
            until,
            found,
            flows,
            sides: self.members.iter().map(|m| m.side).collect(),
            is_cut: read.is_cut,
            scanned: read.scanned,
            interfaces,
            ground: Arc::clone(self.ground),
            region: self.draft.service.region.clone(),
        })
    }

    fn by_name(&self) -> Whose {
        let names = self.members.iter();
        Whose::Services {
            cluster: self.draft.service.cluster.clone(),
            names: names.map(|m| (m.service.name.clone(), m.side)).collect(),
        }
    }

    /// The interfaces of the tasks that run, each with whose it is.
    async fn own_interfaces(&self) -> Result<Vec<(Side, Interface)>, Lack> {
        let cluster = &self.draft.service.cluster;
        let mut own: BTreeMap<IpAddr, Side> = BTreeMap::new();
        for member in self.members {
            let key = (cluster.clone(), member.service.name.clone());
            match self.region.readers.tasks.one(key, Since::ANY).await {
                Known::Seen(tasks) => {
                    let addresses = tasks.iter().flat_map(|t| [&t.ipv4, &t.ipv6]);
                    let addresses = addresses.flatten().filter_map(|a| a.parse().ok());
                    own.extend(addresses.map(|address| (address, member.side)));
                }
                Known::Unknown(why) => return Err(Lack::Unread(why)),
                Known::Absent => {}
            }
        }
        let interfaces = match self.behind(own.keys().copied()).await {
            Known::Seen(all) => all,
            Known::Unknown(why) => return Err(Lack::Unread(why)),
            Known::Absent => Vec::new(),
        };
        let whose = |interface: Interface| {
            let side = interface.addresses.iter().find_map(|a| own.get(a).copied());
            Some((side?, interface))
        };
        Ok(interfaces.into_iter().filter_map(whose).collect())
    }

    /// The interfaces of the VPC that have some addresses.
    async fn behind(&self, addresses: impl Iterator<Item = IpAddr>) -> Known<Vec<Interface>> {
        let wanted: BTreeSet<IpAddr> = addresses.collect();
        let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = wanted.into_iter().partition(IpAddr::is_ipv4);
        let mut found: BTreeMap<String, Interface> = BTreeMap::new();
        for (filter, addresses) in [
            ("addresses.private-ip-address", v4),
            ("ipv6-addresses.ipv6-address", v6),
        ] {
            let addresses: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
            for some in addresses.chunks(MOST) {
                let ask = Ask::default()
                    .filter("vpc-id", [&self.vpc])
                    .filter(filter, some);
                let operation = &call::DESCRIBE_NETWORK_INTERFACES;
                let clients = &self.region.clients;
                match survey::all(clients, operation, &ask, "networkInterfaceSet").await {
                    Ok(items) => found.extend(items.iter().map(read::interface)),
                    Err(error) => return Known::Unknown(why(&error)),
                }
            }
        }
        Known::Seen(found.into_values().collect())
    }

    /// The flow logs of whatever the services' tasks are in.
    async fn logs(&self, own: &[(Side, Interface)]) -> Result<Vec<log::FlowLog>, Lack> {
        let subnets = self.members.iter().flat_map(|m| m.service.subnets.iter());
        let interfaces = own.iter().map(|(_, interface)| &interface.id);
        let resources: BTreeSet<&String> = [&self.vpc]
            .into_iter()
            .chain(subnets)
            .chain(interfaces)
            .collect();
        let resources: Vec<&String> = resources.into_iter().collect();
        let mut logs = Vec::new();
        for some in resources.chunks(MOST) {
            let ask = Ask::default().filter("resource-id", some);
            let operation = &call::DESCRIBE_FLOW_LOGS;
            let items = survey::all(&self.region.clients, operation, &ask, "flowLogSet").await;
            let items = items.map_err(|error| Lack::Unread(why(&error)))?;
            logs.extend(items.iter().map(read::flow_log));
        }
        Ok(logs)
    }

    /// The ports that the services' containers listen on.
    async fn ports(&self) -> BTreeSet<u16> {
        let mut ports = BTreeSet::new();
        for member in self.members {
            ports.extend(member.service.load_balancers.iter().map(|b| b.port));
            let arn = member.service.task_definition.clone();
            if let Known::Seen(definition) =
                self.region.readers.definitions.one(arn, Since::ANY).await
            {
                let definition = definition.document.read();
                ports.extend(containers(&definition).flat_map(read::ports));
            }
        }
        ports
    }
}

fn by_interfaces(own: &[(Side, Interface)]) -> FoundBy {
    FoundBy::Interfaces {
        asked: own.len().min(NAMED),
        of: own.len(),
    }
}

fn by_interface(own: &[(Side, Interface)]) -> Option<Whose> {
    let some = || own.iter().take(NAMED);
    let ids: BTreeMap<String, Side> = some().map(|(side, i)| (i.id.clone(), *side)).collect();
    (!ids.is_empty()).then(|| Whose::Interfaces {
        ids,
        addresses: some()
            .flat_map(|(_, i)| i.addresses.iter().copied())
            .collect(),
    })
}

/// What both queries found.
struct Both {
    rows: Vec<(Way, Row)>,
    scanned: Scanned,
    is_cut: bool,
}

async fn both(
    clients: &Clients,
    log: &log::FlowLog,
    whose: Whose,
    ports: &BTreeSet<u16>,
    since: Timestamp,
    until: Timestamp,
) -> Result<Both, Lack> {
    let mut both = Both {
        rows: Vec::new(),
        scanned: Scanned::default(),
        is_cut: false,
    };
    let text = |way| query::text(&log.format, &whose, ports, way);
    let (out, back) = (text(Way::Out), text(Way::In));
    let (out, back) = tokio::join!(
        ask(clients, log, &out, since, until),
        ask(clients, log, &back, since, until),
    );
    for (way, found) in [(Way::Out, out), (Way::In, back)] {
        let found = found?;
        both.is_cut |= found.rows.len() >= MOST_ROWS;
        both.scanned += found.scanned;
        let rows = found.rows.iter();
        let rows = rows.filter_map(|row| query::row(&log.format, &whose, way, row));
        both.rows.extend(rows.map(|row| (way, row)));
    }
    Ok(both)
}

/// A query may run for an hour; whoever waits at a terminal has gone by then.
const LONGEST: u32 = 180;

/// Everything that a query finds in a flow log's group between two moments.
async fn ask(
    clients: &Clients,
    log: &log::FlowLog,
    query: &str,
    since: Timestamp,
    until: Timestamp,
) -> Result<Found, Lack> {
    let group = log.group();
    let asked = Asked {
        group,
        query,
        since: since.as_second(),
        until: until.as_second(),
        longest: LONGEST,
    };
    let unread = |text: String| Lack::Unread(Why::new(text));
    let found = insights::ask(clients, asked).await;
    found.map_err(|failed| match failed {
        Failed::NoGroup => Lack::NoGroup(log.id.clone(), group.to_owned()),
        Failed::TooOld(error) | Failed::Call(error) => Lack::Unread(why(&error)),
        Failed::Ended(how) => unread(format!("the query of log group {group} ended as {how}")),
        Failed::Late => unread(format!(
            "the query of log group {group} had not ended after {LONGEST} s and was stopped; ask of less time by --since"
        )),
    })
}

/// What was sent and received, side by side.
fn flows(rows: &[(Way, Row)]) -> Vec<Flow> {
    let mut all: BTreeMap<(bool, IpAddr, u16, u8), Flow> = BTreeMap::new();
    for (way, row) in rows {
        let key = (row.side == Side::Ipv6, row.peer, row.port, row.protocol);
        let flow = all.entry(key).or_insert_with(|| Flow {
            side: row.side,
            peer: row.peer,
            port: row.port,
            protocol: row.protocol,
            range: None,
            sent: 0,
            received: 0,
        });
        flow.range = flow.range.take().or_else(|| row.range.clone());
        let count = match way {
            Way::Out => &mut flow.sent,
            Way::In => &mut flow.received,
        };
        *count = count.saturating_add(row.bytes);
    }
    all.into_values().collect()
}
