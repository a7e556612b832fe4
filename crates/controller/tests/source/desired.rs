//! What the fleet shall run, commit after commit, from a real repository.

use std::{path::Path, sync::Arc};

use sixshift_controller::source::{Desired, Provenance, Source, Standing, Wanted};
use sixshift_core::plan::{Diagnostics, parse};

use crate::shared::{Team, broken, plan};

/// A repository, its source, and what is wanted so far.
struct Story {
    team: Team,
    source: Source,
    desired: Desired,
}

impl Story {
    fn begins_with(files: &[(&str, &str)]) -> Self {
        let team = Team::with(files);
        let source = team.source();
        let mut story = Self {
            team,
            source,
            desired: Desired::default(),
        };
        story.look();
        story
    }

    fn look(&mut self) {
        let snapshot = self.source.fetch().unwrap();
        self.desired = self.desired.next(&snapshot);
    }

    /// Edits, commits, looks; the commit.
    fn then(&mut self, edit: impl FnOnce(&Team)) -> String {
        edit(&self.team);
        let commit = self.team.commit("an edit");
        self.look();
        commit
    }

    fn wanted(&self, name: &str) -> &Wanted {
        let found = self.desired.get(name);
        found.unwrap_or_else(|| panic!("{name} is not in {:#?}", self.desired))
    }

    fn names(&self) -> Vec<&str> {
        self.desired.iter().map(|(name, _)| name).collect()
    }

    fn is_current(&self, name: &str) -> bool {
        self.wanted(name).standing == Standing::Current
    }

    fn mistakes(&self, name: &str) -> (Vec<String>, &Provenance) {
        match &self.wanted(name).standing {
            Standing::Invalid { diagnostics, at } => (places(diagnostics), at),
            other => panic!("{name} is {other:?}"),
        }
    }

    fn service(&self, name: &str) -> Option<&str> {
        let plan = self.wanted(name).plan.as_ref();
        plan.map(|plan| plan.service.name.as_str())
    }
}

fn places(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| format!("{}:{} {}", d.file.display(), d.line, d.path))
        .collect()
}

#[test]
fn a_plan_says_which_commit_file_and_line_it_comes_from() {
    let two = format!("{}---\n{}", plan("a", "a"), plan("b", "b"));
    let story = Story::begins_with(&[("plans/two.yaml", &two)]);
    assert_eq!(story.names(), ["a", "b"]);
    let from = &story.wanted("b").from;
    assert_eq!(from.commit, Some(story.team.git(&["rev-parse", "HEAD"])));
    assert_eq!(
        from.author_date.unwrap().to_string(),
        "2026-03-01T12:00:00Z"
    );
    assert_eq!(
        (from.file.to_str(), from.line),
        (Some("plans/two.yaml"), 16)
    );
}

#[test]
fn a_broken_plan_keeps_the_last_good_one_and_touches_no_other_until_it_is_mended() {
    let mut story = Story::begins_with(&[("a.yaml", &plan("a", "a")), ("b.yaml", &plan("b", "b"))]);
    let good = story.wanted("a").clone();
    let bad = story.then(|team| {
        team.write("a.yaml", broken("a", "a"));
        team.write("b.yaml", plan("b", "b2"));
    });
    let (mistakes, at) = story.mistakes("a");
    assert_eq!(mistakes, ["a.yaml:12 spec.shift.steps[1].weight"]);
    assert_eq!((at.commit.as_ref(), at.line), (Some(&bad), 12));
    assert_eq!(
        (&story.wanted("a").plan, &story.wanted("a").from),
        (&good.plan, &good.from)
    );
    assert!(story.is_current("b") && story.service("b") == Some("b2"));
    story.then(|team| team.write("a.yaml", plan("a", "a").replace("10m", "20m")));
    assert!(story.is_current("a"));
    assert_ne!(story.wanted("a").plan, good.plan);
}

#[test]
fn a_plan_that_was_never_good_is_told_and_not_run_and_forgotten_when_it_goes() {
    let mut story = Story::begins_with(&[("a.yaml", &broken("a", "a"))]);
    assert_eq!(story.mistakes("a").0.len(), 1);
    assert_eq!(story.wanted("a").plan, None);
    story.then(|team| {
        team.git(&["rm", "--quiet", "a.yaml"]);
    });
    assert!(story.names().is_empty());
}

