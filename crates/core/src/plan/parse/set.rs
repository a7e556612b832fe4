//! Many files together: what must be unique among them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{
    super::{
        diagnostic::{Diagnostic, Diagnostics},
        identity,
        model::Plan,
    },
    Written, parse_file,
};

/// The sound plans of many files in the order given, and every mistake of the rest.
///
/// Two plans with one name or for one service are both left out, and both are told: neither can know which is meant.
#[must_use]
pub fn parse_set(files: &[(PathBuf, String)]) -> (Vec<Plan>, Diagnostics) {
    let (mut written, mut diagnostics) = (Vec::new(), Diagnostics::default());
    for (file, text) in files {
        let (plans, mistakes) = parse_file(file, text);
        written.extend(plans);
        diagnostics.append(mistakes);
    }
    let mut conflicts = Conflicts {
        left_out: vec![false; written.len()],
        found: Diagnostics::default(),
    };
    conflicts.among(
        &written,
        |w| w.plan.name.clone(),
        |w| &w.name_at,
        |other| {
            (
                format!("the plan at {other} has this name too"),
                "give one of them another name".to_owned(),
            )
        },
    );
    conflicts.among(
        &written,
        |w| identity::service_key(&w.plan.service),
        |w| &w.service_at,
        |other| {
            (
                format!("the plan at {other} moves this service too"),
                "keep one of the two plans".to_owned(),
            )
        },
    );
    conflicts.found.sort();
    diagnostics.append(conflicts.found);
    let sound = written
        .into_iter()
        .zip(conflicts.left_out)
        .filter(|(_, left_out)| !left_out);
    (sound.map(|(w, _)| w.plan).collect(), diagnostics)
}

struct Conflicts {
    left_out: Vec<bool>,
    found: Diagnostics,
}

impl Conflicts {
    fn among(
        &mut self,
        written: &[Written],
        key: impl Fn(&Written) -> String,
        place: impl Fn(&Written) -> &Diagnostic,
        words: impl Fn(&str) -> (String, String),
    ) {
        let (mut first_with, mut told) = (BTreeMap::new(), BTreeSet::new());
        for (i, this) in written.iter().enumerate() {
            let first = *first_with.entry(key(this)).or_insert(i);
            if first == i {
                continue;
            }
            self.left_out[first] = true;
            self.left_out[i] = true;
            let (here, there) = (place(this), place(&written[first]));
            self.found.push(conflict(here, there, &words));
            if told.insert(first) {
                self.found.push(conflict(there, here, &words));
            }
        }
    }
}

/// The mistake of the plan here, as far as it is the other one's too.
fn conflict(
    here: &Diagnostic,
    there: &Diagnostic,
    words: impl Fn(&str) -> (String, String),
) -> Diagnostic {
    let (message, remedy) = words(&format!("{}:{}", there.file.display(), there.line));
    Diagnostic {
        message,
        remedy,
        ..here.clone()
    }
}
