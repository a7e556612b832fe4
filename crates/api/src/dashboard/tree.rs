//! What there is in AWS, as nested lists that fold.
//!
//! What belongs here: the tree's markup. Which node hangs where is the view's word.

use maud::{Markup, html};

use super::{
    marks::{Shape, bare},
    words,
};
use crate::model::Node;

/// Deeper nodes are folded when the page is opened.
const OPEN_DEPTH: usize = 3;

/// The whole tree.
pub(super) fn tree(root: &Node) -> Markup {
    html! {
        ul class="tree" { (node(root, "node", 0)) }
    }
}

fn node(n: &Node, id: &str, depth: usize) -> Markup {
    html! {
        li class=[n.side.as_deref()] {
            @if n.children.is_empty() {
                div class="leaf" { (line(n)) }
            } @else {
                details id=(id) open[depth < OPEN_DEPTH] {
                    summary { (line(n)) }
                    ul { @for (i, child) in n.children.iter().enumerate() { (node(child, &format!("{id}-{i}"), depth + 1)) } }
                }
            }
        }
    }
}

fn line(n: &Node) -> Markup {
    html! {
        (bare(Shape::of_state(&n.state)))
        span class="hidden" { (state_word(&n.state)) ": " }
        span class="kind" { (words::words(&n.kind)) }
        " " strong { (n.name) }
        @if let Some(side) = &n.side { " " span class="side-tag" { (side_word(side)) } }
        @if !n.detail.is_empty() { " " span class="muted" { (n.detail) } }
        @if let Some(arn) = &n.arn { " " code class="arn" { (arn) } }
    }
}

fn side_word(side: &str) -> &str {
    match side {
        "ipv4" => "IPv4",
        "ipv6" => "IPv6",
        other => other,
    }
}

fn state_word(state: &str) -> &str {
    match state {
        "ok" => "good",
        "warn" => "to be looked at",
        "bad" => "bad",
        _ => "not known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    #[test]
    fn a_node_shows_its_side_and_its_state_in_words() {
        let page = tree(&fixture::plan().tree).into_string();
        assert!(page.contains("IPv6</span>"), "{page}");
        assert!(page.contains("good: "), "{page}");
    }

    #[test]
    fn a_tree_as_deep_as_it_likes_is_drawn_whole() {
        let mut root = Node {
            name: "leaf".to_owned(),
            ..Node::default()
        };
        for _ in 0..40 {
            root = Node {
                children: vec![root],
                ..Node::default()
            };
        }
        assert!(tree(&root).into_string().contains("<strong>leaf</strong>"));
    }
}
