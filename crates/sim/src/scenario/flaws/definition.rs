//! Flaws of what a service runs: its images, its log drivers, its interfaces.
//!
//! What belongs here: the calls that make them. What must not: the catalogue ([`super::FLAWS`]).

use super::{Planting, ScenarioError};
use crate::Value;

/// The first container's image, which no name that DNS64 makes up leads to.
pub(super) fn image(p: &mut Planting<'_>, image: &str) -> Result<(), ScenarioError> {
    p.without_dns64()?;
    p.tell_container("image", image.into())
}

pub(super) fn log_endpoint(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    p.without_dns64()?;
    let region = p.built.world.region.clone();
    let endpoint = format!("https://logs.{region}.amazonaws.com");
    let options = Value::map([
        ("awslogs-group", Value::from("/shop")),
        ("awslogs-region", region.into()),
        ("awslogs-stream-prefix", "app".into()),
        ("awslogs-endpoint", endpoint.into()),
    ]);
    logs(p, "awslogs", options)
}

pub(super) fn log_address(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    let options = Value::map([
        ("splunk-url", Value::from("http://10.0.64.41:8088")),
        (
            "splunk-token",
            "00000000-0000-0000-0000-000000000000".into(),
        ),
    ]);
    logs(p, "splunk", options)
}

fn logs(p: &mut Planting<'_>, driver: &str, options: Value) -> Result<(), ScenarioError> {
    let driver = Value::map([("logDriver", driver.into()), ("options", options)]);
    p.tell_container("logConfiguration", driver)
}

pub(super) fn ipv6_disabled(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    let off = Value::map([
        ("namespace", Value::from("net.ipv6.conf.all.disable_ipv6")),
        ("value", "1".into()),
    ]);
    p.tell_container("systemControls", Value::list([off]))
}
