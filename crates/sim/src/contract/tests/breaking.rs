//! For each constraint of each input: a request that is fine but for it.

use std::collections::BTreeSet;

use super::super::table::{self, Limits, Member, Shape, Shapes};
use super::super::{Newer, operations, pattern, read};
use crate::Value;
use crate::services::{AwsError, Service};

/// Lists longer than this are not made.
const LONGEST: i64 = 2_000;
/// Texts of which one matches each pattern there is.
const TEXTS: &[&str] = &[
    "a",
    "2",
    "200",
    "HTTP",
    "1.0",
    "default",
    "Average",
    "ipam-pool-a",
    "ipv4pool-coip-a",
    "arn:aws:cloudwatch:eu-central-1:123456789012:dataset/default",
    "arn:aws:kms:eu-central-1:123456789012:key/0a",
    "arn:aws:application-autoscaling:eu-central-1:1:scalable-target/a",
    "123456789012",
    "/",
    "a:",
    "v1",
    "192.0.2.100",
    "01234567-89ab-cdef-0123-456789abcdef",
    "fs-01234567",
    "fsap-01234567",
    "fsmt-01234567",
    "sg-01234567",
    "subnet-01234567",
    "arn:aws:iam::123456789012:role/a",
    "arn:aws:backup:eu-central-1:123456789012:recovery-point:a",
    "arn:aws:payments::123456789012:connectedaccount/a-abcdef",
    "listener-0123456789abcdef0",
    "rule-0123456789abcdef0",
    "sn-0123456789abcdef0",
    "snsa-0123456789abcdef0",
    "snva-0123456789abcdef0",
    "svc-0123456789abcdef0",
    "tg-0123456789abcdef0",
    "vpc-01234567",
    "arn:aws:vpc-lattice:eu-central-1:123456789012:service/svc-0123456789abcdef0",
];
/// Texts of which one breaks each pattern that can be broken.
const BROKEN: &[&str] = &["\u{7}", "🙂", ":", "a\u{7}", "\u{fffe}"];

struct Breaker {
    service: Service,
    op: &'static str,
    shapes: &'static Shapes,
    /// Each shape is broken once a service, where it is first met.
    seen: BTreeSet<&'static str>,
    broken: usize,
}

/// Makes the whole input from the value at one place of it.
type Whole<'a> = &'a dyn Fn(Value) -> Value;

#[test]
fn each_constraint_of_each_input_is_refused_for_itself() {
    let mut broken = 0;
    for service in Service::ALL {
        let mut breaker = Breaker {
            service,
            op: "",
            shapes: table::of(service),
            seen: BTreeSet::new(),
            broken: 0,
        };
        for op in operations(service) {
            breaker.op = op;
            let Some(input) = table::of(service).operation(op).unwrap().input else {
                continue;
            };
            let fine = breaker.least(input);
            read(service, op, &fine, &Newer::new()).unwrap_or_else(|e| panic!("{op}: {e}"));
            breaker.visit(input, &|value| value);
        }
        broken += breaker.broken;
    }
    assert!(broken > 2_500, "only {broken} constraints were broken");
}

impl Breaker {
    /// The least that a shape allows.
    fn least(&self, name: &str) -> Value {
        match self.shapes.shape(name) {
            Shape::Structure { members, union } => {
                let wanted = |i: usize, m: &Member| m.required || (*union && i == 0);
                let members = members.iter().enumerate().filter(|(i, m)| wanted(*i, m));
                Value::map(members.map(|(_, m)| (m.input, self.least(m.shape))))
            }
            Shape::List { of, sizes, .. } => {
                let size = sizes.least.unwrap_or(0);
                Value::List((0..size).map(|_| self.least(of)).collect())
            }
            Shape::Map { key, value, sizes } => match sizes.least {
                Some(1..) => {
                    let key = self.least(key);
                    Value::map([(key.as_str().unwrap(), self.least(value))])
                }
                _ => Value::Map(Vec::new()),
            },
            Shape::Text { lengths, pattern } => Value::from(text(*lengths, *pattern)),
            Shape::OneOf(values) => Value::from(values[0]),
            Shape::Integer { range, .. } => {
                Value::Int(range.least.or(range.most).unwrap_or_default())
            }
            Shape::Number { range } => Value::Float(range.least.unwrap_or_default() as f64),
            Shape::Boolean => Value::Bool(true),
            Shape::Moment => Value::Time("2027-01-15T08:00:00Z".parse().unwrap()),
            Shape::Blob { .. } => Value::Blob(vec![0]),
            Shape::Anything => Value::Map(Vec::new()),
        }
    }

