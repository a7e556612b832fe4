//! Ways to divide traffic between two sides: a file each, and what differs between them in one table.
//!
//! Every way is a lens on a route's setting. It reads it as weights of two target groups ([`split`]), which is all that the
//! ladder, the notes and the faces speak of, and it writes weights back as the one call that leads there, or nearer. What
//! belongs here: spelling. What must not: whether anything should move.

mod alb;
mod nlb;
pub mod split;
pub mod tasks;

use crate::{
    action::Spell,
    observation::{Families, Forward, Route, Setting},
    share::Share,
};

/// What differs between ways.
pub struct Way {
    /// How finely it divides.
    pub grain: Grain,
    /// A route's setting as weights.
    pub read: fn(&Route) -> Forward,
    /// The next call on the way from a route's setting to some weights. All else of the setting stays as it was.
    pub write: fn(&Route, &Forward) -> Spell,
    /// The setting once that call is done.
    pub after: fn(&Route, &Spell) -> Setting,
    /// Whether it holds anything of ours beside the IPv6 group.
    pub holds_ours: fn(&Route) -> bool,
}

/// How finely a way divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// By whole numbers up to this one.
    Weights {
        /// The highest.
        most: u32,
    },
    /// All clients of a family at once: none, [`Share::CLIENTS`], or all.
    Families,
}

/// The way of a setting.
#[must_use]
pub fn of(setting: &Setting) -> &'static Way {
    match setting {
        Setting::Weights => &alb::WAY,
        Setting::Families(_) => &nlb::WAY,
    }
}

/// A listener of a Network Load Balancer, as weights.
#[must_use]
pub fn read_families(families: &Families) -> Forward {
    nlb::read(families)
}

/// A route's share as it will express one.
#[must_use]
pub fn rounded(route: &Route, ipv4: &str, ipv6: &str, wanted: Share) -> Option<Share> {
    match of(&route.setting).grain {
        Grain::Weights { .. } => split::rounded(&route.forward, ipv4, ipv6, wanted),
        Grain::Families if wanted == Share::ALL => Some(wanted),
        Grain::Families => Some(wanted.min(Share::CLIENTS)),
    }
}

/// The part of a side's full strength that a share asks for: where it is not known how many clients a family has, all of it.
#[must_use]
pub fn strength(route: &Route, share: Share) -> Share {
    match of(&route.setting).grain {
        Grain::Families if share > Share::NONE => Share::ALL,
        Grain::Weights { .. } | Grain::Families => share,
    }
}

#[cfg(test)]
mod laws;
