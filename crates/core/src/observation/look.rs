//! How closely AWS was looked at, and at what.

/// What a look may leave to memory. Services, the routes that are known, metrics and alarms are read in every look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Target groups, their tags and attributes.
    TargetGroups,
    /// Targets and tasks that were not well when they were last seen.
    Unwell,
    /// Load balancers, and which routes there are.
    Routes,
    /// Task definitions.
    TaskDefinitions,
    /// What Application Auto Scaling does.
    Scaling,
}

/// How closely AWS was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Cheap: every topic may come from memory, minutes old. Never leads to an act.
    Light,
    /// For one kind of action: the topics that it rests on read now, the others from memory.
    Close(&'static [Topic]),
    /// Everything read now.
    Full,
}

impl Look {
    /// Whether what belongs to a topic was read now.
    #[must_use]
    pub fn covers(self, topic: Topic) -> bool {
        match self {
            Self::Light => false,
            Self::Close(topics) => topics.contains(&topic),
            Self::Full => true,
        }
    }

    /// Whether it is as close as another.
    #[must_use]
    pub fn serves(self, needed: Self) -> bool {
        match needed {
            Self::Light => true,
            Self::Close(topics) => {
                self != Self::Light && topics.iter().all(|topic| self.covers(*topic))
            }
            Self::Full => self == Self::Full,
        }
    }
}
