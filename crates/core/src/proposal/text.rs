//! A proposal as commented YAML, and the edits that every twin needs.
//!
//! What belongs here: words and their places. What must not: any choice ([`super::steps`], [`super::network`],
//! [`super::history`]).

use std::fmt::Write;

use super::{
    Way,
    history::Usual,
    network::Chosen,
    steps::{Ladder, Rung},
};
use crate::{
    comment::{comment, item},
    letters::one_line,
    observation::Observation,
    plan::{HealthPolicy, OnTooFew, Plan, duration_text, latency_text, percent_text},
    readiness::Finding,
    share::Share,
    status::{duration, millis, percent},
    yaml,
};

/// AWS SDKs and tools reference guide: "Dual-stack and FIPS endpoints".
const DUAL_STACK: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "true");
/// A rate as parts per million.
const PPM: f64 = 1e6;

/// Edits that a task on IPv6 alone needs, as far as they can be known from outside.
pub(super) fn edits(draft: &mut Plan, seen: &Observation) {
    let (name, value) = DUAL_STACK;
    let definition = seen.ipv4_task_definition.seen();
    let mut secrets = definition.into_iter().flat_map(|d| &d.secrets);
    // AWS refuses a variable with the name of a secret.
    if !secrets.any(|(_, secret)| secret == name) {
        let env = &mut draft.ipv6.task_definition.env;
        env.insert(name.to_owned(), value.to_owned());
    }
}

/// Everything that the text tells.
pub(super) struct Page<'a> {
    pub(super) plan: &'a Plan,
    pub(super) way: &'a Way,
    pub(super) seen: &'a Observation,
    pub(super) chosen: &'a Chosen,
    pub(super) usual: Result<&'a Usual, &'a String>,
    pub(super) ladder: &'a Ladder,
    pub(super) findings: &'a [Finding],
}

