//! Services of which the region keeps documents, and to which nothing happens by itself: a file a service, a table of what
//! each operation does with which kind of document.
//!
//! What belongs here: making, telling, changing and removing of documents as all these services do it. What must not: a kind's
//! own members, or what follows for tasks and traffic, which read the documents.

mod discovery;
mod ecr;
mod efs;
mod elasticache;
mod iam;
mod logs;
mod rds;
pub(crate) mod s3;
mod waf;

use super::{AwsError, Service, paging};
use crate::{Value, contract, world::World, world::rng};

/// A kind of document.
struct Kind {
    /// The shape of one in the service's model, by which it is kept. Without such a shape every member is kept.
    shape: &'static str,
    /// The member that tells one from another.
    key: &'static str,
    /// What is answered where there is none.
    absent: (&'static str, u16),
    /// What is answered where there is one already.
    taken: (&'static str, u16),
}

/// What a document has beside what the request says of it, or why it is not made.
type Fill = fn(&mut World, &Value, &mut Value) -> Result<(), AwsError>;

/// What an operation does.
enum Does {
    /// Makes a document of the request's members. The answer has it under a name, or is it.
    Makes(&'static Kind, Fill, &'static str),
    /// Tells those documents that the pairs select, of a member of the request and one of the document: what the first pair
    /// names has to be there.
    Tells(
        &'static Kind,
        &'static [(&'static str, &'static str)],
        &'static str,
    ),
    /// Tells the one that a member of the request names.
    TellsOne(&'static Kind, &'static str, &'static str),
    /// Sets what the request says.
    Changes(&'static Kind, &'static str, Fill, &'static str),
    /// Removes the one that a member of the request names.
    Removes(&'static Kind, &'static str, &'static str),
    /// Something of its own.
    Own(fn(&mut World, &Value) -> Result<Value, AwsError>),
}

/// How a service turns pages.
struct Paging {
    /// The token's name in the request and in the answer.
    token: (&'static str, &'static str),
    /// The name of the size, and the size where none is asked for.
    size: (&'static str, usize),
}

/// Runs one operation.
///
/// # Errors
/// What AWS refuses.
pub(super) fn call(
    world: &mut World,
    service: Service,
    op: &str,
    input: &Value,
) -> Result<Value, AwsError> {
    let (does, paging) = match service {
        Service::Ecr => (ecr::does(op), &ecr::PAGING),
        Service::Efs => (efs::does(op), &efs::PAGING),
        Service::ElastiCache => (elasticache::does(op), &elasticache::PAGING),
        Service::Iam => (iam::does(op), &iam::PAGING),
        Service::Logs => (logs::does(op), &logs::PAGING),
        Service::Rds => (rds::does(op), &rds::PAGING),
        Service::S3 => (s3::does(op), &s3::PAGING),
        Service::ServiceDiscovery => (discovery::does(op), &discovery::PAGING),
        _ => (waf::does(op), &waf::PAGING),
    };
    let does = does.ok_or_else(|| AwsError::unknown_operation(op))?;
    let answer = match does {
        Does::Makes(kind, fill, under) => {
            under_name(make(world, service, kind, fill, input)?, under)
        }
        Does::Tells(kind, by, under) => tell(world, kind, by, under, paging, input, service)?,
        Does::TellsOne(kind, by, under) => {
            under_name(one(world, kind, named(input, by))?.clone(), under)
        }
        Does::Changes(kind, by, fill, under) => {
            let id = named(input, by).to_owned();
            let mut document = one(world, kind, &id)?.clone();
            let given = contract::fitted(service, kind.shape, input.clone());
            for (name, value) in given.fields() {
                document.set(name, value.clone());
            }
            fill(world, input, &mut document)?;
            if let Some(kept) = world.shelf.find_mut(kind.shape, kind.key, &id) {
                kept.clone_from(&document);
            }
            under_name(document, under)
        }
        Does::Removes(kind, by, under) => {
            let id = named(input, by);
            let document = one(world, kind, id)?.clone();
            world
                .shelf
                .retain(kind.shape, |d| d.get(kind.key).as_str() != Some(id));
            under_name(document, under)
        }
        Does::Own(does) => does(world, input)?,
    };
    Ok(contract::answered(service, op, answer))
}

fn under_name(document: Value, under: &str) -> Value {
    match under {
        "" => document,
        _ => Value::map([(under, document)]),
    }
}

fn named<'v>(input: &'v Value, by: &str) -> &'v str {
    input.get(by).as_str().unwrap_or_default()
}

/// The document of a kind that an id names.
fn one<'w>(world: &'w World, kind: &Kind, id: &str) -> Result<&'w Value, AwsError> {
    world
        .shelf
        .find(kind.shape, kind.key, id)
        .ok_or_else(|| absent(kind, id))
}

fn absent(kind: &Kind, id: &str) -> AwsError {
    let message = format!("{} '{id}' does not exist.", kind.shape);
    AwsError::new(kind.absent.0, message).with_status(kind.absent.1)
}

fn make(
    world: &mut World,
    service: Service,
    kind: &'static Kind,
    fill: Fill,
    input: &Value,
) -> Result<Value, AwsError> {
    let mut document = contract::fitted(service, kind.shape, input.clone());
    fill(world, input, &mut document)?;
    let id = named(&document, kind.key);
    if world.shelf.find(kind.shape, kind.key, id).is_some() {
        let message = format!("{} '{id}' already exists.", kind.shape);
        return Err(AwsError::new(kind.taken.0, message).with_status(kind.taken.1));
    }
    world.shelf.put(kind.shape, document.clone());
    Ok(document)
}

fn tell(
    world: &World,
    kind: &'static Kind,
    by: &[(&str, &str)],
    under: &'static str,
    paging: &Paging,
    input: &Value,
    service: Service,
) -> Result<Value, AwsError> {
    let all = world.shelf.all(kind.shape);
    let mut found: Vec<&Value> = all.iter().collect();
    for (place, (asked, held)) in by.iter().enumerate() {
        let wanted: Vec<String> = match input.get(asked) {
            Value::Str(one) => vec![one.clone()],
            many => many.strings(),
        };
        if wanted.is_empty() {
            continue;
        }
        let has = |d: &Value, id: &str| d.get(held).as_str() == Some(id);
        if let Some(id) = wanted
            .iter()
            .find(|id| place == 0 && !all.iter().any(|d| has(d, id)))
        {
            return Err(absent(kind, id));
        }
        found.retain(|d| wanted.iter().any(|id| has(d, id)));
    }
    let (size, usual) = paging.size;
    let size = input
        .get(size)
        .as_i64()
        .map_or(usual, |n| n.max(1) as usize);
    let (token, next) = paging.token;
    let bad = || AwsError::new(service.invalid(), "The pagination token is not valid.");
    let found = found.into_iter().cloned().collect();
    let (page, more) = paging::page(found, input.get(token), size, bad)?;
    Ok(Value::map([
        (under, Value::List(page)),
        ("IsTruncated", (!more.is_null()).into()),
        (next, more),
    ]))
}

/// Sets members.
fn set<const N: usize>(document: &mut Value, members: [(&str, Value); N]) {
    for (name, value) in members {
        if !value.is_null() {
            document.set(name, value);
        }
    }
}

/// An identifier of hexadecimal digits that no other has.
fn id(world: &mut World, prefix: &str, length: usize) -> String {
    let count = world.next_id();
    format!("{prefix}{}", rng::hex(world.seed, prefix, count, length))
}

/// The subnets that are named, as a group of them: the VPC, and whether each has IPv4 and each IPv6.
struct Subnets {
    vpc: String,
    ipv4: bool,
    ipv6: bool,
}

fn subnets(world: &World, ids: &[String], code: &str) -> Result<Subnets, AwsError> {
    let refuse = |message: String| AwsError::new(code, message);
    let mut found = Vec::new();
    for id in ids {
        let subnet = world.network.subnet(id);
        found.push(subnet.ok_or_else(|| refuse(format!("The subnet ID '{id}' does not exist")))?);
    }
    let vpc = found.first().map(|s| s.vpc.clone()).unwrap_or_default();
    if found.iter().any(|s| s.vpc != vpc) {
        return Err(refuse("The subnets are not of one VPC.".to_owned()));
    }
    Ok(Subnets {
        vpc,
        ipv4: found.iter().all(|s| s.ipv4_cidr.is_some()),
        ipv6: found.iter().all(|s| s.ipv6_cidr.is_some()),
    })
}
