//! A page, block by block: each one is run, or named with the reason why not; none is passed over.

use sixshift_tests::markdown::{Block, Command, blocks};

/// The way through a page.
pub(crate) struct Walk {
    ahead: std::vec::IntoIter<Block>,
}

impl Walk {
    pub(crate) fn of(page: &str) -> Self {
        let blocks = blocks(page).unwrap_or_else(|e| panic!("{page}: {e}"));
        Self {
            ahead: blocks.into_iter(),
        }
    }

    /// The next block, which is expected under this heading and in this language.
    pub(crate) fn block(&mut self, heading: &str, language: &str) -> Block {
        let next = self.ahead.next();
        let block =
            next.unwrap_or_else(|| panic!("the page has no block under {heading:?} any more"));
        let stands = (block.heading.as_str(), block.language.as_str());
        assert_eq!(
            stands,
            (heading, language),
            "{} is a block that no test expects there: it needs somebody who runs it",
            block.place
        );
        block
    }

    /// The commands of the next block: exactly so many, or the test does not know them all.
    pub(crate) fn commands<const N: usize>(&mut self, heading: &str) -> [Command; N] {
        let block = self.block(heading, "sh");
        let commands: Result<[Command; N], _> = block.commands().try_into();
        commands.unwrap_or_else(|commands| {
            panic!(
                "{}: {N} commands have a test, there are {commands:#?}",
                block.place
            )
        })
    }

    /// The next block cannot be run here; what holds it instead is said where nobody overlooks it.
    pub(crate) fn not_run(&mut self, heading: &str, language: &str, because: &str) -> Block {
        let block = self.block(heading, language);
        println!(
            "::notice title=Not run::{} is not run: {because}",
            block.place
        );
        block
    }

    /// The page has no block that was not met.
    pub(crate) fn ends(mut self) {
        if let Some(block) = self.ahead.next() {
            panic!(
                "{} is a block that nothing runs or names:\n{}",
                block.place, block.text
            );
        }
    }
}
