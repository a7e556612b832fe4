//! What can be wrong with a value, and where in a document it stands.
//!
//! What must not be here: how a service says so.

/// The way to a value from the top of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Member(String),
    /// Counted from one.
    Item(usize),
    Key(String),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// It is of another type than the model says.
    Type {
        found: &'static str,
        wanted: &'static str,
    },
    /// It is required and not there.
    Missing,
    /// The model has no such member; this is how a region can be told of it.
    Unknown { as_newer: String },
    /// It is none of these.
    NotOneOf(Vec<&'static str>),
    /// It does not match.
    Pattern(&'static str),
    /// Its length, its size or its number is outside these.
    Outside {
        measure: Measure,
        least: Option<i64>,
        most: Option<i64>,
        below: bool,
    },
    /// More than one member of a union is there.
    Several,
}

/// Of what a bound is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Measure {
    Length,
    Size,
    Number,
}

/// Something wrong, where, and the value as far as it is short enough to be told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) at: Path,
    pub(super) value: String,
    pub(super) kind: Kind,
}

impl Path {
    /// Does something one step down.
    pub(super) fn member<R>(&mut self, name: &str, then: impl FnOnce(&mut Self) -> R) -> R {
        self.step(Step::Member(name.to_owned()), then)
    }

    pub(super) fn item<R>(&mut self, index: usize, then: impl FnOnce(&mut Self) -> R) -> R {
        self.step(Step::Item(index + 1), then)
    }

    pub(super) fn key<R>(&mut self, key: &str, then: impl FnOnce(&mut Self) -> R) -> R {
        self.step(Step::Key(key.to_owned()), then)
    }

    fn step<R>(&mut self, step: Step, then: impl FnOnce(&mut Self) -> R) -> R {
        self.0.push(step);
        let result = then(self);
        self.0.pop();
        result
    }

    /// `tags.1.member.value`, as most services write it.
    pub(super) fn lower(&self) -> String {
        self.spelled(".member", |name| {
            let mut chars = name.chars();
            let first = chars.next().map(|c| c.to_ascii_lowercase());
            first.into_iter().chain(chars).collect()
        })
    }

    /// `Dimensions.member.1.Name`, as awsQuery sends it.
    pub(super) fn as_sent(&self) -> String {
        let steps = self.0.iter().map(|step| match step {
            Step::Member(name) | Step::Key(name) => name.clone(),
            Step::Item(index) => format!("member.{index}"),
        });
        steps.collect::<Vec<_>>().join(".")
    }

    /// `TagSpecification.1.Tag.2.Key`, as EC2 has it.
    pub(super) fn flat(&self) -> String {
        self.spelled("", str::to_owned)
    }

    fn spelled(&self, after_item: &str, name_of: impl Fn(&str) -> String) -> String {
        let steps = self.0.iter().map(|step| match step {
            Step::Member(name) => name_of(name),
            Step::Key(key) => format!("{key}{after_item}"),
            Step::Item(index) => format!("{index}{after_item}"),
        });
        steps.collect::<Vec<_>>().join(".")
    }
}
