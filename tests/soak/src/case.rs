//! A seed's case: the region, the plan and the story that are drawn from it.

use crate::dice::Dice;
use crate::plan::Drawn;
use crate::story::Story;
use crate::world::Team;

/// Everything that a seed decides.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) team: Team,
    pub(crate) plan: Drawn,
    pub(crate) story: Story,
}

impl Case {
    pub(crate) fn draw(seed: u64, hours: i64) -> Self {
        let dice = Dice::new(seed);
        Self {
            seed,
            team: Team::draw(&mut dice.of("team")),
            plan: Drawn::draw(&mut dice.of("plan")),
            story: Story::draw(&mut dice.of("story"), hours),
        }
    }
}
