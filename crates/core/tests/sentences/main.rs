//! Every reason to wait, as people read it: what it is, and what would end it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod every;
mod runbooks;
#[path = "../world/mod.rs"]
mod world;

use std::{collections::BTreeSet, fmt::Write};

use jiff::Timestamp;
use sixshift_core::{
    share::Share,
    status::{Phase, Shares, WaitingOn, sentence},
};

use every::{every, pc};

fn said(phase: Phase, on: &WaitingOn) -> String {
    let observed = match phase {
        Phase::Checking => None,
        Phase::Service | Phase::Warm | Phase::RolledBack => Some(Share::NONE),
        Phase::Shift | Phase::RollingBack => Some(pc(10)),
        _ => Some(Share::ALL),
    };
    let shares = Shares {
        observed,
        ..Shares::default()
    };
    sentence(phase, &shares, Some(on), &[], Timestamp::UNIX_EPOCH)
}

/// What AWS, a person or a team's webhook says ends as they like.
fn as_others_end_it(on: WaitingOn) -> Option<WaitingOn> {
    let dotted = |text: String| format!("{text}. ");
    Some(match on {
        WaitingOn::Frozen { reason } => WaitingOn::Frozen {
            reason: dotted(reason),
        },
        WaitingOn::Paused { reason, by_plan } => WaitingOn::Paused {
            reason: dotted(reason),
            by_plan,
        },
        WaitingOn::Lease { why } => WaitingOn::Lease { why: dotted(why) },
        WaitingOn::JournalUnwritable { why } => WaitingOn::JournalUnwritable { why: dotted(why) },
        WaitingOn::ClockWrong { why } => WaitingOn::ClockWrong { why: dotted(why) },
        WaitingOn::RolledBack { reason, name } => WaitingOn::RolledBack {
            reason: dotted(reason),
            name: name.clone(),
        },
        WaitingOn::TwinFailed { reason } => WaitingOn::TwinFailed {
            reason: dotted(reason),
        },
        WaitingOn::Unknown { what, why, overdue } => WaitingOn::Unknown {
            what,
            why: dotted(why),
            overdue,
        },
        WaitingOn::Findings { mut findings } => {
            for finding in &mut findings {
                finding.message.push('.');
                finding.remedy.push('.');
            }
            WaitingOn::Findings { findings }
        }
        _ => return None,
    })
}

#[test]
fn no_sentence_has_two_ends_however_others_end_theirs() {
    let ends_well = |text: &str| {
        let twice = ["..", ". .", " .", ".;"]
            .iter()
            .any(|end| text.contains(end));
        assert!(!twice, "{text}");
    };
    for (phase, on) in every() {
        ends_well(&said(phase, &on));
        if let Some(on) = as_others_end_it(on) {
            ends_well(&said(phase, &on));
        }
    }
}

