//! `sixshift tree NAME`: what hangs on what in AWS.

use clap::Args as ClapArgs;
use sixshift_api::model::Node;

use super::{
    Server, complete, get,
    output::{Format, say},
    words::{DIM, cut, state, width},
};
use crate::exit;

/// Arguments of `tree`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The plan.
    #[arg(add = complete::names())]
    name: String,
    /// table, wide (with ARNs), json or yaml.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    server: Server,
}

/// Prints the tree.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let connection = args.server.connect()?;
    let plan = get::plan(&connection, &args.name)?;
    if !args.output.print(&plan.tree)? {
        let room = if args.output.is_wide() {
            usize::MAX
        } else {
            width()
        };
        say(&render(&plan.tree, args.output.is_wide(), room))?;
    }
    Ok(exit::DONE)
}

pub(super) fn render(root: &Node, wide: bool, room: usize) -> String {
    let mut text = line(root, "", wide, room);
    branches(root, "", wide, room, &mut text);
    text
}

fn branches(node: &Node, lead: &str, wide: bool, room: usize, text: &mut String) {
    let last = node.children.len().saturating_sub(1);
    for (i, child) in node.children.iter().enumerate() {
        let (knee, below) = if i == last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        *text += &line(child, &format!("{lead}{knee}"), wide, room);
        branches(child, &format!("{lead}{below}"), wide, room, text);
    }
}

/// Mark, kind, name, side, detail; the detail is what gives way.
fn line(node: &Node, lead: &str, wide: bool, room: usize) -> String {
    let (colour, mark) = state(&node.state);
    let side = node
        .side
        .as_ref()
        .map_or_else(String::new, |side| format!(" [{side}]"));
    let kind = words(&node.kind);
    let head = format!("{lead}{mark} {kind} {}{side}", node.name);
    let arn = node
        .arn
        .as_deref()
        .filter(|_| wide)
        .map_or_else(String::new, |arn| format!("  {arn}"));
    let used = head.chars().count() + 2;
    let detail = cut(&node.detail, room.saturating_sub(used));
    let text = format!(
        "{lead}{colour}{mark}{colour:#} {DIM}{kind}{DIM:#} {}{side}  {detail}{arn}",
        node.name
    );
    format!("{}\n", text.trim_end())
}

/// `targetGroup` as people say it.
fn words(kind: &str) -> String {
    let mut words = String::new();
    for letter in kind.chars() {
        if letter.is_uppercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(kind: &str, name: &str, children: Vec<Node>) -> Node {
        Node {
            kind: kind.to_owned(),
            name: name.to_owned(),
            state: "ok".to_owned(),
            detail: "fine".to_owned(),
            children,
            ..Node::default()
        }
    }

    #[test]
    fn what_hangs_on_what_is_seen_from_the_lines() {
        let task = || node("task", "a", vec![]);
        let group = node("targetGroup", "blue", vec![task(), task()]);
        let root = node(
            "plan",
            "checkout",
            vec![group, node("service", "web", vec![])],
        );
        let text = anstream::adapter::strip_str(&render(&root, false, 80)).to_string();
        assert_eq!(
            text,
            "✓ plan checkout  fine\n\
             ├─ ✓ target group blue  fine\n\
             │  ├─ ✓ task a  fine\n\
             │  └─ ✓ task a  fine\n\
             └─ ✓ service web  fine\n"
        );
    }
}
