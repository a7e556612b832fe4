//! `sixshift events [NAME]`: what happened, oldest first.

use clap::Args as ClapArgs;
use sixshift_api::model::{Event, Page};

use super::{
    Server, complete,
    connection::{Connection, answered},
    error::Error,
    follow::{Follower, News},
    get,
    output::{Format, note, say},
    stop,
    words::{BOLD, DIM, percent, width, wrap},
};
use crate::exit;

/// The API gives no larger page.
const LARGEST_PAGE: u16 = 500;

/// Arguments of `events`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Only this plan's.
    #[arg(add = complete::names())]
    name: Option<String>,
    /// Stay, and print what happens, until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
    /// How many of the newest.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=i64::from(LARGEST_PAGE)))]
    limit: u16,
    /// table, wide (with evidence, commit and sequence number), json (a line each when following) or yaml.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    server: Server,
}

/// Prints them.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let connection = args.server.connect()?;
    if args.follow {
        return follow(args, &connection);
    }
    let items = newest(&connection, args)?;
    let page = Page { items, next: None };
    if !args.output.print(&page)? {
        if page.items.is_empty() {
            note("nothing happened yet");
        }
        for event in &page.items {
            say(&line(event, args))?;
        }
    }
    Ok(exit::DONE)
}

fn follow(args: &Args, connection: &Connection) -> anyhow::Result<u8> {
    stop::at_ctrl_c()?;
    let query = args
        .name
        .as_ref()
        .map_or_else(String::new, |name| format!("?plan={}", get::escaped(name)));
    let mut follower = Follower::new(connection, format!("/api/v1/stream{query}"));
    let mut last = None;
    loop {
        let events = match follower.next()? {
            News::Message(message) if message.event == "event" => {
                answered(message.data.as_bytes()).into_iter().collect()
            }
            News::Message(message) if message.event != "snapshot" => continue,
            // Connected, or sent to a fresh start: what came in between is in the history.
            News::Message(_) | News::Connected => match last {
                None => newest(connection, args)?,
                Some(seq) => match since(connection, args.name.as_deref(), seq) {
                    Err(error) if error.may_pass() => continue,
                    events => events?,
                },
            },
        };
        for event in events {
            let is_new = last.is_none_or(|last| event.seq > last);
            let is_meant = args.name.is_none() || event.plan == args.name;
            if is_new && is_meant {
                last = Some(event.seq);
                if !args.output.print_one(&event)? {
                    say(&line(&event, args))?;
                }
            }
        }
        // Nothing so far is a place to go on from, too.
        last = last.or(Some(0));
    }
}

fn path(name: Option<&str>) -> String {
    name.map_or_else(
        || "/api/v1/events".to_owned(),
        |name| format!("{}/events", get::path(name)),
    )
}

fn newest(connection: &Connection, args: &Args) -> Result<Vec<Event>, Error> {
    let path = path(args.name.as_deref());
    let mut page: Page<Event> = connection.get(&format!("{path}?limit={}", args.limit))?;
    page.items.sort_by_key(|event| event.seq);
    Ok(page.items)
}

/// Every event after one, page by page.
pub(super) fn since(
    connection: &Connection,
    name: Option<&str>,
    after: u64,
) -> Result<Vec<Event>, Error> {
    let path = path(name);
    let mut all: Vec<Event> = Vec::new();
    let mut after = after;
    loop {
        let url = format!("{path}?after={after}&limit={LARGEST_PAGE}");
        let mut page: Page<Event> = connection.get(&url)?;
        page.items.retain(|event| event.seq > after);
        page.items.sort_by_key(|event| event.seq);
        let Some(newest) = page.items.last() else {
            return Ok(all);
        };
        after = newest.seq;
        all.append(&mut page.items);
    }
}

/// An event's line; what a person said and why, and the evidence, beneath it.
fn line(event: &Event, args: &Args) -> String {
    let who = event.plan.as_deref().filter(|_| args.name.is_none());
    let who = match (who, &args.name) {
        (Some(plan), _) => format!("{plan:<16} "),
        (None, None) => format!("{:<16} ", "(fleet)"),
        (None, Some(_)) => String::new(),
    };
    let at = event.at.strftime("%F %H:%M:%S");
    let kind = &event.kind;
    let indent = 20 + 8 + 1 + who.chars().count();
    let room = width().saturating_sub(indent).max(30);
    let mut told = event.text.clone();
    if let Some(actor) = &event.actor {
        told += &format!(" · {actor}");
    }
    if let Some(reason) = &event.reason {
        told += &format!(": {reason}");
    }
    let mut lines = wrap(&told, room);
    if args.output.is_wide() {
        let known = [
            event.call.clone(),
            event
                .share
                .map(|share| format!("IPv6 at {}", percent(Some(share)))),
            event.commit.as_ref().map(|c| format!("commit {c}")),
            event.revision.as_ref().map(|r| format!("revision {r}")),
            Some(format!("#{}", event.seq)),
        ];
        let known: Vec<String> = known.into_iter().flatten().collect();
        lines.push(known.join(", "));
        lines.extend(event.evidence.iter().cloned());
    }
    let mut text = format!("{DIM}{at}{DIM:#} {kind:<8} {BOLD}{who}{BOLD:#}");
    text += &lines.join(&format!("\n{}", " ".repeat(indent)));
    text.push('\n');
    text
}