#[test]
fn each_says_where_it_stands_what_it_waits_for_and_what_comes_next() {
    let mut all = String::new();
    for (phase, on) in every() {
        let mark = if on.needs_person() { "!" } else { " " };
        writeln!(all, "{mark} {}: {}", on.kind(), said(phase, &on)).unwrap();
    }
    insta::assert_snapshot!(all, @r#"
      CloserLook: At 10 %, shifting: looking closer. Next: AWS being read again, at once.
    ! Frozen: At 10 %, shifting: the fleet is frozen: release of the year. Next: unfreeze the fleet.
      FirstLook: At 10 %, shifting: not every plan has been looked at yet. Next: every plan having been looked at.
      Lease: At 10 %, shifting: this daemon may not act: the lease is not held; another daemon may act. Next: this daemon being allowed to act.
      SourceUnread: At 10 %, shifting: the plans have not been read since the daemon started. Next: the source of plans answering.
    ! JournalLost: At 10 %, shifting: the migration is under way, and the journal knows nothing of it. Next: look at what it did so far, then `sixshift adopt` the plan.
    ! JournalUnwritable: At 10 %, shifting: the journal cannot be written: No space left on device. Next: make room for the journal or make it writable; it is tried again every 10 s.
    ! ClockWrong: At 10 %, shifting: AWS's clock is 1 m 30 s ahead of this machine's; what is read goes by AWS's. Next: set this machine's clock right (a simulated region's is followed with --sim-clock).
    ! Vanished: At 10 %, shifting: the plan is gone from its source since commit 4a1f2c9. Next: commit the plan again, or undo by hand.
    ! SharedRoute: At 10 %, shifting: plan search (search.yaml:1) moves the same route, listener HTTPS:443 of shop. Next: give the route to one plan: this one or plan search (search.yaml:1).
    ! Paused: At 10 %, shifting: paused: lunch. Next: resume the plan.
    ! Paused: At 10 %, shifting: paused: spec.paused is true. Next: set spec.paused: false in the plan.
    ! RolledBack: Rolled back: errors on IPv6 are 20 %, over 1 %. All traffic is on IPv4. Next: fix the cause, then commit a new revision of the plan or retry.
    ! RolledBack: Rolled back: 2 of 3 tasks failed. All traffic is on IPv4, but whoever moved to ledger-v6 finds nobody there until they ask the old name again. Next: fix the cause, then commit a new revision of the plan or retry.
    ! OutsideEdit: At 10 %, shifting: somebody set IPv6 on listener HTTPS:443 of shop to 0 %; we left it at 10 %; customers get IPv4 (3 healthy). Next: set the IPv6 share back to 10 %, or set drift: correct in the plan.
    ! OutsideEdit: At 10 %, shifting: rule 10 (host api.example.com) of HTTPS:443 of shop does not name the IPv6 target group; it is to be at 10 %; customers get IPv4 (0 healthy). Next: set the IPv6 share back to 10 %, or set drift: correct in the plan.
    ! OutsideEdit: At 100 %, baking: somebody set IPv6 on listener HTTPS:443 of shop to 0 %; we left it at 100 %; customers get IPv4 (3 healthy); it is not set right yet, since the IPv4 service is being deployed. Next: end the IPv4 service's deployment: mend it, or deploy what ran before.
    ! Resized: At 100 %, baking: somebody scaled the IPv4 service to 0, which is to stand ready to take traffic back. Next: give the IPv4 service its tasks back, or abort, which does so.
    ! Resized: At 100 %, going cold: somebody scaled the IPv4 service to 2 while it was cold. Next: scale the IPv4 service to 0 again, set drift: correct in the plan, or abort to go back.
    ! Emptied: At 10 %, shifting: the IPv4 side lost all its targets; IPv6 is at 100 % instead of 10 % until it has some again. Next: give the IPv4 service its tasks back, or promote the plan to 100 %.
    ! Emptied: At 10 %, shifting: the IPv6 side lost all its targets; IPv6 is at 0 % instead of 10 % until it has some again. Next: give the IPv6 service its tasks back, or abort.
    ! Ipv4Sick: At 10 %, shifting: the IPv4 side is sick, which still has traffic: target group checkout has no healthy target; the IPv6 side is well. Next: mend the IPv4 side; or promote the plan to a higher share, if IPv6 is to take its traffic.
    ! NoteLost: At 10 %, shifting: the tag sixshift:share is gone from checkout-v6. Next: if that is meant, tag checkout-v6 with sixshift:share=1000; else set the IPv6 weight to 0 on every route.
      Unseen: At 10 %, shifting: AWS does not show yet what was done last: raise IPv6 to 10 % on listener l1. Next: AWS showing it, which takes seconds.
      Unknown: At 10 %, shifting: the routes could not be read: Throttling. Next: AWS answering; it is asked again.
    ! Unknown: At 10 %, shifting: the routes could not be read: Throttling. Next: mend what AWS says; it is asked again.
    ! Missing: Checking: ECS service checkout in cluster prod does not exist. Next: correct spec.service, or delete the plan.
    ! Foreign: Making the IPv6 twin: ECS service checkout-ipv6 exists but was not made for this plan. Next: rename or delete ECS service checkout-ipv6, which sixshift did not make.
    ! Findings: Checking: load balancer shop is ipv4, and refuses IPv6 target groups; alarm x does not exist. Next: set its IP address type to dualstack; create it, or take it out of spec.health.alarms.
      Deployment: At 10 %, shifting: the IPv4 service is being deployed. Next: the IPv4 service's deployment ending.
    ! Deployment: At 100 %, baking: the IPv6 service is being deployed. Next: end the IPv6 service's deployment: mend it, or deploy what ran before.
      TasksStarting: Warming: 1 of 3 IPv6 tasks run. Next: tasks reaching RUNNING.
    ! TasksStarting: Warming: 1 of 3 IPv6 tasks run (CannotPullContainerError). Next: fix why tasks do not start.
      TasksStopping: At 100 %, going cold: 1 IPv4 task is stopping. Next: tasks having stopped.
      TasksStopping: At 100 %, going cold: 2 IPv4 tasks are stopping. Next: tasks having stopped.
    ! NotIpv6Only: Warming: task 0af1 has the IPv4 address 10.0.0.7. Next: give IPv6-only subnets in spec.ipv6.subnets.
    ! TwinFailed: Warming: the twin's deployment failed: tasks failed to start. Next: fix the cause, then retry, or deploy the service again.
      TargetsUnhealthy: Warming: 1 of 3 needed IPv6 targets are healthy. Next: targets passing their health check.
    ! TargetsUnhealthy: Warming: 1 of 3 needed IPv6 targets are healthy (Target.FailedHealthChecks in checkout-v6: the application may listen on 0.0.0.0 only; let it listen on [::]). Next: make the application answer its health check on IPv6.
      TargetsUnhealthy: At 10 %, shifting: 0 of 1 needed IPv6 targets are healthy in eu-central-1b. Next: targets passing their health check.
      CanaryProof: Warming: the canary has been healthy for 1 m of 3 m. Next: good minutes in CloudWatch.
      CanaryProof: Warming: the canary has been healthy for 1 m of 3 m (by its age: no traffic on this load balancer). Next: time.
    ! Probe: Warming: our GET /orders is answered with status 500 where 200-299 is expected. Next: let the twin answer it so: deploy a good version, or correct spec.warm.probe.
    ! Probe: Warming: our GET /orders reaches nobody (https://shop-1.eu-central-1.elb.amazonaws.com:443: timed out). Next: let the daemon reach the load balancer, over IPv4 or IPv6: an internal one only from within its VPC; or take spec.warm.probe out of the plan.
      Probe: Warming: our GET /orders is answered well, and CloudWatch counts no such request at the twin's target group. Next: CloudWatch, some minutes late.
    ! Probe: Warming: our GET /orders is answered by somebody else than the twin: CloudWatch counts no such request at the twin's target group. Next: ask for a host and a path that lead to the service, in spec.warm.probe.
    ! Probe: Warming: our GET /orders cannot be led to the twin: no priority is free directly before rule 1 of HTTPS:443 of shop. Next: make room for such a rule, or take spec.warm.probe out of the plan.
      Stood: Warming: one task beside the service has stood on IPv6 alone for 1 m of 5 m. Next: time.
      Stood: At 100 %, baking: all its tasks have stood on IPv6 alone for 1 m of 1 h. Next: time.
    ! MovedBack: At 100 %, baking: somebody moved the service to subnet-0a, subnet-0b, away from the plan's subnets. Next: move the service to the plan's subnets again, or abort.
      Hold: At 10 %, proven good for 4 m. 50 % in 6 m.
      Hold: At 10 %, proven good for 0 s (counted anew since minutes without data). 50 % in 13 m.
      Hold: At 10 %, proven good for 1 m, 5 m without a request not counted (counted anew since bad minutes). The next step in 9 m.
      Bake: Baking at 100 %, proven good for 10 h (counted anew since a deployment). IPv4 goes cold in 14 h.
      Evidence: At 10 %, shifting: there is no data: healthy IPv6 targets: not known. Next: the newest window being good.
      Evidence: At 10 %, shifting: the evidence could not be read: Throttling. Next: the newest window being good.
    ! Evidence: At 10 %, shifting: there is no data: alarm checkout-slow is in INSUFFICIENT_DATA. Next: let it have data again, or take it out of spec.health.
      Evidence: At 10 %, shifting: the window still holds bad minutes: alarm checkout-5xx is in ALARM. Next: the newest window being good.
      TooFew: At 10 %, shifting: only 40 of 100 needed requests reached IPv6. Next: more requests on IPv6.
      TooFew: At 10 %, shifting: 140 requests are too few to tell chance from fault. Next: more requests on IPv6.
    ! Bad: At 10 %, shifting: the IPv6 side is bad: errors on IPv6 are 20 %, over 1 %. Next: fix the IPv6 side, or abort.
    ! NoWayBack: At 100 %, retiring: the IPv6 side is bad and the IPv4 side is gone: errors on IPv6 are 20 %, over 1 %. Next: fix the IPv6 side: deploy a good version, or make the IPv4 service again.
    ! Bad: At 100 %, baking: the IPv6 side is bad: somebody scaled the twin to 0 tasks. Next: give the twin its tasks again, or abort.
    ! NoWayBack: At 100 %, retiring: the IPv6 side is bad and the IPv4 side is gone: somebody scaled the twin to 0 tasks. Next: give the twin its tasks again, or make the IPv4 service again.
    ! NoWayBack: At 100 %, retiring: the IPv6 side is bad and the IPv4 side is gone: the twin does not exist any more. Next: make the twin's service again, with its target groups, or make the IPv4 service again.
    ! Approval: At 10 %, shifting: waiting for an approval after step 2. Next: approve step 2.
    ! Approval: At 10 %, shifting: waiting for an approval of step 2, which has too few requests to be proven. Next: approve step 2.
    ! Approval: At 100 %, baking: waiting for somebody to say that all consumers ask for the new name. Next: approve, once all consumers of the registry ask for the twin's name.
    ! Approval: At 100 %, retiring: waiting for an approval to delete the IPv4 side. Next: approve the retirement.
      Webhook: At 10 %, shifting: asking gates.example.com whether step 2 may be left. Next: a yes of gates.example.com, or approve step 2.
      Webhook: At 10 %, shifting: gates.example.com says no to leaving step 2: a freeze until Monday. Next: gates.example.com saying yes, or approve step 2.
    ! Webhook: At 10 %, shifting: gates.example.com does not say whether step 2 may be left: it answers 503. Next: mend gates.example.com, or approve step 2.
      Drain: At 100 %, going cold: 1 request reached IPv4 in the last 5 m. Next: the last clients leaving IPv4; streams that stay open are not counted.
      Drain: At 10 %, rolling back: 12 requests reached IPv6 in the last 5 m. Next: the last clients leaving IPv6; streams that stay open are not counted.
      Drain: At 10 %, rolling back: IPv6 is kept for 15 m in case clients still come. Next: the last clients leaving IPv6; streams that stay open are not counted.
      Cold: All traffic is on IPv6 and the IPv4 side is cold. It may be retired in 2 h.
      Deletion: At 100 %, retiring: ECS service checkout is being deleted. Next: AWS being done.
      Vetoed: At 10 %, shifting: the guard refused to raise IPv6 to 50 % on listener l1: the side that gets the traffic has too few healthy targets. Next: enough healthy targets.
      ActFailed: At 10 %, shifting: could not raise IPv6 to 50 % on listener l1: ModifyListener was throttled. Next: AWS accepting it; it is tried again.
    ! ActFailed: At 10 %, shifting: could not raise IPv6 to 50 % on listener l1: ModifyListener: not authorized. Next: mend what AWS refuses; it is tried again now and then.
    "#);
}

#[test]
fn none_is_left_out_and_each_is_one_clean_sentence_with_a_remedy() {
    let kinds: BTreeSet<_> = every().iter().map(|(_, on)| on.kind()).collect();
    assert_eq!(kinds.len(), 45, "{kinds:?}");
    for (phase, on) in every() {
        let text = said(phase, &on);
        assert!(
            text.ends_with('.') && !text.contains("..") && !text.contains("  "),
            "{text}"
        );
        assert!(text.starts_with(char::is_uppercase), "{text}");
        assert!(!on.unblocked_by().is_empty(), "{on:?}");
        assert!(!on.unblocked_by().ends_with('.'), "{on:?}");
    }
}
