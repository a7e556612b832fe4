//! What is written of each check: the pages in `docs/checks/`, and what `sixshift explain` says, from one source.
//!
//! What belongs here: the words around the table. What must not: any check.

use super::{
    check::{Category, Check, Waiving},
    checks,
};
use crate::status::upper;

/// What `sixshift explain` prints of a check: its page.
#[must_use]
pub fn explain(check: &Check) -> String {
    let Check {
        id,
        name,
        holds,
        why,
        remedy,
        source,
        ..
    } = check;
    let (category, severity) = (check.category.word(), check.severity.word());
    let waiving = match check.waiving {
        Waiving::ByReason => {
            format!("yes: `spec.preflight.waive: [{{ finding: {name}, reason: … }}]`")
        }
        Waiving::Never(why) => format!("no: {why}"),
    };
    format!(
        "# {id} {name}\n\n\
         {holds}\n\n\
         | | |\n|---|---|\n\
         | Category | {category} |\n| Severity | {severity} |\n| Can be waived | {waiving} |\n\n\
         ## Why it matters\n\n{why}\n\n\
         ## What to do\n\n{}.\n\n\
         ## Source\n\n{source}.\n",
        upper(remedy),
    )
}

/// The pages in `docs/checks/`, each with its file's name.
pub fn pages() -> impl Iterator<Item = (String, String)> {
    let one = checks().map(|check| (format!("{}.md", check.id), explain(check)));
    one.chain([("README.md".to_owned(), index())])
}

/// What `sixshift explain` prints without a check: a line of each.
#[must_use]
pub fn list() -> String {
    let names = checks().map(|c| c.name.len()).max().unwrap_or_default();
    let mut lines = String::new();
    for category in Category::ALL {
        for check in of(category) {
            let Check {
                id, name, holds, ..
            } = check;
            let severity = check.severity.word();
            lines += &format!("{id:<12} {severity:<5}  {name:<names$}  {holds}\n");
        }
    }
    lines
}

/// A category's checks, by their ids.
fn of(category: Category) -> Vec<&'static Check> {
    let mut of: Vec<&Check> = checks().filter(|c| c.category == category).collect();
    of.sort_by_key(|c| c.id);
    of
}

/// `docs/checks/README.md`, whole.
fn index() -> String {
    let mut page = PAGE.to_owned();
    for category in Category::ALL {
        let of = of(category);
        if of.is_empty() {
            continue;
        }
        page += &format!("\n## {} (`{}`)\n\n", category.heading(), category.word());
        page += "| id | name | what holds | severity | can be waived |\n|---|---|---|---|---|\n";
        for check in of {
            let Check {
                id, name, holds, ..
            } = check;
            let waiving = if check.is_waivable() { "yes" } else { "no" };
            let severity = check.severity.word();
            page += &format!("| [{id}]({id}.md) | `{name}` | {holds} | {severity} | {waiving} |\n");
        }
    }
    page
}

const PAGE: &str = "\
# What preflight checks

<!-- Written from the table of checks: `UPDATE=1 cargo test -p sixshift-core --test plan_reference`. -->

Before anything is made, and in every round, sixshift looks for what would break. What blocks stops the plan where it stands,
with the message and the remedy, though never a way back; what warns is shown and stops nothing; what is for information is told
by `sixshift preflight` alone. `sixshift why` and `get` count findings, `sixshift tree` and the dashboard name each, and
[`sixshift preflight`](../guide/preflight.md) asks before there is a daemon. The severity is the worst that a check finds;
`sixshift explain NET-016` prints a check's page.

Many findings are judgements. A plan takes such a one as it is with [`spec.preflight.waive`](../reference/plan.md#specpreflight), by
name or by id, and a reason; from then on it stops nothing, and is shown as waived, with the reason, wherever it would have been
shown. A waiver is part of the plan's revision.

What could not be read is not taken for well: `sixshift preflight` shows such checks as not checked, with the permission that is
lacking; in the daemon `not-permitted` and `subnets-unread` tell it. Without `elasticloadbalancing:DescribeAccountLimits` the quotas
that AWS gives every account are counted with, and only warn.
";
