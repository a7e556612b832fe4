//! What the fleet shall run, plan by plan, after each snapshot: a broken plan keeps its last good revision.
//!
//! Pure: no I/O, no clock. What becomes of a plan that is invalid or gone is decided elsewhere; here is only said that it is.

mod next;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sixshift_core::plan::{Diagnostics, Plan};

use super::Snapshot;

/// Where a plan was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// The commit's full hash; `None`: the source is a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When the commit was written, by its author's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_date: Option<Timestamp>,
    /// Relative to the source's root.
    pub file: PathBuf,
    /// From 1.
    pub line: u32,
}

/// How the source stands to a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// The source has the plan that runs.
    Current,
    /// What the source has now cannot be used.
    Invalid {
        /// Every mistake, with its position.
        diagnostics: Diagnostics,
        /// The first of them.
        at: Provenance,
    },
    /// The source has it no more.
    Vanished {
        /// The first commit without it.
        commit: Option<String>,
    },
}

/// One plan's name, and what is wanted of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The last good revision; `None`: there never was one.
    pub plan: Option<Arc<Plan>>,
    /// Where that was read; without a plan, where the mistake is.
    pub from: Provenance,
    /// How the source stands to it.
    pub standing: Standing,
}

/// What the fleet shall run, by plan name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    wanted: BTreeMap<String, Wanted>,
    of_files: Diagnostics,
}

impl Desired {
    /// What was wanted when the daemon stopped, until the source is read again.
    #[must_use]
    pub fn restored(plans: impl Iterator<Item = (Plan, Provenance)>) -> Self {
        let wanted = plans.map(|(plan, from)| {
            let name = plan.name.clone();
            let wanted = Wanted {
                plan: Some(Arc::new(plan)),
                from,
                standing: Standing::Current,
            };
            (name, wanted)
        });
        Self {
            wanted: wanted.collect(),
            of_files: Diagnostics::default(),
        }
    }

    /// What is wanted once the source holds this.
    #[must_use]
    pub fn next(&self, snapshot: &Snapshot) -> Self {
        next::next(self, snapshot)
    }

    /// By name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Wanted)> {
        self.wanted
            .iter()
            .map(|(name, wanted)| (name.as_str(), wanted))
    }

    /// What is wanted of one plan.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Wanted> {
        self.wanted.get(name)
    }

    /// Mistakes that belong to no plan whose name could be read.
    #[must_use]
    pub fn file_diagnostics(&self) -> &Diagnostics {
        &self.of_files
    }

    /// Forgets a plan that has vanished, so that another one may move its service. Whether it did.
    pub fn forget(&mut self, name: &str) -> bool {
        let vanished = self
            .get(name)
            .is_some_and(|wanted| matches!(wanted.standing, Standing::Vanished { .. }));
        vanished && self.wanted.remove(name).is_some()
    }
}
