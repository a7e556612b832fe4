//! What lies ahead, for people at a terminal.
//!
//! What belongs here: lines. What must not: words about a migration, which are the API's.

use jiff::Timestamp;
use sixshift_api::model::{Ahead, Change, Finding, Foresight, Thing};

use super::Told;
use crate::client::words::{BOLD, DIM, length, width, wrap};
use crate::cost::Cost;

/// Names of things begin here.
const INDENT: usize = 6;

/// All of them, and how many there are of each where there are several.
pub(super) fn page(told: &[Told]) -> String {
    let room = width().clamp(60, 100);
    let each: Vec<String> = told.iter().map(|t| one(t, room)).collect();
    let mut text = each.join("\n");
    if told.len() > 1 {
        let count = |outcome: &str| {
            told.iter()
                .filter(|t| t.foresight.outcome == outcome)
                .count()
        };
        let parts = ["changes", "nothing", "blocked", "unreadable"]
            .map(|outcome| (count(outcome), outcome))
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, outcome)| format!("{count} {}", said(outcome)));
        let parts: Vec<String> = parts.collect();
        text += &format!("\n{} plans: {}\n", told.len(), parts.join(", "));
    }
    text
}

fn said(outcome: &str) -> &str {
    match outcome {
        "changes" => "will change something",
        "nothing" => "with nothing to do",
        "unreadable" => "could not be read in AWS",
        other => other,
    }
}

fn one(told: &Told, room: usize) -> String {
    let foresight = &told.foresight;
    let mut text = format!(
        "{BOLD}{}{BOLD:#} {DIM}{}, revision {}{DIM:#}\n",
        foresight.name, foresight.service, foresight.revision
    );
    if let Some(told) = foresight.way.told() {
        text += &titled("Way", &told, room);
    }
    text += &findings(&foresight.findings, room);
    if foresight.ahead.is_empty() {
        return text + &end(foresight, room);
    }
    let now = foresight.from.strftime("%a %F %H:%M:%S UTC");
    text += &format!("It is {now}; each time is the earliest that can be.\n");
    text += &steps(foresight, room);
    text += &end(foresight, room);
    if !foresight.permissions.is_empty() {
        let all = foresight.permissions.join(", ");
        let count = foresight.permissions.len();
        text += &titled(&format!("IAM actions ({count})"), &all, room);
    }
    text += &account(foresight, room);
    text += &cost(foresight, &told.cost, room);
    text
}

/// What preflight warns of; what stops the plan is where it ends, and what it waives is its own word.
fn findings(all: &[Finding], room: usize) -> String {
    let warns = |f: &&Finding| f.severity == "warn" && f.waived.is_none();
    let mut text = String::new();
    for found in all.iter().filter(warns) {
        let Finding {
            code,
            message,
            remedy,
            ..
        } = found;
        text += &indented(&format!("{code}: {message}; {remedy}"), "! ", room);
    }
    if text.is_empty() {
        return text;
    }
    format!("\n{BOLD}Preflight warns{BOLD:#}\n{text}\n")
}

fn steps(foresight: &Foresight, room: usize) -> String {
    let mut text = String::new();
    let mut phase = "";
    for ahead in &foresight.ahead {
        if let Ahead::Call { phase: of, .. } | Ahead::Wait { phase: of, .. } = ahead
            && of != phase
        {
            text += &format!("\n{BOLD}{of}{BOLD:#}\n");
            phase = of;
        }
        text += &line(ahead, foresight.from, room);
    }
    text
}

fn line(ahead: &Ahead, from: Timestamp, room: usize) -> String {
    match ahead {
        Ahead::Call {
            number,
            at,
            call,
            resource,
            changes,
            ..
        } => {
            let head = format!("{number:>4}. {call}");
            let mut text = sides(&head, &clock(*at, from), room);
            let named = format!("{} {}", resource.kind, resource.name);
            text += &indented(&named, "", room);
            if let Some(arn) = &resource.arn {
                text += &format!("{:INDENT$}{DIM}{arn}{DIM:#}\n", "");
            }
            for change in changes {
                text += &difference(change, room);
            }
            text
        }
        Ahead::Wait {
            until,
            what,
            assumed,
            ..
        } => {
            let assumed = if *assumed { " (assumed)" } else { "" };
            let when = format!("until {}{assumed}", clock(*until, from));
            sides(&format!("   .  {what}"), &when, room)
        }
        Ahead::Gate { at, gate, command } => {
            let head = format!("   ?  a person opens the gate {gate}");
            let text = sides(&head, &format!("from {} on", clock(*at, from)), room);
            text + &indented(command, "", room)
        }
    }
}

