//! Which checks are asked, and which are taken as they are.
//!
//! What belongs here: words of the command line as checks. What must not: what a plan waives itself.

use std::str::FromStr;

use sixshift_core::{
    plan::{Plan, Waiver, closest},
    readiness::{Category, Check, Waiving, check, checks},
};

/// Some checks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    All(Category),
    One(&'static Check),
}

impl Which {
    fn has(self, check: &Check) -> bool {
        match self {
            Self::All(category) => check.category == category,
            Self::One(one) => check.id == one.id,
        }
    }
}

impl FromStr for Which {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let category = Category::ALL.into_iter().find(|c| c.word() == word);
        category
            .map(Self::All)
            .map_or_else(|| named(word).map(Self::One), Ok)
    }
}

/// The check of an id or a name.
pub(crate) fn named(word: &str) -> Result<&'static Check, String> {
    check(word).ok_or_else(|| {
        let known = checks().flat_map(|c| [c.name, c.id]);
        match closest(word, known) {
            Some(meant) => format!("there is no check {word}: did you mean {meant}?"),
            None => format!("there is no check {word}: {}", kin(word)),
        }
    })
}

/// Those whose names have a word in them, or where all are.
fn kin(word: &str) -> String {
    let has = |name: &&str| name.contains(&word.to_ascii_lowercase());
    let names: Vec<_> = checks().map(|c| c.name).filter(has).collect();
    match names.as_slice() {
        [] => "`sixshift explain` lists all of them".to_owned(),
        names => format!("did you mean one of {}?", names.join(", ")),
    }
}

/// A check whose findings are taken as they are, and why.
#[derive(Clone, Debug)]
pub(super) struct Waived {
    check: &'static Check,
    reason: String,
}

impl FromStr for Waived {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, reason) = text.split_once('=').unwrap_or((text, ""));
        let (check, reason) = (named(word)?, reason.trim().to_owned());
        match check.waiving {
            Waiving::Never(why) => Err(format!("{} cannot be waived: {why}", check.name)),
            Waiving::ByReason if reason.is_empty() => {
                Err(format!("a waiver needs its reason: {}=REASON", check.name))
            }
            Waiving::ByReason => Ok(Self { check, reason }),
        }
    }
}

/// What the command line says of checks.
pub(super) struct Choice {
    only: Vec<Which>,
    skip: Vec<Which>,
    waive: Vec<Waived>,
}

impl Choice {
    pub(super) fn new(only: &[Which], skip: &[Which], waive: &[Waived]) -> Self {
        Self {
            only: only.to_vec(),
            skip: skip.to_vec(),
            waive: waive.to_vec(),
        }
    }

    /// Whether a check is asked.
    pub(super) fn asks(&self, check: &Check) -> bool {
        let wanted = self.only.is_empty() || self.only.iter().any(|w| w.has(check));
        wanted && !self.skip.iter().any(|w| w.has(check))
    }

    /// The plan with the command line's waivers, which win over its own.
    pub(super) fn on(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        for Waived { check, reason } in &self.waive {
            plan.preflight.waive.retain(|w| w.finding != check.name);
            plan.preflight.waive.push(Waiver {
                finding: check.name,
                reason: reason.clone(),
            });
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_named_by_id_name_or_category_and_a_slip_is_helped() {
        for word in ["NET-004", "net-004", "one-zone", "net"] {
            let which: Which = word.parse().expect(word);
            assert!(which.has(check("one-zone").expect("it is there")), "{word}");
        }
        let told = "one-zonne".parse::<Which>().expect_err("a slip");
        assert_eq!(told, "there is no check one-zonne: did you mean one-zone?");
        let told = "dns64".parse::<Which>().expect_err("a part of some");
        assert!(told.contains("one of dns64-without-nat64, "), "{told}");
        let told = "whatever".parse::<Which>().expect_err("nothing like it");
        assert!(
            told.ends_with("`sixshift explain` lists all of them"),
            "{told}"
        );
    }

    #[test]
    fn a_waiver_needs_a_reason_and_a_check_that_can_be_waived() {
        let refused = |text: &str| text.parse::<Waived>().expect_err(text);
        assert_eq!(
            refused("one-zone"),
            "a waiver needs its reason: one-zone=REASON"
        );
        assert!(refused("windows=why not").starts_with("windows cannot be waived"));
        let waived: Waived = "NET-004=a = b".parse().expect("sound");
        assert_eq!(
            (waived.check.name, waived.reason.as_str()),
            ("one-zone", "a = b")
        );
    }
}
