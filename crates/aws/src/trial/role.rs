//! A trial's two services: what each is there for, and what that makes of it.
//!
//! What belongs here: names, sizes, places. What must not: what is done to them, and when.

use super::Run;

/// One of a trial's services. Two are on their way at the same time, so that a trial is over sooner: a rollback ends when no
/// customer was there for minutes, and after it all begins again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It gets all the way, until its IPv4 side is retired; on the way somebody edits a weight by hand.
    Through,
    /// A bad release of it is taken back, and it begins again.
    Back,
}

/// Where a service's customers come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The IPv4 target group's ARN.
    pub target_group: String,
    /// The rule's ARN.
    pub rule: String,
}

impl Role {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Through, Self::Back];

    /// Its word, in names and for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Through => "through",
            Self::Back => "back",
        }
    }

    /// The path that its customers ask for.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Through => "/through",
            Self::Back => "/back",
        }
    }

    /// How many tasks its IPv4 side has.
    #[must_use]
    pub fn tasks(self) -> u32 {
        match self {
            Self::Through => 2,
            // One is enough for a release that fails.
            Self::Back => 1,
        }
    }

    /// Its rule's place in the listener.
    pub(super) fn priority(self) -> &'static str {
        match self {
            Self::Through => "10",
            Self::Back => "20",
        }
    }
}

impl Run {
    /// The name of a service and of what is its own: target group, task definition's family, scaling policy, alarm.
    #[must_use]
    pub fn service(&self, role: Role) -> String {
        format!("{}-{}", self.name(), role.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_as_long_as_a_target_groups_may_be() {
        let run = Run {
            id: "ghjkmn".to_owned(),
            expires: jiff::Timestamp::MAX,
            driven: jiff::Timestamp::MAX,
            by: String::new(),
            image: String::new(),
        };
        // AWS API: CreateTargetGroup: 32 characters.
        assert!(Role::ALL.iter().all(|r| run.service(*r).len() <= 32));
    }
}
