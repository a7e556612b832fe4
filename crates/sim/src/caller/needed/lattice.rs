//! What a call to VPC Lattice needs: its own action on what it names, and the right to tag what it makes with tags.
//!
//! Source: the service authorization reference of Amazon VPC Lattice.

use super::{Needed, any, plain, text};
use crate::world::lattice::{Lattice, named};
use crate::{Value, world::World};

pub(super) fn needed(world: &World, own: &str, op: &str, input: &Value) -> Vec<Needed> {
    let tags = input.get("tags").fields().iter();
    let tags: Vec<(String, String)> = tags
        .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned())))
        .collect();
    if op.starts_with("Create") {
        // What is made has no ARN yet, but for what is below a service.
        let resource = match (op, text(input, "serviceIdentifier")) {
            ("CreateListener" | "CreateRule", Some(service)) => {
                let listener = text(input, "listenerIdentifier");
                let below = listener.map_or_else(
                    || "listener/*".to_owned(),
                    |l| format!("listener/{}/rule/*", last(&l)),
                );
                world.arn(
                    "vpc-lattice",
                    &format!("service/{}/{below}", last(&service)),
                )
            }
            _ => world.arn("vpc-lattice", &format!("{}/*", made(op))),
        };
        let mut all = vec![plain(own, resource.clone()).asking(&tags)];
        if !tags.is_empty() {
            all.push(plain("vpc-lattice:TagResource", resource).asking(&tags));
        }
        return all;
    }
    let resource = resource(world, input).unwrap_or_else(any);
    let has = world.lattice.tags(&resource);
    let needed = plain(own, resource).on(&has).asking(&tags);
    let removed = input.get("tagKeys").strings();
    let keys = removed.iter();
    vec![keys.fold(needed, |needed, key| needed.with("aws:TagKeys", key))]
}

/// The kind in the ARN of what a call makes.
fn made(op: &str) -> String {
    let kind = op.trim_start_matches("Create");
    kind.to_lowercase()
}

fn last(identifier: &str) -> &str {
    super::last(identifier)
}

/// The ARN of the innermost thing that a request names.
fn resource(world: &World, input: &Value) -> Option<String> {
    let by = |member: &str| text(input, member);
    let Lattice {
        groups,
        services,
        listeners,
        rules,
        networks,
        associations,
        ..
    } = &world.lattice;
    let association = by("serviceNetworkVpcAssociationIdentifier")
        .or_else(|| by("serviceNetworkServiceAssociationIdentifier"));
    let found = by("resourceArn")
        .or_else(|| Some(named(rules, &by("ruleIdentifier")?)?.about.arn.clone()))
        .or_else(|| {
            Some(
                named(listeners, &by("listenerIdentifier")?)?
                    .about
                    .arn
                    .clone(),
            )
        })
        .or_else(|| {
            Some(
                named(groups, &by("targetGroupIdentifier")?)?
                    .about
                    .arn
                    .clone(),
            )
        })
        .or_else(|| Some(named(associations, &association?)?.about.arn.clone()))
        .or_else(|| {
            Some(
                named(services, &by("serviceIdentifier")?)?
                    .about
                    .arn
                    .clone(),
            )
        });
    let network = || {
        let network = named(networks, &by("serviceNetworkIdentifier")?)?;
        Some(network.about.arn.clone())
    };
    // What is gone has the ARN that it had: a request names its id.
    let gone = || {
        let id = by("targetGroupIdentifier")?;
        Some(world.arn("vpc-lattice", &format!("targetgroup/{}", last(&id))))
    };
    found.or_else(network).or_else(gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::{self, Service};
    use crate::wire::from_text;

    #[test]
    fn what_is_made_needs_the_right_to_tag_and_what_is_there_is_judged_by_its_arn_and_tags() {
        let start = "2027-01-15T08:00:00Z".parse().unwrap();
        let mut world = World::new("eu-central-1", "123456789012", start);
        let input = from_text(r#"{"name":"web","tags":{"team":"shop"}}"#);
        let made = needed(&world, "vpc-lattice:CreateService", "CreateService", &input);
        let actions: Vec<&str> = made.iter().map(|n| n.action.as_str()).collect();
        assert_eq!(
            actions,
            ["vpc-lattice:CreateService", "vpc-lattice:TagResource"]
        );
        let any = "arn:aws:vpc-lattice:eu-central-1:123456789012:service/*";
        assert!(made.iter().all(|n| n.resource == any));
        let answer = services::call(&mut world, Service::Lattice, "CreateService", &input);
        let answer = answer.unwrap();
        let id = answer.get("id").as_str().unwrap();
        let named = from_text(&format!(r#"{{"serviceIdentifier":"{id}"}}"#));
        let of = |op: &str| needed(&world, op, op, &named);
        let there = of("DeleteService");
        assert_eq!(Some(there[0].resource.as_str()), answer.get("arn").as_str());
        let tag = ("aws:ResourceTag/team".to_owned(), "shop".to_owned());
        assert_eq!(there[0].context, [tag]);
        let below = of("CreateListener");
        assert_eq!(
            below[0].resource,
            any.replace('*', &format!("{id}/listener/*"))
        );
    }
}
