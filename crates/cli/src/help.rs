//! What `--help` shows beyond each option: the verbs by what one wants to do, examples, and where more is written.
//!
//! What belongs here: one table. What must not: the verbs' own descriptions, which stand with them.

use std::fmt::Write;

use anstyle::Style;
use clap::Command;

const HEADING: Style = Style::new().bold().underline();
const LITERAL: Style = Style::new().bold();

/// Where the pages are.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/");

/// Verbs that one looks for together, with examples and the page of each.
const GROUPS: [(&str, &[Entry]); 5] = [
    (
        "Looking",
        &[
            verb(
                "list",
                OPERATORS,
                &[
                    "sixshift list",
                    "sixshift list --health NeedsPerson -l team=shop",
                ],
            ),
            verb(
                "get",
                OPERATORS,
                &["sixshift get checkout", "sixshift get checkout -w"],
            ),
            verb(
                "why",
                OPERATORS,
                &["sixshift why checkout", "sixshift why checkout -o wide"],
            ),
            verb(
                "tree",
                OPERATORS,
                &["sixshift tree checkout", "sixshift tree checkout -o wide"],
            ),
            verb(
                "events",
                OPERATORS,
                &[
                    "sixshift events checkout -f",
                    "sixshift events --kind command,failed",
                ],
            ),
            verb(
                "wait",
                OPERATORS,
                &[
                    "sixshift wait checkout --for done --timeout 12h",
                    "sixshift wait checkout --for share=25%",
                ],
            ),
            verb(
                "report",
                OPERATORS,
                &[
                    "sixshift report checkout",
                    "sixshift report checkout -o json",
                ],
            ),
            verb(
                "handover",
                CODE,
                &[
                    "terraform show -json | sixshift handover checkout -o terraform --state - > checkout-ipv6.tf",
                    "sixshift handover checkout -o cloudformation > checkout-ipv6.yaml",
                    "sixshift handover checkout -o cloudformation-import > import.json",
                ],
            ),
        ],
    ),
    (
        "Orders",
        &[
            verb(
                "approve",
                OPERATORS,
                &[
                    "sixshift approve checkout --reason 'looks good'",
                    "sixshift approve -l wave=first --reason 'change 4711'",
                ],
            ),
            verb(
                "promote",
                OPERATORS,
                &["sixshift promote checkout --to 50% --reason 'IPv4 is sick'"],
            ),
            verb(
                "pause",
                OPERATORS,
                &[
                    "sixshift pause checkout cart --reason 'load test'",
                    "sixshift pause --all --yes --reason 'incident 42'",
                ],
            ),
            verb(
                "resume",
                OPERATORS,
                &["sixshift resume checkout --reason 'test is over'"],
            ),
            verb(
                "abort",
                OPERATORS,
                &["sixshift abort checkout --reason 'customers complain'"],
            ),
            verb(
                "retry",
                OPERATORS,
                &["sixshift retry checkout --reason 'allow list mended'"],
            ),
            verb(
                "adopt",
                OPERATORS,
                &["sixshift adopt --all --yes --reason 'the volume was lost'"],
            ),
            verb(
                "reconcile",
                OPERATORS,
                &["sixshift reconcile", "sixshift reconcile checkout"],
            ),
            verb(
                "freeze",
                OPERATORS,
                &["sixshift freeze --reason 'incident 42'"],
            ),
            verb(
                "unfreeze",
                OPERATORS,
                &["sixshift unfreeze --reason 'incident 42 is over'"],
            ),
        ],
    ),
    (
        "Plans",
        &[
            verb(
                "savings",
                "guide/savings.md",
                &[
                    "sixshift savings --cluster prod",
                    "sixshift savings checkout cart --cluster prod --prices nat=0.052,natgb=0.052",
                ],
            ),
            verb(
                "rehearse",
                "guide/rehearse.md",
                &[
                    "sixshift rehearse plans/checkout.yaml",
                    "sixshift rehearse plans/checkout.yaml --fault ipv4-literal -o json",
                ],
            ),
            verb(
                "deps",
                "guide/deps.md",
                &[
                    "sixshift deps checkout --cluster prod",
                    "sixshift deps checkout --cluster prod --since 7d -o json",
                ],
            ),
            verb(
                "prepare",
                "guide/prepare.md",
                &[
                    "sixshift prepare checkout --cluster prod -o cloudformation > ipv6-only.yaml",
                    "sixshift prepare checkout --cluster prod --nat64 -o terraform > ipv6-only.tf",
                ],
            ),
            verb(
                "init",
                "guide/init.md",
                &[
                    "sixshift init --cluster prod",
                    "sixshift init --cluster prod --service checkout -o - > checkout.yaml",
                    "sixshift init --cluster prod --region eu-central-1 --dir plans/prod -o json",
                ],
            ),
            verb(
                "lint",
                "reference/plan.md",
                &[
                    "sixshift lint plans/",
                    "sixshift lint - < checkout.yaml",
                    "sixshift lint checkout.yaml -o json",
                ],
            ),
            verb(
                "plan",
                "guide/plan.md",
                &[
                    "sixshift plan checkout.yaml",
                    "sixshift plan plans/ -o json",
                    "sixshift plan checkout",
                ],
            ),
            verb(
                "preflight",
                "guide/preflight.md",
                &[
                    "sixshift preflight checkout.yaml",
                    "sixshift preflight plans/ --only net,image -o junit > preflight.xml",
                    "sixshift preflight checkout.yaml --waive 'one-zone=nobody waits for it'",
                ],
            ),
            verb(
                "explain",
                "checks/README.md",
                &["sixshift explain NET-016", "sixshift explain one-zone"],
            ),
            verb(
                "publish",
                "guide/sources.md",
                &[
                    "sixshift publish plans/ s3://acme-plans/prod",
                    "sixshift publish plans/ s3://acme-plans/prod --region eu-central-1",
                ],
            ),
            verb(
                "schema",
                "reference/plan.md",
                &["sixshift schema", "sixshift schema --settings"],
            ),
        ],
    ),
    (
        "The daemon",
        &[
            verb(
                "run",
                "guide/getting-started.md",
                &[
                    "sixshift run --config /etc/sixshift/sixshift.yaml",
                    "sixshift run --config ssm:/sixshift/settings --check",
                    "sixshift run --plans plans/ --until-settled",
                ],
            ),
            verb(
                "doctor",
                OPERATORS,
                &[
                    "sixshift doctor --config /etc/sixshift/sixshift.yaml",
                    "sixshift doctor --config sixshift.yaml --wait 5m",
                ],
            ),
            verb(
                "context",
                OPERATORS,
                &[
                    "sixshift context add prod --server https://sixshift.example.com --token-file ~/.sixshift-token",
                    "sixshift context use prod",
                    "sixshift context list",
                ],
            ),
            verb(
                "health",
                OPERATORS,
                &[
                    "sixshift health",
                    "sixshift health --server http://[::1]:8686 --request-timeout 4s",
                ],
            ),
            verb("completions", OPERATORS, &["sixshift completions bash"]),
            verb("man", OPERATORS, &["sixshift man ~/.local/share/man/man1"]),
            verb("version", OPERATORS, &["sixshift version"]),
        ],
    ),
    (
        "Trying out",
        &[
            verb(
                "demo",
                "guide/getting-started.md",
                &[
                    "sixshift demo",
                    "sixshift demo --scenario breaks-above-25 --speed 300",
                ],
            ),
            verb(
                "sim",
                "reference/region.md",
                &[
                    "sixshift sim --services 3",
                    "sixshift sim --scenario flaky-api",
                    "sixshift sim --compare trial.json",
                ],
            ),
            verb(
                "trial",
                "guide/trial.md",
                &[
                    "sixshift trial --region eu-central-1",
                    "sixshift trial --region eu-central-1 --clean",
                ],
            ),
        ],
    ),
];

