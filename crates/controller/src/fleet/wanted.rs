//! What the source says becomes entries: new plans, new revisions, broken ones, ones that are gone.

use std::{collections::BTreeMap, sync::Arc};

use sixshift_core::{
    decide::is_untouched,
    plan::{Diagnostic, Diagnostics, Plan},
    status::Phase,
};

use super::{Entry, Fleet, News, entry::Record};
use crate::{
    Round,
    event::{Event, EventKind, Stand, Words},
    journal::{Loaded, PlanFacts, PlanText, Save},
    round::with_causes,
    source::{Desired, Provenance, Snapshot, Standing, Wanted},
};

impl Fleet {
    /// Takes over what the records know.
    pub(super) fn restore(&self, loaded: Loaded) {
        self.frozen.replace(loaded.frozen);
        let (mut plans, mut said) = (Vec::new(), BTreeMap::new());
        for (name, known) in loaded.plans {
            plans.extend(known.text.and_then(|text| last_good(&name, text)));
            said.extend(known.facts.map(|facts| (name, facts)));
        }
        let desired = Desired::restored(plans.into_iter());
        for (name, wanted) in desired.iter() {
            let (facts, record) = match said.remove(name) {
                Some(facts) => (facts, Record::There),
                None => (PlanFacts::default(), Record::Open),
            };
            let entry = Entry::new(wanted, facts, record);
            self.entries
                .borrow_mut()
                .insert(name.to_owned(), Box::new(entry));
            self.queue.borrow_mut().ask(name, self.now());
            self.show_plan(name);
        }
        self.desired.replace(desired);
        // What was said of a plan that cannot run yet waits for it.
        self.remembered.borrow_mut().extend(said);
    }

    /// Whatever comes from the source meanwhile waits: the older could come last.
    pub(super) async fn take(&self, news: News) -> Option<Round> {
        self.reading.set(true);
        self.take_over(news).await;
        self.reading.set(false);
        None
    }

    async fn take_over(&self, news: News) {
        match news {
            News::Read(snapshot) => self.read(&snapshot).await,
            News::Failed(error) => {
                let is_new = self.source.borrow().error.as_deref() != Some(&error);
                self.source.borrow_mut().error = Some(error.clone());
                self.metrics().source_read(false, None, self.now());
                if is_new {
                    let text = format!("the source could not be read: {error}");
                    let event = Event {
                        warns: true,
                        ..Event::new(self.now(), EventKind::Source, text)
                    };
                    self.tell(event).await;
                }
                self.show_fleet();
            }
        }
    }

    /// Names the source.
    pub fn name_source(&self, name: &str) {
        name.clone_into(&mut self.source.borrow_mut().name);
        self.show_fleet();
    }

    /// Takes over what the source holds now.
    pub async fn read(&self, snapshot: &Snapshot) {
        let now = self.now();
        let known = (snapshot.commit.clone(), snapshot.digest.clone());
        let is_known = self.read_last.replace(Some(known.clone())) == Some(known);
        if is_known && self.source.borrow().error.is_none() {
            self.source.borrow_mut().read_at = Some(now);
            let commit = snapshot.commit.as_deref();
            self.metrics().source_read(true, commit, now);
            self.show_fleet();
            return;
        }
        let next = self.desired.borrow().next(snapshot);
        let had = self.source.borrow().commit.clone();
        let is_first = !self.source_read.replace(true);
        let is_back = {
            let mut source = self.source.borrow_mut();
            source.commit.clone_from(&snapshot.commit);
            source.author_date = snapshot.author_date;
            source.read_at = Some(now);
            source.diagnostics = next.file_diagnostics().clone();
            source.error.take().is_some()
        };
        if is_back {
            self.tell(Event::new(
                now,
                EventKind::Source,
                "the source is read again",
            ))
            .await;
        }
        let commit = snapshot.commit.as_deref();
        self.metrics().source_read(true, commit, now);
        if let (Some(commit), true) = (commit, had != snapshot.commit) {
            let text = format!("read commit {}", commit.get(..7).unwrap_or(commit));
            let event = Event {
                commit: snapshot.commit.clone(),
                ..Event::new(now, EventKind::Source, text)
            };
            self.tell(event).await;
        }
        let wanted: Vec<(String, Wanted)> = next
            .iter()
            .map(|(name, wanted)| (name.to_owned(), wanted.clone()))
            .collect();
        self.desired.replace(next);
        for name in self.unwanted(&wanted) {
            self.forget(&name).await;
        }
        for (name, wanted) in wanted {
            self.want(&name, wanted).await;
        }
        if is_first {
            self.ask_everybody();
        }
        self.look_around();
        self.show_fleet();
    }