    fn visit(&mut self, name: &'static str, whole: Whole<'_>) {
        if !self.seen.insert(name) {
            return;
        }
        match self.shapes.shape(name) {
            Shape::Structure { members, .. } => self.structure(name, members, whole),
            Shape::List { of, sizes, .. } => {
                self.sizes(of, *sizes, whole);
                self.refused(
                    "a text for a list",
                    whole(Value::from("a text")),
                    &Broken::Type,
                );
                let (of, least) = (*of, sizes.least.unwrap_or(1).max(1));
                let other = self.least(of);
                self.visit(of, &|value| {
                    let mut items = vec![other.clone(); least as usize];
                    items[0] = value;
                    whole(Value::List(items))
                });
            }
            Shape::Map { key, value, .. } => {
                let key = self.least(key);
                let key = key.as_str().unwrap();
                self.visit(value, &|value| whole(Value::map([(key, value)])));
            }
            scalar => self.scalar(name, scalar, whole),
        }
    }

    fn structure(&mut self, name: &'static str, members: &'static [Member], whole: Whole<'_>) {
        let fine = self.least(name);
        let without = |gone: &str| {
            let left = fine.fields().iter().filter(|(field, _)| field != gone);
            Value::Map(left.cloned().collect())
        };
        for member in members {
            if member.required {
                let what = format!("{name} without {}", member.input);
                self.refused(&what, whole(without(member.input)), &Broken::Missing);
            }
            let union = matches!(
                self.shapes.shape(name),
                Shape::Structure { union: true, .. }
            );
            self.visit(member.shape, &|value| {
                let mut around = if union {
                    Value::Map(Vec::new())
                } else {
                    fine.clone()
                };
                around.set(member.input, value);
                whole(around)
            });
        }
        let mut more = fine.clone();
        more.set("NoSuchMember", Value::from("a"));
        self.refused(
            &format!("{name} with one more"),
            whole(more),
            &Broken::Unknown,
        );
        let wrong = Value::list(["a"]);
        self.refused(&format!("a list for {name}"), whole(wrong), &Broken::Type);
    }

    fn sizes(&mut self, of: &'static str, sizes: Limits, whole: Whole<'_>) {
        let item = self.least(of);
        let list = |size: i64| Value::List(vec![item.clone(); size as usize]);
        if let Some(least) = sizes.least.filter(|least| *least > 0) {
            self.refused("too few", whole(list(least - 1)), &Broken::Size);
        }
        if let Some(most) = sizes.most.filter(|most| *most < LONGEST) {
            self.refused("too many", whole(list(most + 1)), &Broken::Size);
        }
    }

