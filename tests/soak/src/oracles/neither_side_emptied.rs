//! The daemon never empties a side while the other has nobody healthy.

use sixshift_sim::services::Service;

use super::{Found, is_raced};
use crate::case::Case;
use crate::log::{Log, SideAt, Write};
use crate::sides::twin_name;
use crate::world::{NAME, resource};

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    let mut found = Found::new();
    for write in &log.writes {
        let (ipv4, ipv6) = (&write.found.ipv4, &write.found.ipv6);
        let sides = [
            (
                NAME.to_owned(),
                ipv4,
                ipv6,
                "IPv4 emptied while IPv6 has nobody",
            ),
            (
                twin_name(),
                ipv6,
                ipv4,
                "IPv6 emptied while IPv4 has nobody",
            ),
        ];
        for (name, this, other, kind) in sides {
            if empties(write, &name, this) && other.healthy == 0 && !is_raced(case, log, write.at) {
                found.push((write.at, kind, format!("{} of {name}", write.op)));
            }
        }
    }
    found
}

/// Whether a write takes a service's last task away, where it wanted any.
pub(super) fn empties(write: &Write, name: &str, this: &SideAt) -> bool {
    if this.desired == 0 {
        return false;
    }
    let of = |key: &str| write.input.get(key).as_str() == Some(name);
    match (write.service, write.op.as_str()) {
        (Service::Ecs, "UpdateService") => {
            of("service") && write.input.get("desiredCount").as_i64() == Some(0)
        }
        (Service::Ecs, "DeleteService") => of("service"),
        (Service::AutoScaling, "RegisterScalableTarget") => {
            write.input.get("ResourceId").as_str() == Some(&resource(name))
                && write.input.get("MaxCapacity").as_i64() == Some(0)
        }
        _ => false,
    }
}
