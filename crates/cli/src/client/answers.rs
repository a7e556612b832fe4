//! An order to one plan or to many: each is told, each answers, and one that refuses keeps no other from its order.
//!
//! What belongs here: the round of requests and how the answers look. What must not: which plans those are.

use serde::Serialize;
use sixshift_api::model::{Accepted, Order, Problem};

use super::{
    connection::Connection,
    error::Error,
    get,
    output::{Format, complain, note, say},
};
use crate::exit;

/// What one plan answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    plan: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<Accepted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Box<Problem>>,
}

/// Every plan's answer, for programs.
#[derive(Debug, Serialize)]
struct Answers {
    items: Vec<Answer>,
}

/// Tells one plan.
pub(super) fn one(
    connection: &Connection,
    verb: &str,
    name: &str,
    order: &Order,
    output: Format,
) -> anyhow::Result<u8> {
    let accepted: Accepted = connection.order(&path(name, verb), order)?;
    if !output.print(&accepted)? {
        say(&format!("{}\n", accepted.sentence))?;
    }
    Ok(exit::DONE)
}

/// Tells each plan. The exit code says whether all of them took it.
///
/// # Errors
/// What keeps every order from being given: the daemon is gone, or the token is wrong.
pub(super) fn many(
    connection: &Connection,
    verb: &str,
    names: &[String],
    order: &Order,
    output: Format,
) -> anyhow::Result<u8> {
    let for_people = matches!(output, Format::Table | Format::Wide);
    let mut items = Vec::new();
    for (done, name) in names.iter().enumerate() {
        let answer = match connection.order(&path(name, verb), order) {
            Ok(accepted) => Ok(Answer::accepted(name, accepted)),
            Err(error) => error
                .of_the_plan()
                .map(|problem| Answer::refused(name, problem)),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                if done > 0 {
                    complain(&untold(names.get(done..).unwrap_or_default()));
                }
                return Err(error.into());
            }
        };
        if for_people {
            answer.show()?;
        }
        items.push(answer);
    }
    let refused = items.iter().filter(|a| a.refused.is_some()).count();
    if refused > 0 && for_people {
        note(&format!("{refused} of {} refused", items.len()));
    }
    output.print(&Answers { items })?;
    Ok(if refused > 0 { exit::ERROR } else { exit::DONE })
}

/// Who got no answer, where others did.
fn untold(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "not told: {}{more}; the plans before have answered",
        shown.join(", ")
    )
}

fn path(name: &str, verb: &str) -> String {
    format!("{}/{verb}", get::path(name))
}

impl Answer {
    fn accepted(plan: &str, accepted: Accepted) -> Self {
        Self {
            plan: plan.to_owned(),
            accepted: Some(accepted),
            refused: None,
        }
    }

    fn refused(plan: &str, problem: Box<Problem>) -> Self {
        Self {
            plan: plan.to_owned(),
            accepted: None,
            refused: Some(problem),
        }
    }

    fn show(&self) -> std::io::Result<()> {
        if let Some(accepted) = &self.accepted {
            say(&format!("{}: {}\n", self.plan, accepted.sentence))?;
        }
        if let Some(problem) = &self.refused {
            complain(&format!(
                "{}: {}",
                self.plan,
                Error::Problem(problem.clone())
            ));
        }
        Ok(())
    }
}