    fn scalar(&mut self, name: &'static str, shape: &'static Shape, whole: Whole<'_>) {
        if *shape == Shape::Anything {
            return;
        }
        let nested = Value::map([("a", Value::from("b"))]);
        self.refused(
            &format!("a structure for {name}"),
            whole(nested),
            &Broken::Type,
        );
        let bounded = |value| whole(value);
        match shape {
            Shape::Text { lengths, pattern } => {
                if let Some(least) = lengths.least.filter(|least| *least > 0) {
                    let short = "a".repeat(least as usize - 1);
                    self.refused(name, bounded(Value::from(short)), &Broken::Bound);
                }
                if let Some(most) = lengths.most {
                    let long = "a".repeat(most as usize + 1);
                    self.refused(name, bounded(Value::from(long)), &Broken::Bound);
                }
                if let Some(pattern) = pattern {
                    let breaks = |text: &&&str| !pattern::matches(pattern, text);
                    if let Some(broken) = BROKEN.iter().find(breaks) {
                        self.refused(name, bounded(Value::from(*broken)), &Broken::Bound);
                    }
                }
            }
            Shape::OneOf(_) => {
                self.refused(name, bounded(Value::from("no such value")), &Broken::Bound);
            }
            Shape::Integer { range, .. } | Shape::Number { range } => {
                if let Some(least) = range.least {
                    self.refused(name, bounded(Value::Int(least - 1)), &Broken::Bound);
                }
                if let Some(most) = range.most.filter(|most| *most < i64::from(i32::MAX)) {
                    self.refused(name, bounded(Value::Int(most + 1)), &Broken::Bound);
                }
            }
            _ => {}
        }
    }

    fn refused(&mut self, what: &str, input: Value, broken: &Broken) {
        let (service, op) = (self.service, self.op);
        let outcome = read(service, op, &input, &Newer::new());
        let Err(AwsError { code, message, .. }) = outcome else {
            panic!("{op} takes {what}: {input:?}");
        };
        let expected = broken.codes(service);
        assert!(
            expected.contains(&code.as_str()),
            "{op}, {what}: {code}: {message}, not {expected:?}"
        );
        self.broken += 1;
    }
}

/// What is wrong with a request.
enum Broken {
    Missing,
    Unknown,
    Type,
    Size,
    Bound,
}

impl Broken {
    /// The codes that a service has for it.
    fn codes(&self, service: Service) -> &'static [&'static str] {
        match (service, self) {
            (Service::Elbv2 | Service::Sts | Service::Iam, _) => &["ValidationError"],
            (Service::Efs, _) => &["BadRequest"],
            (Service::S3, _) => &["InvalidRequest"],
            (Service::Lattice, _) => &["ValidationException"],
            (
                Service::Ec2 | Service::CloudWatch | Service::Rds | Service::ElastiCache,
                Self::Missing,
            ) => &["MissingParameter"],
            (Service::Rds | Service::ElastiCache, _) => &["InvalidParameterValue"],
            (Service::Ec2, Self::Unknown) => &["UnknownParameter"],
            (Service::Ec2, _) => &["InvalidParameterValue"],
            (Service::CloudWatch, Self::Type) => {
                &["SerializationException", "InvalidParameterValue"]
            }
            (_, Self::Unknown | Self::Type) => &["SerializationException"],
            (Service::CloudWatch, _) => &["ValidationError", "InvalidParameterValue"],
            (Service::Ecs, _) => &["InvalidParameterException", "ClientException"],
            (Service::AutoScaling, _) => &["ValidationException"],
            (Service::Ecr | Service::Logs, _) => &["InvalidParameterException"],
            (Service::ServiceDiscovery, _) => &["InvalidInput"],
            (Service::Waf, _) => &["WAFInvalidParameterException"],
            (Service::Quotas, _) => &["IllegalArgumentException"],
        }
    }
}

fn text(lengths: Limits, wanted: Option<&'static str>) -> String {
    let least = lengths.least.unwrap_or(0).max(1) as usize;
    let long = "a".repeat(least);
    let fits = |text: &str| {
        let length = text.len() as i64;
        wanted.is_none_or(|p| pattern::matches(p, text))
            && lengths.least.is_none_or(|least| length >= least)
            && lengths.most.is_none_or(|most| length <= most)
    };
    std::iter::once(long.as_str())
        .chain(TEXTS.iter().copied())
        .find(|text| fits(text))
        .unwrap_or_else(|| panic!("no text matches {wanted:?} {lengths:?}"))
        .to_owned()
}