    /// Plans that were never valid, and whose file is gone: nothing is known of them but their name.
    fn unwanted(&self, wanted: &[(String, Wanted)]) -> Vec<String> {
        let is_wanted = |name: &str| wanted.iter().any(|(wanted, _)| wanted == name);
        let entries = self.entries.borrow();
        let names = entries.iter().filter(|(_, entry)| entry.plan.is_none());
        names
            .map(|(name, _)| name.clone())
            .filter(|name| !is_wanted(name))
            .collect()
    }

    /// Takes over plans that have no source that could change.
    pub async fn run_plans(&self, plans: Vec<Plan>) {
        self.source_read.set(true);
        for plan in plans {
            let name = plan.name.clone();
            let wanted = Wanted {
                from: Provenance {
                    commit: None,
                    author_date: None,
                    file: plan.origin.file.clone(),
                    line: plan.origin.line,
                },
                plan: Some(Arc::new(plan)),
                standing: Standing::Current,
            };
            self.want(&name, wanted).await;
        }
        self.look_around();
    }

    async fn want(&self, name: &str, wanted: Wanted) {
        if self.is_over(name, &wanted) {
            self.forget(name).await;
            return;
        }
        let wanted = self.same_service(name, wanted);
        if self.is_as_before(name, &wanted) {
            return;
        }
        let change = self.change(name, &wanted);
        let keep = self.text_of(name, &wanted);
        self.enter(name, wanted);
        self.save(keep.into_iter().collect(), change).await;
        self.ask_now(name);
        self.show_plan(name);
    }

    fn is_as_before(&self, name: &str, wanted: &Wanted) -> bool {
        let entries = self.entries.borrow();
        entries.get(name).is_some_and(|e| {
            e.plan == wanted.plan && e.standing == wanted.standing && e.from == wanted.from
        })
    }

    /// The last good text, where it is a new one.
    fn text_of(&self, name: &str, wanted: &Wanted) -> Option<Save> {
        let plan = wanted.plan.as_ref()?;
        if wanted.standing != Standing::Current {
            return None;
        }
        match PlanText::of(plan, wanted.from.clone()) {
            Ok(text) => Some(Save::Plan(name.to_owned(), text)),
            Err(error) => {
                tracing::warn!(plan = name, "{}", with_causes(&error));
                None
            }
        }
    }

    fn enter(&self, name: &str, wanted: Wanted) {
        let mut entries = self.entries.borrow_mut();
        if let Some(entry) = entries.get_mut(name) {
            if entry.plan != wanted.plan {
                entry.settled = None;
            }
            entry.plan = wanted.plan;
            entry.from = wanted.from;
            entry.standing = wanted.standing;
            return;
        }
        let (facts, record) = match self.remembered.borrow_mut().remove(name) {
            Some(facts) => (facts, Record::There),
            None if self.parts.adopts => (PlanFacts::default(), Record::Open),
            None => (PlanFacts::default(), Record::There),
        };
        let entry = Entry::new(&wanted, facts, record);
        entries.insert(name.to_owned(), Box::new(entry));
    }

    /// A plan that has begun to move one service cannot move another under the same name: what it made would be
    /// nobody's. It runs on as it was.
    fn same_service(&self, name: &str, wanted: Wanted) -> Wanted {
        let entries = self.entries.borrow();
        let begun = entries.get(name).and_then(|e| Some((e, e.plan.as_ref()?)));
        let (Some((entry, runs)), Some(plan)) = (begun, &wanted.plan) else {
            return wanted;
        };
        let untouched = entry.seen.as_ref().map(|seen| is_untouched(runs, seen));
        if runs.uid == plan.uid || untouched == Some(Some(true)) {
            return wanted;
        }
        let mistake = Diagnostic {
            file: plan.origin.file.clone(),
            line: plan.origin.line,
            column: 1,
            plan: Some(name.to_owned()),
            path: "spec.service".to_owned(),
            message: format!(
                "this plan has begun to move {}, and cannot move {} too",
                runs.service.name, plan.service.name
            ),
            remedy: "give the plan of another service another name".to_owned(),
            source_line: String::new(),
            caret: 0..0,
        };
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(mistake);
        Wanted {
            plan: Some(Arc::clone(runs)),
            from: entry.from.clone(),
            standing: Standing::Invalid {
                diagnostics,
                at: wanted.from,
            },
        }
    }

