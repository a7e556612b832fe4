//! The one deployment that replaces the service's tasks, from the note before it to the note that it is complete.

use std::collections::BTreeMap;

use super::{
    super::{Gate, OPEN, act, note_share, shift, view::View, wait},
    back, call, still,
};
use crate::{
    action::{InPlaceCall, Side},
    names::tag,
    note::Note,
    observation::DescribedService,
    share::Share,
    status::WaitingOn,
    twin::derivation,
};

/// The service stands in the plan's network, whole.
pub(super) fn swap(view: &View<'_>) -> Gate {
    let service = view.ipv4()?;
    match view.note() {
        None => note_share(view, Note::Settled(Share::NONE, None)),
        Some(Note::Settled(Share::ALL, _)) => stays(view, service),
        Some(Note::Moving(_, Share::ALL)) if view.plan.ipv6.is_network_of(service) => {
            arrived(view, service)
        }
        Some(Note::Moving(_, Share::ALL)) => go(view, service, BTreeMap::new()),
        Some(_) => begin(view, service),
    }
}

/// What ran before is noted before it is left: a revision of the service, which never changes.
pub(super) fn begin(view: &View<'_>, service: &DescribedService) -> Gate {
    still(view, Side::Ipv4)?;
    shift::heard(view)?;
    let Some(revision) = &service.revision else {
        return wait(WaitingOn::Missing {
            what: format!("a revision of service {} to come back to", service.name),
            remedy: "deploy the service once: ECS notes revisions since 2024".to_owned(),
        });
    };
    let exec = if service.exec { " exec" } else { "" };
    let Some(home) = view.home() else {
        return wait(WaitingOn::CloserLook);
    };
    let tags = BTreeMap::from([
        (
            tag::SHARE.to_owned(),
            Note::Moving(Share::NONE, Share::ALL).text(),
        ),
        (tag::BEFORE.to_owned(), format!("{revision}{exec}")),
    ]);
    act(home.note(tags, None))
}

/// The deployment, into other target groups where there are any.
pub(super) fn go(
    view: &View<'_>,
    service: &DescribedService,
    target_groups: BTreeMap<String, String>,
) -> Gate {
    still(view, Side::Ipv4)?;
    let definition = view.need(
        &view.seen.twin_task_definition,
        "the derived task definition",
        "",
    )?;
    // The team deployed since: what was derived and proven is older than what runs, and so is the note of what ran before.
    let edits = &view.plan.ipv6.task_definition;
    let wanted = derivation(&service.task_definition, edits);
    if definition.tags.get(tag::DERIVED) != Some(&wanted) {
        return note_share(view, Note::Settled(Share::NONE, None));
    }
    call(
        view,
        InPlaceCall::Swap {
            expects: service.task_definition.clone(),
            task_definition: definition.arn.clone(),
            subnets: view.plan.ipv6.subnets.clone(),
            security_groups: view.plan.ipv6.groups_beside(service).to_vec(),
            target_groups,
        },
    )
}

fn arrived(view: &View<'_>, service: &DescribedService) -> Gate {
    still(view, Side::Ipv6)?;
    whole(service, Side::Ipv6)?;
    note_share(view, Note::Settled(Share::ALL, Some(view.now)))
}

/// As many tasks run as are wanted.
pub(super) fn whole(service: &DescribedService, side: Side) -> Gate {
    if service.running >= service.desired {
        return OPEN;
    }
    wait(WaitingOn::TasksStarting {
        side,
        running: service.running,
        desired: service.desired,
        reason: service.last_event.clone(),
        overdue: false,
    })
}

/// Somebody who moves it back is not fought.
pub(super) fn stays(view: &View<'_>, service: &DescribedService) -> Gate {
    if view.plan.ipv6.is_network_of(service) {
        return OPEN;
    }
    wait(WaitingOn::MovedBack {
        subnets: service.subnets.clone(),
    })
}

/// ECS took the deployment back by itself, as a circuit breaker or an alarm of the service's own told it to.
pub(super) fn taken_back(view: &View<'_>, service: &DescribedService) -> Option<String> {
    let Some(Note::Moving(_, Share::ALL)) = view.note() else {
        return None;
    };
    let made = view.seen.twin_task_definition.seen()?.registered_at;
    let since = back::retried_at(view).map_or(made, |at| at.max(made));
    let at = service.rolled_back_at.filter(|at| *at > since)?;
    let said = service.last_event.clone().unwrap_or_default();
    Some(format!("ECS rolled the deployment back at {at:.0}: {said}"))
}