#[test]
fn a_file_that_cannot_be_read_makes_its_plans_invalid_and_not_vanished() {
    let two = format!("{}---\n{}", plan("a", "a"), plan("b", "b"));
    for rubbish in [
        &b"{ unclosed: ["[..],
        b"\xff\xfe",
        &vec![b'#'; 1024 * 1024 + 1],
    ] {
        let mut story = Story::begins_with(&[("two.yaml", &two), ("c.yaml", &plan("c", "c"))]);
        story.then(|team| team.write("two.yaml", rubbish));
        for name in ["a", "b"] {
            let (mistakes, at) = story.mistakes(name);
            assert!(mistakes[0].starts_with("two.yaml:1"), "{mistakes:?}");
            assert_eq!(at.file, Path::new("two.yaml"));
            assert!(story.wanted(name).plan.is_some());
        }
        assert_eq!(story.desired.file_diagnostics().count(), 1);
        assert!(story.is_current("c"));
        // Still so with the next commit, though the file has no plan to its name any more.
        story.then(|team| team.write("README.md", "words"));
        story.mistakes("a");
    }
}

#[test]
fn a_deleted_plan_vanishes_with_the_commit_that_did_it_and_can_come_back() {
    let mut story = Story::begins_with(&[("a.yaml", &plan("a", "a")), ("b.yaml", &plan("b", "b"))]);
    let deletion = story.then(|team| {
        team.git(&["rm", "--quiet", "a.yaml"]);
    });
    story.then(|team| team.write("README.md", "words"));
    let gone = story.wanted("a");
    assert_eq!(
        gone.standing,
        Standing::Vanished {
            commit: Some(deletion)
        }
    );
    assert_eq!(story.service("a"), Some("a"));
    assert!(story.is_current("b"));
    story.then(|team| team.write("back.yaml", plan("a", "a")));
    assert!(story.is_current("a"));
}

#[test]
fn with_the_last_plan_its_folder_goes_too_and_the_plan_has_vanished() {
    let team = Team::with(&[("plans/a.yaml", &plan("a", "a")), ("README.md", "")]);
    let mut source = team.source_with(|git| sixshift_controller::source::Git {
        folder: "plans".into(),
        ..git
    });
    let desired = Desired::default().next(&source.fetch().unwrap());
    team.git(&["rm", "--quiet", "-r", "plans"]);
    team.commit("nothing left");
    let desired = desired.next(&source.fetch().unwrap());
    let standing = &desired.get("a").unwrap().standing;
    assert!(
        matches!(standing, Standing::Vanished { .. }),
        "{standing:?}"
    );
    assert_eq!(desired.file_diagnostics().count(), 1);
}

#[test]
fn a_plan_in_another_file_or_after_a_push_over_the_branch_is_the_same_plan() {
    let mut story = Story::begins_with(&[("a.yaml", &plan("a", "a"))]);
    let uid = story.wanted("a").plan.as_ref().unwrap().uid.clone();
    story.then(|team| {
        team.git(&["mv", "a.yaml", "moved.yaml"]);
    });
    assert!(story.is_current("a"));
    assert_eq!(story.wanted("a").from.file, Path::new("moved.yaml"));
    story
        .team
        .git(&["commit", "--quiet", "--amend", "--message", "again"]);
    let amended = story.team.git(&["rev-parse", "HEAD"]);
    story.look();
    let wanted = story.wanted("a");
    assert_eq!(wanted.plan.as_ref().unwrap().uid, uid);
    assert_eq!(
        (&wanted.standing, &wanted.from.commit),
        (&Standing::Current, &Some(amended))
    );
}

