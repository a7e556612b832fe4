//! What is wrong with `notify:` that no type refuses: every mistake at once, by its path.

use std::{collections::BTreeSet, time::Duration};

use sixshift_aws::store::{Bus, Topic};
use sixshift_core::plan::{duration, is_role_arn};

use super::Settings;
use crate::post::usable;

/// Where something is wrong, what, and what to do.
type Mistake = (String, String, &'static str);

/// What no type refuses, of all receivers: the path, what is wrong, and what to do.
#[must_use]
pub fn mistakes(receivers: &[Settings]) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for (i, settings) in receivers.iter().enumerate() {
        let Some(common) = settings.common() else {
            found.push((
                format!("notify[{i}]"),
                "exactly one of webhook, slack, sns and eventbridge belongs here".to_owned(),
                "write a receiver each, as in `- slack: { urlEnv: … }`",
            ));
            continue;
        };
        let at = |key: &str| format!("notify[{i}].{}.{key}", common.kind);
        if !is_name(common.name) {
            found.push((
                at("name"),
                format!("{:?} is no name of a receiver", common.name),
                "write 1 to 50 letters, digits, dots, hyphens or underscores",
            ));
        } else if !names.insert(common.name.to_owned()) {
            found.push((
                format!("notify[{i}].{}", common.kind),
                format!("another receiver is named {} too", common.name),
                "write name: with a name of its own",
            ));
        }
        if common.on.is_empty() {
            found.push((
                at("on"),
                "without anything to tell of it is told of nothing".to_owned(),
                "write on: [needsPerson, rolledBack, done]",
            ));
        }
        for (key, text, least, most, remedy) in [
            (
                "repeat",
                common.repeat,
                60,
                30 * 86_400,
                "write 1m to 30d, as in 4h",
            ),
            ("timeout", common.timeout, 1, 60, "write 1s to 60s"),
        ] {
            let Some(text) = text else { continue };
            let seconds = duration(text).as_ref().map(Duration::as_secs);
            if !seconds.is_some_and(|seconds| (least..=most).contains(&seconds)) {
                found.push((at(key), format!("{text:?} is no time for {key}"), remedy));
            }
        }
        found.extend(places(settings, i));
        found.extend(in_aws(settings, i));
    }
    found
}

/// What is wrong with where an address and a secret come from.
fn places(settings: &Settings, i: usize) -> Vec<Mistake> {
    let mut found = Vec::new();
    let kind = settings.common().map_or("", |common| common.kind);
    for kept in settings.kept().iter().filter(|kept| !kept.is_one()) {
        let (count, remedy) = if kept.optional {
            ("at most", "take the others out")
        } else {
            (
                "exactly",
                "write one of them; an address that lets whoever knows it post is a secret",
            )
        };
        found.push((
            format!("notify[{i}].{kind}"),
            format!("{count} one of {} belongs here", kept.names()),
            remedy,
        ));
    }
    let webhook = settings.webhook.as_ref();
    let written = webhook.and_then(|it| Some((it.url.as_deref()?, it.allow_private)));
    if let Some(Err(why)) = written.map(|(url, private)| usable(url, private)) {
        let said = "this address cannot be used".to_owned();
        found.push((format!("notify[{i}].webhook.url"), said, why.remedy()));
    }
    found
}

