//! Edits of target groups and their targets.

use sixshift_core::names::tag;
use sixshift_core::share::Share;
use sixshift_sim::Value;
use sixshift_sim::services::Service;
use sixshift_sim::world::World;
use sixshift_sim::world::elb::TargetState;

use super::{Done, Whose, routes};
use crate::aws::call;
use crate::dice::Dice;
use crate::sides;
use crate::world::Subject;

/// Every tag, ours to find it by included.
pub(super) fn tags_removed(world: &mut World, _: &Subject, _: &mut Dice) -> Done {
    untag(world, |_| true)
}

pub(super) fn tag_removed(world: &mut World, _: &Subject, dice: &mut Dice) -> Done {
    let keys = tags_of_twin(world);
    if keys.is_empty() {
        return Ok(None);
    }
    let one = dice.pick(&keys).clone();
    untag(world, |key| key == one)
}

/// Somebody writes the share that the routes have onto our target group, as asked.
pub(crate) fn note(world: &mut World, share: Share) -> Done {
    let Some(arn) = sides::twin_group(world) else {
        return Ok(None);
    };
    let text = share.basis_points().to_string();
    let tag = Value::map([("Key", Value::from(tag::SHARE)), ("Value", text.into())]);
    let fields = [
        ("ResourceArns", Value::list([arn])),
        ("Tags", Value::list([tag])),
    ];
    call(world, Service::Elbv2, "AddTags", fields)?;
    Ok(Some(format!("noted {share} on the IPv6 group, as asked")))
}

/// What was noted of how the team had it; what it is found by stays.
pub(super) fn notes_removed(world: &mut World, _: &Subject, _: &mut Dice) -> Done {
    const NOTES: [&str; 3] = ["scaling-before", "desired-before", "routes"];
    untag(world, |key| {
        let ours = key.strip_prefix("sixshift:");
        ours.is_some_and(|key| NOTES.contains(&key))
    })
}

fn tags_of_twin(world: &World) -> Vec<String> {
    let group = sides::twin_group(world).and_then(|arn| world.elb.target_groups.get(&arn));
    let tags = group.map(|g| g.tags.as_slice()).unwrap_or_default();
    tags.iter().map(|(key, _)| key.clone()).collect()
}

fn untag(world: &mut World, goes: impl Fn(&str) -> bool) -> Done {
    let mut gone = tags_of_twin(world);
    gone.retain(|key| goes(key));
    let Some(arn) = sides::twin_group(world).filter(|_| !gone.is_empty()) else {
        return Ok(None);
    };
    let fields = [
        ("ResourceArns", Value::list([arn.as_str()])),
        ("TagKeys", Value::list(gone.iter().map(String::as_str))),
    ];
    call(world, Service::Elbv2, "RemoveTags", fields)?;
    Ok(Some(format!(
        "removed the tags {} of the IPv6 group",
        gone.join(", ")
    )))
}

pub(super) fn attributes(
    world: &mut World,
    subject: &Subject,
    dice: &mut Dice,
    whose: Whose,
) -> Done {
    let Some((arn, name)) = whose.group(world, subject) else {
        return Ok(None);
    };
    let (key, value) = *dice.pick(&[
        ("deregistration_delay.timeout_seconds", "5"),
        ("slow_start.duration_seconds", "45"),
        ("load_balancing.cross_zone.enabled", "false"),
    ]);
    let pair = Value::map([("Key", Value::from(key)), ("Value", value.into())]);
    let fields = [
        ("TargetGroupArn", Value::from(arn)),
        ("Attributes", Value::list([pair])),
    ];
    call(world, Service::Elbv2, "ModifyTargetGroupAttributes", fields)?;
    Ok(Some(format!("set {key} of {name} to {value}")))
}

pub(super) fn checks(world: &mut World, subject: &Subject, whose: Whose) -> Done {
    let Some((arn, name)) = whose.group(world, subject) else {
        return Ok(None);
    };
    let fields = [
        ("TargetGroupArn", Value::from(arn)),
        ("HealthCheckPath", "/ready".into()),
        ("HealthyThresholdCount", 3_i64.into()),
    ];
    call(world, Service::Elbv2, "ModifyTargetGroup", fields)?;
    Ok(Some(format!("set another health check of {name}")))
}

/// Whoever deletes a group takes it out of its routes first: AWS refuses otherwise.
pub(super) fn deleted(world: &mut World, subject: &Subject, dice: &mut Dice) -> Done {
    let Some(arn) = sides::twin_group(world) else {
        return Ok(None);
    };
    routes::ipv4_alone(world, subject, dice)?;
    let of = [("TargetGroupArn", Value::from(arn))];
    call(world, Service::Elbv2, "DeleteTargetGroup", of)?;
    Ok(Some("deleted the IPv6 group".to_owned()))
}

pub(super) fn targets_deregistered(world: &mut World, subject: &Subject, whose: Whose) -> Done {
    let Some((arn, name)) = whose.group(world, subject) else {
        return Ok(None);
    };
    let group = world.elb.target_groups.get(&arn);
    let targets = group.map(|g| g.targets.clone()).unwrap_or_default();
    let targets = targets.iter().filter(|t| t.state != TargetState::Draining);
    let targets: Vec<Value> = targets
        .map(|t| Value::map([("Id", Value::from(t.id.as_str())), ("Port", t.port.into())]))
        .collect();
    if targets.is_empty() {
        return Ok(None);
    }
    let said = format!("deregistered {} targets of {name}", targets.len());
    let fields = [
        ("TargetGroupArn", Value::from(arn)),
        ("Targets", Value::List(targets)),
    ];
    call(world, Service::Elbv2, "DeregisterTargets", fields)?;
    Ok(Some(said))
}