#[test]
fn two_plans_for_one_service_are_both_refused_with_both_positions() {
    let mut story = Story::begins_with(&[("a.yaml", &plan("a", "shop"))]);
    story.then(|team| team.write("b.yaml", plan("b", "shop")));
    assert_eq!(story.mistakes("a").0, ["a.yaml:6 spec.service"]);
    assert_eq!(story.mistakes("b").0, ["b.yaml:6 spec.service"]);
    let Standing::Invalid { diagnostics, .. } = &story.wanted("a").standing else {
        panic!("a is refused");
    };
    let message = &diagnostics.iter().next().unwrap().message;
    assert!(message.contains("b.yaml:6"), "{message}");
    assert_eq!(
        (story.service("a"), story.service("b")),
        (Some("shop"), None)
    );
    story.then(|team| {
        team.git(&["rm", "--quiet", "b.yaml"]);
    });
    assert_eq!(story.names(), ["a"]);
    assert!(story.is_current("a"));
}

#[test]
fn a_service_that_a_last_good_revision_still_moves_is_given_to_nobody_else() {
    let mut story = Story::begins_with(&[("a.yaml", &plan("a", "shop"))]);
    story.then(|team| {
        team.write("a.yaml", broken("a", "other"));
        team.write("b.yaml", plan("b", "shop"));
    });
    assert_eq!(story.service("a"), Some("shop"));
    assert_eq!(story.wanted("b").plan, None);
    assert_eq!(story.mistakes("b").0, ["b.yaml:1 spec.service"]);
    story.then(|team| team.write("a.yaml", plan("a", "other")));
    assert!(story.is_current("a") && story.is_current("b"));
}

#[test]
fn a_plan_with_another_name_waits_until_the_old_one_is_forgotten() {
    let mut story = Story::begins_with(&[("a.yaml", &plan("old", "shop"))]);
    story.then(|team| team.write("a.yaml", plan("new", "shop")));
    assert!(matches!(
        story.wanted("old").standing,
        Standing::Vanished { .. }
    ));
    assert_eq!(story.wanted("new").plan, None);
    assert!(!story.desired.forget("new"));
    assert!(story.desired.forget("old"));
    story.look();
    assert_eq!(story.names(), ["new"]);
    assert!(story.is_current("new"));
}

#[test]
fn refusals_that_follow_from_refusals_are_found_too() {
    let mut story = Story::begins_with(&[("a.yaml", &plan("a", "s")), ("b.yaml", &plan("b", "t"))]);
    // a's last good revision keeps s, so b keeps t, so c gets nothing.
    story.then(|team| {
        team.write("a.yaml", broken("a", "s"));
        team.write("b.yaml", plan("b", "s"));
        team.write("c.yaml", plan("c", "t"));
    });
    assert_eq!(
        (story.service("a"), story.service("b")),
        (Some("s"), Some("t"))
    );
    assert_eq!(story.wanted("c").plan, None);
}

#[test]
fn more_mistakes_than_are_kept_make_no_plan_vanish() {
    let mut story = Story::begins_with(&[("z.yaml", &plan("z", "z"))]);
    let steps = "      - { weight: 1000%, hold: 10m }\n".repeat(60);
    story.then(|team| {
        for file in ["a", "b", "c", "d", "e"] {
            let text = plan(file, file).replace("      - { weight: 100% }\n", &steps);
            team.write(&format!("{file}.yaml"), text);
        }
        team.write("z.yaml", broken("z", "z"));
    });
    story.mistakes("z");
    assert_eq!(story.service("z"), Some("z"));
}

#[test]
fn what_was_wanted_before_a_restart_is_wanted_until_the_source_says_otherwise() {
    let team = Team::with(&[("b.yaml", &plan("b", "b"))]);
    let plans = ["a", "b"].map(|name| {
        let plan = parse(Path::new("old.yaml"), &plan(name, name))
            .unwrap()
            .remove(0);
        let from = Provenance {
            commit: Some("0123".to_owned()),
            author_date: None,
            file: "old.yaml".into(),
            line: 1,
        };
        (plan, from)
    });
    let restored = Desired::restored(plans.clone().into_iter());
    let a = restored.get("a").unwrap();
    assert_eq!(a.standing, Standing::Current);
    assert_eq!(
        (&a.plan, &a.from),
        (&Some(Arc::new(plans[0].0.clone())), &plans[0].1)
    );
    let desired = restored.next(&team.source().fetch().unwrap());
    let standing = |name| desired.get(name).unwrap().standing.clone();
    assert!(matches!(standing("a"), Standing::Vanished { .. }));
    assert_eq!(standing("b"), Standing::Current);
}
