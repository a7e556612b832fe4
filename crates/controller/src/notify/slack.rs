//! A message as Slack's incoming webhooks take it: a line for the notification, blocks for the channel.
//!
//! What belongs here: the blocks, what Slack reads as markup, and its limits. What must not: what is told.

use serde_json::{Value, json};

use super::message::{Message, What};
use crate::post::Body;

/// The most characters of a section's text.
const SECTION: usize = 3_000;
/// Of a notification's line: it is shown in one.
const LINE: usize = 300;
/// Of the lines below: an element's limit, and far more than they need.
const CONTEXT: usize = 2_000;

pub(super) fn body(message: &Message) -> Body {
    Body {
        content_type: "application/json; charset=utf-8",
        text: payload(message).to_string(),
        signature: None,
    }
}

fn payload(message: &Message) -> Value {
    let sentence = text(&message.sentence, SECTION / 2);
    let mut section = format!(
        "{} *{}*\n{sentence}",
        mark(message.what),
        text(&message.title(), LINE)
    );
    if let Some(unblocks) = &message.unblocked_by {
        section.push_str("\n*What unblocks it:* ");
        section.push_str(&text(unblocks, SECTION / 4));
    }
    let line = format!("{}: {}", message.title(), message.sentence);
    json!({
        "text": text(&line, LINE),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": section}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": context(message)}]},
        ],
    })
}

/// Where to look and how to ask.
fn context(message: &Message) -> String {
    let mut parts = Vec::new();
    parts.extend(
        message
            .dashboard
            .as_deref()
            .map(|url| link(url, "Dashboard")),
    );
    parts.extend(message.runbook.as_deref().map(|url| link(url, "Runbook")));
    parts.push(format!("`{}`", text(&message.ask(), LINE)));
    parts.push(format!("event {}", message.event));
    let joined = parts.join("  |  ");
    if joined.chars().count() <= CONTEXT {
        joined
    } else {
        // Half a link is none.
        parts.split_off(parts.len() - 2).join("  |  ")
    }
}

fn mark(what: What) -> &'static str {
    match what {
        What::NeedsPerson | What::Missed => ":warning:",
        What::RollingBack | What::RolledBack => ":rewind:",
        What::Done | What::Resolved => ":white_check_mark:",
        What::Findings => ":mag:",
        What::Begun | What::Step | What::Daemon => ":information_source:",
    }
}

/// A link. What would end it early is written as addresses write it.
fn link(url: &str, words: &str) -> String {
    let url: String = url
        .chars()
        .map(|c| match c {
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '|' => "%7C".to_owned(),
            '&' => "&amp;".to_owned(),
            c => c.to_string(),
        })
        .collect();
    format!("<{url}|{words}>")
}

/// Text as it is, with nothing in it that Slack reads as a mention, a link or a command; at most so many characters, and no
/// half of an escape at its end.
fn text(text: &str, most: usize) -> String {
    let mut written = String::new();
    let mut length = 0;
    for c in text.chars() {
        let escaped = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => "",
        };
        let wide = if escaped.is_empty() { 1 } else { escaped.len() };
        if length + wide >= most {
            written.push('…');
            break;
        }
        length += wide;
        if escaped.is_empty() {
            written.push(c);
        } else {
            written.push_str(escaped);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{super::message::tests::message, *};

    fn part<'a>(payload: &'a Value, pointer: &str) -> &'a str {
        payload.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    #[test]
    fn nothing_that_was_written_is_a_mention_a_link_or_a_command() {
        let payload = payload(&message("<!channel> <@U1> a & b <https://x|y>"));
        let section = part(&payload, "/blocks/0/text/text");
        assert_eq!(
            section,
            ":warning: *checkout needs a person*\n&lt;!channel&gt; &lt;@U1&gt; a &amp; b &lt;https://x|y&gt;\n\
             *What unblocks it:* approve &lt;step&gt; 1 &amp; go on"
        );
        let line = part(&payload, "/text");
        assert!(
            line.starts_with("checkout needs a person: &lt;!channel&gt;"),
            "{line}"
        );
        assert_eq!(
            part(&payload, "/blocks/1/elements/0/text"),
            "<https://sixshift.example.com/plans/checkout|Dashboard>  |  \
             <https://example.com/a%7Cb%3Ec?d=1&amp;e=2|Runbook>  |  `sixshift why checkout`  |  event 7"
        );
    }

    #[test]
    fn a_text_of_any_length_stays_within_slacks_limits_and_ends_in_no_half_escape() {
        for long in [
            "&".repeat(9_000),
            "ä".repeat(9_000),
            format!("{}&&&", "x".repeat(1_494)),
        ] {
            let mut message = message(&long);
            message.unblocked_by = Some(long.clone());
            message.dashboard = Some(format!("https://sixshift.example.com/{long}"));
            let payload = payload(&message);
            for (pointer, most) in [
                ("/text", LINE),
                ("/blocks/0/text/text", SECTION),
                ("/blocks/1/elements/0/text", CONTEXT),
            ] {
                let text = part(&payload, pointer);
                assert!(text.chars().count() <= most, "{pointer}");
                let escapes = text.split('&').skip(1);
                let is_whole = |rest: &str| rest.starts_with("amp;");
                assert!(escapes.into_iter().all(is_whole), "{pointer}: {text}");
            }
        }
    }
}
