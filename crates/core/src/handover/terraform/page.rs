//! The file's text: what to do with it in its head, then the blocks.
//!
//! What belongs here: words for whoever takes over, and the order of the file. What must not: what a block says.

use super::{Estate, New, edits::Edit, removed::Gone};
use crate::hcl::{Block, Expr, Item};
use crate::letters::one_line;

/// What the provider creates and never imports.
pub(super) fn not_imported(new: &[New]) -> Vec<String> {
    let none = new
        .iter()
        .filter(|n| n.id.is_none() && n.known_as.is_none());
    none.map(|n| {
        format!(
            "{} is in comments: Terraform's provider imports none of its kind. Without the comment's marks the plan adds it, and its \
             apply sets what AWS has already",
            n.address()
        )
    })
    .collect()
}

/// The whole file.
pub(super) fn text(
    estate: &Estate,
    has_state: bool,
    new: &[New],
    removed: &[Gone],
    edits: &[Edit],
    lacks: &[String],
) -> String {
    let mut page = Page::default();
    head(&mut page, estate, has_state, new, removed, edits);
    lacking(&mut page, lacks);
    let mut blocks = Vec::new();
    for new in new {
        blocks.push(match (&new.known_as, &new.id) {
            (Some(address), _) => format!("# {} is in your state already.\n", one_line(address)),
            (None, Some(_)) => resource(new),
            (None, None) => commented(&resource(new)),
        });
    }
    blocks.extend(new.iter().filter_map(import));
    blocks.extend(
        removed
            .iter()
            .filter(|g| !g.is_one_of_several)
            .map(removed_block),
    );
    format!("{}\n{}", page.0, blocks.join("\n"))
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn say(&mut self, text: &str) {
        for line in text.lines() {
            self.0.push('#');
            if !line.trim().is_empty() {
                self.0.push(' ');
                self.0.push_str(line);
            }
            self.0.push('\n');
        }
    }

    fn gap(&mut self) {
        self.0.push_str("#\n");
    }
}

fn head(
    page: &mut Page,
    estate: &Estate,
    has_state: bool,
    new: &[New],
    removed: &[Gone],
    edits: &[Edit],
) {
    let imports = new
        .iter()
        .filter(|n| n.id.is_some() && n.known_as.is_none())
        .count();
    page.say(&format!(
        "What sixshift made for {}, for your infrastructure code (Terraform 1.7 or later, hashicorp/aws 5 or later).\n\
         Written from what AWS has at this moment: write it again before you use it, if it is not of today.\n\n\
         1. Put this file into your root module.\n\
         2. Take out of your code what is gone, and whatever names it:",
        one_line(&estate.plan)
    ));
    going(page, estate, has_state, removed);
    page.say(
        "3. Make these read as they do in AWS; take out what ignored their changes meanwhile:",
    );
    edits.iter().for_each(|edit| told(page, edit));
    page.say(&format!(
        "4. `terraform plan` says \"Plan: {imports} to import, 0 to add, 0 to change, 0 to destroy.\" Apply it, take the `import` and\n   \
         `removed` blocks out, and delete the migration plan from git. Tags that begin with `sixshift:` are read as long as that\n   \
         plan is there; afterwards their lines can go, too."
    ));
    if !has_state {
        page.say(
            "   Which tags come from your provider's `default_tags` is not known without your state: a plan that adds such a tag to\n   \
             `tags` wants that line out of here.",
        );
    }
}

fn going(page: &mut Page, estate: &Estate, has_state: bool, removed: &[Gone]) {
    if !has_state {
        let service = &estate.ipv4.name;
        page.say(&format!(
            "   the IPv4 service {}, its task definition, target groups and scaling, as far as the plan deleted them. Your\n   \
             addresses of them are not known without your state. With it, `removed` blocks are below:\n   \
             `terraform show -json | sixshift handover {} -o terraform --state -`",
            one_line(service),
            one_line(&estate.plan)
        ));
        return;
    }
    if removed.is_empty() {
        page.say("   nothing: your state has none of it.");
    }
    for gone in removed {
        page.say(&format!("   - {}", one_line(&gone.address)));
    }
    for gone in removed.iter().filter(|g| g.is_one_of_several) {
        page.say(&format!(
            "   One of several has no `removed` block: terraform state rm '{}'",
            one_line(&gone.address)
        ));
    }
}

fn told(page: &mut Page, edit: &Edit) {
    let what = one_line(&edit.what);
    match &edit.address {
        Some(address) => page.say(&format!(
            "   - {} ({what}): {}",
            one_line(address),
            edit.means
        )),
        None => page.say(&format!("   - {what}: {}", edit.means)),
    }
    for (index, lines) in edit.spellings.iter().enumerate() {
        if index > 0 {
            page.say("     or, where your code spells it so,");
        }
        page.gap();
        let indented = lines.lines().map(|line| format!("       {line}\n"));
        page.say(&indented.collect::<String>());
        page.gap();
    }
}

fn lacking(page: &mut Page, lacks: &[String]) {
    if lacks.is_empty() {
        return;
    }
    page.gap();
    page.say("NOT IN THIS FILE, though it is in AWS:");
    for lack in lacks {
        page.say(&format!("- {}", one_line(lack)));
    }
}

fn resource(new: &New) -> String {
    Block::new("resource", &[new.kind, &new.name], new.items.clone()).text()
}

fn import(new: &New) -> Option<String> {
    if new.known_as.is_some() {
        return None;
    }
    let items = vec![
        Item::Argument("to".to_owned(), Expr::Plain(new.address())),
        Item::Argument("id".to_owned(), Expr::Text(new.id.clone()?)),
    ];
    Some(Block::new("import", &[], items).text())
}

fn removed_block(gone: &Gone) -> String {
    let keep = vec![Item::Argument(
        "destroy".to_owned(),
        Expr::Plain("false".to_owned()),
    )];
    let items = vec![
        Item::Argument("from".to_owned(), Expr::Plain(gone.address.clone())),
        Item::Block(Block::new("lifecycle", &[], keep)),
    ];
    Block::new("removed", &[], items).text()
}

fn commented(text: &str) -> String {
    let mut page = Page::default();
    page.say(text);
    page.0
}