/// Two texts at either side of a line, or the second one below.
fn sides(left: &str, right: &str, room: usize) -> String {
    let (a, b) = (left.chars().count(), right.chars().count());
    if a + 2 + b <= room {
        let blanks = " ".repeat(room - a - b);
        return format!("{left}{blanks}{DIM}{right}{DIM:#}\n");
    }
    format!("{left}\n{DIM}{right:>room$}{DIM:#}\n")
}

fn indented(text: &str, mark: &str, room: usize) -> String {
    let deep = INDENT + mark.len();
    let mut lines = String::new();
    for (i, line) in wrap(text, room.saturating_sub(deep)).iter().enumerate() {
        let lead = if i == 0 {
            mark
        } else {
            &" ".repeat(mark.len())
        };
        lines += &format!("{:INDENT$}{lead}{line}\n", "");
    }
    lines
}

fn difference(change: &Change, room: usize) -> String {
    let Change {
        what,
        before,
        after,
    } = change;
    let mut text = String::new();
    for (mark, value) in [("- ", before), ("+ ", after)] {
        if let Some(value) = value {
            text += &indented(&format!("{what}: {value}"), mark, room);
        }
    }
    text
}

fn end(foresight: &Foresight, room: usize) -> String {
    let calls = foresight
        .ahead
        .iter()
        .filter(|a| matches!(a, Ahead::Call { .. }))
        .count();
    let head = match (foresight.outcome.as_str(), calls) {
        ("nothing", _) => "Nothing to do".to_owned(),
        ("blocked", 0) => "Blocked".to_owned(),
        ("blocked", n) => format!("Blocked after {}", counted(n)),
        ("unreadable", _) => "AWS could not be read".to_owned(),
        (_, n) => format!(
            "{}, over at the earliest on {}",
            counted(n),
            moment(foresight.until, foresight.from)
        ),
    };
    let mut text = titled(&head, &foresight.sentence, room);
    if let Some(page) = &foresight.runbook {
        text += &format!("  Runbook: {page}\n");
    }
    text
}

fn counted(calls: usize) -> String {
    match calls {
        1 => "1 call".to_owned(),
        n => format!("{n} calls"),
    }
}

fn titled(title: &str, text: &str, room: usize) -> String {
    let mut lines = format!("\n{BOLD}{title}{BOLD:#}\n");
    for line in wrap(text, room - 2) {
        lines += &format!("  {line}\n");
    }
    lines
}

fn account(foresight: &Foresight, room: usize) -> String {
    let account = &foresight.account;
    let mut text = format!("\n{BOLD}In the account afterwards{BOLD:#}\n");
    for (mark, things) in [
        ("+ ", &account.made),
        ("~ ", &account.changed),
        ("  ", &account.kept),
        ("- ", &account.gone),
    ] {
        for thing in things {
            text += &thing_line(mark, thing, room);
        }
    }
    text
}

fn thing_line(mark: &str, thing: &Thing, room: usize) -> String {
    let like = match (&thing.before, &thing.after) {
        (Some(before), Some(after)) if before != after => format!("{after} (now {before})"),
        (_, Some(after)) => after.clone(),
        (Some(before), None) => format!("gone (now {before})"),
        (None, None) => String::new(),
    };
    let named = format!("{} {}", thing.resource.kind, thing.resource.name);
    let text = match like.trim() {
        "" => named,
        "gone (now )" => format!("{named}: gone"),
        like => format!("{named}: {like}"),
    };
    let mut lines = String::new();
    for (i, line) in wrap(&text, room - 4).iter().enumerate() {
        lines += &format!("  {}{line}\n", if i == 0 { mark } else { "    " });
    }
    lines
}

fn cost(foresight: &Foresight, cost: &Cost, room: usize) -> String {
    let twice = &foresight.twice;
    let mut said = match (twice.from, twice.until) {
        (Some(from), Some(until)) => format!(
            "From {} to {} tasks run twice: {:.1} task-hours",
            moment(from, foresight.from),
            moment(until, foresight.from),
            twice.task_hours
        ),
        _ => "No task runs twice from here on".to_owned(),
    };
    if let (Some(vcpu), Some(gb)) = (twice.vcpu_hours, twice.gb_hours)
        && twice.from.is_some()
    {
        said += &format!(", which are {vcpu:.1} vCPU-hours and {gb:.1} GB-hours");
        said += &match cost.both_sides {
            Some(dollars) => format!("; about ${dollars:.2} ({})", cost.source),
            None => format!(" ({})", cost.source),
        };
    }
    said += ".";
    if twice.capacity == "fargateProviders" {
        said += " Its capacity providers may give it spot capacity, which costs less.";
    }
    if twice.public_addresses > 0 {
        said += &format!(
            " The twin does without {} public IPv4 addresses: about ${:.2} a month less.",
            twice.public_addresses, cost.addresses_a_month
        );
    }
    titled("Both sides beside one another", &said, room)
}

