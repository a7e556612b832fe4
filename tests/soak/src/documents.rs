//! What AWS keeps, as documents to compare: configuration alone, nothing that changes by itself.

use std::collections::BTreeMap;

use sixshift_sim::Value;
use sixshift_sim::world::World;
use sixshift_sim::world::ecs::Service;
use sixshift_sim::world::elb::{Rule, TargetGroup};
use sixshift_sim::world::scaling::Target;

/// Documents by kind and name, such as `group arn:…`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Documents(pub(crate) BTreeMap<String, Value>);

impl Documents {
    pub(crate) fn read(world: &World) -> Self {
        let mut kept = Self::default();
        kept.balancing(world);
        kept.services(world);
        for (resource, target) in world.scaling.all() {
            kept.scaling(resource, target);
        }
        kept
    }

    /// The documents that differ, with what each was and is.
    pub(crate) fn against<'a>(
        &'a self,
        after: &'a Self,
    ) -> impl Iterator<Item = (&'a str, Option<&'a Value>, Option<&'a Value>)> {
        let gone = self.0.keys();
        let new = after.0.keys().filter(|key| !self.0.contains_key(*key));
        let both = gone
            .chain(new)
            .map(|key| (key.as_str(), self.0.get(key), after.0.get(key)));
        both.filter(|(_, was, is)| was != is)
    }

    fn balancing(&mut self, world: &World) {
        for rule in world.elb.rules.values() {
            self.put("rule", &rule.arn, of_rule(rule));
        }
        for listener in world.elb.listeners.values() {
            let value = Value::map([
                ("port", Value::from(listener.port)),
                ("protocol", listener.protocol.as_str().into()),
                ("given", listener.given.clone()),
                ("attributes", map(&listener.attributes)),
                ("tags", tags(&listener.tags)),
            ]);
            self.put("listener", &listener.arn, value);
        }
        for balancer in world.elb.load_balancers.values() {
            let value = Value::map([
                ("type", Value::from(balancer.ip_address_type.as_str())),
                ("attributes", map(&balancer.attributes)),
                ("tags", tags(&balancer.tags)),
                ("groups", Value::list(balancer.security_groups.clone())),
            ]);
            self.put("balancer", &balancer.arn, value);
        }
        for group in world.elb.target_groups.values() {
            self.put("group", &group.arn, of_group(group));
        }
    }

    fn services(&mut self, world: &World) {
        for service in world.ecs.services.values() {
            if service.is_active() {
                self.put("service", &service.name, of_service(service));
            }
        }
        for (family, revisions) in &world.ecs.task_definitions {
            let standing = revisions.iter().map(|r| r.standing.as_str());
            self.put("family", family, Value::list(standing));
        }
    }

    fn scaling(&mut self, resource: &str, target: &Target) {
        let value = Value::map([
            ("min", Value::from(target.min)),
            ("max", target.max.into()),
            ("in", target.suspended.scale_in.into()),
            ("out", target.suspended.scale_out.into()),
            ("scheduled", target.suspended.scheduled.into()),
            ("tags", map(&target.tags)),
        ]);
        self.put("scaling", resource, value);
        for (name, policy) in &target.policies {
            self.put(
                "policy",
                &format!("{resource} {name}"),
                policy.given.clone(),
            );
        }
        for (name, action) in &target.schedules {
            self.put(
                "schedule",
                &format!("{resource} {name}"),
                action.given.clone(),
            );
        }
    }

    fn put(&mut self, kind: &str, name: &str, value: Value) {
        self.0.insert(format!("{kind} {name}"), value);
    }

    /// A document by its kind and name.
    pub(crate) fn of(&self, kind: &str, name: &str) -> Option<&Value> {
        self.0.get(&format!("{kind} {name}"))
    }

    /// The same; null where there is none.
    pub(crate) fn get(&self, kind: &str, name: &str) -> &Value {
        const NONE: &Value = &Value::Null;
        self.of(kind, name).unwrap_or(NONE)
    }
}

fn of_rule(rule: &Rule) -> Value {
    Value::map([
        ("priority", rule.priority.map_or(Value::Null, Value::from)),
        ("conditions", Value::List(rule.conditions.clone())),
        ("actions", Value::List(rule.actions.clone())),
        ("transforms", Value::List(rule.transforms.clone())),
        ("tags", tags(&rule.tags)),
    ])
}

fn of_group(group: &TargetGroup) -> Value {
    Value::map([
        ("spec", group.spec.clone()),
        ("attributes", map(&group.attributes)),
        ("tags", tags(&group.tags)),
    ])
}

fn of_service(service: &Service) -> Value {
    let spec = service.spec.fields().iter();
    let spec = spec.filter(|(key, _)| key != "desiredCount" && key != "tags");
    Value::map([
        ("spec", Value::Map(spec.cloned().collect())),
        ("desired", service.desired.into()),
        ("tags", tags(&service.tags)),
    ])
}

fn tags(tags: &[(String, String)]) -> Value {
    let mut sorted = tags.to_vec();
    sorted.sort();
    Value::map(
        sorted
            .into_iter()
            .map(|(key, value)| (key, Value::from(value))),
    )
}

fn map(fields: &BTreeMap<String, String>) -> Value {
    Value::map(
        fields
            .iter()
            .map(|(key, value)| (key.as_str(), Value::from(value.as_str()))),
    )
}