/// What is wrong with names in AWS.
fn in_aws(settings: &Settings, i: usize) -> Vec<Mistake> {
    let mut found = Vec::new();
    let topic = settings.sns.as_ref().map(|it| it.topic.as_str());
    if let Some(topic) = topic.filter(|topic| Topic::region(topic).is_none()) {
        found.push((
            format!("notify[{i}].sns.topic"),
            format!("{topic:?} is no topic's ARN"),
            "write it as in arn:aws:sns:eu-central-1:123456789012:migrations",
        ));
    }
    let bus = settings.eventbridge.as_ref().map(|it| it.bus.as_str());
    if let Some(bus) = bus.filter(|bus| Bus::region(bus).is_none()) {
        found.push((
            format!("notify[{i}].eventbridge.bus"),
            format!("{bus:?} is neither a bus's name nor its ARN"),
            "write it as in migrations, or arn:aws:events:eu-central-1:123456789012:event-bus/migrations",
        ));
    }
    let roles = [
        (
            "sns",
            settings.sns.as_ref().and_then(|it| it.role_arn.as_deref()),
        ),
        (
            "eventbridge",
            settings
                .eventbridge
                .as_ref()
                .and_then(|it| it.role_arn.as_deref()),
        ),
    ];
    for (kind, role) in roles {
        let Some(role) = role.filter(|role| !is_role_arn(role)) else {
            continue;
        };
        found.push((
            format!("notify[{i}].{kind}.roleArn"),
            format!("{role:?} is no role's ARN"),
            "write it as in arn:aws:iam::123456789012:role/sixshift",
        ));
    }
    found
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=50).contains(&name.len()) && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Vec<Settings> {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn wrong(yaml: &str) -> Vec<String> {
        let found = mistakes(&read(yaml)).into_iter();
        found
            .map(|(at, what, remedy)| format!("{at}: {what}; {remedy}"))
            .collect()
    }

    #[test]
    fn every_mistake_has_its_place_and_its_remedy() {
        let wrong = wrong(
            "- {}\n\
             - webhook: { url: 'http://a.example.com', on: [], repeat: 5s, timeout: 2m, secretEnv: A, secretFile: b }\n\
             - webhook: { on: [done], name: 'a b' }\n\
             - slack: { on: [done], urlEnv: A, urlFile: b }\n\
             - slack: { on: [done], urlEnv: A }\n\
             - webhook: { name: x, on: [done], url: 'https://me:secret@a.example.com' }\n\
             - webhook: { name: y, on: [done], url: hooks, urlSecret: prod/hook }\n\
             - sns: { topic: migrations, roleArn: me, on: [done], timeout: 0s }\n\
             - eventbridge: { bus: 'arn:aws:events:a', on: [done] }\n\
             - { sns: { topic: a, on: [done] }, eventbridge: { bus: default, on: [done] } }\n",
        );
        let expected = [
            (
                "notify[0]: exactly one of webhook, slack, sns and eventbridge",
                "a receiver each",
            ),
            ("notify[1].webhook.on: ", "needsPerson"),
            ("notify[1].webhook.repeat: \"5s\"", "1m to 30d"),
            ("notify[1].webhook.timeout: \"2m\"", "1s to 60s"),
            (
                "notify[1].webhook: at most one of secretEnv, secretFile",
                "out",
            ),
            ("notify[1].webhook.url: ", "allowPrivate: true"),
            ("notify[2].webhook.name: \"a b\"", "1 to 50"),
            ("notify[2].webhook: exactly one of url", "write one"),
            ("notify[3].slack: exactly one of urlEnv", "is a secret"),
            ("notify[4].slack: another receiver is named slack", "name:"),
            ("notify[5].webhook.url: ", "without a user"),
            ("notify[6].webhook: exactly one of url, urlEnv", "write one"),
            ("notify[6].webhook.url: ", "write it whole"),
            ("notify[7].sns.timeout: ", "1s to 60s"),
            ("notify[7].sns.topic: \"migrations\"", "arn:aws:sns:"),
            ("notify[7].sns.roleArn: \"me\"", "arn:aws:iam:"),
            ("notify[8].eventbridge.bus: ", "as in migrations"),
            ("notify[9]: exactly one of", "a receiver each"),
        ];
        assert_eq!(wrong.len(), expected.len(), "{wrong:#?}");
        for (found, (begins, has)) in wrong.iter().zip(expected) {
            assert!(found.starts_with(begins) && found.contains(has), "{found}");
            assert!(!found.contains("secret@"), "{found}");
        }
    }
}