/// `Fri 2026-11-27 14:20:00 UTC (+2h10m)`.
fn moment(at: Timestamp, from: Timestamp) -> String {
    format!(
        "{} ({})",
        at.strftime("%a %F %H:%M:%S UTC"),
        after(at, from)
    )
}

/// `Fri 14:20:00 (+2h10m)`.
fn clock(at: Timestamp, from: Timestamp) -> String {
    format!("{} ({})", at.strftime("%a %H:%M:%S"), after(at, from))
}

fn after(at: Timestamp, from: Timestamp) -> String {
    match at.duration_since(from) {
        soon if soon.as_secs() <= 0 => "now".to_owned(),
        later => format!("+{}", length(later)),
    }
}

#[cfg(test)]
mod tests {
    use sixshift_api::model::Resource;

    use super::*;

    const NOW: &str = "2026-03-02T09:00:00Z";

    fn call() -> Ahead {
        Ahead::Call {
            number: 12,
            at: "2026-03-02T11:10:00Z".parse().unwrap(),
            phase: "Shift".to_owned(),
            call: "elasticloadbalancing:ModifyRule".to_owned(),
            what: "raise IPv6 to 1 %".to_owned(),
            resource: Resource {
                kind: "rule".to_owned(),
                name: "10 (path /checkout) of HTTPS:443 of shop".to_owned(),
                arn: Some("arn:aws:elasticloadbalancing:eu-central-1:1:listener-rule/a".to_owned()),
            },
            changes: vec![Change {
                what: "forward".to_owned(),
                before: Some("checkout 100 %".to_owned()),
                after: Some("checkout 99 %, checkout-v6 1 %".to_owned()),
            }],
        }
    }

    fn found(code: &str, severity: &str, waived: Option<&str>) -> Finding {
        Finding {
            code: code.to_owned(),
            severity: severity.to_owned(),
            message: "an image is not on dual-stack ECR".to_owned(),
            remedy: "set ecrDualStack: true".to_owned(),
            waived: waived.map(str::to_owned),
        }
    }

    #[test]
    fn what_preflight_warns_of_comes_first_and_what_is_waived_or_stops_is_told_elsewhere() {
        let all = [
            found("stops", "block", None),
            found("images", "warn", None),
            found("meant", "warn", Some("we know")),
        ];
        let text = plain(&findings(&all, 80));
        assert_eq!(
            text,
            "\nPreflight warns\n      ! images: an image is not on dual-stack ECR; set ecrDualStack: true\n\n"
        );
        assert_eq!(findings(&[], 80), "");
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_call_is_told_with_its_time_its_resource_and_its_difference() {
        let told = plain(&line(&call(), NOW.parse().unwrap(), 70));
        assert_eq!(
            told,
            "  12. elasticloadbalancing:ModifyRule            Mon 11:10:00 (+2h10m)\n      \
             rule 10 (path /checkout) of HTTPS:443 of shop\n      \
             arn:aws:elasticloadbalancing:eu-central-1:1:listener-rule/a\n      \
             - forward: checkout 100 %\n      \
             + forward: checkout 99 %, checkout-v6 1 %\n"
        );
    }

    #[test]
    fn a_gate_is_a_line_of_its_own_with_what_opens_it() {
        let gate = Ahead::Gate {
            at: NOW.parse().unwrap(),
            gate: "step:2".to_owned(),
            command: "sixshift approve checkout".to_owned(),
        };
        let told = plain(&line(&gate, NOW.parse().unwrap(), 80));
        assert!(
            told.starts_with("   ?  a person opens the gate step:2 "),
            "{told}"
        );
        assert!(
            told.ends_with("\n      sixshift approve checkout\n"),
            "{told}"
        );
    }

    #[test]
    fn what_does_not_fit_beside_stands_below() {
        let told = plain(&sides("a text that is long", "at noon", 20));
        assert_eq!(told, "a text that is long\n             at noon\n");
    }
}
