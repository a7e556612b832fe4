//! New versions of the service, as the team's pipeline deploys them: good and bad ones.

use sixshift_sim::Value;
use sixshift_sim::services::{AwsError, Service};
use sixshift_sim::world::World;
use sixshift_sim::world::behaviour::Behaviour;

use crate::aws::call;
use crate::sides;
use crate::world::{CLUSTER, DUAL_STACK, NAME, REGISTRY, definition};

/// How good a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quality {
    Good,
    /// A tenth of its requests fail where it is reached over IPv6.
    FailsOnIpv6,
    /// A twentieth fails on either side.
    FailsOnBoth,
    /// It forbids whoever comes over IPv6: a list of IPv4 addresses.
    ForbidsIpv6,
    /// It listens on 0.0.0.0 only.
    SilentOnIpv6,
    /// It never becomes healthy anywhere.
    NeverStarts,
}

impl Quality {
    pub(crate) const ALL: [Self; 6] = [
        Self::Good,
        Self::FailsOnIpv6,
        Self::FailsOnBoth,
        Self::ForbidsIpv6,
        Self::SilentOnIpv6,
        Self::NeverStarts,
    ];

    fn behaviour(self) -> Behaviour {
        let mut app = Behaviour::default();
        match self {
            Self::Good => {}
            Self::FailsOnIpv6 => app.v6.error_share = 0.1,
            Self::FailsOnBoth => app.error_share = 0.05,
            Self::ForbidsIpv6 => app.v6.forbidden_share = 1.0,
            Self::SilentOnIpv6 => app.v6.listens = false,
            Self::NeverStarts => (app.v4.listens, app.v6.listens) = (false, false),
        }
        app
    }
}

/// Registers the next version and deploys it: to the team's service, or to the twin once that is the team's.
pub(crate) fn deploy(world: &mut World, quality: Quality) -> Result<Option<String>, AwsError> {
    let is_active = |name: &String| sides::service(world, name).is_some_and(|s| s.is_active());
    let services = [
        (NAME.to_owned(), REGISTRY),
        (sides::twin_name(), DUAL_STACK),
    ];
    let Some((service, registry)) = services.into_iter().find(|(name, _)| is_active(name)) else {
        return Ok(None);
    };
    let version = 1 + world
        .behaviours
        .keys()
        .filter(|image| image.starts_with(NAME))
        .count();
    let tag = format!("v{version}");
    let app = quality.behaviour();
    world.behaviours.insert(format!("{NAME}:{tag}"), app);
    let arn = definition(world, NAME, registry, &tag)?;
    let fields = [
        ("cluster", Value::from(CLUSTER)),
        ("service", service.into()),
        ("taskDefinition", arn.into()),
    ];
    call(world, Service::Ecs, "UpdateService", fields)?;
    Ok(Some(format!("released {tag} ({quality:?})")))
}
