//! The one deployment that replaces the service's tasks, and its customers' way to them.
//!
//! What must not be here: what is noted before ([`super::super::swap`]).

use std::collections::BTreeMap;

use super::{
    super::{
        super::{Gate, note_share, view::View, wait},
        swap as plain,
    },
    follow, keep,
};
use crate::{
    action::Side, note::Note, observation::DescribedService, share::Share, status::WaitingOn,
};

/// The service stands in the plan's network, and all its customers are there.
pub(super) fn swap(view: &View<'_>) -> Gate {
    let service = view.ipv4()?;
    match view.note() {
        None => note_share(view, Note::Settled(Share::NONE, None)),
        Some(Note::Settled(Share::ALL, _)) => plain::stays(view, service),
        Some(Note::Moving(_, Share::ALL)) if view.plan.ipv6.is_network_of(service) => {
            arrived(view, service)
        }
        Some(Note::Moving(_, Share::ALL)) => go(view, service),
        Some(_) => plain::begin(view, service),
    }
}

fn go(view: &View<'_>, service: &DescribedService) -> Gate {
    super::super::still(view, Side::Ipv4)?;
    plain::whole(service, Side::Ipv4)?;
    keep::protect(view, Side::Ipv4)?;
    plain::go(view, service, groups(view)?)
}

/// What the service registers its tasks in, and what it is to.
fn groups(view: &View<'_>) -> Gate<BTreeMap<String, String>> {
    let mut groups = BTreeMap::new();
    for pair in view.pairs()? {
        let group = view.need(&pair.ipv6, "the IPv6 target group", "")?;
        groups.insert(pair.ipv4_arn.clone(), group.arn.clone());
    }
    Gate::Continue(groups)
}

/// Customers follow as soon as IPv6 carries them; ECS's deployment is under way until IPv4's tasks may go.
fn arrived(view: &View<'_>, service: &DescribedService) -> Gate {
    if follow::all_at(view, Share::ALL) {
        return note_share(view, Note::Settled(Share::ALL, Some(view.now)));
    }
    // Until they are there IPv4 has to stand, however long that takes.
    keep::protect(view, Side::Ipv4)?;
    keep::runs(view, service, Side::Ipv6)?;
    follow::to(view, Side::Ipv6)?;
    wait(WaitingOn::CloserLook)
}
