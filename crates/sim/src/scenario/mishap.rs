//! What can go wrong with a service that is on its way, in any region: a bad release, a zone, the API itself.
//!
//! What belongs here: how each is brought about, for scenarios and for whoever has built a region of their own. What must not:
//! what customers then see.

use jiff::SignedDuration;

use crate::region::Region;
use crate::world::behaviour::Behaviour;
use crate::world::script::{Act, Actor, Trigger};

/// Each with a line.
pub const NAMES: [(&str, &str); 5] = [
    (
        "ipv4-literal",
        "its code calls a dependency by an IPv4 literal: 6 % errors on IPv6",
    ),
    ("binds-ipv4-only", "its code listens on 0.0.0.0 only"),
    ("slow-nat64", "140 ms slower through NAT64"),
    (
        "zone-lost",
        "a zone of the IPv6 side is lost when IPv6 has had a tenth of the traffic for two minutes",
    ),
    (
        "throttling",
        "another actor uses half of every API rate limit",
    ),
];

/// The share of each token bucket that another actor uses up.
const OTHERS_SHARE: f64 = 0.5;
/// When a zone falls out.
const LOST_AT_SHARE: f64 = 0.1;
const LOST_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// Whom it befalls.
#[derive(Clone, Copy, Debug)]
pub struct Victim<'a> {
    /// The service, by the name that its traffic is booked under.
    pub service: &'a str,
    /// What it runs, as `repository:tag`.
    pub image: &'a str,
    /// A zone of its IPv6 side.
    pub zone: Option<&'a str>,
    /// Of one that no load balancer leads to: its cluster and its name in ECS, as in `prod/mailer`.
    pub unbalanced: Option<&'a str>,
}

/// Seconds after its start when a worker ends that does not reach what it works for.
const GIVES_UP: f64 = 8.0;

/// Lets one of [`NAMES`] befall a service; says whether it can: who is asked by nobody neither refuses nor delays an answer.
pub fn befall(region: &Region, name: &str, victim: Victim<'_>) -> bool {
    match (name, victim.unbalanced) {
        ("throttling", _) => region.set_bucket_share(OTHERS_SHARE),
        ("zone-lost", unbalanced) => {
            let Some(zone) = victim.zone else {
                return false;
            };
            let trigger = match unbalanced {
                None => Trigger::Ipv6Share {
                    service: victim.service.to_owned(),
                    at_least: LOST_AT_SHARE,
                    lasting: LOST_AFTER,
                },
                Some(path) => Trigger::Ipv6Tasks {
                    path: path.to_owned(),
                    at_least: LOST_AT_SHARE,
                    lasting: LOST_AFTER,
                },
            };
            let actor = Actor {
                name: "an outage".to_owned(),
                trigger,
                act: Act::LoseZone {
                    zone: zone.to_owned(),
                },
            };
            region.with_world(|world| world.add_actor(actor));
        }
        ("ipv4-literal", Some(_)) => spoiled(region, victim.image, |app| {
            app.v6.ends_after = Some(GIVES_UP);
        }),
        (_, Some(_)) => return false,
        (_, None) => spoiled(region, victim.image, |app| spoil(app, name)),
    }
    true
}

fn spoiled(region: &Region, image: &str, spoil: impl FnOnce(&mut Behaviour)) {
    region.with_world(|world| spoil(world.behaviours.entry(image.to_owned()).or_default()));
}

/// Makes an application as bad as a release is that is called so; any other name changes nothing.
pub(super) fn spoil(app: &mut Behaviour, name: &str) {
    match name {
        "binds-ipv4-only" => app.v6.listens = false,
        "ipv4-literal" => app.v6.error_share = 0.06,
        "slow-nat64" => app.v6.extra_latency_ms = 140.0,
        _ => {}
    }
}
