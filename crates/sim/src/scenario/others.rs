//! Who else acts in a scenario: pipelines, people on call, infrastructure code, customers.
//!
//! What belongs here: who does what, and when. What must not: how an application behaves by itself ([`super::catalogue`]).

use jiff::{SignedDuration, Timestamp};

use super::alarms::put_alarm;
use super::region::{Ground, allow, security_group};
use super::{BuiltService, HISTORY, ScenarioError};
use crate::Value;
use crate::services::{Service, system_tags};
use crate::world::behaviour::Family;
use crate::world::script::{Act, Actor, Gauge, Trigger};

pub(super) fn others_act(
    ground: &mut Ground,
    built: &mut BuiltService,
) -> Result<(), ScenarioError> {
    let name = built.name.clone();
    let at_a_tenth = |minutes: i64| Trigger::Ipv6Share {
        service: name.clone(),
        at_least: 0.1,
        lasting: SignedDuration::from_mins(minutes),
    };
    let all_for = |minutes: i64| Trigger::Ipv6Share {
        service: name.clone(),
        at_least: 1.0,
        lasting: SignedDuration::from_mins(minutes),
    };
    match built.scenario.as_str() {
        "mended-later" => mended_later(ground, built)?,
        "deploy-midway" | "bad-revision" => ground.world.add_actor(Actor {
            name: format!("the pipeline of {name}"),
            trigger: at_a_tenth(2),
            act: Act::Deploy {
                cluster: built.cluster.clone(),
                service: name.clone(),
                tag: "v2".to_owned(),
            },
        }),
        "outside-edit" => {
            let first = format!("somebody on call for {name}");
            ground.world.add_actor(Actor {
                name: first.clone(),
                trigger: at_a_tenth(2),
                act: Act::Ipv6Weight {
                    service: name.clone(),
                    percent: 0,
                },
            });
            ground.world.add_actor(Actor {
                name: format!("somebody else on call for {name}"),
                trigger: Trigger::After {
                    actor: first,
                    delay: SignedDuration::from_mins(10),
                },
                act: Act::Ipv6Weight {
                    service: name.clone(),
                    percent: 100,
                },
            });
        }
        "iac-reapply" => {
            in_a_stack(ground, built)?;
            ground.world.add_actor(Actor {
                name: format!("the infrastructure code of {name}"),
                trigger: all_for(75),
                act: Act::ForwardToIpv4 {
                    service: name.clone(),
                },
            });
        }
        "twin-deleted" => ground.world.add_actor(Actor {
            name: format!("somebody who cleans up beside {name}"),
            trigger: at_a_tenth(3),
            act: Act::DeleteTwin {
                service: name.clone(),
            },
        }),
        "stuck-deploy" => ground.world.add_actor(Actor {
            name: format!("the pipeline of {name}"),
            trigger: all_for(10),
            act: Act::Deploy {
                cluster: built.cluster.clone(),
                service: name.clone(),
                tag: "v2".to_owned(),
            },
        }),
        "ipv4-sick" => ground.world.add_actor(Actor {
            name: format!("a dependency of {name} that IPv4 alone needs"),
            trigger: at_a_tenth(3),
            act: Act::FallSilent {
                image: format!("{name}:v1"),
                family: Family::V4,
            },
        }),
        "growing-load" => grow(ground, &name),
        "alarm" | "grpc" => {
            let alarm = format!("{name}-orders-failed");
            put_alarm(ground, &alarm, &name)?;
            ground.world.add_gauge(Gauge {
                service: name.clone(),
                namespace: "Shop".to_owned(),
                name: format!("{name}.OrdersFailed"),
                normal: 0.0,
                raised: 25.0,
                from_share: 0.1,
            });
            built.alarms.push(alarm);
        }
        _ => {}
    }
    Ok(())
}

/// CloudFormation made the service, what it runs and what leads to it.
fn in_a_stack(ground: &mut Ground, built: &BuiltService) -> Result<(), ScenarioError> {
    let ecs = &ground.world.ecs;
    let service = ecs.service(&built.cluster, &built.name);
    let service = service.map(|s| s.arn.clone()).unwrap_or_default();
    // Its family has its name.
    let definition = ecs.task_definition(&built.name);
    let definition = definition.map(|d| d.arn.clone()).unwrap_or_default();
    let things = [
        (service.as_str(), "Service"),
        (definition.as_str(), "TaskDefinition"),
        (&built.target_group, "TargetGroup"),
    ];
    let routes = built.routes.iter().map(|arn| (arn.as_str(), "Listener"));
    let stack = format!("{}-prod", built.name);
    let op = "CreateStack";
    system_tags::put_stack(&mut ground.world, &stack, things.into_iter().chain(routes))
        .map_err(|source| ScenarioError::Refused { op, source })
}

/// The security group that the twin is to have knows IPv4 only. Some minutes after the start, when targets have failed
/// their checks, somebody lets IPv6 in.
fn mended_later(ground: &mut Ground, built: &mut BuiltService) -> Result<(), ScenarioError> {
    let vpc = ground.vpc.clone();
    let group = security_group(&mut ground.world, &vpc, &format!("{}-tasks", built.name))?;
    let range = |list: &'static str, key: &'static str, block: &str| {
        (list, Value::list([Value::map([(key, Value::from(block))])]))
    };
    let ipv4 = vec![range("IpRanges", "CidrIp", "10.0.0.0/16")];
    allow(&mut ground.world, &group, 8080, ipv4)?;
    built.security_groups = vec![group.clone()];
    let (list, ranges) = range("Ipv6Ranges", "CidrIpv6", "::/0");
    let permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", 8080_i64.into()),
        ("ToPort", 8080_i64.into()),
        (list, ranges),
    ]);
    let later = HISTORY
        .checked_add(SignedDuration::from_mins(12))
        .unwrap_or(HISTORY);
    let at = ground.world.now().checked_add(later);
    ground.world.add_actor(Actor {
        name: format!("somebody of the network of {}", built.name),
        trigger: Trigger::At(at.unwrap_or(Timestamp::MAX)),
        act: Act::Call {
            service: Service::Ec2,
            op: "AuthorizeSecurityGroupIngress".to_owned(),
            input: Value::map([
                ("GroupId", Value::from(group)),
                ("IpPermissions", Value::list([permission])),
            ]),
        },
    });
    Ok(())
}

/// Customers grow by a third five times, twenty minutes apart, once all of them are on IPv6.
fn grow(ground: &mut Ground, service: &str) {
    let step = |number: usize| format!("more customers ({number})");
    for number in 1..=5 {
        let trigger = match number {
            1 => Trigger::Ipv6Share {
                service: service.to_owned(),
                at_least: 1.0,
                lasting: SignedDuration::from_mins(30),
            },
            _ => Trigger::After {
                actor: step(number - 1),
                delay: SignedDuration::from_mins(20),
            },
        };
        ground.world.add_actor(Actor {
            name: step(number),
            trigger,
            act: Act::Busier {
                service: service.to_owned(),
                factor: 1.3,
            },
        });
    }
}
