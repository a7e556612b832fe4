//! Many files together: what must be unique among them.

use std::{collections::BTreeMap, path::PathBuf};

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
/// Two plans with one name or for one service are both left out: neither can know which of them is meant.
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
        |first| {
            (
                format!("the plan at {first} has this name too"),
                "give one of them another name".to_owned(),
            )
        },
    );
    conflicts.among(
        &written,
        |w| identity::service_key(&w.plan.service),
        |w| &w.service_at,
        |first| {
            (
                format!("the plan at {first} moves this service too"),
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
        let mut first_with = BTreeMap::new();
        for (i, this) in written.iter().enumerate() {
            let first = *first_with.entry(key(this)).or_insert(i);
            if first == i {
                continue;
            }
            self.left_out[first] = true;
            self.left_out[i] = true;
            let there = place(&written[first]);
            let (message, remedy) = words(&format!("{}:{}", there.file.display(), there.line));
            self.found.push(Diagnostic {
                message,
                remedy,
                ..place(this).clone()
            });
        }
    }
}