impl Page<'_> {
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.head(&mut out);
        self.service(&mut out);
        self.ipv6(&mut out);
        if self.plan.in_place().is_some() {
            self.in_place(&mut out);
        } else if self.plan.is_by_names() {
            self.names(&mut out);
            self.retire(&mut out);
        } else {
            self.shift(&mut out);
            self.health(&mut out);
            self.retire(&mut out);
        }
        self.blocking(&mut out);
        out
    }

    fn head(&self, out: &mut String) {
        let service = &self.plan.service;
        let day = self.seen.at.strftime("%Y-%m-%d");
        comment(
            out,
            0,
            &format!(
                "A proposal of sixshift init, by what AWS said on {day} of service {} in cluster {} of {}. Read it, and change \
                 what you know better.",
                service.name, service.cluster, service.region
            ),
        );
        comment(
            out,
            0,
            "`sixshift plan` with this file shows everything that it will do, before it does anything; docs/reference/plan.md has \
             every field.",
        );
        let warned: Vec<&Finding> = self.findings.iter().filter(|f| !f.blocks()).collect();
        if !warned.is_empty() {
            out.push_str("#\n");
            comment(out, 0, "What preflight says of it:");
        }
        for finding in warned {
            item(out, 0, &told(finding));
        }
        let name = scalar(&self.plan.name);
        let _ = write!(
            out,
            "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata:\n  name: {name}\nspec:\n"
        );
    }

    fn service(&self, out: &mut String) {
        let service = &self.plan.service;
        comment(out, 1, "The service as it runs today, on IPv4.");
        out.push_str("  service:\n");
        field(out, 2, "region", &service.region);
        field(out, 2, "cluster", &service.cluster);
        field(out, 2, "name", &service.name);
        for (key, value) in [
            ("roleArn", &service.role_arn),
            ("externalId", &service.external_id),
        ] {
            if let Some(value) = value {
                field(out, 2, key, value);
            }
        }
        out.push('\n');
    }

    fn ipv6(&self, out: &mut String) {
        let Chosen {
            vpc,
            subnets,
            others,
            bare,
        } = self.chosen;
        out.push_str("  ipv6:\n");
        let found = format!("IPv6-only subnets of {vpc}, one in each zone where the service is.");
        comment(out, 2, &found);
        if !others.is_empty() {
            comment(
                out,
                2,
                &format!("They would do as well: {}.", others.join(", ")),
            );
        }
        if !bare.is_empty() {
            comment(
                out,
                2,
                &format!(
                    "There is none in {}, where the service is too.",
                    bare.join(", ")
                ),
            );
        }
        out.push_str("    subnets:\n");
        for (id, zone) in subnets {
            let _ = writeln!(out, "      - {} # {}", scalar(id), one_line(zone));
        }
        let groups = self
            .seen
            .ipv4
            .seen()
            .map_or(&[][..], |s| &s.security_groups);
        if !groups.is_empty() {
            let said = format!(
                "Left out, the twin has the service's own groups. A rule that names a group holds on IPv6 as well; one that names \
                 an IPv4 range needs another with the IPv6 range.\nsecurityGroups: [{}]",
                groups.join(", ")
            );
            comment(out, 2, &said);
        }
        self.registry(out);
        self.task_definition(out);
        out.push('\n');
    }

    fn registry(&self, out: &mut String) {
        let Some(name) = &self.plan.ipv6.registry else {
            return;
        };
        comment(
            out,
            2,
            "Its Cloud Map registry cannot hold tasks without IPv4 addresses, so the twin has one of its own, by this name in the same \
             namespace. Consumers move to it by themselves, and a person says when all have, before IPv4 has no tasks any more.",
        );
        let _ = writeln!(out, "    registry: {{ name: {} }}", scalar(name));
    }

    fn task_definition(&self, out: &mut String) {
        let edits = &self.plan.ipv6.task_definition;
        if edits.env.is_empty() {
            return;
        }
        out.push_str("    taskDefinition:\n");
        comment(
            out,
            3,
            "AWS's SDKs ask IPv4-only addresses unless they are told otherwise. Images of ECR are pulled from its dual-stack \
             names without a word here.",
        );
        out.push_str("      env:\n");
        for (key, value) in &edits.env {
            let _ = writeln!(out, "        {}: {}", scalar(key), yaml::quoted(value));
        }
    }

    fn shift(&self, out: &mut String) {
        out.push_str("  shift:\n");
        comment(out, 2, &format!("Why this way: {}.", self.way.reason()));
        let _ = writeln!(out, "    via: {}", scalar(self.way.via()));
        if self.plan.shift.way == crate::plan::Way::Families {
            return self.families(out);
        }
        comment(out, 2, &self.traffic());
        out.push_str("    steps:\n");
        for rung in &self.ladder.rungs {
            let _ = writeln!(out, "      {}", step(rung));
        }
        out.push_str("      - { weight: 100% }\n");
        comment(
            out,
            2,
            "How long 100% must be proven good before the IPv4 side is scaled to nothing. It is kept after that, ready to come back.",
        );
        let _ = writeln!(out, "    bake: {}\n", duration_text(self.plan.shift.bake));
    }

    /// Steps without shares.
    fn families(&self, out: &mut String) {
        comment(
            out,
            2,
            "Clients that come over IPv6 first, by a rule of their own. How many that are shows once they come: a hold with too few \
             waits, or asks a person with health.onTooFew: approval.",
        );
        out.push_str("    steps:\n");
        for step in &self.plan.shift.steps {
            let line = match step.weight {
                Share::ALL => "- { clients: all }".to_owned(),
                _ => format!("- {{ clients: ipv6, hold: {} }}", duration_text(step.hold)),
            };
            let _ = writeln!(out, "      {line}");
        }
        comment(
            out,
            2,
            "How long all clients on IPv6 must be proven good before the IPv4 side is scaled to nothing. It is kept after that, ready to come back.",
        );
        let _ = writeln!(out, "    bake: {}\n", duration_text(self.plan.shift.bake));
    }

    /// What the steps rest on.
    fn traffic(&self) -> String {
        let needed = self.ladder.needed;
        let usual = match self.usual {
            Ok(usual) => usual,
            Err(why) => {
                return format!(
                    "What usually comes is not known, so these are the usual steps, and not made for the service: {why}. A hold \
                     proves nothing with fewer than {needed} requests on IPv6."
                );
            }
        };
        let hours = hours(usual.hours);
        let (all, an_hour) = (count(usual.requests), count(usual.rate()));
        if self.ladder.is_thin {
            return format!(
                "{all} requests came in the last {hours}: so few that no hold has the {needed} on IPv6 within a day that it takes \
                 to tell good from bad. A person looks at each step, and approves it."
            );
        }
        let counted = if usual.quiet > 0.0 {
            format!("in a quiet hour {an_hour}")
        } else {
            format!("{an_hour} in the mean of all hours, of which some had none")
        };
        format!(
            "{all} requests came in the last {hours}, {counted}. Each hold is so long that {needed} of them reach IPv6: fewer cannot \
             tell good from bad."
        )
    }

    fn health(&self, out: &mut String) {
        let HealthPolicy {
            error_rate,
            latency_p99,
            min_requests,
            on_too_few,
            ..
        } = &self.plan.health;
        comment(
            out,
            1,
            "What is bad takes the traffic back to IPv4 at once.",
        );
        out.push_str("  health:\n");
        let by_families = self.plan.shift.way == crate::plan::Way::Families;
        let usual = self.usual.ok();
        if let Some(limit) = error_rate {
            if by_families {
                comment(
                    out,
                    2,
                    "No answer is counted there: this is held against connections that targets reset, above what was usual.",
                );
            } else if let Some(usual) = usual.filter(|u| u.requests > 0.0) {
                comment(
                    out,
                    2,
                    &format!(
                        "{} of the requests failed in that time.",
                        percent(usual.failed)
                    ),
                );
            }
            let _ = write!(out, "    errorRate: {{ max: {}", fraction(limit.max));
            worse(out, limit.worse_than_ipv4_by);
        }
        if let Some(limit) = latency_p99 {
            if let Some(p99) = usual.and_then(|u| u.p99) {
                comment(
                    out,
                    2,
                    &format!("The p99 of the slowest hour was {}.", millis(p99)),
                );
            }
            let _ = write!(out, "    latencyP99: {{ max: {}", latency_text(limit.max));
            worse(out, limit.worse_than_ipv4_by);
        } else if !by_families {
            comment(
                out,
                2,
                "No response time was measured yet, so there is no limit on it. For one: latencyP99: { max: 800ms }",
            );
        }
        let _ = writeln!(out, "    minRequests: {min_requests}");
        if *on_too_few == OnTooFew::Approval {
            out.push_str("    onTooFew: approval\n");
        }
        comment(
            out,
            2,
            "CloudWatch alarms that watch the load balancer or the application itself can speak too: alarms: [NAME]. So can any of \
             its metrics, with a limit of its own and beside IPv4's: metrics: [...]",
        );
        out.push('\n');
    }

    /// How consumers move, and what is bad.
    fn names(&self, out: &mut String) {
        out.push_str("  shift:\n");
        comment(out, 2, &format!("Why this way: {}.", self.way.reason()));
        let _ = writeln!(out, "    via: {}", scalar(self.way.via()));
        comment(
            out,
            2,
            "Consumers move to the name above by themselves. Once you say that all have, it must be good for so long before IPv4 is \
             emptied.",
        );
        let _ = writeln!(out, "    bake: {}\n", duration_text(self.plan.shift.bake));
        comment(
            out,
            1,
            "ECS tells whether tasks run. Whether they answer only alarms tell, or metrics with a limit of their own: name those that \
             do.",
        );
        out.push_str("  health:\n    alarms: []\n\n");
    }

    /// How the service's own tasks are replaced, and what is bad.
    fn in_place(&self, out: &mut String) {
        out.push_str("  shift:\n");
        comment(out, 2, &format!("Why this way: {}.", self.way.reason()));
        let _ = writeln!(out, "    via: {}", scalar(self.way.via()));
        comment(
            out,
            2,
            "First one task beside the service does its work on IPv6 alone for so long. proof: none, without hold, where the work \
             cannot be done twice.",
        );
        if let Some(said) = self.by_tasks() {
            comment(out, 2, &said);
        }
        let hold = self.plan.in_place().and_then(|how| how.proof);
        let hold = duration_text(hold.unwrap_or_default());
        let _ = writeln!(out, "    inPlace: {{ proof: task, hold: {hold} }}");
        comment(
            out,
            2,
            "Then one deployment replaces all tasks, and for so long they must stand before it is done. Until then what is bad puts \
             the service back as it was.",
        );
        let _ = writeln!(out, "    bake: {}\n", duration_text(self.plan.shift.bake));
        comment(
            out,
            1,
            "ECS tells whether tasks run. Whether they do their work only alarms tell, or metrics with a limit of their own: name \
             those that do, on the queue's oldest message or on failures that the work counts.",
        );
        out.push_str("  health:\n    alarms: []\n");
    }

    /// What several workers could do instead.
    fn by_tasks(&self) -> Option<String> {
        let service = self.seen.ipv4.seen()?;
        let could = service.desired >= 2
            && service.scheduling == "REPLICA"
            && service.offered_ports.is_empty()
            && service.registries.is_empty();
        could.then(|| {
            format!(
                "AWS advises this way. If its {} tasks share a queue, they can move some at a time instead, to a twin on the same \
                 queue: via: taskCount, with steps of weights (docs/guide/task-count.md).",
                service.desired
            )
        })
    }

    fn retire(&self, out: &mut String) {
        let retire = &self.plan.retire;
        comment(
            out,
            1,
            "The IPv4 side stays for so long without tasks, ready to come back; then a person approves, and it is deleted. \
             delete: [] would keep it.",
        );
        out.push_str("  retire:\n    approval: required\n");
        let _ = writeln!(out, "    keepCold: {}", duration_text(retire.keep_cold));
    }

    fn blocking(&self, out: &mut String) {
        let blocking: Vec<&Finding> = self.findings.iter().filter(|f| f.blocks()).collect();
        if blocking.is_empty() {
            return;
        }
        out.push('\n');
        comment(
            out,
            1,
            "These stop it. Mend them; or take them as they are, each with a reason, by what stands below:",
        );
        for finding in &blocking {
            item(out, 1, &told(finding));
        }
        comment(out, 1, "preflight:");
        out.push_str("  #   waive:\n");
        let mut codes: Vec<&str> = blocking.iter().map(|f| f.code).collect();
        codes.dedup();
        for code in codes {
            let _ = writeln!(out, "  #     - {{ finding: {code}, reason: WHY }}");
        }
    }
}

