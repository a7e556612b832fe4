//! A message as a topic of SNS takes it: what programs read, what mail says, and what subscriptions filter by.
//!
//! What belongs here: the forms, and how a message comes to lie within SNS's limits. What must not: what is told.

use std::{fmt::Write as _, time::Duration};

use sixshift_aws::store::{Fault, Published, Topic};

use super::{
    cloud_event,
    message::{Message, What},
};

/// Publishes it.
pub(super) async fn publish(
    topic: &Topic,
    message: &Message,
    base: Option<&str>,
    limit: Duration,
) -> Result<(), Fault> {
    let (subject, kind) = (subject(message), cloud_event::kind(message));
    let mut message = message.clone();
    loop {
        let event = cloud_event::event(&message, base).to_string();
        let (mail, line) = (mail(&message), subject.as_str());
        let attributes = attributes(&message, &kind);
        let published = Published {
            subject: &subject,
            messages: &[("default", &event), ("email", &mail), ("sms", line)],
            attributes: &attributes,
            group: cloud_event::subject(&message),
            name: &message.id,
        };
        if published.bytes() <= Topic::MOST_BYTES || message.is_short {
            return topic.publish(&published, limit).await;
        }
        message.shorten();
    }
}

/// What subscriptions filter by; none of them may be empty.
fn attributes<'a>(message: &'a Message, kind: &'a str) -> Vec<(&'a str, &'a str)> {
    let needs_person = match message.needs_person {
        Some(true) => Some("true"),
        Some(false) => Some("false"),
        None => None,
    };
    let parts = [
        ("type", Some(kind)),
        ("what", Some(message.what.name())),
        ("plan", message.plan.as_deref()),
        ("phase", message.phase.as_deref()),
        ("waitingOn", message.waiting_on.as_deref()),
        ("needsPerson", needs_person),
    ];
    let known = parts.into_iter().filter_map(|(k, v)| Some((k, v?)));
    known.filter(|(_, value)| !value.is_empty()).collect()
}

/// The title, as far as a subject may have it: ASCII without control characters, and not so long.
fn subject(message: &Message) -> String {
    let title = message.title();
    let plain = title.chars().map(|c| match c {
        ' '..='~' => c,
        _ => '?',
    });
    plain.take(Topic::MOST_SUBJECT - 1).collect()
}

/// For whoever reads it.
fn mail(message: &Message) -> String {
    let mut text = format!("{}\n\n{}\n", message.title(), message.sentence);
    let more = [
        ("What unblocks it: ", message.unblocked_by.as_deref()),
        ("Dashboard: ", message.dashboard.as_deref()),
        ("Runbook: ", message.runbook.as_deref()),
    ];
    for (before, part) in more {
        if let Some(part) = part {
            let _ = write!(text, "\n{before}{part}\n");
        }
    }
    if message.what != What::Missed {
        let _ = write!(text, "\nAsk: {}\n", message.ask());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{super::message::tests::message, *};

    #[test]
    fn a_subject_is_ascii_and_short() {
        let mut told = message("…");
        assert_eq!(subject(&told), "checkout needs a person");
        told.plan = Some(format!("naïve\n{}", "x".repeat(200)));
        let subject = subject(&told);
        assert!(subject.starts_with("na?ve?x"), "{subject}");
        assert_eq!(subject.len(), Topic::MOST_SUBJECT - 1);
    }

    #[test]
    fn no_attribute_is_empty() {
        let mut told = message("…");
        told.phase = Some(String::new());
        let found = attributes(&told, "sixshift.v1.needsPerson");
        assert_eq!(
            found,
            [
                ("type", "sixshift.v1.needsPerson"),
                ("what", "needsPerson"),
                ("plan", "checkout"),
                ("needsPerson", "true"),
            ]
        );
    }

    #[test]
    fn a_mail_says_what_to_do() {
        let mut told = message("At 10 %.");
        told.unblocked_by = Some("approve step 1".to_owned());
        told.runbook = None;
        assert_eq!(
            mail(&told),
            "checkout needs a person\n\nAt 10 %.\n\nWhat unblocks it: approve step 1\n\n\
             Dashboard: https://sixshift.example.com/plans/checkout\n\nAsk: sixshift why checkout\n"
        );
    }
}