    /// The event that a wanted plan is worth; `None`: only its commit or place is another.
    fn change(&self, name: &str, wanted: &Wanted) -> Option<Event> {
        let entries = self.entries.borrow();
        let entry = entries.get(name);
        let runs = |plan: &Option<Arc<Plan>>| plan.as_ref().map(|p| p.revision.clone());
        let is_same = entry.is_some_and(|e| {
            runs(&e.plan) == runs(&wanted.plan) && is_alike(&e.standing, &wanted.standing)
        });
        if is_same {
            return None;
        }
        let revision = wanted.plan.as_ref().map(|p| p.revision.to_string());
        let text = match (&wanted.standing, entry, &revision) {
            (Standing::Invalid { diagnostics, .. }, _, runs) => {
                let first = diagnostics.iter().next();
                let first = first.map_or_else(String::new, |d| {
                    format!(" ({}:{}: {})", d.file.display(), d.line, d.message)
                });
                let then = match runs {
                    Some(revision) => format!("revision {revision} runs on"),
                    None => "there is no good revision of it to run".to_owned(),
                };
                format!("the plan is broken{first}; {then}")
            }
            (Standing::Vanished { .. }, ..) => {
                "the plan is gone from its source; it stays where it stands".to_owned()
            }
            (Standing::Current, None, Some(revision)) => format!("new plan, revision {revision}"),
            (Standing::Current, Some(e), Some(revision)) => {
                let same = e.plan.as_ref().is_some_and(|p| p.revision.0 == *revision);
                if same {
                    format!("the plan is sound again, at revision {revision} as before")
                } else {
                    format!("the plan is at revision {revision} now")
                }
            }
            (Standing::Current, _, None) => return None,
        };
        Some(Event {
            plan: Some(name.to_owned()),
            revision,
            commit: wanted.from.commit.clone(),
            warns: !matches!(wanted.standing, Standing::Current),
            ..Event::new(self.now(), EventKind::Source, text)
        })
    }

    /// A plan that is gone from its source and has nothing in AWS, or is done, is simply over.
    fn is_over(&self, name: &str, wanted: &Wanted) -> bool {
        if !matches!(wanted.standing, Standing::Vanished { .. }) {
            return false;
        }
        let entries = self.entries.borrow();
        let Some(entry) = entries.get(name) else {
            return true;
        };
        let is_done = entry
            .status
            .as_ref()
            .is_some_and(|s| s.phase == Phase::Done);
        let untouched = match (entry.runs(), &entry.seen) {
            (Some(plan), Some(seen)) => is_untouched(plan, seen) == Some(true),
            (Some(_), None) => false,
            (None, _) => true,
        };
        is_done || untouched
    }

    async fn forget(&self, name: &str) {
        let was_there = self.entries.borrow_mut().remove(name).is_some();
        self.desired.borrow_mut().forget(name);
        self.queue.borrow_mut().forget(name);
        self.forget_routes(name);
        self.forget_gate(name);
        self.metrics().forget(name);
        self.parts.board.remove_plan(name);
        if !was_there {
            return;
        }
        let text = "the plan is gone from its source, and nothing of it was under way";
        let over = Stand {
            needs_person: Some(false),
            words: Words {
                sentence: text.to_owned(),
                ..Words::default()
            },
            ..Stand::default()
        };
        let event = Event {
            plan: Some(name.to_owned()),
            stand: Some(Box::new(over)),
            ..Event::new(self.now(), EventKind::Source, text)
        };
        let forget = vec![Save::Forget(name.to_owned())];
        self.save(forget, Some(event)).await;
    }
}

/// The journal's revision of a plan, if this version of the program takes it.
fn last_good(name: &str, text: PlanText) -> Option<(Plan, Provenance)> {
    match text.plan() {
        Ok(plan) => Some((plan, text.from)),
        Err(error) => {
            let why = with_causes(&error);
            tracing::warn!(plan = name, "the journal's revision cannot run: {why}");
            None
        }
    }
}

/// Whether two standings say the same, wherever they were read.
fn is_alike(before: &Standing, now: &Standing) -> bool {
    match (before, now) {
        (Standing::Current, Standing::Current)
        | (Standing::Vanished { .. }, Standing::Vanished { .. }) => true,
        (Standing::Invalid { diagnostics: a, .. }, Standing::Invalid { diagnostics: b, .. }) => {
            a == b
        }
        _ => false,
    }
}