fn told(finding: &Finding) -> String {
    format!(
        "{}: {}. To mend it: {}.",
        finding.code, finding.message, finding.remedy
    )
}

fn step(rung: &Rung) -> String {
    let weight = percent_text((rung.weight.fraction() * PPM).round() as u64);
    let hold = duration_text(rung.hold);
    let expected = rung.expected.map(|n| {
        format!(
            " # about {} requests on IPv6 in {}",
            count(n),
            duration(rung.hold)
        )
    });
    format!(
        "- {{ weight: {weight}, hold: {hold} }}{}",
        expected.unwrap_or_default()
    )
}

fn worse(out: &mut String, by: Option<f64>) {
    if let Some(by) = by {
        let _ = write!(out, ", worseThanIpv4By: {}", fraction(by));
    }
    out.push_str(" }\n");
}

fn fraction(value: f64) -> String {
    percent_text((value * PPM).round() as u64)
}

fn hours(hours: usize) -> String {
    match hours {
        1 => "hour".to_owned(),
        n if n >= 48 => format!("{} days", n / 24),
        n => format!("{n} hours"),
    }
}

/// With commas, for people.
fn count(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn field(out: &mut String, depth: usize, key: &str, value: &str) {
    let _ = writeln!(out, "{}{key}: {}", pad(depth), scalar(value));
}

/// A text as YAML takes it for one.
fn scalar(text: &str) -> String {
    yaml::name(text, "-_")
}

fn pad(depth: usize) -> String {
    "  ".repeat(depth)
}
