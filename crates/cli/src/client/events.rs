//! `sixshift events [NAME]`: what happened, oldest first.

use clap::{Args as ClapArgs, builder::PossibleValuesParser};
use sixshift_api::model::{Event, KINDS, Page};

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
    /// Only events of this kind; may be given several times, or several with commas between them.
    #[arg(long, value_parser = PossibleValuesParser::new(KINDS), ignore_case = true, value_delimiter = ',')]
    kind: Vec<String>,
    /// Only what happened after the event of this number, the first ones first (`-o wide` shows numbers).
    #[arg(long, value_name = "NUMBER", conflicts_with = "before")]
    after: Option<u64>,
    /// Only what happened before the event of this number.
    #[arg(long, value_name = "NUMBER", conflicts_with = "follow")]
    before: Option<u64>,
    /// How many of the newest; with --after, of the first.
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
    let items = asked_for(&connection, args)?;
    let page = Page { items, next: None };
    if !args.output.print(&page)? {
        if page.items.is_empty() {
            note(if args.is_narrow() {
                "nothing of that happened yet"
            } else {
                "nothing happened yet"
            });
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
                None => asked_for(connection, args)?,
                Some(seq) => match since(connection, args.name.as_deref(), &args.kind, seq) {
                    Err(error) if error.may_pass() => continue,
                    events => events?,
                },
            },
        };
        for event in events {
            if last.is_some_and(|last| event.seq <= last) {
                continue;
            }
            last = Some(event.seq);
            if args.wants(&event) && !args.output.print_one(&event)? {
                say(&line(&event, args))?;
            }
        }
        // Nothing so far is a place to go on from, too.
        last = last.or(Some(args.after.unwrap_or(0)));
    }
}

impl Args {
    fn is_narrow(&self) -> bool {
        !self.kind.is_empty() || self.after.is_some() || self.before.is_some()
    }

    fn wants(&self, event: &Event) -> bool {
        let is_of_kind = |kind: &String| kind.eq_ignore_ascii_case(&event.kind);
        (self.name.is_none() || event.plan == self.name)
            && (self.kind.is_empty() || self.kind.iter().any(is_of_kind))
    }
}

/// Where events are, of these kinds alone; the rest of the query follows.
fn path(name: Option<&str>, kinds: &[String]) -> String {
    let path = name.map_or_else(
        || "/api/v1/events".to_owned(),
        |name| format!("{}/events", get::path(name)),
    );
    if kinds.is_empty() {
        format!("{path}?")
    } else {
        format!("{path}?kind={}&", kinds.join(",").to_ascii_lowercase())
    }
}

/// As many as somebody wants to see, oldest first. A page of few kinds may be short and still lead on.
fn asked_for(connection: &Connection, args: &Args) -> Result<Vec<Event>, Error> {
    let path = path(args.name.as_deref(), &args.kind);
    let (end, mut from) = match args.after {
        Some(after) => ("after", Some(after)),
        None => ("before", args.before),
    };
    let most = usize::from(args.limit);
    let mut all: Vec<Event> = Vec::new();
    loop {
        let from_there = from.map_or_else(String::new, |from| format!("&{end}={from}"));
        let url = format!("{path}limit={}{from_there}", most - all.len());
        let mut page: Page<Event> = connection.get(&url)?;
        all.append(&mut page.items);
        from = page.next;
        if from.is_none() || all.len() >= most {
            all.sort_by_key(|event| event.seq);
            return Ok(all);
        }
    }
}

/// Every event after one, page by page; no kind: of all kinds.
pub(super) fn since(
    connection: &Connection,
    name: Option<&str>,
    kinds: &[String],
    after: u64,
) -> Result<Vec<Event>, Error> {
    let path = path(name, kinds);
    let mut all: Vec<Event> = Vec::new();
    let mut after = after;
    loop {
        let url = format!("{path}after={after}&limit={LARGEST_PAGE}");
        let mut page: Page<Event> = connection.get(&url)?;
        page.items.retain(|event| event.seq > after);
        page.items.sort_by_key(|event| event.seq);
        let newest = page.items.last().map(|event| event.seq);
        all.append(&mut page.items);
        match page.next.max(newest) {
            Some(next) if next > after => after = next,
            _ => return Ok(all),
        }
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