const OPERATORS: &str = "guide/operators.md";
const CODE: &str = "guide/infrastructure-as-code.md#handing-over-at-the-end";

/// One verb's part of the table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    verb: &'static str,
    page: &'static str,
    examples: &'static [&'static str],
}

const fn verb(verb: &'static str, page: &'static str, examples: &'static [&'static str]) -> Entry {
    Entry {
        verb,
        page,
        examples,
    }
}

/// The command with all of it.
pub(crate) fn on(mut command: Command) -> Command {
    let verbs = verbs(&command);
    for entry in entries() {
        // A verb that is not there is no reason to fail; a test finds it.
        if command.find_subcommand(entry.verb).is_some() {
            command = command.mut_subcommand(entry.verb, |verb| verb.after_help(after(entry)));
        }
    }
    command
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{verbs}\
             {HEADING}Options:{HEADING:#}\n{{options}}{{after-help}}"
        ))
        .after_help(format!(
            "`sixshift VERB --help` has each verb's options and examples.\n{PAGES}{OPERATORS}"
        ))
}

fn entries() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().flat_map(|(_, entries)| entries.iter())
}

fn verbs(command: &Command) -> String {
    let mut text = String::new();
    for (name, entries) in &GROUPS {
        let _ = writeln!(text, "{HEADING}{name}:{HEADING:#}");
        for entry in *entries {
            let about = command
                .find_subcommand(entry.verb)
                .and_then(Command::get_about);
            let about = about.map_or_else(String::new, ToString::to_string);
            let verb = entry.verb;
            let _ = writeln!(text, "  {LITERAL}{verb:<13}{LITERAL:#}{about}");
        }
        text.push('\n');
    }
    text
}

fn after(entry: &Entry) -> String {
    let mut text = format!("{HEADING}Examples:{HEADING:#}\n");
    for example in entry.examples {
        let _ = writeln!(text, "  {example}");
    }
    let _ = write!(text, "\n{PAGES}{}", entry.page);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::Cli;

    #[test]
    fn every_verb_is_in_one_group() {
        let command = Cli::command();
        let there: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        let told: Vec<&str> = entries().map(|entry| entry.verb).collect();
        assert_eq!(told.len(), told.iter().collect::<BTreeSet<_>>().len());
        let there: BTreeSet<&str> = there.into_iter().collect();
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), there);
    }

    #[test]
    fn every_example_can_be_called() {
        for entry in entries() {
            assert!(!entry.examples.is_empty(), "{}", entry.verb);
            for example in entry.examples {
                let mut programs = example.split(" | ");
                let ours = programs.find(|program| program.starts_with("sixshift "));
                let ours = ours.unwrap_or_else(|| panic!("{example} calls something else"));
                let called = ours.split(['<', '>']).next().unwrap_or_default();
                let words = called.split('\'').enumerate().flat_map(|(i, part)| {
                    let words: Vec<&str> = match i % 2 {
                        0 => part.split_whitespace().collect(),
                        _ => vec![part],
                    };
                    words
                });
                let cli = Cli::try_parse_from(words);
                assert!(cli.is_ok(), "{example}: {}", cli.unwrap_err());
                assert!(ours.starts_with(&format!("sixshift {}", entry.verb)));
            }
        }
    }

    #[test]
    fn every_page_is_there() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        for entry in entries() {
            let file = entry.page.split('#').next().unwrap_or_default();
            assert!(docs.join(file).is_file(), "{}", entry.page);
        }
    }
}
